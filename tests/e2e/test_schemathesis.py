"""Schemathesis makes requests from api/openapi.yaml, good and bad ones, and looks at every answer."""

import pathlib
import subprocess
import sys

import pytest

from inlet_server import ROOT

SCHEMATHESIS = pathlib.Path(sys.executable).with_name("schemathesis")


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("examples", [40, pytest.param(1500, marks=pytest.mark.long)])
def test_the_program_is_what_its_document_says(server, seed, tmp_path, examples):
    done = subprocess.run(
        [SCHEMATHESIS, "run", ROOT / "api/openapi.yaml", "--url", server.url, "--checks", "all", "--no-color",
         "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure", "--generation-database", "none",
         "--suppress-health-check", "all"],  # those are about its own speed
        cwd=tmp_path, capture_output=True, text=True, timeout=1100, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
