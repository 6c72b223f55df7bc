#include "aws/xml.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include <expat.h>

#include "base/check.hpp"

namespace inlet::aws {
namespace {

struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using ParserPtr = std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free>;

class TreeBuilder {
  public:
    explicit TreeBuilder(XML_Parser parser) : parser_(parser) {
        XML_SetUserData(parser, this);
        XML_SetElementHandler(parser, &TreeBuilder::on_start, &TreeBuilder::on_end);
        XML_SetCharacterDataHandler(parser, &TreeBuilder::on_text);
        XML_SetStartDoctypeDeclHandler(parser, &TreeBuilder::on_doctype);
    }

    XmlElement root;
    std::string_view refusal;

  private:
    static TreeBuilder& self(void* data) { return *static_cast<TreeBuilder*>(data); }

    static void on_start(void* data, char const* name, char const** /*attributes*/) {
        TreeBuilder& me = self(data);
        if (me.open_.size() == kMaxXmlDepth) return me.stop("nested too deeply");
        if (++me.count_ > kMaxXmlElements) return me.stop("too many elements");
        // A parent's children do not move while one of them is open.
        XmlElement* const element =
            me.open_.empty() ? &me.root : &me.open_.back()->children.emplace_back();
        std::string_view const full(name);
        element->name = full.substr(full.rfind(':') + 1);
        me.open_.push_back(element);
    }
    static void on_end(void* data, char const* /*name*/) {
        TreeBuilder& me = self(data);
        if (me.open_.empty()) return;
        XmlElement& element = *me.open_.back();
        if (!element.children.empty()) element.text.clear();  // the blanks between them
        me.open_.pop_back();
    }
    static void on_text(void* data, char const* text, int size) {
        TreeBuilder& me = self(data);
        if (!me.open_.empty()) me.open_.back()->text.append(text, static_cast<std::size_t>(size));
    }
    static void on_doctype(void* data, char const*, char const*, char const*, int) {
        self(data).stop("has a DOCTYPE");
    }
    void stop(std::string_view why) {
        refusal = why;
        XML_StopParser(parser_, XML_FALSE);
    }

    XML_Parser parser_;
    std::vector<XmlElement*> open_;
    std::size_t count_ = 0;
};

}  // namespace

XmlElement const* XmlElement::child(std::string_view wanted) const {
    auto const found = std::find_if(children.begin(), children.end(),
                                    [&](XmlElement const& c) { return c.name == wanted; });
    return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_at(std::string_view path) const {
    XmlElement const* at = this;
    while (at != nullptr && !path.empty()) {
        auto const end = std::min(path.find('/'), path.size());
        at = at->child(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return at == nullptr ? std::string_view() : at->text;
}

Result<XmlElement> read_xml(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return fail(Errc::invalid, "XML: too long");
    ParserPtr const parser(XML_ParserCreate(nullptr));
    CHECK(parser != nullptr);
    TreeBuilder builder(parser.get());
    auto const size = static_cast<int>(text.size());
    if (XML_Parse(parser.get(), text.data(), size, XML_TRUE) == XML_STATUS_OK)
        return std::move(builder.root);
    std::string reason(builder.refusal);
    if (reason.empty()) reason = XML_ErrorString(XML_GetErrorCode(parser.get()));
    return fail(Errc::invalid, "XML: " + reason);
}

}  // namespace inlet::aws
