#include "aws/profile_file.hpp"

#include <algorithm>
#include <cstdint>

#include "aws/ascii.hpp"

namespace inlet::aws {
namespace {

// A comment at the end of a line needs a blank before it: keys and URLs may hold '#' and ';'.
std::string_view without_comment(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        bool const is_sign = text[i] == '#' || text[i] == ';';
        if (is_sign && (text[i - 1] == ' ' || text[i - 1] == '\t')) return text.substr(0, i);
    }
    return text;
}

enum class FileKind : std::uint8_t { config, credentials };

class ProfileReader {
  public:
    explicit ProfileReader(FileKind kind) : kind_(kind) {}

    ProfileFile read(std::string_view text) {
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        while (!text.empty()) {
            auto const end = std::min(text.find('\n'), text.size());
            take_line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        // [profile default] is stronger than [default].
        if (has_named_default_) file_.profiles["default"] = std::move(named_default_);
        return std::move(file_);
    }

  private:
    void take_line(std::string_view line) {
        std::string_view const content = trimmed(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') return;
        bool const is_indented = kBlanks.find(line.front()) != std::string_view::npos;
        if (!is_indented && content.front() == '[') return open_section(content);
        if (section_ == nullptr) return;
        if (is_indented && !entry_.empty()) return take_indented(content);
        take_entry(content);
    }

    void open_section(std::string_view content) {
        section_ = nullptr;
        entry_.clear();
        auto const end = content.find(']');
        if (end == std::string_view::npos) return;
        std::string_view const name = trimmed(content.substr(1, end - 1));
        if (kind_ == FileKind::credentials) {
            section_ = &file_.profiles[std::string(name)];
            return;
        }
        auto const blank = std::min(name.find_first_of(kBlanks), name.size());
        std::string_view const kind = name.substr(0, blank);
        std::string_view own = trimmed(name.substr(blank));
        bool const is_quoted = own.size() >= 2 && own.front() == own.back() &&
                               (own.front() == '"' || own.front() == '\'');
        if (is_quoted) own = own.substr(1, own.size() - 2);
        if (own.empty() && kind == "default") section_ = &file_.profiles["default"];
        if (own.empty()) return;
        if (kind == "profile") section_ = profile(own);
        if (kind == "services") section_ = &file_.services[std::string(own)];
    }

    ProfileEntries* profile(std::string_view name) {
        if (name != "default") return &file_.profiles[std::string(name)];
        has_named_default_ = true;
        return &named_default_;
    }

    void take_entry(std::string_view content) {
        auto const equals = content.find('=');
        entry_.clear();
        if (equals == std::string_view::npos) return;
        entry_ = lower(trimmed(content.substr(0, equals)));
        if (entry_.empty()) return;
        (*section_)[entry_] = trimmed(without_comment(content.substr(equals + 1)));
    }

    // Below an entry without value: entries of its own. Below one with a value: more of the value.
    void take_indented(std::string_view content) {
        std::string& above = (*section_)[entry_];
        if (!above.empty()) {
            above.append("\n").append(trimmed(without_comment(content)));
            return;
        }
        auto const equals = content.find('=');
        if (equals == std::string_view::npos) return;
        std::string const name = entry_ + '.' + lower(trimmed(content.substr(0, equals)));
        (*section_)[name] = trimmed(without_comment(content.substr(equals + 1)));
    }

    FileKind const kind_;
    ProfileFile file_;
    ProfileEntries named_default_;
    bool has_named_default_ = false;
    ProfileEntries* section_ = nullptr;  // nothing: one that we pass over
    std::string entry_;                  // the last one that was not indented
};

}  // namespace

ProfileFile read_config_file(std::string_view text) {
    return ProfileReader(FileKind::config).read(text);
}

ProfileFile read_credentials_file(std::string_view text) {
    return ProfileReader(FileKind::credentials).read(text);
}

void merge(ProfileFile& file, ProfileFile const& stronger) {
    for (auto const& [name, entries] : stronger.profiles) {
        for (auto const& [key, value] : entries) file.profiles[name][key] = value;
        file.profiles.try_emplace(name);
    }
    for (auto const& [name, entries] : stronger.services) {
        for (auto const& [key, value] : entries) file.services[name][key] = value;
    }
}

}  // namespace inlet::aws
