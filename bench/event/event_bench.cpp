// Validating and rendering, in bytes of body per second and core. The floor is 700 MB/s with ten
// events.
#include <benchmark/benchmark.h>
#include <string>
#include <string_view>

#include "event/event.hpp"
#include "event/row.hpp"

namespace inlet::event {
namespace {

std::string event(int i) {
    return R"({"eventName":"page_view","metadata":{"url":"https://example.org/products/)" +
           std::to_string(1000 + i) +
           R"(","referrer":"search","width":1440,"logged_in":true},"timestampUTC":173227344512)" +
           std::to_string(i % 10) + "}";
}

// 1 event: about 240 bytes, 10 events: about 1.7 KB.
std::string track(int events) {
    std::string body = R"({"userId":"8c2f1f0e-5a0b-4a5c-9f57-1c8f5f0d8a11","events":[)";
    for (int i = 0; i < events; ++i) {
        if (i > 0) body += ',';
        body += event(i);
    }
    return body + "]}";
}

// Each token on its own, as a pretty printer would send it.
std::string spaced(std::string_view body) {
    std::string out;
    for (char c : body) {
        out += c;
        if (c == ',' || c == '{') out += "\n    ";
    }
    return out;
}

void run(benchmark::State& state, Kind kind, std::string body, std::string_view key = {}) {
    auto const size = body.size();
    body.append(kBodyPadding, ' ');
    Renderer renderer{Limits{}};
    std::string rows;
    for (auto _ : state) {
        rows.clear();
        auto const outcome = renderer.render(kind, std::string_view(body).substr(0, size),
                                             {1'732'273'445'123, key}, rows);
        if (outcome.verdict != Verdict::accepted) state.SkipWithError("refused");
        benchmark::DoNotOptimize(rows.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
    state.SetLabel(std::to_string(size) + " B -> " + std::to_string(rows.size()) + " B");
}

void track_events(benchmark::State& state) {
    run(state, Kind::track, track(static_cast<int>(state.range(0))));
}
void track_with_white_space(benchmark::State& state) {
    run(state, Kind::track, spaced(track(10)));
}
void track_with_key(benchmark::State& state) {
    run(state, Kind::track, track(10), "4711");
}
void alias_call(benchmark::State& state) {
    run(state, Kind::alias,
        R"({"newUserId":"bob@example.org","originalUserId":"8c2f1f0e5a0b4a5c","timestampUTC":1732273445123})");
}
void profile_call(benchmark::State& state) {
    run(state, Kind::profile,
        R"({"userId":"bob@example.org","attributes":{"name":"Bob","city":"Lisbon","plan":"free","visits":12},"timestampUTC":1732273445123})");
}

// The worst names for finding repeated ones: as many as fit a body of 1 MiB.
void profile_with_many_attributes(benchmark::State& state) {
    std::string names;
    for (int i = 0; i < 90'000; ++i) names += "\"" + std::to_string(i * 7919 % 90'000) + "\":0,";
    names.pop_back();
    run(state, Kind::profile, R"({"userId":"u","attributes":{)" + names + R"(},"timestampUTC":1})");
}

void stamp(benchmark::State& state) {
    Renderer renderer{Limits{}};
    auto body = track(1);
    auto const size = body.size();
    body.append(kBodyPadding, ' ');
    std::string row;
    renderer.render(Kind::track, std::string_view(body).substr(0, size), {0, {}}, row);
    std::string out;
    Stamper stamper;
    for (auto _ : state) {
        out.clear();
        stamper.append(out, Kind::track, row, {1'732'273'445'123, "k3v2x2mq4tz7p", 123'456});
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

BENCHMARK(track_events)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(track_with_white_space);
BENCHMARK(track_with_key);
BENCHMARK(alias_call);
BENCHMARK(profile_call);
BENCHMARK(profile_with_many_attributes);
BENCHMARK(stamp);

}  // namespace
}  // namespace inlet::event
