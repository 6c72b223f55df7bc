// write_keys.hpp - the keys that a client may have to show, and what each was used for.
// Threads: any, once loaded.
// Errors:  invalid (a line that is no key, a key twice, too many), and those of reading the file. None repeats a key.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/token_bucket.hpp"
#include "base/counter.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/secret.hpp"

namespace inlet::api {

struct WriteKey {
    WriteKey(std::string_view n, std::uint64_t i, std::string_view key)
        : name(n), number(i), secret(key) {}

    std::string const name;  // of the source: a member of its rows
    std::uint64_t const
        number;  // among the keys of this name, from 1: during a rotation there are two
    Secret const secret;
    SharedBucket bucket;
    Counter requests;  // that showed it
    Counter limited;   // of these, answered with 429
    Counter accepted_rows;
};

class WriteKeys {
  public:
    static constexpr std::size_t kMaxKeys = 100;

    // `items`: "NAME:KEY"; `file`: the same, one a line, with empty lines and lines that begin with '#'; "": none.
    static Result<WriteKeys> load(FileSystem& fs, std::vector<std::string> const& items,
                                  std::string const& file);

    [[nodiscard]] bool empty() const { return keys_.empty(); }
    // Null if it is none of them. Looks at all, in a time that does not depend on what they hold.
    [[nodiscard]] WriteKey* find(Secret const& shown) const;
    // In the order of the configuration.
    [[nodiscard]] std::vector<std::unique_ptr<WriteKey>> const& all() const { return keys_; }

  private:
    Result<void> add(std::string_view text, std::string const& place);
    Result<void> read(FileSystem& fs, std::string const& file);

    std::vector<std::unique_ptr<WriteKey>> keys_;
};

}  // namespace inlet::api
