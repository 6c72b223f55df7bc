"""What a soak sees of the server from outside, once a second: memory, descriptors, disk, and how long a request takes."""

import contextlib
import pathlib
import statistics
import threading
import time
from http.client import HTTPException

from inlet_server import event
from raw_http import ProtocolError


def folder_bytes(folder):
    """What its files take on the disk."""
    total = 0
    for path in pathlib.Path(folder).iterdir():
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_blocks * 512
    return total


class Watch(threading.Thread):
    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        # (process id, KiB resident, descriptors, bytes of the journal, seconds since the start, the journal's bytes beyond
        # what waits for delivery)
        self.samples = []
        self.latencies = []    # (seconds since the start, seconds)
        self.stopping = threading.Event()
        self.calm = threading.Event()  # set while nothing is made to fail
        self.answered, self.unknown, self.began = set(), set(), time.monotonic()

    def run(self):
        number = 0
        while not self.stopping.wait(0.1):
            number += 1
            if number % 10 == 0:
                with contextlib.suppress(OSError, IndexError, ValueError, HTTPException):  # it is being ended or started
                    self._sample()
            self._ask(f"probe-{number}")

    def _sample(self):
        pid = self.server.process.pid
        descriptors = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
        size, waiting = folder_bytes(self.server.journal_dir), self.server.status()["journal"]["undeliveredBytes"]
        memory = self.server.memory_kib()
        if self.server.process.pid != pid:
            return  # another one was started meanwhile
        self.samples.append((pid, memory, descriptors, size, time.monotonic() - self.began,
                             max(0, size - waiting)))

    def _ask(self, name):
        began, calm = time.monotonic(), self.calm.is_set()
        self.unknown.add(name)
        with contextlib.suppress(OSError, ProtocolError):
            if self.server.track("probe", event(name)).status == 200:
                self.answered.add(name)
                if calm and self.calm.is_set():
                    self.latencies.append((began - self.began, time.monotonic() - began))

    # The report

    def thirds(self, index, of_last_process=False):
        """Median of the first and the last third, of all or of what the process did that was there at the end."""
        last = self.samples[-1][0]
        values = [sample[index] for sample in self.samples if not of_last_process or sample[0] == last]
        third = max(1, len(values) // 3)
        return statistics.median(values[:third]), statistics.median(values[-third:])

    def most(self, index):
        return max(sample[index] for sample in self.samples)

    def most_before_the_last_process(self, index):
        """Of all that ended before it; 0 if there was none."""
        last = self.samples[-1][0]
        return max((sample[index] for sample in self.samples if sample[0] != last), default=0)

    def seconds_of_last_process(self):
        last = [sample[4] for sample in self.samples if sample[0] == self.samples[-1][0]]
        return last[-1] - last[0]

    def percentile_ms(self, share, since=0.0):
        """Of requests that were sent so many seconds after the start, or later."""
        ordered = sorted(seconds for at, seconds in self.latencies if at >= since)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]
