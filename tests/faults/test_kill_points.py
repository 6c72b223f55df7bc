"""The program is killed at each call by which it changes the disk, or speaks to AWS: when it starts, takes rows, delivers and
stops; then again while it recovers. Nothing answered is lost, nothing comes twice in a lake or a bucket, and every repeat in a
delivery stream has its reason. strace kills: the call is not carried out.

A short run draws some points (SEED=), a long one takes all.
"""

import os
import random
import re
import shutil

import pytest

import lake
from aws_delivery import BUCKET, bucket_rows, firehose_settings, s3_settings
from fake_aws import FakeAws
from inlet_server import event
from oracle import check_rows
from raw_http import ProtocolError
from traced_server import TracedServer, need_strace

REQUESTS = 24
FILL = {"fill": "x" * 12_000}  # five requests fill a segment
SETTINGS = {"server.threads": 1, "journal.segment_bytes": "64KiB", "journal.spare_segments": 2}
POINTS = 14  # of each kind of run


class Appending:
    """Rows are taken; the lake comes at the end."""

    settings = {**SETTINGS, "sink.lake.roll_ms": 60_000}

    def __init__(self, folder, **settings):
        self.server = TracedServer(folder, {**self.settings, **settings})
        self.answered, self.unknown = set(), set()

    def died(self):
        pass

    def close(self):
        if self.server.is_running():
            self.server.kill9()

    def check(self):
        check_lake(self)

    def work(self):
        for number in range(REQUESTS):
            try:
                self.unknown.add(f"e{number}")
                if self.server.track("u", event(f"e{number}", FILL)).status == 200:
                    self.answered.add(f"e{number}")
            except (OSError, ProtocolError):
                return


def check_lake(run):
    server = run.server
    check_rows(lake.rows(server.lake_dir), run.answered, run.unknown)
    verified = server.verify_lake()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert not list((server.lake_dir / ".tmp").glob("*")), "temporary files are left"


class Delivering(Appending):
    """A backlog of many small batches is delivered, and its segments are released."""

    settings = {**SETTINGS, "sink.lake.roll_ms": 10, "sink.lake.roll_bytes": "16KiB"}
    backlog = None  # a folder, made once

    def __init__(self, folder, **settings):
        shutil.copytree(self.backlog, folder)
        super().__init__(folder, **settings)
        self.answered = {f"e{number}" for number in range(REQUESTS)}

    def work(self):
        pass  # stopping delivers all


class DeliveringToAws(Delivering):
    """To a stand-in of its own."""

    def __init__(self, folder):
        self.aws = FakeAws(streams=["inlet"], buckets=[BUCKET])
        super().__init__(folder)
        self.aws.start()
        self.server.settings |= self.sink_settings(self.aws)
        self.server.env |= self.aws.environment()
        self.server.traced_calls = ("pwrite64", "fdatasync", "sendto", "recvfrom")

    def died(self):
        self.aws.client_was_killed()

    def close(self):
        super().close()
        self.aws.stop()
        assert not self.aws.broken, "\n".join(self.aws.broken)


class DeliveringToAStream(DeliveringToAws):
    @staticmethod
    def sink_settings(aws):
        return firehose_settings(aws, **{"sink.firehose.delivery_stream": "inlet", "server.drain_timeout_ms": 15_000})

    def check(self):
        check_rows(self.aws.firehose.rows("inlet"), self.answered, self.unknown, repeats=2 * REQUESTS)
        assert not self.aws.ledger.unexplained("inlet") and not self.aws.ledger.wrong_resends()


class DeliveringToABucket(DeliveringToAws):
    @staticmethod
    def sink_settings(aws):
        return s3_settings(aws, **{"sink.s3.roll_ms": 100, "sink.s3.roll_bytes": "64KiB", "server.drain_timeout_ms": 15_000})

    def check(self):
        bucket = self.aws.s3.buckets[BUCKET]
        check_rows(bucket_rows(bucket.objects.values()), self.answered, self.unknown)
        assert not bucket.overwritten


KINDS = [Appending, Delivering, DeliveringToAStream, DeliveringToABucket]


def backlog_of(folder, **settings):
    appending = Appending(folder, **settings)
    appending.server.start()
    appending.work()
    appending.server.kill9()
    assert len(appending.answered) == REQUESTS
    return folder


@pytest.fixture(scope="module")
def backlog(tmp_path_factory):
    Delivering.backlog = backlog_of(tmp_path_factory.mktemp("backlog"))
    DeliveringToAws.backlog = backlog_of(tmp_path_factory.mktemp("backlog"), **{"sink.lake.enabled": "false"})


def points(kind, folder):
    """What a run without a kill does: every (call, count) at which another can be killed."""
    run = kind(folder)
    run.server.trace_file = folder / "trace"
    try:
        assert run.server.survives_start()
        run.work()
        assert run.server.survives_stop()
    finally:
        run.close()
    return [(call, count) for call, most in run.server.calls_made().items() for count in range(1, most + 1)]


def kill_at(run, call, count, draw):
    """Returns whether it came to that."""
    run.server.inject = [f"{call}:signal=KILL:when={count}"]
    if run.server.survives_start():
        run.work()
        if run.server.survives_stop():
            return False
    run.died()
    # The next start is cut off too, at an earlier call or when it is done.
    run.server.inject = [f"{call}:signal=KILL:when={draw.randint(1, count)}"]
    if run.server.survives_start():
        run.server.kill9()
    run.died()
    return True


def check(run):
    run.server.inject = ()
    run.server.start()
    run.server.terminate()
    run.check()
    run.server.check_log()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_any_call_loses_nothing_and_repeats_nothing_without_reason(tmp_path, backlog, seed, kind):
    need_strace()
    draw = random.Random(seed)
    all_points = points(kind, tmp_path / "counted")
    chosen = all_points if os.environ.get("INLET_LONG") == "1" else draw.sample(all_points, min(POINTS, len(all_points)))
    reached = 0
    for number, (call, count) in enumerate(chosen):
        run = kind(tmp_path / f"run-{number}")
        try:
            reached += kill_at(run, call, count, draw)
            check(run)
        except Exception as error:
            raise AssertionError(f"killed at {call} {count}, SEED={seed}: {error}\n{run.server.log_text()}") from error
        finally:
            run.close()
        shutil.rmtree(run.server.folder)
    print(f"{kind.__name__}: killed at {reached} of {len(all_points)} points ({len(chosen)} tried), SEED={seed}")
    assert reached >= len(chosen) * 3 // 4


def test_the_entry_of_a_folder_that_was_there_is_synced_too(tmp_path):
    """The process that made it may have been killed before it came to that; a power cut would take folder and rows."""
    need_strace()
    parent = tmp_path / "kept"
    (parent / "journal").mkdir(parents=True)
    server = TracedServer(tmp_path / "server", {"journal.dir": parent / "journal"})
    server.trace_file = tmp_path / "trace"
    server.start()
    server.terminate()
    trace = server.trace_file.read_text(encoding="utf-8")
    opened = re.search(rf'openat\(AT_FDCWD, "{parent}", [A-Z_|]*O_DIRECTORY[A-Z_|]*\) = (\d+)\n', trace)
    assert opened and f"fsync({opened[1]})" in trace[opened.end():], trace[:2000]
