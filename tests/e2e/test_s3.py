"""Rows as objects in a bucket: each exactly once, whatever becomes of requests, replies and the process."""

import hashlib

import pytest

import lake
from aws_delivery import BUCKET, Load, bucket_rows, each_once, lane, names, one_of_each, track, wait_delivered, wait_failing
from fake_aws import Fault
from inlet_server import run_inlet, wait_until

MIB = 1 << 20
URL = f"s3://{BUCKET}"


def objects(aws):
    return aws.s3.objects(BUCKET)


def rows_of(aws):
    return bucket_rows(objects(aws))


def verify(server, aws, place=URL, with_journal=True):
    journal = ["--journal", server.journal_dir] if with_journal else []
    return run_inlet("lake", "verify", place, *journal, "--set", f"aws.endpoint_url={aws.url}", env=aws.environment())


@pytest.mark.parametrize("compression", ["gzip", "zstd", "off"])
def test_objects_are_those_of_a_local_lake(start_s3, aws, compression):
    server = start_s3(**{"sink.s3.compression": compression, "sink.s3.prefix": "in/let", "sink.s3.roll_ms": 300})
    one_of_each(server)
    track(server, 100, 1)
    wait_delivered(server, "s3", 103)
    rows = rows_of(aws)
    assert sorted(row["seq"] for row in rows) == list(range(1, 104))
    for item in objects(aws):
        text = lake.decompressed(item.content, lake.OBJECT.search(item.key)["codec"])
        assert item.key.startswith("in/let/raw/type=")
        assert item.headers["x-amz-meta-inlet-rows"] == str(text.count(b"\n"))
        assert item.headers["x-amz-meta-inlet-sha256"] == hashlib.sha256(text).hexdigest()
        assert item.headers["content-type"] == "application/x-ndjson"
        assert "content-encoding" not in item.headers
        assert not any("encryption" in name or "storage" in name for name in item.headers)
    verified = verify(server, aws, f"{URL}/in/let")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_objects_carry_checksums(start_s3, aws):
    server = start_s3()
    track(server, 5)
    wait_delivered(server, "s3", 5)
    assert all(item.checksums for item in objects(aws)), "a flipped bit on the way would be stored"


@pytest.mark.parametrize("settings, expected", [
    ({"sink.s3.sse": "AES256"}, {"x-amz-server-side-encryption": "AES256"}),
    ({"sink.s3.sse": "aws:kms", "sink.s3.kms_key_id": "arn:aws:kms:eu-central-1:1:key/k", "sink.s3.storage_class": "STANDARD_IA"},
     {"x-amz-server-side-encryption": "aws:kms", "x-amz-storage-class": "STANDARD_IA",
      "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-central-1:1:key/k"})])
def test_encryption_and_class_are_asked_for(start_s3, aws, settings, expected):
    server = start_s3(**settings)
    track(server, 5)
    wait_delivered(server, "s3", 5)
    for item in objects(aws):
        assert {name: item.headers.get(name) for name in expected} == expected


@pytest.mark.parametrize("style", ["true", "auto"])
def test_the_bucket_is_named_in_the_path_with_an_endpoint_of_ones_own(start_s3, aws, style):
    server = start_s3(**{"sink.s3.path_style": style})
    track(server, 5)
    wait_delivered(server, "s3", 5)
    assert len(rows_of(aws)) == 5


def test_the_bucket_may_be_named_in_the_host(start_s3, aws):
    """lake.localhost is the loopback by RFC 6761, which libcurl knows without asking anybody."""
    server = start_s3(**{"sink.s3.path_style": "false", "aws.endpoint_url": f"http://localhost:{aws.port}"})
    track(server, 5)
    wait_delivered(server, "s3", 5)
    assert len(rows_of(aws)) == 5


ROW = 950_000  # bytes, a little less


def start_large(start_s3, rows):
    """One object, larger than what one request carries, as soon as so many rows are there: however long they take."""
    return start_s3(**{"sink.s3.compression": "off", "sink.s3.roll_ms": 600_000, "sink.s3.roll_bytes": rows * ROW})


def test_large_objects_go_in_parts(start_s3, aws):
    server = start_large(start_s3, 24)
    for number in range(24):
        track(server, 1, number, size=ROW)
    wait_delivered(server, "s3", 24)
    each_once(rows_of(aws), 24)
    large = max(objects(aws), key=lambda item: len(item.content))
    assert len(large.content) > 16 * MIB and large.parts > 1
    assert large.headers["x-amz-meta-inlet-sha256"] == hashlib.sha256(large.content).hexdigest()
    assert not aws.s3.buckets[BUCKET].uploads
    verified = verify(server, aws)
    assert verified.returncode == 0, verified.stdout + verified.stderr


MULTIPART_FAULTS = {
    "create fails": [Fault.refuse("SlowDown", status=503, operation="CreateMultipartUpload")],
    "a part fails": [Fault.refuse("InternalError", status=500, operation="UploadPart")],
    "a part's reply is lost": [Fault.lose_reply(operation="UploadPart")],
    "complete conflicts": [Fault.refuse("ConditionalRequestConflict", status=409, operation="CompleteMultipartUpload")],
    "complete's reply is lost": [Fault.lose_reply(operation="CompleteMultipartUpload")],
    "the upload is gone": [Fault.refuse("NoSuchUpload", status=404, operation="CompleteMultipartUpload")],
    "complete fails with 200": [Fault.garbage(b'<?xml version="1.0"?><Error><Code>InternalError</Code></Error>',
                                              operation="CompleteMultipartUpload")],
}


@pytest.mark.parametrize("kind", MULTIPART_FAULTS)
def test_parts_that_fail_make_one_object(start_s3, aws, kind):
    server = start_large(start_s3, 20)
    server.expect_error("delivery fails")
    for fault in MULTIPART_FAULTS[kind]:
        fault.used = 0
        aws.faults.add(fault)
    for number in range(20):
        track(server, 1, number, size=ROW)
    wait_delivered(server, "s3", 20)
    assert not aws.faults.unused()
    each_once(rows_of(aws), 20)


def test_a_crash_between_two_parts_leaves_one_object(start_s3, aws):
    server = start_large(start_s3, 20)
    aws.faults.add(Fault(operation="UploadPart", delay=1, times=2))
    for number in range(20):
        track(server, 1, number, size=ROW)
    wait_until(lambda: aws.ledger.of("s3", "UploadPart"))
    server.kill9()
    server.start()
    wait_delivered(server, "s3", 20)
    each_once(rows_of(aws), 20)
    assert len(aws.s3.buckets[BUCKET].uploads) <= 1  # the rule of the bucket removes it
    assert verify(server, aws).returncode == 0


ONCE = {
    "503": Fault.refuse("SlowDown", status=503), "500": Fault.refuse("InternalError", status=500),
    "409": Fault.refuse("ConditionalRequestConflict", status=409), "reset": Fault(reset=True),
    "reply lost": Fault.lose_reply(), "reply cut": Fault(reply={"drop": "half"}),
    "412 of nobody": Fault.refuse("PreconditionFailed", status=412),
    "digest": Fault.refuse("BadDigest", status=400), "400 of nobody": Fault.garbage(b"", status=400),
    "expired": Fault.refuse("ExpiredToken", status=400), "HTML": Fault.garbage(b"<html>", status=502),
    "100 MB": Fault(reply={"pad_to": 100 * MIB}),
}


@pytest.mark.parametrize("kind", ONCE)
def test_a_failure_leaves_one_object(start_s3, aws, kind):
    server = start_s3()
    server.expect_error("delivery fails")
    fault = aws.faults.add(ONCE[kind])
    fault.used, fault.service, fault.operation = 0, "s3", "PutObject"
    track(server, 50)
    wait_delivered(server, "s3", 50)
    assert not aws.faults.unused()
    each_once(rows_of(aws), 50)
    assert verify(server, aws).returncode == 0


def test_an_object_with_our_key_and_other_rows_stops_the_lane(start_s3, aws):
    server = start_s3(**{"sink.s3.roll_ms": 600})
    server.expect_error("delivery fails|exists and holds other rows")
    track(server, 1)
    wait_delivered(server, "s3", 1)
    first = objects(aws)[0]
    node = rows_of(aws)[0]["node"]
    bucket = aws.s3.buckets[BUCKET]
    foreign = first.key.replace(f"{node}-1-1", f"{node}-2-2").replace(f"{node}-{1:020}-{1:020}", f"{node}-{2:020}-{2:020}")
    assert foreign != first.key
    bucket.objects[foreign] = type(first)(**{**vars(first), "key": foreign})
    track(server, 1, 1)
    assert "holds other rows" in wait_failing(server, "s3")["lastError"]
    assert bucket.objects[foreign].content == first.content
    del bucket.objects[foreign]
    wait_delivered(server, "s3", 2)
    each_once(rows_of(aws), 2)


@pytest.mark.parametrize("code, status", [("AccessDenied", 403), ("NoSuchBucket", 404)])
def test_what_somebody_must_repair_holds_the_lane(start_s3, aws, code, status):
    server = start_s3()
    server.expect_error("delivery fails")
    wrong = aws.faults.add(Fault.refuse(code, status=status, times=None, service="s3"))
    track(server, 20)
    assert wait_failing(server, "s3", code)["holding"]
    track(server, 20, 20)
    aws.faults.remove(wrong)
    wait_delivered(server, "s3", 40)
    each_once(rows_of(aws), 40)
    assert not lane(server, "s3")["failing"]


def test_a_bucket_of_another_region_is_named(start_s3, aws):
    server = start_s3(**{"aws.region": "us-east-1"})
    server.expect_error("delivery fails")
    track(server, 1)
    assert "eu-central-1" in wait_failing(server, "s3")["lastError"]


def test_a_200_may_wait_for_the_bucket(start_s3, aws):
    server = start_s3(**{"server.ack": "sink", "server.ack_sink": "s3", "sink.s3.roll_ms": 60_000})
    for number in range(3):
        track(server, 1, number)
        assert len(rows_of(aws)) == number + 1


@pytest.mark.timeout(120)
def test_a_crash_leaves_each_row_once(start_s3, aws, seed):
    server = start_s3()
    with Load(server) as load:
        for number in range(5):
            before = load.count()
            aws.faults.add(Fault(service="s3", operation="PutObject", delay=0.15), Fault.lose_reply(service="s3"))
            wait_until(lambda: load.count() > before + 100 and not aws.faults.unused())
            server.kill9()
            bucket_rows(objects(aws))  # nothing torn
            server.start()
    server.terminate()
    rows = rows_of(aws)
    assert len(set(names(rows))) == len(rows), f"a row is there twice, SEED={seed}"
    assert load.answered <= set(names(rows)) <= load.answered | load.unknown
    assert sorted(row["seq"] for row in rows) == list(range(1, len(rows) + 1))
    verified = verify(server, aws)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_verify_reads_all_pages_and_finds_what_is_missing(start_s3, aws):
    server = start_s3()
    for number in range(8):
        track(server, 3, number * 3)
        wait_delivered(server, "s3", number * 3 + 3)
    aws.s3.page = 3
    verified = verify(server, aws)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    lost = objects(aws)[3]
    del aws.s3.buckets[BUCKET].objects[lost.key]
    verified = verify(server, aws)
    assert verified.returncode == 1, verified.stdout + verified.stderr
    found = bucket_rows([lost])
    assert str(found[0]["seq"]) in verified.stdout


def test_verify_says_what_it_may_not_read(start_s3, aws):
    server = start_s3()
    track(server, 3)
    wait_delivered(server, "s3", 3)
    aws.gatekeeper.identities["AKIAFAKEFAKEFAKEFAKE"].denied = {"s3:ListBucket *"}
    verified = verify(server, aws)
    assert verified.returncode == 2 and "AccessDenied" in verified.stdout + verified.stderr


def test_firehose_and_bucket_together(start_s3, aws):
    """Two lanes over the same rows; one that fails has no part in the other."""
    server = start_s3(**{"sink.firehose.enabled": "true", "sink.firehose.linger_ms": 20,
                         "sink.firehose.delivery_stream": "inlet"})
    server.expect_error("delivery fails")
    wrong = aws.faults.add(Fault.refuse("ResourceNotFoundException", times=None, service="firehose"))
    track(server, 30)
    wait_delivered(server, "s3", 30)
    wait_failing(server, "firehose")
    aws.faults.remove(wrong)
    wait_delivered(server, "firehose", 30)
    each_once(rows_of(aws), 30)
    each_once(aws.firehose.rows("inlet"), 30)
