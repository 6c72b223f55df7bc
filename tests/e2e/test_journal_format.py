"""A journal that was written when version 1 of the format was new: what stands in docs/journal-format.md is a promise."""

import json
import pathlib
import shutil

import pytest

from inlet_server import InletServer, event, run_inlet

WRITTEN = pathlib.Path(__file__).parent / "journal_v1"  # two rows were delivered, two were not
ROWS = (WRITTEN / "rows.ndjson").read_text(encoding="utf-8")


@pytest.fixture
def server(tmp_path):
    with_it = InletServer(tmp_path / "server")
    shutil.copytree(WRITTEN / "journal", with_it.journal_dir)
    yield with_it
    with_it.close()


def test_the_rows_are_read_as_they_were_written(server):
    assert run_inlet("journal", "cat", server.journal_dir).stdout == ROWS
    verified = run_inlet("journal", "verify", server.journal_dir)
    assert verified.returncode == 0 and "4 rows" in verified.stdout, verified.stdout + verified.stderr


def test_a_server_goes_on_where_that_one_stood(server):
    server.start()
    assert server.track("user 2", event("new")).status == 200
    rows = sorted(server.lake_rows(3), key=lambda row: row["seq"])
    assert [row.raw.decode() for row in rows[:2]] == ROWS.splitlines()[2:]
    assert (rows[2]["node"], rows[2]["seq"], rows[2]["userId"]) == (json.loads(ROWS.splitlines()[0])["node"], 5, "user 2")
