#include "journal/quarantine.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace inlet::journal {
namespace {

constexpr std::string_view kFolder = "quarantine";
constexpr std::string_view kReceipts = "receipts";
constexpr std::string_view kTemporary = ".tmp";
constexpr std::size_t kMaxFileBytes = 4 << 20;  // a row has at most 1 MB
constexpr std::size_t kMaxReceiptBytes = 256 << 20;
constexpr std::size_t kMaxReasonBytes = 1'000;

std::string file_name(std::string_view node, std::uint64_t seq) {
    return std::string(node) + "-" + std::to_string(seq);
}

bool parse_name(std::string_view name, std::string& node, std::uint64_t& seq) {
    auto const dash = name.rfind('-');
    if (dash == std::string_view::npos || dash == 0) return false;
    auto const digits = name.substr(dash + 1);
    auto const* const end = digits.data() + digits.size();
    auto const parsed = std::from_chars(digits.data(), end, seq);
    node = name.substr(0, dash);
    return parsed.ec == std::errc() && parsed.ptr == end;
}

std::string one_line(std::string_view text) {
    std::string line(text.substr(0, kMaxReasonBytes));
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return line;
}

std::string_view take_line(std::string_view& text) {
    auto const end = text.find('\n');
    auto const line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

// A crash cut the last line short.
Result<bool> ends_torn(File& file, std::uint64_t size) {
    if (size == 0) return false;
    std::string last(1, '\0');
    TRY(auto const n, file.read(size - 1, last));
    return n == 1 && last.front() != '\n';
}

Result<void> write(FileSystem& fs, std::string const& path, std::string_view text) {
    TRY(auto const file, fs.open(path, OpenMode::create_new));
    TRY(file->write(0, text));
    return file->sync();
}

}  // namespace

Quarantine::Quarantine(FileSystem& fs, std::string const& journal_dir, std::uint64_t max_bytes)
    : fs_(fs), dir_(join_path(journal_dir, kFolder)), max_bytes_(max_bytes) {}

std::string Quarantine::folder(std::string const& lane) const {
    return join_path(dir_, lane);
}

Result<void> Quarantine::put(QuarantinedRow const& row) {
    auto const dir = folder(row.lane);
    auto const path = join_path(dir, file_name(row.node, row.seq));
    // Put before a crash, and refused once more. Its name is durable only if the folder was synced then.
    if (fs_.open(path, OpenMode::read)) return fs_.sync_directory(dir);
    auto const text = one_line(row.reason) + "\n" + row.at + "\n" + row.line;
    TRY(auto const used, used_bytes());
    if (used + text.size() > max_bytes_) {
        return fail(Errc::full, "the quarantine holds " + std::to_string(used) +
                                    " bytes and is full: see `inlet quarantine ls`");
    }
    TRY(fs_.make_directories(dir));
    remove_temporaries(dir);
    auto const temporary = path + std::string(kTemporary);
    auto placed = write(fs_, temporary, text);
    if (placed) placed = fs_.rename(temporary, path);
    if (!placed) {
        (void)fs_.remove(temporary);  // else the next one that is put removes it
        return placed;
    }
    return fs_.sync_directory(dir);
}

// What was left of rows that could not be put, or by a crash. One may be longer than what comes under its name next.
// Those of other rows are in nobody's way if they stay.
void Quarantine::remove_temporaries(std::string const& dir) {
    auto const names = fs_.list(dir);
    if (!names) return;
    for (auto const& name : names.value())
        if (name.ends_with(kTemporary)) (void)fs_.remove(join_path(dir, name));
}

Result<std::vector<QuarantinedRow>> Quarantine::list() {
    std::vector<QuarantinedRow> rows;
    TRY(auto const all, lanes());
    for (auto const& lane : all) {
        TRY(auto const names, fs_.list(folder(lane)));
        for (auto const& name : names) {
            QuarantinedRow row;
            if (!parse_name(name, row.node, row.seq)) continue;
            TRY(auto const text, read_file(fs_, join_path(folder(lane), name), kMaxFileBytes));
            std::string_view rest = text;
            row.lane = lane;
            row.reason = take_line(rest);
            row.at = take_line(rest);
            row.line = rest;
            rows.push_back(std::move(row));
        }
    }
    std::sort(rows.begin(), rows.end(), [](auto const& a, auto const& b) {
        return std::tie(a.lane, a.node, a.seq) < std::tie(b.lane, b.node, b.seq);
    });
    return rows;
}

Result<void> Quarantine::end(QuarantinedRow const& row, QuarantineEnd how, std::string_view at) {
    auto const path = join_path(folder(row.lane), kReceipts);
    auto line = std::string(how == QuarantineEnd::sent ? "sent " : "dropped ") + row.node + " " +
                std::to_string(row.seq) + " ";
    line.append(at).append("\n");
    TRY(auto const file, fs_.open(path, OpenMode::create));
    TRY(auto const size, file->size());
    TRY(auto const is_torn, ends_torn(*file, size));
    TRY(file->write(size, (is_torn ? "\n" : "") + line));
    TRY(file->sync());
    TRY(fs_.sync_directory(folder(row.lane)));
    TRY(fs_.remove(join_path(folder(row.lane), file_name(row.node, row.seq))));
    return fs_.sync_directory(folder(row.lane));
}

Result<std::vector<QuarantineReceipt>> Quarantine::receipts(std::string const& lane) {
    std::vector<QuarantineReceipt> receipts;
    auto text = read_file(fs_, join_path(folder(lane), kReceipts), kMaxReceiptBytes);
    if (!text && text.error().code == Errc::not_found) return receipts;
    if (!text) return text.error();
    for (std::string_view rest = text.value(); !rest.empty();) {
        auto line = take_line(rest);
        auto const word = [&line] {
            auto const end = std::min(line.find(' '), line.size());
            auto const first = line.substr(0, end);
            line.remove_prefix(std::min(end + 1, line.size()));
            return first;
        };
        QuarantineReceipt receipt = {};
        auto const how = word();
        receipt.end = how == "sent" ? QuarantineEnd::sent : QuarantineEnd::dropped;
        auto const node = word();
        auto const seq = word();
        // A crash may have cut the last line short: the row it was about is still there.
        bool const whole =
            (how == "sent" || how == "dropped") &&
            parse_name(std::string(node) + "-" + std::string(seq), receipt.node, receipt.seq);
        if (whole) receipts.push_back(std::move(receipt));
    }
    return receipts;
}

Result<std::vector<std::string>> Quarantine::lanes() {
    auto names = fs_.list(dir_);
    if (!names && names.error().code == Errc::not_found) return std::vector<std::string>();
    return names;
}

// Looked at each time: a row in quarantine is rare, and commands take rows away meanwhile.
Result<std::uint64_t> Quarantine::used_bytes() {
    std::uint64_t used = 0;
    TRY(auto const all, lanes());
    for (auto const& lane : all) {
        TRY(auto const names, fs_.list(folder(lane)));
        for (auto const& name : names) {
            if (name == kReceipts || name.ends_with(kTemporary)) continue;
            auto const file = fs_.open(join_path(folder(lane), name), OpenMode::read);
            if (!file) continue;  // taken away just now
            TRY(auto const size, file.value()->size());
            used += size;
        }
    }
    return used;
}

}  // namespace inlet::journal
