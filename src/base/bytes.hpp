// bytes.hpp - numbers in stored and sent bytes: little-endian, at any alignment.
#pragma once

#include <cstdint>

#include <boost/endian/conversion.hpp>

namespace inlet {

inline void put_u32(char* at, std::uint32_t value) {
    boost::endian::store_little_u32(reinterpret_cast<unsigned char*>(at), value);
}
inline void put_u64(char* at, std::uint64_t value) {
    boost::endian::store_little_u64(reinterpret_cast<unsigned char*>(at), value);
}
inline std::uint32_t get_u32(char const* at) {
    return boost::endian::load_little_u32(reinterpret_cast<unsigned char const*>(at));
}
inline std::uint64_t get_u64(char const* at) {
    return boost::endian::load_little_u64(reinterpret_cast<unsigned char const*>(at));
}

}  // namespace inlet
