#include "event/walker.hpp"

#include <cstring>

namespace inlet::event {

bool Walker::skip() {
    auto const next = skip_value(at_, depth_);
    if (next == nullptr) return false;
    at_ = next;
    return true;
}

bool Walker::fail(Cursor at, std::string_view what) {
    fault_ = {what, *at};
    return false;
}

Walker::Cursor Walker::fail_at(Cursor at, std::string_view what) {
    fault_ = {what, *at};
    return nullptr;
}

std::uint32_t Walker::long_gap_behind(Cursor at) const {
    auto end = at[1];
    while (is_space(text_[end - 1])) --end;
    return at[1] - end;
}

// The gaps are added up in a local, which the compiler keeps in a register.
Walker::Cursor Walker::skip_value(Cursor at, std::size_t depth) {
    switch (text_[*at]) {
        case '"':
            gaps_ += gap_behind(at);
            return at + 1;
        case '{':
            return skip_object(at, depth + 1);
        case '[':
            return skip_array(at, depth + 1);
        default:
            return skip_scalar(at);
    }
}

Walker::Cursor Walker::skip_object(Cursor at, std::size_t depth) {
    if (depth > max_depth_) return fail_at(at, "too many objects and arrays inside each other");
    auto gaps = gap_behind_mark(at++);
    if (text_[*at] != '}') {
        for (;;) {
            if (text_[at[0]] != '"') return fail_at(at, "a member name in quotes was expected");
            if (text_[at[1]] != ':') return fail_at(at + 1, "a ':' was expected");
            gaps += gap_behind(at) + gap_behind_mark(at + 1);
            at += 2;
            if (text_[*at] == '"') {
                gaps += gap_behind(at++);
            } else {
                at = skip_value(at, depth);
                if (at == nullptr) return nullptr;
            }
            if (text_[*at] != ',') break;
            gaps += gap_behind_mark(at++);
        }
        if (text_[*at] != '}') return fail_at(at, "a comma or '}' was expected");
    }
    gaps_ += gaps;
    return skip_close(at, depth);
}

Walker::Cursor Walker::skip_array(Cursor at, std::size_t depth) {
    if (depth > max_depth_) return fail_at(at, "too many objects and arrays inside each other");
    auto gaps = gap_behind_mark(at++);
    if (text_[*at] != ']') {
        for (;;) {
            at = skip_value(at, depth);
            if (at == nullptr) return nullptr;
            if (text_[*at] != ',') break;
            gaps += gap_behind_mark(at++);
        }
        if (text_[*at] != ']') return fail_at(at, "a comma or ']' was expected");
    }
    gaps_ += gaps;
    return skip_close(at, depth);
}

Walker::Cursor Walker::skip_close(Cursor at, std::size_t depth) {
    gaps_ += gap_behind_mark(at++);
    if (at == end_ && depth > 1) return fail_at(at, "a comma or a closing bracket was expected");
    return at;
}

Walker::Cursor Walker::skip_scalar(Cursor at) {
    // Most are small whole numbers with no white space behind them.
    if (char const* digit = text_ + at[0]; *digit >= '1' && *digit <= '9') {
        while (is_digit(*++digit)) {
        }
        if (digit == text_ + at[1]) return at + 1;
    }
    if (at == end_) return fail_at(at, "a value was expected");
    auto const gap = gap_behind(at);
    std::string_view const token(text_ + at[0], at[1] - at[0] - gap);
    if (!is_scalar(token)) {
        bool const number = is_digit(token.front()) || token.front() == '-';
        return fail_at(at, number ? "this is no number of JSON" : "a value was expected");
    }
    gaps_ += gap;
    return at + 1;
}

char* Walker::copy(Span span, char* out) const {
    if (span.gaps == 0) {
        std::memcpy(out, text_ + span.begin, span.size());
        return out + span.size();
    }
    auto run = span.begin;
    for (auto at = begin_ + span.token; *at < span.end; ++at) {
        bool const mark = std::string_view("{}[]:,").find(text_[*at]) != std::string_view::npos;
        auto const end = mark ? *at + 1 : token_end(at);
        if (end == at[1] && end != span.end) continue;
        std::memcpy(out, text_ + run, end - run);
        out += end - run;
        run = at[1];
    }
    return out;
}

}  // namespace inlet::event
