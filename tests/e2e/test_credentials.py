"""Credentials from where AWS's own tools find them, and what happens when they end, are wrong or cannot be had."""

import json
import socket
import sys
import time

import pytest

from aws_delivery import aws_settings, each_once, firehose_settings, s3_settings, track, wait_delivered, wait_failing
from fake_aws import Fault
from fake_aws.app import KEY, SECRET
from inlet_server import wait_until
from moto_aws import ACCOUNT, MAY_PUT, bucket_lines, environment, policy

LANE, STREAM = "firehose-track", "inlet-track"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/writer"


NO_FILES = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def start(start_server, aws):
    """A server with nothing but this environment."""

    def start_with(wait=True, settings=None, **variables):
        return start_server(env={**NO_FILES, **variables}, wait=wait, **firehose_settings(aws, **(settings or {})))

    yield start_with
    assert not aws.ledger.wrong_resends()


def calls(aws):
    return aws.ledger.of("firehose")


def cloudwatch_settings(aws, **settings):
    """Nothing else needs credentials."""
    return aws_settings(aws, **{"sink.lake.enabled": "true", "metrics.cloudwatch.enabled": "true",
                                "metrics.cloudwatch.dimensions": "Stage=test", **settings})


def cloudwatch_of_an_instance(aws, **settings):
    """It asks for the instance's id first."""
    return cloudwatch_settings(aws, **{"metrics.cloudwatch.dimensions": "", **settings})


def sources(aws, folder):
    """Name -> environment, for each place that the stand-in can play."""
    (folder / "web").write_text("web-token", encoding="ascii")
    (folder / "container").write_text("container-token", encoding="ascii")
    (folder / "keys").write_text(f"[base]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n", encoding="ascii")
    (folder / "config").write_text(
        f"[profile writer]\nrole_arn = {ROLE}\nsource_profile = base\nrole_session_name = inlet\n"
        f"[profile made]\ncredential_process = {sys.executable} {folder / 'process.py'}\n", encoding="ascii")
    (folder / "process.py").write_text(
        f"print('''{json.dumps({'Version': 1, 'AccessKeyId': KEY, 'SecretAccessKey': SECRET})}''')", encoding="ascii")
    files = {"AWS_CONFIG_FILE": str(folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "keys")}
    return {
        "environment": {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET},
        "keys in a file": {**files, "AWS_PROFILE": "base"},
        "role of a profile": {**files, "AWS_PROFILE": "writer"},
        "process": {**files, "AWS_PROFILE": "made"},
        "web identity": {"AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "web"), "AWS_ROLE_ARN": ROLE},
        "container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{aws.url}/container",
                      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(folder / "container")},
        "instance": {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": aws.url},
    }


STATIC = ["environment", "keys in a file", "process"]
TEMPORARY = ["role of a profile", "web identity", "container", "instance"]


@pytest.mark.parametrize("source", STATIC + TEMPORARY)
def test_credentials_are_found(start, aws, tmp_path, source):
    server = start(**sources(aws, tmp_path)[source])
    track(server, 10)
    wait_delivered(server, LANE, 10)
    each_once(aws.firehose.rows(STREAM), 10)
    used = aws.gatekeeper.identities[aws.issuer.issued[-1] if source in TEMPORARY else KEY]
    assert used.used >= 1 and used.token == ("" if source in STATIC else used.token)
    assert len(aws.issuer.issued) == (1 if source in TEMPORARY else 0)
    assert all(name not in server.log_text() for name in (SECRET, used.secret))


@pytest.mark.parametrize("source", TEMPORARY)
def test_an_expired_token_is_replaced_at_once(start, aws, tmp_path, source):
    server = start(**sources(aws, tmp_path)[source])
    track(server, 10)
    wait_delivered(server, LANE, 10)
    aws.issuer.expire_all()
    track(server, 10, 10)
    wait_delivered(server, LANE, 20)
    each_once(aws.firehose.rows(STREAM), 20)
    assert [attempt.code for attempt in calls(aws)] == ["", "ExpiredTokenException", ""]
    assert len(aws.issuer.issued) == 2


def test_a_token_is_replaced_before_it_ends(start, aws, tmp_path):
    aws.issuer.lifetime = 3
    server = start(**sources(aws, tmp_path)["instance"])
    for number in range(9):
        track(server, 1, number)
        time.sleep(0.5)
    wait_delivered(server, LANE, 9)
    each_once(aws.firehose.rows(STREAM), 9)
    assert len(aws.issuer.issued) >= 2
    assert len(aws.issuer.issued) < 60, "it is asked for again and again"
    assert sum(attempt.code != "" for attempt in calls(aws)) <= 2


def test_token_files_are_read_anew(start, aws, tmp_path):
    server = start(**sources(aws, tmp_path)["web identity"])
    track(server, 1)
    wait_delivered(server, LANE, 1)
    aws.sts.web_tokens = {"web-token-2"}
    (tmp_path / "web").write_text("web-token-2", encoding="ascii")
    aws.issuer.expire_all()
    track(server, 1, 1)
    wait_delivered(server, LANE, 2)


@pytest.mark.parametrize("settings", [firehose_settings, s3_settings], ids=["firehose", "s3"])
def test_a_wrong_secret_is_told_and_not_tried_all_the_time(start_server, aws, settings):
    name = LANE if settings is firehose_settings else "s3"
    server = start_server(env=aws.environment(AWS_SECRET_ACCESS_KEY="wrong"), **settings(aws))
    server.expect_error("delivery fails")
    track(server, 10)
    seen = wait_failing(server, name)
    assert seen["holding"] and seen["pending"] == 10
    assert "signature" in seen["lastError"].lower() and "wrong" not in seen["lastError"]
    time.sleep(1)
    assert len(aws.ledger.attempts) <= 8
    server.terminate()
    server.env = aws.environment()
    server.start()
    wait_delivered(server, name, 10)


def test_credentials_that_nobody_has_are_asked_for_until_somebody_has_them(start, aws, tmp_path):
    aws.metadata.role = ""
    server = start(**sources(aws, tmp_path)["instance"])
    server.expect_error("delivery fails|credentials")
    track(server, 10)
    wait_failing(server, LANE, "role")
    aws.metadata.role = "inlet-role"
    wait_delivered(server, LANE, 10, timeout=40)
    each_once(aws.firehose.rows(STREAM), 10)


def test_no_source_at_all_is_no_reason_not_to_start(start, aws):
    server = start()
    server.expect_error("delivery fails|credentials")
    track(server, 10)
    seen = wait_failing(server, LANE)
    assert "environment" in seen["lastError"] and "instance" in seen["lastError"] and seen["pending"] == 10
    assert not calls(aws)


def test_start_up_does_not_wait_for_a_metadata_service_that_is_silent(start, aws):
    with socket.create_server(("127.0.0.1", 0)) as hole:  # connects, and says nothing
        began = time.monotonic()
        server = start(wait=False, AWS_EC2_METADATA_DISABLED="false", AWS_METADATA_SERVICE_TIMEOUT="40",
                       AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://127.0.0.1:{hole.getsockname()[1]}")
        server.expect_error("delivery fails|credentials")
        wait_until(server.is_ready)
        track(server, 10)
        assert server.is_ready() and not calls(aws)
        assert time.monotonic() - began < 35
        hole.settimeout(20)
        hole.accept()[0].close()  # it was asked


@pytest.mark.parametrize("settings, name", [(firehose_settings, LANE), (s3_settings, "s3"), (cloudwatch_settings, None),
                                            (cloudwatch_of_an_instance, None)],
                         ids=["firehose", "s3", "cloudwatch", "instance id"])
def test_a_stop_does_not_wait_for_a_metadata_service_that_is_silent(start_server, aws, settings, name):
    with socket.create_server(("127.0.0.1", 0)) as hole:
        variables = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_METADATA_SERVICE_TIMEOUT": "40",
                     "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{hole.getsockname()[1]}"}
        server = start_server(env={**NO_FILES, **variables}, **settings(aws, **{"server.drain_timeout_ms": 100}))
        server.expect_error("delivery fails|credentials")
        track(server, 10)
        began = time.monotonic()
        server.terminate()
        assert time.monotonic() - began < 6, "it waited out what is waited for the first credentials: 10 s"
    server.env = aws.environment()
    server.start()
    if name:
        wait_delivered(server, name, 10)


@pytest.mark.parametrize("fault", [Fault.refuse("Unauthorized", status=401, service="imds", operation="Credentials"),
                                   Fault.garbage(b"{", service="imds", operation="Credentials"),
                                   Fault(service="imds", reset=True), Fault(service="imds", delay=3),
                                   Fault.refuse("InternalError", status=500, service="imds")],
                         ids=["401", "garbage", "reset", "slow", "500"])
def test_a_metadata_service_that_stumbles_is_asked_again(start, aws, tmp_path, fault):
    fault.used = 0
    aws.faults.add(fault)
    server = start(**sources(aws, tmp_path)["instance"])
    server.expect_error("delivery fails|credentials")
    track(server, 10)
    wait_delivered(server, LANE, 10, timeout=40)
    assert not aws.faults.unused()


# moto's idea of it

def test_moto_instance(start_server, moto):
    moto.create_lake()
    server = start_server(env=environment(AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=moto.url),
                          **firehose_settings(moto))
    track(server, 10)
    wait_delivered(server, LANE, 10)
    assert len(bucket_lines(moto.client("s3"), "raw/")) == 10


def test_moto_role_of_a_profile(start_server, moto, tmp_path):
    moto.create_lake()
    role, reader = moto.create_role("writer", MAY_PUT), moto.reader()
    user = moto.create_user("inlet", policy(("sts:AssumeRole", "*")))
    keys, config = tmp_path / "keys", tmp_path / "config"
    keys.write_text(f"[base]\naws_access_key_id = {user['AWS_ACCESS_KEY_ID']}\n"
                    f"aws_secret_access_key = {user['AWS_SECRET_ACCESS_KEY']}\n", encoding="ascii")
    config.write_text(f"[profile writer]\nrole_arn = {role}\nsource_profile = base\n", encoding="ascii")
    moto.enforce()
    server = start_server(env=environment(AWS_CONFIG_FILE=str(config), AWS_SHARED_CREDENTIALS_FILE=str(keys)),
                          **firehose_settings(moto, **{"aws.profile": "writer"}))
    track(server, 10)
    wait_delivered(server, LANE, 10)
    assert len(bucket_lines(moto.client_as("s3", reader), "raw/")) == 10


def test_moto_web_identity(start_server, moto, tmp_path):
    moto.create_lake()
    role, reader = moto.create_role("writer", MAY_PUT), moto.reader()
    (tmp_path / "token").write_text("a.b.c", encoding="ascii")
    variables = environment(AWS_WEB_IDENTITY_TOKEN_FILE=str(tmp_path / "token"), AWS_ROLE_ARN=role)
    server = start_server(env=variables, **firehose_settings(moto))
    track(server, 10)
    wait_delivered(server, LANE, 10)
    assert len(bucket_lines(moto.client_as("s3", reader), "raw/")) == 10
