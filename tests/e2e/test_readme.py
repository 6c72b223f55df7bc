"""The lines of the README that a newcomer pastes."""

import re
import subprocess

from inlet_server import ROOT


def test_the_three_calls_of_the_readme_work(server):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^ *curl -sS (?:[^\n]*\\\n)*[^\n]*", text, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        done = subprocess.run(["sh", "-c", line.replace("http://localhost:8080", server.url)], capture_output=True,
                              text=True, timeout=30, check=False)
        assert '"accepted":1' in done.stdout, line + done.stdout + done.stderr
    assert {row["type"] for row in server.lake_rows(3)} == {"track", "alias", "profile"}
