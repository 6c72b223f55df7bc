"""The service under systemd: how it is confined, and that it comes back without refusing anybody."""

import os
import re

import lake
from inlet_server import event, wait_until
from service import call, load, track

UNIT = "inlet.service"


def main_pid(machine):
    return int(machine.show(UNIT, "MainPID"))


def has_its_row(machine, user):
    return [row for row in lake.rows(machine.path("/var/lib/inlet/lake")) if row["userId"] == user]


def test_the_confined_service_delivers_and_its_lanes_give_way_to_requests(machine):
    with machine.network():
        assert track(8080, "confined", event()).status == 200
    wait_until(lambda: has_its_row(machine, "confined"), what="the row in the lake")
    threads = machine.shell(f"cd /proc/{main_pid(machine)}/task; for t in *; do "
                            "echo $(cat $t/comm) $(sed 's/.*) //' $t/stat | cut -d' ' -f17); done").stdout
    nice = {line.split()[0]: int(line.split()[1]) for line in threads.splitlines()}
    usual = os.nice(0)  # the machine has what these tests run with
    assert (nice["journal"], nice["sink-lake"]) == (usual, max(usual, 10)), threads


def test_the_process_has_no_rights_and_sees_nothing_that_it_can_write_but_its_state(machine):
    status = machine.run("cat", f"/proc/{main_pid(machine)}/status").stdout
    for name in ("CapEff", "CapBnd", "CapPrm"):
        assert int(re.search(rf"{name}:\s*(\w+)", status)[1], 16) == 0
    assert re.search(r"NoNewPrivs:\s*1", status) and re.search(r"Seccomp:\s*2", status)
    tried = machine.shell(f"""
        inside() {{ nsenter --target {main_pid(machine)} --mount setpriv --reuid inlet --regid inlet --clear-groups "$@"; }}
        for folder in /etc/inlet /usr/bin /var/lib/inlet /home /root /var/tmp; do
            ! inside touch $folder/x 2>/dev/null || echo $folder
        done
        inside touch /var/lib/inlet/journal/x && rm /var/lib/inlet/journal/x""").stdout.split()
    assert tried == ["/var/tmp"]  # a folder of its own (PrivateTmp=)
    assert not machine.path("/var/tmp/x").exists()


def test_restarts_refuse_no_connection_and_lose_no_event(machine):
    before = main_pid(machine)
    with machine.network(), load(8080, clients=8) as clients:
        for _ in range(3):
            machine.systemctl("restart", UNIT)
            clients.wait_for_more(100)
    assert clients.failures == []
    assert main_pid(machine) != before
    wait_until(lambda: len({row["userId"] for row in lake.rows(machine.path("/var/lib/inlet/lake"))
                            if row["userId"].startswith("load-")}) == sum(clients.answered), what="every event")


def test_what_is_killed_comes_back_and_who_connects_meanwhile_waits(machine):
    killed, restarts = main_pid(machine), int(machine.show(UNIT, "NRestarts"))
    machine.shell(f"kill -KILL {killed}")
    with machine.network():
        assert call(8080, "GET", "/health/ready").status == 200
    assert main_pid(machine) not in (0, killed)
    assert int(machine.show(UNIT, "NRestarts")) == restarts + 1


def test_a_process_that_hangs_is_ended_by_the_watchdog(machine):
    """A process that is stopped feeds no watchdog, nor does it abort; with less patience this can be waited for."""
    machine.write("/run/systemd/system/inlet.service.d/patience.conf", "[Service]\nWatchdogSec=4\nTimeoutAbortSec=1\n")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", UNIT)
    hung = main_pid(machine)
    machine.shell(f"kill -STOP {hung}; until grep -q '^State:.*T' /proc/{hung}/status; do :; done")
    with machine.network():
        assert call(8080, "GET", "/health/ready", timeout=60).status == 200
    assert main_pid(machine) != hung
    assert "watchdog" in machine.journal(UNIT).lower()
    machine.run("rm", "-r", "/run/systemd/system/inlet.service.d")
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", UNIT)


def test_a_wrong_configuration_is_told_in_the_journal_and_mended_without_a_reset(machine):
    good = machine.read("/etc/inlet/inlet.toml")
    machine.write("/etc/inlet/inlet.toml", good + "\n[nonsense]\nkey = 1\n")
    try:
        assert machine.run("systemctl", "restart", UNIT, check=False).returncode != 0
        assert "nonsense.key: unknown key" in machine.journal(UNIT)
    finally:
        machine.write("/etc/inlet/inlet.toml", good)
    with machine.network():  # it tries again once a second, for ever; who connects waits
        wait_until(lambda: call(8080, "GET", "/health/ready").status == 200)


def test_the_machine_boots_with_the_service_and_with_what_the_journal_held(machine):
    machine.shell("sed -i 's/^#enabled = true$/enabled = false/' /etc/inlet/inlet.toml")
    machine.systemctl("restart", UNIT)
    with machine.network():
        assert track(8080, "over the boot", event()).status == 200
    machine.cut_power()
    text = machine.read("/etc/inlet/inlet.toml")
    machine.write("/etc/inlet/inlet.toml", text.replace("enabled = false", "#enabled = true"))
    machine.boot()
    wait_until(lambda: has_its_row(machine, "over the boot"), what="the row in the lake")
