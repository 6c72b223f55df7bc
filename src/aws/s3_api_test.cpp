#include "aws/s3_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/fake_s3_fixture.hpp"
#include "aws/s3_xml.hpp"
#include "support/manual_clock.hpp"

namespace inlet::aws {
namespace {

using test::FakeS3;
using test::Fault;
using ::testing::HasSubstr;
using Written = S3Api::Written;

class S3ApiTest : public testing::Test {
  protected:
    S3Api api_with(bool path_style) { return {client, {"example", path_style}}; }

    FakeS3 s3;
    test::FakeS3Http http{s3};
    test::FixedCredentials credentials;
    inlet::test::ManualClock clock;
    Client client{{"s3", "eu-central-1", {"https", "s3.test"}}, credentials, http, clock};
    S3Api api{client, {"example", false}};
};

// Answers every request with one reply.
class OneReply final : public HttpClient {
  public:
    explicit OneReply(HttpReply reply) : reply_(std::move(reply)) {}
    std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) override {
        return std::vector<Result<HttpReply>>(requests.size(), reply_);
    }
    void cancel() override {}

  private:
    HttpReply reply_;
};

TEST_F(S3ApiTest, NamesTheBucketInTheHostOrInThePath) {
    EXPECT_EQ(api.put_object("a/b=c/d", "1", {}).value(), Written::created);
    EXPECT_EQ(api_with(true).put_object("a b", "2", {}).value(), Written::created);
    EXPECT_EQ(s3.objects.at("a/b=c/d").body, "1");
    EXPECT_EQ(s3.objects.at("a b").body, "2");
    EXPECT_EQ(api_with(true).list_objects("a/", "").value().objects.size(), 1U);
}

TEST_F(S3ApiTest, NeverOverwrites) {
    ASSERT_EQ(api.put_object("k", "1", {}).value(), Written::created);
    EXPECT_EQ(api.put_object("k", "2", {}).value(), Written::key_taken);
    EXPECT_EQ(s3.objects.at("k").body, "1");
}

TEST_F(S3ApiTest, TellsTheHeadersOfAnObjectOrThatThereIsNone) {
    ASSERT_TRUE(api.put_object("k", "12", {{"x-amz-meta-inlet-rows", "7"}}));
    auto const head = api.head_object("k").value();
    EXPECT_EQ(head->header("x-amz-meta-inlet-rows"), "7");
    EXPECT_EQ(head->header("content-length"), "2");
    EXPECT_FALSE(api.head_object("other").value());
}

TEST_F(S3ApiTest, ReadsRanges) {
    ASSERT_TRUE(api.put_object("k", "0123456789", {}));
    EXPECT_EQ(api.get_range("k", 0, 10).value(), "0123456789");
    EXPECT_EQ(api.get_range("k", 3, 2).value(), "34");
    EXPECT_EQ(api.get_range("k", 8, 5).error().code, Errc::unavailable) << "ends early";
}

TEST_F(S3ApiTest, ListsPageByPageWithAnyKey) {
    s3.page_size = 2;
    std::vector<std::string> const keys = {"p/a b+c", "p/a&<b>", "p/\x01", "p/\xC3\xA4", "p/z"};
    for (auto const& key : keys) s3.objects[key] = {"12", {}};
    s3.objects["q"] = {};
    std::vector<std::string> found;
    std::string token;
    int pages = 0;
    do {
        auto page = api.list_objects("p/", token).value();
        for (auto const& object : page.objects) {
            found.push_back(object.key);
            EXPECT_EQ(object.bytes, 2U);
        }
        token = page.next;
        ++pages;
    } while (!token.empty());
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(keys));
    EXPECT_EQ(pages, 3);
}

TEST_F(S3ApiTest, UploadsInParts) {
    auto const id = api.create_multipart("k", {{"content-type", "x"}}).value();
    std::string const first(kMinPartBytes, 'a');
    std::vector<S3Part> parts = {api.upload_part("k", id, 1, first).value(),
                                 api.upload_part("k", id, 2, "b").value()};
    EXPECT_TRUE(s3.objects.empty());
    EXPECT_EQ(api.complete_multipart("k", id, parts).value(), Written::created);
    EXPECT_EQ(s3.objects.at("k").body, first + "b");
    EXPECT_EQ(s3.objects.at("k").headers.at("content-type"), "x");
    EXPECT_EQ(api.requests(), 4U);
}

TEST_F(S3ApiTest, SendsAPartAgainButNotForEver) {
    auto const id = api.create_multipart("k", {}).value();
    s3.faults = {{2, {Fault::When::after}}, {3, {Fault::When::instead, 500, "InternalError"}}};
    EXPECT_TRUE(api.upload_part("k", id, 1, "a"));
    s3.faults = {{5, {}}, {6, {}}, {7, {}}, {8, {Fault::When::instead, 503, "SlowDown"}}};
    EXPECT_EQ(api.upload_part("k", id, 1, "a").error().code, Errc::timeout);
    EXPECT_EQ(api.upload_part("k", id, 1, "a").error().code, Errc::overloaded) << "waits";
    EXPECT_EQ(s3.calls.size(), 8U);
}

TEST_F(S3ApiTest, AnAbortedUploadIsGone) {
    auto const id = api.create_multipart("k", {}).value();
    EXPECT_TRUE(api.abort_multipart("k", id));
    EXPECT_EQ(s3.open_uploads(), 0U);
    EXPECT_EQ(api.upload_part("k", id, 1, "a").error().code, Errc::unavailable) << "begin anew";
}

TEST_F(S3ApiTest, HasNoMorePartsThanS3Takes) {
    EXPECT_EQ(api.upload_part("k", "id", kMaxParts + 1, "a").error().code, Errc::invalid);
}

TEST_F(S3ApiTest, SaysWhatIsWrongAndWhetherToTryAgain) {
    struct Case {
        int status;
        char const* code;
        Errc errc;
        char const* says;
    };
    for (auto const& c : {
             Case{403, "AccessDenied", Errc::rejected,
                  "PutObject s3://example/k: 403 AccessDenied: As the test wants it (needs the "
                  "right s3:PutObject"},
             Case{404, "NoSuchBucket", Errc::rejected, "404 NoSuchBucket"},
             Case{301, "PermanentRedirect", Errc::rejected, "(aws.region is eu-central-1)"},
             Case{409, "ConditionalRequestConflict", Errc::unavailable, "409"},
             Case{409, "OperationAborted", Errc::unavailable, "409"},
             Case{503, "SlowDown", Errc::overloaded, "SlowDown"},
             Case{500, "InternalError", Errc::unavailable, "500"},
             Case{400, "EntityTooLarge", Errc::rejected, "EntityTooLarge"},
             Case{0, "", Errc::timeout, "the reply is lost"},
         }) {
        s3.faults = {{s3.calls.size() + 1, {Fault::When::instead, c.status, c.code}}};
        auto const result = api.put_object("k", "1", {});
        ASSERT_FALSE(result) << c.code;
        EXPECT_EQ(result.error().code, c.errc) << c.code;
        EXPECT_THAT(result.error().context, HasSubstr(c.says));
    }
}

TEST_F(S3ApiTest, NamesTheRightThatAHeadNeedsThoughItsReplyHasNoBody) {
    s3.faults = {{1, {Fault::When::instead, 403, ""}}, {2, {Fault::When::instead, 403, ""}}};
    auto const result = api.head_object("k");
    EXPECT_EQ(result.error().code, Errc::rejected);
    EXPECT_THAT(result.error().context, HasSubstr("needs the right s3:GetObject"));
}

TEST(S3Api, SeesTheErrorInACompletionOfStatus200) {
    test::FixedCredentials credentials;
    inlet::test::ManualClock clock;
    auto const complete = [&](char const* body) {
        OneReply http({200, {}, body});
        Client client({"s3", "r", {"https", "s3.test"}}, credentials, http, clock);
        return S3Api(client, {"example", false}).complete_multipart("k", "id", {});
    };
    struct Case {
        char const* body;
        Errc errc;
    };
    for (auto const& [body, errc] :
         {Case{"\n\n<Error><Code>InternalError</Code></Error>", Errc::unavailable},
          Case{"<Error><Code>SlowDown</Code></Error>", Errc::overloaded},
          Case{"<Error><Code>NoSuchUpload</Code></Error>", Errc::unavailable},
          Case{"<CompleteMultipartUpl", Errc::unavailable}, Case{"", Errc::unavailable}}) {
        EXPECT_EQ(complete(body).error().code, errc) << body;
    }
    EXPECT_EQ(complete(" \n\n<?xml version=\"1.0\"?><CompleteMultipartUploadResult>"
                       "<ETag>\"a-1\"</ETag></CompleteMultipartUploadResult>")
                  .value(),
              Written::created);
    EXPECT_EQ(complete("<Error><Code>PreconditionFailed</Code></Error>").value(),
              Written::key_taken);
}

TEST(S3Xml, RefusesAListThatMayBeIncomplete) {
    auto const list = [](std::string const& inner) {
        return read_object_list("<ListBucketResult>" + inner + "</ListBucketResult>");
    };
    EXPECT_TRUE(list("<IsTruncated>false</IsTruncated>"));
    EXPECT_FALSE(list(""));
    EXPECT_FALSE(list("<IsTruncated>true</IsTruncated>")) << "no token";
    EXPECT_FALSE(list("<IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents>"));
    EXPECT_FALSE(
        list("<IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>"
             "<Contents><Key>%4</Key><Size>1</Size></Contents>"));
    EXPECT_FALSE(read_object_list("<Error><Code>x</Code></Error>"));
    EXPECT_FALSE(read_object_list("<ListBucketResult><IsTruncated>false</IsTruncated>"));
    auto const plain =
        list("<IsTruncated>false</IsTruncated><Contents><Key>a+%41</Key><Size>1</Size></Contents>");
    EXPECT_EQ(plain->objects.at(0).key, "a+%41") << "not encoded if it is not said";
}

}  // namespace
}  // namespace inlet::aws
