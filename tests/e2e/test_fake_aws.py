"""Certifies the stand-in for AWS with AWS's own client: what AWS refuses, it refuses, and in AWS's words; what it
takes can be read back. Nothing of inlet has a part in this."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import botocore.exceptions
import pytest

import fake_aws
from aws_clients import client, put, raw_call, refused
from fake_aws import Fault, Quota
from fake_aws.firehose import encode_call

STREAM, BUCKET = "inlet-track", "lake"
KIB = 1024
ROW = b'{"type":"track","id":"i","receivedAt":"t","node":"abcdefghijklm","seq":%d,"x":1}\n'


@pytest.fixture
def firehose(aws):
    return client("firehose", aws.url)


# Firehose: limits

def test_records_are_kept_in_order(aws, firehose):
    reply = put(firehose, b"one\n", b"\x00\xff\n", b"")
    assert reply["FailedPutCount"] == 0 and reply["Encrypted"] is False
    assert [sorted(entry) for entry in reply["RequestResponses"]] == [["RecordId"]] * 3
    assert firehose.put_record(DeliveryStreamName=STREAM, Record={"Data": b"four"})["RecordId"]
    assert [record.data for record in aws.firehose.streams[STREAM].records] == [b"one\n", b"\x00\xff\n", b"", b"four"]


@pytest.mark.parametrize("count, taken", [(1, True), (499, True), (500, True), (501, False), (0, False)])
def test_a_call_holds_1_to_500_records(firehose, count, taken):
    if taken:
        assert len(put(firehose, *[b"x"] * count)["RequestResponses"]) == count
    else:
        assert refused(put, firehose, *[b"x"] * count)[:2] == ("ValidationException", 400)


@pytest.mark.parametrize("size, taken", [(1_023_999, True), (1_024_000, True), (1_024_001, False)])
def test_a_record_holds_1000_kib(firehose, size, taken):
    if taken:
        assert put(firehose, b"x" * size)["FailedPutCount"] == 0
        assert firehose.put_record(DeliveryStreamName=STREAM, Record={"Data": b"x" * size})
    else:
        code, status, message = refused(put, firehose, b"a", b"x" * size)
        assert (code, status) == ("ValidationException", 400)
        assert "'records.2.member.data'" in message and "less than or equal to 1024000" in message


@pytest.mark.parametrize("size, taken", [(4 * KIB * KIB - 1, True), (4 * KIB * KIB, True), (4 * KIB * KIB + 1, False)])
def test_a_call_holds_4_mib_before_base64(aws, firehose, size, taken):
    contents = [b"x" * 1_000_000] * 4 + [b"y" * (size - 4_000_000)]
    if taken:
        assert put(firehose, *contents)["FailedPutCount"] == 0
        assert aws.firehose.streams[STREAM].bytes == size
    else:
        assert refused(put, firehose, *contents) == ("InvalidArgumentException", 400, "Records size exceeds 4 MB limit")
        assert aws.firehose.streams[STREAM].count == 0


def test_an_unknown_stream_is_named(firehose):
    code, status, message = refused(put, firehose, b"x", stream="inlet-nobody")
    assert (code, status) == ("ResourceNotFoundException", 400)
    assert "inlet-nobody" in message


@pytest.mark.parametrize("name, code", [("a" * 65, "ValidationException"), ("a b", "ValidationException"),
                                        ("a" * 64, "ResourceNotFoundException"), ("a_b.C-1", "ResourceNotFoundException")])
def test_names_of_streams_have_a_pattern(firehose, name, code):
    assert refused(put, firehose, b"x", stream=name)[0] == code


def test_describing_a_stream_is_another_right(aws, firehose):
    assert refused(firehose.describe_delivery_stream, DeliveryStreamName=STREAM)[0] == "AccessDeniedException"
    aws.firehose.describable = True
    described = firehose.describe_delivery_stream(DeliveryStreamName=STREAM)["DeliveryStreamDescription"]
    assert described["DeliveryStreamStatus"] == "ACTIVE"


@pytest.mark.parametrize("body, code", [
    (b"{", "SerializationException"), (b"[]", "SerializationException"), (b"\xff", "SerializationException"),
    (b'{"DeliveryStreamName":"inlet-track","Records":[{"Data":"eA"}]}', "SerializationException"),
    (b'{"DeliveryStreamName":"inlet-track","Records":[{"Data":"e A="}]}', "SerializationException"),
    (b'{"DeliveryStreamName":"inlet-track","Records":[{"Data":7}]}', "SerializationException"),
    (b'{"DeliveryStreamName":"inlet-track","Records":[{}]}', "ValidationException"),
    (b'{"DeliveryStreamName":"inlet-track"}', "ValidationException"),
    (b'{"Records":[{"Data":"eA=="}]}', "ValidationException"),
    (b'{"DeliveryStreamName":"inlet-track","Records":[{"Data":"eA=="}]}', "")])
def test_bodies_are_checked(aws, body, code):
    aws.gatekeeper.verify = False
    status, reply = raw_call(aws, {"Content-Type": "application/x-amz-json-1.1",
                                   "X-Amz-Target": "Firehose_20150804.PutRecordBatch"}, body)
    assert (status, json.loads(reply).get("__type", "")) == (400 if code else 200, code)


@pytest.mark.parametrize("changes", [{"X-Amz-Target": "Firehose_20150804.Nothing"}, {"X-Amz-Target": "PutRecordBatch"},
                                     {"Content-Type": "application/json"}, {"Content-Encoding": "gzip"}])
def test_headers_are_checked(aws, changes):
    aws.gatekeeper.verify = False
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Firehose_20150804.PutRecordBatch", **changes}
    status, reply = raw_call(aws, headers, encode_call(STREAM, [b"x"]))
    assert (status, json.loads(reply)["__type"]) == (400, "UnknownOperationException")


# Firehose: quotas

def stopped_clock(aws, stream, quota):
    """Makes a stream whose time is the number in this list."""
    aws.firehose.create(stream, quota)
    now, buckets = [0.0], aws.firehose.streams[stream].buckets
    buckets.clock, buckets.filled_at = lambda: now[0], now[0]
    return now


def test_what_is_over_the_quota_of_bytes_fails_record_by_record(aws):
    now = stopped_clock(aws, "slow", Quota(bytes=1000))
    reply = put(client("firehose", aws.url), *[b"x" * 400] * 4, stream="slow")
    assert reply["FailedPutCount"] == 2
    assert ["ErrorCode" in entry for entry in reply["RequestResponses"]] == [False, False, True, True]
    assert reply["RequestResponses"][3] == {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
    assert aws.firehose.streams["slow"].count == 2
    now[0] += 0.5  # the bucket fills by 500
    assert put(client("firehose", aws.url), *[b"x" * 400] * 2, stream="slow")["FailedPutCount"] == 1


@pytest.mark.parametrize("quota, calls, failed", [(Quota(records=5), [3, 3], [0, 1]), (Quota(requests=2), [1, 1, 4], [0, 0, 4]),
                                                  (Quota(), [500, 500], [0, 0])])
def test_records_and_requests_have_quotas_too(aws, quota, calls, failed):
    stopped_clock(aws, "slow", quota)
    firehose = client("firehose", aws.url)
    assert [put(firehose, *[b"x"] * count, stream="slow")["FailedPutCount"] for count in calls] == failed


# Signatures

def test_temporary_credentials_need_their_token(aws):
    aws.gatekeeper.add("ASIATEMP", "s", "to/ken+=")
    assert put(client("firehose", aws.url, "ASIATEMP", "s", "to/ken+="), b"x")
    assert refused(put, client("firehose", aws.url, "ASIATEMP", "s"), b"x")[0] == "UnrecognizedClientException"
    assert refused(put, client("firehose", aws.url, "ASIATEMP", "s", "other"), b"x")[0] == "UnrecognizedClientException"
    aws.gatekeeper.identities["ASIATEMP"].expired = True
    assert refused(put, client("firehose", aws.url, "ASIATEMP", "s", "to/ken+="), b"x")[:2] == ("ExpiredTokenException", 400)
    s3 = client("s3", aws.url, "ASIATEMP", "s", "to/ken+=")
    assert refused(s3.put_object, Bucket=BUCKET, Key="k", Body=b"")[:2] == ("ExpiredToken", 400)


@pytest.mark.parametrize("service, key, secret, code, status", [
    ("firehose", None, "wrong", "InvalidSignatureException", 400), ("firehose", "AKIANOBODY", "s", "UnrecognizedClientException", 400),
    ("s3", None, "wrong", "SignatureDoesNotMatch", 403), ("s3", "AKIANOBODY", "s", "InvalidAccessKeyId", 403),
    ("sts", None, "wrong", "SignatureDoesNotMatch", 403), ("sts", "AKIANOBODY", "s", "InvalidClientTokenId", 403)])
def test_unknown_keys_and_wrong_secrets_are_refused(aws, service, key, secret, code, status):
    made = client(service, aws.url, **({"key": key} if key else {}), secret=secret)
    calls = {"firehose": lambda: put(made, b"x"), "s3": lambda: made.put_object(Bucket=BUCKET, Key="k", Body=b"x"),
             "sts": lambda: made.get_caller_identity()}
    assert refused(calls[service])[:2] == (code, status)
    assert aws.firehose.streams[STREAM].count == 0 and not aws.s3.objects(BUCKET)


def test_a_call_without_a_signature_is_refused(aws):
    status, reply = raw_call(aws, {"Content-Type": "application/x-amz-json-1.1",
                                   "X-Amz-Target": "Firehose_20150804.PutRecordBatch"}, encode_call(STREAM, [b"x"]))
    assert (status, json.loads(reply)["__type"]) == (400, "MissingAuthenticationTokenException")
    assert raw_call(aws, {}, b"x", "PUT", f"/{BUCKET}/k")[0] == 403


def test_a_header_of_amazon_that_is_not_signed_is_refused(aws, firehose):
    firehose.meta.events.register("before-send.firehose.*",
                                  lambda request, **_: request.headers.update({"X-Amz-Security-Token": "t"}))
    code, _, message = refused(put, firehose, b"x")
    assert code == "InvalidSignatureException" and "x-amz-security-token" in message


@pytest.mark.parametrize("service, limit, code", [("firehose", 300, "InvalidSignatureException"), ("s3", 900, "RequestTimeTooSkewed")])
@pytest.mark.parametrize("direction", [1, -1])
def test_signatures_are_good_for_some_minutes(aws, service, limit, code, direction):
    made = client(service, aws.url)
    call = {"firehose": lambda: put(made, b"x"), "s3": lambda: made.put_object(Bucket=BUCKET, Key="k", Body=b"x")}[service]
    aws.clock_offset = direction * (limit - 5)
    call()
    aws.clock_offset = direction * (limit + 5)
    assert refused(call)[0] == code


def test_another_region_is_refused(aws):
    assert refused(put, client("firehose", aws.url, region="us-east-1"), b"x")[0] == "InvalidSignatureException"
    s3 = client("s3", aws.url, region="us-east-1")
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")  # boto3 reads the right region from the refusal, and tries it
    assert [attempt.code for attempt in aws.ledger.of("s3")] == ["AuthorizationHeaderMalformed", ""]


def test_rights_can_be_taken_away(aws, firehose):
    s3 = client("s3", aws.url)
    aws.gatekeeper.identities["AKIAFAKEFAKEFAKEFAKE"].denied = {"firehose:PutRecordBatch *", "s3:ListBucket *"}
    code, status, message = refused(put, firehose, b"x")
    assert (code, status) == ("AccessDeniedException", 400) and "firehose:PutRecordBatch" in message
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    assert refused(s3.list_objects_v2, Bucket=BUCKET)[:2] == ("AccessDenied", 403)


# Faults

@pytest.mark.parametrize("pattern, failed", [("first", [0]), ("last", [4]), ("alternate", [0, 2, 4]), ("all", [0, 1, 2, 3, 4]),
                                             ("all_but_one", [0, 1, 3, 4]), ((1, 3), [1, 3])])
def test_records_fail_by_script(aws, firehose, pattern, failed):
    aws.faults.add(Fault.records(pattern, "InternalFailure"))
    reply = put(firehose, *b"abcde".split(b","), b"1", b"2", b"3", b"4")
    assert [index for index, entry in enumerate(reply["RequestResponses"]) if "ErrorCode" in entry] == failed
    assert reply["FailedPutCount"] == len(failed)
    assert aws.firehose.streams[STREAM].count == 5 - len(failed)
    assert put(firehose, b"x")["FailedPutCount"] == 0  # once


def test_calls_fail_by_script(aws, firehose):
    aws.firehose.create("other")
    aws.faults.add(Fault.refuse("ServiceUnavailableException", status=503, times=2, resource=STREAM))
    assert put(firehose, b"x", stream="other")
    for _ in range(2):
        assert refused(put, firehose, b"x")[:2] == ("ServiceUnavailableException", 503)
    assert put(firehose, b"x")
    aws.faults.add(Fault.refuse("InvalidKMSResourceException"))
    assert refused(put, firehose, b"x")[:2] == ("InvalidKMSResourceException", 400)
    assert not aws.faults.unused()


def test_poison_is_refused_for_good(aws, firehose):
    aws.faults.add(Fault.poison(b"POISON"))
    for _ in range(3):
        assert refused(put, firehose, b"good", b"some POISON here")[0] == "InvalidArgumentException"
        assert put(firehose, b"good")
    assert refused(firehose.put_record, DeliveryStreamName=STREAM, Record={"Data": b"POISON"})[0] == "InvalidArgumentException"


def test_a_lost_reply_leaves_the_records_in_the_stream(aws, firehose):
    aws.faults.add(Fault.lose_reply(service="firehose"), Fault(reset=True))
    for stored in (1, 1):
        with pytest.raises(botocore.exceptions.HTTPClientError):
            put(firehose, ROW % 1)
        assert aws.firehose.streams[STREAM].count == stored
    put(firehose, ROW % 1)
    assert aws.ledger.duplicates(STREAM) == {("abcdefghijklm", 1): 2}
    assert not aws.ledger.unexplained(STREAM) and not aws.ledger.wrong_resends()


def test_what_a_killed_client_had_sent_counts_to_its_life(aws):
    """Its request may still lie in the socket when it is dead."""
    aws.gatekeeper.verify = False
    body = encode_call(STREAM, [ROW % 1])
    head = (f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: "
            f"Firehose_20150804.PutRecordBatch\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    for _ in range(50):
        client = socket.create_connection(("127.0.0.1", aws.port))
        client.sendall(head + body)
        client.close()
        aws.client_was_killed()
    assert len(aws.ledger.attempts) == 50 and aws.ledger.crashes == list(range(1, 51))
    assert not aws.ledger.wrong_resends()


def test_what_is_sent_again_after_success_is_found(aws, firehose):
    put(firehose, ROW % 1 + ROW % 2)
    aws.ledger.crash()
    put(firehose, ROW % 1, ROW % 3)
    assert not aws.ledger.wrong_resends()
    aws.faults.add(Fault.records("all"))
    put(firehose, ROW % 3)
    assert [row for _, row, _, _ in aws.ledger.wrong_resends()] == [("abcdefghijklm", 3)]
    assert not aws.ledger.unexplained(STREAM)  # it was sent again, but is not there twice


@pytest.mark.parametrize("fault", [
    Fault.garbage(b'{"FailedPutCount":0,"RequestRes'), Fault.garbage(b"<html>", headers={"Content-Type": "text/html"}),
    Fault(reply={"drop": "half"}), Fault(delay=3)])
def test_hostile_replies_are_hostile_to_boto_too(aws, firehose, fault):
    fault.used = 0
    aws.faults.add(fault)
    with pytest.raises(Exception):
        if put(firehose, b"x")["FailedPutCount"] == 0:
            raise AssertionError("it was understood")


def test_replies_may_be_long_slow_or_dated_wrongly(aws):
    aws.gatekeeper.verify = False
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Firehose_20150804.PutRecordBatch"}
    aws.faults.add(Fault(reply={"pad_to": 100 << 20}), Fault(reply={"drip": 0.001}), Fault(reply={"date": "nonsense"}),
                   Fault(reply={"status": 301, "headers": {"Location": "http://127.0.0.1:9/"}}))
    assert len(raw_call(aws, headers, encode_call(STREAM, [b"x"]))[1]) == 100 << 20
    assert json.loads(raw_call(aws, headers, encode_call(STREAM, [b"x"]))[1])["FailedPutCount"] == 0
    assert [raw_call(aws, headers, encode_call(STREAM, [b"x"]))[0] for _ in range(2)] == [200, 301]
    assert aws.firehose.streams[STREAM].count == 4


def test_it_runs_as_a_program():
    """As benchmarks use it."""
    folder = pathlib.Path(fake_aws.__file__).parents[1]
    with subprocess.Popen([sys.executable, "-m", "fake_aws", "--port", "0", "--no-verify", "--discard", "--stream", "s"],
                          stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(folder)}) as process:
        port = json.loads(process.stdout.readline())["port"]
        assert put(client("firehose", f"http://127.0.0.1:{port}", secret="any"), b"abc", b"d", stream="s")["FailedPutCount"] == 0
        process.terminate()
        told = json.loads(process.stdout.read())
    assert told["streams"]["s"] == {"records": 2, "bytes": 4} and told["defects"] == []
