#include "aws/command_line.hpp"

#include <optional>

namespace inlet::aws {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Splitter {
  public:
    explicit Splitter(std::string_view text) : text_(text) {}

    Result<std::vector<std::string>> run() {
        while (at_ < text_.size()) {
            char const c = text_[at_++];
            if (is_blank(c)) {
                finish_argument();
            } else if (c == '\'' || c == '"') {
                TRY(quoted(c));
            } else if (c == '\\') {
                if (at_ == text_.size()) return fail(Errc::invalid, "ends in a backslash");
                append(text_[at_++]);
            } else {
                append(c);
            }
        }
        finish_argument();
        if (arguments_.empty()) return fail(Errc::invalid, "the command is empty");
        return std::move(arguments_);
    }

  private:
    // Within double quotes a backslash protects the quote and itself; within single quotes it is a character.
    Result<void> quoted(char quote) {
        if (!argument_) argument_.emplace();  // '' is an argument
        while (at_ < text_.size()) {
            char const c = text_[at_++];
            if (c == quote) return success();
            bool const escapes = quote == '"' && c == '\\' && at_ < text_.size() &&
                                 (text_[at_] == '"' || text_[at_] == '\\');
            append(escapes ? text_[at_++] : c);
        }
        return fail(Errc::invalid, "a quote is not closed");
    }
    void append(char c) {
        if (!argument_) argument_.emplace();
        *argument_ += c;
    }
    void finish_argument() {
        if (argument_) arguments_.push_back(std::move(*argument_));
        argument_.reset();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<std::string> argument_;
    std::vector<std::string> arguments_;
};

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view command) {
    if (command.find('\0') != std::string_view::npos) return fail(Errc::invalid, "holds a NUL");
    return Splitter(command).run();
}

}  // namespace inlet::aws
