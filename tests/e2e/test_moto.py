"""inlet and moto, which is others' idea of AWS: rows reach the bucket, and readers that are not ours find them."""

import json
import subprocess

import duckdb
import pytest

import lake
from aws_delivery import aws_settings, lane, track, wait_delivered, wait_failing
from inlet_server import clean_environment, event, run_inlet
from moto_aws import BIN, BUCKET, MAY_PUT, MAY_PUT_S3, bucket_lines, policy
from test_demo import CALLS, check_rows, post

HELLO = 100


def settings(moto, **more):
    return aws_settings(moto, **{"sink.firehose.enabled": "true", "sink.firehose.linger_ms": 50, **more})


def aws_cli(moto, user, *arguments):
    done = subprocess.run([BIN / "aws", "--endpoint-url", moto.url, *arguments], capture_output=True, text=True, timeout=60,
                          env=clean_environment(user), stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def demo(server):
    """Nine requests, and a hundred greetings."""
    for path, body in CALLS:
        assert post(server.url + path, body) == 200
    for number in range(HELLO):
        greeting = {"text": "Hello World!", "number": number}
        assert server.track("World", event("Hello World!", greeting, number)).status == 200


def check_demo(lines):
    rows = sorted((lake.Row(line, "") for line in lines), key=lambda row: row["seq"])
    check_rows(rows[:len(CALLS)])
    greetings = [row for row in rows if row.value.get("eventName") == "Hello World!"]
    assert [row["metadata"]["number"] for row in greetings] == list(range(HELLO))
    assert [row["seq"] for row in rows] == list(range(1, len(CALLS) + HELLO + 1))


@pytest.mark.parametrize("stream", ["inlet-{type}", "inlet-all"])
def test_the_demo_reaches_the_bucket_complete(start_server, moto, tmp_path, stream):
    moto.create_lake({"inlet-all": "raw/"} if stream == "inlet-all" else None)
    user, reader = moto.create_user("inlet", MAY_PUT), moto.reader()
    moto.enforce()
    server = start_server(env=user, **settings(moto, **{"sink.firehose.delivery_stream": stream}))
    demo(server)
    server.terminate()
    check_demo(bucket_lines(moto.client_as("s3", reader), "raw/"))

    # The tools of others.
    listed = [line.split()[-1] for line in aws_cli(moto, reader, "s3", "ls", "--recursive", f"s3://{BUCKET}/raw/").splitlines()]
    assert len(listed) == len(set(listed)) > 0
    first = aws_cli(moto, reader, "s3", "cp", f"s3://{BUCKET}/{listed[0]}", "-")
    assert all(json.loads(line)["node"] for line in first.splitlines())
    aws_cli(moto, reader, "s3", "sync", f"s3://{BUCKET}/raw/", str(tmp_path / "copy"))
    found = read_with_duckdb(tmp_path / "copy" / "**" / "*")
    assert found == (len(CALLS) + HELLO, len(CALLS) + HELLO, HELLO, "Hello World!")


def read_with_duckdb(pattern):
    return duckdb.connect().execute(
        """select count(*), max(seq) - min(seq) + 1, count(*) filter (where eventName = 'Hello World!'),
                  max(metadata ->> 'text')
           from read_json(?, format = 'newline_delimited', columns = {type: 'varchar', node: 'varchar', seq: 'ubigint',
                                                                      eventName: 'varchar', metadata: 'json'})""",
        [str(pattern)]).fetchone()


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_objects_of_the_s3_sink_are_read_by_others(start_server, moto, tmp_path, compression):
    moto.create_lake()
    user, reader = moto.create_user("inlet", MAY_PUT_S3), moto.reader()
    moto.enforce()
    server = start_server(env=user, **aws_settings(moto, **{
        "sink.s3.enabled": "true", "sink.s3.bucket": BUCKET, "sink.s3.roll_ms": 300, "sink.s3.compression": compression}))
    demo(server)
    server.terminate()
    aws_cli(moto, reader, "s3", "sync", f"s3://{BUCKET}/", str(tmp_path / "copy"))
    check_demo([row.raw for row in lake.rows(tmp_path / "copy")])
    suffix = {"gzip": "gz", "zstd": "zst"}[compression]
    found = read_with_duckdb(tmp_path / "copy" / "raw" / "**" / f"*.ndjson.{suffix}")
    assert found == (len(CALLS) + HELLO, len(CALLS) + HELLO, HELLO, "Hello World!")
    verified = run_inlet("lake", "verify", f"s3://{BUCKET}", "--journal", server.journal_dir, "--set",
                         f"aws.endpoint_url={moto.url}", env=reader)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_large_objects_go_in_parts(start_server, moto):
    moto.create_lake()
    user, reader = moto.create_user("inlet", MAY_PUT_S3), moto.reader()
    moto.enforce()
    server = start_server(env=user, **aws_settings(moto, **{
        "sink.s3.enabled": "true", "sink.s3.bucket": BUCKET, "sink.s3.roll_ms": 1500, "sink.s3.compression": "off"}))
    for number in range(20):
        track(server, 1, number, size=950_000)
    wait_delivered(server, "s3", 20)
    assert len(bucket_lines(moto.client_as("s3", reader), "raw/")) == 20


def test_a_wrong_secret_is_told_and_nothing_is_lost(start_server, moto):
    moto.create_lake()
    user, reader = moto.create_user("inlet", MAY_PUT), moto.reader()
    moto.enforce()
    server = start_server(env={**user, "AWS_SECRET_ACCESS_KEY": "wrong"}, **settings(moto))
    server.expect_error("delivery fails")
    track(server, 10)
    seen = wait_failing(server, "firehose-track")
    assert seen["pending"] == 10 and "ignature" in seen["lastError"], seen
    server.terminate()
    assert not bucket_lines(moto.client_as("s3", reader), "raw/")
    server.env = user
    server.start()
    wait_delivered(server, "firehose-track", 10)
    assert len(bucket_lines(moto.client_as("s3", reader), "raw/")) == 10


def test_a_missing_right_is_told_and_works_once_it_is_given(start_server, moto):
    moto.create_lake()
    user, reader = moto.create_user("inlet", policy(("firehose:ListDeliveryStreams", "*"))), moto.reader()
    moto.enforce()
    server = start_server(env=user, **settings(moto))
    server.expect_error("delivery fails")
    track(server, 10)
    assert wait_failing(server, "firehose-track", "AccessDenied")["holding"]
    moto.relax()
    moto.client("iam").put_user_policy(UserName="inlet", PolicyName="p", PolicyDocument=MAY_PUT)
    moto.enforce()
    wait_delivered(server, "firehose-track", 10)
    assert len(bucket_lines(moto.client_as("s3", reader), "raw/")) == 10
    assert not lane(server, "firehose-track")["failing"]


def test_check_finds_all_and_names_what_is_missing(moto):
    moto.create_lake()
    user = moto.create_user("inlet", MAY_PUT)
    both = moto.create_user("both", policy(("firehose:PutRecordBatch", "*"), (["s3:PutObject", "s3:GetObject"], "*")))
    moto.enforce()
    sets = [word for name, value in settings(moto, **{"sink.s3.enabled": "true", "sink.s3.bucket": BUCKET}).items()
            for word in ("--set", f"{name}={value}")]
    done = run_inlet("check", *sets, env=both)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run_inlet("check", *sets, env=user)
    assert done.returncode == 1 and done.stdout.count("MISSING") == 1 and "s3:PutObject" in done.stdout
