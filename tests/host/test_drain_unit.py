"""inlet-drain.service under systemd, as the package brings it, on a machine that stands for an instance of an Auto Scaling group."""

import re

import pytest

from fake_aws import FakeAws, Fault
from inlet_server import event, wait_until
from service import track

UNIT, GROUP, HOOK, PORT = "inlet-drain.service", "inlet-ha", "drain", 9000
STREAMS = [f"inlet-{kind}" for kind in ("track", "alias", "profile")]
CONFIG = f"""aws.endpoint_url = "http://127.0.0.1:{PORT}"
aws.region = "eu-central-1"
journal.dir = "/var/lib/inlet/journal"
server.drain_timeout_ms = 0
sink.firehose.delivery_stream = "inlet-{{type}}"
sink.firehose.enabled = true
sink.firehose.linger_ms = 3600000
sink.lake.enabled = false
"""
METADATA = f"Environment=AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:{PORT}"
OPTIONS = f'Environment="INLET_DRAIN_OPTIONS=--lifecycle-hook {HOOK} --auto-scaling-group {GROUP} --heartbeat 200ms"'
# As in <linux/capability.h>.
DAC_READ_SEARCH, SETGID, SETUID = 2, 6, 7


@pytest.fixture
def aws(machine):
    with machine.network(), FakeAws(streams=STREAMS, port=PORT) as fake:
        yield fake
    assert not fake.broken, fake.broken


@pytest.fixture
def instance(machine, aws):
    """The server with rows that nothing but a drain delivers, and the unit beside it."""
    machine.write("/etc/inlet/inlet.toml", CONFIG)
    machine.write("/etc/systemd/system/inlet.service.d/metadata.conf", f"[Service]\n{METADATA}\n")
    machine.write(f"/etc/systemd/system/{UNIT}.d/group.conf", f"[Service]\n{METADATA}\n{OPTIONS}\n")
    machine.shell("""systemctl stop inlet.socket inlet-tls.socket inlet.service
                     rm -rf /var/lib/inlet/journal/* /var/lib/inlet/journal/.[!.]*
                     systemctl daemon-reload
                     systemctl start inlet.socket inlet.service inlet-drain.service""")
    for number in range(10):
        assert track(8080, f"row-{number}", event()).status == 200
    wait_until(lambda: re.search("waiting for the end of this instance|Failed", machine.journal(UNIT)), what="the unit")
    assert "Failed" not in machine.journal(UNIT), machine.journal(UNIT)
    return machine


def process(machine):
    """What the kernel says of the unit's process, by name."""
    text = machine.run("cat", f"/proc/{machine.show(UNIT, 'MainPID')}/status").stdout
    return dict(re.findall(r"^(\w+):\s*(.*)$", text, re.MULTILINE))


def users(aws):
    return sorted(row["userId"] for row in aws.firehose.rows())


def test_the_confined_unit_stops_the_server_and_delivers_all_as_the_owner_of_the_journal(instance, aws):
    status = process(instance)
    assert int(status["CapBnd"], 16) == 1 << DAC_READ_SEARCH | 1 << SETGID | 1 << SETUID
    assert (status["NoNewPrivs"], status["Seccomp"], status["Uid"].split()[0]) == ("1", "2", "0")

    fault = aws.faults.add(Fault(service="firehose", reset=True, times=None))
    aws.autoscaling.announce()
    wait_until(lambda: len(aws.ledger.of("autoscaling", "RecordLifecycleActionHeartbeat")) >= 3, what="heartbeats")
    assert track(80, "row-late", event()).status == 200, "it goes on while the load balancer lets the instance go"
    aws.autoscaling.wait_in(GROUP, HOOK)
    inlet = instance.run("id", "--user", "inlet").stdout.strip()
    wait_until(lambda: process(instance).get("Uid", "").split() == [inlet] * 4, 60, "the change of user")
    assert int(process(instance)["CapEff"], 16) == 0
    wait_until(lambda: fault.used >= 2, what="a try")
    assert instance.systemctl("is-active", "inlet.socket", "inlet.service", check=False).split() == ["inactive"] * 2
    assert not aws.autoscaling.completed
    aws.faults.remove(fault)

    wait_until(lambda: aws.autoscaling.completed, 60, "the completion")
    assert aws.autoscaling.completed == ["CONTINUE"]
    assert users(aws) == sorted(["row-late", *(f"row-{number}" for number in range(10))])
    wait_until(lambda: instance.systemctl("is-active", UNIT, check=False) == "inactive", what="the end of the unit")
    assert (instance.show(UNIT, "Result"), instance.show(UNIT, "ExecMainStatus")) == ("success", "0")
    owners = instance.run("find", "/var/lib/inlet/journal", "-printf", "%u\n").stdout.split()
    assert set(owners) == {"inlet"}


def test_a_unit_that_is_killed_while_it_delivers_begins_again(instance, aws):
    fault = aws.faults.add(Fault(service="firehose", reset=True, times=None))
    aws.autoscaling.terminate(GROUP, HOOK)
    wait_until(lambda: fault.used >= 2, 60, "a try")
    instance.write(f"/run/systemd/system/{UNIT}.d/soon.conf", "[Service]\nRestartSec=100ms\n")
    instance.systemctl("daemon-reload")
    instance.systemctl("kill", "--signal=KILL", UNIT)
    aws.faults.remove(fault)
    wait_until(lambda: aws.autoscaling.completed, 60, "the completion")
    assert aws.autoscaling.completed == ["CONTINUE"]
    assert set(users(aws)) == {f"row-{number}" for number in range(10)}
