"""`inlet check`: whether credentials, streams and bucket are as they must be, and what to do if not."""

import json
import re

import pytest

from aws_delivery import BUCKET, STREAMS, aws_settings
from fake_aws import Fault
from fake_aws.app import KEY
from inlet_server import run_inlet
from ports import free_port

ALL = {"sink.firehose.enabled": "true", "sink.s3.enabled": "true", "sink.s3.bucket": BUCKET}


def check(aws, env=None, **settings):
    chosen = aws_settings(aws, **{**ALL, **settings})
    sets = [word for name, value in chosen.items() for word in ("--set", f"{name}={value}")]
    return run_inlet("check", *sets, env={**aws.environment(), **(env or {})})


def statements(text):
    """The IAM statements in it: they must be JSON as it stands there."""
    return [json.loads(found) for found in re.findall(r'\{"Effect".*\}', text)]


def test_all_fine(aws):
    done = check(aws)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "arn:aws:iam::123456789012:user/inlet" in done.stdout and aws.region in done.stdout
    for name in [*STREAMS, BUCKET]:
        assert re.search(rf" ok .*{name}", done.stdout), done.stdout
    assert "MISSING" not in done.stdout


def test_nothing_of_it_is_taken_for_a_row(aws):
    check(aws)
    check(aws)
    assert not aws.firehose.lines(*STREAMS) or set(aws.firehose.lines(*STREAMS)) == {b""}
    assert all(item.key.rpartition("/")[2].startswith("_") for item in aws.s3.objects(BUCKET))
    done = run_inlet("lake", "verify", f"s3://{BUCKET}", "--set", f"aws.endpoint_url={aws.url}", env=aws.environment())
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_stream_is_named_and_the_others_are_fine(aws):
    aws.firehose.delete("inlet-alias")
    done = check(aws)
    assert done.returncode == 1
    assert re.search("MISSING .*inlet-alias.*ResourceNotFound", done.stdout), done.stdout
    assert done.stdout.count(" ok ") == 4 and not statements(done.stdout)


def test_a_missing_right_comes_with_the_statement(aws):
    aws.gatekeeper.identities[KEY].denied = {"firehose:PutRecordBatch inlet-track", "s3:PutObject *"}
    done = check(aws)
    assert done.returncode == 1 and done.stdout.count("MISSING") == 2
    firehose, s3 = statements(done.stdout)
    assert firehose == {"Effect": "Allow", "Action": "firehose:PutRecordBatch",
                        "Resource": f"arn:aws:firehose:{aws.region}:123456789012:deliverystream/inlet-track"}
    assert s3["Resource"] == f"arn:aws:s3:::{BUCKET}/raw/*" and "s3:PutObject" in s3["Action"]


def test_a_missing_bucket_is_named(aws):
    done = check(aws, **{"sink.s3.bucket": "nobodys-bucket"})
    assert done.returncode == 1 and re.search("MISSING .*nobodys-bucket.*NoSuchBucket", done.stdout), done.stdout


def test_a_wrong_secret_is_told_before_anything_else(aws):
    done = check(aws, {"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert done.returncode == 1
    assert re.search("credentials +MISSING .*SignatureDoesNotMatch", done.stdout), done.stdout


def test_no_credentials_at_all_name_the_places_that_were_tried(aws):
    done = check(aws, {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert done.returncode == 1
    assert re.search("credentials +MISSING .*environment.*profile.*instance", done.stdout), done.stdout


def test_an_endpoint_where_nobody_is(aws):
    port = free_port()
    done = check(aws, **{"aws.endpoint_url": f"http://127.0.0.1:{port}"})
    assert done.returncode == 1 and str(port) in done.stdout
    assert "MISSING" not in done.stdout and done.stdout.count("UNKNOWN") == 4 and not statements(done.stdout)


def test_a_service_that_is_down_says_nothing_about_what_is_there(aws):
    aws.faults.add(Fault.refuse("ServiceUnavailable", status=503, service="firehose", times=None))
    done = check(aws)
    assert done.returncode == 1 and done.stdout.count("UNKNOWN") == 3 and "MISSING" not in done.stdout, done.stdout
    assert not statements(done.stdout)


@pytest.mark.parametrize("settings, status", [({"sink.firehose.enabled": "false", "sink.s3.enabled": "false"}, 0),
                                              ({"sink.s3.bucket": "No"}, 2), ({"aws.profile": "nobody"}, 2)])
def test_what_cannot_be_checked_is_told(aws, settings, status):
    done = check(aws, **settings)
    assert done.returncode == status and (done.stdout + done.stderr).strip()
    assert not aws.ledger.attempts
