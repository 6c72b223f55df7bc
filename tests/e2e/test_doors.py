"""Who may send: write keys, limits of requests, origins."""

import base64
import json

import pytest

from inlet_server import event, run_inlet, wait_until
from raw_http import request
from test_status import check_books, families, labels

KEY, OTHER_KEY = "an-example-of-a-key-1", "another-example-key-2"
BODY = json.dumps({"userId": "u", "events": [event(), event()]}).encode()
WITH_KEYS = {"auth.write_keys": f"web:{KEY},ios:{OTHER_KEY}"}


def basic(user, password=""):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


SHOWN = {
    "X-Write-Key": {"X-Write-Key": KEY},
    "Bearer": {"Authorization": f"Bearer {KEY}"},
    "Basic user": {"Authorization": basic(KEY)},
    "Basic user and password": {"Authorization": basic(KEY, "ignored")},
    "X-Write-Key first": {"X-Write-Key": KEY, "Authorization": "Bearer of-a-proxy"},
}
NOT_SHOWN = {
    "nothing": {},
    "empty": {"X-Write-Key": ""},
    "wrong": {"X-Write-Key": KEY[:-1] + "2"},
    "shorter": {"X-Write-Key": KEY[:-1]},
    "longer": {"X-Write-Key": KEY + "1"},
    "other case": {"X-Write-Key": KEY.upper()},
    "the name": {"X-Write-Key": "web"},
    "name and key": {"X-Write-Key": f"web:{KEY}"},
    "Basic password": {"Authorization": basic("web", KEY)},
    "broken base64": {"Authorization": "Basic !!!"},
    "unknown scheme": {"Authorization": f"Key {KEY}"},
    "very long": {"Authorization": "Bearer " + "x" * 20_000},
    "a wrong X-Write-Key beside a good Bearer": {"X-Write-Key": OTHER_KEY[:-1], "Authorization": f"Bearer {KEY}"},
}


@pytest.mark.parametrize("path, body", [
    ("/track", BODY), ("/alias", b'{"newUserId":"a","originalUserId":"b","timestampUTC":0}'),
    ("/profile", b'{"userId":"u","attributes":{},"timestampUTC":0}')])
def test_a_key_names_the_source_of_the_rows(start_server, path, body):
    server = start_server(**WITH_KEYS)
    assert server.post(path, body, {"X-Write-Key": OTHER_KEY}).status == 200
    assert {row["source"] for row in server.lake_rows(1)} == {"ios"}
    assert server.verify_lake().returncode == 0


def test_a_key_is_taken_from_each_place_and_no_other(start_server):
    server = start_server(**WITH_KEYS)
    for name, headers in SHOWN.items():
        assert server.post("/track", BODY, headers).status == 200, name
    for name, headers in NOT_SHOWN.items():
        response = server.post("/track", BODY, headers)
        assert response.status == 401, name
        assert response.header("WWW-Authenticate") == 'Bearer realm="inlet"'
        assert response.header("Content-Type") == "application/problem+json"
        assert KEY.encode() not in response.body
    assert server.post("/track?key=" + KEY + "&writeKey=" + KEY, BODY).status == 401, "addresses end up in logs"
    status = server.status()
    check_books(status)
    assert status["requests"]["rejectedBy"] == {"unauthorized": len(NOT_SHOWN) + 1}
    assert len(server.lake_rows(2 * len(SHOWN))) == 2 * len(SHOWN)


def test_a_repeated_key_is_no_request(start_server):
    server = start_server(**WITH_KEYS)
    for name in ("X-Write-Key", "Authorization"):
        with server.connect() as connection:
            head = f"POST /track HTTP/1.1\r\nHost: a\r\nContent-Length: {len(BODY)}\r\n" + f"{name}: {KEY}\r\n" * 2 + "\r\n"
            connection.send(head.encode() + BODY)
            assert connection.read().status == 400


def test_pages_and_health_need_no_key(start_server):
    server = start_server(**WITH_KEYS)
    for path in ("/", "/ui/", "/openapi.json", "/health/live", "/health/ready"):
        assert server.request("GET", path).status == 200
    assert server.request("OPTIONS", "/track").status == 204


def test_without_keys_nobody_is_asked_and_rows_name_no_source(server):
    assert server.post("/track", BODY, {"X-Write-Key": "whatever", "Authorization": "Bearer x"}).status == 200
    row = server.lake_rows(1)[0].value
    assert "source" not in row and "clientAddress" not in row


def test_keys_come_from_a_file_too_and_each_is_counted(start_server, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"# of the page, the old one and the new one\nweb:{KEY}\n\nweb:{OTHER_KEY}\n")
    server = start_server(**{"auth.write_keys_file": keys, "auth.write_keys": "ios:the-key-of-the-app-3"})
    for key in (KEY, KEY, OTHER_KEY):
        assert server.post("/track", BODY, {"X-Write-Key": key}).status == 200
    used = {(key["source"], key["key"]): (key["requests"], key["acceptedRows"]) for key in server.status()["writeKeys"]}
    assert used == {("ios", 1): (0, 0), ("web", 1): (2, 4), ("web", 2): (1, 2)}
    assert {row["source"] for row in server.lake_rows(6)} == {"web"}


def test_the_metrics_of_keys_have_names_of_their_own(start_server):
    server = start_server(**WITH_KEYS)
    server.post("/track", BODY, {"X-Write-Key": KEY})
    found = families(server)
    for name in ("requests", "limited_requests", "accepted_rows"):
        family = found[f"inlet_api_key_{name}"]
        assert labels(family) == "{key,source}"
        assert len(family.documentation) > 10
    rows = {sample.labels["source"]: sample.value for sample in found["inlet_api_key_accepted_rows"].samples}
    assert rows == {"web": 2, "ios": 0}


def test_a_key_is_nowhere_but_in_the_configuration(start_server, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"web:{KEY}\n")
    server = start_server(**{"auth.write_keys_file": keys, "log.level": "debug", "server.access_log": "true"},
                          env={"INLET_AUTH_WRITE_KEYS": f"ios:{OTHER_KEY}", "INLET_ADMIN_TOKEN": "the-token-of-the-admin"})
    for headers in (*SHOWN.values(), {"X-Write-Key": OTHER_KEY}, {"Authorization": f"Digest {KEY}"}, {"X-Write-Key": KEY + "x"}):
        server.post("/track", BODY, headers)
    server.lake_rows(12)
    shown = run_inlet("config", "--set", f"auth.write_keys_file={keys}", env=server.env)
    assert 'auth.write_keys = "<redacted>"' in shown.stdout and 'admin.token = "<redacted>"' in shown.stdout
    server.terminate()
    places = {"log": server.log_text(), "config": shown.stdout + shown.stderr}
    for path in (path for path in server.folder.rglob("*") if path.is_file()):
        places[path.name] = path.read_bytes().decode("latin-1")
    for row in server.lake_rows(12):
        places["lake"] = places.get("lake", "") + row.raw.decode()
    for place, text in places.items():
        for secret in (KEY, OTHER_KEY, "the-token-of-the-admin", base64.b64encode(KEY.encode())[:20].decode()):
            assert secret not in text, place


@pytest.mark.parametrize("text, complaint", [
    ("", "has no write key"), ("web\n", ":1: must be NAME:KEY"), (f"web:{KEY}\nios:{KEY}\n", ":2: a key that was named before")])
def test_a_file_of_keys_that_is_wrong_keeps_the_server_from_starting(start_server, tmp_path, text, complaint):
    keys = tmp_path / "keys"
    keys.write_text(text)
    server = start_server(wait=False, **{"auth.write_keys_file": keys})
    assert server.process.wait(20) == 1
    assert complaint in server.log_text() and KEY not in server.log_text()
    server.process = None


def test_a_row_cannot_be_given_another_source(start_server):
    server = start_server(**WITH_KEYS, **{"server.store_address": "full"})
    forged = {"source": "ios", "clientAddress": "8.8.8.8"}
    server.post("/track", {"userId": "u", "events": [{**event(), **forged}], **forged}, {"X-Write-Key": KEY})
    row = server.lake_rows(1)[0]
    assert (row["source"], row["clientAddress"], row["extra"]) == ("web", "127.0.0.1", forged)
    assert row.raw.count(b'"source"') == 2, "once in the row, once in extra"
    assert server.verify_lake().returncode == 0


def test_the_id_of_a_retry_does_not_depend_on_key_or_address(start_server):
    server = start_server(**WITH_KEYS, **{"server.store_address": "full", "server.trusted_proxies": "127.0.0.1"})
    for key, address in ((KEY, "203.0.113.7"), (OTHER_KEY, "203.0.113.8")):
        server.post("/track", BODY, {"X-Write-Key": key, "Idempotency-Key": "1", "X-Forwarded-For": address})
    rows = server.lake_rows(4)
    assert len({row["id"] for row in rows}) == 2
    assert {(row["source"], row["clientAddress"]) for row in rows} == {("web", "203.0.113.7"), ("ios", "203.0.113.8")}


# Limits. A rate of one a second refills during a test at most a few tokens: bursts are what is counted.


def statuses(server, count, headers=None, body=BODY):
    return [server.post("/track", body, headers).status for _ in range(count)]


def test_a_client_address_has_a_burst_and_then_429(start_server):
    server = start_server(**{"limits.rate_per_address": 1, "limits.burst_per_address": 5})
    found = statuses(server, 30)
    assert found[:5] == [200] * 5
    refused = found.count(429)
    assert refused >= 15 and found.count(200) + refused == 30
    wait_until(lambda: server.post("/track", BODY).status == 200, what="another token")
    assert server.request("GET", "/health/ready").status == 200, "only what stores rows is limited"
    status = server.status()
    check_books(status)
    assert status["requests"]["rejectedBy"]["address_limited"] >= refused


def test_429_says_when_to_come_back_and_keeps_the_connection(start_server):
    server = start_server(**{"limits.rate_per_address": 1, "limits.burst_per_address": 1, "server.retry_after_s": 7})
    with server.connect() as connection:
        connection.send(request("POST", "/track", BODY) * 10)
        answers = [connection.read() for _ in range(10)]
    limited = [answer for answer in answers if answer.status == 429]
    assert len(limited) >= 5
    assert {answer.header("Retry-After") for answer in limited} == {"7"}
    assert limited[0].json()["title"] == "Too Many Requests"


def test_addresses_are_limited_one_by_one_and_ipv6_by_its_64(start_server):
    server = start_server(**{"limits.rate_per_address": 1, "limits.burst_per_address": 2, "server.trusted_proxies": "127.0.0.1"})

    def of(*addresses):
        return [server.post("/track", BODY, {"X-Forwarded-For": address}).status for address in addresses]

    assert of("203.0.113.7", "203.0.113.7", "203.0.113.8", "203.0.113.8") == [200] * 4
    assert 429 in of(*["203.0.113.7"] * 4)
    assert 429 in of(*[f"2001:db8::{i:x}" for i in range(6)]), "one customer"
    assert of(*[f"2001:db8:0:{i:x}::1" for i in range(1, 7)]) == [200] * 6


def test_guessing_keys_is_limited(start_server):
    server = start_server(**WITH_KEYS, **{"limits.rate_per_address": 1, "limits.burst_per_address": 3})
    found = statuses(server, 20, {"X-Write-Key": "a-guess-0123456789"})
    assert found[:3] == [401] * 3 and set(found[3:]) >= {429}


def test_each_key_has_a_burst_of_its_own(start_server):
    server = start_server(**WITH_KEYS, **{"limits.rate_per_key": 1, "limits.burst_per_key": 3})
    found = statuses(server, 20, {"X-Write-Key": KEY})
    assert found[:3] == [200] * 3 and 429 in found
    assert statuses(server, 3, {"X-Write-Key": OTHER_KEY}) == [200] * 3
    keys = {key["source"]: key for key in server.status()["writeKeys"]}
    assert keys["web"]["limited"] == found.count(429) and keys["ios"]["limited"] == 0
    check_books(server.status())


# Origins


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_a_page_of_another_origin_cannot_send(start_server, content_type):
    server = start_server(**{"server.cors_origins": "https://shop.example"})

    def from_origin(origin, host="inlet.test"):
        return server.post("/track", BODY, {"Content-Type": content_type, "Origin": origin, "Host": host})

    assert from_origin("https://shop.example").status == 200
    for other in ("https://evil.example", "null", "http://shop.example", "https://shop.example.evil.example",
                  "https://shop.example:8443", "://", "evil"):
        response = from_origin(other)
        assert (response.status, response.header("Access-Control-Allow-Origin")) == (403, None), other
    assert from_origin("https://inlet.test").status == 200, "a page of this server"
    assert from_origin("http://inlet.test:8080", "inlet.test:8080").status == 200
    assert from_origin("http://inlet.test:8081", "inlet.test:8080").status == 403
    assert server.post("/track", BODY, {"Content-Type": content_type}).status == 200, "no page at all"
    assert server.status()["requests"]["rejectedBy"] == {"origin": 8}
    check_books(server.status())


def test_with_no_origins_only_its_own_pages_may_send(start_server):
    server = start_server(**{"server.cors_origins": ""})
    assert server.post("/track", BODY, {"Origin": "https://shop.example"}).status == 403
    assert server.post("/track", BODY, {"Origin": "http://inlet.test"}).status == 200


def test_a_page_can_read_that_its_key_is_wrong(start_server):
    server = start_server(**WITH_KEYS)
    response = server.post("/track", BODY, {"Origin": "https://shop.example"})
    assert (response.status, response.header("Access-Control-Allow-Origin")) == (401, "*")
    preflight = server.request("OPTIONS", "/track", headers={
        "Origin": "https://shop.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-write-key"})
    allowed = preflight.header("Access-Control-Allow-Headers").lower()
    assert preflight.status == 204 and "x-write-key" in allowed and "authorization" in allowed
