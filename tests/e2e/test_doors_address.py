"""Where a request comes from: proxies that are trusted, the PROXY protocol, and what of the address is stored."""

import json
import ssl

import pytest

from inlet_server import event, wait_until
from ports import free_port
from proxied import proxy_header
from raw_http import Connection, request
from test_tls import make_certificate

BODY = json.dumps({"userId": "u", "events": [event()]}).encode()
POST = request("POST", "/track", BODY)
CLIENT = "203.0.113.77"


def stored(server, rows=1):
    return [row.value.get("clientAddress") for row in server.lake_rows(rows)]


@pytest.mark.parametrize("how, v4, v6", [
    ("none", None, None), ("truncated", "203.0.113.0", "2001:db8:1::"), ("full", CLIENT, "2001:db8:1:2::3")])
def test_as_much_of_the_address_is_stored_as_is_wanted(start_server, how, v4, v6):
    server = start_server(**{"server.store_address": how, "server.trusted_proxies": "127.0.0.0/8"})
    for address in (CLIENT, "2001:db8:1:2::3"):
        assert server.post("/track", BODY, {"X-Forwarded-For": address}).status == 200
    assert stored(server, 2) == [v4, v6]
    assert server.verify_lake().returncode == 0
    server.terminate()
    on_disk = b"".join(path.read_bytes() for path in server.journal_dir.rglob("*") if path.is_file())
    assert (CLIENT.encode() in on_disk) == (how == "full"), "decided before the journal"
    assert CLIENT not in server.log_text()


@pytest.mark.parametrize("forwarded, expected", [
    ([], "127.0.0.1"),
    (["203.0.113.77"], "203.0.113.77"),
    (["198.51.100.1, 203.0.113.77"], "203.0.113.77"),
    (["198.51.100.1, 203.0.113.77, 10.1.2.3"], "203.0.113.77"),
    (["198.51.100.1", "203.0.113.77", "10.1.2.3"], "203.0.113.77"),
    (["203.0.113.77:1234"], "203.0.113.77"),
    (["[2001:db8::1]:1234"], "2001:db8::1"),
    (["unknown"], "127.0.0.1"),
    (["<script>, \x1b[31m"], "127.0.0.1"),
    (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
])
def test_the_client_is_the_right_most_address_that_is_not_trusted(start_server, forwarded, expected):
    server = start_server(**{"server.store_address": "full", "server.trusted_proxies": "127.0.0.1, 10.0.0.0/8"})
    with server.connect() as connection:
        lines = "".join(f"X-Forwarded-For: {value}\r\n" for value in forwarded)
        connection.send(POST.replace(b"\r\n\r\n", b"\r\n" + lines.encode() + b"\r\n", 1))
        answer = connection.read()
    if any("\x1b" in value for value in forwarded):
        assert answer.status == 400, "control characters are no header"
        return
    assert answer.status == 200
    assert stored(server) == [expected]


def test_a_client_cannot_choose_its_address(start_server):
    server = start_server(**{"server.store_address": "full", "server.trusted_proxies": "10.0.0.0/8"})
    server.post("/track", BODY, {"X-Forwarded-For": "8.8.8.8", "Forwarded": "for=8.8.8.8", "X-Real-IP": "8.8.8.8"})
    assert stored(server) == ["127.0.0.1"]


# The PROXY protocol


@pytest.fixture
def start_proxied(start_server):
    """A server with a listener for proxies; `server.proxied` connects to it."""

    def start(tls=False, trusted="127.0.0.1", **settings):
        port, where = free_port(), "server.tls_listen" if tls else "server.listen"
        plain = free_port()
        listen = {"server.listen": f"127.0.0.1:{plain}", where: f"127.0.0.1:{port}"}
        if not tls:
            listen = {"server.listen": f"127.0.0.1:{plain},127.0.0.1:{port}"}
        server = start_server(wait=False, **listen, **{
            "server.proxy_protocol": f"127.0.0.1:{port}", "server.trusted_proxies": trusted,
            "server.store_address": "full", **settings})
        server.port = plain  # where the tests look whether it is ready
        server.proxied = port
        wait_until(server._ready_or_dead, what="/health/ready")
        return server

    return start


@pytest.mark.parametrize("address", ["203.0.113.77", "2001:db8::1"])
def test_a_proxy_names_its_client(start_proxied, address):
    server = start_proxied()
    with Connection(server.proxied) as connection:
        connection.send(proxy_header(address) + POST + POST)
        assert [connection.read().status, connection.read().status] == [200, 200]
    assert stored(server, 2) == [address] * 2


def test_a_proxy_speaks_for_itself_in_a_health_check(start_proxied):
    server = start_proxied()
    with Connection(server.proxied) as connection:
        connection.send(proxy_header(None) + request("GET", "/health/ready"))
        assert connection.read("GET", "/health/ready").status == 200


def test_tls_stands_behind_the_header(start_proxied, tmp_path):
    certificate, key = make_certificate(tmp_path, "proxied")
    server = start_proxied(tls=True, **{"server.tls_cert": certificate, "server.tls_key": key})
    context = ssl.create_default_context()
    context.load_verify_locations(certificate)

    def wrap(plain):
        for byte in proxy_header(CLIENT):
            plain.sendall(bytes([byte]))
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    with Connection(server.proxied, wrap=wrap) as connection:
        connection.send(POST)
        assert connection.read().status == 200
    assert stored(server) == [CLIENT]


GOOD = proxy_header(CLIENT)
BAD = {
    "none": b"",
    "version 1": b"PROXY TCP4 203.0.113.77 127.0.0.1 1 2\r\n",
    "another version": proxy_header(CLIENT, command=0x11),
    "another command": proxy_header(CLIENT, command=0x22),
    "a datagram": proxy_header(CLIENT, family=0x12),
    "IPv6 with addresses of IPv4": proxy_header(CLIENT, family=0x21),
    "too long": GOOD[:14] + b"\xff\xff" + GOOD[16:],
    "a broken signature": GOOD[:11] + b"\r" + GOOD[12:],
}


def test_what_is_no_header_is_closed_and_nothing_is_stored(start_proxied):
    server = start_proxied()
    for name, header in BAD.items():
        with Connection(server.proxied) as connection:
            connection.send(header + POST)
            assert connection.is_closed(), name
    status = server.status()
    assert status["requests"]["received"] == 0 and status["journal"]["acceptedRows"] == 0
    assert f'inlet_http_proxy_errors_total{{reason="malformed"}} {len(BAD)}' in server.admin("/metrics")


def test_a_header_cut_at_any_byte_stores_nothing(start_proxied):
    server = start_proxied()
    for size in range(len(GOOD)):
        with Connection(server.proxied) as connection:
            connection.send(GOOD[:size])
            connection.finish_sending()
            assert connection.is_closed(), size
    assert server.status()["requests"]["received"] == 0


def test_only_trusted_proxies_may_connect_there(start_proxied):
    server = start_proxied(trusted="10.0.0.0/8")
    with Connection(server.proxied) as connection:
        try:
            connection.send(GOOD + POST)
            assert connection.is_closed()
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert 'inlet_http_proxy_errors_total{reason="untrusted"} 1' in server.admin("/metrics")
    assert server.status()["requests"]["received"] == 0


def test_a_listener_that_asked_for_none_takes_none(start_proxied):
    server = start_proxied()
    with server.connect() as connection:
        connection.send(GOOD + POST)
        assert connection.read().status == 400
    assert server.request("POST", "/track", BODY).status == 200
    assert stored(server) == ["127.0.0.1"]
