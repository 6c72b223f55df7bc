#include "journal/lane_state.hpp"

#include <algorithm>
#include <charconv>

namespace inlet::journal {
namespace {

constexpr std::string_view kVersionLine = "inlet-lane 1";
constexpr std::string_view kPrefix = "lane-";

void put(std::string& out, std::string_view name, std::uint64_t value) {
    out.append(name).append(" ").append(std::to_string(value)).append("\n");
}

void put(std::string& out, std::string_view name, Position const& at) {
    out.append(name);
    for (auto value : {at.segment, at.offset, at.seq})
        out.append(" ").append(std::to_string(value));
    out.append("\n");
}

// Takes lines of "name value value ..." in a fixed order.
class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}

    std::optional<std::string_view> line(std::string_view name) {
        auto const end = rest_.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        auto const whole = rest_.substr(0, end);
        if (!whole.starts_with(name) || whole.size() <= name.size() || whole[name.size()] != ' ')
            return std::nullopt;
        rest_.remove_prefix(end + 1);
        return whole.substr(name.size() + 1);
    }
    bool numbers(std::string_view name, std::initializer_list<std::uint64_t*> values) {
        auto text = line(name);
        if (!text) return false;
        char const* at = text->data();
        char const* const end = at + text->size();
        for (auto* value : values) {
            if (at != text->data() && (at == end || *at++ != ' ')) return false;
            auto const [after, err] = std::from_chars(at, end, *value);
            if (err != std::errc()) return false;
            at = after;
        }
        return at == end;
    }
    bool position(std::string_view name, Position& at) {
        return numbers(name, {&at.segment, &at.offset, &at.seq});
    }
    [[nodiscard]] std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

}  // namespace

std::string encode(LaneState const& state) {
    std::string out(kVersionLine);
    out.append("\nnode ").append(state.node.empty() ? "-" : state.node).append("\n");
    put(out, "cursor", state.cursor);
    put(out, "delivered", state.delivered);
    put(out, "quarantined", state.quarantined);
    put(out, "detached", state.detached);
    put(out, "damaged", state.damaged);
    put(out, "other-types", state.other_types);
    put(out, "is-detached", state.is_detached ? 1 : 0);
    if (state.plan) {
        put(out, "plan-end", state.plan->end);
        put(out, "plan-first", state.plan->first_seq);
        put(out, "plan-last", state.plan->last_seq);
        out.append(state.plan->text);  // the rest of the record, whatever it holds
    }
    return out;
}

Result<LaneState> decode_lane_state(std::string_view text) {
    auto const bad = [] { return fail(Errc::corrupt, "lane record"); };
    if (!text.starts_with(kVersionLine) || text.size() <= kVersionLine.size()) return bad();
    Lines lines(text.substr(kVersionLine.size() + 1));
    LaneState state;
    auto const node = lines.line("node");
    if (!node) return bad();
    if (*node != "-") state.node = *node;
    std::uint64_t is_detached = 0;
    bool const whole = lines.position("cursor", state.cursor) &&
                       lines.numbers("delivered", {&state.delivered}) &&
                       lines.numbers("quarantined", {&state.quarantined}) &&
                       lines.numbers("detached", {&state.detached}) &&
                       lines.numbers("damaged", {&state.damaged}) &&
                       lines.numbers("other-types", {&state.other_types}) &&
                       lines.numbers("is-detached", {&is_detached});
    if (!whole || is_detached > 1) return bad();
    state.is_detached = is_detached == 1;
    if (lines.rest().empty()) return state;
    Plan plan;
    if (!lines.position("plan-end", plan.end) || !lines.numbers("plan-first", {&plan.first_seq}) ||
        !lines.numbers("plan-last", {&plan.last_seq})) {
        return bad();
    }
    plan.text = lines.rest();
    state.plan = std::move(plan);
    return state;
}

std::string lane_file_name(std::string_view lane) {
    return std::string(kPrefix).append(lane);
}

Result<std::vector<StoredLane>> read_lanes(FileSystem& fs, std::string const& dir) {
    std::vector<StoredLane> lanes;
    auto names = fs.list(dir);
    if (!names && names.error().code == Errc::not_found) return lanes;
    if (!names) return names.error();
    for (auto const& name : names.value()) {
        if (!name.starts_with(kPrefix)) continue;
        TRY(auto record, SlotFile::peek(fs, join_path(dir, name)));
        LaneState state;
        if (!record.empty()) {
            auto stored = decode_lane_state(record);
            if (!stored) return fail(Errc::corrupt, join_path(dir, name));
            state = std::move(stored.value());
        }
        lanes.push_back({name.substr(kPrefix.size()), std::move(state)});
    }
    return lanes;
}

Position furthest(std::vector<StoredLane> const& lanes) {
    Position result;
    for (auto const& lane : lanes) {
        result = std::max(result, lane.state.cursor);
        if (lane.state.plan) result = std::max(result, lane.state.plan->end);
    }
    return result;
}

}  // namespace inlet::journal
