#include "event/row_writer.hpp"

#include <cstring>

#include "base/check.hpp"
#include "event/escape.hpp"
#include "event/row.hpp"
#include "event/row_layout.hpp"

namespace inlet::event {
namespace {

// What stands before each value of a row, from the quote that closes the id on.
constexpr std::string_view kUserId = R"(","userId":)";
constexpr std::array<std::string_view, 3> kTrackKeys = {R"(,"eventName":)", R"(,"metadata":)",
                                                        R"(,"timestampUTC":)"};
constexpr std::array<std::string_view, 3> kAliasKeys = {
    R"(","newUserId":)", R"(,"originalUserId":)", R"(,"timestampUTC":)"};
constexpr std::array<std::string_view, 3> kProfileKeys = {R"(","userId":)", R"(,"attributes":)",
                                                          R"(,"timestampUTC":)"};

// Behind the values, because they are no part of what the client stated, nor of the id; before "extra", which
// holds whatever a client calls by these names.
constexpr std::string_view kSource = R"(,"source":")";
constexpr std::string_view kClientAddress = R"(,"clientAddress":")";
constexpr std::string_view kClosingQuote = "\"";

constexpr std::array<std::string_view, 3> const& keys_of(Kind kind) {
    switch (kind) {
        case Kind::alias:
            return kAliasKeys;
        case Kind::profile:
            return kProfileKeys;
        case Kind::track:
            break;
    }
    return kTrackKeys;
}

constexpr std::size_t fixed_size(Kind kind) {
    std::size_t size = row_head(kind).size() + kUuidSize + kRowEnd.size();
    for (auto const key : keys_of(kind)) size += key.size();
    return kind == Kind::track ? size + kUserId.size() : size;
}

char* put(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

std::size_t member_size(std::string_view key, std::string_view value) {
    return value.empty() ? 0 : key.size() + value.size() + kClosingQuote.size();
}

char* put_member(char* out, std::string_view key, std::string_view value) {
    return value.empty() ? out : put(put(put(out, key), value), kClosingQuote);
}

}  // namespace

void RowWriter::begin(Kind kind, Request const& request, Walker const& walker,
                      std::size_t body_size, Context const& context) {
    kind_ = kind;
    request_ = &request;
    walker_ = &walker;
    context_ = &context;
    extra_.begin(walker, body_size, request.shared_members);
}

std::size_t RowWriter::row_size(RowParts const& row) {
    auto size = fixed_size(kind_) + sender_size() + extra_.size(request_->extra(row));
    for (auto const& value : row.values) size += value.size();
    return kind_ == Kind::track ? size + request_->user_id.size() : size;
}

std::optional<Problem> RowWriter::measure() {
    total_bytes_ = 0;
    for (std::size_t i = 0; i < request_->rows.size(); ++i) {
        auto const size = row_size(request_->rows[i]);
        total_bytes_ += size;
        bool const row_fits = size + kMaxStampBytes <= limits_.max_row_bytes;
        if (row_fits && total_bytes_ <= limits_.max_rows_bytes) continue;
        Problem problem;
        if (kind_ == Kind::track) problem.pointer = "/events/" + std::to_string(i);
        problem.detail =
            row_fits
                ? "with this one the rows of the request take " + std::to_string(total_bytes_) +
                      " bytes; at most " + std::to_string(limits_.max_rows_bytes) + " are allowed"
                : "its row takes " + std::to_string(size + kMaxStampBytes) + " bytes; at most " +
                      std::to_string(limits_.max_row_bytes) + " are allowed";
        return problem;
    }
    return std::nullopt;
}

void RowWriter::write(std::string& rows) {
    auto const begin = rows.size();
    rows.resize(begin + total_bytes_);
    char* const out = rows.data() + begin;
    switch (kind_) {
        case Kind::track:
            return write_rows<Kind::track>(out);
        case Kind::alias:
            return write_rows<Kind::alias>(out);
        case Kind::profile:
            return write_rows<Kind::profile>(out);
    }
}

// The kind is a template argument down to here, so that the fixed texts are copied without a call.
template <Kind kKind>
void RowWriter::write_rows(char* out) {
    char const* const end = out + total_bytes_;
    for (std::size_t i = 0; i < request_->rows.size(); ++i) {
        out = write_row<kKind>(request_->rows[i], i, out);
    }
    CHECK(out == end);
}

template <Kind kKind>
char* RowWriter::write_row(RowParts const& row, std::size_t index, char* out) {
    out = put(out, row_head(kKind));
    char* const id = out;
    char* const values = out + kUuidSize;
    char* const values_end = write_values<kKind>(row, values);
    out = extra_.write(request_->extra(row), write_sender(values_end));
    out = put(out, kRowEnd);
    auto const text = row_id(row, index, std::string_view(values, values_end));
    std::memcpy(id, text.data(), text.size());
    return out;
}

template <Kind kKind>
char* RowWriter::write_values(RowParts const& row, char* out) const {
    if constexpr (kKind == Kind::track) {
        out = put(out, kUserId);
        out = walker_->copy(request_->user_id, out);
    }
    constexpr auto& kKeys = keys_of(kKind);
    auto const& [first, second, third] = row.values;
    out = put(out, kKeys[0]);
    // Most senders keep our order and put no white space: then all three are one piece of the body.
    // If the distance between two values is that of our key, nothing else fits between them.
    if (second.gaps == 0 && second.begin - first.end == kKeys[1].size() &&
        third.begin - second.end == kKeys[2].size()) {
        return put(out, walker_->text({first.begin, third.end, 0, 0}));
    }
    out = walker_->copy(first, out);
    out = walker_->copy(second, put(out, kKeys[1]));
    return walker_->copy(third, put(out, kKeys[2]));
}

std::size_t RowWriter::sender_size() const {
    return member_size(kSource, context_->source) +
           member_size(kClientAddress, context_->client_address);
}

char* RowWriter::write_sender(char* out) const {
    out = put_member(out, kSource, context_->source);
    return put_member(out, kClientAddress, context_->client_address);
}

UuidText RowWriter::row_id(RowParts const& row, std::size_t index, std::string_view values) {
    bool const event = row.message_id.present();
    if (event || request_->message_id.present()) {
        id_value_.clear();
        append_decoded(id_value_,
                       unquoted(walker_->text(event ? row.message_id : request_->message_id)));
        auto const source = event ? NameSource::event_message : NameSource::body_message;
        return derived_.of(kind_, {source, id_value_, event ? 0 : index}, values);
    }
    if (!context_->idempotency_key.empty()) {
        return derived_.of(kind_, {NameSource::idempotency_key, context_->idempotency_key, index},
                           values);
    }
    return uuids_.next(context_->unix_ms);
}

}  // namespace inlet::event
