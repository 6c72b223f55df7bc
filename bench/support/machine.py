"""What the machine tells: processor time and memory of a process tree, who else used a core, how fast the disk is."""

import contextlib
import os
import pathlib
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def _stat_fields(pid):
    """Of /proc/PID/stat, from the state on (proc(5) calls it field 3); None if the process is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def tree(pid):
    """The process and all that descend from it."""
    children = {}
    for name in os.listdir("/proc"):
        fields = _stat_fields(name) if name.isdigit() else None
        if fields:
            children.setdefault(int(fields[1]), []).append(int(name))
    found = [pid]
    for parent in found:  # grows while it is read
        found += children.get(parent, [])
    return found


def cpu_seconds(pid):
    """User and system time of a process tree."""
    ticks = 0
    for member in tree(pid):
        fields = _stat_fields(member)
        ticks += int(fields[11]) + int(fields[12]) if fields else 0
    return ticks / TICKS_PER_SECOND


def thread_seconds(pid):
    """(user, system) time of each thread of a process tree, added up by name."""
    found = {}
    for member in tree(pid):
        for path in pathlib.Path(f"/proc/{member}/task").glob("*/stat"):
            with contextlib.suppress(OSError):
                text = path.read_text(encoding="utf-8", errors="replace")
                name, fields = text[text.index("(") + 1:text.rindex(")")], text.rpartition(")")[2].split()
                before = found.get(name, (0.0, 0.0))
                found[name] = tuple(old + int(ticks) / TICKS_PER_SECOND for old, ticks in zip(before, fields[11:13]))
    return found


def rss_bytes(pid):
    """Resident memory of a process tree; shared pages count in each process."""
    pages = 0
    for member in tree(pid):
        with contextlib.suppress(OSError):
            pages += int(pathlib.Path(f"/proc/{member}/statm").read_text(encoding="ascii").split()[1])
    return pages * PAGE_BYTES


class CoreUse:
    """How busy one core is, from the making of this object to busy()."""

    def __init__(self, core):
        self.core = core
        self.began = time.monotonic()
        self.at_begin = self._busy_seconds()

    def _busy_seconds(self):
        with open("/proc/stat", encoding="ascii") as file:
            for line in file:
                name, *ticks = line.split()
                if name == f"cpu{self.core}":
                    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, ticks[:8])
                    return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND
        raise RuntimeError(f"there is no core {self.core}")

    def busy(self):
        """The share of the time in which the core did anything, for whomever."""
        return (self._busy_seconds() - self.at_begin) / (time.monotonic() - self.began)


def file_system_type(folder):
    """"ext4", say; of the mount that holds the folder."""
    folder, best = os.path.realpath(folder), ("", "?")
    with open("/proc/mounts", encoding="utf-8", errors="replace") as file:
        for line in file:
            _device, point, kind = line.split()[:3]
            inside = folder == point or folder.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best[0]):
                best = (point, kind)
    return best[1]


def fdatasync_ms(folder, count):
    """Sorted times of so many appends of 4 KiB, each followed by fdatasync, to a new file."""
    path = pathlib.Path(folder, "fdatasync.tmp")
    block, times = b"\0" * 4096, []
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for _ in range(count):
            begin = time.perf_counter()
            os.write(fd, block)
            os.fdatasync(fd)
            times.append((time.perf_counter() - begin) * 1000)
    finally:
        os.close(fd)
        path.unlink()
    return sorted(times)


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
