#include "base/secret.hpp"

#include <cstring>
#include <openssl/crypto.h>

namespace inlet {

Secret::Secret(std::string_view text) {
    if (text.empty() || text.size() > kMaxBytes) return;
    std::memcpy(bytes_.data(), text.data(), text.size());
    bytes_.back() = static_cast<unsigned char>(text.size());
}

bool Secret::equals(Secret const& other) const {
    return CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

}  // namespace inlet
