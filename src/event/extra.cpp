#include "event/extra.hpp"

#include <algorithm>
#include <cstring>

#include "event/bounded_clear.hpp"

namespace inlet::event {
namespace {

constexpr std::string_view kOpen = R"(,"extra":{)";

char* put(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

// "name":value,
char* put_member(Walker const& walker, Member const& member, char* out) {
    out = put(out, walker.text(member.name));
    *out++ = ':';
    out = walker.copy(member.value, out);
    *out++ = ',';
    return out;
}

}  // namespace

void Extra::begin(Walker const& walker, std::size_t body_size, std::span<Member const> shared) {
    walker_ = &walker;
    body_size_ = body_size;
    bounded_clear(sorted_);
    bounded_clear(groups_);
    bounded_clear(in_order_);
    shared_bytes_ = 0;
    round_ = 0;
    if (shared.empty()) return;
    shared_names_.clear(body_size);
    for (auto const& member : shared) {
        auto const name = shared_names_.decoded(walker.text(member.name));
        sorted_.push_back({name, static_cast<std::uint32_t>(sorted_.size()), &member});
        shared_bytes_ += member.size() + 1;
    }
    group_by_name();
}

void Extra::group_by_name() {
    std::sort(sorted_.begin(), sorted_.end(), [](Named const& a, Named const& b) {
        auto const order = a.name.compare(b.name);
        return order != 0 ? order < 0 : a.index < b.index;
    });
    for (std::uint32_t i = 0; i < sorted_.size(); ++i) {
        auto const& [name, index, member] = sorted_[i];
        if (groups_.empty() || groups_.back().name != name) {
            in_order_.push_back(static_cast<std::uint32_t>(groups_.size()));
            groups_.push_back({name, i, i, 0, 0});
        }
        groups_.back().end = i + 1;
        groups_.back().bytes += member->size() + 1;
    }
    auto const first = [&](std::uint32_t group) { return sorted_[groups_[group].begin].index; };
    std::sort(in_order_.begin(), in_order_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return first(a) < first(b); });
}

std::size_t Extra::hide(std::span<Member const> own) {
    ++round_;
    if (groups_.empty() || own.empty()) return shared_bytes_;
    auto bytes = shared_bytes_;
    own_names_.clear(body_size_);
    for (auto const& member : own) {
        auto const name = own_names_.decoded(walker_->text(member.name));
        auto const found = std::lower_bound(
            groups_.begin(), groups_.end(), name,
            [](Group const& group, std::string_view key) { return group.name < key; });
        if (found == groups_.end() || found->name != name || found->hidden_in == round_) continue;
        found->hidden_in = round_;
        bytes -= found->bytes;
    }
    return bytes;
}

std::size_t Extra::nonzero_size(std::span<Member const> own) {
    auto bytes = hide(own);
    for (auto const& member : own) bytes += member.size() + 1;
    return kOpen.size() + bytes;  // the bracket stands where the last comma would
}

char* Extra::write_members(std::span<Member const> own, char* out) {
    hide(own);
    out = put(out, kOpen);
    for (auto const& member : own) out = put_member(*walker_, member, out);
    for (auto const index : in_order_) {
        auto const& group = groups_[index];
        if (group.hidden_in == round_) continue;
        for (auto i = group.begin; i < group.end; ++i) {
            out = put_member(*walker_, *sorted_[i].member, out);
        }
    }
    out[-1] = '}';
    return out;
}

}  // namespace inlet::event
