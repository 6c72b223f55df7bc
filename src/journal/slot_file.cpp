#include "journal/slot_file.hpp"

#include <optional>

#include "base/bytes.hpp"
#include "base/crc32c.hpp"

namespace inlet::journal {
namespace {

// A slot: magic 0, length 4, generation 8, crc of all but itself 16, zero 20, record 24.
constexpr std::uint32_t kSlotMagic = 0x544F4C53;  // "SLOT"
constexpr std::size_t kSlotBytes = 4096;
constexpr std::size_t kRecordAt = 24;
static_assert(kRecordAt + SlotFile::kMaxRecordBytes == kSlotBytes);

struct Slot {
    std::uint64_t generation;
    std::string record;
};

std::uint32_t slot_crc(std::string_view slot, std::size_t length) {
    return crc32c(slot.substr(kRecordAt, length), crc32c(slot.substr(0, 16)));
}

std::optional<Slot> decode_slot(std::string_view slot) {
    if (slot.size() < kRecordAt || get_u32(slot.data()) != kSlotMagic) return std::nullopt;
    std::size_t const length = get_u32(&slot[4]);
    // What fills the slot behind the record may be missing.
    if (length > SlotFile::kMaxRecordBytes || length > slot.size() - kRecordAt ||
        get_u32(&slot[16]) != slot_crc(slot, length))
        return std::nullopt;
    return Slot{get_u64(&slot[8]), std::string(slot.substr(kRecordAt, length))};
}

std::string encode_slot(std::uint64_t generation, std::string_view record) {
    std::string slot(kSlotBytes, '\0');
    put_u32(&slot[0], kSlotMagic);
    put_u32(&slot[4], static_cast<std::uint32_t>(record.size()));
    put_u64(&slot[8], generation);
    slot.replace(kRecordAt, record.size(), record);
    put_u32(&slot[16], slot_crc(slot, record.size()));
    return slot;
}

struct Content {
    std::optional<Slot> newest;
    bool is_empty;  // nothing was ever written
};

Result<Content> content_of(File& file) {
    std::string bytes(2 * kSlotBytes, '\0');
    TRY(auto n, file.read(0, bytes));
    bytes.resize(n);
    Content content{std::nullopt, bytes.find_first_not_of('\0') == std::string::npos};
    auto& best = content.newest;
    for (std::size_t at : {std::size_t{0}, kSlotBytes}) {
        if (at >= bytes.size()) break;
        auto slot = decode_slot(std::string_view(bytes).substr(at));
        if (slot && (!best || slot->generation > best->generation)) best = std::move(slot);
    }
    return content;
}

}  // namespace

Result<SlotFile> SlotFile::open(FileSystem& fs, std::string const& dir, std::string const& name) {
    SlotFile result;
    TRY(result.file_, fs.open(join_path(dir, name), OpenMode::create));
    TRY(result.file_->reserve(2 * kSlotBytes));
    TRY(fs.sync_directory(dir));
    TRY(auto content, content_of(*result.file_));
    result.is_damaged_ = !content.newest && !content.is_empty;
    if (content.newest) {
        result.generation_ = content.newest->generation;
        TRY(result.write(content.newest->record));
    }
    return result;
}

Result<std::string> SlotFile::peek(FileSystem& fs, std::string const& path) {
    TRY(auto file, fs.open(path, OpenMode::read));
    TRY(auto content, content_of(*file));
    return content.newest ? std::move(content.newest->record) : std::string();
}

Result<void> SlotFile::replace(std::string_view record) {
    if (record.size() > kMaxRecordBytes) return fail(Errc::invalid, "record too long");
    ++generation_;
    auto written = write(record);
    if (!written) --generation_;
    return written;
}

Result<void> SlotFile::write(std::string_view record) {
    TRY(file_->write(generation_ % 2 * kSlotBytes, encode_slot(generation_, record)));
    TRY(file_->sync());
    record_ = record;
    return success();
}

}  // namespace inlet::journal
