#include "sink/s3_store.hpp"

#include <gmock/gmock.h>

#include "sink/s3_fixture.hpp"

namespace inlet::sink {
namespace {

using namespace test;
using ::testing::UnorderedElementsAre;

class S3StoreTest : public S3Test {
  protected:
    S3Store store_with(S3Keeping keeping = {}) {
        return {client, {"example", "lake/"}, false, std::move(keeping)};
    }

    aws::test::FakeS3Http http{s3};
    aws::Client client{service(), credentials, http, clock};
    S3Store store = store_with();
    ObjectInfo info{2, "abc"};
};

TEST_F(S3StoreTest, SaysWithEachObjectWhatItIs) {
    EXPECT_EQ(put(store, "raw/a.ndjson.gz", "bytes", info).value(), PutResult::created);
    auto const& object = s3.objects.at("lake/raw/a.ndjson.gz");
    EXPECT_EQ(object.body, "bytes");
    EXPECT_THAT(object.headers,
                UnorderedElementsAre(testing::Pair("content-type", "application/x-ndjson"),
                                     testing::Pair("x-amz-meta-inlet-rows", "2"),
                                     testing::Pair("x-amz-meta-inlet-sha256", "abc")));
    EXPECT_EQ(get(store, "raw/a.ndjson.gz", 100).value(), "bytes");
}

TEST_F(S3StoreTest, KeepsObjectsAsConfigured) {
    auto kms = store_with({S3Encryption::kms, "alias/k", "STANDARD_IA"});
    std::string const large(aws::kMinPartBytes + 1, 'a');
    ASSERT_TRUE(put(kms, "small", "1", info));
    ASSERT_TRUE(put(kms, "large", large, info));
    for (auto const* const key : {"lake/small", "lake/large"}) {
        auto const& headers = s3.objects.at(key).headers;
        EXPECT_EQ(headers.at("x-amz-server-side-encryption"), "aws:kms");
        EXPECT_EQ(headers.at("x-amz-server-side-encryption-aws-kms-key-id"), "alias/k");
        EXPECT_EQ(headers.at("x-amz-storage-class"), "STANDARD_IA");
        EXPECT_EQ(headers.at("x-amz-meta-inlet-sha256"), "abc");
    }
    auto aes = store_with({S3Encryption::aes256, "", ""});
    ASSERT_TRUE(put(aes, "aes", "1", info));
    EXPECT_EQ(s3.objects.at("lake/aes").headers.at("x-amz-server-side-encryption"), "AES256");
}

TEST_F(S3StoreTest, AcceptsTheSameRowsAgainWhateverTheirBytes) {
    ASSERT_TRUE(put(store, "a", "bytes", info));
    EXPECT_EQ(put(store, "a", "of another library", info).value(), PutResult::already_there);
    EXPECT_EQ(s3.objects.at("lake/a").body, "bytes");
}

TEST_F(S3StoreTest, NeverOverwritesOtherRows) {
    ASSERT_TRUE(put(store, "a", "bytes", info));
    s3.objects["lake/foreign"] = {"bytes", {}};
    for (auto const& [key, other] :
         {std::pair{"a", ObjectInfo{3, "abc"}}, std::pair{"a", ObjectInfo{2, "abd"}},
          std::pair{"foreign", info}}) {
        auto const refused = put(store, key, "other", other);
        EXPECT_EQ(refused.error().code, Errc::corrupt);
        EXPECT_EQ(refused.error().context,
                  std::string("lake/") + key + ": exists and holds other rows");
        EXPECT_EQ(s3.objects.at(std::string("lake/") + key).body, "bytes");
    }
}

TEST_F(S3StoreTest, UploadsInPartsOnceItKnowsTheInfo) {
    for (std::size_t const extra : {0U, 1U}) {
        std::string const large(2 * aws::kMinPartBytes + extra, 'a');
        auto const key = "large" + std::to_string(extra);
        auto writer = store.create(key, info).value();
        for (std::size_t at = 0; at < large.size(); at += 700'000)
            ASSERT_TRUE(writer->append(std::string_view(large).substr(at, 700'000)));
        EXPECT_EQ(writer->finish(info).value(), PutResult::created);
        EXPECT_EQ(s3.objects.at("lake/" + key).body, large);
        EXPECT_EQ(s3.count("UploadPart"), extra == 0 ? 2U : 5U);
    }
    EXPECT_EQ(s3.largest_body, aws::kMinPartBytes);
    EXPECT_EQ(s3.open_uploads(), 0U);
    EXPECT_EQ(s3.count("AbortMultipartUpload"), 0U);
}

TEST_F(S3StoreTest, GivesUpAnUploadThatIsAbandonedOrNotNeeded) {
    std::string const large(aws::kMinPartBytes + 1, 'a');
    ASSERT_TRUE(store.create("a", info).value()->append(large));
    EXPECT_EQ(s3.count("AbortMultipartUpload"), 1U);
    ASSERT_TRUE(put(store, "a", large, info));
    EXPECT_EQ(put(store, "a", large, info).value(), PutResult::already_there);
    EXPECT_EQ(s3.open_uploads(), 0U);
}

TEST_F(S3StoreTest, ReadsInLargeBlocks) {
    std::string text;
    for (int i = 0; text.size() < kReadAheadBytes + 100'000; ++i) text += std::to_string(i) + " ";
    s3.objects["lake/a"] = {text, {}};
    auto reader = store.open("a").value();
    ASSERT_EQ(reader->size(), text.size());
    std::string found;
    std::string buffer(256 * 1024, '\0');
    while (true) {
        auto const n = reader->read(found.size(), buffer).value();
        if (n == 0) break;
        found.append(buffer, 0, n);
    }
    EXPECT_TRUE(found == text);
    EXPECT_EQ(s3.count("GetObject"), 2U);
    EXPECT_EQ(reader->read(5, std::span(buffer).first(3)).value(), 3U) << "and back";
    EXPECT_EQ(buffer.substr(0, 3), text.substr(5, 3));
}

TEST_F(S3StoreTest, ReadsAnEmptyObject) {
    s3.objects["lake/a"] = {};
    EXPECT_EQ(get(store, "a", 10).value(), "");
}

TEST_F(S3StoreTest, SaysThatAnObjectIsNotThere) {
    EXPECT_EQ(store.open("a").error().code, Errc::not_found);
}

TEST_F(S3StoreTest, ListsWhatIsBelowItsPrefix) {
    s3.page_size = 1;
    s3.objects["lake/raw/a"] = {"12", {}};
    s3.objects["lake/raw/dt=1/b"] = {"1", {}};
    s3.objects["lake/raw/dt=1/"] = {"", {}};
    s3.objects["lakeside/raw/c"] = {"1", {}};
    std::vector<std::string> found;
    ASSERT_TRUE(store.list("raw/", [&](ObjectEntry const& entry) {
        found.push_back(entry.key + " " + std::to_string(entry.bytes));
    }));
    EXPECT_THAT(found, UnorderedElementsAre("raw/a 2", "raw/dt=1/b 1"));
    EXPECT_EQ(store.free_bytes().value(), std::nullopt);
}

TEST_F(S3StoreTest, AFailedListIsNoShortOne) {
    s3.page_size = 1;
    for (char const c : {'a', 'b', 'c'}) s3.objects[std::string("lake/raw/") + c] = {"1", {}};
    s3.faults = {{2, {Fault::When::instead, 403, "AccessDenied"}}};
    auto const listed = store.list("raw/", [](auto const&) {});
    EXPECT_EQ(listed.error().code, Errc::rejected);
    EXPECT_THAT(listed.error().context, testing::HasSubstr("s3:ListBucket"));
}

}  // namespace
}  // namespace inlet::sink
