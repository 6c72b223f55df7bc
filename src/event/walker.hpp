// walker.hpp - goes over the tokens of a JSON text once, checking all of the grammar that
// StructuralIndex leaves open: brackets, commas, colons, numbers, literals, depth. (Escapes:
// escape.hpp, for the whole text.) Every call takes what stands at the cursor and moves the cursor
// behind it; a call that returns false has met a fault, and the walk is over.
// Threads:    one.
// Ownership:  text and index must outlive the walker. Recursion: no deeper than max_depth.
//             REQUIRES: the last token is a closing bracket, or the byte behind the text is 0. Then
//             no walk gets past the end: behind a closing bracket we look whether there is more,
//             and no token begins with a 0.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

#include "event/span.hpp"
#include "event/structural_index.hpp"
#include "event/token.hpp"

namespace inlet::event {

class Walker {
  public:
    struct Fault {
        std::string_view what;  // "a value was expected"
        std::uint32_t at = 0;   // byte
    };

    Walker(std::string_view text, StructuralIndex const& index, std::size_t max_depth)
        : text_(text.data()),
          begin_(index.begin()),
          end_(index.end()),
          at_(begin_),
          max_depth_(max_depth) {}

    // The first byte of the token at the cursor: tells what kind of value it is.
    [[nodiscard]] char peek() const { return text_[*at_]; }
    // The text from the token at the cursor on. For comparing member names.
    [[nodiscard]] char const* peek_text() const { return text_ + *at_; }
    [[nodiscard]] std::uint32_t position() const { return *at_; }
    [[nodiscard]] bool at_end() const { return at_ == end_; }
    [[nodiscard]] Fault const& fault() const { return fault_; }

    [[nodiscard]] std::string_view text(Span span) const {
        return {text_ + span.begin, span.end - span.begin};
    }

    // Any value with all that is in it.
    [[nodiscard]] bool value(Span& out);
    [[nodiscard]] bool skip();
    // One token, whatever it is. The caller checks what it finds there.
    void unchecked_token(Span& out) { take_token(at_, out); }

    // The name of a member and its colon.
    [[nodiscard]] bool name(Span& out);

    // An object or array, opened step by step. The callback takes one member (name and value) or
    // one element and returns false to end the walk.  REQUIRES: peek() is '{' or '['.
    template <class OnMember>
    [[nodiscard]] bool object(OnMember on_member) {
        return container('}', "a comma or '}' was expected", on_member);
    }
    template <class OnElement>
    [[nodiscard]] bool array(OnElement on_element) {
        return container(']', "a comma or ']' was expected", on_element);
    }

    // The same, and tells which part of the text the object is.
    template <class OnMember>
    [[nodiscard]] bool object(Span& out, OnMember on_member) {
        auto const first = at_;
        auto const gaps = gaps_;
        if (!object(on_member)) return false;
        out = span(first, gaps);
        return true;
    }

    // The same for an object whose members have just these names, in this order and with no white
    // space around them: compares text instead of going from token to token. kTexts: what stands
    // before each value, as in {"a": and ,"b":  If the object is another, the cursor stays and the
    // answer is false.
    template <auto const& kTexts, class OnValue>
    [[nodiscard]] bool object_as_written(OnValue on_value) {
        return as_written<kTexts>(on_value, std::make_index_sequence<kTexts.size()>());
    }

    // Copies a value without the white space between its tokens; returns the end of the copy.
    char* copy(Span span, char* out) const;

  private:
    using Cursor = std::uint32_t const*;

    template <class OnItem>
    bool container(char closing, std::string_view expected, OnItem& on_item);

    template <auto const& kTexts, class OnValue, std::size_t... kIndex>
    bool as_written(OnValue& on_value, std::index_sequence<kIndex...>);
    template <auto const& kTexts, std::size_t kIndex>
    bool take_text();

    // The value from `first` to the cursor. `gaps`: what gaps_ was at its start.
    [[nodiscard]] Span span(Cursor first, std::uint32_t gaps) const {
        auto const end = token_end(at_ - 1);  // the white space behind it is not part of the value
        return {*first, end, static_cast<std::uint32_t>(first - begin_),
                gaps_ - gaps - (*at_ - end)};
    }

    bool fail(Cursor at, std::string_view what);
    Cursor fail_at(Cursor at, std::string_view what);

    // White space behind a bracket, colon or comma, and behind any other token.
    [[nodiscard]] static std::uint32_t gap_behind_mark(Cursor at) { return at[1] - at[0] - 1; }
    [[nodiscard]] std::uint32_t gap_behind(Cursor at) const {
        auto const last = static_cast<unsigned char>(text_[at[1] - 1]);
        return last > ' ' ? 0 : long_gap_behind(at);
    }
    [[nodiscard]] std::uint32_t long_gap_behind(Cursor at) const;
    [[nodiscard]] std::uint32_t token_end(Cursor at) const { return at[1] - gap_behind(at); }

    void take_token(Cursor at, Span& out) {
        auto const gap = gap_behind(at);
        out = {at[0], at[1] - gap, static_cast<std::uint32_t>(at - begin_), 0};
        gaps_ += gap;
        at_ = at + 1;
    }

    // Walk a value without looking at it; nullptr after a fault.
    Cursor skip_value(Cursor at, std::size_t depth);
    Cursor skip_object(Cursor at, std::size_t depth);
    Cursor skip_array(Cursor at, std::size_t depth);
    Cursor skip_scalar(Cursor at);
    Cursor skip_close(Cursor at, std::size_t depth);

    char const* text_;
    Cursor begin_;
    Cursor end_;
    Cursor at_;
    std::size_t max_depth_;
    std::size_t depth_ = 0;
    std::uint32_t gaps_ = 0;  // white space so far, inside of the outermost value
    Fault fault_;
};

inline bool Walker::value(Span& out) {
    auto const first = at_;
    // The index has no entry for the closing quote, but it is the last byte before the next token:
    // what follows a string directly would have been a token of its own.
    if (text_[*first] == '"') return take_token(first, out), true;
    auto const gaps = gaps_;
    if (!skip()) return false;
    out = span(first, gaps);
    return true;
}

inline bool Walker::name(Span& out) {
    auto const at = at_;
    if (text_[at[0]] != '"') return fail(at, "a member name in quotes was expected");
    if (text_[at[1]] != ':') return fail(at + 1, "a ':' was expected");
    take_token(at, out);
    gaps_ += gap_behind_mark(at + 1);
    at_ = at + 2;
    return true;
}

template <class OnItem>
bool Walker::container(char closing, std::string_view expected, OnItem& on_item) {
    if (++depth_ > max_depth_) return fail(at_, "too many objects and arrays inside each other");
    gaps_ += gap_behind_mark(at_++);
    if (peek() != closing) {
        for (;;) {
            if (!on_item()) return false;
            if (peek() != ',') break;
            gaps_ += gap_behind_mark(at_++);
        }
        if (peek() != closing) return fail(at_, expected);
    }
    gaps_ += gap_behind_mark(at_++);
    --depth_;
    if (at_end() && depth_ > 0) return fail(at_, "a comma or a closing bracket was expected");
    return true;
}

template <auto const& kTexts, std::size_t kIndex>
bool Walker::take_text() {
    constexpr std::string_view kText = kTexts[kIndex];
    constexpr std::ptrdiff_t kTokens = 3;  // bracket or comma, name, colon
    if (std::memcmp(text_ + *at_, kText.data(), kText.size()) != 0) return false;
    at_ += kTokens;
    return true;
}

template <auto const& kTexts, class OnValue, std::size_t... kIndex>
bool Walker::as_written(OnValue& on_value, std::index_sequence<kIndex...>) {
    auto const at = at_;
    auto const gaps = gaps_;
    if (++depth_ <= max_depth_ &&
        ((take_text<kTexts, kIndex>() && on_value(std::integral_constant<std::size_t, kIndex>{})) &&
         ...) &&
        peek() == '}') {
        gaps_ += gap_behind_mark(at_++);
        --depth_;
        if (!at_end() || depth_ == 0) return true;
        ++depth_;
    }
    --depth_;
    at_ = at;
    gaps_ = gaps;
    return false;
}

}  // namespace inlet::event
