"""The books: what was sent, what became of it, what the client was told. Duplicates must be explained by them."""

import collections
import dataclasses
import gzip
import re
import threading
import time

NAME = re.compile(rb'"node":"([a-z2-7]{13})","seq":(\d+)[,}]')


@dataclasses.dataclass
class Unit:
    """A record of Firehose in one request."""

    data: bytes
    taken: bool = False      # it is in the stream
    said_taken: bool = False  # and the reply says so

    def lines(self):
        text = gzip.decompress(self.data) if self.data[:2] == b"\x1f\x8b" else self.data
        return text.split(b"\n")[:-1] if text.endswith(b"\n") else text.split(b"\n")

    def rows(self):
        """(node, seq) of each line, or the line if it has none."""
        return [(name[1].decode(), int(name[2])) if (name := NAME.search(line)) else line for line in self.lines()]


@dataclasses.dataclass
class Attempt:
    """One request."""

    number: int
    at: float
    service: str
    operation: str
    resource: str
    units: list = dataclasses.field(default_factory=list)
    status: int = 0
    code: str = ""
    told: bool = False      # the reply went out whole, and it was the true one
    expect: bool = False    # it came with "Expect: 100-continue"
    bytes: int = 0


class Ledger:
    """Threads: the server writes, any may read."""

    def __init__(self):
        self._lock = threading.Lock()
        self.attempts = []
        self.crashes = []  # numbers of attempts before which the client was killed
        self.discard = False

    def open(self, service, operation, resource, request):
        attempt = Attempt(len(self.attempts), time.time(), service, operation, resource,
                          expect="expect" in request.headers, bytes=len(request.body))
        with self._lock:
            if not self.discard:
                self.attempts.append(attempt)
        return attempt

    def crash(self):
        """The client was killed: what it was told since its last cursor it may send again."""
        with self._lock:
            self.crashes.append(len(self.attempts))

    def of(self, service, operation="", resource=""):
        with self._lock:
            return [attempt for attempt in self.attempts if attempt.service == service
                    and operation in ("", attempt.operation) and resource in ("", attempt.resource)]

    def wrong_resends(self, service="firehose"):
        """Rows that were sent again although a reply had said that they are safe, and the client was not killed
        in between: (stream, row, attempt of the success, attempt of the repeat)."""
        found, safe = [], {}
        crashes = list(self.crashes)
        for attempt in self.of(service):
            while crashes and crashes[0] <= attempt.number:
                crashes.pop(0)
                safe.clear()
            for unit in attempt.units:
                for row in unit.rows():
                    if (attempt.resource, row) in safe:
                        found.append((attempt.resource, row, safe[attempt.resource, row], attempt.number))
            for unit in attempt.units:
                if unit.taken and unit.said_taken and attempt.told:
                    safe.update({(attempt.resource, row): attempt.number for row in unit.rows()})
        return found

    def duplicates(self, resource):
        """How often each row is in the stream, for those that are there more than once."""
        counts = collections.Counter(row for attempt in self.of("firehose", resource=resource)
                                     for unit in attempt.units if unit.taken for row in unit.rows())
        return {row: count for row, count in counts.items() if count > 1}

    def unexplained(self, resource):
        """Duplicates whose earlier copy was safe as far as the client could know."""
        repeated = {(stream, row) for stream, row, _, _ in self.wrong_resends()}
        return {row for row in self.duplicates(resource) if (resource, row) in repeated}
