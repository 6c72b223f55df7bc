#include "event/diagnosis.hpp"

#include <span>
#include <utility>

#include "event/contract.hpp"
#include "event/escape.hpp"
#include "event/id_rules.hpp"
#include "event/names.hpp"
#include "event/structural_index.hpp"
#include "event/text_fault.hpp"
#include "event/walker.hpp"

namespace inlet::event {
namespace {

std::string_view kind_of_value(char first) {
    switch (first) {
        case '{':
            return "an object";
        case '[':
            return "an array";
        case '"':
            return "a string";
        case 't':
        case 'f':
            return "a boolean";
        case 'n':
            return "null";
        default:
            return "a number";
    }
}

// One step of a JSON Pointer (RFC 6901, section 3).
std::string pointer_step(std::string_view name) {
    std::string step = "/";
    for (char c : name) {
        if (c == '~')
            step += "~0";
        else if (c == '/')
            step += "~1";
        else
            step += c;
    }
    return step;
}

std::span<KnownMember const> members_of(Kind kind) {
    switch (kind) {
        case Kind::alias:
            return kAliasMembers;
        case Kind::profile:
            return kProfileMembers;
        case Kind::track:
            break;
    }
    return kTrackMembers;
}

class Diagnosis {
  public:
    Diagnosis(Kind kind, std::string_view body, Limits const& limits)
        : kind_(kind), limits_(limits), ids_(limits), text_(body) {
        names_.clear(body.size());
        text_.append(kBodyPadding, '\0');  // see Walker
    }

    Outcome run() {
        if (find_malformed() || find_violations()) return std::move(outcome_);
        return {};
    }

  private:
    [[nodiscard]] std::string_view body() const {
        return std::string_view(text_).substr(0, text_.size() - kBodyPadding);
    }

    bool find_malformed() {
        if (!index_.build(body())) {
            auto const fault = find_text_fault(body());
            return malformed(fault.what.empty() ? "it cannot be read" : fault.what, fault.at);
        }
        if (body().starts_with("\xEF\xBB\xBF")) {
            return malformed("it must not begin with a byte order mark", 0);
        }
        auto const escape = find_bad_escape(body());
        if (escape != std::string_view::npos) return malformed("this is no escape of JSON", escape);
        Walker walker(body(), index_, limits_.max_depth);
        if (!walker.skip()) return malformed(walker.fault().what, walker.fault().at);
        if (walker.at_end()) return false;
        return malformed("only white space may follow the end", walker.position());
    }

    bool malformed(std::string_view what, std::size_t at) {
        std::string detail = "not JSON: ";
        detail += what;
        if (!body().empty()) {
            detail += " at byte " + std::to_string(at);
            if (at == body().size()) detail += ", where the body ends";
        }
        outcome_.verdict = Verdict::malformed;
        outcome_.problems.push_back({"", std::move(detail)});
        return true;
    }

    // The grammar has been checked: from here on every step of the walker succeeds, and a callback
    // returns false only because there are enough problems.
    bool find_violations() {
        Walker walker(body(), index_, limits_.max_depth);
        walker_ = &walker;
        if (is('{')) {
            object("", members_of(kind_));
        } else {
            wrong_kind("", "must be an object");
        }
        if (outcome_.problems.empty()) return false;
        outcome_.verdict = Verdict::violation;
        return true;
    }

    [[nodiscard]] bool is(char first) const { return walker_->peek() == first; }
    [[nodiscard]] bool enough() const { return outcome_.problems.size() >= kMaxProblems; }

    void add(std::string pointer, std::string detail) {
        if (!enough()) outcome_.problems.push_back({std::move(pointer), std::move(detail)});
    }

    bool wrong_kind(std::string const& path, std::string detail) {
        add(path, std::move(detail) + ", not " + std::string(kind_of_value(walker_->peek())));
        return walker_->skip();
    }

    bool object(std::string const& path, std::span<KnownMember const> members) {
        std::array<int, 4> seen{};
        bool const whole = walker_->object([&] {
            Span token;
            if (!walker_->name(token)) return false;
            auto const name = names_.decoded(walker_->text(token));
            std::size_t i = 0;
            while (i < members.size() && members[i].name != name) ++i;
            bool const known = i < members.size();
            if (!known && name != kMessageId) return walker_->skip();
            auto const place = path + pointer_step(name);
            if (++seen[i] == 2) add(place, "appears more than once");
            bool const first = known && seen[i] == 1;
            return (first ? value(place, members[i]) : walker_->skip()) && !enough();
        });
        if (!whole) return false;
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (seen[i] == 0) add(path + pointer_step(members[i].name), "is required");
        }
        return !enough();
    }

    bool value(std::string const& path, KnownMember const& member) {
        switch (member.rule) {
            case Rule::id:
                return id(path);
            case Rule::object:
                return is('{') ? walker_->skip() : wrong_kind(path, "must be an object");
            case Rule::attributes:
                return attributes(path);
            case Rule::timestamp:
                return timestamp(path);
            case Rule::events:
                return events(path);
        }
        return false;
    }

    bool id(std::string const& path) {
        auto const expected =
            "must be a string of 1 to " + std::to_string(ids_.max_bytes()) + " bytes";
        if (!is('"')) return wrong_kind(path, expected);
        Span span;
        if (!walker_->value(span)) return false;
        auto const token = walker_->text(span);
        if (!ids_.has_valid_size(token)) {
            add(path, expected + ", not " + std::to_string(decoded_size(unquoted(token))));
        } else if (kind_ == Kind::alias) {
            reserved_id(path, names_.decoded(token));
        }
        return true;
    }

    void reserved_id(std::string const& path, std::string_view id) {
        if (!ids_.is_reserved(id)) return;
        std::string detail = "\"";
        detail += id;
        detail +=
            "\" is a placeholder, not an id: such an alias would make one user of all who share it";
        add(path, std::move(detail));
    }

    bool timestamp(std::string const& path) {
        std::string const expected = "must be an integer of 64 bits";
        bool const number = is('-') || is_digit(walker_->peek());
        if (!number) return wrong_kind(path, expected);
        Span span;
        if (!walker_->value(span)) return false;
        if (!is_int64(walker_->text(span))) add(path, expected + ", without fraction or exponent");
        return true;
    }

    bool attributes(std::string const& path) {
        if (!is('{')) return wrong_kind(path, "must be an object");
        Names names;
        names.clear(text_.size());
        bool const whole = walker_->object([&] {
            Span name;
            if (!walker_->name(name)) return false;
            names.add(walker_->text(name));
            return walker_->skip();
        });
        for (auto const name : names.duplicates()) {
            if (enough()) return false;
            add(path + pointer_step(name), "appears more than once");
        }
        return whole;
    }

    bool events(std::string const& path) {
        if (!is('[')) return wrong_kind(path, "must be an array of events");
        Walker counter = *walker_;
        std::size_t count = 0;
        if (!counter.array([&] { return ++count, counter.skip(); })) return false;
        if (count > limits_.max_events) {
            add(path, "must hold at most " + std::to_string(limits_.max_events) + " events, not " +
                          std::to_string(count));
            return walker_->skip();
        }
        std::size_t i = 0;
        return walker_->array([&] {
            auto const place = path + '/' + std::to_string(i++);
            bool const going_on =
                is('{') ? object(place, kEventMembers) : wrong_kind(place, "must be an object");
            return going_on && !enough();
        });
    }

    Kind kind_;
    Limits const& limits_;
    IdRules ids_;
    std::string text_;  // the body and zeros
    StructuralIndex index_;
    Walker* walker_ = nullptr;
    Names names_;
    Outcome outcome_;
};

}  // namespace

Outcome diagnose(Kind kind, std::string_view body, Limits const& limits) {
    return Diagnosis(kind, body, limits).run();
}

}  // namespace inlet::event
