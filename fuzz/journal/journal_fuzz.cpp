// Any bytes as a program that fills the folder of a journal: segments and entries as they should be, with any of their fields
// changed and their checksums right, and with damage on top.
// Holds: recovery and readers end, without overflow, however strange the numbers are; a journal that opens takes a row,
// gives it a number, and has it once, also after it was closed and opened again.
#include <algorithm>
#include <cstdint>
#include <map>
#include <semaphore>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "base/log.hpp"
#include "fuzz/input.hpp"
#include "journal/chain.hpp"
#include "journal/format.hpp"
#include "journal/intake.hpp"
#include "journal/journal.hpp"
#include "journal/reader.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"

namespace inlet::journal {
namespace {

constexpr std::size_t kMaxFile = 64 * 1024;
constexpr int kMaxSteps = 200;
constexpr std::string_view kNode = "abcdefghijklm";
constexpr std::string_view kNewRow = "the new row\n";

class Builder {
  public:
    explicit Builder(fuzz::Input& input) : input_(input) {}

    void run() {
        for (int i = 0; i < kMaxSteps && !input_.empty(); ++i) step(input_.byte());
    }
    void store(test::FaultyFileSystem& fs) const {
        for (auto const& [number, content] : files_) fs.put("j/" + segment_name(number), content);
    }

  private:
    void step(std::uint8_t choice) {
        auto& file = files_[number_];
        switch (choice % 8) {
            case 0:
                return begin_segment();
            case 3:
                file.append(input_.text(input_.byte()));
                break;
            case 4:
                if (!file.empty())
                    file[input_.number(2) % file.size()] ^= static_cast<char>(input_.byte());
                break;
            case 5:
                file.resize(input_.number(2) % (file.size() + 1));
                break;
            case 6: {
                auto const from = std::min<std::size_t>(input_.number(2), file.size());
                file += std::string(file, from, input_.number(2));
                break;
            }
            case 7:
                file.append(8 * (1 + input_.byte() % 32), '\0');
                break;
            default:
                add_entry();
        }
        if (file.size() > kMaxFile) file.resize(kMaxFile);
    }

    // The right value, or one of the input's: of 62 bits at most, so that nothing that is added to it wraps around.
    template <class T>
    void change(std::uint8_t flags, int bit, T& value) {
        if ((flags >> bit & 1) == 0) return;
        value = static_cast<T>((flags & 0x80) != 0 ? input_.number(8) >> 2 : input_.number(2));
    }

    void begin_segment() {
        SegmentHeader header;
        header.segment = number_ + 1;
        header.first_seq = next_seq_;
        header.first_commit = commit_ + 1;
        header.previous = number_;
        header.previous_end = number_ == 0 ? 0 : files_[number_].size();
        header.node = kNode;
        auto const flags = input_.byte();
        change(flags, 0, header.segment);
        change(flags, 1, header.first_seq);
        change(flags, 2, header.first_commit);
        change(flags, 3, header.previous);
        change(flags, 4, header.previous_end);
        if ((flags & 0x20) != 0) header.node[0] = static_cast<char>(input_.byte());
        number_ = std::max<std::uint64_t>(header.segment, 1);
        next_seq_ = header.first_seq;
        if (files_[0].empty()) files_.erase(0);
        files_[number_] = encode(header);
        commit_start_ = kSegmentHeaderBytes;
        commit_seq_ = next_seq_;
    }

    void add_entry() {
        auto& file = files_[number_];
        EntryHeader header;
        auto const flags = input_.byte();
        auto const size = input_.byte();
        if (size % 2 == 0) {
            ++commit_;
            commit_start_ = file.size();
            commit_seq_ = next_seq_;
        }
        header.bytes = 2 + size / 2;
        header.rows = 1;
        header.commit = commit_;
        header.first_seq = next_seq_;
        header.commit_start = commit_start_;
        header.commit_first_seq = commit_seq_;
        header.tag = 1;
        change(flags, 0, header.rows);
        change(flags, 1, header.commit);
        change(flags, 2, header.first_seq);
        change(flags, 3, header.commit_start);
        change(flags, 4, header.commit_first_seq);
        std::string entry(entry_bytes(header.bytes), 'x');
        entry[kEntryHeaderBytes + header.bytes - 1] = '\n';
        encode_entry_header(entry.data(), number_, header);
        file += entry;
        next_seq_ = header.first_seq + header.rows;
    }

    fuzz::Input& input_;
    std::map<std::uint64_t, std::string> files_;
    std::uint64_t number_ = 0;
    std::uint64_t next_seq_ = 1;
    std::uint64_t commit_ = 0;
    std::uint64_t commit_start_ = kSegmentHeaderBytes;
    std::uint64_t commit_seq_ = 1;
};

// How often the new row is there, and with which number.
struct Found {
    int times = 0;
    std::uint64_t seq = 0;
};

Found read_all(FileSystem& fs, Position from, Position limit) {
    Found found;
    std::size_t events = 0;
    auto const count = [&] { CHECK(++events < 2 * kMaxFile); };
    Reader reader(fs, "j", from, [&](Damage const&) { count(); });
    Entry entry = {};
    for (;;) {
        auto const more = reader.next(limit, entry);
        if (!more || !more.value()) return found;
        count();
        CHECK(entry.end.segment > entry.begin.segment || entry.end.offset > entry.begin.offset);
        if (entry.text != kNewRow) continue;
        ++found.times;
        found.seq = entry.first_seq;
    }
}

// The number it got; 0 if the journal does not take it (its numbers are used up, say).
std::uint64_t append_new_row(Journal& journal) {
    std::binary_semaphore completed(0);
    Intake intake(journal, [&] { completed.release(); });
    Waiter waiter;
    intake.rows() += kNewRow;
    if (!intake.append(1, 1, waiter)) return 0;
    intake.submit();
    completed.acquire();
    CHECK(intake.take().pop() == &waiter);
    return waiter.stored ? waiter.last_seq : 0;
}

void check_journal(test::FaultyFileSystem& fs, Position floor) {
    test::ManualClock clock;
    Options options;
    options.dir = "j";
    options.segment_bytes = 16 * 1024;
    std::uint64_t seq = 0;
    Position end;
    {
        auto journal = Journal::open(fs, clock, options, floor);
        if (!journal) return;
        seq = append_new_row(*journal.value());
        if (seq == 0) return;
        end = journal.value()->synced();
        auto const found = read_all(fs, {}, end);
        CHECK(found.times == 1 && found.seq == seq);
    }
    fs.crash(test::Crash::lose_unsynced);
    auto const again = Journal::open(fs, clock, options, floor);
    CHECK(again.has_value());
    auto const found = read_all(fs, {}, again.value()->synced());
    CHECK(found.times == 1 && found.seq == seq);
    CHECK(again.value()->synced().seq == end.seq);
}

void check_one(fuzz::Input input) {
    [[maybe_unused]] static bool const quiet = [] {
        log::configure(log::Level::off, log::Format::text);
        return true;
    }();
    Position from = {input.number(1), input.number(2), input.number(1)};
    Position floor = {input.number(1), input.number(2), input.number(1)};
    test::FaultyFileSystem fs;
    fs.put("j/other", "");
    Builder builder(input);
    builder.run();
    builder.store(fs);
    auto const chain = read_chain(fs, "j");
    if (chain) {
        read_all(fs, {}, chain.value().end);
        read_all(fs, from, chain.value().end);
    }
    check_journal(fs, floor);
}

}  // namespace
}  // namespace inlet::journal

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    inlet::journal::check_one({data, size});
    return 0;
}
