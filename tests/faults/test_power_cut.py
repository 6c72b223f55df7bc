"""The power fails at any moment of a run of the real program: the disk has what was synced, and of the rest whatever
arrived (power_cut.py). Every start from such a disk finds all that was answered, once.

SEED= repeats the cuts of one record, not the record itself.
"""

import os
import pathlib
import random
import shutil
import threading

import pytest

import inlet_server
import lake
from inlet_server import InletServer, event
from oracle import check_rows
from power_cut import SYNC_FILE, Disk, read_log
from preload import need_preload

RECORDER = inlet_server.ROOT / "build/release/disk_recorder.so"
CLIENTS, REQUESTS = 3, 25
CUTS = 1000 if os.environ.get("INLET_LONG") == "1" else 40
SETTINGS = {"server.threads": 1, "journal.segment_bytes": "64KiB", "journal.spare_segments": 1, "sink.lake.roll_ms": 30}


def need_recorder():
    assert RECORDER.exists(), f"{RECORDER} is not there: ./test faults builds it"
    need_preload(RECORDER)


class Recording:
    """A run that ends by kill -9, or as it should, its record, and for each answered name where the record ended when its 200 came."""

    def __init__(self, folder, draw, end=InletServer.kill9):
        self.root = folder / "disk"
        self.root.mkdir(parents=True)
        self.log = folder / "record"
        self.sizes = [draw.choice([10, 300, 4_000, 15_000]) for _ in range(CLIENTS * REQUESTS)]
        self.answered = {}
        self.sent = set()
        self.server = InletServer(folder, self.settings(),
                                  {"LD_PRELOAD": str(RECORDER), "RECORDER_ROOT": str(self.root),
                                   "RECORDER_LOG": str(self.log)})
        self.server.start()
        clients = [threading.Thread(target=self._post, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(60)
        end(self.server)
        assert len(self.answered) == CLIENTS * REQUESTS
        self.records = read_log(self.log)

    def settings(self):
        return {**SETTINGS, "journal.dir": self.root / "journal", "sink.lake.dir": self.root / "lake"}

    def server_after_cut(self, folder):
        server = InletServer(folder, self.settings())
        server.lake_dir, server.journal_dir = self.root / "lake", self.root / "journal"
        return server

    def _post(self, client):
        for number in range(client, CLIENTS * REQUESTS, CLIENTS):
            name = f"e{number}"
            self.sent.add(name)
            if self.server.track("u", event(name, {"fill": "x" * self.sizes[number]})).status == 200:
                self.answered[name] = self.log.stat().st_size

    def answered_before(self, end):
        return {name for name, told in self.answered.items() if told <= end}


def check_start(recording, server, answered):
    server.start()
    server.terminate()
    more = check_rows(lake.rows(server.lake_dir), answered, recording.sent - answered)
    verified = server.verify_lake()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    server.check_log()
    return more


@pytest.mark.timeout(1800)
def test_a_power_cut_at_any_moment_loses_nothing_that_was_answered(tmp_path, seed):
    need_recorder()
    draw = random.Random(seed)
    recording = Recording(tmp_path / "recording", draw)
    moments = sorted(draw.choices(range(len(recording.records)), k=CUTS))
    disk, applied, more = Disk(recording.root), 0, 0
    for number, moment in enumerate(moments):
        for record in recording.records[applied:moment + 1]:
            disk.apply(record)
        applied = moment + 1
        # In the same place: a plan that was saved names the folder of the lake.
        shutil.rmtree(recording.root)
        disk.cut(recording.root, draw)
        server = recording.server_after_cut(tmp_path / f"cut-{number}")
        try:
            more += check_start(recording, server, recording.answered_before(recording.records[moment].end))
        except Exception as error:
            raise AssertionError(f"cut after record {moment} of {len(recording.records)}, SEED={seed}: {error}\n"
                                 f"{server.log_text()}") from error
    print(f"{CUTS} cuts in {len(recording.records)} records; {more} rows that were not answered came too, SEED={seed}")


def test_the_record_says_what_the_program_did(tmp_path, seed):
    """All that was recorded, applied without a cut, is the folder as it is. (A call is recorded when it is done: a kill may
    come in between.)"""
    need_recorder()
    recording = Recording(tmp_path / "recording", random.Random(seed), InletServer.terminate)
    disk = Disk(recording.root)
    for record in recording.records:
        disk.apply(record)
    found = {str(path): path for path in pathlib.Path(recording.root).rglob("*")}
    assert set(disk.names) == set(found)
    for path, file in found.items():
        if file.is_file():
            assert disk.names[path].after_cut(lambda: True) == file.read_bytes(), path


def test_a_disk_that_forgets_what_was_synced_is_found_out(tmp_path, seed):
    """The test of the test: without the syncs of the journal's files the same check fails."""
    need_recorder()
    recording = Recording(tmp_path / "recording", random.Random(seed))
    disk = Disk(recording.root)
    for record in recording.records:
        if record.operation != SYNC_FILE:
            disk.apply(record)
    shutil.rmtree(recording.root)
    disk.cut(recording.root, random.Random(0), share=0)
    server = recording.server_after_cut(tmp_path / "cut")
    with pytest.raises(AssertionError):
        check_start(recording, server, set(recording.answered))
