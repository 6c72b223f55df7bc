#include "sink/object_store.hpp"

namespace inlet::sink {

Result<PutResult> put(ObjectStore& store, std::string const& key, std::string_view bytes,
                      ObjectInfo const& info) {
    TRY(auto writer, store.create(key, info));
    TRY(writer->append(bytes));
    return writer->finish(info);
}

Result<std::string> get(ObjectStore& store, std::string const& key, std::size_t max_bytes) {
    TRY(auto reader, store.open(key));
    if (reader->size() > max_bytes) return fail(Errc::full, key + ": longer than expected");
    std::string bytes(static_cast<std::size_t>(reader->size()), '\0');
    TRY(auto n, reader->read(0, bytes));
    bytes.resize(n);
    return bytes;
}

}  // namespace inlet::sink
