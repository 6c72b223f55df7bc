"""deploy/smoke.py against inlet and moto: what it calls well, what it does not, and that it says why."""

import datetime
import importlib
import json
import os
import subprocess
import sys
import unittest.mock

import pytest

from aws_delivery import aws_settings
from inlet_server import ROOT, clean_environment
from moto_aws import ACCOUNT, BIN, BUCKET, MAY_PUT, REGION, environment
from ports import free_port

SMOKE = ROOT / "deploy/smoke.py"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:inlet-alarms"
ALARM = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "MetricName": "m",
         "Namespace": "inlet", "Period": 60, "Statistic": "Sum"}

pytestmark = pytest.mark.timeout(600)  # it starts the AWS CLI again and again


@pytest.fixture
def lake(account):
    account.create_lake()
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="inlet-disk", AlarmActions=[TOPIC], **ALARM)
    cloudwatch.put_metric_alarm(AlarmName="others", AlarmActions=[], **ALARM)
    cloudwatch.set_alarm_state(AlarmName="others", StateValue="ALARM", StateReason="none of ours")
    return account


@pytest.fixture
def start(start_server, lake):
    def start_inlet(**settings):
        return start_server(env=environment(AWS_ACCESS_KEY_ID="root", AWS_SECRET_ACCESS_KEY="root"), **aws_settings(lake, **{
            "sink.s3.enabled": "true", "sink.s3.bucket": BUCKET, "sink.s3.roll_ms": 200, **settings}))

    return start_inlet


def smoke(lake, *arguments, timeout=100, path=None, **variables):
    tools = f"{BIN}:{os.environ['PATH']}" if path is None else path
    return subprocess.run(
        [sys.executable, SMOKE, "--timeout", str(timeout), *arguments], capture_output=True, text=True, timeout=500, check=False,
        stdin=subprocess.DEVNULL, env=clean_environment({
            **environment(AWS_ACCESS_KEY_ID="root", AWS_SECRET_ACCESS_KEY="root"), "PATH": tools,
            "AWS_ENDPOINT_URL": lake.url if lake else "http://127.0.0.1:1", **variables}))


def at(server, bucket=BUCKET):
    return ["--endpoint", server.url, "--bucket", bucket, "--alarm-topic", TOPIC]


def test_a_deployment_that_works_is_called_ok(start, lake):
    lake.client("cloudwatch").set_alarm_state(AlarmName="inlet-disk", StateValue="INSUFFICIENT_DATA", StateReason="new")
    server = start()
    done = smoke(lake, *at(server))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("arrived")] == [
        ["arrived", "track"], ["arrived", "alias"], ["arrived", "profile"]]
    assert "none of 1 is raised (1 have seen no data yet)" in done.stdout
    assert done.stdout.endswith("OK: rows get through, each once\n")


def test_without_options_it_asks_terraform(start, lake, tmp_path):
    server = start()
    save_queries(lake)
    outputs = {"endpoint": server.url, "bucket": BUCKET, "alarm_topic": TOPIC, "workgroup": "inlet"}
    (tmp_path / "terraform").write_text("#!/bin/sh\ncat <<'JSON'\n" + json.dumps(
        {name: {"value": value, "type": "string", "sensitive": False} for name, value in outputs.items()}) + "\nJSON\n")
    (tmp_path / "terraform").chmod(0o755)
    done = smoke(lake, path=f"{tmp_path}:{BIN}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 saved queries ran" in done.stdout and "none of 1 is raised" in done.stdout
    athena = lake.client("athena")
    ran = [athena.get_query_execution(QueryExecutionId=run)["QueryExecution"]["Query"]
           for run in athena.list_query_executions()["QueryExecutionIds"]]
    assert sorted(ran) == ["CREATE OR REPLACE VIEW v AS SELECT 1", "SELECT * FROM v"]


def save_queries(lake):
    athena = lake.client("athena")
    athena.create_work_group(Name="inlet")
    for name, text in {"a": "SELECT * FROM v", "b": "CREATE OR REPLACE VIEW v AS SELECT 1"}.items():
        athena.create_named_query(Name=name, Database="inlet", QueryString=text, WorkGroup="inlet")


def test_the_view_is_made_before_it_is_read_and_a_query_that_fails_is_named(smoke_module):
    asked = []

    def ask(_, call, *arguments):
        asked.append((call, *arguments))
        query = dict(zip(arguments[::2], arguments[1::2])).get("--named-query-id")
        return {"NamedQueryIds": ["a", "b"], "QueryExecutionId": "run",
                "NamedQuery": {"Name": f"query-{query}", "Database": "d", "QueryString": "CREATE" if query == "b" else "SELECT"},
                "QueryExecution": {"Status": {"State": "FAILED", "StateChangeReason": "Unsupported Hive type"}}}

    with pytest.raises(smoke_module.Wrong, match="the saved query query-b: FAILED Unsupported Hive type"):
        smoke_module.run_queries(unittest.mock.Mock(ask=ask), "w", smoke_module.Progress(1))
    assert [call[4] for call in asked if call[0] == "start-query-execution"] == ["CREATE"]


@pytest.fixture
def smoke_module(monkeypatch):
    monkeypatch.syspath_prepend(SMOKE.parent)
    return importlib.import_module("smoke")


def test_rows_of_one_stream_for_all_types_are_found(start, lake):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    lake.client("firehose").create_delivery_stream(
        DeliveryStreamName="inlet-all", DeliveryStreamType="DirectPut", ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/firehose", "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": f"raw/type=all/dt={today}/"})  # moto does not fill in days
    server = start(**{"sink.s3.enabled": "false", "sink.firehose.enabled": "true", "sink.firehose.delivery_stream": "inlet-all",
                      "sink.firehose.linger_ms": 50})
    done = smoke(lake, *at(server))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("ids, message", [(["a"], "track a\n"), (["a", "a"], "track a (2 copies with one id"), (["a", "b"], None)])
def test_copies_with_one_id_are_told_and_two_rows_are_a_failure(ids, message, capsys, smoke_module):
    bucket = unittest.mock.Mock(rows={"track": ids, "alias": ["c"], "profile": ["d"]}, missing=lambda: [])
    try:
        smoke_module.wait_for_rows(bucket, smoke_module.Progress(1))
        assert message in capsys.readouterr().out
    except smoke_module.Wrong as problem:
        assert message is None and "2 times, with different ids: a, b" in str(problem)


def test_a_row_that_does_not_come_is_a_failure(start, lake):
    lake.client("s3").create_bucket(Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": REGION})
    done = smoke(lake, *at(start(), bucket="elsewhere"), timeout=3)
    assert done.returncode == 1
    assert "FAILED: track, alias, profile: not in s3://elsewhere/raw/ after 3 s" in done.stderr


def test_an_alarm_that_stays_raised_is_a_failure_and_is_named(start, lake):
    lake.client("cloudwatch").set_alarm_state(AlarmName="inlet-disk", StateValue="ALARM", StateReason="full")
    done = smoke(lake, *at(start()), timeout=60)
    assert done.returncode == 1
    assert "arrived" in done.stdout and "FAILED: in alarm: inlet-disk" in done.stderr


def test_no_alarms_at_all_are_a_failure(start, lake):
    lake.client("cloudwatch").delete_alarms(AlarmNames=["inlet-disk"])
    done = smoke(lake, *at(start()))
    assert done.returncode == 1 and f"there is no alarm that tells {TOPIC}" in done.stderr


def test_a_server_that_is_not_there_is_told(lake):
    done = smoke(lake, "--endpoint", f"http://127.0.0.1:{free_port()}", "--bucket", BUCKET, timeout=3)
    assert done.returncode == 1
    assert "does not take the track row" in done.stderr and "refused" in done.stderr


def test_a_server_that_wants_a_key_gets_it(start, lake):
    server = start(**{"auth.write_keys": "web:0123456789abcdef0123456789abcdef"})
    refused = smoke(lake, *at(server))
    assert refused.returncode == 1 and "401" in refused.stderr
    done = smoke(lake, *at(server), "--write-key", "0123456789abcdef0123456789abcdef")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_bucket_that_cannot_be_read_is_told_before_anything_is_sent(start, lake):
    server = start()
    user = lake.create_user("writer", MAY_PUT)
    lake.enforce()
    try:
        done = smoke(lake, *at(server), **user)
    finally:
        lake.relax()
    assert done.returncode == 1 and "aws s3api list-objects-v2:" in done.stderr and "sent" not in done.stdout


@pytest.mark.parametrize("arguments, message", [
    (["--endpoint", "https://events.example.com"], "--endpoint and --bucket go together"),
    (["--endpoint", "events.example.com", "--bucket", "b"], "events.example.com is no URL"),
    (["--timeout", "0"], "--timeout is a number of seconds"),
    ([], "terraform has made nothing in"),
])
def test_what_cannot_be_tried_is_told(arguments, message, tmp_path):
    (tmp_path / "terraform").write_text("#!/bin/sh\necho '{}'\n")
    (tmp_path / "terraform").chmod(0o755)
    done = smoke(None, *arguments, path=f"{tmp_path}:{BIN}:{os.environ['PATH']}")
    assert done.returncode == 2 and message in done.stderr, done.stderr


def test_without_the_aws_cli_nothing_is_tried(tmp_path):
    done = smoke(None, path=str(tmp_path))
    assert done.returncode == 2 and "the AWS CLI (aws) is not installed" in done.stderr
