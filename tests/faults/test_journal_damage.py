"""Files of the journal are missing, cut or damaged when the real program starts: it says so, delivers the rest, and loses
no more than what was damaged."""

import shutil

import pytest

import lake
from inlet_server import InletServer, event
from oracle import check_rows

REQUESTS = 20
FILL = {"fill": "x" * 12_000}  # five requests fill a segment
SETTINGS = {"server.threads": 1, "journal.segment_bytes": "64KiB"}
NAMES = {f"e{number}" for number in range(REQUESTS)}


@pytest.fixture
def server(tmp_path):
    """Killed with four segments, of which nothing is delivered."""
    server = InletServer(tmp_path, {**SETTINGS, "sink.lake.roll_ms": 600_000, "server.drain_timeout_ms": 0}).start()
    for number in range(REQUESTS):
        assert server.track("u", event(f"e{number}", FILL)).status == 200
    server.kill9()
    server.settings.update({"sink.lake.roll_ms": 20, "server.drain_timeout_ms": 10_000})
    assert len(segments(server)) >= 4
    yield server
    if server.is_running():
        server.kill9()


def segments(server):
    return sorted(server.journal_dir.glob("*.segment"))


def delivered(server):
    server.start()
    server.terminate()
    return lake.rows(server.lake_dir)


def flip(path, offset):
    content = bytearray(path.read_bytes())
    content[offset] ^= 0xFF
    path.write_bytes(content)


def names(rows):
    return {row["eventName"] for row in rows}


def test_a_damaged_entry_costs_its_own_rows_and_is_reported(server):
    damaged_file = segments(server)[1].name
    flip(segments(server)[1], 20_000)
    rows = delivered(server)
    assert len(names(rows)) == len(rows) == REQUESTS - 1
    damaged = next(line for line in server.log_lines() if "damaged" in line["message"])
    assert damaged["file"] == damaged_file and damaged["offset"] > 0
    assert server.verify_lake().returncode == 1, "the missing row was not found"


def test_a_segment_that_ends_early_costs_what_was_behind_its_end(server):
    last = segments(server)[-1]
    with last.open("r+b") as file:
        file.truncate(4096 + 100)
    rows = delivered(server)
    assert names(rows) <= NAMES and len(rows) == len(names(rows)) >= REQUESTS - 5
    server.start()
    assert server.track("u", event("later")).status == 200
    server.terminate()
    assert "later" in names(lake.rows(server.lake_dir))


def test_a_segment_that_is_missing_is_reported_and_the_others_are_delivered(server):
    segments(server)[1].unlink()
    rows = delivered(server)
    assert len(rows) == len(names(rows)) and REQUESTS - 6 <= len(rows) < REQUESTS
    assert any(line["level"] in ("error", "warn") for line in server.log_lines()), "nothing was said"


def test_a_segment_below_every_cursor_may_be_missing(server):
    rows = delivered(server)
    first = segments(server)[0]
    assert len(rows) == REQUESTS
    if len(segments(server)) > 1:  # else all but the last are gone anyhow
        first.unlink()
    server.start()
    assert server.track("u", event("later")).status == 200
    server.terminate()
    check_rows(lake.rows(server.lake_dir), NAMES | {"later"}, set())
    server.check_log()


def test_a_lane_that_is_missing_starts_from_what_is_there_and_repeats_it(server):
    (server.journal_dir / "lane-lake").unlink()
    check_rows(delivered(server), NAMES, set())


def test_half_of_a_lanes_record_is_damaged_and_the_other_half_is_used(server):
    """It is written in turns to two places, so that one of them is always whole."""
    check_rows(delivered(server), NAMES, set())
    saved = (server.journal_dir / "lane-lake").read_bytes()
    for half in (0, 1):
        (server.journal_dir / "lane-lake").write_bytes(saved)
        flip(server.journal_dir / "lane-lake", half * len(saved) // 2 + 20)
        server.start()
        server.terminate()
        assert names(lake.rows(server.lake_dir)) == NAMES


def test_a_lane_whose_record_is_all_damaged_starts_from_what_is_there(server):
    file = server.journal_dir / "lane-lake"
    file.write_bytes(b"\xA5" * file.stat().st_size)
    check_rows(delivered(server), NAMES, set())


def test_the_journal_of_a_folder_that_is_empty_again_is_a_new_node(server):
    node = delivered(server)[0]["node"]
    shutil.rmtree(server.journal_dir)
    server.start()
    assert server.track("u", event("later")).status == 200
    server.terminate()
    later = [row for row in lake.rows(server.lake_dir) if row["eventName"] == "later"]
    assert later[0]["node"] != node and later[0]["seq"] == 1
