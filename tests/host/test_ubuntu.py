"""The package as it was built here, and the Ansible role, on Ubuntu 24.04."""

import pytest

import lake
from inlet_server import event, wait_until
from remote import Remote
from service import load, track


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_package_built_on_debian_12_runs_on_ubuntu_24_04(ubuntu_machine, deb):
    machine = ubuntu_machine
    machine.copy(deb, "/var/tmp/inlet.deb")
    machine.run("dpkg", "--install", "/var/tmp/inlet.deb")
    assert "24.04" in machine.read("/etc/os-release")
    with machine.network():
        for port in (80, 8080):
            assert track(port, "on ubuntu", event()).status == 200
        with load(8080) as clients:
            machine.systemctl("restart", "inlet.service")
            clients.wait_for_more(50)
    assert clients.failures == []
    wait_until(lambda: len([row for row in lake.rows(machine.path("/var/lib/inlet/lake"))
                            if row["userId"] == "on ubuntu"]) == 2, what="both rows in the lake")
    assert machine.run("inlet", "journal", "verify").stdout.endswith("whole\n")
    machine.run("dpkg", "--purge", "inlet")
    assert not machine.path("/etc/inlet").exists()
    assert machine.path("/var/lib/inlet/journal").exists()


@pytest.mark.long
def test_the_role_makes_ubuntu_24_04_into_a_server_and_a_second_run_changes_nothing(ubuntu_machine, deb, tmp_path):
    machine = ubuntu_machine
    variables = {"inlet_package_file": str(deb), "inlet_settings": {"sink.lake.roll_ms": 50}}
    with Remote(machine, tmp_path / "remote") as host:
        played = host.playbook(**variables)
        assert not played.failed and played.changed, played.output
        with machine.network():
            assert track(80, "by the role", event()).status == 200
        wait_until(lambda: lake.rows(machine.path("/var/lib/inlet/lake")), what="the row in the lake")
        played = host.playbook(**variables)
        assert not played.failed and played.changed == 0, (played.tasks("changed"), played.output)
