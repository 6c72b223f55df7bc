"""The disk refuses or delays calls of the real program: strace does that. Counts are those of each thread; the lane gets
by with few calls, so that the journal's thread comes to the fault first.
"""

import contextlib
import json
import threading
import time

import pytest

import lake
from aws_delivery import firehose_settings, lane, names
from fake_aws import FakeAws
from inlet_server import event, wait_until
from notifications import listen_for_notifications
from oracle import check_rows
from raw_http import request
from traced_server import TracedServer, need_strace

# The lake comes last, so that its thread makes few calls.
SETTINGS = {"server.threads": 1, "journal.segment_bytes": "64KiB", "sink.lake.roll_ms": 60_000, "server.drain_timeout_ms": 3000}


@pytest.fixture
def traced(tmp_path):
    need_strace()
    servers = []

    def start(*inject, env=None, **settings):
        server = TracedServer(tmp_path / f"server-{len(servers)}", {**SETTINGS, **settings}, env)
        servers.append(server)
        server.inject = inject
        return server.start()

    yield start
    for server in servers:
        if server.is_running():
            server.kill9()


def post(server, first, count, fill=0):
    """Statuses of so many requests, one after another."""
    events = [event(f"e{number}", {"fill": "x" * fill} if fill else {}) for number in range(first, first + count)]
    return [server.track("u", one).status for one in events]


def is_alive(server):
    try:
        return server.request("GET", "/health/live").status == 200
    except OSError:
        return False


def restart_and_check(server, statuses):
    """From here on all is well: everything that was answered with 200 must come."""
    if server.is_running():
        server.kill9()
    server.inject = ()
    server.start()
    server.terminate()
    answered = {f"e{number}" for number, status in enumerate(statuses) if status == 200}
    check_rows(lake.rows(server.lake_dir), answered, {f"e{number}" for number in range(len(statuses))} - answered)
    assert server.verify_lake().returncode == 0


@pytest.mark.parametrize("fault", ["fdatasync:error=EIO:when=12", "pwrite64:error=EIO:when=12"])
def test_one_failed_write_or_sync_is_never_taken_for_a_success(traced, fault):
    """The same rows go to a new segment, and only then are they answered."""
    server = traced(fault)
    statuses = post(server, 0, 30)
    assert set(statuses) == {200}
    assert server.is_ready() and server.status()["journal"]["segments"] == 2, "the suspect segment is still written"
    restart_and_check(server, statuses)


@pytest.mark.parametrize("calls,error", [("fdatasync", "EIO"), ("pwrite64,fallocate", "ENOSPC"), ("pwrite64,fallocate,rename", "EROFS")])
def test_a_disk_that_fails_for_good_stops_taking_rows_and_nothing_else(traced, calls, error):
    """The server lives, says that it cannot take rows, brings what it has, and starts again on a good disk."""
    with FakeAws(streams=["inlet"]) as aws:
        server = traced(*[f"{call}:error={error}:when=24+" for call in calls.split(",")], env=aws.environment(),
                        **firehose_settings(aws, **{"sink.firehose.delivery_stream": "inlet", "sink.firehose.linger_ms": 1000}))
        statuses = post(server, 0, 40)
        assert 200 in statuses and set(statuses) == {200, 503}
        assert set(statuses[-3:]) == {503}
        refused = server.track("u", event("e40"))
        assert refused.status == 503 and int(refused.header("Retry-After")) > 0
        assert not server.is_ready() and server.request("GET", "/health/live").status == 200
        assert server.status()["journal"]["health"] in ("failing", "full")
        answered = {f"e{number}" for number, status in enumerate(statuses) if status == 200}
        wait_until(lambda: answered <= set(names(aws.firehose.rows("inlet"))), what="delivery of what was taken")
        server.kill9()
        aws.client_was_killed()
        server.inject = ()
        server.start()
        assert server.track("u", event("e41")).status == 200
        wait_until(lambda: lane(server, "firehose")["pending"] == 0)
        server.terminate()
        unknown = {f"e{number}" for number in range(41)} - answered
        check_rows(aws.firehose.rows("inlet"), answered | {"e41"}, unknown, repeats=len(answered) + 1)
        assert not aws.ledger.unexplained("inlet")


@pytest.mark.parametrize("calls,error,when", [("fdatasync", "EIO", "12..17"), ("pwrite64,fallocate,rename", "EROFS", "12..17")])
def test_a_disk_that_recovers_is_used_again_without_a_restart(traced, calls, error, when):
    server = traced(*[f"{call}:error={error}:when={when}" for call in calls.split(",")])
    statuses = post(server, 0, 20)
    assert 503 in statuses
    wait_until(server.is_ready, what="the journal's next try")
    statuses += post(server, 20, 10)
    assert statuses[20:] == [200] * 10
    restart_and_check(server, statuses)


@pytest.mark.parametrize("fault", ["mkdir:error=EACCES:when=1", "flock:error=EIO:when=1", "fdatasync:error=EIO:when=1+",
                                   "openat:error=EMFILE:when=30"])
def test_an_error_while_starting_is_told_and_the_next_start_is_good(traced, fault):
    """It ends with a message, or runs and says that it cannot take rows; never a crash."""
    server = traced()
    statuses = post(server, 0, 5)
    server.kill9()
    server.inject = [fault]
    server.start(wait=False)
    wait_until(lambda: server.process.poll() is not None or is_alive(server), what="a start or an end")
    assert server.process.poll() in (None, 1), server.log_text()
    restart_and_check(server, statuses)


def test_rows_wait_for_a_slow_sync_and_health_does_not(traced):
    """5 s for one sync: those who wait for it wait, the server answers all else, and nobody is answered early."""
    server = traced("fdatasync:delay_exit=5000000:when=10")
    statuses = post(server, 0, 9)
    began, waits = time.monotonic(), []

    def client(number):
        statuses_of[number] = server.track("u", event(f"e{number}")).status
        waits.append(time.monotonic() - began)

    statuses_of = {}
    clients = [threading.Thread(target=client, args=(number,)) for number in range(9, 15)]
    for one in clients:
        one.start()
    asked = 0
    while any(one.is_alive() for one in clients):
        before = time.monotonic()
        assert server.request("GET", "/health/live").status == 200
        assert time.monotonic() - before < 4, "a request that needs no disk waits for the disk"
        asked += 1
    assert asked > 3 and max(waits) > 4.5
    restart_and_check(server, statuses + [statuses_of[number] for number in range(9, 15)])


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_sync_that_hangs_for_30_seconds_holds_rows_and_loses_none(traced):
    """The queue has its bound: what does not fit is refused at once."""
    server = traced("fdatasync:delay_exit=30000000:when=8", **{"journal.queue_bytes": "4MiB", "server.threads": 2})
    statuses = post(server, 0, 5)
    big = '{"userId":"u","events":[{"eventName":"%s","metadata":{"fill":"' + "x" * 900_000 + '"},"timestampUTC":1}]}'
    results = {}

    def client(number):
        with server.connect(timeout=60) as connection:
            connection.send(request("POST", "/track", (big % f"e{number}").encode()))
            results[number] = connection.read().status

    clients = [threading.Thread(target=client, args=(number,)) for number in range(5, 25)]
    for one in clients:
        one.start()
    for one in clients:
        one.join(90)
    assert set(results.values()) == {200, 503}
    restart_and_check(server, statuses + [results[number] for number in range(5, 25)])


@pytest.mark.long
@pytest.mark.timeout(240)
def test_the_watchdog_is_fed_while_a_sync_is_slow_and_no_longer_once_it_hangs(traced, tmp_path):
    """A disk that takes no more than a minute for a sync is slow; behind one that takes longer, a restart may help."""
    hang, patience = 80, 60
    requests = []  # when each began, and how long it took

    def client():
        with server.connect(timeout=2 * hang) as connection:
            for number in range(12):
                began = time.monotonic()
                connection.send(request("POST", "/track", json.dumps({"userId": "u", "events": [event(f"e{number}")]}).encode()))
                statuses.append(connection.read().status)
                requests.append((began, time.monotonic() - began))

    statuses, fed = [], []
    with listen_for_notifications(tmp_path) as notifications:
        server = traced(f"fdatasync:delay_exit={hang}000000:when=8",
                        env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"})
        posting = threading.Thread(target=client)
        posting.start()
        notifications.settimeout(1)
        while posting.is_alive():
            with contextlib.suppress(TimeoutError):
                if notifications.recv(100) == b"WATCHDOG=1":
                    fed.append(time.monotonic())
        notifications.settimeout(20)
        wait_until(lambda: notifications.recv(100) == b"WATCHDOG=1", what="the watchdog's food, after the hang")
    began = next((began for began, seconds in requests if seconds > hang - 1), None)
    assert began is not None, requests
    during = [moment - began for moment in fed if 0 < moment - began < hang - 1]
    assert patience - 5 < max(during) < patience + 5
    restart_and_check(server, statuses)
