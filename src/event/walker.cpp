#include "event/walker.hpp"

#include <cstring>

namespace inlet::event {

bool Walker::value(Span& out) {
    auto const first = at_;
    auto const gaps = gaps_;
    if (!skip()) return false;
    out = span(first, gaps);
    return true;
}

bool Walker::skip() {
    auto const next = skip_value(at_, depth_);
    if (next == nullptr) return false;
    at_ = next;
    return true;
}

bool Walker::name(Span& out) {
    if (peek() != '"') return fail(at_, "a member name in quotes was expected");
    auto const end = token_end(at_);
    out = {*at_, end, static_cast<std::uint32_t>(at_ - begin_), 0};
    gaps_ += at_[1] - end;
    ++at_;
    if (peek() != ':') return fail(at_, "a ':' was expected");
    gaps_ += gap_behind_mark(at_++);
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

Walker::Cursor Walker::skip_value(Cursor at, std::size_t depth) {
    switch (text_[*at]) {
        case '"':
            return skip_string(at);
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
    gaps_ += gap_behind_mark(at++);
    if (text_[*at] == '}') return skip_close(at, depth);
    for (;;) {
        if (text_[*at] != '"') return fail_at(at, "a member name in quotes was expected");
        at = skip_string(at);
        if (text_[*at] != ':') return fail_at(at, "a ':' was expected");
        gaps_ += gap_behind_mark(at++);
        at = skip_value(at, depth);
        if (at == nullptr) return nullptr;
        if (text_[*at] != ',') break;
        gaps_ += gap_behind_mark(at++);
    }
    if (text_[*at] != '}') return fail_at(at, "a comma or '}' was expected");
    return skip_close(at, depth);
}

Walker::Cursor Walker::skip_array(Cursor at, std::size_t depth) {
    if (depth > max_depth_) return fail_at(at, "too many objects and arrays inside each other");
    gaps_ += gap_behind_mark(at++);
    if (text_[*at] == ']') return skip_close(at, depth);
    for (;;) {
        at = skip_value(at, depth);
        if (at == nullptr) return nullptr;
        if (text_[*at] != ',') break;
        gaps_ += gap_behind_mark(at++);
    }
    if (text_[*at] != ']') return fail_at(at, "a comma or ']' was expected");
    return skip_close(at, depth);
}

Walker::Cursor Walker::skip_close(Cursor at, std::size_t depth) {
    gaps_ += gap_behind_mark(at++);
    if (at == end_ && depth > 1) return fail_at(at, "a comma or a closing bracket was expected");
    return at;
}

Walker::Cursor Walker::skip_string(Cursor at) {
    // The index has no entry for the closing quote, but it is the last byte before the next token:
    // what follows a string directly would have been a token of its own.
    gaps_ += at[1] - token_end(at);
    return at + 1;
}

Walker::Cursor Walker::skip_scalar(Cursor at) {
    if (at == end_) return fail_at(at, "a value was expected");
    auto const end = token_end(at);
    std::string_view const token(text_ + *at, end - *at);
    if (!is_number(token) && !is_literal(token)) {
        bool const number = is_digit(token.front()) || token.front() == '-';
        return fail_at(at, number ? "this is no number of JSON" : "a value was expected");
    }
    gaps_ += at[1] - end;
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
