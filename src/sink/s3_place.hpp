// s3_place.hpp - where in S3 a lake stands: "s3://bucket/prefix". The checks are inline, because the
// configuration uses them without the rest of the module.
// Threads: any.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace inlet::sink {

// Leaves room for raw/type=.../ and the name in the 1,024 bytes of a key (Amazon S3 User Guide,
// "Naming Amazon S3 objects").
inline constexpr std::size_t kMaxS3PrefixBytes = 800;

// Amazon S3 User Guide, "General purpose bucket naming rules": 3 to 63 of a-z, 0-9, "." and "-", a
// letter or digit at both ends, no two dots side by side, no IP address.
inline bool is_bucket_name(std::string_view name) {
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    auto const is_plain = [&](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
    auto const is_inner = [&](char c) { return is_plain(c) || c == '.' || c == '-'; };
    if (name.size() < 3 || name.size() > 63) return false;
    if (!is_plain(name.front()) || !is_plain(name.back())) return false;
    if (!std::all_of(name.begin(), name.end(), is_inner)) return false;
    if (name.find("..") != std::string_view::npos) return false;
    bool const looks_like_ip =
        std::count(name.begin(), name.end(), '.') == 3 &&
        std::all_of(name.begin(), name.end(), [&](char c) { return is_digit(c) || c == '.'; });
    return !looks_like_ip;
}

// Empty, or folders with "/" between them, of the characters that need no care anywhere ("Naming
// Amazon S3 objects", safe characters) and "=", for partitions.
inline bool is_s3_prefix(std::string_view prefix) {
    auto const is_safe = [](char c) {
        bool const plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return plain || std::string_view("!-_.*'()=/").find(c) != std::string_view::npos;
    };
    if (prefix.size() > kMaxS3PrefixBytes) return false;
    if (!std::all_of(prefix.begin(), prefix.end(), is_safe)) return false;
    if (prefix == "/") return false;
    if (prefix.ends_with('/')) prefix.remove_suffix(1);
    while (!prefix.empty()) {
        auto const folder = prefix.substr(0, prefix.find('/'));
        // What leads nowhere or elsewhere once a tool takes the key for a path.
        if (folder.empty() || folder == "." || folder == "..") return false;
        prefix.remove_prefix(folder.size());
        if (prefix.empty()) break;
        prefix.remove_prefix(1);
        if (prefix.empty()) return false;
    }
    return true;
}

struct S3Place {
    std::string bucket;
    std::string prefix = {};  // "" or with "/" at its end

    // "s3://bucket/prefix/"; parse() of it gives the same place.
    [[nodiscard]] std::string text() const { return "s3://" + bucket + "/" + prefix; }

    // Errors: invalid, with the reason.
    static Result<S3Place> of(std::string_view bucket, std::string_view prefix);
    // "s3://bucket", "s3://bucket/prefix", also with "/" at the end. Errors: as above.
    static Result<S3Place> parse(std::string_view url);
    // Whether it begins with "s3://".
    static bool is_url(std::string_view text) { return text.starts_with("s3://"); }

    friend bool operator==(S3Place const&, S3Place const&) = default;
};

}  // namespace inlet::sink
