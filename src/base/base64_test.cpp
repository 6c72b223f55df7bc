#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace inlet {
namespace {

std::string encode(std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

TEST(Base64, GivesTheVectorsOfRfc4648) {
    std::pair<std::string_view, std::string_view> const vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (auto const& [bytes, text] : vectors) EXPECT_EQ(encode(bytes), text);
}

TEST(Base64, BringsEveryByteBackAtEveryLength) {
    std::string bytes;
    std::string back;
    for (int i = 0; i < 700; ++i) {
        ASSERT_TRUE(decode_base64(encode(bytes), back).has_value());
        ASSERT_EQ(back, bytes);
        bytes += static_cast<char>(i * 7);
    }
}

TEST(Base64, RefusesWhatIsNone) {
    std::string out;
    for (auto const* text : {"Z", "Zg=", "Z===", "Zm9\n", "Zm 9", "=Zm9", "Zm=v"})
        EXPECT_FALSE(decode_base64(text, out).has_value()) << text;
}

}  // namespace
}  // namespace inlet
