"""Our signatures and botocore's, over random requests: the same request must get the same Authorization header.

The program sigv4_probe signs with our client; botocore then signs the very URL and headers that it would send."""

import datetime
import hashlib
import os
import pathlib
import random
import subprocess
from unittest import mock

import pytest
from botocore import auth as botocore_auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = pathlib.Path(os.environ.get("INLET_SIGV4_PROBE", ROOT / "build/release/sigv4_probe"))
COUNT = 4000
BIG = 1 << 20
SERVICES = ["firehose", "s3", "sts", "kinesis"]
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "cn-north-1", "us-gov-west-1"]
RESERVED = "!*'();:@&=+$,/?#[] %\"<>\\^`{|}~-_."
ADDED = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"]


def random_text(rng, alphabet, most):
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(most + 1)))


def random_path(rng, service):
    if rng.random() < 0.3:
        return "/"
    alphabet = "abcXYZ019" * 2 + RESERVED + "äß水🙂éà\t\x01\x7f"
    path = "/" + random_text(rng, alphabet, 40)
    if rng.random() < 0.3:  # what RFC 3986 would have normalized
        path += rng.choice(["/./x", "/../x", "//x", "/..", "/.", "//", "/%2F/x", "/a=b/c%3Dd"])
    return path


def random_query(rng):
    names = ["", "a", "b", "ä b", "uploads", "partNumber", "x=y&z", "prefix", "list-type", "A", "a-b", "a.b"]
    items = [(rng.choice(names), random_text(rng, "ab01" + RESERVED + "ü🙂", 12)) for _ in range(rng.randrange(5))]
    if items and rng.random() < 0.3:
        items.append((items[0][0], rng.choice(["", items[0][1], "0"])))
    return [item for item in items if item[0]]


def random_value(rng):
    words = [random_text(rng, "abcXYZ019,;=\"'-/", 8) for _ in range(rng.randrange(5))]
    return rng.choice(["", " ", "\t", "   "]) + rng.choice([" ", "  ", "\t", " \t  "]).join(words) + rng.choice(["", "  "])


def random_headers(rng, service):
    names = ["Content-Type", "x-amz-target", "X-Amz-Meta-Rows", "x-amz-meta-a", "x-amz-meta-a-b", "If-None-Match",
             "x-amz-acl", "Cache-Control", "X-Custom_Name", "range", "User-Agent", "x-amzn-trace-id"]
    headers = [(name, random_value(rng)) for name in rng.sample(names, rng.randrange(len(names)))]
    if headers and rng.random() < 0.2:  # a name twice: their values are joined
        headers.append((headers[0][0].lower(), random_value(rng)))
    return headers


def random_body(rng, number):
    if number % 500 == 0:
        return rng.randbytes(BIG)
    return b"" if rng.random() < 0.3 else rng.randbytes(rng.randrange(1, 300))


def random_call(rng, number):
    service = rng.choice(SERVICES)
    body = random_body(rng, number)
    host = rng.choice([f"{service}.{rng.choice(REGIONS)}.amazonaws.com", "127.0.0.1:4566", "localhost:80", "[::1]:9000"])
    scheme = "http" if ":" in host else "https"
    if host == "localhost:80":
        host = "localhost"  # as a parsed endpoint has it
    return {
        "service": service,
        "region": rng.choice(REGIONS),
        "scheme": scheme,
        "host": host,
        "host_prefix": rng.choice(["", "", "bucket."]) if scheme == "https" else "",
        "base": rng.choice(["", "", "/base", "/a%20b/c"]),
        "key": "AKIA" + random_text(rng, "ABCDEFGHIJ234567", 16),
        "secret": random_text(rng, "abcdefXYZ0123/+", 40) + "s",
        "token": rng.choice(["", "IQoJ" + random_text(rng, "abcXYZ019/+=", 300)]),
        "unix_ms": str(rng.randrange(0, 4_102_444_800_000)),
        "method": rng.choice(["GET", "PUT", "POST", "DELETE", "HEAD"]),
        "path": random_path(rng, service),
        "body": body,
        "body_sha256": hashlib.sha256(body).hexdigest() if rng.random() < 0.3 else "",
        "query": random_query(rng),
        "headers": random_headers(rng, service),
    }


def as_bytes(value):
    return value if isinstance(value, bytes) else value.encode()


def to_line(call):
    words = [f"{name}={as_bytes(value).hex()}" for name, value in call.items() if name not in ("query", "headers")]
    words += [f"q={name.encode().hex()}:{value.encode().hex()}" for name, value in call["query"]]
    words += [f"h={name.encode().hex()}:{value.encode().hex()}" for name, value in call["headers"]]
    return " ".join(words)


def from_line(line):
    """The URL and the headers of the request that our client would send."""
    url, headers = None, []
    for word in line.split():
        name, value = word.split("=", 1)
        if name == "url":
            url = bytes.fromhex(value).decode()
        else:
            headers.append(tuple(bytes.fromhex(part).decode() for part in value.split(":")))
    return url, headers


def signed_by_botocore(call, url, headers):
    request = AWSRequest(method=call["method"], url=url, data=call["body"])
    for name, value in headers:
        if name.lower() not in ADDED:
            request.headers.add_header(name, value)
    credentials = Credentials(call["key"], call["secret"], call["token"] or None)
    kind = botocore_auth.S3SigV4Auth if call["service"] == "s3" else botocore_auth.SigV4Auth
    now = datetime.datetime.fromtimestamp(int(call["unix_ms"]) // 1000, datetime.timezone.utc)
    with mock.patch.object(botocore_auth, "get_current_datetime", lambda *_: now):
        kind(credentials, call["service"], call["region"]).add_auth(request)
    return request.headers


@pytest.fixture(scope="module")
def probe():
    assert PROBE.exists(), f"{PROBE} is not there: ./test e2e builds it"

    def sign(calls):
        done = subprocess.run([PROBE], input="\n".join(map(to_line, calls)) + "\n", capture_output=True, text=True,
                              timeout=300, check=True)
        return [from_line(line) for line in done.stdout.splitlines()]

    return sign


def compare(call, url, headers):
    ours = {name.lower(): value for name, value in headers if name.lower() in ADDED}
    theirs = signed_by_botocore(call, url, headers)
    shown = {**call, "body": call["body"][:100]}
    for name in ADDED:
        assert ours.get(name) == theirs.get(name), f"{name} of {shown}\nas sent: {url} {headers}"


def test_signs_as_botocore_does(probe, seed):
    rng = random.Random(seed)
    calls = [random_call(rng, number) for number in range(COUNT)]
    answers = probe(calls)
    assert len(answers) == COUNT
    for call, (url, headers) in zip(calls, answers):
        compare(call, url, headers)


def test_encodes_paths_and_queries_as_botocore_does(probe, seed):
    from urllib.parse import quote

    rng = random.Random(seed)
    calls = [random_call(rng, number) for number in range(1, 400)]
    for call, (url, _) in zip(calls, probe(calls)):
        path, _, query = url.split("://", 1)[1].partition("?")
        assert path == call["host_prefix"] + call["host"] + call["base"] + quote(call["path"], safe="/~")
        items = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in call["query"])
        assert query == "&".join(f"{name}={value}" if value else name for name, value in items)


def test_sees_a_wrong_signature(probe, seed):
    """The comparison can fail."""
    call = random_call(random.Random(seed), 1)
    (url, headers), = probe([call])
    with pytest.raises(AssertionError):
        compare({**call, "secret": call["secret"] + "x"}, url, headers)
