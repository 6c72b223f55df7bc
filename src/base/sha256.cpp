#include "base/sha256.hpp"

#include <openssl/evp.h>

#include "base/check.hpp"
#include "base/id.hpp"

namespace inlet {

struct Sha256::Impl {
    struct Free {
        void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
    CHECK(impl_->context != nullptr);
    CHECK(EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view piece) {
    CHECK(EVP_DigestUpdate(impl_->context.get(), piece.data(), piece.size()) == 1);
}

std::array<unsigned char, 32> Sha256::finish() {
    std::array<unsigned char, 32> digest = {};
    CHECK(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), nullptr) == 1);
    CHECK(EVP_DigestInit_ex(impl_->context.get(), nullptr, nullptr) == 1);
    return digest;
}

std::string Sha256::finish_hex() {
    auto const digest = finish();
    return to_hex({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

std::array<unsigned char, 32> sha256(std::string_view text) {
    Sha256 hash;
    hash.update(text);
    return hash.finish();
}

}  // namespace inlet
