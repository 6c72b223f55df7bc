// Any bytes as what the journal's folder holds of a lane. The first byte chooses:
//   t  the text of its record         f  the file of two slots that holds the record
//   q  a row in quarantine            r  the receipts of the quarantine
// Holds: what is read is written and read again as the same; a slot file can be used whatever it holds, and a record that
// was replaced is the one that is there.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "journal/lane_state.hpp"
#include "journal/quarantine.hpp"
#include "journal/slot_file.hpp"
#include "support/faulty_file_system.hpp"

namespace inlet::journal {
namespace {

constexpr char const* kFile = "j/lane-lake";

void check_text(std::string_view text) {
    auto const state = decode_lane_state(text);
    if (!state) return CHECK(state.error().code == Errc::corrupt);
    auto const again = encode(state.value());
    auto const second = decode_lane_state(again);
    CHECK(second.has_value() && encode(second.value()) == again);
    CHECK(second.value().cursor == state.value().cursor);
    CHECK(second.value().plan.has_value() == state.value().plan.has_value());
}

void check_file(std::string_view content) {
    test::FaultyFileSystem fs;
    fs.put(kFile, content);
    auto const lanes = read_lanes(fs, "j");
    if (lanes) static_cast<void>(furthest(lanes.value()));
    auto const peeked = SlotFile::peek(fs, kFile);
    CHECK(peeked.has_value());
    {
        auto file = SlotFile::open(fs, "j", "lane-lake");
        CHECK(file.has_value() && file.value().record() == peeked.value());
        CHECK(file.value().replace("new record").has_value());
    }
    CHECK(SlotFile::peek(fs, kFile).value() == "new record");
    fs.crash(test::Crash::lose_unsynced);
    CHECK(SlotFile::peek(fs, kFile).value() == "new record");
}

void check_quarantined(std::string_view content) {
    test::FaultyFileSystem fs;
    fs.put("j/quarantine/lake/abcdefghijklm-7", content);
    Quarantine quarantine(fs, "j", 1 << 20);
    auto const rows = quarantine.list();
    CHECK(rows.has_value() && rows.value().size() == 1);
    auto const& row = rows.value().front();
    CHECK(row.seq == 7 && row.reason.find('\n') == std::string::npos);
    CHECK(quarantine.end(row, QuarantineEnd::dropped, "now").has_value());
    CHECK(quarantine.list().value().empty());
    CHECK(quarantine.receipts("lake").value().size() == 1);
}

void check_receipts(std::string_view content) {
    test::FaultyFileSystem fs;
    fs.put("j/quarantine/lake/receipts", content);
    Quarantine quarantine(fs, "j", 1 << 20);
    auto const receipts = quarantine.receipts("lake");
    CHECK(receipts.has_value());
    for (auto const& receipt : receipts.value()) CHECK(!receipt.node.empty());
}

}  // namespace
}  // namespace inlet::journal

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    inlet::fuzz::Input input(data, size);
    switch (input.byte()) {
        case 't':
            inlet::journal::check_text(input.rest());
            break;
        case 'q':
            inlet::journal::check_quarantined(input.rest());
            break;
        case 'r':
            inlet::journal::check_receipts(input.rest());
            break;
        default:
            inlet::journal::check_file(input.rest());
            break;
    }
    return 0;
}
