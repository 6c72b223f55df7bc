"""deploy/ansible on an existing host, over SSH as an administrator with sudo. One host for all tests, which use it one after the
other; what the role refuses before it does anything is in tests/deploy."""

import contextlib
import re
import struct
import subprocess

import pytest

import debs
import lake
from authority import FOLDER, Authority
from conftest import started
from inlet_server import event, wait_until
from remote import Remote
from service import call, serial_number, track

SECRET = "not-to-be-seen"
OWN_CERTIFICATE = f"{FOLDER}/own.pem"


@pytest.fixture(scope="module")
def host(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("host")
    with started(root, folder / "machine") as machine:
        with Remote(machine, folder / "remote") as remote:
            yield remote


@pytest.fixture(scope="module")
def variables(deb):
    return {"inlet_package_file": str(deb), "inlet_environment": {"AWS_SECRET_ACCESS_KEY": SECRET + ' "$\\'},
            "inlet_settings": {"sink.lake.roll_ms": 50, "server.cors_origins": ["https://www.example.com"],
                               "journal.max_bytes": "1GiB", "server.access_log": True}}


def main_pid(host):
    return host.machine.show("inlet.service", "MainPID")


def rows_of(host, user):
    return [row for row in lake.rows(host.machine.path("/var/lib/inlet/lake")) if row["userId"] == user]


def deliver(host, user, port=8080, wrap=None):
    """Posts an event, and waits for its row in the lake."""
    with host.machine.network():
        assert track(port, user, event(), wrap=wrap).status == 200
    wait_until(lambda: rows_of(host, user), what="the row in the lake")
    return rows_of(host, user)[0]


def test_a_check_of_a_bare_host_says_what_would_be_done_and_does_nothing(host, variables):
    played = host.playbook("--check", "--diff", **variables)
    assert not played.failed and "Copy the package" in played.tasks("changed"), played.output
    assert not host.machine.path("/etc/inlet").exists() and not host.machine.path("/usr/bin/inlet").exists()


def test_a_bare_host_becomes_a_server(host, variables):
    played = host.playbook("--diff", **variables)
    assert not played.failed and played.changed, played.output
    assert SECRET not in played.output
    deliver(host, "first")
    machine = host.machine
    assert machine.journal("inlet.service").count("journal accepts") == 1, "it was started before it was configured"
    for unit in ("inlet.service", "inlet.socket", "inlet-acme.timer"):
        assert machine.systemctl("is-enabled", unit) == "enabled"
    environ = machine.run("cat", f"/proc/{main_pid(host)}/environ").stdout.split("\0")
    assert f'AWS_SECRET_ACCESS_KEY={SECRET} "$\\' in environ
    assert machine.run("stat", "-c", "%U:%G %a", "/etc/inlet/inlet.toml", "/etc/inlet/inlet.env").stdout.splitlines() == [
        "root:inlet 640", "root:root 600"]
    assert SECRET not in machine.journal()


def test_a_second_run_changes_nothing(host, variables):
    before = main_pid(host)
    played = host.playbook("--diff", **variables)
    assert not played.failed and played.changed == 0, (played.tasks("changed"), played.output)
    assert main_pid(host) == before


def test_an_upgrade_with_other_settings_keeps_the_journal_and_restarts_once(host, variables, deb, tmp_path):
    node = deliver(host, "before")["node"]
    newer = debs.next_version(deb, tmp_path, "0.1.1")
    restarts = host.machine.journal("inlet.service").count("journal accepts")
    variables["inlet_package_file"] = str(newer)
    variables["inlet_settings"]["server.max_body_bytes"] = "2KiB"
    checked = host.playbook("--check", "--diff", "--tags", "inlet_config", **variables)
    assert not checked.failed and '+server.max_body_bytes = "2KiB"' in checked.output, checked.output
    played = host.playbook(**variables)
    assert not played.failed, played.output
    assert {"Install the package", "Write the configuration", "Restart inlet"} <= set(played.tasks("changed"))
    assert deliver(host, "after")["node"] == node
    with host.machine.network():
        assert track(8080, "x" * 3000, event()).status == 413
    assert host.machine.journal("inlet.service").count("journal accepts") == restarts + 1


def test_the_package_that_is_named_is_the_one_that_is_installed(host, variables, deb, tmp_path):
    rebuilt = debs.next_version(deb, tmp_path, "0.1.1", lambda root: (root / "usr/share/doc/inlet/more").write_text("more\n"))
    played = host.playbook("--tags", "inlet_package", **{**variables, "inlet_package_file": str(rebuilt)})
    assert played.failed and "Another package of the same version is installed" in played.output, played.output
    variables["inlet_package_file"] = str(deb)  # the way back
    played = host.playbook("--tags", "inlet_package,inlet_service", **variables)
    assert not played.failed and "Install the package" in played.tasks("changed"), played.output
    assert host.machine.run("dpkg-query", "-W", "-f=${Version}", "inlet").stdout == debs.field(deb, "Version")
    deliver(host, "back")


def test_settings_that_inlet_does_not_take_change_nothing(host, variables):
    before, config = main_pid(host), host.machine.read("/etc/inlet/inlet.toml")
    played = host.playbook("--tags", "inlet_config,inlet_service", **{
        **variables, "inlet_settings": {"server.thread": 2, "journal.max_bytes": "a lot"}})
    assert played.failed and played.tasks("fatal") == ["Write the configuration"], played.output
    assert "server.thread: unknown key" in played.output and "journal.max_bytes" in played.output
    assert main_pid(host) == before and host.machine.read("/etc/inlet/inlet.toml") == config


# HTTPS

def pair(folder, name, days=30):
    """A certificate and its key, signed by themselves."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", str(days), "-subj", f"/CN={name}"],
                   cwd=folder, check=True, capture_output=True)
    return (folder / f"{name}.pem").read_text(), (folder / f"{name}.key").read_text()


def subject(host):
    return host.machine.shell("openssl s_client -connect 127.0.0.1:443 </dev/null 2>/dev/null | "
                              "openssl x509 -noout -subject").stdout.strip()


def with_pair(variables, certificate, key):
    return {**variables, "inlet_tls": "files", "inlet_tls_certificate": certificate, "inlet_tls_key": key}


def test_a_certificate_of_ones_own_is_used_and_a_bad_one_leaves_it_in_use(host, variables, tmp_path):
    good, other = pair(tmp_path, "good"), pair(tmp_path, "other")
    played = host.playbook("--tags", "inlet_tls", **with_pair(variables, *good))
    assert not played.failed and "good" in subject(host), played.output
    assert "PRIVATE KEY" not in played.output

    played = host.playbook("--tags", "inlet_tls", **with_pair(variables, good[0], other[1]))
    assert played.failed and "inlet_tls_key: is not the key of inlet_tls_certificate" in played.output, played.output
    assert "good" in subject(host) and "PRIVATE KEY" not in played.output

    before = main_pid(host)
    played = host.playbook("--tags", "inlet_tls", **with_pair(variables, *other))
    assert not played.failed and played.changed == 1, played.output
    wait_until(lambda: "other" in subject(host), what="the new certificate")
    assert main_pid(host) == before, "a new certificate needs no restart"


def test_a_certificate_is_ordered_and_not_ordered_again(host, variables):
    with Authority(host.machine) as authority:
        acme = {**variables, "inlet_tls": "acme", "inlet_acme_domains": ["events.example.org"],
                "inlet_acme_email": "owner@example.org", "inlet_acme_server": authority.directory,
                "inlet_acme_ca_file": OWN_CERTIFICATE}
        played = host.playbook("--tags", "inlet_tls", **acme)
        assert not played.failed, played.output
        trusted = authority.trust()
        wrap = lambda plain: trusted.wrap_socket(plain, server_hostname="events.example.org")  # noqa: E731

        def is_used():
            with contextlib.suppress(OSError), host.machine.network():
                return serial_number(wrap)

        serial = wait_until(is_used, what="the certificate of the authority")
        deliver(host, "over-https", port=443, wrap=wrap)
        played = host.playbook("--tags", "inlet_tls", **acme)
        assert not played.failed and played.changed == 0, (played.tasks("changed"), played.output)
        assert is_used() == serial


@pytest.mark.long
def test_what_the_authority_says_is_shown_if_it_refuses(host, variables):
    with Authority(host.machine, "refusing", port=14100, blocked=["events.example.net"]) as authority:
        played = host.playbook("--tags", "inlet_tls", **{
            **variables, "inlet_tls": "acme", "inlet_acme_domains": ["events.example.net"],
            "inlet_acme_email": "owner@example.org", "inlet_acme_server": authority.directory,
            "inlet_acme_ca_file": OWN_CERTIFICATE})
    assert played.failed and re.search("No certificate: .*events.example.net", played.output), played.output
    with host.machine.network():
        assert call(8080, "GET", "/health/ready").status == 200


# A disk for the journal: a file as a loop device, which the host sees as /dev/sdz.

@pytest.fixture
def disk(host, tmp_path):
    """disk(name, content) is a path in the host, of a disk that begins with this and is otherwise blank."""
    attached = []

    def attach(name, content=b""):
        image = tmp_path / f"{name}.img"
        with image.open("wb") as file:
            file.write(content)
            file.truncate(1 << 30)  # sparse
        made = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            pytest.skip(f"no loop device can be had: {made.stderr.strip()}")
        device = made.stdout.strip()
        attached.append(device)
        host.machine.run("mknod", f"/dev/{name}", "b", *subprocess.run(
            ["stat", "-c", "%Hr %Lr", device], capture_output=True, text=True, check=True).stdout.split())
        return f"/dev/{name}"

    yield attach
    for device in attached:
        subprocess.run(["losetup", "--detach", device], check=True)


def test_an_empty_disk_becomes_the_journals_and_is_never_formatted_again(host, variables, disk):
    machine = host.machine
    # A table of partitions with one of Linux in it.
    table = bytes(446) + struct.pack("<B3xB3xII", 0, 0x83, 2048, 65536) + bytes(48) + b"\x55\xaa"
    device, stranger, parted, odd = disk("sdy"), disk("sdx"), disk("sdw", table), disk("sdv", b"precious")
    machine.systemctl("stop", "inlet.socket", "inlet-tls.socket", "inlet.service")

    played = host.playbook("--tags", "inlet_volume", inlet_journal_device=device)
    assert played.failed and "would hide them" in played.output, played.output

    machine.shell("mkdir /var/tmp/old && mv /var/lib/inlet/journal/* /var/lib/inlet/journal/.[!.]* /var/tmp/old 2>/dev/null || true")
    machine.run("mkfs.ext4", "-q", stranger)
    for used, held in [(parted, "PTTYPE=dos"), (odd, "unknown bytes")]:
        played = host.playbook("--tags", "inlet_volume", inlet_journal_device=used)
        assert played.failed and "neither a file system nor nothing" in played.output and held in played.output, played.output
    assert machine.run("head", "-c", "8", odd).stdout == "precious"

    variables = {**variables, "inlet_journal_device": device}
    played = host.playbook("--tags", "inlet_volume,inlet_service", **variables)
    assert not played.failed and "Make a file system on an empty disk" in played.tasks("changed"), played.output
    uuid = machine.run("findmnt", "-no", "UUID", "/var/lib/inlet/journal").stdout.strip()
    assert f"UUID={uuid} /var/lib/inlet/journal" in machine.read("/etc/fstab")
    node = deliver(host, "on-the-disk")["node"]

    played = host.playbook("--tags", "inlet_volume,inlet_service", **variables)
    assert not played.failed and played.changed == 0, (played.tasks("changed"), played.output)
    played = host.playbook("--tags", "inlet_volume", inlet_journal_device=stranger)
    assert played.failed and "Another disk is mounted" in played.output, played.output

    # As after a replacement of the host: the disk comes with what it holds, and the root knows nothing of it.
    machine.systemctl("stop", "inlet.socket", "inlet-tls.socket", "inlet.service")
    machine.shell("umount /var/lib/inlet/journal; sed -i /inlet/d /etc/fstab; systemctl daemon-reload")
    assert machine.run("systemctl", "start", "inlet.service", check=False).returncode != 0, "it started without its disk"
    played = host.playbook("--tags", "inlet_volume,inlet_service", **variables)
    assert not played.failed and "Make a file system on an empty disk" not in played.tasks("changed"), played.output
    assert deliver(host, "again-on-the-disk")["node"] == node
    machine.systemctl("stop", "inlet.socket", "inlet-tls.socket", "inlet.service")
    machine.run("umount", "/var/lib/inlet/journal")
