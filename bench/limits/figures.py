"""Memory of one process while something happens, and a table of figures beside their goals."""

import contextlib
import dataclasses
import pathlib
import threading
import time

SAMPLE_SECONDS = 0.05


def memory(pid):
    """Resident bytes of one process: all, and those of its own, which are not pages of files."""
    fields = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "RssAnon"):
            fields[name] = int(value.split()[0]) * 1024
    return {"rss": fields["VmRSS"], "anonymous": fields["RssAnon"]}


def settled(pid, seconds):
    """The memory after that time in which nothing was asked of the process."""
    time.sleep(seconds)
    return memory(pid)


@contextlib.contextmanager
def highest_memory(pid):
    """with highest_memory(pid) as seen: ...; then seen["rss"] is the most that a sample saw."""
    seen, done = {"rss": 0, "anonymous": 0, "samples": 0}, threading.Event()

    def sample():
        while True:
            now = memory(pid)
            for name, value in now.items():
                seen[name] = max(seen[name], value)
            seen["samples"] += 1
            if done.wait(SAMPLE_SECONDS):
                return

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


@dataclasses.dataclass
class Figure:
    name: str
    value: float
    goal: float
    unit: str
    note: str = ""

    def show(self):
        met = "met" if self.value <= self.goal else "missed"
        return (f"{self.name:50}{self.value:8.1f} {self.unit:3}   at most {self.goal:3.0f} {self.unit:3}  {met:6}  "
                f"{self.note}").rstrip()


def memory_figure(name, seen, goal, note=""):
    own = f"{seen['anonymous'] / 2**20:.1f} MiB without pages of files"
    return Figure(name, seen["rss"] / 2**20, goal, "MiB", f"{note}; {own}" if note else own)
