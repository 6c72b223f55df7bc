#include "support/certificate.hpp"

#include <ctime>
#include <memory>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <openssl/x509.h>

#include "base/check.hpp"

namespace inlet::test {
namespace {

std::string text_of(BIO* bio) {
    char* data = nullptr;
    long const size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

}  // namespace

Certificate make_certificate(std::string const& common_name, std::int64_t not_before_s,
                             std::int64_t not_after_s) {
    if (not_before_s == 0) not_before_s = std::time(nullptr) - 60;
    if (not_after_s == 0) not_after_s = std::time(nullptr) + 3600;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(EVP_EC_gen("P-256"),
                                                                  &EVP_PKEY_free);
    std::unique_ptr<X509, decltype(&X509_free)> const x509(X509_new(), &X509_free);
    CHECK(key && x509);
    X509_set_version(x509.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    ASN1_TIME_set(X509_getm_notBefore(x509.get()), not_before_s);
    ASN1_TIME_set(X509_getm_notAfter(x509.get()), not_after_s);
    X509_NAME* const name = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<unsigned char const*>(common_name.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(x509.get(), name);
    X509_set_pubkey(x509.get(), key.get());
    CHECK(X509_sign(x509.get(), key.get(), EVP_sha256()) > 0);

    Certificate certificate;
    BIO* bio = BIO_new(BIO_s_mem());
    CHECK(PEM_write_bio_X509(bio, x509.get()) == 1);
    certificate.pem = text_of(bio);
    bio = BIO_new(BIO_s_mem());
    CHECK(PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    certificate.key_pem = text_of(bio);
    return certificate;
}

}  // namespace inlet::test
