// certificate.hpp - self-signed certificates, made while the test runs.
#pragma once

#include <cstdint>
#include <string>

namespace inlet::test {

struct Certificate {
    std::string pem;
    std::string key_pem;
};

// ECDSA P-256. Valid from `not_before_s` to `not_after_s`, in Unix time; by default for an hour from now.
Certificate make_certificate(std::string const& common_name, std::int64_t not_before_s = 0,
                             std::int64_t not_after_s = 0);

}  // namespace inlet::test
