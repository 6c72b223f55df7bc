"""Rows that a stream refuses for good: where they are, and the ways out."""

import json

import pytest

from aws_delivery import each_once, lane, track, wait_delivered
from fake_aws import Fault
from fake_aws.app import KEY
from inlet_server import event, run_inlet, wait_until

LANE, STREAM = "firehose-track", "inlet-track"


@pytest.fixture
def poisoned(start_firehose, aws):
    """A server with two good rows and one in quarantine, and the fault that put it there."""
    server = start_firehose()
    server.expect_error("set aside")
    fault = aws.faults.add(Fault.poison(b'"eventName":"POISON"'))
    for name in ("e0", "POISON", "e1"):
        assert server.track("u", event(name)).status == 200
    wait_until(lambda: lane(server, LANE)["pending"] == 0)
    return server, fault


def quarantine(server, aws, command, *more):
    sets = [word for name, value in server.settings.items() for word in ("--set", f"{name}={value}")]
    return run_inlet("quarantine", command, *more, *sets, env=aws.environment())


def test_ls_says_what_is_there_and_why(poisoned, aws):
    server, _ = poisoned
    seen = lane(server, LANE)
    assert (seen["delivered"], seen["quarantined"], seen["failing"]) == (2, 1, False)
    done = quarantine(server, aws, "ls")
    node = aws.firehose.rows(STREAM)[0]["node"]
    assert LANE in done.stdout and node in done.stdout and "InvalidArgumentException" in done.stdout
    assert " 2 " in done.stdout and "1 rows in quarantine" in done.stdout
    server.restart()
    assert lane(server, LANE)["quarantined"] == 1
    assert quarantine(server, aws, "ls").stdout == done.stdout


def test_retry_sends_it_once_the_stream_takes_it(poisoned, aws):
    server, fault = poisoned
    server.terminate()
    done = quarantine(server, aws, "retry")
    assert done.returncode == 1 and "refused again" in done.stdout and "1 remain" in done.stdout
    aws.faults.remove(fault)
    done = quarantine(server, aws, "retry")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rows sent" in done.stdout
    rows = aws.firehose.rows(STREAM)
    assert sorted(row["eventName"] for row in rows) == ["POISON", "e0", "e1"]
    assert sorted(row["seq"] for row in rows) == [1, 2, 3]
    assert "0 rows" in quarantine(server, aws, "ls").stdout
    assert "0 rows sent" in quarantine(server, aws, "retry").stdout
    server.start()
    track(server, 1, 2)
    wait_delivered(server, LANE, 3)


def test_drop_asks_first_and_leaves_a_receipt(poisoned, aws):
    server, _ = poisoned
    server.terminate()
    asked = quarantine(server, aws, "drop")
    assert asked.returncode == 1 and "--yes" in asked.stdout
    assert "1 rows in quarantine" in quarantine(server, aws, "ls").stdout
    done = quarantine(server, aws, "drop", "--yes")
    assert done.returncode == 0 and "1 rows given up" in done.stdout
    assert "0 rows" in quarantine(server, aws, "ls").stdout
    kept = [path for path in server.journal_dir.rglob("*") if path.is_file() and "quarantine" in str(path)]
    assert any(b"dropped" in path.read_bytes() for path in kept), "no receipt"
    server.start()
    assert lane(server, LANE)["quarantined"] == 1  # what became of it does not change what the lane did


def test_a_full_quarantine_holds_its_lane(start_firehose, aws):
    server = start_firehose(**{"quarantine.max_bytes": 600})
    server.expect_error("set aside|delivery fails")
    fault = aws.faults.add(Fault.poison(b"POISON"))
    for number in range(10):
        assert server.track("u", event("POISON", {"n": number})).status == 200
        wait_until(lambda: lane(server, LANE)["failing"] or lane(server, LANE)["pending"] == 0)
    seen = wait_until(lambda: (found := lane(server, LANE))["failing"] and found)
    assert 0 < seen["quarantined"] < 10 and seen["quarantined"] + seen["pending"] == 10
    aws.faults.remove(fault)
    wait_until(lambda: lane(server, LANE)["pending"] == 0)
    rows = aws.firehose.rows(STREAM)
    assert len({row["seq"] for row in rows}) == len(rows) == lane(server, LANE)["delivered"]


def test_a_stream_that_refuses_all_is_no_matter_of_rows(start_firehose, aws):
    """Not hundreds of rows are wrong then, but something about the stream."""
    server = start_firehose(**{"sink.firehose.linger_ms": 300})
    server.expect_error("delivery fails|set aside")
    fault = aws.faults.add(Fault.refuse("InvalidArgumentException", times=None, service="firehose"))
    track(server, 200)
    wait_until(lambda: lane(server, LANE)["failing"])
    assert lane(server, LANE)["quarantined"] == 0
    aws.faults.remove(fault)
    wait_delivered(server, LANE, 200)
    each_once(aws.firehose.rows(STREAM), 200)


def test_quarantined_rows_are_whole(poisoned, aws):
    server, fault = poisoned
    server.terminate()
    aws.faults.remove(fault)
    assert quarantine(server, aws, "retry").returncode == 0
    row = next(row for row in aws.firehose.rows(STREAM) if row["eventName"] == "POISON")
    assert json.dumps(row["metadata"]) == "{}" and row["type"] == "track" and row["userId"] == "u"
    assert aws.gatekeeper.identities[KEY].used > 0
