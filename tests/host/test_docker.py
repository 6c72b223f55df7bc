"""The Dockerfile, as far as it can be judged without building it, which test_image.py does in long runs."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy/docker/Dockerfile"


def instructions():
    text = re.sub(r"\\\n", " ", DOCKERFILE.read_text())
    return [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]


def test_hadolint_has_nothing_to_say():
    hadolint = shutil.which("hadolint", path=str(pathlib.Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    judged = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stdout) == (0, ""), judged.stdout + judged.stderr


def test_the_image_runs_as_a_user_of_its_own_and_has_only_what_the_package_depends_on(deb):
    last = instructions()[[name for name, _ in instructions()].index("FROM") + 1:]
    users = [text for name, text in last if name == "USER"]
    assert users == ["10001:10001"]
    contents = subprocess.run(["dpkg-deb", "--contents", deb], capture_output=True, text=True, check=True).stdout
    for name, text in last:
        if name == "COPY" and (found := re.match(r"--from=build /package(\S+) (\S+)", text)):
            assert found[1] == found[2] and f".{found[1]}" in contents


def health_check():
    text = next(text for name, text in instructions() if name == "HEALTHCHECK")
    return json.loads(text.partition(" CMD ")[2])


def test_the_health_check_tells_a_ready_server_from_none(start_server):
    server = start_server()
    environment = {"HEALTH_PORT": str(server.port)}
    assert subprocess.run(health_check(), env=environment, capture_output=True, timeout=20, check=False).returncode == 0
    server.terminate()
    server.process = None
    assert subprocess.run(health_check(), env=environment, capture_output=True, timeout=20, check=False).returncode != 0
