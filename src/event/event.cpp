#include "event/event.hpp"

#include "base/check.hpp"
#include "event/diagnosis.hpp"
#include "event/request_parser.hpp"
#include "event/row_writer.hpp"

namespace inlet::event {
namespace {

// The walk recurses once per level.
constexpr std::size_t kDeepest = 1024;

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::track:
            return "track";
        case Kind::alias:
            return "alias";
        case Kind::profile:
            return "profile";
    }
    return "unknown";
}

struct Renderer::Impl {
    explicit Impl(Limits l) : limits(std::move(l)), parser(limits), writer(limits) {}

    Limits const limits;
    StructuralIndex index;
    RequestParser parser;
    Request request;
    RowWriter writer;
};

Renderer::Renderer(Limits limits) : impl_(std::make_unique<Impl>(std::move(limits))) {
    CHECK(impl_->limits.max_depth >= 1 && impl_->limits.max_depth <= kDeepest);
}

Renderer::~Renderer() = default;

Outcome Renderer::render(Kind kind, std::string_view body, Context const& context,
                         std::string& rows) {
    auto& [limits, index, parser, request, writer] = *impl_;
    if (!index.build(body) || !parser.parse(kind, body, index, request)) {
        auto outcome = diagnose(kind, body, limits);
        if (outcome.verdict != Verdict::accepted) return outcome;
        // The two readers disagree, which the fuzzer looks for: refuse what only one of them
        // accepts.
        return {Verdict::violation, 0, {{"", "does not follow the contract"}}, {}};
    }
    Walker const walker(body, index, limits.max_depth);
    writer.begin(kind, request, walker, body.size(), context);
    if (auto problem = writer.measure()) {
        return {Verdict::too_large, 0, {std::move(*problem)}, {}};
    }
    writer.write(rows);
    return {
        Verdict::accepted, static_cast<std::uint32_t>(request.rows.size()), {}, request.warnings};
}

}  // namespace inlet::event
