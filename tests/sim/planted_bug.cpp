#include "sim/planted_bug.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "journal/format.hpp"
#include "support/forwarding_file_system.hpp"

namespace inlet::sim {
namespace {

constexpr BugKind kBugs[] = {
    {Bug::ack_before_sync, "ack-before-sync", "I9 numbers"},
    {Bug::cursor_before_delivery, "cursor-before-delivery", "I1 no loss"},
    {Bug::unlink_before_cursor_sync, "unlink-before-cursor-sync", "I4 accounting"},
    {Bug::sync_retried, "sync-retried", "I1 no loss"},
    {Bug::folder_not_synced, "folder-not-synced", "I9 numbers"},
    {Bug::damage_taken_for_torn_tail, "damage-taken-for-torn-tail", "I9 numbers"},
    {Bug::plan_not_saved, "plan-not-saved", "I3 duplicates"},
};

bool is_segment(std::string_view path) {
    return path.find(".segment") != std::string_view::npos;
}

bool is_lane_file(std::string_view path) {
    return path.find("/lane-") != std::string_view::npos;
}

bool has_plan(std::string_view record) {
    return record.find("\nplan-end ") != std::string_view::npos;
}

class BuggyFile final : public test::ForwardingFile {
  public:
    BuggyFile(Bug bug, std::string path, std::unique_ptr<File> below)
        : ForwardingFile(std::move(below)), bug_(bug), path_(std::move(path)) {}

    Result<void> write(std::uint64_t offset, std::string_view data) override {
        if (std::exchange(owes_sync_, false)) (void)ForwardingFile::sync();
        holds_plan_ = has_plan(data);
        if (bug_ == Bug::plan_not_saved && holds_plan_) return success();
        return ForwardingFile::write(offset, data);
    }

    Result<void> sync() override {
        bool const put_off =
            (bug_ == Bug::ack_before_sync && is_segment(path_)) ||
            (bug_ == Bug::unlink_before_cursor_sync && is_lane_file(path_) && !holds_plan_);
        if (put_off) {
            owes_sync_ = true;
            return success();
        }
        auto done = ForwardingFile::sync();
        if (!done && bug_ == Bug::sync_retried && is_segment(path_)) return ForwardingFile::sync();
        return done;
    }

    // Recovery, which opens segments for reading, sees no more than what stands before the first hole.
    Result<std::uint64_t> size() override {
        TRY(auto const size, ForwardingFile::size());
        auto const number = journal::segment_number(path_.substr(path_.rfind('/') + 1));
        if (bug_ != Bug::damage_taken_for_torn_tail || !number) return size;
        std::string bytes(static_cast<std::size_t>(size), '\0');
        TRY(ForwardingFile::read(0, bytes));
        auto at = static_cast<std::size_t>(journal::kSegmentHeaderBytes);
        while (at < bytes.size()) {
            auto const entry = journal::decode_entry(std::string_view(bytes).substr(at), *number);
            if (!entry) break;
            at += static_cast<std::size_t>(journal::entry_bytes(entry->bytes));
        }
        return std::uint64_t{at};
    }

  private:
    Bug bug_;
    std::string path_;
    bool holds_plan_ = false;
    bool owes_sync_ = false;
};

class BuggyDisk final : public test::ForwardingFileSystem {
  public:
    BuggyDisk(Bug bug, FileSystem& below) : ForwardingFileSystem(below), bug_(bug) {}

    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        TRY(auto file, ForwardingFileSystem::open(path, mode));
        return std::unique_ptr<File>(std::make_unique<BuggyFile>(bug_, path, std::move(file)));
    }
    Result<void> sync_directory(std::string const& path) override {
        if (bug_ == Bug::folder_not_synced && path == "journal") return success();
        return ForwardingFileSystem::sync_directory(path);
    }

  private:
    Bug bug_;
};

// Rows that were read before.
class KeptRows final : public sink::RowStream {
  public:
    void add(sink::Row const& row) {
        lines_.emplace_back(row.line);
        rows_.push_back(row);
        types_.emplace_back(row.type);
    }
    Result<bool> next(sink::Row& row) override {
        if (at_ == rows_.size()) return false;
        row = rows_[at_];
        row.line = lines_[at_];
        row.type = types_[at_];
        ++at_;
        return true;
    }
    void rewind() override { at_ = 0; }

  private:
    std::vector<std::string> lines_;
    std::vector<std::string> types_;
    std::vector<sink::Row> rows_;
    std::size_t at_ = 0;
};

class ForgetfulSink final : public sink::Sink {
  public:
    explicit ForgetfulSink(std::unique_ptr<sink::Sink> below) : below_(std::move(below)) {}

    [[nodiscard]] std::string_view name() const override { return below_->name(); }
    [[nodiscard]] std::string_view type() const override { return below_->type(); }
    [[nodiscard]] sink::Roll roll() const override { return below_->roll(); }
    [[nodiscard]] std::string plan(sink::Batch const& batch) const override {
        return below_->plan(batch);
    }
    Result<sink::Delivered> deliver(sink::Batch const& batch, std::string_view plan,
                                    sink::RowStream& rows) override {
        Owed owed = {batch, std::string(batch.node), std::string(plan), {}};
        for (sink::Row row;;) {
            TRY(auto const more, rows.next(row));
            if (!more) break;
            owed.rows.add(row);
        }
        while (!owed_.empty()) {
            auto& first = owed_.front();
            first.batch.node = first.node;
            first.rows.rewind();
            auto done = below_->deliver(first.batch, first.plan, first.rows);
            if (!done || !done.value().remaining.empty()) break;
            owed_.erase(owed_.begin());
        }
        owed_.push_back(std::move(owed));
        sink::Delivered done;
        done.rows = batch.rows;
        return done;
    }

  private:
    struct Owed {
        sink::Batch batch;
        std::string node;
        std::string plan;
        KeptRows rows;
    };
    std::unique_ptr<sink::Sink> below_;
    std::vector<Owed> owed_;
};

}  // namespace

std::span<BugKind const> all_bugs() {
    return kBugs;
}

BugKind const* find_bug(std::string_view name) {
    auto const* const found = std::find_if(std::begin(kBugs), std::end(kBugs),
                                           [&](auto const& bug) { return bug.name == name; });
    return found == std::end(kBugs) ? nullptr : found;
}

std::unique_ptr<FileSystem> plant(Bug bug, FileSystem& disk) {
    if (bug == Bug::none) return std::make_unique<test::ForwardingFileSystem>(disk);
    return std::make_unique<BuggyDisk>(bug, disk);
}

std::unique_ptr<sink::Sink> plant(Bug bug, std::unique_ptr<sink::Sink> sink) {
    if (bug != Bug::cursor_before_delivery) return sink;
    return std::make_unique<ForgetfulSink>(std::move(sink));
}

}  // namespace inlet::sim
