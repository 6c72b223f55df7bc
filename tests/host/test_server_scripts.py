"""deploy/server-config.sh and deploy/server-run.sh on a plain host, over SSH as documented, as an administrator with sudo."""

import re
import subprocess

import pytest

import debs
import lake
from conftest import started
from inlet_server import ROOT, event, wait_until
from remote import Remote
from service import call, track

CONFIG = (ROOT / "deploy/server-config.sh").read_text()
RUN = (ROOT / "deploy/server-run.sh").read_text()


@pytest.fixture(scope="module")
def plain(root, deb, tmp_path_factory):
    """A plain host with the package lying there; the tests below use it one after the other."""
    folder = tmp_path_factory.mktemp("plain")
    with started(root, folder / "machine") as machine:
        machine.copy(deb, "/var/tmp/inlet.deb")
        with Remote(machine, folder / "remote") as remote:
            yield remote


def configure(remote, *options):
    return remote.ssh("bash", "-s", "--", *options, stdin=CONFIG)


def update(remote, *options):
    return remote.ssh("bash", "-s", "--", *options, stdin=RUN)


def main_pid(remote):
    return remote.machine.show("inlet.service", "MainPID")


def rows_of(remote, user):
    return [row for row in lake.rows(remote.machine.path("/var/lib/inlet/lake")) if row["userId"] == user]


def functions(text):
    """What a script defines, by name."""
    found = re.findall(r"^(\w+)\(\) (\{ [^\n]* \}$|\{.*?^\})", text, re.MULTILINE | re.DOTALL)
    return dict(found)


def test_what_is_written_in_both_scripts_is_the_same():
    one, other = functions(CONFIG), functions(RUN)
    apart = {"usage", "wrong", "read_options", "check_options", "get_source", "main"}
    both = one.keys() & other.keys() - apart
    assert {"check_host", "as_root", "apt", "install_package", "wait_ready"} <= both
    assert [name for name in both if one[name] != other[name]] == []


WRONG = {
    "no source": [[], "one of --deb, --git and --installed"],
    "two sources": [["--installed", "--git", "https://example.com/x"], "one of --deb, --git and --installed"],
    "a missing file": [["--deb", "/nowhere.deb"], "there is no file /nowhere.deb"],
    "plain HTTP": [["--deb", "http://example.com/x.deb", "--sha256", "0" * 64], "only https"],
    "a URL without a sum": [["--deb", "https://example.com/x.deb"], "needs --sha256"],
    "an unknown option": [["--installed", "--sett", "x"], "unknown option: --sett"],
    "no value": [["--deb"], "--deb needs a value"],
    "a setting without a value": [["--installed", "--set", "server.listen"], "is not SECTION.KEY=VALUE"],
    "settings and a file": [["--installed", "--set", "a.b=1", "--config", "/etc/hosts"], "not both"],
    "a domain without an address": [["--installed", "--domain", "a.example.com"], "needs --email"],
    "an address without a domain": [["--installed", "--email", "a@example.com"], "belong to --domain"],
    "a bad domain": [["--installed", "--domain", "*.example.com", "--email", "a@example.com"], "no name of a host"],
    "a bad time": [["--installed", "--wait", "soon"], "no number of seconds"],
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_command_line_is_told_before_anything_is_changed(case, tmp_path):
    options, text = WRONG[case]
    done = subprocess.run(["bash", ROOT / "deploy/server-config.sh", *options], capture_output=True, text=True,
                          timeout=20, check=False, cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and text in done.stderr and not done.stdout, done


def test_a_dry_run_changes_nothing(plain):
    done = configure(plain, "--deb", "/var/tmp/inlet.deb", "--set", "sink.lake.roll_ms=50", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "would run: " in done.stdout and "apt-get" in done.stdout and "/etc/inlet/inlet.toml" in done.stdout
    assert not plain.machine.path("/usr/bin/inlet").exists() and not plain.machine.path("/etc/inlet").exists()


SETTINGS = ("--set", "sink.lake.roll_ms=50", "--set", 'server.cors_origins=["https://www.example.com"]',
            "--set", "server.plain_post=true", "--set", "journal.max_bytes=1GiB")


def test_a_plain_host_becomes_a_server(plain):
    plain.machine.write("/var/tmp/inlet.env", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE\n")
    done = configure(plain, "--deb", "/var/tmp/inlet.deb", *SETTINGS, "--environment", "/var/tmp/inlet.env")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("is ready")
    machine = plain.machine
    assert machine.journal("inlet.service").count("journal accepts") == 1, "it was started before it was configured"
    with machine.network():
        assert track(8080, "configured", event()).status == 200
        assert track(80, "configured", event()).status == 200
    wait_until(lambda: len(rows_of(plain, "configured")) == 2, what="the rows in the lake")
    for unit in ("inlet.service", "inlet.socket", "inlet-acme.timer"):
        assert machine.systemctl("is-enabled", unit) == "enabled"
    assert machine.run("stat", "-c", "%U:%G %a", "/etc/inlet/inlet.toml", "/etc/inlet/inlet.env").stdout.splitlines() == [
        "root:inlet 640", "root:root 600"]
    environ = machine.run("cat", f"/proc/{main_pid(plain)}/environ").stdout.split("\0")
    assert "AWS_ACCESS_KEY_ID=AKIDEXAMPLE" in environ


def test_the_same_again_restarts_nothing(plain):
    before = main_pid(plain)
    done = configure(plain, "--deb", "/var/tmp/inlet.deb", *SETTINGS, "--environment", "/var/tmp/inlet.env")
    assert done.returncode == 0 and main_pid(plain) == before, done.stdout + done.stderr
    assert not re.search("installing|writing|restarting", done.stdout), done.stdout


def test_another_setting_takes_effect_with_one_restart(plain):
    before = main_pid(plain)
    done = configure(plain, "--installed", *SETTINGS, "--set", "server.max_body_bytes=2KiB")
    assert done.returncode == 0 and main_pid(plain) != before, done.stdout + done.stderr
    with plain.machine.network():
        assert track(8080, "x" * 3000, event()).status == 413


@pytest.mark.parametrize("bad", ["server.thread=2", "server.threads=many", "sink.s3.enabled=true"])
def test_settings_that_inlet_does_not_take_change_nothing(plain, bad):
    before, config = main_pid(plain), plain.machine.read("/etc/inlet/inlet.toml")
    done = configure(plain, "--installed", "--set", bad)
    assert done.returncode == 1 and "inlet does not take these settings" in done.stderr, done
    assert bad.split("=")[0].rpartition(".")[0] in done.stderr
    assert main_pid(plain) == before and plain.machine.read("/etc/inlet/inlet.toml") == config


def test_a_server_that_does_not_get_ready_is_told_with_its_last_lines(plain):
    plain.machine.write("/run/systemd/system/inlet.service.d/broken.conf",
                        "[Service]\nExecStart=\nExecStart=/bin/sh -c 'echo it is broken >&2; exit 1'\n")
    plain.machine.systemctl("daemon-reload")
    done = update(plain, "--deb", "/var/tmp/inlet.deb")
    assert done.returncode == 0, "it still runs, so nothing was restarted"
    plain.machine.systemctl("restart", "--no-block", "inlet.service")
    wait_until(lambda: "it is broken" in plain.machine.journal("inlet.service"), what="the failure")
    done = update(plain, "--deb", "/var/tmp/inlet.deb", "--wait", "1")
    assert done.returncode == 1 and "it is broken" in done.stderr and "not ready after 1 s" in done.stderr, done
    plain.machine.run("rm", "-r", "/run/systemd/system/inlet.service.d")
    plain.machine.systemctl("daemon-reload")
    plain.machine.systemctl("restart", "inlet.service")


def test_a_package_that_is_none_is_refused(plain):
    done = update(plain, "--deb", "/etc/os-release")
    assert done.returncode == 1 and "is not inlet's package" in done.stderr


# From git. The host has no compiler and no network, so the build is played: it gives out packages that were made here.

@pytest.fixture(scope="module")
def repository(plain, deb, tmp_path_factory):
    """A repository on the host, as if it were elsewhere: release(version) commits a new one whose build gives that package."""
    machine = plain.machine
    machine.shell("""git init --quiet --initial-branch=main /srv/inlet.git
                     git -C /srv/inlet.git config user.name t; git -C /srv/inlet.git config user.email t@example.com""")

    def release(version):
        made = debs.next_version(deb, tmp_path_factory.mktemp("deb"), version)
        machine.copy(made, f"/var/tmp/inlet_{version}.deb")
        machine.write("/srv/inlet.git/deploy/server-run.sh", RUN)
        machine.write("/srv/inlet.git/deploy/build-deb.sh", f"""
            set -eu
            cd "$(dirname "$0")/.."
            mkdir -p build/package
            echo built >>build/log
            cp /var/tmp/inlet_{version}.deb build/package
            echo "build/package/inlet_{version}.deb"\n""")
        machine.write("/srv/inlet.git/.gitignore", "/build/\n")
        machine.shell(f"""cd /srv/inlet.git; git add .; git commit --quiet -m "Version {version}"; git tag v{version}""")

    release("0.1.1")
    return release


def installed(plain):
    return plain.machine.run("dpkg-query", "-W", "-f=${Version}", "inlet").stdout


def test_a_server_is_built_from_git_and_brought_to_what_is_new_without_losing_anything(plain, repository):
    done = configure(plain, "--git", "/srv/inlet.git", *SETTINGS)
    assert done.returncode == 0 and installed(plain) == "0.1.1", done.stdout + done.stderr
    node = plain.machine.run("inlet", "journal", "ls").stdout.splitlines()[1].split()[1]

    repository("0.1.2")
    done = update(plain)
    assert done.returncode == 0 and installed(plain) == "0.1.2", done.stdout + done.stderr
    assert "Version 0.1.2" in done.stdout
    with plain.machine.network():
        assert track(8080, "updated", event()).status == 200
    wait_until(lambda: rows_of(plain, "updated"), what="the row in the lake")
    assert rows_of(plain, "updated")[0]["node"] == node
    assert "2KiB" not in plain.machine.read("/etc/inlet/inlet.toml")
    assert plain.machine.path("/var/cache/inlet/previous.deb").exists()


def test_an_update_without_anything_new_restarts_nothing(plain):
    before = main_pid(plain)
    done = plain.ssh("sudo", "bash", "/opt/inlet/deploy/server-run.sh")
    assert done.returncode == 0 and main_pid(plain) == before, done.stdout + done.stderr


def test_an_update_goes_back_to_a_tag_by_name(plain):
    done = update(plain, "--ref", "v0.1.1")
    assert done.returncode == 0 and installed(plain) == "0.1.1", done.stdout + done.stderr
    done = update(plain)
    assert done.returncode == 1 and "/opt/inlet is on no branch: say --ref NAME." in done.stderr, done
    done = update(plain, "--ref", "v0")
    assert done.returncode == 1 and "there is neither a branch nor a tag v0." in done.stderr, done
    done = update(plain, "--ref", "main")
    assert done.returncode == 0 and installed(plain) == "0.1.2", done.stdout + done.stderr


def test_an_update_stops_at_changes_that_nobody_committed(plain):
    plain.machine.shell("echo '# mine' >>/opt/inlet/deploy/build-deb.sh")
    done = update(plain)
    assert done.returncode == 1 and "changes that are not committed" in done.stderr
    plain.machine.shell("cd /opt/inlet && git checkout --quiet .")


def test_an_update_stops_at_commits_that_only_this_host_has(plain, repository):
    checkout = "git -c user.name=t -c user.email=t@example.com -C /opt/inlet"
    plain.machine.shell(f"{checkout} commit --quiet --allow-empty -m mine")
    mine = plain.machine.shell(f"{checkout} rev-parse HEAD").stdout
    done = update(plain)
    assert done.returncode == 0 and "mine" in done.stdout, done.stdout + done.stderr  # nothing else is new
    repository("0.1.3")
    done = update(plain)
    assert done.returncode == 1 and "holds commits that origin does not have" in done.stderr, done
    assert plain.machine.shell(f"{checkout} rev-parse HEAD").stdout == mine and installed(plain) == "0.1.2"
    plain.machine.shell(f"{checkout} branch -m main kept; {checkout} checkout --quiet --detach")
    done = update(plain, "--ref", "main")
    assert done.returncode == 0 and installed(plain) == "0.1.3", done.stdout + done.stderr


@pytest.mark.parametrize("broken", ["false", "echo build/package/none.deb"])
def test_a_build_that_fails_leaves_what_runs(plain, broken):
    before = main_pid(plain)
    plain.machine.shell(f"echo '{broken}' >>/opt/inlet/deploy/build-deb.sh")
    done = update(plain, "--no-update")
    assert done.returncode == 1 and "package" in done.stderr and main_pid(plain) == before, done
    with plain.machine.network():
        assert call(8080, "GET", "/health/ready").status == 200
    plain.machine.shell("cd /opt/inlet && git checkout --quiet .")
