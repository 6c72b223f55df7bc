// proxy_header.hpp - the binary header that a TCP proxy sends ahead of its client's bytes, to say
// whose they are: PROXY protocol, version 2 ("The PROXY protocol", haproxy.org, sections 2.2 and 5).
// Version 1, the text form, is not read. Extensions (TLVs) are passed over.
// Bounds: kMaxBytes; 52 of them are kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ip_address.hpp"

namespace inlet::http {

class ProxyHeader {
  public:
    // The protocol allows 65,551. Proxies send up to about 300.
    static constexpr std::size_t kMaxBytes = 4096;

    enum class State : std::uint8_t { incomplete, complete, malformed };

    // How much may be taken from the socket without taking what stands behind the header: 1 or more
    // until it is complete.
    [[nodiscard]] std::size_t wanted() const { return size_ - taken_; }
    // REQUIRES: the state is `incomplete`; at most wanted() bytes.
    State take(std::string_view bytes);

    [[nodiscard]] bool is_begun() const { return taken_ > 0; }
    // REQUIRES: complete. None if the proxy speaks for itself (LOCAL: a health check) or does not say.
    [[nodiscard]] std::optional<IpAddress> client() const { return client_; }

  private:
    static constexpr std::size_t kFixedBytes = 16;
    static constexpr std::size_t kKeptBytes = kFixedBytes + 36;  // and the addresses of IPv6

    bool read_fixed();
    void read_client();

    std::array<unsigned char, kKeptBytes> kept_{};
    std::size_t taken_ = 0;
    std::size_t size_ = kFixedBytes;  // as far as known
    std::optional<IpAddress> client_;
};

}  // namespace inlet::http
