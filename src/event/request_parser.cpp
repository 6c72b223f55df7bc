#include "event/request_parser.hpp"

#include <cstring>
#include <utility>

#include "event/contract.hpp"
#include "event/escape.hpp"

namespace inlet::event {
namespace {

constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);

// Whether the token at `text` is the string `kName`. The closing quote is compared too, and the
// padding makes it safe to read on, so the length need not be known.
template <std::string_view const& kName>
bool is_name(char const* text) {
    return std::memcmp(text + 1, kName.data(), kName.size()) == 0 && text[1 + kName.size()] == '"';
}

template <auto const& kMembers, std::size_t kIndex>
struct NameOf {
    static constexpr std::string_view kValue =
        kIndex < kMembers.size() ? kMembers[kIndex % kMembers.size()].name : kMessageId;
};

template <auto const& kMembers, std::size_t... kIndex>
std::size_t find_raw(char const* text, std::index_sequence<kIndex...>) {
    std::size_t found = kUnknown;
    (void)((is_name<NameOf<kMembers, kIndex>::kValue>(text) && (found = kIndex, true)) || ...);
    return found;
}

// on_known(std::integral_constant<std::size_t, member>): makes the rule of the member a constant
// for it.
template <class OnKnown, std::size_t... kIndex>
bool with_constant(std::size_t member, OnKnown& on_known, std::index_sequence<kIndex...>) {
    bool good = false;
    (void)((member == kIndex &&
            (good = on_known(std::integral_constant<std::size_t, kIndex>{}), true)) ||
           ...);
    return good;
}

template <auto const& kMembers>
std::size_t find_decoded(std::string_view name) {
    for (std::size_t i = 0; i < kMembers.size(); ++i) {
        if (kMembers[i].name == name) return i;
    }
    return name == kMessageId ? kMembers.size() : kUnknown;
}

}  // namespace

// One body on its way through the parser.
class RequestParser::Pass {
  public:
    Pass(RequestParser& parser, std::string_view body, StructuralIndex const& index,
         Request& request)
        : parser_(parser),
          walker_(body, index, parser.limits_.max_depth),
          request_(request),
          body_size_(body.size()),
          has_escapes_(has_escape(body)) {}

    bool run(Kind kind) {
        if (walker_.peek() != '{') return false;
        switch (kind) {
            case Kind::track:
                return track() && walker_.at_end();
            case Kind::alias:
                return row<kAliasMembers>(false) && walker_.at_end() && alias();
            case Kind::profile:
                return row<kProfileMembers>(false) && walker_.at_end();
        }
        return false;
    }

  private:
    bool track() {
        return object<kTrackMembers>(request_.shared_members, request_.message_id, [&](auto i) {
            return i == 0 ? id(request_.user_id) : events();
        });
    }

    bool events() {
        if (walker_.peek() != '[') return false;
        return walker_.array([&] {
            if (request_.rows.size() == parser_.limits_.max_events) return false;
            return walker_.peek() == '{' && event();
        });
    }

    // Most senders write events alike, so look for that first.
    bool event() {
        auto& row = request_.rows.emplace_back();
        row.extra_begin = row.extra_end = static_cast<std::uint32_t>(request_.members.size());
        if (walker_.object_as_written<kEventTexts>(
                [&](auto i) { return value<kEventMembers[i].rule>(row.values[i]); })) {
            return true;
        }
        request_.rows.pop_back();
        return this->row<kEventMembers>(true);
    }

    template <auto const& kMembers>
    bool row(bool is_event) {
        auto& row = request_.rows.emplace_back();
        row.extra_begin = static_cast<std::uint32_t>(request_.members.size());
        auto& message_id = is_event ? row.message_id : request_.message_id;
        bool const good = object<kMembers>(request_.members, message_id, [&](auto i) {
            return value<kMembers[i].rule>(row.values[i]);
        });
        row.extra_end = static_cast<std::uint32_t>(request_.members.size());
        return good;
    }

    // An object of the contract: each known member once, all others kept in `unknown`.
    template <auto const& kMembers, class OnKnown>
    bool object(std::vector<Member>& unknown, Span& message_id, OnKnown on_known) {
        constexpr unsigned kAll = (1U << kMembers.size()) - 1;
        unsigned seen = 0;
        bool const good = walker_.object([&] {
            char const* text = walker_.peek_text();
            Span name;
            if (!walker_.name(name)) return false;
            auto const member = find<kMembers>(text, name);
            if (member == kUnknown) return keep(unknown, name);
            if ((seen & 1U << member) != 0) return false;
            seen |= 1U << member;
            if (member < kMembers.size()) {
                return with_constant(member, on_known, std::make_index_sequence<kMembers.size()>());
            }
            return keep(unknown, name) && set_message_id(unknown.back().value, message_id);
        });
        return good && (seen & kAll) == kAll;
    }

    template <auto const& kMembers>
    std::size_t find(char const* text, Span name) {
        auto const raw = find_raw<kMembers>(text, std::make_index_sequence<kMembers.size() + 1>());
        if (raw != kUnknown || !has_escapes_ || !has_escape(walker_.text(name))) return raw;
        return find_decoded<kMembers>(parser_.names_.decoded(walker_.text(name)));
    }

    bool keep(std::vector<Member>& unknown, Span name) {
        auto& member = unknown.emplace_back();
        member.name = name;
        return walker_.value(member.value);
    }

    template <Rule kRule>
    bool value(Span& out) {
        if constexpr (kRule == Rule::id) return id(out);
        if constexpr (kRule == Rule::object) return walker_.peek() == '{' && walker_.value(out);
        if constexpr (kRule == Rule::attributes) return attributes(out);
        if constexpr (kRule == Rule::timestamp) {
            walker_.unchecked_token(out);
            return is_int64(walker_.text(out));
        }
        return false;
    }

    bool id(Span& out) {
        if (walker_.peek() != '"' || !walker_.value(out)) return false;
        auto const text = walker_.text(out);
        if (has_escapes_) return parser_.ids_.has_valid_size(text);
        return text.size() > 2 && text.size() - 2 <= parser_.limits_.max_id_bytes;
    }

    bool attributes(Span& out) {
        if (walker_.peek() != '{') return false;
        parser_.names_.clear(body_size_);
        bool const good = walker_.object(out, [&] {
            Span name;
            if (!walker_.name(name)) return false;
            parser_.names_.add(walker_.text(name));
            return walker_.skip();
        });
        return good && !parser_.names_.has_duplicate();
    }

    bool set_message_id(Span value, Span& out) {
        auto const text = walker_.text(value);
        if (text.front() == '"' && parser_.ids_.has_valid_size(text)) {
            out = value;
        } else if (request_.warnings.size() < kMaxProblems) {
            warn_of_message_id(&out == &request_.message_id);
        }
        return true;
    }

    void warn_of_message_id(bool of_body) {
        auto pointer = of_body ? "" : "/events/" + std::to_string(request_.rows.size() - 1);
        request_.warnings.push_back(pointer + "/messageId is not a string of 1 to " +
                                    std::to_string(parser_.limits_.max_id_bytes) +
                                    " bytes: it is kept, but not used as the row's id");
    }

    bool alias() {
        auto const& values = request_.rows.front().values;
        auto const target = parser_.names_.decoded(walker_.text(values[0]));
        auto const original = parser_.names_.decoded(walker_.text(values[1]));
        if (parser_.ids_.is_reserved(target) || parser_.ids_.is_reserved(original)) return false;
        if (target == original) {
            request_.warnings.emplace_back(
                "newUserId and originalUserId are the same id: the alias has no effect");
        }
        return true;
    }

    RequestParser& parser_;
    Walker walker_;
    Request& request_;
    std::size_t const body_size_;
    bool const has_escapes_;
};

bool RequestParser::parse(Kind kind, std::string_view body, StructuralIndex const& index,
                          Request& request) {
    request.clear();
    names_.clear(body.size());
    // See Walker: with this, the walk cannot leave the body.
    if (body[*(index.end() - 1)] != '}') return false;
    if (find_bad_escape(body) != std::string_view::npos) return false;
    return Pass(*this, body, index, request).run(kind);
}

}  // namespace inlet::event
