"""What became of each row that a load test sent: one file per process, which check_lake.py reads.

Each line is a word and the name of a row. `run` names the process; every row's name begins with it. Then, in the
order of events, `sent`, and at most one of `answered` (200: it must be in the lake), `refused` (for good: it must not)
and `unknown` (given up after several tries: it may be). A row that was only sent was under way when the test ended.
"""

import collections
import pathlib
import secrets
import time


class Ledger:
    """Not for threads: locust's users are greenlets of one thread."""

    def __init__(self, folder):
        self.run = f"load-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(4)}"
        self.path = pathlib.Path(folder) / f"{self.run}.ledger"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = self.path.open("x", encoding="ascii")
        self.file.write(f"run {self.run}\n")
        self.count = 0
        self.notes = collections.Counter()

    def new_ids(self, number):
        self.count += number
        return [f"{self.run}-{index}" for index in range(self.count - number, self.count)]

    def note(self, word, ids):
        self.notes[word] += len(ids)
        if not self.file.closed:  # a user that is still under way when the test has ended
            self.file.write("".join(f"{word} {name}\n" for name in ids))

    def close(self):
        self.file.close()

    def summary(self):
        return f"{self.count} rows, " + ", ".join(f"{self.notes[word]} {word}" for word in ("answered", "refused", "unknown"))
