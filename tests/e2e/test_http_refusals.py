"""What could be read in two ways is refused, and what follows it on the connection is never read as a request."""

import pytest

from http_bodies import chunked_request, expect_refused_and_closed, track_body
from raw_http import chunked, request


def raw_post(fields, body=None, start="POST /track HTTP/1.1"):
    body = track_body() if body is None else body
    return start.encode() + b"\r\n" + b"".join(field.encode("latin-1") + b"\r\n" for field in fields) + b"\r\n" + body


LENGTH = f"Content-Length: {len(track_body())}"

AMBIGUOUS = {
    "both framings": raw_post(["Host: x", LENGTH, "Transfer-Encoding: chunked"]),
    "length twice": raw_post(["Host: x", LENGTH, LENGTH]),
    "two lengths": raw_post(["Host: x", LENGTH, "Content-Length: 0"]),
    "list of lengths": raw_post(["Host: x", f"{LENGTH}, {len(track_body())}"]),
    "length with a sign": raw_post(["Host: x", f"Content-Length: +{len(track_body())}"]),
    "length in hexadecimal": raw_post(["Host: x", "Content-Length: 0x10"]),
    "negative length": raw_post(["Host: x", "Content-Length: -1"]),
    "empty length": raw_post(["Host: x", "Content-Length:"]),
    "length over 64 bits": raw_post(["Host: x", "Content-Length: 18446744073709551617"]),
    "unknown transfer coding": raw_post(["Host: x", "Transfer-Encoding: xchunked"]),
    "chunked not last": raw_post(["Host: x", "Transfer-Encoding: chunked, identity"]),
    "chunked twice": raw_post(["Host: x", "Transfer-Encoding: chunked, chunked"]),
    "two transfer codings": raw_post(["Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"]),
    "blank before the colon": raw_post(["Host: x", f"Content-Length : {len(track_body())}"]),
    "folded line": raw_post(["Host: x", "X-A: 1\r\n 2", LENGTH]),
    "blank before the first field": raw_post([" Host: x", LENGTH]),
    "bare line feeds": raw_post(["Host: x", LENGTH]).replace(b"\r\n", b"\n"),
    "NUL in a value": raw_post(["Host: x", "X-A: a\0b", LENGTH]),
    "carriage return in a value": raw_post(["Host: x", "X-A: a\rb", LENGTH]),
    "field without a colon": raw_post(["Host: x", "nonsense", LENGTH]),
    "field without a name": raw_post(["Host: x", ": value", LENGTH]),
    "no host": raw_post([LENGTH]),
    "two hosts": raw_post(["Host: x", "Host: y", LENGTH]),
    "host with a slash": raw_post(["Host: x/y", LENGTH]),
    "two content types": raw_post(["Host: x", "Content-Type: application/json", "Content-Type: text/plain", LENGTH]),
    "two content encodings": raw_post(["Host: x", "Content-Encoding: gzip", "Content-Encoding: gzip", LENGTH]),
    "HTTP/1.0 with chunks": raw_post(["Transfer-Encoding: chunked"], chunked(track_body()), "POST /track HTTP/1.0"),
    "no version": raw_post(["Host: x", LENGTH], start="POST /track"),
    "version of another protocol": raw_post(["Host: x", LENGTH], start="POST /track ICAP/1.0"),
    "version in small letters": raw_post(["Host: x", LENGTH], start="POST /track http/1.1"),
    "two blanks in the request line": raw_post(["Host: x", LENGTH], start="POST  /track HTTP/1.1"),
    "target without a slash": raw_post(["Host: x", LENGTH], start="POST track HTTP/1.1"),
    "target with a fragment": raw_post(["Host: x", LENGTH], start="POST /track#x HTTP/1.1"),
    "target with a control character": raw_post(["Host: x", LENGTH], start="POST /tr\x01ck HTTP/1.1"),
    "a method that is no token": raw_post(["Host: x", LENGTH], start="PO(ST /track HTTP/1.1"),
    "TLS": bytes.fromhex("16030100a5010000a10303") + b"\0" * 200,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 30,
    "noise": bytes(range(128, 256)) + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_400_and_closed(shared_server, name):
    with shared_server.connect() as connection:
        connection.send(AMBIGUOUS[name] + request("GET", "/health/live"))
        expect_refused_and_closed(connection)


def test_505(shared_server):
    with shared_server.connect() as connection:
        connection.send(raw_post(["Host: x", LENGTH], start="POST /track HTTP/3.0"))
        expect_refused_and_closed(connection, 505)


def test_a_refused_body_is_not_read_as_a_request(shared_server):
    """The body of a request that was refused for its length looks like one."""
    smuggled = request("POST", "/track", track_body(), {"X-Smuggled": "yes"})
    padding = b" " * ((1 << 20) + 1)
    with shared_server.connect() as connection:
        connection.send(request("POST", "/track", smuggled + padding))
        assert connection.read().status == 413
        rest = connection.read_until_closed()
        assert b"HTTP/1.1" not in rest


BAD_CHUNKS = {
    "no number": b"xyz\r\n{}\r\n0\r\n\r\n",
    "negative": b"-2\r\n{}\r\n0\r\n\r\n",
    "0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "empty size": b"\r\n{}\r\n0\r\n\r\n",
    "data longer than said": b"1\r\n{}\r\n0\r\n\r\n",
    "bare line feed": b"2\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_400_bad_chunk(shared_server, name):
    with shared_server.connect() as connection:
        connection.send(chunked_request(b"", coded=BAD_CHUNKS[name]) + request("GET", "/health/live"))
        expect_refused_and_closed(connection)


def test_413_chunk_of_more_than_64_bits_does_not_wrap_around(shared_server):
    with shared_server.connect() as connection:
        connection.send(chunked_request(b"", coded=b"10000000000000002\r\n{}\r\n0\r\n\r\n"))
        expect_refused_and_closed(connection, 413)
