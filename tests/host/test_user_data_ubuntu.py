"""Terraform's user data on Ubuntu 24.04, the system of its instances: one of a group, from its first boot to its end."""

import os

import pytest

import user_data
from inlet_server import event, wait_until
from machine import CannotRun
from service import track
from test_user_data import BUCKET, CONFIG, KEY, METADATA, Instance, aws_of, delivered, disk  # noqa: F401

GROUP, HOOK = "inlet-ha", "drain"


@pytest.fixture
def ubuntu_instance(ubuntu_root, disk, tmp_path):  # noqa: F811
    try:
        with Instance(ubuntu_root, tmp_path / "instance", disk) as instance:
            yield instance
    except CannotRun as reason:
        pytest.skip(f"no machine can be started here: {reason}")


@pytest.mark.long
def test_an_instance_of_a_group_takes_events_and_ends_with_nothing_left(ubuntu_instance, deb, disk):  # noqa: F811
    if reason := user_data.why_not():
        pytest.skip(reason)
    script = user_data.rendered(deb, package_key=KEY, bucket=BUCKET, config=CONFIG.replace("linger_ms = 50", "linger_ms = 3600000"),
                                volume=disk.device, group=GROUP, drain_hook=HOOK, launch_hook="launch")
    instance = ubuntu_instance
    assert "24.04" in instance.read("/etc/os-release")
    instance.write("/etc/systemd/system/inlet-drain.service.d/metadata.conf", METADATA)
    with aws_of(instance, deb) as aws:
        aws.autoscaling.wait_in(GROUP, "launch")
        assert "inlet is ready" in instance.start(script).stdout
        for number in range(10):
            assert track(80, f"row-{number}", event()).status == 200
        assert not delivered(aws)
        aws.autoscaling.announce()
        wait_until(lambda: aws.ledger.of("autoscaling", "RecordLifecycleActionHeartbeat"), what="a heartbeat")
        assert track(80, "row-10", event()).status == 200
        aws.autoscaling.wait_in(GROUP, HOOK)
        wait_until(lambda: HOOK not in {hook for _, hook, _ in aws.autoscaling.waiting}, 60, "the completion")
        assert set(aws.autoscaling.completed) == {"CONTINUE"}
        assert delivered(aws) == {f"row-{number}" for number in range(11)}
    assert "firehose" in " ".join(os.listdir(instance.path("/var/lib/inlet/journal")))
