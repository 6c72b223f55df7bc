// xml.hpp - reads the XML of S3 and STS into a small tree.
// Threads: any. Errors: invalid: no XML, a DOCTYPE (entities could be declared there), over a bound.
// Bounds:  kMaxXmlDepth, kMaxXmlElements; the text is as long as the reply at most.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace inlet::aws {

inline constexpr std::size_t kMaxXmlDepth = 16;
inline constexpr std::size_t kMaxXmlElements = 20'000;  // a page of 1,000 objects has about 6,000

struct XmlElement {
    std::string name;  // without a namespace's prefix
    std::string text;  // empty if there are children
    std::vector<XmlElement> children;

    // The first of this name; nothing if there is none.
    [[nodiscard]] XmlElement const* child(std::string_view wanted) const;
    // The text below this element at "Result/Credentials/Token"; empty if there is no such element.
    [[nodiscard]] std::string_view text_at(std::string_view path) const;
};

// The root.
Result<XmlElement> read_xml(std::string_view text);

}  // namespace inlet::aws
