// journal_rows.hpp - the rows of a range of the journal, completed with what the commit gave them.
// Threads:    one.
// Ownership:  the range and the set must outlive it.
// Errors:     io; corrupt if fewer rows can be read than the range was counted to hold.
#pragma once

#include <string>
#include <string_view>

#include "base/file.hpp"
#include "delivery/batcher.hpp"
#include "event/row.hpp"
#include "journal/reader.hpp"
#include "sink/sink.hpp"

namespace inlet::delivery {

// What is said of a batch whose rows have been damaged since they were counted.
Error rows_are_gone();

class JournalRows final : public sink::RowStream {
  public:
    // Of the range the rows that `filter` takes, and of these, with `only`, those in the set.
    JournalRows(FileSystem& fs, std::string dir, Range const& range, RowFilter filter,
                sink::RowSet const* only = nullptr);

    Result<bool> next(sink::Row& row) override;
    void rewind() override;
    // Rows that were counted could not be read: they have been damaged since.
    [[nodiscard]] bool came_up_short() const { return came_up_short_; }

  private:
    Result<bool> next_entry();

    FileSystem& fs_;
    std::string dir_;
    Range const& range_;
    RowFilter filter_;
    sink::RowSet const* only_;
    journal::Reader reader_;
    journal::Entry entry_ = {};
    std::string_view rest_;  // of entry_.text
    std::uint64_t seq_ = 0;  // of the first row in rest_
    bool came_up_short_ = false;
    std::uint64_t seen_ = 0;  // rows that the filter took, also those not in the set
    event::Stamper stamper_;
    std::string line_;
};

}  // namespace inlet::delivery
