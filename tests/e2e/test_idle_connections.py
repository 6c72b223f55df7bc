"""Ten thousand idle connections are cheap."""

import contextlib
import resource
import socket

import pytest

from inlet_server import event, wait_until
from raw_http import request

CONNECTIONS = 10_000
MAX_RSS_KIB = 64 * 1024


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < CONNECTIONS + 500:
        pytest.skip(f"only {hard} open files are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS + 400, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_10000_idle_keep_alive_connections_take_at_most_64_mib(start_server, many_descriptors):
    server = start_server(**{"server.idle_timeout_ms": "10m"})
    call = request("POST", "/track", b'{"userId":"u","events":[]}')
    with contextlib.ExitStack() as stack:
        for number in range(CONNECTIONS):
            # Two addresses: one of them may not have so many.
            connection = stack.enter_context(socket.create_connection(
                ("127.0.0.1", server.port), timeout=20, source_address=(f"127.0.0.{2 + number % 2}", 0)))
            connection.sendall(call)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert server.status()["connections"]["open"] >= CONNECTIONS
        used = server.memory_kib()
        print(f"{used} KiB resident with {CONNECTIONS} idle connections")
        assert used <= MAX_RSS_KIB
        assert server.track("u", event()).status == 200
    wait_until(lambda: server.status()["connections"]["open"] <= 1, what="the end of the connections")
