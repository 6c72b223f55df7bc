"""The Debian package: what is in it, and what installing, upgrading and removing it do to a clean Debian."""

import pathlib
import re
import shutil
import subprocess

import pytest

import debs
import lake
from inlet_server import event, wait_until
from service import load, track

LIBRARIES = {"libc6", "libgcc-s1", "libstdc++6", "libssl3", "libssl3t64", "libcurl4", "libcurl4t64"}
UNITS = ["inlet.socket", "inlet-tls.socket", "inlet.service", "inlet-acme.timer"]


@pytest.fixture(scope="module")
def unpacked(deb, tmp_path_factory):
    return debs.unpack(deb, tmp_path_factory.mktemp("deb") / "root")


# What is in it


def test_it_depends_on_libraries_that_debian_12_and_ubuntu_24_have_alike_and_on_no_other(deb):
    names = set(re.findall(r"[a-z][a-z0-9.+-]+(?= |,|$)(?! *[0-9])", re.sub(r"\([^)]*\)", "", debs.field(deb, "Depends"))))
    assert names - {"systemd", "systemd-standalone-sysusers"} == LIBRARIES


def test_program_and_libraries_need_nothing_that_the_package_neither_holds_nor_depends_on(unpacked):
    own = {path.name for path in (unpacked / "usr/lib/inlet").glob("lib*.so*")}
    for file in [unpacked / "usr/bin/inlet", *(unpacked / "usr/lib/inlet").glob("lib*.so*")]:
        dynamic = subprocess.run(["readelf", "--dynamic", file], capture_output=True, text=True, check=True).stdout
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        system = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libssl.so.3", "libcrypto.so.3",
                  "libcurl.so.4", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
        assert needed <= system | own, file.name


def test_lintian_has_nothing_to_say(deb):
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    judged = subprocess.run(["lintian", "--allow-root", "--fail-on=error,warning,info", "--display-info", deb],
                            capture_output=True, text=True, check=False)
    said = [line for line in judged.stdout.splitlines() if not line.startswith(("N:", "O:"))]
    assert (judged.returncode, said) == (0, []), judged.stdout + judged.stderr


def test_the_manual_has_every_command_and_every_option(unpacked):
    program, environment = unpacked / "usr/bin/inlet", {"LD_LIBRARY_PATH": str(unpacked / "usr/lib/inlet")}
    page = subprocess.run(["zcat", unpacked / "usr/share/man/man1/inlet.1.gz"], capture_output=True, text=True,
                          check=True).stdout.replace("\\-", "-")

    def check(*path):
        text = subprocess.run([program, *path, "--help"], capture_output=True, text=True, check=True, env=environment).stdout
        below = re.findall(r"^  ([a-z-]+) ", text.partition("Subcommands:")[2], re.MULTILINE)
        for name in below:
            check(*path, name)
        if path and not below:
            section = page.partition(f".SS inlet {' '.join(path)}\n")[2].partition("\n.S")[0]
            assert section, f"inlet {' '.join(path)} is not in the manual"
            for option in set(re.findall(r"--[a-z-]+", text)) - {"--help"}:
                assert option in section, f"{option} of inlet {' '.join(path)} is not in the manual"
        return below

    assert "serve" in check()
    if shutil.which("man"):
        rendered = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                                   unpacked / "usr/share/man/man1/inlet.1.gz"], capture_output=True, text=True, check=True)
        assert rendered.stderr == ""


def test_licences_of_what_is_linked_in_are_told(unpacked):
    text = (unpacked / "usr/share/doc/inlet/copyright").read_text()
    for name in ("Apache License", "boost", "simdjson", "prometheus", "spdlog", "zstd", "expat", "deflate", "zlib",
                 "CLI11", "toml", "fmt", "swagger-ui"):
        assert name.lower() in text.lower(), name


# Installing


def test_an_installed_service_takes_events_at_once_and_brings_them_to_the_lake(machine):
    assert {unit: machine.systemctl("is-enabled", unit) for unit in UNITS} == dict.fromkeys(UNITS, "enabled")
    assert machine.systemctl("is-active", "inlet.service") == "active"
    with machine.network():
        for port in (80, 8080):
            assert track(port, "installed", event()).status == 200
    rows = wait_until(lambda: [row for row in lake.rows(machine.path("/var/lib/inlet/lake"))
                               if row["userId"] == "installed"][:2])
    assert len(rows) == 2


def test_files_belong_to_those_who_need_them(machine):
    wanted = {"/etc/inlet/inlet.toml": "640 root inlet", "/etc/inlet/tls": "2750 root inlet",
              "/var/lib/inlet": "755 root root", "/var/lib/inlet/journal": "700 inlet inlet",
              "/var/lib/inlet/lake": "700 inlet inlet", "/var/lib/inlet/acme": "2750 inlet-acme inlet"}
    found = machine.run("stat", "--format=%n %a %U %G", *wanted).stdout.splitlines()
    assert found == [f"{path} {owner}" for path, owner in wanted.items()]
    assert machine.run("dpkg", "--audit").stdout == ""


def test_every_key_of_the_default_configuration_exists(machine):
    lines = machine.read("/etc/inlet/inlet.toml").splitlines()
    everything = "\n".join(re.sub(r"^#(?=[a-z_]+ = )", "", line) for line in lines)
    machine.write("/var/tmp/everything.toml", everything)
    machine.run("/usr/bin/inlet", "config", "--config", "/var/tmp/everything.toml")
    example = machine.read("/usr/share/doc/inlet/inlet.toml.example")
    for line in example.splitlines():
        assert not line or line[0] in "#[", f"the example sets something: {line}"


# Upgrading and removing


def test_an_upgrade_keeps_configuration_and_journal_and_refuses_nobody(machine, deb, tmp_path):
    """Events that no sink takes stay in the journal, over the upgrade."""
    machine.write("/etc/inlet/inlet.toml", machine.read("/etc/inlet/inlet.toml").replace(
        "#enabled = true\ndir = \"/var/lib/inlet/lake\"", "enabled = false\ndir = \"/var/lib/inlet/lake\""))
    machine.systemctl("restart", "inlet.service")
    with machine.network():
        for number in range(20):
            assert track(8080, f"before-{number}", event()).status == 200
    changed = machine.read("/etc/inlet/inlet.toml")
    before = machine.show("inlet.service", "MainPID")

    later = debs.next_version(deb, tmp_path, "9.0.0", lambda root: (root / "usr/share/doc/inlet/new").write_text("new\n"))
    machine.copy(later, "/var/tmp/later.deb")
    with machine.network(), load(8080) as clients:
        machine.run("dpkg", "--install", "/var/tmp/later.deb")
        clients.wait_for_more(50)
    assert clients.failures == []
    assert machine.run("dpkg-query", "-W", "-f=${Version}", "inlet").stdout == "9.0.0"
    assert machine.show("inlet.service", "MainPID") != before, "the old program still runs"
    assert machine.read("/etc/inlet/inlet.toml") == changed
    rows = machine.run("inlet", "journal", "cat", "/var/lib/inlet/journal").stdout
    assert all(f'"before-{number}"' in rows for number in range(20))


def test_a_new_default_configuration_replaces_the_old_one_only_if_nobody_changed_it(bare_machine, deb, tmp_path):
    def change(root):
        file = root / "etc/inlet/inlet.toml"
        file.write_text(file.read_text() + "# more\n")

    later = [debs.next_version(deb, tmp_path, version, change) for version in ("9.0.0", "9.0.1")]
    for source in [deb, *later]:
        bare_machine.copy(source, f"/var/tmp/{source.name}")
    install = ["dpkg", "--force-confold", "--install"]
    bare_machine.run(*install, f"/var/tmp/{deb.name}")
    bare_machine.run(*install, f"/var/tmp/{later[0].name}")
    assert bare_machine.read("/etc/inlet/inlet.toml").endswith("# more\n")
    assert bare_machine.run("stat", "--format=%a %G", "/etc/inlet/inlet.toml").stdout == "640 inlet\n"
    bare_machine.write("/etc/inlet/inlet.toml", "# mine\n" + bare_machine.read("/etc/inlet/inlet.toml"))
    bare_machine.run(*install, f"/var/tmp/{later[1].name}")
    assert bare_machine.read("/etc/inlet/inlet.toml").startswith("# mine\n")


def test_purging_keeps_events_unless_asked(bare_machine, deb):
    bare_machine.copy(deb, "/var/tmp/inlet.deb")

    def install_and_fill():
        bare_machine.run("dpkg", "--install", "/var/tmp/inlet.deb")
        with bare_machine.network():
            assert track(8080, "kept", event()).status == 200

    def left():
        return bare_machine.shell("find /etc/inlet /var/lib/inlet /usr/bin/inlet /usr/lib/inlet /etc/systemd/system "
                                  "-path '*inlet*' 2>/dev/null || true").stdout.split()

    install_and_fill()
    bare_machine.run("dpkg", "--remove", "inlet")
    assert bare_machine.systemctl("is-active", *UNITS, check=False).split() == ["inactive"] * 4
    assert "/etc/inlet/inlet.toml" in left()
    purged = bare_machine.run("dpkg", "--purge", "inlet")
    assert "the events in /var/lib/inlet are kept" in purged.stderr
    assert not [path for path in left() if not path.startswith("/var/lib/inlet")]
    assert "kept" in pathlib.Path(next(bare_machine.path("/var/lib/inlet/journal").glob("*.segment"))).read_text("latin-1")

    install_and_fill()  # on top of what was kept
    bare_machine.write("/var/lib/inlet/purge-data", "")
    bare_machine.run("dpkg", "--purge", "inlet")
    assert left() == []
    assert bare_machine.run("dpkg", "--audit").stdout == ""
