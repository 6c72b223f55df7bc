"""The books balance: what came in, what was refused, what went where."""

import pathlib

from prometheus_client.parser import text_string_to_metric_families

from inlet_server import event, wait_until
from raw_http import request

GOLDEN = pathlib.Path(__file__).with_name("metrics.txt")


def check_books(status):
    requests = status["requests"]
    assert requests["received"] == requests["accepted"] + requests["rejected"]
    assert requests["rejected"] == sum(requests["rejectedBy"].values())
    for lane in status["lanes"]:
        assert status["journal"]["acceptedRows"] == sum(
            lane[state] for state in ("delivered", "pending", "quarantined", "detached", "damaged", "otherTypes")), lane


def delivered(server, rows):
    wait_until(lambda: server.status()["lanes"][0]["delivered"] >= rows, what=f"the delivery of {rows} rows")
    return server.status()


def mixed_requests(server):
    """20 accepted with 31 rows; 12 rejected, for four reasons."""
    for _ in range(10):
        server.track("u", event(), event())
        server.post("/alias", {"newUserId": "a", "originalUserId": "b", "timestampUTC": 0})
    server.post("/profile", {"userId": "u", "attributes": {}, "timestampUTC": 0})
    server.track("u")
    for _ in range(3):
        server.post("/track", b"{")
        server.post("/track", b"{}")
        server.post("/track", b"{}", {"Content-Type": "application/xml"})
        with server.connect() as connection:
            connection.send(b"nonsense\r\n\r\n")
            connection.read()


def test_the_books_balance(server):
    mixed_requests(server)
    status = delivered(server, 31)
    check_books(status)
    assert status["requests"]["received"] == 34
    assert status["requests"]["accepted"] == 22
    assert status["requests"]["rejectedBy"] == {"malformed": 3, "violation": 3, "unsupported_media": 3, "http": 3}
    assert status["acceptedRows"] == {"track": 20, "alias": 10, "profile": 1}
    assert status["lanes"][0]["name"] == "lake"
    assert status["lanes"][0]["delivered"] == 31
    assert len(server.lake_rows(31)) == 31


def test_the_books_balance_while_rows_are_pending(start_server):
    server = start_server(**{"sink.lake.roll_ms": 3_600_000})
    mixed_requests(server)
    status = server.status()
    check_books(status)
    assert status["lanes"][0]["pending"] == 31
    assert status["lanes"][0]["oldestUndeliveredMs"] > 0


def test_the_books_balance_after_a_restart(server):
    mixed_requests(server)
    delivered(server, 31)
    server.restart()
    check_books(server.status())
    mixed_requests(server)
    wait_until(lambda: server.status()["lanes"][0]["pending"] == 0)
    status = server.status()
    check_books(status)
    assert status["journal"]["acceptedRows"] == 62


def test_after_a_restart_what_is_delivered_does_not_count_as_undelivered(server):
    mixed_requests(server)
    delivered(server, 31)
    server.restart()
    assert server.status()["journal"]["undeliveredBytes"] == 0


def test_the_books_balance_after_a_kill(server):
    mixed_requests(server)
    server.kill9()
    server.start()
    wait_until(lambda: server.status()["lanes"][0]["pending"] == 0)
    check_books(server.status())
    assert len(server.lake_rows(31)) == 31


def families(server):
    return {family.name: family for family in text_string_to_metric_families(server.admin("/metrics"))}


def test_the_names_of_metrics_are_the_golden_ones(start_server):
    """A name that dashboards and alarms use is changed on purpose or not at all: edit metrics.txt with it."""
    server = start_server(**{"auth.write_keys": "web:an-example-of-a-key-1"})  # each key has metrics
    server.headers = {"X-Write-Key": "an-example-of-a-key-1"}
    mixed_requests(server)
    delivered(server, 31)
    found = sorted(f"{family.type} {family.name}{labels(family)}" for family in families(server).values())
    assert found == GOLDEN.read_text().splitlines()


def labels(family):
    names = sorted({name for sample in family.samples for name in sample.labels} - {"le"})
    return "{" + ",".join(names) + "}" if names else ""


def test_every_metric_has_a_help_text_and_says_its_unit(server):
    for name, family in families(server).items():
        assert name.startswith("inlet_")
        assert len(family.documentation) > 10, name
        if family.type == "histogram":
            assert name.endswith("_seconds")


def test_metrics_and_status_agree(server):
    mixed_requests(server)
    status = delivered(server, 31)
    total = {name: sum(sample.value for sample in family.samples if not sample.name.endswith("_created"))
             for name, family in families(server).items() if family.type == "counter"}
    assert 22 in total.values() and 34 in total.values()
    assert status["requests"]["received"] == 34


def test_requests_refused_by_http_are_counted(server):
    with server.connect() as connection:
        connection.send(request("GET", "/health/live?" + "q" * 9000))
        assert connection.read().status == 414
    status = server.status()
    check_books(status)
    assert status["requests"]["rejectedBy"] == {"http": 1}


def test_admin_pages_are_only_on_the_admin_listener(server):
    for path in ("/metrics", "/status"):
        assert server.request("GET", path).status == 404
    assert "/metrics" in server.admin("/")
