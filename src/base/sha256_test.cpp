#include "base/sha256.hpp"

#include <gtest/gtest.h>

namespace inlet {
namespace {

TEST(Sha256, InPiecesEqualsInOne) {
    Sha256 pieces;
    pieces.update("a");
    pieces.update("");
    pieces.update("bc");
    // FIPS 180-2, appendix B.1
    EXPECT_EQ(pieces.finish_hex(),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 none;
    EXPECT_EQ(none.finish(), sha256(""));
}

TEST(Sha256, BeginsAnewBehindEachDigest) {
    Sha256 hash;
    hash.update("one");
    hash.finish();
    hash.update("two");
    EXPECT_EQ(hash.finish(), sha256("two"));
    EXPECT_EQ(hash.finish(), sha256(""));
}

}  // namespace
}  // namespace inlet
