"""The program is killed at each call by which it changes the disk: when it starts, takes rows, delivers and stops; then
again while it recovers. Nothing answered is lost, nothing comes twice. strace kills: the call is not carried out.

A short run draws some points (SEED=), a long one takes all.
"""

import os
import random
import re
import shutil

import pytest

import lake
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

    def __init__(self, folder):
        self.server = TracedServer(folder, self.settings)
        self.answered, self.unknown = set(), set()

    def work(self):
        for number in range(REQUESTS):
            try:
                self.unknown.add(f"e{number}")
                if self.server.track("u", event(f"e{number}", FILL)).status == 200:
                    self.answered.add(f"e{number}")
            except (OSError, ProtocolError):
                return


class Delivering:
    """A backlog of many small batches is delivered, and its segments are released."""

    settings = {**SETTINGS, "sink.lake.roll_ms": 10, "sink.lake.roll_bytes": "16KiB"}
    backlog = None  # a folder, made once

    def __init__(self, folder):
        shutil.copytree(self.backlog, folder)
        self.server = TracedServer(folder, self.settings)
        self.answered, self.unknown = {f"e{number}" for number in range(REQUESTS)}, set()

    def work(self):
        pass  # stopping delivers all


@pytest.fixture(scope="module")
def backlog(tmp_path_factory):
    appending = Appending(tmp_path_factory.mktemp("backlog"))
    appending.server.start()
    appending.work()
    appending.server.kill9()
    assert len(appending.answered) == REQUESTS
    Delivering.backlog = appending.server.folder
    return Delivering.backlog


def points(kind, folder):
    """What a run without a kill does: every (call, count) at which another can be killed."""
    run = kind(folder)
    run.server.trace_file = folder / "trace"
    assert run.server.survives_start()
    run.work()
    assert run.server.survives_stop()
    return [(call, count) for call, most in run.server.calls_made().items() for count in range(1, most + 1)]


def kill_at(run, call, count, draw):
    """Returns whether it came to that."""
    run.server.inject = [f"{call}:signal=KILL:when={count}"]
    if run.server.survives_start():
        run.work()
        if run.server.survives_stop():
            return False
    # The next start is cut off too, at an earlier call or when it is done.
    run.server.inject = [f"{call}:signal=KILL:when={draw.randint(1, count)}"]
    if run.server.survives_start():
        run.server.kill9()
    return True


def check(run):
    server = run.server
    server.inject = ()
    server.start()
    server.terminate()
    check_rows(lake.rows(server.lake_dir), run.answered, run.unknown)
    verified = server.verify_lake()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    server.check_log()
    assert not list((server.lake_dir / ".tmp").glob("*")), "temporary files are left"


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", [Appending, Delivering])
def test_a_kill_at_any_call_loses_and_repeats_nothing(tmp_path, backlog, seed, kind):
    need_strace()
    draw = random.Random(seed)
    all_points = points(kind, tmp_path / "counted")
    chosen = all_points if os.environ.get("INLET_LONG") == "1" else draw.sample(all_points, POINTS)
    reached = 0
    for number, (call, count) in enumerate(chosen):
        run = kind(tmp_path / f"run-{number}")
        try:
            reached += kill_at(run, call, count, draw)
            check(run)
        except Exception as error:
            if run.server.is_running():
                run.server.kill9()
            raise AssertionError(f"killed at {call} {count}, SEED={seed}: {error}\n{run.server.log_text()}") from error
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
