// crc32c.hpp - the checksum of everything we store (Castagnoli polynomial, as in iSCSI, ext4 and S3).
// In hardware where the processor has it (SSE 4.2), a table otherwise; the same value either way.
#pragma once

#include <cstdint>
#include <string_view>

namespace inlet {

// crc32c("123456789") == 0xE3069283. To go on over several pieces pass the last value as `seed`.
std::uint32_t crc32c(std::string_view data, std::uint32_t seed = 0);

// The table version, for the test that compares the two.
std::uint32_t crc32c_portable(std::string_view data, std::uint32_t seed = 0);

}  // namespace inlet
