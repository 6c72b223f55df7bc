"""Rows through Firehose: each arrives, is sent again only if nobody said that it had arrived, and trouble on one stream
stays there. The stand-in refuses whatever AWS would refuse."""

import collections
import gzip
import json
import pathlib
import time

import pytest

from aws_delivery import ONE_STREAM, STREAMS, Load, each_once, lane, names, one_of_each, track, wait_delivered, wait_failing
from fake_aws import Fault, Quota
from inlet_server import event, wait_until
from ports import free_port
from raw_http import request

TRACK, LANE = "inlet-track", "firehose-track"


def records(aws, stream=TRACK):
    return [record.data for record in aws.firehose.streams[stream].records]


def calls(aws, stream=TRACK):
    return aws.ledger.of("firehose", "PutRecordBatch", stream)


def billed(aws, *streams):
    return sum(-(-len(data) // 5120) * 5120 for stream in streams for data in records(aws, stream))


# What arrives

def test_each_type_has_its_stream(start_firehose, aws):
    server = start_firehose()
    for _ in range(3):
        one_of_each(server)
    for name, stream in zip(("firehose-track", "firehose-alias", "firehose-profile"), STREAMS):
        seen = wait_delivered(server, name, 3)
        assert (seen["pending"], seen["otherTypes"], seen["failing"]) == (0, 6, False)
        assert {row["type"] for row in aws.firehose.rows(stream)} == {stream.removeprefix("inlet-")}
    assert sorted(row["seq"] for row in aws.firehose.rows(*STREAMS)) == list(range(1, 10))
    assert not records(aws, "inlet")
    assert sum(lane["bytesBilled"] for lane in server.status()["lanes"]) == billed(aws, *STREAMS)


def test_one_stream_may_take_all_types(start_firehose, aws):
    server = start_firehose(**ONE_STREAM)
    one_of_each(server)
    wait_delivered(server, "firehose", 3)
    assert [row["type"] for row in aws.firehose.rows("inlet")] == ["track", "alias", "profile"]
    assert not records(aws)


def test_many_clients_lose_nothing(start_firehose, aws):
    server = start_firehose(**ONE_STREAM)
    with Load(server, clients=8) as load:
        wait_until(lambda: load.count() > 2000)
    server.terminate()
    rows = aws.firehose.rows("inlet")
    assert sorted(names(rows)) == sorted(load.answered) and not load.unknown
    assert sorted(row["seq"] for row in rows) == list(range(1, len(rows) + 1))
    assert len({row["id"] for row in rows}) == len(rows)


AWKWARD = ["", "a\nb", "\r\n\t\0", "\x7f\u2028\u2029", "\U0001f600" * 40, '"\\"\\\\', "}\n{", "x" * 300]


def test_each_event_is_one_line_whatever_is_in_it(start_firehose, aws, seed):
    server = start_firehose(**ONE_STREAM)
    sent = [{"text": text, AWKWARD[(number + seed) % len(AWKWARD)]: number} for number, text in enumerate(AWKWARD * 100)]
    for number in range(0, len(sent), 100):
        assert server.track("u", *[event("e", metadata) for metadata in sent[number:number + 100]]).status == 200
    wait_delivered(server, "firehose", len(sent))
    assert all(data.endswith(b"}\n") for data in records(aws, "inlet"))
    assert [row["metadata"] for row in aws.firehose.rows("inlet")] == sent


def test_rows_are_packed_to_the_limits_and_not_over(start_firehose, aws):
    """The stand-in refuses what is over them: here only that they are used."""
    server = start_firehose(**ONE_STREAM, **{"sink.firehose.linger_ms": 1500})
    track(server, 1, size=990_000)
    for first in (1, 5001):
        track(server, 5000, first)
    track(server, 10, 10_001, size=99_000)
    wait_delivered(server, "firehose", 10_011)
    each_once(aws.firehose.rows("inlet"), 10_011)
    in_record = [data.count(b"\n") for data in records(aws, "inlet")]
    assert 450 <= max(in_record) <= 500  # filled up to a step of the bill
    assert max(map(len, records(aws, "inlet"))) > 900_000
    assert len(in_record) < 30 and len(calls(aws, "inlet")) < 8
    raw = [sum(len(unit.data) for unit in attempt.units) for attempt in calls(aws, "inlet")]
    assert max(raw) <= 3 << 20
    assert lane(server, "firehose")["bytesBilled"] == billed(aws, "inlet")


def test_records_may_be_compressed(start_firehose, aws):
    server = start_firehose(**ONE_STREAM, **{"sink.firehose.compression": "gzip", "sink.firehose.linger_ms": 300})
    track(server, 3000)
    seen = wait_delivered(server, "firehose", 3000)
    object_of_firehose = b"".join(records(aws, "inlet"))
    assert gzip.decompress(object_of_firehose).count(b"\n") == 3000
    assert all(gzip.decompress(data).endswith(b"\n") for data in records(aws, "inlet"))
    each_once(aws.firehose.rows("inlet"), 3000)
    assert seen["bytesSent"] == len(object_of_firehose) < seen["bytesDelivered"] / 3
    assert seen["bytesBilled"] == billed(aws, "inlet")


def test_rows_wait_for_company_but_not_for_the_end(start_firehose, aws):
    server = start_firehose(**{"sink.firehose.linger_ms": 600_000})
    for number in range(20):
        track(server, 1, number)
    assert not calls(aws) and lane(server, LANE)["pending"] == 20
    server.terminate()
    assert len(records(aws)) == 1
    each_once(aws.firehose.rows(TRACK), 20)


def test_a_restart_goes_on_where_it_was(start_firehose, aws):
    server = start_firehose()
    for number in range(3):
        track(server, 5, number * 5)
        server.restart()
    wait_delivered(server, LANE, 15)
    each_once(aws.firehose.rows(TRACK), 15)


def test_a_200_may_wait_for_firehose(start_firehose, aws):
    server = start_firehose(**{"server.ack": "sink", "server.ack_sink": "firehose", "server.ack_timeout_ms": 20_000,
                               "sink.firehose.linger_ms": 60_000, **ONE_STREAM})
    for number in range(3):
        track(server, 1, number)
        assert len(aws.firehose.rows("inlet")) == number + 1  # at once, long before the linger
    server.restart(**{"server.ack_timeout_ms": 1000})
    outage = aws.faults.add(Fault.refuse("ServiceUnavailableException", status=503, times=None))
    response = server.track("u", event("e3"))
    assert response.status == 503 and response.header("Retry-After")
    aws.faults.remove(outage)
    wait_delivered(server, "firehose", 4)
    each_once(aws.firehose.rows("inlet"), 4)


def test_a_200_waits_no_longer_than_it_was_told_for_a_service_that_is_silent(start_firehose, aws):
    server = start_firehose(**{"server.ack": "sink", "server.ack_sink": "firehose", "server.ack_timeout_ms": 1000,
                               **ONE_STREAM})
    aws.faults.add(Fault(service="firehose", delay=8))
    began = time.monotonic()
    assert server.track("u", event("e0")).status == 503
    assert 0.9 < time.monotonic() - began < 6
    wait_delivered(server, "firehose", 1)


# What fails

@pytest.mark.parametrize("pattern", ["first", "last", "alternate", "all", "all_but_one"])
def test_only_failed_records_are_sent_again(start_firehose, aws, pattern):
    server = start_firehose(**{"sink.firehose.linger_ms": 200})
    aws.faults.add(Fault.records(pattern, times=2))
    track(server, 5000)
    seen = wait_delivered(server, LANE, 5000)
    each_once(aws.firehose.rows(TRACK), 5000)  # and start_firehose asks the ledger
    failed = [unit for attempt in calls(aws) for unit in attempt.units if not unit.taken]
    assert len(calls(aws)[0].units) >= 4 and failed
    assert seen["retried"] == sum(len(unit.rows()) for unit in failed)
    assert seen["throttled"] == len(failed) and seen["maybeDuplicated"] == 0
    assert not aws.ledger.duplicates(TRACK)


@pytest.mark.parametrize("stored", [False, True])
def test_a_record_with_an_internal_failure_may_have_arrived(start_firehose, aws, stored):
    server = start_firehose(**{"sink.firehose.linger_ms": 200})
    aws.faults.add(Fault.records("alternate", "InternalFailure", stored=stored))
    track(server, 5000)
    seen = wait_delivered(server, LANE, 5000)
    failed = [row for unit in calls(aws)[0].units if not unit.said_taken for row in unit.rows()]
    assert seen["maybeDuplicated"] == seen["retried"] == len(failed) > 0
    check_duplicates(aws, TRACK, set(failed) if stored else set())


def check_duplicates(aws, stream, expected):
    """Just these rows are there more than once, each time as the same bytes, and the ledger knows why."""
    assert set(aws.ledger.duplicates(stream)) == expected
    assert not aws.ledger.unexplained(stream)
    lines = collections.defaultdict(set)
    for line in aws.firehose.lines(stream):
        row = json.loads(line)
        lines[row["node"], row["seq"]].add(line)
    assert all(len(found) == 1 for found in lines.values())


AMBIGUOUS = {
    "reset after the store": Fault.lose_reply(),
    "reset within the reply": Fault(reply={"drop": "half"}),
    "truncated JSON": Fault.garbage(b'{"FailedPutCount":0,"RequestRes'),
    "wrong length": Fault.garbage(b'{"FailedPutCount":0,"Encrypted":false,"RequestResponses":[]}'),
    "too long an array": Fault.garbage(b'{"FailedPutCount":0,"RequestResponses":[' + b'{"RecordId":"x"},' * 700
                                       + b'{"RecordId":"x"}]}'),
    "no array": Fault.garbage(b"{}"),
    "another type": Fault.garbage(b'{"FailedPutCount":"none","RequestResponses":{"0":1}}'),
    "deep": Fault.garbage(b'{"RequestResponses":' + b"[" * 100_000),
    "nothing": Fault.garbage(b""),
    "HTML": Fault.garbage(b"<html><body>Welcome to the hotel</body></html>", headers={"Content-Type": "text/html"}),
    "HTML with 503": Fault.garbage(b"<html>503</html>", status=503),
    "504 of a proxy": Fault.garbage(b"", status=504),
    "100 MB": Fault(reply={"pad_to": 100 << 20}),
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_an_unclear_reply_is_followed_by_another_try(start_firehose, aws, kind):
    server = start_firehose()
    fault = aws.faults.add(AMBIGUOUS[kind])
    fault.used, fault.service = 0, "firehose"
    track(server, 20)
    seen = wait_delivered(server, LANE, 20)
    assert len(calls(aws)) == 2 and not aws.faults.unused()
    assert seen["maybeDuplicated"] == seen["retried"] == 20
    check_duplicates(aws, TRACK, {(row["node"], row["seq"]) for row in aws.firehose.rows(TRACK)})
    assert peak_memory(server) < 150 << 20


def peak_memory(server):
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return int(text.split("VmHWM:")[1].split()[0]) << 10


@pytest.mark.parametrize("fault", [Fault(delay=1.2), Fault(reply={"drip": 0.005}, told=True),
                                   Fault(reply={"date": "nonsense"}, told=True)], ids=["delay", "drip", "date"])
def test_a_slow_reply_is_waited_for(start_firehose, aws, fault):
    server = start_firehose()
    fault.used = 0
    aws.faults.add(fault)
    track(server, 20)
    wait_delivered(server, LANE, 20)
    assert len(calls(aws)) == 1


@pytest.mark.parametrize("fault", [Fault(reset=True, times=3), Fault.refuse("ServiceUnavailableException", status=503, times=2),
                                   Fault.refuse("ThrottlingException", status=400, times=2),
                                   Fault.refuse("InternalFailure", status=500, times=3)],
                         ids=["reset", "503", "throttling", "500"])
def test_what_passes_is_tried_again_with_pauses(start_firehose, aws, fault):
    server = start_firehose()
    fault.used = 0
    aws.faults.add(fault)
    track(server, 20)
    wait_delivered(server, LANE, 20)
    each_once(aws.firehose.rows(TRACK), 20)
    gaps = [after.at - before.at for before, after in zip(calls(aws), calls(aws)[1:])]
    assert len(gaps) == fault.times and min(gaps) >= 0.02


def test_an_outage_is_no_storm_of_calls(start_firehose, aws):
    outage = aws.faults.add(Fault.refuse("ServiceUnavailable", status=503, times=None))
    server = start_firehose()
    for number in range(60):
        track(server, 10, number * 10)
    wait_failing(server, LANE)
    wait_until(lambda: len(calls(aws)) >= 5)
    assert len(calls(aws)) <= 8 and server.is_ready()
    aws.faults.remove(outage)
    wait_delivered(server, LANE, 600)
    each_once(aws.firehose.rows(TRACK), 600)


def test_nobody_there_is_no_reason_not_to_start(start_firehose, aws):
    server = start_firehose(**{"aws.endpoint_url": f"http://127.0.0.1:{free_port()}"})
    track(server, 10)
    assert "127.0.0.1" in wait_failing(server, LANE)["lastError"]
    server.restart(**{"aws.endpoint_url": "http://firehose.invalid"})
    track(server, 10, 10)
    assert "firehose.invalid" in wait_failing(server, LANE)["lastError"]
    server.restart(**{"aws.endpoint_url": aws.url})
    wait_delivered(server, LANE, 20)
    each_once(aws.firehose.rows(TRACK), 20)


def test_a_redirect_is_not_followed(start_firehose, aws):
    server = start_firehose()
    server.expect_error("delivery fails")
    redirect = aws.faults.add(Fault(service="firehose", resource=TRACK, times=None,
                                    reply={"status": 307, "headers": {"Location": aws.url}}))
    track(server, 5)
    wait_failing(server, LANE)
    aws.faults.remove(redirect)
    wait_delivered(server, LANE, 5)
    assert [attempt.status for attempt in calls(aws)] == [307] * (len(calls(aws)) - 1) + [200]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "InvalidKMSResourceException",
                                  "InvalidSourceException"])
def test_what_somebody_must_repair_holds_only_its_lane(start_firehose, aws, code):
    server = start_firehose()
    server.expect_error("delivery fails")
    wrong = aws.faults.add(Fault.refuse(code, times=None, resource="inlet-alias"))
    for _ in range(10):
        one_of_each(server)
    seen = wait_failing(server, "firehose-alias", code)
    assert seen["holding"] and seen["pending"] >= 10 and seen["delivered"] == 0
    wait_delivered(server, LANE, 10)
    wait_delivered(server, "firehose-profile", 10)
    one_of_each(server)  # it still takes rows, and the others go on
    wait_delivered(server, LANE, 11)
    assert len(calls(aws, "inlet-alias")) <= 4
    aws.faults.remove(wrong)
    seen = wait_delivered(server, "firehose-alias", 11)
    assert not seen["failing"] and not seen["holding"] and "lastError" not in seen
    assert set(aws.firehose.row_counts("inlet-alias").values()) == {1}


def test_a_stream_that_is_created_later_gets_all(start_firehose, aws):
    aws.firehose.delete(TRACK)
    server = start_firehose()
    server.expect_error("delivery fails")
    track(server, 10)
    assert TRACK in wait_failing(server, LANE, "ResourceNotFoundException")["lastError"]
    aws.firehose.create(TRACK)
    wait_delivered(server, LANE, 10)
    each_once(aws.firehose.rows(TRACK), 10)


def test_poison_stands_in_nobodys_way(start_firehose, aws):
    server = start_firehose(**{"sink.firehose.linger_ms": 300})
    server.expect_error("set aside")
    aws.faults.add(Fault.poison(b"POISON"))
    good = [event(f"e{number}") for number in range(700)]
    for place in (650, 333, 0):
        good.insert(place, event("POISON"))
    assert server.track("u", *good).status == 200
    wait_until(lambda: lane(server, LANE)["pending"] == 0)
    seen = lane(server, LANE)
    assert (seen["delivered"], seen["quarantined"], seen["failing"]) == (700, 3, False)
    each_once(aws.firehose.rows(TRACK), 700)
    assert len(calls(aws)) < 80
    track(server, 10, 700)
    wait_delivered(server, LANE, 710)
    each_once(aws.firehose.rows(TRACK), 710)


def test_a_row_that_would_be_too_large_is_refused_at_the_door(start_firehose, aws):
    server = start_firehose()
    assert server.track("u", event("e0", {"fill": "x" * 1_010_000})).status == 413
    track(server, 1, size=990_000)
    wait_delivered(server, LANE, 1)


def test_a_quota_is_found_and_kept(start_firehose, aws):
    aws.firehose.create(TRACK, Quota(bytes=1 << 20, records=1000, requests=1000))
    server = start_firehose()
    rows = 35_000  # 7 MB
    for number in range(0, rows, 5000):
        track(server, 5000, number)
    seen = wait_delivered(server, LANE, rows, timeout=40)
    each_once(aws.firehose.rows(TRACK), rows)
    began, ended = calls(aws)[0].at, calls(aws)[-1].at
    assert ended - began < 30, "the quota is not used"
    adapted = [unit for attempt in calls(aws) if attempt.at > began + 3 for unit in attempt.units]
    refused = [unit for unit in adapted if not unit.taken]
    print(f"{len(refused)} of {len(adapted)} records throttled after 3 s, {ended - began:.1f} s in all")
    assert len(refused) <= 0.3 * len(adapted), f"{len(refused)} of {len(adapted)} records were throttled"
    assert seen["throttled"] > 0 and seen["maybeDuplicated"] == 0


# Clocks, crashes

@pytest.mark.parametrize("offset", [600, -600])
def test_a_wrong_clock_is_noticed_and_corrected(start_firehose, aws, offset):
    aws.clock_offset = offset
    server = start_firehose()
    track(server, 10)
    wait_delivered(server, LANE, 10)
    track(server, 10, 10)
    wait_delivered(server, LANE, 20)
    each_once(aws.firehose.rows(TRACK), 20)
    assert [attempt.code for attempt in calls(aws)] == ["InvalidSignatureException", "", ""]


@pytest.mark.timeout(120)
def test_a_crash_repeats_little_and_loses_nothing(start_firehose, aws, seed):
    server = start_firehose(**{"sink.firehose.linger_ms": 10, **ONE_STREAM})
    with Load(server) as load:
        for number in range(5):
            before = load.count()
            wait_until(lambda: load.count() > before + 100)
            if number % 2:
                aws.faults.add(Fault.lose_reply(service="firehose"), Fault(service="firehose", delay=0.2))
            wait_until(lambda: not aws.faults.unused())
            server.kill9()
            aws.client_was_killed()
            server.start()
    server.terminate()
    rows = aws.firehose.rows("inlet")
    found = set(names(rows))
    assert load.answered <= found, f"lost: {sorted(load.answered - found)[:10]}, SEED={seed}"
    assert found <= load.answered | load.unknown
    assert {row["seq"] for row in rows} == set(range(1, len(found) + 1))
    check_duplicates(aws, "inlet", set(aws.ledger.duplicates("inlet")))
    assert len({row["id"] for row in rows}) == len(found)


def test_connections_that_close_in_the_middle_of_a_request(start_firehose, aws):
    """A client of inlet that goes away has no part in delivery; its rows may be there."""
    server = start_firehose()
    for number in range(5):
        with server.connect() as connection:
            connection.send(request("POST", "/track", json.dumps(
                {"userId": "u", "events": [event(f"e{number}")]}).encode()))
    wait_delivered(server, LANE, 5)
    each_once(aws.firehose.rows(TRACK), 5)
