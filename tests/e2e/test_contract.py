"""Every status of the contract and what comes with it, case by case."""

import gzip
import json
import re
import uuid

import pytest

import raw_http
from inlet_server import event

TITLES = {
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    411: "Length Required", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
    417: "Expectation Failed", 431: "Request Header Fields Too Large", 503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


def check_reply(response):
    """What every reply has."""
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", response.header("Date"))
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert uuid.UUID(response.header("X-Request-Id")).version == 7


def check_problem(response, status, errors=None):
    """RFC 9457, and our own rules on top. `errors`: pairs of pointer and a part of the detail, all of them."""
    check_reply(response)
    assert response.status == status, response.body
    assert response.reason == TITLES[status]
    assert response.header("Content-Type") == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"] == TITLES[status]
    assert len(problem["detail"]) > 5
    assert problem["requestId"] == response.header("X-Request-Id")
    assert set(problem) <= {"title", "status", "detail", "requestId", "errors"}
    if errors is not None:
        found = [(error["pointer"], error["detail"]) for error in problem.get("errors", [])]
        assert [pointer for pointer, _ in found] == [pointer for pointer, _ in errors], found
        for (_, detail), (_, expected) in zip(found, errors):
            assert expected in detail
    return problem


def check_accepted(response, rows, warnings=False):
    check_reply(response)
    assert response.status == 200, response.body
    assert response.header("Content-Type") == "application/json"
    body = response.json()
    assert body["accepted"] == rows
    assert body["requestId"] == response.header("X-Request-Id")
    assert set(body) == {"accepted", "requestId"} | ({"warnings"} if warnings else set())
    if warnings:
        assert all(isinstance(text, str) and text for text in body["warnings"])


def track(*events, **members):
    return {"userId": "Lisbon", "events": list(events), **members}


def alias(new="Bob", original="Dylan", **members):
    return {"newUserId": new, "originalUserId": original, "timestampUTC": 0, **members}


def profile(attributes=None, **members):
    return {"userId": "Europe", "attributes": attributes or {}, "timestampUTC": 123, **members}


def nested(levels):
    """A value with so many objects and arrays in each other."""
    return "[" * levels + "]" * levels


def track_text(metadata="{}", time="1", user='"u"', name='"e"', more=""):
    return f'{{"userId":{user},"events":[{{"eventName":{name},"metadata":{metadata},"timestampUTC":{time}}}]{more}}}' \
        .encode()


ACCEPTED = {
    "one event": ("/track", track(event()), 1),
    "three events": ("/track", track(event("a"), event("b"), event("c")), 3),
    "no event": ("/track", track(), 0),
    "5000 events": ("/track", track(*[event()] * 5000), 5000),
    "unknown members": ("/track", track({**event(), "more": [1, {"x": None}]}, context={"os": "x"}), 1),
    "metadata of all kinds": ("/track", track(event(metadata={"s": "x", "n": 1.5, "b": True, "z": None, "a": [], "o": {}})), 1),
    "messageId in event and body": ("/track", track({**event(), "messageId": "m1"}, messageId="m2"), 1),
    "time 0": ("/track", track_text(time="0"), 1),
    "time before 1970": ("/track", track_text(time="-1"), 1),
    "greatest time": ("/track", track_text(time="9223372036854775807"), 1),
    "least time": ("/track", track_text(time="-9223372036854775808"), 1),
    "id of 512 bytes": ("/track", track_text(user='"' + "a" * 512 + '"'), 1),
    "id of 512 bytes after decoding": ("/track", track_text(user='"' + "\\u0061" * 512 + '"'), 1),
    "id of 128 characters of 4 bytes": ("/track", track_text(user='"' + "\\ud83d\\ude00" * 128 + '"'), 1),
    "blank id": ("/track", track_text(user='" "'), 1),
    "placeholder id outside of alias": ("/track", track_text(user='"null"'), 1),
    "name of an event in Japanese": ("/track", track_text(name='"購入"'), 1),
    "nesting of 64 levels": ("/track", track_text('{"v":' + nested(60) + "}"), 1),
    "duplicate names within metadata": ("/track", track_text('{"a":1,"a":2}'), 1),
    "number out of every range": ("/track", track_text('{"v":1e400,"w":-0.0e-999}'), 1),
    "white space everywhere": ("/alias", b' \t\r\n{ "newUserId" : "Bob" ,\n"originalUserId":"Dylan","timestampUTC" : 0 } \r\n', 1),
    "escaped name of a member": ("/alias", b'{"new\\u0055serId":"Bob","originalUserId":"Dylan","timestampUTC":0}', 1),
    "alias": ("/alias", alias(), 1),
    "alias with unknown members": ("/alias", alias(why="login"), 1),
    "profile without attributes": ("/profile", profile(), 1),
    "profile with attributes": ("/profile", profile({"plan": "pro", "deep": {"a": [1, 2]}}), 1),
    "duplicate names deeper in attributes": ("/profile", b'{"userId":"u","attributes":{"a":{"x":1,"x":2}},"timestampUTC":1}', 1),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(shared_server, name):
    path, body, rows = ACCEPTED[name]
    check_accepted(shared_server.post(path, body), rows)


HEADERS_ACCEPTED = {
    "application/json": {"Content-Type": "application/json"},
    "with charset": {"Content-Type": "application/json; charset=utf-8"},
    "in capitals": {"Content-Type": "Application/JSON"},
    "text/plain of sendBeacon": {"Content-Type": "text/plain;charset=UTF-8"},
    "no content type": {"Content-Type": None},
    "identity encoding": {"Content-Encoding": "identity"},
    "idempotency key": {"Idempotency-Key": "7f0c5a52"},
}


@pytest.mark.parametrize("name", HEADERS_ACCEPTED)
def test_accepted_with_headers(shared_server, name):
    check_accepted(shared_server.post("/alias", alias(), HEADERS_ACCEPTED[name]), 1)


def test_self_alias_is_accepted_with_a_warning(shared_server):
    check_accepted(shared_server.post("/alias", alias("Bob", "Bob")), 1, warnings=True)


def test_self_alias_is_found_behind_escapes(shared_server):
    body = b'{"newUserId":"Bob","originalUserId":"B\\u006fb","timestampUTC":0}'
    check_accepted(shared_server.post("/alias", body), 1, warnings=True)


STRING, OBJECT, INTEGER = "must be a string of 1 to 512 bytes", "must be an object", "must be an integer"
TWICE, REQUIRED = "more than once", "is required"

# name: (path, body, errors)
VIOLATIONS = {
    # The body as a whole
    "array": ("/track", b"[]", [("", OBJECT)]),
    "string": ("/alias", b'"x"', [("", OBJECT)]),
    "null": ("/profile", b"null", [("", OBJECT)]),
    "empty object to track": ("/track", b"{}", [("/userId", REQUIRED), ("/events", REQUIRED)]),
    "empty object to alias": ("/alias", b"{}", [("/newUserId", REQUIRED), ("/originalUserId", REQUIRED), ("/timestampUTC", REQUIRED)]),
    "empty object to profile": ("/profile", b"{}", [("/userId", REQUIRED), ("/attributes", REQUIRED), ("/timestampUTC", REQUIRED)]),
    # Members of an event
    "empty event": ("/track", track({}), [("/events/0/eventName", REQUIRED), ("/events/0/metadata", REQUIRED), ("/events/0/timestampUTC", REQUIRED)]),
    "third event": ("/track", track(event(), event(), {"eventName": "x", "metadata": {}}), [("/events/2/timestampUTC", REQUIRED)]),
    "event is no object": ("/track", track(event(), 7), [("/events/1", OBJECT)]),
    "events is no array": ("/track", {"userId": "u", "events": {}}, [("/events", "must be an array")]),
    "5001 events": ("/track", track(*[event()] * 5001), [("/events", "at most 5000")]),
    "metadata is null": ("/track", track_text("null"), [("/events/0/metadata", OBJECT)]),
    "metadata is an array": ("/track", track_text("[]"), [("/events/0/metadata", OBJECT)]),
    # Ids
    "user id is a number": ("/track", track_text(user="7"), [("/userId", STRING)]),
    "user id is null": ("/track", track_text(user="null"), [("/userId", STRING)]),
    "user id is empty": ("/track", track_text(user='""'), [("/userId", STRING)]),
    "user id of 513 bytes": ("/track", track_text(user='"' + "a" * 513 + '"'), [("/userId", STRING)]),
    "user id of 513 bytes in fewer characters": ("/track", track_text(user='"a' + "é" * 256 + '"'), [("/userId", STRING)]),
    "event name is empty": ("/track", track_text(name='""'), [("/events/0/eventName", STRING)]),
    "event name is an object": ("/track", track_text(name="{}"), [("/events/0/eventName", STRING)]),
    # Times
    "time with a fraction": ("/track", track_text(time="1.0"), [("/events/0/timestampUTC", INTEGER)]),
    "time with an exponent": ("/track", track_text(time="1e3"), [("/events/0/timestampUTC", INTEGER)]),
    "time as text": ("/track", track_text(time='"1"'), [("/events/0/timestampUTC", INTEGER)]),
    "time is null": ("/track", track_text(time="null"), [("/events/0/timestampUTC", INTEGER)]),
    "time over 64 bits": ("/track", track_text(time="9223372036854775808"), [("/events/0/timestampUTC", INTEGER)]),
    "time under 64 bits": ("/track", track_text(time="-9223372036854775809"), [("/events/0/timestampUTC", INTEGER)]),
    # Repeated names
    "user id twice": ("/track", b'{"userId":"a","userId":"b","events":[]}', [("/userId", TWICE)]),
    "user id twice, once escaped": ("/track", b'{"userId":"a","user\\u0049d":"b","events":[]}', [("/userId", TWICE)]),
    "metadata twice": ("/track", b'{"userId":"a","events":[{"eventName":"e","metadata":{},"metadata":{},"timestampUTC":1}]}', [("/events/0/metadata", TWICE)]),
    "attribute twice": ("/profile", b'{"userId":"u","attributes":{"a":1,"a":1},"timestampUTC":1}', [("/attributes/a", TWICE)]),
    "attribute twice, once escaped": ("/profile", b'{"userId":"u","attributes":{"a":1,"\\u0061":1},"timestampUTC":1}', [("/attributes/a", TWICE)]),
    "attribute twice, name with slash and tilde": ("/profile", b'{"userId":"u","attributes":{"a/~":1,"a/~":1},"timestampUTC":1}', [("/attributes/a~1~0", TWICE)]),
    # Alias and profile
    "attributes is text": ("/profile", profile() | {"attributes": "x"}, [("/attributes", OBJECT)]),
    "both ids wrong": ("/alias", alias("", 5), [("/newUserId", STRING), ("/originalUserId", STRING)]),
    "all wrong at once": ("/track", {"userId": 1, "events": [{"eventName": "", "metadata": 3, "timestampUTC": "x"}]},
                          [("/userId", STRING), ("/events/0/eventName", STRING), ("/events/0/metadata", OBJECT), ("/events/0/timestampUTC", INTEGER)]),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_400_violation(shared_server, name):
    path, body, errors = VIOLATIONS[name]
    check_problem(shared_server.post(path, body), 400, errors)


@pytest.mark.parametrize("member", ["newUserId", "originalUserId"])
@pytest.mark.parametrize("placeholder", ["null", "undefined", "none", "NaN", "anonymous", "Guest", "unknown", "true",
                                         "FALSE", "0", "-1", "[object Object]", " ", "\t\n"])
def test_400_placeholder_in_alias(shared_server, member, placeholder):
    body = alias() | {member: placeholder}
    check_problem(shared_server.post("/alias", body), 400, [(f"/{member}", "")])


def test_400_lists_at_most_20_violations(shared_server):
    problem = check_problem(shared_server.post("/track", track(*[{}] * 100)), 400)
    assert len(problem["errors"]) == 20


MALFORMED = {
    "empty body": b"",
    "white space": b" \n ",
    "no JSON": b"userId=u",
    "cut off": b'{"userId":"u","events":[',
    "trailing brace": track_text() + b"}",
    "two values": track_text() + track_text(),
    "trailing NUL": track_text() + b"\0",
    "trailing comma": b'{"userId":"u","events":[],}',
    "single quotes": b"{'userId':'u','events':[]}",
    "comment": b'{"userId":"u","events":[]/**/}',
    "byte order mark": b"\xef\xbb\xbf" + track_text(),
    "UTF-16": track_text().decode().encode("utf-16"),
    "control character in a string": track_text(user='"a\nb"'),
    "bad escape": track_text(user='"\\x41"'),
    "short escape": track_text(user='"\\u12"'),
    "leading zero": track_text('{"v":01}'),
    "hexadecimal": track_text('{"v":0x1}'),
    "NaN": track_text('{"v":NaN}'),
    "plus sign": track_text('{"v":+1}'),
    "bare fraction": track_text('{"v":.5}'),
    "nesting of 65 levels": track_text('{"v":' + nested(61) + "}"),
    "nesting of 100000 levels": track_text('{"v":' + nested(100_000) + "}"),
    "opening brackets only": b"[" * 100_000,
    "fault in an unknown member": track_text(more=',"x":tru'),
    "number alone": b"-",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_400_malformed(shared_server, name):
    check_problem(shared_server.post("/track", MALFORMED[name]), 400)


def test_a_refused_request_stores_nothing(server):
    good = event("good")
    check_problem(server.track("u", good, good, {"eventName": 1}), 400)
    check_accepted(server.track("u", event("last")), 1)
    assert [(row["eventName"], row["seq"]) for row in server.lake_rows(1)] == [("last", 1)]


# name: (method, path, Allow)
NOT_ALLOWED = {
    "GET /track": ("GET", "/track", "POST, OPTIONS"),
    "HEAD /alias": ("HEAD", "/alias", "POST, OPTIONS"),
    "PUT /profile": ("PUT", "/profile", "POST, OPTIONS"),
    "DELETE /track": ("DELETE", "/track", "POST, OPTIONS"),
    "PATCH /track": ("PATCH", "/track", "POST, OPTIONS"),
    "a method of one's own": ("BREW", "/track", "POST, OPTIONS"),
    "DELETE /health/live": ("DELETE", "/health/live", "GET, HEAD, OPTIONS"),
    "POST /health/ready": ("POST", "/health/ready", "GET, HEAD, OPTIONS"),
    "POST /openapi.json": ("POST", "/openapi.json", "GET, HEAD, OPTIONS"),
}


@pytest.mark.parametrize("name", NOT_ALLOWED)
def test_405(shared_server, name):
    method, path, allow = NOT_ALLOWED[name]
    response = shared_server.request(method, path, b"{}" if method in ("POST", "PUT", "PATCH") else None)
    assert response.status == 405
    assert response.header("Allow") == allow
    if method != "HEAD":
        check_problem(response, 405)


@pytest.mark.parametrize("method, path", [("GET", "/nothing"), ("POST", "/nothing"), ("POST", "/track/"),
                                          ("POST", "/Track"), ("POST", "//track"), ("POST", "/%74rack"),
                                          ("GET", "/metrics"), ("GET", "/status"), ("GET", "/ui/../../etc/passwd"),
                                          ("OPTIONS", "/nothing")])
def test_404(shared_server, method, path):
    check_problem(shared_server.request(method, path, b"{}" if method == "POST" else None), 404)


def test_a_query_does_not_matter(shared_server):
    check_accepted(shared_server.post("/alias?source=web", alias()), 1)


def test_403_on_a_plain_listener_set_to_refuse(start_server):
    server = start_server(**{"server.plain_post": "false"})
    response = server.post("/alias", alias())
    check_problem(response, 403)
    assert response.header("Location") is None
    assert server.request("GET", "/health/live").status == 200


def test_411(shared_server):
    response = shared_server.request("POST", "/track", headers={"Content-Type": "application/json"})
    check_problem(response, 411)


UNSUPPORTED = {
    "form": {"Content-Type": "application/x-www-form-urlencoded"},
    "XML": {"Content-Type": "application/xml"},
    "problem+json": {"Content-Type": "application/problem+json"},
    "JSON sequence": {"Content-Type": "application/json-seq"},
    "multipart": {"Content-Type": "multipart/form-data; boundary=x"},
    "brotli": {"Content-Encoding": "br"},
    "deflate": {"Content-Encoding": "deflate"},
    "gzip twice": {"Content-Encoding": "gzip, gzip"},
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_415(shared_server, name):
    check_problem(shared_server.post("/track", track(event()), UNSUPPORTED[name]), 415)


def padded(size):
    """A good body of exactly this size."""
    body = track_text('{"v":""}')
    return track_text('{"v":"' + "a" * (size - len(body)) + '"}')


def spread(size):
    """The same, in two events, so that no row is too large."""
    half = "a" * (size // 2 - 100)
    body = json.dumps(track(event(metadata={"v": half}), event(metadata={"v": half}))).encode()
    return body + b" " * (size - len(body))


def test_a_body_of_1_mib_is_accepted(shared_server):
    check_accepted(shared_server.post("/track", spread(1 << 20)), 2)


TOO_LARGE = {
    "body of 1 MiB and a byte": ("/track", spread((1 << 20) + 1), {}),
    "body of 2 MiB": ("/track", b"x" * (2 << 20), {}),
    "row over 1,000,000 bytes": ("/track", padded(1_000_000), {}),
    "rows over 4 MiB together": ("/track", json.dumps(track(*[event()] * 2200, extra="x" * 2000)).encode(), {}),
    "1 MiB and a byte after unpacking": ("/track", gzip.compress(spread((1 << 20) + 1)), {"Content-Encoding": "gzip"}),
    "500 MiB after unpacking": ("/track", gzip.compress(b" " * (500 << 20), 9), {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_413(shared_server, name):
    path, body, headers = TOO_LARGE[name]
    check_problem(shared_server.post(path, body, headers), 413)


def test_414(shared_server):
    check_problem(shared_server.request("GET", "/health/live?" + "q" * 8192), 414)
    assert shared_server.request("GET", "/health/live?" + "q" * 8000).status == 200


def test_431(shared_server):
    many = {f"X-{number}": "x" for number in range(101)}
    check_problem(shared_server.request("GET", "/health/live", headers=many), 431)
    check_problem(shared_server.request("GET", "/health/live", headers={"X-Large": "x" * (33 << 10)}), 431)
    fitting = {f"X-{number}": "x" for number in range(90)}
    assert shared_server.request("GET", "/health/live", headers=fitting).status == 200


def test_408_header(start_server):
    server = start_server(**{"server.header_timeout_ms": 200})
    with server.connect() as connection:
        connection.send(b"POST /track HTTP/1.1\r\nHost: inlet.test\r\n")
        check_problem(connection.read(), 408)
        assert connection.is_closed()


def test_408_body(start_server):
    server = start_server(**{"server.body_timeout_ms": 200})
    whole = raw_http.request("POST", "/track", track_text())
    with server.connect() as connection:
        connection.send(whole[:-10])
        check_problem(connection.read(), 408)
        assert connection.is_closed()
    check_accepted(server.track("u", event()), 1)


def test_503_while_the_journal_is_full_and_no_row_lost(start_server):
    """A lake that waits for room lets the journal fill up; once it has room, all that was answered arrives."""
    server = start_server(**{"journal.max_bytes": "256KiB", "journal.segment_bytes": "64KiB",
                             "sink.lake.min_free_bytes": "64TiB"})
    server.expect_error("")
    answered = 0
    for number in range(2000):
        response = server.track("u", event(f"{number}", {"pad": "x" * 2000}))
        if response.status != 200:
            break
        answered += 1
    check_problem(response, 503)
    assert int(response.header("Retry-After")) >= 1
    ready = server.request("GET", "/health/ready")
    check_problem(ready, 503)
    assert server.request("GET", "/health/live").status == 200

    server.restart(wait=True, **{"sink.lake.min_free_bytes": 0})
    rows = server.lake_rows(answered)
    assert [row["eventName"] for row in rows[:answered]] == [f"{number}" for number in range(answered)]
    check_accepted(server.track("u", event()), 1)


@pytest.mark.parametrize("path, body, status", [("/health/live", {"status": "live"}, 200),
                                                ("/health/ready", {"status": "ready"}, 200)])
def test_health(shared_server, path, body, status):
    response = shared_server.request("GET", path)
    check_reply(response)
    assert (response.status, response.json()) == (status, body)


def test_the_idempotency_key_gives_a_repeat_the_same_id_and_its_own_seq(server):
    for _ in range(2):
        check_accepted(server.post("/track", track(event("a"), event("b")), {"Idempotency-Key": "1"}), 2)
    check_accepted(server.post("/track", track(event("other")), {"Idempotency-Key": "1"}), 1)
    rows = server.lake_rows(5)
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["id"] for row in rows[:2]] == [row["id"] for row in rows[2:4]]
    assert len({row["id"] for row in rows}) == 3
    assert all(uuid.UUID(row["id"]).version == 8 for row in rows)


def test_the_message_id_comes_before_the_idempotency_key(server):
    for key in ("1", "2"):
        check_accepted(server.post("/track", track({**event(), "messageId": "m"}), {"Idempotency-Key": key}), 1)
    first, second = server.lake_rows(2)
    assert first["id"] == second["id"]
    assert first["extra"] == {"messageId": "m"}


def test_unknown_members_are_kept_and_those_of_the_event_win(server):
    body = b'{"userId":"u","app":"body","os":"x","events":[{"eventName":"e","metadata":{},"timestampUTC":1,"app":"event"}]}'
    check_accepted(server.post("/track", body), 1)
    assert server.lake_rows(1)[0]["extra"] == {"app": "event", "os": "x"}
