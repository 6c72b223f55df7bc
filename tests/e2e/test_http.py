"""HTTP/1.1 on the wire: framing, order, compression, what gets refused, what the connection does afterwards."""

import gzip
import re
import time
import zlib

import h11
import pytest

from http_bodies import chunked_request, expect_accepted, expect_refused_and_closed, track_body
from inlet_server import wait_until
from raw_http import ProtocolError, chunked, request


# Connections


def test_keep_alive(shared_server):
    with shared_server.connect() as connection:
        for count in range(1, 6):
            connection.send(request("POST", "/track", track_body(count)))
            assert expect_accepted(connection, count).header("Connection") != "close"


def test_connection_close_is_obeyed(shared_server):
    with shared_server.connect() as connection:
        connection.send(request("POST", "/track", track_body(), {"Connection": "close"}))
        assert expect_accepted(connection, 1).header("Connection") == "close"
        assert connection.is_closed()


def test_a_client_that_stops_sending_still_gets_its_answer(shared_server):
    with shared_server.connect() as connection:
        connection.send(request("POST", "/track", track_body()))
        connection.finish_sending()
        expect_accepted(connection, 1)
        assert connection.is_closed()


def test_an_idle_connection_is_closed_without_a_word(start_server):
    server = start_server(**{"server.idle_timeout_ms": 1000})
    with server.connect() as fresh, server.connect() as used:
        used.send(request("POST", "/track", track_body()))
        expect_accepted(used, 1)
        assert fresh.is_closed()
        assert used.is_closed()


def test_the_least_rate_extends_the_deadline_of_a_body(start_server):
    """40 kB in 8 pieces over 0.8 s: far beyond the deadline of 0.2 s, but faster than 4 kB/s."""
    server = start_server(**{"server.body_timeout_ms": 200, "server.body_min_rate_bytes": 4_000})
    body = track_body() + b" " * 40_000
    whole = request("POST", "/track", body)
    with server.connect() as connection:
        for at in range(0, len(whole), len(whole) // 8):
            connection.send(whole[at:at + len(whole) // 8])
            time.sleep(0.1)
        expect_accepted(connection, 1)


def received_bytes(server):
    return int(re.search(r'^inlet_http_received_bytes_total (\d+)', server.admin("/metrics"), re.MULTILINE)[1])


def test_more_connections_than_allowed_get_503(start_server):
    server = start_server(**{"server.max_connections": 2, "server.threads": 1})
    head = b"POST /track HTTP/1.1\r\nHost: x\r\n"  # busy ones: an idle one would be closed to make room
    with server.connect() as first, server.connect() as second:
        first.send(head)
        second.send(head)
        wait_until(lambda: received_bytes(server) >= 2 * len(head), what="both heads")
        with server.connect() as third:
            try:
                third.send(request("POST", "/track", track_body()))
                response = third.read()
                assert response.status == 503
                assert int(response.header("Retry-After")) >= 1
            except (ProtocolError, ConnectionError):
                pytest.fail("closed without an answer")


# Pipelining


def test_pipelined_requests_are_answered_in_order(shared_server):
    """Durable ones, immediate ones and refused ones mixed: the answers keep the order of the requests."""
    expected, sent = [], b""
    for number in range(120):
        if number % 3 == 0:
            sent += request("POST", "/track", track_body(number + 1))
            expected.append((200, number + 1))
        elif number % 3 == 1:
            sent += request("GET", "/health/live")
            expected.append((200, None))
        else:
            sent += request("POST", "/track", b"{}")
            expected.append((400, None))
    with shared_server.connect() as connection:
        connection.send(sent)
        got = []
        for _ in expected:
            response = connection.read()
            got.append((response.status, response.json().get("accepted")))
    assert got == expected


def test_pipelined_rows_keep_their_order(server):
    with server.connect() as connection:
        connection.send(b"".join(request("POST", "/track", track_body(user=f"u{number}")) for number in range(200)))
        for _ in range(200):
            expect_accepted(connection, 1)
    assert [row["userId"] for row in server.lake_rows(200)] == [f"u{number}" for number in range(200)]


def test_what_follows_a_close_is_not_answered(shared_server):
    with shared_server.connect() as connection:
        connection.send(request("GET", "/health/live", headers={"Connection": "close"})
                        + request("GET", "/health/live"))
        assert connection.read("GET").status == 200
        assert connection.read_until_closed() == b""


PAIRS = {
    "lengths": request("POST", "/track", track_body(2)) + request("POST", "/track", track_body(3)),
    "chunked": chunked_request(track_body(2), [5, 1, 40]) + chunked_request(track_body(3), [1, 1, 1]),
    "gzip": request("POST", "/track", gzip.compress(track_body(2), mtime=0), {"Content-Encoding": "gzip"})
            + request("POST", "/track", gzip.compress(track_body(3), mtime=0), {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_of_requests_may_be_split_at_every_byte(shared_server, name):
    pair = PAIRS[name]
    for at in range(1, len(pair)):
        with shared_server.connect() as connection:
            connection.send(pair[:at])
            time.sleep(0.0005)  # so that the parts most likely arrive one by one
            connection.send(pair[at:])
            expect_accepted(connection, 2)
            expect_accepted(connection, 3)


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_of_requests_may_come_byte_by_byte(shared_server, name):
    with shared_server.connect() as connection:
        for byte in PAIRS[name]:
            connection.send(bytes([byte]))
        expect_accepted(connection, 2)
        expect_accepted(connection, 3)


# Bodies


@pytest.mark.parametrize("sizes", [None, [1] * 30, [10, 20, 30], [70]])
def test_chunked(shared_server, sizes):
    with shared_server.connect() as connection:
        connection.send(chunked_request(track_body(2), sizes))
        expect_accepted(connection, 2)


def in_one_chunk(body, size=None, extension="", trailers=""):
    return f"{size or f'{len(body):x}'}{extension}\r\n".encode() + body + f"\r\n0\r\n{trailers}\r\n".encode()


GOOD_CHUNKS = {
    "capital digits": in_one_chunk(track_body(), f"{len(track_body()):X}"),
    "leading zeros": in_one_chunk(track_body(), f"000{len(track_body()):x}"),
    "extension": in_one_chunk(track_body(), extension=";name=value"),
    "trailer": in_one_chunk(track_body(), trailers="X-Sum: 1\r\n"),
}


@pytest.mark.parametrize("name", GOOD_CHUNKS)
def test_chunked_with(shared_server, name):
    with shared_server.connect() as connection:
        connection.send(chunked_request(b"", coded=GOOD_CHUNKS[name]))
        expect_accepted(connection, 1)
        connection.send(request("GET", "/health/live"))
        assert connection.read("GET").status == 200


def test_413_chunked_beyond_the_limit(shared_server):
    with shared_server.connect() as connection:
        connection.send(chunked_request(b" " * ((1 << 20) + 1)))
        assert connection.read().status == 413


def zipped(body, **options):
    return request("POST", "/track", gzip.compress(body, **options), {"Content-Encoding": "gzip"})


def test_gzip(shared_server):
    with shared_server.connect() as connection:
        for level in (0, 1, 9):
            connection.send(zipped(track_body(3), compresslevel=level))
            expect_accepted(connection, 3)


def test_gzip_in_two_members_and_chunks(shared_server):
    body = track_body(3)
    coded = gzip.compress(body[:20]) + gzip.compress(body[20:])
    head = request("POST", "/track", headers={"Content-Type": "application/json", "Content-Encoding": "gzip",
                                              "Transfer-Encoding": "chunked"})
    with shared_server.connect() as connection:
        connection.send(head + chunked(coded, [1, 2, 3]))
        expect_accepted(connection, 3)


def with_wrong_sum(coded):
    return coded[:-8] + bytes([coded[-8] ^ 1]) + coded[-7:]


BAD_GZIP = {
    "truncated": gzip.compress(track_body())[:-9],
    "without its trailer": gzip.compress(track_body())[:-8],
    "wrong checksum": with_wrong_sum(gzip.compress(track_body())),
    "plain text": track_body(),
    "zlib instead": zlib.compress(track_body()),
    "nothing": b"",
    "trailing bytes": gzip.compress(track_body()) + b"more",
    "header only": gzip.compress(track_body())[:10],
}


@pytest.mark.parametrize("name", BAD_GZIP)
def test_400_bad_gzip_and_the_connection_lives_on(shared_server, name):
    with shared_server.connect() as connection:
        connection.send(request("POST", "/track", BAD_GZIP[name], {"Content-Encoding": "gzip"}))
        assert connection.read().status == 400
        connection.send(request("POST", "/track", track_body()))
        expect_accepted(connection, 1)


def test_413_gzip_bomb_is_bounded(shared_server):
    """Refused without being unpacked: 1,000 of them take no more than a moment."""
    bomb = zipped(b" " * (8 << 20))
    started = time.monotonic()
    with shared_server.connect() as connection:
        for _ in range(1000):
            connection.send(bomb)
            assert connection.read().status == 413
    assert time.monotonic() - started < 30


def test_a_gzip_body_of_50000_members_costs_little(shared_server):
    """Each member is empty; the time of one that fills the room of a whole body with zeros, 50,000 times, would be seconds."""
    member = gzip.compress(b"", mtime=0)
    hostile = member * ((1 << 20) // len(member) - 10) + gzip.compress(track_body())
    started = time.monotonic()
    with shared_server.connect(timeout=60) as connection:
        for _ in range(40):
            connection.send(request("POST", "/track", hostile, {"Content-Encoding": "gzip"}))
            expect_accepted(connection, 1)
    assert time.monotonic() - started < 20


# Expect, HEAD, OPTIONS, HTTP/1.0


def test_expect_100_continue(shared_server):
    whole = request("POST", "/track", track_body(), {"Expect": "100-continue"})
    head, body = whole.split(b"\r\n\r\n", 1)
    with shared_server.connect() as connection:
        connection.send(head + b"\r\n\r\n")
        assert connection.read().status == 100
        connection.send(body)
        expect_accepted(connection, 1)


def test_expect_100_continue_with_the_body_at_once(shared_server):
    with shared_server.connect() as connection:
        connection.send(request("POST", "/track", track_body(), {"Expect": "100-continue"}))
        response = connection.read()
        if response.status == 100:
            response = connection.read()
        assert response.status == 200


def test_expect_100_continue_of_a_body_that_is_too_large_gets_413_at_once(shared_server):
    head = request("POST", "/track", headers={"Content-Type": "application/json", "Expect": "100-continue",
                                              "Content-Length": str(2 << 20)})
    with shared_server.connect() as connection:
        connection.send(head)
        expect_refused_and_closed(connection, 413)


def test_an_unknown_expectation_gets_417(shared_server):
    with shared_server.connect() as connection:
        connection.send(request("POST", "/track", track_body(), {"Expect": "a miracle"}))
        expect_refused_and_closed(connection, 417)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/openapi.json", "/", "/ui/"])
def test_head_is_get_without_the_body(shared_server, path):
    get, head = shared_server.request("GET", path), shared_server.request("HEAD", path)
    varies = ("Date", "X-Request-Id")
    assert head.status == get.status == 200
    assert [field for field in head.fields if field[0] not in varies] == \
        [field for field in get.fields if field[0] not in varies]
    assert head.header("Content-Length") == str(len(get.body))


def test_head_leaves_nothing_on_the_connection(shared_server):
    with shared_server.connect() as connection:
        connection.send(request("HEAD", "/openapi.json") + request("GET", "/health/live"))
        assert connection.read("HEAD").status == 200
        assert connection.read("GET").json() == {"status": "live"}


@pytest.mark.parametrize("path, allow", [("/track", "POST, OPTIONS"), ("/health/live", "GET, HEAD, OPTIONS")])
def test_options(shared_server, path, allow):
    response = shared_server.request("OPTIONS", path)
    assert (response.status, response.header("Allow"), response.body) == (204, allow, b"")
    assert response.header("Content-Length") is None  # RFC 9110, section 8.6


def preflight(server, origin="https://shop.example", method="POST"):
    return server.request("OPTIONS", "/track", headers={
        "Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"})


def words(value):
    return {word.strip().lower() for word in value.split(",")}


def test_cors_preflight(shared_server):
    response = preflight(shared_server)
    assert response.status == 204
    assert response.header("Access-Control-Allow-Origin") in ("*", "https://shop.example")
    assert "post" in words(response.header("Access-Control-Allow-Methods"))
    assert {"content-type", "content-encoding", "idempotency-key"} <= words(
        response.header("Access-Control-Allow-Headers"))
    assert int(response.header("Access-Control-Max-Age")) >= 600


@pytest.mark.parametrize("body, status", [(track_body(), 200), (b"{", 400)])
def test_cors_of_a_post_good_or_bad(shared_server, body, status):
    response = shared_server.post("/track", body, {"Origin": "https://shop.example"})
    assert response.status == status
    assert response.header("Access-Control-Allow-Origin") in ("*", "https://shop.example")
    assert "x-request-id" in words(response.header("Access-Control-Expose-Headers"))
    assert response.header("Access-Control-Allow-Credentials") is None


def test_no_cors_headers_without_an_origin(shared_server):
    assert shared_server.post("/track", track_body()).header("Access-Control-Allow-Origin") is None


def test_cors_for_chosen_origins_only(start_server):
    server = start_server(**{"server.cors_origins": "https://shop.example"})
    assert preflight(server).header("Access-Control-Allow-Origin") == "https://shop.example"
    assert preflight(server, "https://evil.example").header("Access-Control-Allow-Origin") is None
    answer = server.post("/track", track_body(), {"Origin": "https://shop.example"})
    assert answer.header("Access-Control-Allow-Origin") == "https://shop.example"
    assert "origin" in words(answer.header("Vary"))


def test_http_1_0_is_answered_and_closed(shared_server):
    with shared_server.connect() as connection:
        connection.send(request("POST", "/track", track_body(), {"Host": None}, version="HTTP/1.0"))
        expect_accepted(connection, 1)
        assert connection.is_closed()


def test_http_1_0_keeps_alive_if_asked(shared_server):
    with shared_server.connect() as connection:
        for _ in range(2):
            connection.send(request("POST", "/track", track_body(), {"Connection": "keep-alive"}, version="HTTP/1.0"))
            assert expect_accepted(connection, 1).header("Connection").lower() == "keep-alive"


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_body_where_none_belongs_is_passed_over(shared_server, method):
    with shared_server.connect() as connection:
        connection.send(request(method, "/health/live", track_body()) + request("GET", "/health/live"))
        assert connection.read(method).status == (405 if method == "DELETE" else 200)
        assert connection.read("GET").json() == {"status": "live"}


@pytest.mark.parametrize("target", ["http://inlet.test/track", "HTTP://inlet.test/track?x=1"])
def test_absolute_form(shared_server, target):
    with shared_server.connect() as connection:
        connection.send(request("POST", target, track_body()))
        expect_accepted(connection, 1)


def test_empty_lines_before_a_request_are_passed_over(shared_server):
    """RFC 9112, section 2.2: at least one CRLF before the request line should be ignored."""
    with shared_server.connect() as connection:
        connection.send(b"\r\n" + request("POST", "/track", track_body()))
        expect_accepted(connection, 1)


STRICT = {
    "good": request("POST", "/track", track_body()),
    "refused": request("POST", "/track", b"{"),
    "nonsense": b"nonsense\r\n\r\n",
    "page": request("GET", "/"),
    "page, compressed": request("GET", "/", headers={"Accept-Encoding": "gzip"}),
    "options": request("OPTIONS", "/track"),
    "head": request("HEAD", "/"),
}


@pytest.mark.parametrize("name", STRICT)
def test_a_strict_parser_takes_every_answer(shared_server, name):
    """h11 refuses what RFC 9112 does not allow."""
    parser = h11.Connection(h11.CLIENT)
    method = STRICT[name].split(b" ")[0].decode() if b" " in STRICT[name] else "GET"
    parser.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    parser.send(h11.EndOfMessage())
    with shared_server.connect() as connection:
        connection.send(STRICT[name])
        connection.finish_sending()
        parser.receive_data(connection.read_until_closed())
        parser.receive_data(b"")
    events = []
    while not events or not isinstance(events[-1], h11.EndOfMessage):
        events.append(parser.next_event())
        assert events[-1] is not h11.NEED_DATA
    assert isinstance(events[0], h11.Response)
