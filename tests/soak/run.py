#!/usr/bin/env python3
"""Load with random faults for a long time: nothing answered is lost, the backlog goes when the faults stop, and memory,
descriptors and disk stay flat. Prints a report; exit status 1 if something does not hold. In the last third no fault ends
the process, so that one process can be watched for long.

The server delivers to a lake, a delivery stream and a bucket at once (tests/support/fake_aws). Clients send at a fixed
rate: half of what they reach in some seconds without faults, or --rate requests a second. All on this machine.
SEED= repeats the order of the faults.
"""

import argparse
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/e2e")]

import lake  # noqa: E402
from aws_delivery import BUCKET, firehose_settings, s3_settings  # noqa: E402
from clients import Clients  # noqa: E402
from fake_aws import FakeAws  # noqa: E402
from inlet_server import InletServer, wait_until  # noqa: E402
from oracle import check_rows  # noqa: E402
from trouble import Trouble  # noqa: E402
from watch import Watch, folder_bytes  # noqa: E402

CLIENTS = 4
SEGMENT, SPARES, CAP = 4 << 20, 4, 512 << 20
SETTINGS = {"journal.segment_bytes": SEGMENT, "journal.spare_segments": SPARES, "journal.max_bytes": CAP,
            "sink.lake.roll_ms": 1000, "sink.s3.roll_ms": 2000, "sink.firehose.linger_ms": 200,
            "sink.firehose.delivery_stream": "inlet", "sink.lake.min_free_bytes": 0}
MOST_RSS_KIB = 256 << 10
TRIED_WITHIN = 75  # seconds: a lane that was told to hold tries once a minute at least
DRAINED_PER_SECOND = 5_000  # rows of the backlog that a lane has to bring besides those that come
DRAINED_WITHIN = 120  # seconds, however much it is


def slim(lines):
    """Only what the check looks at: there are millions of them."""
    return [{name: row[name] for name in ("eventName", "node", "seq", "id")} for row in map(json.loads, lines)]


def lake_lines(folder):
    for path in lake.objects(folder):
        yield from lake.content(path).splitlines()


def bucket_lines(bucket):
    for item in bucket.objects.values():
        if not item.key.rpartition("/")[2].startswith("_"):
            yield from lake.decompressed(item.content, pathlib.PurePath(item.key).suffix).splitlines()


def tell(progress):
    print(progress, file=sys.stderr, flush=True)


class Soak:
    def __init__(self, folder, minutes, rate, seed):
        self.minutes, self.rate, self.seed = minutes, rate, seed
        self.aws = FakeAws(streams=["inlet"], buckets=[BUCKET])
        settings = {**firehose_settings(self.aws), **s3_settings(self.aws), **SETTINGS, "sink.lake.enabled": "true"}
        self.server = InletServer(folder, settings)
        self.stopping = threading.Event()
        self.findings, self.lines = [], []

    def run(self):
        with self.aws:
            self.server.env = self.aws.environment()
            self.server.settings["aws.endpoint_url"] = self.aws.url
            self.server.start()
            pause = CLIENTS / (self.rate or self._half_of_the_peak())
            self.watch = Watch(self.server)
            self.watch.start()
            self.watch.calm.set()
            try:
                with Clients(self.server, CLIENTS, self.seed, pause) as self.clients:
                    began = time.monotonic()
                    self._make_trouble()
                    self.drained_from = time.monotonic() - self.watch.began
                    self.drained = self._drain()
                    self.seconds = time.monotonic() - began
            finally:
                self.watch.stopping.set()
                self.watch.join(30)
            self._hold("the backlog goes at the end", lambda: wait_until(self._nothing_is_pending, 60))
            self._hold("the books balance", self._books)
            self._hold("the journal's disk is given back", self._disk)
            self.server.terminate()
            self._check_rows()
            self._check_flat()
            return self._report()

    def _half_of_the_peak(self):
        folder = self.server.folder / "peak"
        server = InletServer(folder).start()
        with Clients(server, CLIENTS, 0) as clients:
            time.sleep(5)
        server.terminate()
        peak = sum(client.sent for client in clients.all) / 5
        self.lines.append(f"the clients reach {peak:.0f} requests/s without faults; they send half of that")
        return peak / 2

    def _make_trouble(self):
        draw = random.Random(self.seed)
        began = time.monotonic()
        end = began + self.minutes * 60
        told = 0
        self.trouble = Trouble(self.server, self.aws, draw, lambda seconds: time.sleep(min(seconds, max(0, end - time.monotonic()))))
        while time.monotonic() < end:
            time.sleep(min(draw.uniform(1, 8), max(0, end - time.monotonic())))
            self.watch.calm.clear()
            self.trouble.one(may_end=time.monotonic() - began < self.minutes * 60 * 2 / 3)
            assert self.server.is_running(), f"it ended by itself:\n{self.server.log_text()[-4000:]}"
            self.watch.calm.set()
            if (minute := int((time.monotonic() - began) / 60)) > told:
                told = minute
                tell(f"{minute} of {self.minutes:g} minutes: {sum(self.trouble.counts.values())} faults, "
                     f"{sum(client.sent for client in self.clients.all)} requests")
        self.aws.faults.clear()
        tell("the last fault is over: waiting for the backlog, then every row is looked up")

    def _nothing_is_pending(self):
        """But what came in the last second or two: the clients go on."""
        status = self.server.status()
        return all(lane["oldestUndeliveredMs"] < 5_000 and not lane["failing"] for lane in status["lanes"]) and status

    def _drain(self):
        """While rows keep coming."""
        began = time.monotonic()
        pending = {lane["name"]: lane["pending"] for lane in self.server.status()["lanes"]}
        self.lines.append("waiting at the last fault: " + ", ".join(f"{name} {rows}" for name, rows in pending.items()) + " rows")
        seconds = min(DRAINED_WITHIN, TRIED_WITHIN + max(pending.values()) / DRAINED_PER_SECOND)
        self._hold(f"the backlog goes within {seconds:.0f} s of the last fault, while rows come",
                   lambda: wait_until(self._nothing_is_pending, seconds))
        return time.monotonic() - began

    def _hold(self, what, check):
        try:
            check()
            self.lines.append(f"holds: {what}")
        except Exception as error:  # all of them are to be told
            self.findings.append(f"DOES NOT HOLD: {what}: {error}")
            traceback.print_exc()

    def _books(self):
        def balanced():
            status = self.server.status()
            accepted = status["journal"]["acceptedRows"]
            return all(lane["delivered"] == accepted and lane["pending"] == lane["quarantined"] == lane["damaged"] == 0
                       for lane in status["lanes"])

        wait_until(balanced, 30, "delivered = accepted in every lane")

    def _disk(self):
        most = (2 + SPARES) * SEGMENT + (1 << 20)
        wait_until(lambda: folder_bytes(self.server.journal_dir) <= most, 10, f"a journal of at most {most} bytes")

    def _check_rows(self):
        answered = self.clients.answered | self.watch.answered
        unknown = self.clients.unknown | self.watch.unknown
        self.lines.append(f"{len(answered)} rows answered in {sum(client.sent for client in self.clients.all)} requests, "
                          f"{self.seconds:.0f} s; statuses {sorted(self.clients.statuses)}")
        bucket = self.aws.s3.buckets[BUCKET]
        self._hold("every answered row is in the lake once",
                   lambda: check_rows(slim(lake_lines(self.server.lake_dir)), answered, unknown))
        self._hold("every answered row is in the bucket once, and no object was written twice",
                   lambda: check_rows(slim(bucket_lines(bucket)), answered, unknown) or self._no(bucket.overwritten))
        lines = self.aws.firehose.lines("inlet")
        self._hold("every answered row is in the delivery stream, repeats have the id of the first",
                   lambda: check_rows(slim(lines), answered, unknown, repeats=len(lines)))
        self._hold("every repeat is explained by a crash or an unclear reply",
                   lambda: self._no(self.aws.ledger.unexplained("inlet")))
        duplicates = self.aws.ledger.duplicates("inlet")
        self.lines.append(f"{sum(duplicates.values()) - len(duplicates)} of {len(lines)} rows of the stream are repeats")
        self._hold("inlet lake verify finds it complete", lambda: self._no(self.server.verify_lake().returncode))
        self._hold("clients got 200 and 503, and nothing else", lambda: self._no(self.clients.statuses - {200, 503}))

    @staticmethod
    def _no(found):
        assert not found, str(found)[:500]

    def _check_flat(self):
        watch = self.watch
        seconds = watch.seconds_of_last_process()
        self.lines.append(f"the last process ran for {seconds:.0f} s")
        before = watch.most_before_the_last_process(1)
        self.lines.append(f"memory of the processes before it: most of all {before / 1024:.0f} MiB")
        room_kib = 4 << 10 if seconds > 300 else 16 << 10  # a young process still comes to its size
        for name, index, unit, room, of_last in (("memory of the last process", 1, 1024, room_kib, True),
                                                 ("descriptors of the last process", 2, 1, 10, True),
                                                 ("journal beyond its backlog", 5, 1 << 20, 2 * SEGMENT, False)):
            first, last = watch.thirds(index, of_last)
            self.lines.append(f"{name}: median {first / unit:.0f} in the first third, {last / unit:.0f} in the last, most of all "
                              f"{watch.most(index) / unit:.0f}{' MiB' if unit > 1 else ''}")
            self._hold(f"flat: {name}", lambda: self._no(last > 1.25 * first + room))
        self._hold("memory stays under 256 MiB", lambda: self._no(watch.most(1) > MOST_RSS_KIB))
        self._hold("the journal stays under its cap", lambda: self._no(watch.most(3) > CAP + (2 + SPARES) * SEGMENT))

    def _p99_of_the_drain(self):
        late = [at for at, _ in self.watch.latencies if at >= self.drained_from]
        return self.watch.percentile_ms(0.99, self.drained_from) if late else None

    def _report(self):
        counts = ", ".join(f"{kind} {count}" for kind, count in sorted(self.trouble.counts.items()))
        print(f"\nsoak of {self.minutes} minutes, SEED={self.seed}\nfaults: {counts}")
        for line in self.lines:
            print(line)
        if self.trouble.starting:
            print(f"start to ready: most {1000 * max(self.trouble.starting):.0f} ms of {len(self.trouble.starting)}")
        if self.watch.latencies:
            print(f"a request between the faults: p50 {self.watch.percentile_ms(0.5):.1f} ms, p99 "
                  f"{self.watch.percentile_ms(0.99):.1f} ms")
        print(f"after the last fault: drained in {self.drained:.1f} s"
              + (f", p99 of requests meanwhile {since:.1f} ms" if (since := self._p99_of_the_drain()) else ""))
        for finding in self.findings:
            print(finding)
        print("FAILED" if self.findings else "all holds")
        return 1 if self.findings else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, help="requests a second (default: half of the peak)")
    arguments = parser.parse_args()
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    with tempfile.TemporaryDirectory(prefix="inlet-soak-") as folder:
        tell(f"soak of {arguments.minutes:g} minutes, SEED={seed}")
        soak = Soak(pathlib.Path(folder), arguments.minutes, arguments.rate, seed)
        try:
            return soak.run()
        finally:
            if soak.server.is_running():
                soak.server.kill9()


if __name__ == "__main__":
    sys.exit(main())
