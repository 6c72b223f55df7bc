// object_lines.hpp - the lines of an object, read in pieces, whatever its size and compression.
// Threads: one.
// Errors:  of the store; corrupt (not that format, or it ends early); what `take` returns.
// Bounds:  a line of kMaxLineBytes; longer ones are passed over and said to be so.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/compress.hpp"
#include "base/error.hpp"
#include "sink/object_store.hpp"

namespace inlet::verify {

// Rows are at most 1,000,000 bytes (event/event.hpp).
inline constexpr std::size_t kMaxLineBytes = 2 * 1024 * 1024;

struct Line {
    std::string_view text;  // without its line feed; event::kBodyPadding readable bytes follow
    std::uint64_t number;   // from 1
    enum class State : std::uint8_t { whole, not_ended, too_long } state;
};

using TakeLine = std::function<Result<void>(Line const&)>;

// Cuts a text that comes in pieces into lines.
class LineSplitter {
  public:
    Result<void> feed(std::string_view piece, TakeLine const& take);
    // What stands behind the last line feed, if anything.
    Result<void> finish(TakeLine const& take);

  private:
    Result<void> give(std::string_view text, TakeLine const& take);

    std::string buffer_;     // the beginning of a line
    bool skipping_ = false;  // it is too long
    std::uint64_t lines_ = 0;
};

// Calls `take` for each line, and `on_bytes` with the number of stored bytes after each read.
Result<void> read_lines(sink::ObjectStore& store, std::string const& key, Codec codec,
                        TakeLine const& take, std::function<void(std::size_t)> const& on_bytes);

}  // namespace inlet::verify
