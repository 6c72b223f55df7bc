#include "sink/object_key.hpp"

#include <gtest/gtest.h>

namespace inlet::sink {
namespace {

TEST(ObjectKey, NamesTypeDateNodeRangeAndCodec) {
    ObjectKey key = {"track", "2026-11-22", "k3v9x2mq4tz7p", 1201, 1950, Codec::gzip};
    EXPECT_EQ(key.text("raw"), "raw/type=track/dt=2026-11-22/k3v9x2mq4tz7p-1201-1950.ndjson.gz");
    key.codec = Codec::zstd;
    EXPECT_TRUE(key.text("raw").ends_with(".ndjson.zst"));
    key.codec = Codec::off;
    EXPECT_TRUE(key.text("raw").ends_with(".ndjson"));
}

TEST(ObjectKey, ReadsBackWhatItWrote) {
    for (Codec const codec : {Codec::off, Codec::gzip, Codec::zstd}) {
        ObjectKey const key = {"alias", "0000-01-01", "abc234", 1, UINT64_MAX, codec};
        EXPECT_EQ(ObjectKey::parse("raw", key.text("raw")), key);
    }
}

TEST(ObjectKey, RefusesEveryOtherName) {
    for (auto const* const key : {
             "",
             "raw",
             "raw/type=track/dt=2026-11-22/node-1-2",
             "raw/type=track/dt=2026-11-22/node-1-2.gz",
             "raw/type=track/dt=2026-11-22/node-1-2.ndjson.bz2",
             "other/type=track/dt=2026-11-22/node-1-2.ndjson",
             "raw/type=/dt=2026-11-22/node-1-2.ndjson",
             "raw/type=Track/dt=2026-11-22/node-1-2.ndjson",
             "raw/dt=2026-11-22/type=track/node-1-2.ndjson",
             "raw/type=track/dt=2026-11-2/node-1-2.ndjson",
             "raw/type=track/dt=2026/11/22/node-1-2.ndjson",
             "raw/type=track/dt=2026-11-22/more/node-1-2.ndjson",
             "raw/type=track/dt=2026-11-22/node-2-1.ndjson",
             "raw/type=track/dt=2026-11-22/node-01-2.ndjson",
             "raw/type=track/dt=2026-11-22/node-+1-2.ndjson",
             "raw/type=track/dt=2026-11-22/node-1-2-3.ndjson",
             "raw/type=track/dt=2026-11-22/node-1-18446744073709551616.ndjson",
             "raw/type=track/dt=2026-11-22/-1-2.ndjson",
             "raw/type=track/dt=2026-11-22/inlet-track-1-2026-11-22-11-04-02-uuid.ndjson.gz",
         }) {
        EXPECT_FALSE(ObjectKey::parse("raw", key)) << key;
    }
}

TEST(ObjectKey, KnowsRowsFilesByTheirEnd) {
    EXPECT_EQ(codec_of_rows_file("any.ndjson"), Codec::off);
    EXPECT_EQ(codec_of_rows_file("any.ndjson.gz"), Codec::gzip);
    EXPECT_EQ(codec_of_rows_file("any.ndjson.zst"), Codec::zstd);
    EXPECT_EQ(codec_of_rows_file("any.json.gz"), std::nullopt);
    EXPECT_EQ(codec_of_rows_file(".ndjson"), std::nullopt);
}

}  // namespace
}  // namespace inlet::sink
