#include "sink/object_builder.hpp"

#include "sink/object_plan.hpp"

namespace inlet::sink {

ObjectBuilder::ObjectBuilder(std::unique_ptr<ObjectWriter> writer, Codec codec)
    : writer_(std::move(writer)), compressor_(codec) {}

Result<void> ObjectBuilder::add(std::string_view line) {
    piece_ += line;
    ++rows_;
    if (piece_.size() < kPieceBytes) return success();
    return write_piece();
}

Result<void> ObjectBuilder::write_piece() {
    hash_.update(piece_);
    compressed_.clear();
    compressor_.append(piece_, compressed_);
    piece_.clear();
    stored_bytes_ += compressed_.size();
    return writer_->append(compressed_);
}

Result<PutResult> ObjectBuilder::finish() {
    if (!piece_.empty()) {
        TRY(write_piece());
    }
    return writer_->finish({rows_, hash_.finish_hex()});
}

}  // namespace inlet::sink
