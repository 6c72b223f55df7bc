#include "http/proxy_header.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace inlet::http {
namespace {

constexpr std::array<unsigned char, 12> kSignature = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                                      0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

// Version 2 and a command.
constexpr unsigned kLocal = 0x20;
constexpr unsigned kProxy = 0x21;

// A family and SOCK_STREAM, and how long its addresses and ports are.
constexpr unsigned kUnspecified = 0x00;
constexpr unsigned kTcp4 = 0x11;
constexpr unsigned kTcp6 = 0x21;
constexpr unsigned kUnix = 0x31;
constexpr std::size_t kTcp4Bytes = 12;
constexpr std::size_t kTcp6Bytes = 36;
constexpr std::size_t kUnixBytes = 216;

}  // namespace

ProxyHeader::State ProxyHeader::take(std::string_view bytes) {
    CHECK(bytes.size() <= wanted());
    if (taken_ < kept_.size()) {
        auto const kept = std::min(bytes.size(), kept_.size() - taken_);
        std::memcpy(kept_.data() + taken_, bytes.data(), kept);
    }
    bool const had_fixed = taken_ >= kFixedBytes;
    taken_ += bytes.size();
    auto const signature = std::min(taken_, kSignature.size());
    if (std::memcmp(kept_.data(), kSignature.data(), signature) != 0) return State::malformed;
    if (taken_ < kFixedBytes) return State::incomplete;
    if (!had_fixed && !read_fixed()) return State::malformed;
    if (taken_ < size_) return State::incomplete;
    read_client();
    return State::complete;
}

// False if what it says cannot be.
bool ProxyHeader::read_fixed() {
    std::size_t const rest = static_cast<std::size_t>(kept_[14]) << 8 | kept_[15];
    size_ = kFixedBytes + rest;
    if (size_ > kMaxBytes) return false;
    if (kept_[12] == kLocal) return true;
    if (kept_[12] != kProxy) return false;
    switch (kept_[13]) {
        case kUnspecified:
            return true;
        case kTcp4:
            return rest >= kTcp4Bytes;
        case kTcp6:
            return rest >= kTcp6Bytes;
        case kUnix:
            return rest >= kUnixBytes;
        default:
            return false;
    }
}

void ProxyHeader::read_client() {
    if (kept_[12] != kProxy) return;
    if (kept_[13] == kTcp4) {
        in_addr v4{};
        std::memcpy(&v4, kept_.data() + kFixedBytes, sizeof v4);
        client_ = IpAddress(v4);
    } else if (kept_[13] == kTcp6) {
        in6_addr v6{};
        std::memcpy(&v6, kept_.data() + kFixedBytes, sizeof v6);
        client_ = IpAddress(v6);
    }
}

}  // namespace inlet::http
