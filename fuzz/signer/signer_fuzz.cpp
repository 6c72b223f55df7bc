// Any bytes as the parts of a request that is to be signed: lines of method, path, query, then headers.
// Holds: the canonical request has the form that AWS describes, says the same whatever the order of query items and of
// headers and whatever the white space around values; both signers agree.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aws/ascii.hpp"
#include "aws/signer.hpp"
#include "aws/uri.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"

namespace inlet::aws {
namespace {

constexpr std::string_view kHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::int64_t kNow = 1'795'345'442'123;

// The items that are not empty: nobody sends those.
std::vector<std::string_view> items_of(std::string_view query) {
    std::vector<std::string_view> items;
    fuzz::Input rest(reinterpret_cast<std::uint8_t const*>(query.data()), query.size());
    while (!rest.empty()) {
        auto const item = rest.until("&");
        if (!item.empty()) items.push_back(item);
    }
    return items;
}

std::string joined(std::vector<std::string_view> const& items) {
    std::string out;
    for (auto const item : items) out.append(out.empty() ? "" : "&").append(item);
    return out;
}

// The names of headers that are signed, as the canonical request lists them.
std::vector<std::string_view> signed_names(std::string_view canonical) {
    auto const hash = canonical.rfind('\n');
    auto const names = canonical.substr(0, hash).substr(canonical.rfind('\n', hash - 1) + 1);
    std::vector<std::string_view> all;
    fuzz::Input rest(reinterpret_cast<std::uint8_t const*>(names.data()), names.size());
    while (!rest.empty()) all.push_back(rest.until(";"));
    return all;
}

// The same headers: names backwards, in capital letters, and white space around the values. Those of one name keep
// their order, which counts.
std::vector<Header> in_other_words(std::vector<Header> const& headers) {
    std::map<std::string, std::vector<std::string>, std::greater<>> by_name;
    for (auto const& [name, value] : headers) by_name[lower(name)].push_back("  " + value + "\t ");
    std::vector<Header> out;
    for (auto const& [name, values] : by_name) {
        std::string capital = name;
        for (char& c : capital) c = is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
        for (auto const& value : values) out.push_back({capital, value});
    }
    return out;
}

void check_canonical(Unsigned request, std::vector<Header> const& headers, Scope const& scope) {
    auto items = items_of(request.query);
    auto const query = joined(items);
    request.query = query;
    auto const canonical = canonical_request(request, headers, scope);
    CHECK(canonical.starts_with(std::string(request.method) + "\n"));
    CHECK(canonical.ends_with("\n" + std::string(kHash)));
    auto const names = signed_names(canonical);
    CHECK(std::is_sorted(names.begin(), names.end()));
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());

    std::reverse(items.begin(), items.end());
    auto const backwards = joined(items);
    request.query = backwards;
    CHECK(canonical_request(request, in_other_words(headers), scope) == canonical);
}

void check_one(fuzz::Input input) {
    auto const choice = input.byte();
    Scope const scope = {"eu-central-1", choice % 2 == 0 ? "s3" : "firehose"};
    Unsigned request{
        input.until("\n"), "host.example", input.until("\n"), input.until("\n"), {}, kHash};
    std::vector<Header> headers;
    while (!input.empty()) {
        auto const name = input.until(":");
        auto const value = input.until("\n");
        // As a caller's names are: no separators, so that the lines can be told apart.
        if (name.empty() || name.find_first_of(";\n") != name.npos) continue;
        headers.push_back({std::string(name), std::string(value)});
    }
    check_canonical(request, headers, scope);

    request.headers = headers;
    Credentials const credentials = {"key", "secret", choice % 4 < 2 ? "" : "token"};
    auto const signature = sign(request, credentials, scope, kNow);
    Signer signer(scope);
    for (int i = 0; i < 2; ++i) {
        auto const other = signer.sign(request, credentials, kNow);
        CHECK(other.size() == signature.size() && other.back().value == signature.back().value);
    }
}

}  // namespace
}  // namespace inlet::aws

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    inlet::aws::check_one({data, size});
    return 0;
}
