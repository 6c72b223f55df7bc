"""Bodies that are made to cost much or to be read in two ways: refused with the right status or stored exactly, and the memory
of the server stays what it was."""

import contextlib
import gzip
import json
import select

import pytest

from http_bodies import track_body
from inlet_server import event

MIB = 1 << 20


def with_metadata(text):
    text = text if isinstance(text, bytes) else text.encode()
    return b'{"userId":"u","events":[{"eventName":"e","metadata":' + text + b',"timestampUTC":1}]}'


def with_user(token):
    return b'{"userId":' + token + b',"events":[{"eventName":"e","metadata":{},"timestampUTC":1}]}'


def with_attributes(text):
    return b'{"userId":"u","attributes":' + text + b',"timestampUTC":1}'


REFUSED = {
    "objects in objects, 100,000 levels": (400, with_metadata('{"a":' * 100_000)),
    "arrays in arrays, 500,000 levels, whole": (400, with_metadata('{"a":' + "[" * 500_000 + "]" * 500_000 + "}")),
    "100,000 levels in a member that nobody knows": (400, b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "100,000 levels in place of the body": (400, b"[" * 100_000),
    "a text that never ends": (400, with_user(b'"' + b"x" * 900_000)),
    "a number of 900,000 digits in place of the time": (400, b'{"userId":"u","attributes":{},"timestampUTC":' + b"9" * 900_000 + b"}"),
    "a user id of 900,000 bytes": (400, with_user(b'"' + b"x" * 900_000 + b'"')),
    "900,000 backslashes": (400, with_user(b'"' + b"\\" * 900_001 + b'"')),
    "150,000 wrong members": (400, b"{" + b",".join(b'"a":1' for _ in range(150_000)) + b"}"),
    "150,000 wrong events": (400, b'{"userId":"u","events":[' + b",".join([b"{}"] * 150_000) + b"]}"),
    "100,000 times the same attribute": (400, with_attributes(b"{" + b",".join([b'"a":1'] * 100_000) + b"}")),
    "a byte order mark": (400, b"\xef\xbb\xbf" + track_body()),
    "UTF-16 without a mark": (400, track_body().decode().encode("utf-16-le")),
    "UTF-32": (400, track_body().decode().encode("utf-32")),
    "NUL behind the body": (400, track_body() + b"\0"),
    "NUL within a text": (400, with_user(b'"a\0b"')),
    "a line end within a text": (400, with_user(b'"a\nb"')),
    "two bodies": (400, track_body() + track_body()),
    "gzip without saying so": (400, gzip.compress(track_body())),
    "a row over its limit by one name": (413, with_metadata('{"' + "k" * 1_000_000 + '":1}')),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(shared_server, what):
    status, body = REFUSED[what]
    path = "/profile" if b"attributes" in body else "/track"
    response = shared_server.post(path, body)
    assert response.status == status, response.body
    assert len(response.body) < 20_000


def test_what_is_packed_twice_is_unpacked_once(shared_server):
    twice = gzip.compress(gzip.compress(track_body()))
    assert shared_server.post("/track", twice, {"Content-Encoding": "gzip"}).status == 400
    assert shared_server.post("/track", twice, {"Content-Encoding": "gzip, gzip"}).status == 415


def test_long_names_and_many_of_them_are_stored_exactly(server):
    values = [{"k" * 990_000: 1}, {str(number): number for number in range(60_000)}, {"": {"": [[[]]]}}]
    for value in values:
        assert server.post("/profile", {"userId": "u", "attributes": value, "timestampUTC": 1}).status == 200
    assert [row["attributes"] for row in server.lake_rows(len(values))] == values


def test_escapes_in_ids_are_stored_as_they_were_sent(server):
    tokens = [rb'"\u0000"', rb'"a\u0000b"', rb'"\ud83d\ude00"', rb'"\ud800"', b'"\xf0\x9f\x98\x80"', rb'"\/\\"', '"\u202e\u2066"'.encode(), b'" "']
    for token in tokens:
        assert server.post("/track", with_user(token)).status == 200, token
    for row, token in zip(server.lake_rows(len(tokens)), tokens):
        assert b'"userId":' + token in row.raw


def test_hostile_bodies_leave_no_memory_behind(start_server):
    """A bomb, deep nesting and names without number, 20 times each: never 32 MiB more than at the start."""
    server = start_server(**{"server.threads": 1})
    assert server.track("u", event()).status == 200
    before = server.memory_kib()
    bomb = gzip.compress(b" " * (200 * MIB), 9)
    names = json.dumps({"userId": "u", "attributes": {str(number): 1 for number in range(80_000)}, "timestampUTC": "x"}).encode()
    for _ in range(20):
        assert server.post("/track", bomb, {"Content-Encoding": "gzip"}).status == 413
        assert server.post("/track", REFUSED["100,000 levels in place of the body"][1]).status == 400
        assert server.post("/profile", names).status == 400
    assert server.memory_kib("VmHWM") - before <= 32 * 1024


HEAD = b"POST /track HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
ENDLESS = {
    "one header field of 10 MB": (431, HEAD + b"X-A: ", b"a" * 10_000_000),
    "a million header fields": (431, HEAD, b"a:b\r\n" * 1_000_000),
    "a request line of 10 MB": (414, b"POST /", b"a" * 10_000_000),
    "chunks without end": (413, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", (b"10000\r\n" + b" " * 65536 + b"\r\n") * 300),
    "chunks of one byte": (413, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 2_000_000),
    "an extension of a chunk of 10 MB": (400, HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;a=", b"a" * 10_000_000),
    "trailers of 10 MB": (431, HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: ", b"a" * 10_000_000),
}


PIECE = 1 << 16


def pour(connection, piece):
    """Sends it unless the server has answered."""
    if not select.select([connection.socket], [], [], 0)[0]:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.send(piece)


def test_what_has_no_end_is_refused_early_and_leaves_no_memory_behind(server):
    """Ten clients at once, each with every kind: never 32 MiB more than at the start."""
    assert server.track("u", event()).status == 200
    before = server.memory_kib()
    for expected, start, rest in ENDLESS.values():
        with contextlib.ExitStack() as clients:
            connections = [clients.enter_context(server.connect()) for _ in range(10)]
            for connection in connections:
                connection.send(start)
            for at in range(0, len(rest), PIECE):
                for connection in connections:
                    pour(connection, rest[at:at + PIECE])
            assert {connection.read().status for connection in connections} == {expected}, start
    assert server.memory_kib("VmHWM") - before <= 32 * 1024
