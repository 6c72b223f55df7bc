#include "verify/object_lines.hpp"

#include "base/decompress.hpp"
#include "event/event.hpp"

namespace inlet::verify {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

}  // namespace

Result<void> LineSplitter::give(std::string_view text, TakeLine const& take) {
    ++lines_;
    if (!skipping_) return take({text, lines_, Line::State::whole});
    skipping_ = false;
    return take({"", lines_, Line::State::too_long});
}

Result<void> LineSplitter::feed(std::string_view piece, TakeLine const& take) {
    auto const text_size = buffer_.size() + piece.size();
    buffer_ += piece;
    buffer_.append(event::kBodyPadding, '\0');
    std::string_view rest = std::string_view(buffer_).substr(0, text_size);
    for (;;) {
        auto const end = rest.find('\n');
        if (end == std::string_view::npos) break;
        TRY(give(rest.substr(0, end), take));
        rest.remove_prefix(end + 1);
    }
    if (rest.size() > kMaxLineBytes) {
        skipping_ = true;
        rest = {};
    }
    buffer_.resize(text_size);
    buffer_.erase(0, text_size - rest.size());
    return success();
}

Result<void> LineSplitter::finish(TakeLine const& take) {
    if (skipping_) return give("", take);
    if (buffer_.empty()) return success();
    auto const size = buffer_.size();
    buffer_.append(event::kBodyPadding, '\0');
    return take({std::string_view(buffer_).substr(0, size), lines_ + 1, Line::State::not_ended});
}

Result<void> read_lines(sink::ObjectStore& store, std::string const& key, Codec codec,
                        TakeLine const& take, std::function<void(std::size_t)> const& on_bytes) {
    TRY(auto reader, store.open(key));
    Decompressor decompressor(codec);
    LineSplitter lines;
    auto const split = [&](std::string_view piece) { return lines.feed(piece, take); };
    std::string buffer(kReadBytes, '\0');
    for (std::uint64_t offset = 0;;) {
        TRY(auto n, reader->read(offset, buffer));
        if (n == 0) break;
        TRY(decompressor.feed(std::string_view(buffer).substr(0, n), split));
        offset += n;
        on_bytes(n);
    }
    TRY(decompressor.finish());
    return lines.finish(take);
}

}  // namespace inlet::verify
