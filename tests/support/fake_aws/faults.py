"""Failures by script: a queue of faults, each for some requests. The first that fits a request and is not used up
takes part in answering it."""

import dataclasses
import fnmatch
import threading

from fake_aws.errors import AwsError
from fake_aws.http import Reply

PATTERNS = {
    "first": lambda count: {0},
    "last": lambda count: {count - 1},
    "alternate": lambda count: set(range(0, count, 2)),
    "all": lambda count: set(range(count)),
    "all_but_one": lambda count: set(range(count)) - {count // 2},
}


@dataclasses.dataclass
class Fault:
    """Build one with the class methods; `times` None: until it is removed."""

    service: str = "*"
    operation: str = "*"
    resource: str = "*"             # stream, or bucket/key; with * and ?
    times: int | None = 1
    marker: bytes = b""             # only requests that hold this text, in the body or in a record
    # Before the request is carried out:
    delay: float = 0                # seconds
    error: AwsError | None = None   # answered instead
    reset: bool = False             # the connection is reset, nothing is stored
    # While it is carried out:
    fail: str | tuple = ""          # a pattern or indices: these records are not taken
    code: str = "ServiceUnavailableException"
    text: str = "Slow down."
    stored: bool = False            # they are taken all the same
    # After it:
    reply: dict | None = None       # members of Reply that are changed: the client cannot know what happened
    used: int = 0
    told: bool = False              # the changed reply says truly what happened

    @classmethod
    def refuse(cls, code, message="refused by script", status=400, **where):
        return cls(error=AwsError(code, message, status), **where)

    @classmethod
    def records(cls, pattern, code="ServiceUnavailableException", **where):
        text = "Slow down." if code == "ServiceUnavailableException" else "Internal service failure."
        return cls(service="firehose", fail=pattern, code=code, text=text, **where)

    @classmethod
    def poison(cls, marker, times=None, **where):
        """A record with this text is never taken, and with it the whole call."""
        return cls(service="firehose", marker=marker, times=times,
                   error=AwsError("InvalidArgumentException", "The record is not acceptable."), **where)

    @classmethod
    def lose_reply(cls, **where):
        """Carried out, then the connection is reset."""
        return cls(reply={"drop": "reset"}, **where)

    @classmethod
    def garbage(cls, body, status=200, headers=None, **where):
        """Carried out, then answered with something else."""
        return cls(reply={"body": body, "status": status, "headers": headers or {}}, **where)

    def fits(self, service, operation, resource, contents):
        return ((self.times is None or self.used < self.times) and fnmatch.fnmatchcase(service, self.service)
                and fnmatch.fnmatchcase(operation, self.operation) and fnmatch.fnmatchcase(resource, self.resource)
                and (not self.marker or any(self.marker in content for content in contents)))

    def indices(self, count):
        return (PATTERNS[self.fail](count) if isinstance(self.fail, str) else set(self.fail)) if self.fail else set()

    def change(self, reply):
        """The reply that goes out, and whether the client learns from it what became of its request."""
        if not self.reply:
            return reply, True
        members = {**{field.name: getattr(reply, field.name) for field in dataclasses.fields(Reply)}, **self.reply}
        return Reply(**members), self.told


class Faults:
    """Threads: any."""

    def __init__(self):
        self._lock = threading.Lock()
        self._queue = []

    def add(self, *faults):
        with self._lock:
            self._queue += faults
        return faults[0]

    def clear(self):
        with self._lock:
            self._queue = []

    def remove(self, fault):
        with self._lock:
            self._queue = [other for other in self._queue if other is not fault]

    def take(self, service, operation, resource, contents=()):
        with self._lock:
            for fault in self._queue:
                if fault.fits(service, operation, resource, contents):
                    fault.used += 1
                    return fault
        return None

    def waiting(self):
        return bool(self._queue)

    def unused(self):
        with self._lock:
            return [fault for fault in self._queue if fault.times is not None and fault.used < fault.times]
