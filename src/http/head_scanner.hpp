// head_scanner.hpp - finds the end of a request's head (request line and headers) as its bytes
// arrive. It refuses what can be told without parsing: too long, too many lines, bare LF, obs-fold,
// no HTTP at all. Each byte is looked at once, however small the pieces are.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/refusal.hpp"
#include "http/server.hpp"

namespace inlet::http {

class HeadScanner {
  public:
    enum class Result { incomplete, complete, refused };

    // `bytes` is all that has arrived of the request so far: the same text as last time, and more.
    Result scan(std::string_view bytes, Limits const& limits);

    // REQUIRES: the last result was `complete`. The head without the empty lines before it.
    [[nodiscard]] std::size_t head_begin() const { return begin_; }
    [[nodiscard]] std::size_t head_end() const { return line_; }
    // REQUIRES: the last result was `refused`.
    [[nodiscard]] Refusal refusal() const { return refusal_; }

    void reset() { *this = {}; }

  private:
    Result take_line(std::string_view line, Limits const& limits);
    Result refuse(unsigned status, std::string_view detail);

    std::size_t begin_ = 0;    // of the request line
    std::size_t line_ = 0;     // begin of the line that is not complete yet
    std::size_t scanned_ = 0;  // no LF in [line_, scanned_)
    std::size_t lines_ = 0;    // complete ones, from the request line on
    Refusal refusal_;
};

}  // namespace inlet::http
