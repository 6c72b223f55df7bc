// event.hpp - the contract: a request body becomes rows, or a list of what is wrong with it. One
// pass over the structural index that simdjson makes of the body; no tree is built. Tokens are
// copied as they were sent: numbers and escapes keep their text, only white space between tokens is
// dropped.
// Threads:    a Renderer belongs to one io thread and reuses its buffers; steady state allocates
//             nothing.
// Ownership:  views go in, text is appended to the caller's string; nothing refers to the body
//             afterwards.
// Bounds:     Limits. What is refused is refused before a row is written.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace inlet::event {

// Stored in journal entries as their tag: existing values are fixed for ever.
enum class Kind : std::uint8_t { track = 1, alias = 2, profile = 3 };

std::string_view to_string(Kind kind);  // "track", "alias", "profile"

// Readable bytes, of any content, that must follow a body: simdjson reads ahead (SIMDJSON_PADDING
// is 32).
inline constexpr std::size_t kBodyPadding = 64;

inline constexpr std::size_t kMaxProblems = 20;

struct Limits {
    std::size_t max_events = 5'000;  // per request
    std::size_t max_depth = 64;      // nested objects and arrays, the body itself counts as one
    std::size_t max_id_bytes = 512;  // userId, newUserId, originalUserId, decoded
    std::size_t max_row_bytes =
        1'000'000;  // one row as delivered, with its line feed; below the 1,024,000
                    // bytes of a Firehose record (Amazon Data Firehose quotas)
    std::size_t max_rows_bytes = 4 * 1024 * 1024;  // all rows of one request
    // Refused in /alias, whatever their case: ids that clients send when they know none.
    std::vector<std::string> reserved_ids = {
        "null",    "undefined", "none",  "nan", "anonymous", "guest",
        "unknown", "true",      "false", "0",   "-1",        "[object object]"};
};

struct Problem {
    std::string pointer;  // RFC 6901 JSON Pointer to the member, "" for the whole body
    std::string detail;   // "is required", "must be a string of 1 to 512 bytes", ...
};

enum class Verdict : std::uint8_t {
    accepted,
    malformed,  // no JSON at all: 400
    violation,  // JSON, but not the contract: 400
    too_large,  // a row, or the rows together, over the limit: 413
};

struct Outcome {
    Verdict verdict = Verdict::accepted;
    std::uint32_t rows = 0;             // appended rows; 0 unless accepted
    std::vector<Problem> problems;      // every violation, up to kMaxProblems; empty if accepted
    std::vector<std::string> warnings;  // accepted, but worth telling the client
};

// What is known of a request beside its body.
struct Context {
    std::int64_t unix_ms;              // for the time in new row ids
    std::string_view idempotency_key;  // the header's value, empty if there is none
    // Members of each row unless empty. REQUIRES: nothing in them that JSON would escape.
    std::string_view source = {};          // the name of the write key
    std::string_view client_address = {};  // as much of it as is to be stored
};

class Renderer {
  public:
    explicit Renderer(Limits limits);
    ~Renderer();
    Renderer(Renderer const&) = delete;
    Renderer& operator=(Renderer const&) = delete;

    // Checks all of `body` and appends its rows to `rows`, each as row.hpp describes, in the order
    // of the events. Appends nothing unless the verdict is `accepted`. REQUIRES: kBodyPadding
    // readable bytes follow `body`.
    Outcome render(Kind kind, std::string_view body, Context const& context, std::string& rows);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inlet::event
