"""inlet's own numbers in CloudWatch, and the region that an instance tells."""

import re
import time

import pytest

from aws_delivery import aws_settings, firehose_settings, track, wait_delivered
from fake_aws import Fault
from fake_aws.app import KEY
from inlet_server import event, run_inlet, wait_until
from moto_aws import policy
from ports import free_port

ON = {"metrics.cloudwatch.enabled": "true", "metrics.cloudwatch.interval_s": 1}
NAMES = {"JournalBacklogAgeSeconds": "Seconds", "JournalBacklogBytes": "Bytes", "RejectedRequests": "Count",
         "Responses5xx": "Count", "JournalDiskFreePercent": "Percent"}


@pytest.fixture
def start(start_server, aws):
    def start_with(env=None, **settings):
        return start_server(env={**aws.environment(), **(env or {})}, **aws_settings(aws, **{**ON, **settings}))

    return start_with


def wait_points(aws, count, name="RejectedRequests"):
    wait_until(lambda: len(aws.cloudwatch.values(name)) >= count, what=f"{count} publications")
    return aws.cloudwatch.values(name)


def test_all_numbers_come_with_their_units(start, aws):
    server = start()
    wait_points(aws, 1)
    points = {point.name: point for point in aws.cloudwatch.points}
    assert {name: point.unit for name, point in points.items()} == NAMES
    node = server.status()["journal"]["node"]
    assert all(point.namespace == "inlet" and point.dimensions == {"Node": node} for point in points.values())
    assert 0 < points["JournalDiskFreePercent"].value < 100
    assert {attempt.operation for attempt in aws.ledger.of("monitoring")} == {"PutMetricData"}


def test_counts_are_those_since_the_last_publication(start, aws):
    server = start()
    wait_points(aws, 1)
    for _ in range(7):
        server.post("/track", b"{")
    wait_until(lambda: sum(aws.cloudwatch.values("RejectedRequests")) == 7)
    wait_points(aws, len(aws.cloudwatch.values("RejectedRequests")) + 2)
    assert sum(aws.cloudwatch.values("RejectedRequests")) == 7
    assert sum(aws.cloudwatch.values("Responses5xx")) == 0


def test_the_backlog_of_a_stream_that_takes_nothing_is_seen(start, aws):
    server = start(**{"sink.firehose.enabled": "true", "sink.firehose.linger_ms": 20})
    server.expect_error("delivery fails")
    fault = aws.faults.add(Fault.refuse("ResourceNotFoundException", service="firehose", times=None))
    track(server, 10)
    wait_until(lambda: (aws.cloudwatch.values("JournalBacklogAgeSeconds") or [0])[-1] > 1)
    assert aws.cloudwatch.values("JournalBacklogBytes")[-1] > 0
    aws.faults.remove(fault)


def test_dimensions_and_namespace_are_those_of_the_configuration(start, aws):
    start(**{"metrics.cloudwatch.namespace": "example/inlet", "metrics.cloudwatch.dimensions": "Stage=a b,Zone=c"})
    wait_points(aws, 1)
    point = aws.cloudwatch.points[0]
    assert (point.namespace, point.dimensions) == ("example/inlet", {"Stage": "a b", "Zone": "c"})


def test_on_an_instance_the_dimension_is_its_id(start, aws):
    start({"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": aws.url})
    wait_points(aws, 1)
    assert aws.cloudwatch.points[0].dimensions == {"InstanceId": aws.metadata.instance_id}


def test_a_failure_is_told_once_made_up_for_and_disturbs_nobody(start, aws):
    fault = aws.faults.add(Fault.refuse("AccessDenied", status=403, service="monitoring", times=None))
    server = start()
    for _ in range(5):
        server.post("/track", b"{")
    wait_until(lambda: fault.used >= 2)
    assert server.track("u", event()).status == 200
    aws.faults.remove(fault)
    assert wait_points(aws, 1)[0] == 5
    wait_until(lambda: "again" in server.log_text())
    told = [line for line in server.log_lines() if "cannot be published" in line["message"]]
    assert len(told) == 1 and "AccessDenied" in str(told[0])


def test_the_end_does_not_wait_for_a_service_that_is_silent(start, aws):
    fault = aws.faults.add(Fault(service="monitoring", delay=30))
    server = start()
    wait_until(lambda: fault.used)
    began = time.monotonic()
    server.terminate()
    assert time.monotonic() - began < 15  # half of what the service is silent for


def test_certificate_days_are_published_with_tls(start, aws, tmp_path):
    from test_tls import make_certificate  # pylint: disable=import-outside-toplevel
    certificate, key = make_certificate(tmp_path, "days")
    start(**{"server.tls_listen": f"127.0.0.1:{free_port()}", "server.tls_cert": certificate, "server.tls_key": key})
    days = wait_points(aws, 1, "CertificateDaysLeft")
    assert 0 < days[0] < 400


def test_it_is_off_unless_it_is_asked_for(start_server, aws):
    server = start_server(env=aws.environment(), **firehose_settings(aws))
    track(server, 1)
    wait_delivered(server, "firehose-track", 1)
    assert not aws.ledger.of("monitoring")


def check(aws, **settings):
    chosen = aws_settings(aws, **{**ON, **settings})
    sets = [word for name, value in chosen.items() for word in ("--set", f"{name}={value}")]
    return run_inlet("check", *sets, env=aws.environment())


def test_check_publishes_nothing_that_counts(aws):
    done = check(aws)
    assert done.returncode == 0 and re.search("cloudwatch +ok .*inlet", done.stdout), done.stdout
    assert [(point.name, point.value) for point in aws.cloudwatch.points] == [("RejectedRequests", 0)]


def test_check_names_the_right_that_is_missing(aws):
    aws.gatekeeper.identities[KEY].denied = {"cloudwatch:PutMetricData *"}
    done = check(aws)
    assert done.returncode == 1 and "cloudwatch:namespace" in done.stdout, done.stdout


def test_moto_lists_the_metrics(start_server, moto):
    user = moto.create_user("inlet", policy(("cloudwatch:PutMetricData", "*")))
    moto.enforce()
    server = start_server(env=user, **aws_settings(moto, **ON))
    wait_until(lambda: "metrics are published" in server.log_text())
    time.sleep(0.2)
    moto.relax()
    listed = wait_until(lambda: moto.client("cloudwatch").list_metrics(Namespace="inlet")["Metrics"])
    assert {metric["MetricName"] for metric in listed} == set(NAMES)
    assert all(metric["Dimensions"][0]["Name"] == "Node" for metric in listed)


# The region

def on_instance(aws, **more):
    return {**aws.environment(), "AWS_REGION": "", "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": aws.url, "AWS_ENDPOINT_URL_FIREHOSE": aws.url,
            "AWS_ENDPOINT_URL_STS": aws.url, **more}


REGIONLESS = {"aws.endpoint_url": "", "aws.region": ""}


def test_the_region_is_that_of_the_instance(start_server, aws):
    """The stand-in refuses what is signed for another region."""
    aws.region = aws.gatekeeper.region = "ap-southeast-2"
    server = start_server(env=on_instance(aws), **firehose_settings(aws, **REGIONLESS))
    track(server, 3)
    wait_delivered(server, "firehose-track", 3)


def test_a_region_that_is_configured_is_not_asked_for(start_server, aws):
    server = start_server(env=on_instance(aws), **firehose_settings(aws, **{**REGIONLESS, "aws.region": aws.region}))
    track(server, 3)
    wait_delivered(server, "firehose-track", 3)
    assert not aws.ledger.of("imds")


@pytest.mark.parametrize("env, reason", [({"AWS_EC2_METADATA_DISABLED": "true"}, "AWS_EC2_METADATA_DISABLED"),
                                         ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"}, "127.0.0.1:1")])
def test_no_region_at_all_says_what_to_set_and_why_the_instance_told_none(aws, env, reason):
    began = time.monotonic()
    done = run_inlet("check", "--set", "sink.firehose.enabled=true",
                     env={**on_instance(aws), "AWS_ENDPOINT_URL_FIREHOSE": "", "AWS_ENDPOINT_URL_STS": "", **env})
    assert done.returncode == 1 and "set aws.region" in done.stdout and reason in done.stdout, done.stdout + done.stderr
    assert time.monotonic() - began < 20
