// object_builder.hpp - the rows of one object on their way: hashed, cut, compressed, written.
// The same rows give the same bytes: pieces are cut by size alone.
// Without a writer they are only counted and hashed, to know the object before it is written.
// Threads: one.
// Bounds:  one piece (kPieceBytes and a row) and its compressed form in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/compress.hpp"
#include "base/error.hpp"
#include "base/sha256.hpp"
#include "sink/object_store.hpp"

namespace inlet::sink {

class ObjectBuilder {
  public:
    ObjectBuilder(std::unique_ptr<ObjectWriter> writer, Codec codec);

    Result<void> add(std::string_view line);
    // Gives up what was written; goes on without a writer.
    void drop_writer() { writer_.reset(); }
    // What the rows are, after the last one; writes those that are still in memory.
    Result<ObjectInfo> flush();
    // Publishes the object. REQUIRES: flush() succeeded and gave `info`; there is a writer.
    Result<PutResult> finish(ObjectInfo const& info);

    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    [[nodiscard]] std::uint64_t stored_bytes() const { return stored_bytes_; }

  private:
    Result<void> write_piece();

    std::unique_ptr<ObjectWriter> writer_;
    Compressor compressor_;
    Sha256 hash_;
    std::string piece_;
    std::string compressed_;
    std::uint64_t rows_ = 0;
    std::uint64_t stored_bytes_ = 0;
};

}  // namespace inlet::sink
