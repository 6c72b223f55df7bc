#include "base/error.hpp"

#include <cerrno>
#include <system_error>

namespace inlet {

std::string_view to_string(Errc code) {
    switch (code) {
        case Errc::invalid:
            return "invalid";
        case Errc::not_found:
            return "not found";
        case Errc::exists:
            return "exists already";
        case Errc::overloaded:
            return "overloaded";
        case Errc::full:
            return "full";
        case Errc::timeout:
            return "timed out";
        case Errc::stopping:
            return "stopping";
        case Errc::io:
            return "input/output error";
        case Errc::corrupt:
            return "corrupt";
        case Errc::unavailable:
            return "unavailable";
        case Errc::rejected:
            return "rejected";
    }
    return "unknown";
}

std::string Error::message() const {
    std::string reason =
        sys_errno != 0 ? std::generic_category().message(sys_errno) : std::string(to_string(code));
    return context.empty() ? reason : context + ": " + reason;
}

Error errno_error(int err, std::string context) {
    Errc code = Errc::io;
    if (err == ENOSPC || err == EDQUOT) code = Errc::full;
    if (err == ENOENT || err == ENOTDIR) code = Errc::not_found;
    if (err == EEXIST) code = Errc::exists;
    return {code, err, std::move(context)};
}

}  // namespace inlet
