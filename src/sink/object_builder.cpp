#include "sink/object_builder.hpp"

#include "base/check.hpp"
#include "sink/object_plan.hpp"

namespace inlet::sink {

ObjectBuilder::ObjectBuilder(std::unique_ptr<ObjectWriter> writer, Codec codec)
    : writer_(std::move(writer)), compressor_(codec) {}

Result<void> ObjectBuilder::add(std::string_view line) {
    piece_ += line;
    ++rows_;
    if (piece_.size() < kPieceBytes) return success();
    return flush();
}

Result<void> ObjectBuilder::flush() {
    if (piece_.empty()) return success();
    hash_.update(piece_);
    compressed_.clear();
    compressor_.append(piece_, compressed_);
    piece_.clear();
    stored_bytes_ += compressed_.size();
    return writer_->append(compressed_);
}

Result<PutResult> ObjectBuilder::finish() {
    CHECK(piece_.empty());
    return writer_->finish({rows_, hash_.finish_hex()});
}

}  // namespace inlet::sink
