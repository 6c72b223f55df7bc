#include "http/head_scanner.hpp"

#include <cstring>

#include "http/text.hpp"

namespace inlet::http {
namespace {

// RFC 9112, 2.2: a server should ignore at least one empty line before a request line.
constexpr std::size_t kMaxLeadingBytes = 4;
// Method, spaces and version around the target in a request line.
constexpr std::size_t kRequestLineOverhead = 64;

constexpr std::string_view kNotHttp = "not an HTTP request";

}  // namespace

HeadScanner::Result HeadScanner::scan(std::string_view bytes, Limits const& limits) {
    while (scanned_ < bytes.size()) {
        auto const* lf = static_cast<char const*>(
            std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_));
        if (lf == nullptr) {
            scanned_ = bytes.size();
            break;
        }
        auto const line_end = static_cast<std::size_t>(lf - bytes.data());
        auto const result = take_line(bytes.substr(line_, line_end - line_), limits);
        line_ = scanned_ = line_end + 1;
        if (result != Result::incomplete) return result;
    }
    if (lines_ == 0 && bytes.size() > begin_) {
        // A TLS handshake, say, would otherwise be waited for until the deadline.
        char const first = bytes[begin_];
        if (!is_token_char(first) && first != '\r') return refuse(400, kNotHttp);
        // The last byte may be the line's CR, which does not count.
        if (bytes.size() - begin_ > limits.max_target_bytes + kRequestLineOverhead + 1) {
            return refuse(414, "request target too long");
        }
    }
    if (bytes.size() - begin_ > limits.max_head_bytes) return refuse(431, "headers too large");
    return Result::incomplete;
}

// `line` ends before its LF.
HeadScanner::Result HeadScanner::take_line(std::string_view line, Limits const& limits) {
    if (line.empty() || line.back() != '\r') return refuse(400, "line does not end in CR LF");
    line.remove_suffix(1);
    if (line.empty() && lines_ == 0) {
        begin_ = line_ + 2;
        if (begin_ > kMaxLeadingBytes) return refuse(400, "empty lines before the request");
        return Result::incomplete;
    }
    if (lines_ == 0 && !is_token_char(line.front())) return refuse(400, kNotHttp);
    std::size_t const head_size = line_ + line.size() + 2 - begin_;
    if (lines_ == 0 && line.size() > limits.max_target_bytes + kRequestLineOverhead) {
        return refuse(414, "request target too long");
    }
    if (head_size > limits.max_head_bytes) return refuse(431, "headers too large");
    if (line.empty()) return Result::complete;
    // obs-fold; RFC 9112, 5.2 lets a server answer it with 400
    if (lines_ > 0 && (line.front() == ' ' || line.front() == '\t')) {
        return refuse(400, "header continued on the next line");
    }
    if (lines_ > limits.max_headers) return refuse(431, "too many headers");
    ++lines_;
    return Result::incomplete;
}

HeadScanner::Result HeadScanner::refuse(unsigned status, std::string_view detail) {
    refusal_ = {status, detail};
    return Result::refused;
}

}  // namespace inlet::http
