#include "app/owner.hpp"

#include <cerrno>
#include <sys/stat.h>

#include <grp.h>
#include <unistd.h>

namespace inlet::app {

Result<void> become_owner(std::string const& dir) {
    struct stat info = {};
    if (::geteuid() != 0 || ::stat(dir.c_str(), &info) != 0 || info.st_uid == 0) return success();
    // In this order: without root's rights the groups could not be changed any more.
    if (::setgroups(0, nullptr) != 0 || ::setgid(info.st_gid) != 0 || ::setuid(info.st_uid) != 0)
        return errno_error(errno, dir + ": going on as its owner");
    return success();
}

}  // namespace inlet::app
