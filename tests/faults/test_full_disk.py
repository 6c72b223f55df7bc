"""Real small disks: one that is full, and one that the kernel makes read-only."""

import contextlib
import pathlib

import pytest

import lake
import small_disk
from aws_delivery import firehose_settings, lane, names
from fake_aws import FakeAws
from inlet_server import InletServer, event, wait_until
from oracle import check_rows

SETTINGS = {"server.threads": 1, "journal.segment_bytes": "128KiB", "journal.max_bytes": "64MiB", "server.drain_timeout_ms": 2000,
            "sink.lake.min_free_bytes": 0}


@contextlib.contextmanager
def running(server):
    try:
        yield server.start()
    finally:
        if server.is_running():
            server.kill9()


class Posted:
    """Numbered events, and what became of them."""

    def __init__(self, server):
        self.server, self.answered, self.unknown, self.count = server, set(), set(), 0

    def post(self, fill=0):
        name = f"e{self.count}"
        self.count += 1
        response = self.server.track("u", event(name, {"fill": "x" * fill} if fill else {}))
        (self.answered if response.status == 200 else self.unknown).add(name)
        return response

    def until_refused(self, fill=10_000, most=2_000):
        for _ in range(most):
            response = self.post(fill)
            if response.status != 200:
                return response
        raise AssertionError("the disk does not get full")


@pytest.mark.parametrize("kind", ["tmpfs", "ext4"])
def test_a_full_disk_takes_no_rows_and_loses_none_and_goes_on_when_there_is_room(tmp_path, kind):
    """The lake is on another disk and only waits, so that nothing is given back: only the room that we make helps."""
    if kind == "tmpfs":
        disk = small_disk.tmpfs(tmp_path / "disk", "8m")
    else:
        small_disk.make_ext4(tmp_path / "image", 16)
        disk = small_disk.ext4(tmp_path / "image", tmp_path / "disk")
    with disk as folder:
        server = InletServer(tmp_path / "server", {**SETTINGS, "journal.dir": folder / "journal", "sink.lake.roll_ms": 600_000})
        server.journal_dir = folder / "journal"
        with running(server):
            posted = Posted(server)
            posted.post()
            filling = small_disk.fill(folder, leave=300_000)
            refused = posted.until_refused()
            assert refused.status == 503 and int(refused.header("Retry-After")) > 0
            assert not server.is_ready() and server.request("GET", "/health/live").status == 200
            assert server.status()["journal"]["health"] in ("failing", "full")
            filling.unlink()
            wait_until(server.is_ready, what="accepting again, by itself")
            assert posted.post().status == 200
            server.terminate()
            check_rows(lake.rows(server.lake_dir), posted.answered, posted.unknown)
            assert server.verify_lake().returncode == 0


def test_delivery_from_a_full_disk_needs_no_room_and_makes_some(tmp_path):
    """Firehose comes back while the disk is still full: the backlog leaves, its segments are used again."""
    with small_disk.tmpfs(tmp_path / "disk", "8m") as folder, FakeAws(streams=["inlet"]) as aws:
        aws.firehose.delete("inlet")
        server = InletServer(tmp_path / "server", {**SETTINGS, **firehose_settings(aws), "journal.dir": folder / "journal",
                                                   "sink.firehose.delivery_stream": "inlet"}, aws.environment())
        with running(server):
            posted = Posted(server)
            posted.post()
            small_disk.fill(folder, leave=600_000)
            posted.until_refused()
            aws.firehose.create("inlet")
            wait_until(lambda: lane(server, "firehose")["pending"] == 0, what="the end of the backlog")
            wait_until(server.is_ready, what="accepting again, on a disk that is as full as before")
            last = f"e{posted.count}"
            assert posted.post().status == 200
            wait_until(lambda: last in names(aws.firehose.rows("inlet")))
            server.terminate()
            check_rows(aws.firehose.rows("inlet"), posted.answered, posted.unknown)


def test_a_lake_on_a_full_disk_waits_and_the_journal_goes_on(tmp_path):
    with small_disk.tmpfs(tmp_path / "disk", "2m") as folder:
        server = InletServer(tmp_path / "server", {**SETTINGS, "sink.lake.dir": folder / "lake"})
        server.lake_dir = folder / "lake"
        with running(server):
            posted = Posted(server)
            posted.post()
            server.lake_rows(1)
            filling = small_disk.fill(folder)
            assert posted.post(1_000).status == 200
            wait_until(lambda: lane(server, "lake")["failing"])
            assert server.is_ready() and posted.post().status == 200
            filling.unlink()
            server.lake_rows(3, timeout=40)
            server.terminate()
            check_rows(lake.rows(server.lake_dir), posted.answered, set())


def test_a_disk_that_becomes_read_only_takes_no_rows_and_keeps_those_it_has(tmp_path):
    """The kernel does that to ext4 after an error, with files open. A person mounts it again."""
    image, folder = tmp_path / "image", tmp_path / "disk"
    small_disk.make_ext4(image, 16)
    settings = {**SETTINGS, "journal.dir": folder / "journal", "sink.lake.roll_ms": 600_000}
    server = InletServer(tmp_path / "server", settings)
    server.journal_dir = folder / "journal"
    posted = Posted(server)
    with small_disk.ext4(image, folder), running(server):
        for _ in range(20):
            assert posted.post(1_000).status == 200
        device = small_disk.run("findmnt", "-n", "-o", "SOURCE", folder).stdout.strip()
        trigger = pathlib.Path("/sys/fs/ext4", pathlib.Path(device).name, "trigger_fs_error")
        if not trigger.exists():
            pytest.skip("this kernel has no trigger_fs_error for ext4")
        trigger.write_text("a test\n", encoding="ascii")
        refused = posted.until_refused()
        assert refused.status == 503 and int(refused.header("Retry-After")) > 0
        assert not server.is_ready() and server.request("GET", "/health/live").status == 200
        server.kill9()
    assert small_disk.run("e2fsck", "-f", "-y", image).returncode in (0, 1)
    with small_disk.ext4(image, folder), running(server):
        assert posted.post().status == 200
        server.terminate()
        check_rows(lake.rows(server.lake_dir), posted.answered, posted.unknown)
        assert server.verify_lake().returncode == 0
