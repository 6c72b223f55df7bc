"""The units, by systemd's own judgement. No root is needed."""

import pathlib
import shutil
import subprocess

import pytest

import debs

UNITS = pathlib.Path(__file__).resolve().parents[2] / "deploy/systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
LARGEST_EXPOSURE = {"inlet.service": 1.5, "inlet-acme.service": 1.5}
LARGEST_OF_OTHERS = 2.5  # those that act on other units

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_exposed_as_little_as_can_be(service):
    """0 is no exposure, 10 is all of it. Packaged services of web servers and databases have about 9."""
    threshold = LARGEST_EXPOSURE.get(service, LARGEST_OF_OTHERS) * 10  # the option counts in tenths
    judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={threshold:.0f}",
                             UNITS / service], capture_output=True, text=True, check=False)
    print(judged.stdout[-400:])
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_systemd_understands_every_line_of_the_units(tmp_path, deb):
    # The programs that the units name must be there: those of the package.
    root = debs.unpack(deb, tmp_path / "root")
    for program in ("usr/bin/sh", "usr/bin/systemctl", "usr/bin/env"):
        (root / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shutil.which("true"), root / program)
    (root / "bin").symlink_to("usr/bin")
    for name in ("multi-user", "sockets", "timers", "network", "network-online", "sysinit", "basic", "shutdown"):
        (root / f"usr/lib/systemd/system/{name}.target").write_text("[Unit]\nDescription=stands for a real one\n")
    units = sorted(path.name for path in UNITS.iterdir())
    judged = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}", *units],
                            capture_output=True, text=True, check=False)
    said = [line for line in judged.stderr.splitlines() if "stands for" not in line]
    assert (judged.returncode, said) == (0, [])


def test_the_service_may_take_longer_to_stop_than_inlet_takes_to_drain():
    text = (UNITS / "inlet.service").read_text()
    stop_s = int(next(line for line in text.splitlines() if line.startswith("TimeoutStopSec=")).split("=")[1])
    assert stop_s >= 20 + 10  # server.drain_timeout_ms, and what flushing the sinks may take on top
