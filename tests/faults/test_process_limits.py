"""Limits of the process: descriptors, size of files, memory."""

import contextlib
import os
import pathlib
import resource
import socket
import time

import pytest

import lake
from aws_delivery import lane
from inlet_server import InletServer, event, wait_until
from oracle import check_rows
from raw_http import ProtocolError, request

SEGMENTS = {"journal.segment_bytes": "64KiB", "server.threads": 1}


def set_limit(server, what, value):
    resource.prlimit(server.process.pid, what, (value, resource.prlimit(server.process.pid, what)[1]))


def open_descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def cpu_ticks(server):
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def address_space(server):
    return int(pathlib.Path(f"/proc/{server.process.pid}/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def skip_sanitizers(server):
    """They reserve terabytes, and need descriptors for their own checks."""
    if address_space(server) > 1 << 40:
        server.kill9()
        pytest.skip("a sanitizer is in this binary")


def body(name, fill=0):
    return f'{{"userId":"u","events":[{{"eventName":"{name}","metadata":{{"fill":"{"x" * fill}"}},"timestampUTC":1}}]}}'.encode()


def test_without_descriptors_accepting_pauses_and_goes_on(start_server):
    """Who is connected is served; who comes waits, and the pauses cost nothing."""
    server = start_server(**{"server.threads": 1})
    skip_sanitizers(server)
    pauses = "inlet_http_accept_pauses_total"

    def paused():
        return next(float(line.split()[1]) for line in metrics() if line.startswith(pauses))

    with contextlib.ExitStack() as stack:
        admin = stack.enter_context(socket.create_connection(("127.0.0.1", server.admin_port), timeout=5))

        def metrics():
            admin.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            text = b""
            while b"\r\n\r\n" not in text or len(text.partition(b"\r\n\r\n")[2]) < length(text):
                text += admin.recv(65536)
            return text.decode().splitlines()

        def length(text):
            return int(text.lower().partition(b"content-length:")[2].split(b"\r\n")[0])

        connected = stack.enter_context(server.connect())
        connected.send(request("POST", "/track", body("e0")))
        assert connected.read().status == 200
        server.lake_rows(1)  # delivered: nothing else wants a descriptor
        # The listener notices only when it accepts again: some that wait, more than there is room for.
        set_limit(server, resource.RLIMIT_NOFILE, open_descriptors(server) + 1)
        waiting = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20)) for _ in range(5)]
        wait_until(lambda: paused() >= 2, what="two pauses")
        before, ticks, began = paused(), cpu_ticks(server), time.monotonic()
        wait_until(lambda: paused() >= before + 3, what="three more pauses, each twice as long")
        # A hundred ticks are a second. The questions cost something too.
        assert cpu_ticks(server) - ticks < 20 + 30 * (time.monotonic() - began), "it spins"
        connected.send(request("POST", "/track", body("e1")))
        assert connected.read().status == 200
        set_limit(server, resource.RLIMIT_NOFILE, 1024)
        for number, client in enumerate(waiting):
            client.sendall(request("POST", "/track", body(f"w{number}")))
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    check_rows(server.lake_rows(7), {"e0", "e1", *(f"w{number}" for number in range(5))}, set())


def test_without_descriptors_a_new_segment_is_refused_and_made_later(start_server):
    server = start_server(**SEGMENTS, **{"sink.lake.roll_ms": 600_000, "journal.spare_segments": 0})
    skip_sanitizers(server)
    server.expect_error("Too many open files")
    statuses = {}
    with server.connect() as connection:

        def post(fill):
            name = f"e{len(statuses)}"
            connection.send(request("POST", "/track", body(name, fill)))
            statuses[name] = connection.read().status
            return statuses[name]

        assert post(100) == 200
        set_limit(server, resource.RLIMIT_NOFILE, 3)
        wait_until(lambda: post(20_000) == 503, what="the end of the segment")
        set_limit(server, resource.RLIMIT_NOFILE, 1024)
        wait_until(server.is_ready, what="the next try")
        assert post(20_000) == 200
    server.terminate()
    check_rows(lake.rows(server.lake_dir), {name for name in statuses if statuses[name] == 200}, statuses)


def test_a_write_that_is_cut_short_is_not_answered_and_later_ones_are(start_server):
    """ulimit -f: the file takes a part of the entry, then says EFBIG. The signal that comes with it ends nothing."""
    server = start_server(**SEGMENTS, **{"sink.lake.roll_ms": 600_000})
    server.expect_error("File too large")
    assert server.track("u", event("e0")).status == 200
    set_limit(server, resource.RLIMIT_FSIZE, 80 << 10)
    big = event("big", {"fill": "x" * 100_000})  # an entry larger than a segment grows its file over the limit
    assert server.track("u", big).status == 503
    wait_until(server.is_ready)
    assert server.track("u", event("e1")).status == 200
    set_limit(server, resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)
    assert server.track("u", event("e2", {"fill": "x" * 100_000})).status == 200
    server.kill9()
    server.start()
    server.terminate()
    check_rows(lake.rows(server.lake_dir), {"e0", "e1", "e2"}, {"big"})
    assert server.verify_lake().returncode == 0


def test_an_object_that_is_cut_short_is_written_again(start_server):
    server = start_server(**SEGMENTS, **{"sink.lake.compression": "off", "sink.lake.roll_ms": 600_000,
                          "sink.lake.roll_bytes": "150KiB"})
    set_limit(server, resource.RLIMIT_FSIZE, 100 << 10)
    for number in range(20):
        assert server.track("u", event(f"e{number}", {"fill": "x" * 10_000})).status == 200
    wait_until(lambda: lane(server, "lake")["failing"])
    set_limit(server, resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)
    wait_until(lambda: not lane(server, "lake")["failing"])
    server.terminate()
    check_rows(lake.rows(server.lake_dir), {f"e{number}" for number in range(20)}, set())


@pytest.mark.timeout(180)
def test_without_memory_nothing_is_answered_that_is_not_stored(tmp_path):
    """RLIMIT_AS stands for a machine that has no memory left: the process may end, and what it answered is there."""
    server = InletServer(tmp_path, {"server.threads": 2}).start()
    skip_sanitizers(server)
    answered, unknown, ends, statuses = set(), set(), 0, set()
    for number in range(60):
        if not server.is_running():
            ends += 1
            server.start()
        if number % 10 == 0:
            set_limit(server, resource.RLIMIT_AS, address_space(server) + (number % 7) * (300 << 10))
        name = f"e{number}"
        unknown.add(name)
        try:
            status = server.track("u", event(name, {"fill": "x" * 900_000})).status
            statuses.add(status)
            if status == 200:
                answered.add(name)
        except (OSError, ProtocolError):
            server.process.wait(20)
    if server.is_running():
        server.kill9()
    print(f"{len(answered)} of 60 answered, {ends} ends for want of memory, answers {sorted(statuses)}")
    assert answered and (ends or statuses - {200}), "the limit was never felt"
    server.start()
    server.terminate()
    check_rows(lake.rows(server.lake_dir), answered, unknown)
