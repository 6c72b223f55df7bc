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
    return write_piece();
}

Result<void> ObjectBuilder::write_piece() {
    if (piece_.empty()) return success();
    hash_.update(piece_);
    compressed_.clear();
    if (writer_) compressor_.append(piece_, compressed_);
    piece_.clear();
    if (!writer_) return success();
    stored_bytes_ += compressed_.size();
    return writer_->append(compressed_);
}

Result<ObjectInfo> ObjectBuilder::flush() {
    TRY(write_piece());
    return ObjectInfo{rows_, hash_.finish_hex()};
}

Result<PutResult> ObjectBuilder::finish(ObjectInfo const& info) {
    CHECK(writer_ != nullptr && piece_.empty());
    return writer_->finish(info);
}

}  // namespace inlet::sink
