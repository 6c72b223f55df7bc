// object_store.hpp - a place for objects that are written once and never changed: folder or bucket.
// An object comes in pieces and appears under its key as a whole or not at all.
// Threads:   a store, its writers and its readers belong to one thread.
// Ownership: writers and readers refer to their store and must go before it.
// Errors:    full, io, unavailable, timeout, overloaded (try again later); rejected (a right or the
//            configuration); not_found; invalid (no proper key); corrupt: the key is taken by an
//            object with other rows. Nothing was overwritten, and repeating will not help: somebody
//            must look.
// Bounds:    a writer into a folder keeps nothing in memory; one into a bucket keeps one part
//            (s3_store.hpp), or the whole object while max_buffered() allows that.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace inlet::sink {

// What is known of an object's content whatever the codec and the library's version made of it:
// tells whether an object that is there already is the same.
struct ObjectInfo {
    std::uint64_t rows = 0;
    std::string sha256;  // of the rows, uncompressed, in hex

    friend bool operator==(ObjectInfo const&, ObjectInfo const&) = default;
};

enum class PutResult : std::uint8_t {
    created,
    already_there,  // with the same rows: an earlier attempt got that far
};

// An object that is being written. Destroyed without finish(), it leaves nothing behind.
class ObjectWriter {
  public:
    virtual ~ObjectWriter() = default;
    virtual Result<void> append(std::string_view bytes) = 0;
    // Publishes the object; on success it is safe there. To be called once, and with the info that
    // create() was given, if any.
    virtual Result<PutResult> finish(ObjectInfo const& info) = 0;
};

class ObjectReader {
  public:
    virtual ~ObjectReader() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    // Fills `out` from `offset`; fewer bytes only at the end.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> out) = 0;
};

struct ObjectEntry {
    std::string key;
    std::uint64_t bytes = 0;  // 0 too if the store could not tell: opening it will say why
};

class ObjectStore {
  public:
    virtual ~ObjectStore() = default;

    // What writers that do not know their info may be given, all together; nothing: any amount.
    // A bucket wants to be told about an object before its first part is sent, not after the last.
    [[nodiscard]] virtual std::optional<std::uint64_t> max_buffered() const { return std::nullopt; }
    // `known`: what finish() will be told. REQUIRES: no other unfinished writer for this key.
    virtual Result<std::unique_ptr<ObjectWriter>> create(
        std::string const& key, std::optional<ObjectInfo> const& known) = 0;
    virtual Result<std::unique_ptr<ObjectReader>> open(std::string const& key) = 0;
    // All objects whose key begins with `prefix`, in no particular order.
    virtual Result<void> list(std::string_view prefix,
                              std::function<void(ObjectEntry)> const& take) = 0;
    // Room that is left, where the place has an end.
    virtual Result<std::optional<std::uint64_t>> free_bytes() {
        return std::optional<std::uint64_t>();
    }
    // Sent to a service since the store was opened.
    [[nodiscard]] virtual std::uint64_t requests() const { return 0; }
};

// A whole object in one call, for what fits into memory.
Result<PutResult> put(ObjectStore& store, std::string const& key, std::string_view bytes,
                      ObjectInfo const& info);
// `full` if it is longer than `max_bytes`.
Result<std::string> get(ObjectStore& store, std::string const& key, std::size_t max_bytes);

}  // namespace inlet::sink
