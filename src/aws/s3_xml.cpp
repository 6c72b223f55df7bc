#include "aws/s3_xml.hpp"

#include <algorithm>
#include <charconv>

#include "aws/xml.hpp"

namespace inlet::aws {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
    return value;
}

std::optional<char> hex_byte(std::string_view digits) {
    unsigned value = 0;
    auto const* const end = digits.data() + digits.size();
    auto const [stop, error] = std::from_chars(digits.data(), end, value, 16);
    if (digits.size() != 2 || error != std::errc() || stop != end) return std::nullopt;
    return static_cast<char>(value);
}

// As forms are encoded: "+" for a blank, %XX for all that is not plain.
std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        auto const byte = hex_byte(text.substr(i + 1, 2));
        if (!byte) return std::nullopt;
        out += *byte;
        i += 2;
    }
    return out;
}

std::optional<S3Object> read_object(XmlElement const& contents, bool is_encoded) {
    auto const key = contents.text_at("Key");
    auto const size = number(contents.text_at("Size"));
    auto text = is_encoded ? decoded(key) : std::string(key);
    if (!text || text->empty() || !size) return std::nullopt;
    return S3Object{*std::move(text), *size};
}

// The root, whatever its name: services that speak like S3 differ in it, and the AWS tools do not
// look at it. Nothing if it is an error.
std::optional<XmlElement> read_root(std::string_view xml) {
    // Blanks keep the connection alive while S3 works; no XML may begin with them.
    xml.remove_prefix(std::min(xml.find_first_not_of(" \t\r\n"), xml.size()));
    auto root = read_xml(xml);
    if (!root || root.value().name == "Error") return std::nullopt;
    return std::move(root).value();
}

void append_escaped(std::string& out, std::string_view text) {
    for (char const c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
}

}  // namespace

std::optional<S3Page> read_object_list(std::string_view xml) {
    auto const root = read_root(xml);
    if (!root) return std::nullopt;
    bool const is_encoded = root->text_at("EncodingType") == "url";
    S3Page page;
    for (auto const& child : root->children) {
        if (child.name != "Contents") continue;
        auto object = read_object(child, is_encoded);
        if (!object) return std::nullopt;
        page.objects.push_back(*std::move(object));
    }
    // An end that is not said to be one would hide the objects behind it.
    auto const is_truncated = root->text_at("IsTruncated");
    page.next = root->text_at("NextContinuationToken");
    if (is_truncated == "true" && !page.next.empty()) return page;
    if (is_truncated != "false") return std::nullopt;
    page.next.clear();
    return page;
}

std::optional<std::string> read_upload_id(std::string_view xml) {
    auto const root = read_root(xml);
    if (!root) return std::nullopt;
    return std::string(root->text_at("UploadId"));
}

bool is_completion(std::string_view xml) {
    auto const root = read_root(xml);
    return root && !root->text_at("ETag").empty();
}

std::string completion_xml(std::vector<S3Part> const& parts) {
    std::string out = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (auto const& part : parts) {
        out += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>";
        append_escaped(out, part.etag);
        out += "</ETag><ChecksumCRC32C>" + part.checksum + "</ChecksumCRC32C></Part>";
    }
    return out + "</CompleteMultipartUpload>";
}

}  // namespace inlet::aws
