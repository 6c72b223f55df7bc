"""Whatever is sent, the log has one line for each message, and nothing of what was sent is in it."""

import json

import pytest

from inlet_server import event, wait_until
from raw_http import request

MARK = "f0rged"
HOSTILE = {
    "CR LF": "\r\n", "LF": "\n", "ANSI": "\x1b[2J\x1b[31m", "NUL": "\0", "C1": "\u009b31m", "NEL": "\u0085",
    "U+2028": "\u2028", "U+2029": "\u2029", "right to left": "\u202e", "quote": '"}\\', "format": "%s%n{}{0}", "DEL": "\x7f",
}
# Bytes that make no UTF-8 go through as they are.
AS_BYTES = {name: f"a{text}{MARK}".encode() for name, text in HOSTILE.items()} | {"no UTF-8": b"\xff\xfe\xc0\x8a" + MARK.encode()}


def requests_with(evil):
    """Hostile bytes in every place of a request that reaches the server."""
    body = json.dumps({"userId": "u", "events": [event()]}).encode()
    good = request("POST", "/track", body, {"Connection": "close"})

    def with_header(name):
        return good.replace(b"\r\n\r\n", b"\r\n" + name + b": " + evil + b"\r\n\r\n", 1)

    value = json.dumps(evil.decode("utf-8", "replace"))
    hostile_body = f'{{"userId":{value},"events":[{{"eventName":{value},"metadata":{{{value}:1}},"timestampUTC":1}}],{value}:1}}'
    yield b"GET /" + evil + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    yield b"GET /track?" + evil + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    yield evil + b" /track HTTP/1.1\r\nHost: a\r\n\r\n"
    yield b"GET /track " + evil + b"\r\nHost: a\r\n\r\n"
    for name in (b"X-Write-Key", b"Authorization", b"X-Forwarded-For", b"Origin", b"Idempotency-Key", b"X-Request-Id",
                 b"User-Agent", b"Content-Encoding", b"Expect", b"X-" + evil, evil):
        yield with_header(name)
    yield good.replace(b"inlet.test", evil)
    yield good.replace(b"application/json", evil)
    yield request("POST", "/track", hostile_body.encode(), {"Connection": "close"})
    yield request("POST", "/track", evil, {"Connection": "close"})


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_one_line_for_each_request_and_nothing_of_it(start_server, log_format):
    server = start_server(**{
        "log.format": log_format, "log.level": "debug", "server.access_log": "true", "server.threads": 1,
        "server.trusted_proxies": "127.0.0.1", "auth.write_keys": "web:an-example-of-a-key-1"})
    server.check_log = lambda: None  # text is no JSON
    wait_until(lambda: b"admin listening" in server.log_file.read_bytes(), what="the last line of the start")
    before = len(server.log_file.read_bytes().split(b"\n"))
    answered = 0
    for evil in AS_BYTES.values():
        for sent in requests_with(evil):
            with server.connect() as connection:
                connection.send(sent)
                connection.finish_sending()
                answered += connection.read_until_closed().count(b"HTTP/1.1 ")
    wait_until(lambda: len(server.log_file.read_bytes().split(b"\n")) >= before + answered, what="a line for each answer")
    text = server.log_file.read_bytes()
    assert MARK.encode() not in text
    lines = text.split(b"\n")[before - 1:-1]
    assert len(lines) == answered
    for line in lines:
        assert b'"request"' in line or b" request " in line, line
        assert all(0x20 <= byte < 0x7F for byte in line), line
        if log_format == "json":
            assert set(json.loads(line)) == {"time", "level", "message", "route", "status", "bytes", "source", "request_id"}


# What configuration takes in a path: no control characters of ASCII.
IN_A_PATH = {name: text for name, text in HOSTILE.items() if all(" " <= c != "\x7f" for c in text)}


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("name", IN_A_PATH)
def test_a_path_that_is_logged_stays_on_its_line(start_server, tmp_path, name, log_format):
    """The reason of a failed start names a file: what its name holds is escaped."""
    missing = f"{tmp_path}/{IN_A_PATH[name]}{MARK}"
    server = start_server(wait=False, **{"log.format": log_format, "auth.write_keys_file": missing})
    assert server.process.wait(20) == 1
    server.process = None
    text = server.log_file.read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if MARK in line]) == 1
    assert not set(text) & set("\u0085\u009b\u2028\u2029\u202e\x1b")
