// fake_s3_fixture.hpp - S3 in memory, behind the seam of HTTP: what is conditional is conditional, checksums
// are checked, parts have their least size. It can fail at any call, before or after the effect.
// Threads: one.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/credentials.hpp"
#include "aws/http_client.hpp"
#include "base/crc32c.hpp"

namespace inlet::aws::test {

// What goes wrong at one call.
struct Fault {
    enum class When { instead, after } when = When::instead;  // of the effect
    int status = 0;                                           // 0: the reply is lost
    std::string code = {};                                    // of the error in the body
};

class FakeS3 {
  public:
    using Headers = std::map<std::string, std::string>;
    struct Object {
        std::string body;
        Headers headers;
    };

    std::string bucket = "example";
    std::string host = "s3.test";
    std::map<std::string, Object> objects;
    std::size_t page_size = 1000;
    std::map<std::size_t, Fault> faults;  // by number of the call, from 1
    std::function<void(std::string const& call)> on_call = {};
    std::vector<std::string> calls;  // "PutObject key"
    std::size_t largest_body = 0;
    bool cancelled = false;

    [[nodiscard]] std::size_t open_uploads() const { return uploads_.size(); }
    [[nodiscard]] std::size_t count(std::string const& operation) const {
        auto const is_one = [&](auto const& call) { return call.starts_with(operation + " "); };
        return static_cast<std::size_t>(std::count_if(calls.begin(), calls.end(), is_one));
    }

    Result<HttpReply> send(HttpRequest const& http) {
        if (cancelled) return fail(Errc::stopping, "cancelled");
        auto const request = read(http);
        calls.push_back(operation_of(request) + " " + request.key);
        largest_body = std::max(largest_body, request.body.size());
        auto const fault = faults.find(calls.size());
        if (on_call) on_call(calls.back());
        if (cancelled) return fail(Errc::stopping, "cancelled");
        if (fault == faults.end()) return answer(request);
        if (fault->second.when == Fault::When::after) (void)answer(request);
        if (fault->second.status == 0) return fail(Errc::timeout, "the reply is lost");
        auto reply = error(fault->second.status, fault->second.code);
        if (request.method == "HEAD") reply.body.clear();
        return reply;
    }

  private:
    struct Request {
        std::string method;
        std::string bucket;
        std::string key;
        Headers query;
        Headers headers;
        std::string_view body;
    };
    struct Upload {
        std::string key;
        Headers headers;
        std::map<int, std::string> parts;
    };

    static std::string decode(std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            bool const coded = text[i] == '%' && i + 2 < text.size();
            if (coded)
                out +=
                    static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            if (!coded) out += text[i];
            if (coded) i += 2;
        }
        return out;
    }

    [[nodiscard]] Request read(HttpRequest const& http) const {
        Request request;
        request.method = http.method;
        request.body = http.body;
        std::string_view rest = http.url;
        rest.remove_prefix(rest.find("://") + 3);
        auto const authority = rest.substr(0, rest.find('/'));
        rest.remove_prefix(authority.size() + 1);
        auto const query_at = std::min(rest.find('?'), rest.size());
        auto path = decode(rest.substr(0, query_at));
        if (authority == host) {
            request.bucket = path.substr(0, path.find('/'));
            path.erase(0, std::min(path.size(), request.bucket.size() + 1));
        } else {
            request.bucket = authority.substr(0, authority.size() - host.size() - 1);
        }
        request.key = path;
        rest.remove_prefix(std::min(rest.size(), query_at + 1));
        while (!rest.empty()) {
            auto const pair = rest.substr(0, rest.find('&'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            auto const equals = std::min(pair.find('='), pair.size());
            request.query[decode(pair.substr(0, equals))] =
                decode(pair.substr(std::min(pair.size(), equals + 1)));
        }
        for (auto const& header : http.headers) {
            auto name = header.name;
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            request.headers[name] = header.value;
        }
        return request;
    }

    static std::string operation_of(Request const& r) {
        if (r.method == "HEAD") return "HeadObject";
        if (r.method == "DELETE") return "AbortMultipartUpload";
        if (r.method == "GET") return r.key.empty() ? "ListObjectsV2" : "GetObject";
        if (r.method == "POST")
            return r.query.count("uploads") > 0 ? "CreateMultipartUpload"
                                                : "CompleteMultipartUpload";
        return r.query.count("uploadId") > 0 ? "UploadPart" : "PutObject";
    }

    static HttpReply reply(int status, std::string body = {}, std::vector<Header> headers = {}) {
        return {status, std::move(headers), std::move(body)};
    }
    static HttpReply error(int status, std::string const& code) {
        return reply(status, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
                                 "</Code><Message>As the test wants it</Message></Error>");
    }

    HttpReply answer(Request const& r) {
        if (r.bucket != bucket) {
            return r.method == "HEAD" ? reply(404) : error(404, "NoSuchBucket");
        }
        auto const what = operation_of(r);
        if (what == "HeadObject") return head(r);
        if (what == "GetObject") return get(r);
        if (what == "ListObjectsV2") return list(r);
        if (what == "PutObject") return put(r);
        if (what == "CreateMultipartUpload") return create(r);
        return upload_call(what, r);
    }

    // Also says so to the test if the request breaks a promise of ours.
    [[nodiscard]] bool is_whole(Request const& r) const {
        EXPECT_EQ(r.headers.count("x-amz-checksum-crc32c"), 1U) << r.key;
        bool const good = r.headers.at("x-amz-checksum-crc32c") == checksum(r.body);
        EXPECT_TRUE(good) << "checksum of " << r.key;
        return good;
    }
    static std::string checksum(std::string_view body) {
        auto const crc = crc32c(body);
        std::array<unsigned char, 4> const b = {
            static_cast<unsigned char>(crc >> 24), static_cast<unsigned char>(crc >> 16),
            static_cast<unsigned char>(crc >> 8), static_cast<unsigned char>(crc)};
        constexpr char kDigits[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::string out;
        out += kDigits[b[0] >> 2];
        out += kDigits[(b[0] & 3) << 4 | b[1] >> 4];
        out += kDigits[(b[1] & 15) << 2 | b[2] >> 6];
        out += kDigits[b[2] & 63];
        out += kDigits[b[3] >> 2];
        out += kDigits[(b[3] & 3) << 4];
        return out + "==";
    }

    static Headers kept(Headers const& headers) {
        Headers out;
        for (auto const& [name, value] : headers) {
            if (name == "content-type" || name.starts_with("x-amz-meta-") ||
                name.starts_with("x-amz-server-side") || name == "x-amz-storage-class")
                out[name] = value;
        }
        return out;
    }

    HttpReply put(Request const& r) {
        EXPECT_EQ(r.headers.count("if-none-match"), 1U) << "would overwrite " << r.key;
        if (!is_whole(r)) return error(400, "BadDigest");
        if (objects.count(r.key) > 0) return error(412, "PreconditionFailed");
        objects[r.key] = {std::string(r.body), kept(r.headers)};
        return reply(200, "", {{"etag", "\"e\""}});
    }

    HttpReply head(Request const& r) {
        auto const found = objects.find(r.key);
        if (found == objects.end()) return reply(404);
        HttpReply out = reply(200);
        out.headers.push_back({"content-length", std::to_string(found->second.body.size())});
        for (auto const& [name, value] : found->second.headers)
            out.headers.push_back({name, value});
        return out;
    }

    HttpReply get(Request const& r) {
        auto const found = objects.find(r.key);
        if (found == objects.end()) return error(404, "NoSuchKey");
        auto const& range = r.headers.at("range");  // "bytes=0-99"
        auto const dash = range.find('-');
        auto const first = std::stoull(range.substr(6, dash - 6));
        auto const last = std::stoull(range.substr(dash + 1));
        if (first >= found->second.body.size()) return error(416, "InvalidRange");
        return reply(206, found->second.body.substr(first, last - first + 1));
    }

    HttpReply list(Request const& r) {
        auto const prefix = r.query.at("prefix");
        auto at = r.query.count("continuation-token") > 0
                      ? objects.upper_bound(r.query.at("continuation-token").substr(6))
                      : objects.lower_bound(prefix);
        std::string contents;
        std::string last;
        for (std::size_t n = 0; n < page_size && at != objects.end(); ++at, ++n) {
            if (!at->first.starts_with(prefix)) break;
            std::string key;
            for (char const c : at->first) {
                std::array<char, 4> code = {};
                std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned char>(c));
                key += c == ' '                                           ? "+"
                       : std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c)
                                                                          : code.data();
            }
            contents += "<Contents><Key>" + key + "</Key><Size>" +
                        std::to_string(at->second.body.size()) + "</Size></Contents>";
            last = at->first;
        }
        bool const more = at != objects.end() && at->first.starts_with(prefix);
        std::string xml =
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>" + bucket +
            "</Name><EncodingType>url</EncodingType><IsTruncated>" +
            std::string(more ? "true" : "false") + "</IsTruncated>" + contents;
        if (more) xml += "<NextContinuationToken>after " + last + "</NextContinuationToken>";
        return reply(200, xml + "</ListBucketResult>");
    }

    HttpReply create(Request const& r) {
        EXPECT_EQ(r.headers.at("x-amz-checksum-algorithm"), "CRC32C");
        auto const id = "upload+" + std::to_string(++last_upload_) + "/=";
        uploads_[id] = {r.key, kept(r.headers), {}};
        return reply(200, "<InitiateMultipartUploadResult><UploadId>" + id +
                              "</UploadId></InitiateMultipartUploadResult>");
    }

    HttpReply upload_call(std::string const& what, Request const& r) {
        auto const found = uploads_.find(r.query.at("uploadId"));
        if (found == uploads_.end() || found->second.key != r.key)
            return error(404, "NoSuchUpload");
        if (what == "AbortMultipartUpload") {
            uploads_.erase(found);
            return reply(204);
        }
        if (what == "CompleteMultipartUpload") return complete(r, found->first);
        if (!is_whole(r)) return error(400, "BadDigest");
        auto const number = r.query.at("partNumber");
        found->second.parts[std::stoi(number)] = r.body;
        return reply(200, "", {{"etag", "\"part " + number + "\""}});
    }

    HttpReply complete(Request const& r, std::string const& id) {
        auto& upload = uploads_.at(id);
        EXPECT_EQ(r.headers.count("if-none-match"), 1U) << "would overwrite " << r.key;
        std::string body;
        auto wanted = std::string_view(r.body);
        for (auto const& [number, part] : upload.parts) {
            bool const last = number == upload.parts.rbegin()->first;
            if (!last && part.size() < (5U << 20)) return error(400, "EntityTooSmall");
            EXPECT_NE(wanted.find("<PartNumber>" + std::to_string(number) + "</PartNumber>"),
                      wanted.npos);
            EXPECT_NE(wanted.find("<ChecksumCRC32C>" + checksum(part) + "</ChecksumCRC32C>"),
                      wanted.npos);
            EXPECT_NE(wanted.find("part " + std::to_string(number)), wanted.npos);
            body += part;
        }
        if (upload.parts.empty()) return error(400, "MalformedXML");
        if (objects.count(r.key) > 0) return error(412, "PreconditionFailed");
        objects[r.key] = {std::move(body), upload.headers};
        uploads_.erase(id);
        return reply(200,
                     "\n<CompleteMultipartUploadResult><ETag>\"e-1\"</ETag></"
                     "CompleteMultipartUploadResult>");
    }

    std::map<std::string, Upload> uploads_;
    int last_upload_ = 0;
};

// One client of it; several may follow each other.
class FakeS3Http final : public HttpClient {
  public:
    explicit FakeS3Http(FakeS3& s3) : s3_(s3) {}
    std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) override {
        std::vector<Result<HttpReply>> replies;
        for (auto const& request : requests) replies.push_back(s3_.send(request));
        return replies;
    }
    void cancel() override { s3_.cancelled = true; }

  private:
    FakeS3& s3_;
};

class FixedCredentials final : public CredentialSource {
  public:
    Result<Credentials> get() override { return Credentials{"AKIDEXAMPLE", "secret"}; }
    void refused(Credentials const& /*credentials*/) override {}
    void stop_waiting() override {}
};

}  // namespace inlet::aws::test
