"""Certifies the S3 of the stand-in for AWS, and where credentials come from, with AWS's own client."""

import base64
import hashlib

import boto3
import botocore.exceptions
import botocore.session
import pytest

from aws_clients import client, put, raw_call, refused
from fake_aws import Fault

BUCKET = "lake"
MIB = 1 << 20
KEY = "raw/type=track/dt=2026-11-22/k3v9x2mq4tz7p-1-20.ndjson.gz"


@pytest.fixture
def s3(aws):
    return client("s3", aws.url)


def test_an_object_is_read_back(aws, s3):
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"0123456789", Metadata={"rows": "20"}, ContentType="application/x-ndjson",
                  ServerSideEncryption="aws:kms", SSEKMSKeyId="key-1", StorageClass="STANDARD_IA")
    got = s3.get_object(Bucket=BUCKET, Key=KEY)
    assert got["Body"].read() == b"0123456789" and got["ETag"] == f'"{hashlib.md5(b"0123456789").hexdigest()}"'
    head = s3.head_object(Bucket=BUCKET, Key=KEY)
    assert head["Metadata"] == {"rows": "20"} and head["ContentLength"] == 10
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["StorageClass"]) == ("aws:kms", "key-1", "STANDARD_IA")
    assert s3.get_object(Bucket=BUCKET, Key=KEY, Range="bytes=2-4")["Body"].read() == b"234"
    assert s3.get_object(Bucket=BUCKET, Key=KEY, Range="bytes=-3")["Body"].read() == b"789"
    assert refused(s3.get_object, Bucket=BUCKET, Key=KEY, Range="bytes=10-")[:2] == ("InvalidRange", 416)
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    assert refused(s3.get_object, Bucket=BUCKET, Key=KEY)[:2] == ("NoSuchKey", 404)
    assert refused(s3.head_object, Bucket=BUCKET, Key=KEY)[:2] == ("404", 404)
    assert refused(s3.put_object, Bucket="nobody", Key=KEY, Body=b"")[:2] == ("NoSuchBucket", 404)


@pytest.mark.parametrize("key", [KEY, "a b+c%2Bd", "ü/~-_.!*'()", "a//b"])
def test_keys_are_bytes(aws, s3, key):
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    assert [item.key for item in aws.s3.objects(BUCKET)] == [key]
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"x"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == [key]


def test_a_bucket_may_stand_in_the_host(aws):
    made = client("s3", f"http://localhost:{aws.port}", style="virtual")
    hosts = []
    made.meta.events.register("before-send.s3.*", lambda request, **_: hosts.append(request.url))

    def to_loopback(request, **_):  # lake.localhost need not resolve
        hosts.append(request.url)
        request.headers["Host"] = f"{BUCKET}.localhost:{aws.port}"
        request.url = request.url.replace(f"{BUCKET}.localhost", "127.0.0.1")

    made.meta.events.unregister("before-send.s3.*")
    made.meta.events.register_last("before-send.s3.*", to_loopback)
    made.put_object(Bucket=BUCKET, Key=KEY, Body=b"x")
    assert hosts[0].startswith(f"http://{BUCKET}.localhost")
    assert [item.key for item in aws.s3.objects(BUCKET)] == [KEY]


def test_a_key_is_stored_once_on_condition(aws, s3):
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"first", IfNoneMatch="*")
    assert refused(s3.put_object, Bucket=BUCKET, Key=KEY, Body=b"second", IfNoneMatch="*")[:2] == ("PreconditionFailed", 412)
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"first"
    assert refused(s3.put_object, Bucket=BUCKET, Key="k", Body=b"", IfNoneMatch='"e"')[:2] == ("NotImplemented", 501)
    assert not aws.s3.buckets[BUCKET].overwritten
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"third")
    assert aws.s3.buckets[BUCKET].overwritten == [KEY]


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_checksums_are_computed_again(aws, s3, algorithm):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", ChecksumAlgorithm=algorithm)
    assert s3.get_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")["Body"].read() == b"x"
    name = f"Checksum{algorithm}"
    good = s3.head_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")[name]
    flipped = bytes([base64.b64decode(good)[0] ^ 1]) + base64.b64decode(good)[1:]
    assert refused(s3.put_object, Bucket=BUCKET, Key="k2", Body=b"x",
                   **{name: base64.b64encode(flipped).decode()})[:2] == ("BadDigest", 400)
    assert refused(s3.put_object, Bucket=BUCKET, Key="k2", Body=b"x", **{name: "AAA="})[:2] == ("InvalidRequest", 400)
    assert len(aws.s3.objects(BUCKET)) == 1


def test_a_body_that_is_not_the_signed_one_is_refused(aws, s3):
    def spoil(request, **_):
        request.body = b"y"

    s3.meta.events.register_last("before-send.s3.*", spoil)
    assert refused(s3.put_object, Bucket=BUCKET, Key="k", Body=b"x")[:2] == ("XAmzContentSHA256Mismatch", 400)


def test_lists_have_pages_and_folders(aws, s3):
    for number in range(7):
        s3.put_object(Bucket=BUCKET, Key=f"raw/type=track/dt=2026-11-2{number}/a", Body=b"x")
    s3.put_object(Bucket=BUCKET, Key="other", Body=b"x")
    aws.s3.page = 3
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="raw/"))
    assert [len(page["Contents"]) for page in pages] == [3, 3, 1]
    assert len({entry["Key"] for page in pages for entry in page["Contents"]}) == 7
    folders = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert [entry["Prefix"] for entry in folders["CommonPrefixes"]] == ["raw/"]
    assert [entry["Key"] for entry in folders["Contents"]] == ["other"]
    assert s3.list_objects_v2(Bucket=BUCKET, StartAfter="raw/type=track/dt=2026-11-25/a")["KeyCount"] == 1


def upload(s3, sizes, key=KEY, **members):
    upload_id = s3.create_multipart_upload(Bucket=BUCKET, Key=key, Metadata={"rows": "9"})["UploadId"]
    parts = []
    for number, size in enumerate(sizes, 1):
        etag = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload_id, PartNumber=number, Body=b"p" * size)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    return upload_id, lambda: s3.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload_id,
                                                           MultipartUpload={"Parts": parts}, **members)


@pytest.mark.parametrize("sizes, taken", [((5 * MIB, 1), True), ((5 * MIB - 1, 1), False), ((1,), True)])
def test_all_parts_but_the_last_hold_5_mib(aws, s3, sizes, taken):
    _, complete = upload(s3, sizes)
    if taken:
        assert complete()["ETag"].endswith(f'-{len(sizes)}"')
        head = s3.head_object(Bucket=BUCKET, Key=KEY)
        assert head["ContentLength"] == sum(sizes) and head["Metadata"] == {"rows": "9"}
    else:
        assert refused(complete)[:2] == ("EntityTooSmall", 400)
        assert not aws.s3.objects(BUCKET)


def test_an_upload_is_completed_once_on_condition(aws, s3):
    _, complete = upload(s3, [1], IfNoneMatch="*")
    complete()
    assert refused(complete)[:2] == ("NoSuchUpload", 404)
    _, again = upload(s3, [2], IfNoneMatch="*")
    assert refused(again)[:2] == ("PreconditionFailed", 412)
    assert len(aws.s3.objects(BUCKET)[0].content) == 1


def test_uploads_are_aborted_and_parts_checked(aws, s3):
    upload_id, complete = upload(s3, [1])
    assert [entry["UploadId"] for entry in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]] == [upload_id]
    assert [part["Size"] for part in s3.list_parts(Bucket=BUCKET, Key=KEY, UploadId=upload_id)["Parts"]] == [1]
    s3.abort_multipart_upload(Bucket=BUCKET, Key=KEY, UploadId=upload_id)
    assert refused(complete)[:2] == ("NoSuchUpload", 404)
    upload_id, _ = upload(s3, [1])
    assert refused(s3.upload_part, Bucket=BUCKET, Key=KEY, UploadId=upload_id, PartNumber=10_001, Body=b"")[0] == "InvalidArgument"
    for parts, code in (([{"PartNumber": 2, "ETag": "e"}], "InvalidPart"), ([{"PartNumber": 1, "ETag": "e"}], "InvalidPart")):
        assert refused(s3.complete_multipart_upload, Bucket=BUCKET, Key=KEY, UploadId=upload_id,
                       MultipartUpload={"Parts": parts})[0] == code


def test_s3_fails_by_script(aws, s3):
    aws.faults.add(Fault.refuse("SlowDown", status=503, service="s3"), Fault.refuse("ConditionalRequestConflict", status=409),
                   Fault.refuse("PreconditionFailed", status=412), Fault.lose_reply(service="s3", resource=f"{BUCKET}/*"))
    call = dict(Bucket=BUCKET, Key=KEY, Body=b"x", IfNoneMatch="*")
    assert [refused(s3.put_object, **call)[1] for _ in range(3)] == [503, 409, 412]
    assert not aws.s3.objects(BUCKET)
    with pytest.raises(botocore.exceptions.HTTPClientError):
        s3.put_object(**call)
    assert refused(s3.put_object, **call)[1] == 412
    assert [item.content for item in aws.s3.objects(BUCKET)] == [b"x"]


# Credentials

def test_sts_says_who_one_is(aws):
    assert client("sts", aws.url).get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/inlet"


def test_a_role_is_assumed(aws):
    role = "arn:aws:iam::123456789012:role/writer"
    made = client("sts", aws.url).assume_role(RoleArn=role, RoleSessionName="s")["Credentials"]
    temporary = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    assert client("sts", aws.url, *temporary).get_caller_identity()["Arn"].endswith(":assumed-role/writer/s")
    assert put(client("firehose", aws.url, *temporary), b"x")["FailedPutCount"] == 0
    sts = client("sts", aws.url)
    web = dict(RoleArn=role, RoleSessionName="s")
    assert sts.assume_role_with_web_identity(WebIdentityToken="web-token", **web)["Credentials"]
    assert refused(sts.assume_role_with_web_identity, WebIdentityToken="other", **web)[0] == "InvalidIdentityToken"


def session_with(monkeypatch, environment):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_EC2_METADATA_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", **environment}.items():
        monkeypatch.setenv(name, value)
    return boto3.Session(botocore_session=botocore.session.Session(), region_name="eu-central-1")


@pytest.mark.parametrize("source, method", [
    ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}/"}, "iam-role"),
    ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token"},
     "container-role")])
def test_hosts_hand_out_credentials(aws, monkeypatch, source, method):
    session = session_with(monkeypatch, {name: value.format(url=aws.url) for name, value in source.items()})
    assert session.get_credentials().method == method
    assert put(session.client("firehose", endpoint_url=aws.url), b"x")["FailedPutCount"] == 0
    aws.issuer.expire_all()
    assert refused(put, session.client("firehose", endpoint_url=aws.url), b"x")[0] == "ExpiredTokenException"


def test_a_host_may_have_no_role_or_a_wrong_token(aws, monkeypatch):
    aws.metadata.role = ""
    assert session_with(monkeypatch, {"AWS_EC2_METADATA_SERVICE_ENDPOINT": aws.url}).get_credentials() is None
    assert raw_call(aws, {}, None, "GET", "/latest/meta-data/iam/security-credentials/")[0] == 401
    assert raw_call(aws, {"Authorization": "wrong"}, None, "GET", "/container")[0] == 401
