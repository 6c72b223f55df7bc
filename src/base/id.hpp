// id.hpp - identifiers: UUIDs of rows and requests, and the node name of a journal.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace inlet {

inline constexpr std::size_t kUuidSize = 36;
inline constexpr std::size_t kNodeSize = 13;

using UuidText = std::array<char, kUuidSize>;

// UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits. Unique, not secret.
// Threads: each io thread has its own; seeded from the kernel's random source.
class UuidSource {
  public:
    UuidSource();
    UuidText next(std::int64_t unix_ms);

  private:
    std::uint64_t random();
    std::array<std::uint64_t, 4> state_;
};

// UUIDv8 (RFC 9562) made of the first 122 free bits of a SHA-256: the same input gives the same id.
UuidText uuid_from_sha256(std::array<unsigned char, 32> const& digest);

std::string to_hex(std::string_view bytes);

// 64 random bits as 13 lower-case characters (a-z, 2-7): names a journal.
std::string random_node();

// `out.size()` bytes from the kernel. CHECKs that the kernel has them.
void fill_random(char* out, std::size_t size);

}  // namespace inlet
