"""Clients that take their time: each meets a deadline, and nobody else notices. No test here sleeps: a byte goes out whenever
the server has said nothing for a moment, until it says what is expected."""

import contextlib
import re
import select

import pytest

from http_bodies import expect_accepted, track_body
from inlet_server import InletServer, event, wait_until
from raw_http import request

PATIENT = {"server.header_timeout_ms": 400, "server.body_timeout_ms": 400, "server.write_timeout_ms": 400,
           "server.body_min_rate_bytes": 1_000_000, "server.idle_timeout_ms": 10_000, "server.threads": 1}
HEAD = b"POST /track HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SLOW = {
    "headers": (b"", HEAD + b"X-A: " + b"a" * 100_000),
    "headers, one after the other": (HEAD, b"X-A: b\r\n" * 100_000),
    "body": (HEAD + b"Content-Length: 1000000\r\n\r\n", b" " * 100_000),
    "body in chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 100_000),
    "size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0", b"0" * 100_000),
    "extension of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 100_000),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n" * 100_000),
}


def has_input(connection, seconds):
    return bool(select.select([connection.socket], [], [], seconds)[0])


def drip(connection, data, meanwhile):
    """One byte after the other, until the server says something; `meanwhile` is called between them."""
    for at in range(len(data)):
        if has_input(connection, 0.02):
            return
        try:
            connection.send(data[at:at + 1])
        except (BrokenPipeError, ConnectionResetError):
            return
        meanwhile()
    raise AssertionError("the server would have waited for ever")


@pytest.fixture(scope="module")
def patient_server(tmp_path_factory):
    server = InletServer(tmp_path_factory.mktemp("patient"), PATIENT).start()
    yield server
    server.close()


@pytest.mark.parametrize("what", SLOW)
def test_slow(patient_server, what):
    """It gets 408 (or 400 where the grammar ends first), and the others on the same thread their answers."""
    start, rest = SLOW[what]
    with patient_server.connect() as connection, patient_server.connect() as other:
        connection.send(start)

        def somebody_else():
            other.send(request("POST", "/track", track_body()))
            expect_accepted(other, 1)

        drip(connection, rest, somebody_else)
        assert connection.read().status in ((400, 408) if "size" in what else (408,))
        assert connection.read_until_closed() == b""
        somebody_else()


def write_timeouts(server):
    return int(re.search(r'^inlet_http_timeouts_total{.*"write".*} (\d+)', server.admin("/metrics"), re.MULTILINE)[1])


def test_who_does_not_read_is_closed_and_the_others_are_answered(patient_server):
    before = write_timeouts(patient_server)
    with patient_server.connect() as connection, patient_server.connect() as other:
        connection.socket.setblocking(False)
        page = request("GET", "/openapi.json")
        with contextlib.suppress(BlockingIOError):
            for _ in range(10_000):  # until the server reads no more: its replies are not taken
                connection.send(page)
        wait_until(lambda: write_timeouts(patient_server) > before, what="the deadline of a reply")
        other.send(request("POST", "/track", track_body()))
        expect_accepted(other, 1)


def test_a_crowd_of_slow_clients_disturbs_nobody(patient_server):
    """300 heads that never end: each is answered with 408, and 50 plain requests in between with 200."""
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(patient_server.connect()) for _ in range(300)]
        for connection in crowd:
            connection.send(HEAD)
        for _ in range(50):
            assert patient_server.track("u", event()).status == 200
        for connection in crowd:
            assert connection.read().status == 408
            assert connection.is_closed()


def test_a_slow_client_that_is_fast_enough_is_served(patient_server):
    """Byte by byte, but within the deadline."""
    whole = request("POST", "/track", track_body())
    with patient_server.connect() as connection:
        for at in range(len(whole)):
            connection.send(whole[at:at + 1])
        expect_accepted(connection, 1)
