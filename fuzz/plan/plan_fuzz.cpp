// Any bytes as the saved plan of a batch, or as the name of an object in the lake. The first byte chooses which.
// Holds: what is read is written again as the very same bytes, so that two readings of one text cannot differ.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "sink/object_key.hpp"
#include "sink/object_plan.hpp"

namespace inlet::sink {
namespace {

void check_plan(std::string_view text) {
    auto const plan = ObjectPlan::parse(text);
    if (!plan) return CHECK(plan.error().code == Errc::corrupt);
    CHECK(plan.value().text() == text);
    CHECK(plan.value().first_seq <= plan.value().last_seq);
}

void check_key(std::string_view text) {
    auto const key = ObjectKey::parse(kLakePrefix, text);
    if (!key) return;
    CHECK(key->text(kLakePrefix) == text);
    CHECK(codec_of_rows_file(text) == key->codec);
    CHECK(text.find("..") == text.npos && text.find("//") == text.npos);
}

}  // namespace
}  // namespace inlet::sink

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    inlet::fuzz::Input input(data, size);
    if (input.byte() == 'p') {
        inlet::sink::check_plan(input.rest());
    } else {
        inlet::sink::check_key(input.rest());
    }
    return 0;
}
