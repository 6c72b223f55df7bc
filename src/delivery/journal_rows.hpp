// journal_rows.hpp - the rows of a range of the journal, completed with what the commit gave them.
// Threads:    one.
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

class JournalRows final : public sink::RowStream {
  public:
    JournalRows(FileSystem& fs, std::string dir, Range const& range);

    Result<bool> next(sink::Row& row) override;
    void rewind() override;

  private:
    FileSystem& fs_;
    std::string dir_;
    Range const& range_;
    journal::Reader reader_;
    journal::Entry entry_ = {};
    std::string_view rest_;  // of entry_.text
    std::uint64_t seq_ = 0;  // of the first row in rest_
    std::uint64_t given_ = 0;
    std::string line_;
};

}  // namespace inlet::delivery
