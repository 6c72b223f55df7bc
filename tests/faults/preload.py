"""Libraries that are loaded into the server before its own (LD_PRELOAD)."""

import os
import subprocess

import pytest

import inlet_server


def need_preload(library):
    """Sanitizers want to be the first."""
    done = subprocess.run([inlet_server.BINARY, "--version"], env={**os.environ, "LD_PRELOAD": str(library)},
                          capture_output=True, check=False)
    if done.returncode != 0 or b"ERROR" in done.stderr:
        pytest.skip("nothing can be preloaded into this binary (a sanitizer is in it)")
