"""The host's clock is wrong or jumps (libfaketime): rows keep their order and numbers, no object is written over."""

import pathlib

import pytest

import lake
from inlet_server import InletServer, event, wait_until
from oracle import check_rows
from preload import need_preload

PLACES = ["/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime"]
DAY = 86_400


@pytest.fixture
def faketime(tmp_path):
    """A function that says what the server's clock shows; it may be called while the server runs."""
    found = [path for place in PLACES for path in pathlib.Path(place).glob("libfaketimeMT.so.1")]
    if not found:
        pytest.skip("libfaketime is not installed")
    need_preload(found[0])
    file = tmp_path / "clock"

    def show(text):
        file.with_suffix(".new").write_text(text + "\n", encoding="ascii")
        file.with_suffix(".new").rename(file)

    show("+0")
    # Deadlines and pauses go by the other clock, which nobody can set.
    show.env = {"LD_PRELOAD": str(found[0]), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    return show


@pytest.fixture
def server(tmp_path, faketime):
    server = InletServer(tmp_path / "server", {"server.threads": 1}, faketime.env)
    yield server
    if server.is_running():
        server.kill9()


def post(server, first, count=5):
    for number in range(first, first + count):
        assert server.track("u", event(f"e{number}")).status == 200


def check(server, count):
    rows = lake.rows(server.lake_dir)
    check_rows(rows, {f"e{number}" for number in range(count)}, set())
    assert [row["eventName"] for row in rows] == [f"e{number}" for number in range(count)], "seq is not the order of arrival"
    assert server.verify_lake().returncode == 0
    server.check_log()
    return rows


@pytest.mark.parametrize("clocks", [[f"+{DAY}s", f"-{DAY}s", "+0"], ["1970-01-01 00:00:05", "+0", "1970-01-01 00:00:05"],
                                    ["2016-12-31 23:59:58", "2024-02-29 23:59:58", "+0"]],
                         ids=["a day", "1970", "leap"])
def test_each_start_may_have_another_clock(server, faketime, clocks):
    for number, clock in enumerate(clocks):
        faketime(clock)
        server.start()
        post(server, number * 5)
        server.terminate()
    rows = check(server, 5 * len(clocks))
    assert len({row["receivedAt"][:10] for row in rows}) >= 2, "the clock was not changed"


def test_a_clock_that_jumps_while_rows_come_and_go_holds_nothing_up(server, faketime):
    server.start()
    for number, clock in enumerate(["+0", f"+{DAY}s", "+0", f"-{DAY}s", f"-{400 * DAY}s", "+0"]):
        faketime(clock)
        post(server, number * 5)
        wait_until(lambda seen=number: len(lake.rows(server.lake_dir)) >= 5 * (seen + 1), what=f"delivery at {clock}")
    server.terminate()
    rows = check(server, 30)
    assert len({row["receivedAt"][:10] for row in rows}) == 4


def test_a_clock_that_was_set_back_between_plan_and_publication_changes_no_object(server, faketime):
    """Killed with a batch open, started with yesterday's clock: what was taken keeps its date."""
    server.start(**{"sink.lake.roll_ms": 60_000})
    post(server, 0)
    server.kill9()
    faketime(f"-{DAY}s")
    server.start(**{"sink.lake.roll_ms": 20})
    post(server, 5)
    server.terminate()
    dates = [row["receivedAt"][:10] for row in check(server, 10)]
    assert dates[0] == dates[4] > dates[5] == dates[9]
