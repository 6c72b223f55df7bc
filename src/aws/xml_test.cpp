#include "aws/xml.hpp"

#include <gtest/gtest.h>

namespace inlet::aws {
namespace {

TEST(Xml, FindsTextByItsPath) {
    auto const root = read_xml(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<List xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
        "  <Name>a&amp;b</Name>\n  <Item><Key>k1</Key><Size>1</Size></Item>\n"
        "  <Item><Key><![CDATA[<k2>]]></Key></Item>\n  <Empty/>\n</List>");
    ASSERT_TRUE(root) << root.error().message();
    XmlElement const& list = root.value();
    EXPECT_EQ(list.name, "List");
    EXPECT_EQ(list.text, "");
    EXPECT_EQ(list.text_at("Name"), "a&b");
    EXPECT_EQ(list.text_at("Item/Key"), "k1");
    EXPECT_EQ(list.text_at("Item/None/Deeper"), "");
    EXPECT_EQ(list.children.size(), 4u);
    EXPECT_EQ(list.children.at(2).text_at("Key"), "<k2>");
    EXPECT_EQ(list.child("Empty")->text, "");
    EXPECT_EQ(list.child("None"), nullptr);
}

TEST(Xml, DropsPrefixesOfNamespaces) {
    auto const root = read_xml("<s:A xmlns:s=\"urn:x\"><s:B>1</s:B></s:A>");
    ASSERT_TRUE(root);
    EXPECT_EQ(root.value().name, "A");
    EXPECT_EQ(root.value().text_at("B"), "1");
}

TEST(Xml, RefusesWhatIsNoXml) {
    for (char const* text : {"", "   ", "hello", "<a>", "<a></b>", "<a/><b/>", "<a>&unknown;</a>",
                             "<html><br></html>", "{\"a\":1}"}) {
        auto const root = read_xml(text);
        ASSERT_FALSE(root) << text;
        EXPECT_EQ(root.error().code, Errc::invalid);
    }
}

TEST(Xml, RefusesDeclarationsOfEntities) {
    for (char const* text :
         {"<!DOCTYPE a [<!ENTITY x \"1\">]><a>&x;</a>",
          "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "<!DOCTYPE html><html/>"}) {
        auto const root = read_xml(text);
        ASSERT_FALSE(root) << text;
        EXPECT_NE(root.error().message().find("DOCTYPE"), std::string::npos);
    }
}

TEST(Xml, BoundsDepthAndNumber) {
    auto const nested = [](std::size_t depth) {
        std::string text;
        for (std::size_t i = 0; i < depth; ++i) text += "<a>";
        for (std::size_t i = 0; i < depth; ++i) text += "</a>";
        return text;
    };
    EXPECT_TRUE(read_xml(nested(kMaxXmlDepth)));
    EXPECT_FALSE(read_xml(nested(kMaxXmlDepth + 1)));
    auto const wide = [](std::size_t count) {
        std::string text = "<r>";
        for (std::size_t i = 1; i < count; ++i) text += "<a/>";
        return text + "</r>";
    };
    EXPECT_TRUE(read_xml(wide(kMaxXmlElements)));
    EXPECT_FALSE(read_xml(wide(kMaxXmlElements + 1)));
}

}  // namespace
}  // namespace inlet::aws
