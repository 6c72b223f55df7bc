// Preloaded (LD_PRELOAD) into the real program: writes down, in order, everything that it does to the disk below one
// folder, so that tests/faults/power_cut.py can say what a power cut at any moment might have left. Nothing is
// really synced: that makes it fast, and what a sync means is the reader's business.
//
// RECORDER_ROOT: the folder. RECORDER_LOG: the file of records, each {u8 operation, u32 path bytes, u32 data bytes,
// u64 file, u64 offset}, path, data; native byte order.
#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/uio.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

namespace {

enum Operation : std::uint8_t {
    create = 1,
    write_at,
    sync_file,
    sync_folder,
    reserve,
    move,
    unlink_name,
    make_folder
};

struct [[gnu::packed]] Record {
    std::uint8_t operation;
    std::uint32_t path_bytes;
    std::uint32_t data_bytes;
    std::uint64_t file;
    std::uint64_t offset;
};

constexpr int kMaxDescriptors = 65'536;

std::mutex mutex;  // held over an operation and its record: they have one order
std::atomic<bool> is_ours[kMaxDescriptors];
int log_fd = -1;
std::string_view root;

template <class Function>
Function* real(char const* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

[[gnu::constructor]] void begin() {
    auto const* folder = std::getenv("RECORDER_ROOT");
    auto const* log = std::getenv("RECORDER_LOG");
    if (folder == nullptr || log == nullptr) return;
    root = folder;
    int const fd =
        real<int(char const*, int, ...)>("open")(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    // Out of the way of what the program opens and closes.
    log_fd = ::fcntl(fd, F_DUPFD_CLOEXEC, 1'000);
    real<int(int)>("close")(fd);
}

bool is_below_root(char const* path) {
    return log_fd >= 0 && std::string_view(path).starts_with(root);
}

bool is_recorded(int fd) {
    return fd >= 0 && fd < kMaxDescriptors && is_ours[fd].load(std::memory_order_relaxed);
}

std::uint64_t file_of(int fd) {
    struct stat info = {};
    return ::fstat(fd, &info) == 0 ? info.st_ino : 0;
}

void record(Operation operation, std::string_view path, std::string_view data, std::uint64_t file,
            std::uint64_t offset) {
    Record head = {operation, static_cast<std::uint32_t>(path.size()),
                   static_cast<std::uint32_t>(data.size()), file, offset};
    iovec parts[] = {{&head, sizeof(head)},
                     {const_cast<char*>(path.data()), path.size()},
                     {const_cast<char*>(data.data()), data.size()}};
    auto const whole = static_cast<ssize_t>(sizeof(head) + path.size() + data.size());
    if (::writev(log_fd, parts, 3) != whole) std::abort();
}

int open_file(char const* path, int flags, mode_t mode) {
    static auto* const call = real<int(char const*, int, ...)>("open");
    if (!is_below_root(path)) return call(path, flags, mode);
    std::lock_guard const guard(mutex);
    bool const is_new = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
    int const fd = call(path, flags, mode);
    if (fd < 0) return fd;
    if (fd >= kMaxDescriptors) std::abort();
    is_ours[fd] = true;
    if (is_new) record(create, path, {}, file_of(fd), 0);
    return fd;
}

ssize_t write_file(int fd, void const* data, std::size_t size, off_t offset) {
    static auto* const call = real<ssize_t(int, void const*, std::size_t, off_t)>("pwrite");
    if (!is_recorded(fd)) return call(fd, data, size, offset);
    std::lock_guard const guard(mutex);
    auto const n = call(fd, data, size, offset);
    if (n > 0) {
        record(write_at, {}, {static_cast<char const*>(data), static_cast<std::size_t>(n)},
               file_of(fd), static_cast<std::uint64_t>(offset));
    }
    return n;
}

int reserve_file(int fd, off_t offset, off_t size) {
    static auto* const call = real<int(int, off_t, off_t)>("posix_fallocate");
    if (!is_recorded(fd)) return call(fd, offset, size);
    std::lock_guard const guard(mutex);
    int const failed = call(fd, offset, size);
    if (failed == 0)
        record(reserve, {}, {}, file_of(fd), static_cast<std::uint64_t>(offset + size));
    return failed;
}

}  // namespace

extern "C" {

int open(char const* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    auto const mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_file(path, flags, mode);
}

int open64(char const* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    auto const mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_file(path, flags, mode);
}

int close(int fd) {
    static auto* const call = real<int(int)>("close");
    if (is_recorded(fd)) is_ours[fd] = false;
    return call(fd);
}

ssize_t pwrite(int fd, void const* data, std::size_t size, off_t offset) {
    return write_file(fd, data, size, offset);
}
ssize_t pwrite64(int fd, void const* data, std::size_t size, off64_t offset) {
    return write_file(fd, data, size, offset);
}

int posix_fallocate(int fd, off_t offset, off_t size) {
    return reserve_file(fd, offset, size);
}
int posix_fallocate64(int fd, off64_t offset, off64_t size) {
    return reserve_file(fd, offset, size);
}

int fdatasync(int fd) {
    static auto* const call = real<int(int)>("fdatasync");
    if (!is_recorded(fd)) return call(fd);
    std::lock_guard const guard(mutex);
    record(sync_file, {}, {}, file_of(fd), 0);
    return 0;
}

// The program syncs folders with it, and only them.
int fsync(int fd) {
    static auto* const call = real<int(int)>("fsync");
    if (!is_recorded(fd)) return call(fd);
    char path[4'096];
    auto const link = "/proc/self/fd/" + std::to_string(fd);
    auto const n = ::readlink(link.c_str(), path, sizeof(path));
    if (n <= 0) std::abort();
    std::lock_guard const guard(mutex);
    record(sync_folder, {path, static_cast<std::size_t>(n)}, {}, 0, 0);
    return 0;
}

int rename(char const* from, char const* to) {
    static auto* const call = real<int(char const*, char const*)>("rename");
    if (!is_below_root(from)) return call(from, to);
    std::lock_guard const guard(mutex);
    int const failed = call(from, to);
    if (failed == 0) record(move, from, to, 0, 0);
    return failed;
}

int unlink(char const* path) {
    static auto* const call = real<int(char const*)>("unlink");
    if (!is_below_root(path)) return call(path);
    std::lock_guard const guard(mutex);
    int const failed = call(path);
    if (failed == 0) record(unlink_name, path, {}, 0, 0);
    return failed;
}

int mkdir(char const* path, mode_t mode) {
    static auto* const call = real<int(char const*, mode_t)>("mkdir");
    if (!is_below_root(path)) return call(path, mode);
    std::lock_guard const guard(mutex);
    int const failed = call(path, mode);
    if (failed == 0) record(make_folder, path, {}, 0, 0);
    return failed;
}

}  // extern "C"
