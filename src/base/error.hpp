// error.hpp - one error type for everything that can fail while running.
// An operating error is a value: Result<T>, which the compiler makes every caller look at.
// A programmer's error is a CHECK (check.hpp), which aborts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/try.hpp>

namespace inlet {

// What went wrong, as far as a caller decides by it. api turns it into a status, delivery into retry or hold.
enum class Errc : std::uint8_t {
    invalid,      // the caller's input is wrong; the same call will fail again
    not_found,    // file, key or route does not exist
    exists,       // it exists already
    overloaded,   // a bounded queue is full; try again soon
    full,         // a disk or a budget is used up; somebody must make room
    timeout,      // a deadline passed
    stopping,     // shutting down
    io,           // the operating system refused; sys_errno says why
    corrupt,      // stored bytes are not what was written
    unavailable,  // a remote service failed; retrying may help
    rejected,     // a remote service refused for good; retrying will not help
};

std::string_view to_string(Errc code);

struct Error {
    Errc code;
    int sys_errno = 0;         // errno of the failed call, 0 where there is none
    std::string context = {};  // what was being done to what: "journal/000042.segment: write"

    // "journal/000042.segment: write: No space left on device"
    [[nodiscard]] std::string message() const;
};

// Maps errno to full (ENOSPC, EDQUOT), not_found, exists or io.
Error errno_error(int err, std::string context);

template <class T = void>
using Result = boost::outcome_v2::basic_result<T, Error, boost::outcome_v2::policy::terminate>;

inline auto success() {
    return boost::outcome_v2::success();
}

inline Error fail(Errc code, std::string context) {
    return {code, 0, std::move(context)};
}

}  // namespace inlet

// TRY(auto segment, open_segment(path));   TRY(file.sync_data());   returns the error to the caller.
#define TRY(...) BOOST_OUTCOME_TRY(__VA_ARGS__)
