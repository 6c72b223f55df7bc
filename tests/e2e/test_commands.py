"""The commands that look into a journal and at its lanes."""

import json
import re
import shutil

import pytest

from inlet_server import event, run_inlet, wait_until


def fill(server, count=3):
    for number in range(count):
        assert server.track("u", event(f"e{number}")).status == 200
    server.lake_rows(count)
    server.terminate()


def test_journal_ls_names_the_segments_and_the_next_seq(server):
    fill(server)
    done = run_inlet("journal", "ls", server.journal_dir)
    assert done.returncode == 0, done.stderr
    assert "000000000001.segment" in done.stdout
    assert done.stdout.endswith("next seq 4\n")


def test_journal_cat_prints_the_rows_as_the_lake_has_them(server):
    fill(server)
    done = run_inlet("journal", "cat", server.journal_dir)
    assert done.returncode == 0, done.stderr
    in_lake = sorted(server.lake_rows(3), key=lambda row: row["seq"])
    assert done.stdout.encode().splitlines() == [row.raw for row in in_lake]


def test_journal_verify_says_whole(server):
    fill(server)
    done = run_inlet("journal", "verify", server.journal_dir)
    assert done.returncode == 0, done.stderr
    assert "3 entries, 3 rows" in done.stdout
    assert done.stdout.endswith("whole\n")


def test_journal_verify_finds_a_flipped_byte_and_says_where(server):
    fill(server)
    segment = server.journal_dir / "000000000001.segment"
    content = bytearray(segment.read_bytes())
    content[4096 + 80] ^= 1
    segment.write_bytes(content)
    done = run_inlet("journal", "verify", server.journal_dir)
    assert done.returncode == 1
    assert "000000000001.segment at byte 4096" in done.stderr
    assert "DAMAGED: 1 rows cannot be read" in done.stdout
    assert run_inlet("journal", "cat", server.journal_dir).returncode == 1


def test_a_folder_without_a_journal_is_named(tmp_path):
    for command in ("ls", "cat", "verify"):
        done = run_inlet("journal", command, tmp_path)
        assert done.returncode == 2
        assert f"{tmp_path}: no journal here" in done.stderr


@pytest.mark.parametrize("words", [["frob"], ["sink", "frob"], ["lake", "verfy", "x"]])
def test_a_command_that_does_not_exist_is_named(words):
    done = run_inlet(*words)
    assert done.returncode == 2
    assert f'no command "{" ".join(words[:2])}"' in done.stderr, done.stderr


@pytest.mark.parametrize("letter", ["\u00e9", "\u2c60", "\ufd7f", "\u3000", "\ufeff"])
def test_a_letter_outside_of_strings_is_a_mistake_with_its_line(tmp_path, letter):
    """The library that reads TOML has no case for some of them (fuzz/config/config_fuzz.cpp)."""
    config = tmp_path / "inlet.toml"
    config.write_text(f"server.threads = 1\nlog.level = {letter}\n", encoding="utf-8")
    done = run_inlet("config", "--config", config)
    assert done.returncode == 2 and done.stderr.startswith(f"{config}:2:"), (done.returncode, done.stderr)


def test_a_lane_that_never_delivered_keeps_its_rows_without_its_sink(start_server):
    """Its destination was not there from the first day on, and then it was switched off."""
    server = start_server(**{"sink.lake.min_free_bytes": "64TiB"})
    assert server.track("u", event("e0"), event("e1")).status == 200
    server.restart(**{"sink.lake.enabled": "false"})
    lane = server.status()["lanes"][0]
    assert (lane["name"], lane["pending"], lane["holding"]) == ("lake", 2, True), lane
    server.terminate()
    listed = run_inlet("sink", "ls", server.journal_dir).stdout.splitlines()[1].split()
    assert (listed[0], listed[2:4]) == ("lake", ["1", "2"]), listed
    assert "will miss 2 rows" in run_inlet("sink", "detach", "lake", server.journal_dir).stdout
    server.start(**{"sink.lake.enabled": "true", "sink.lake.min_free_bytes": 0})
    assert [row["eventName"] for row in server.lake_rows(2)] == ["e0", "e1"]


def test_a_detached_lane_misses_what_was_said_and_nothing_else(start_server):
    server = start_server(**{"sink.lake.min_free_bytes": "64TiB"})
    for number in range(3):
        assert server.track("u", event(f"missed {number}")).status == 200
    refused = run_inlet("sink", "detach", "lake", server.journal_dir)
    assert refused.returncode == 2
    assert "stop it first" in refused.stderr
    server.terminate()

    asked = run_inlet("sink", "detach", "lake", server.journal_dir)
    assert asked.returncode == 1
    assert "lane lake will miss 3 rows" in asked.stdout
    assert "nothing was changed" in asked.stdout
    done = run_inlet("sink", "detach", "lake", server.journal_dir, "--yes")
    assert done.returncode == 0, done.stderr
    assert run_inlet("sink", "ls", server.journal_dir).stdout.endswith("  detached\n")

    server.start(**{"sink.lake.min_free_bytes": 0})
    assert server.track("u", event("kept")).status == 200
    assert [row["eventName"] for row in server.lake_rows(1)] == ["kept"]

    def accounted():  # the object is seen a moment before the cursor is saved
        lane = server.status()["lanes"][0]
        return (lane["delivered"], lane["detached"], lane["pending"]) == (1, 3, 0)

    wait_until(accounted)


def test_an_unknown_lane_is_named(server):
    fill(server, 1)
    done = run_inlet("sink", "detach", "nobody", server.journal_dir)
    assert done.returncode == 1
    assert 'no lane named "nobody"' in done.stderr


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["serve", "--nonsense"], ["journal"], ["sink", "detach"],
                                       ["config", "--set"]])
def test_a_wrong_command_line_is_told_with_status_2(arguments):
    done = run_inlet(*arguments)
    assert done.returncode == 2 and done.stderr.strip()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["serve", "--help"]])
def test_help_and_version_are_no_errors(arguments):
    done = run_inlet(*arguments)
    assert done.returncode == 0 and done.stdout.strip()


def test_a_copy_with_a_new_node_and_its_original_do_not_get_into_each_others_way(start_server, tmp_path):
    original = start_server(**{"sink.lake.roll_ms": 3_600_000, "server.drain_timeout_ms": 0})
    assert original.track("u", event("before")).status == 200
    refused = run_inlet("journal", "new-node", original.journal_dir, "--yes")
    assert refused.returncode == 2 and "stop it first" in refused.stderr
    original.kill9()
    copy = tmp_path / "copy"
    shutil.copytree(original.journal_dir, copy)

    asked = run_inlet("journal", "new-node", copy)
    assert asked.returncode == 1 and "nothing was changed" in asked.stdout
    done = run_inlet("journal", "new-node", copy, "--yes")
    assert done.returncode == 0, done.stderr
    old, new = re.search(r"node (\w+) is followed by (\w+)", done.stdout).groups()
    assert old != new and run_inlet("journal", "verify", copy).returncode == 0

    # Both go on, and bring their rows into one lake: none has the name of another.
    original.start(**{"sink.lake.roll_ms": 20})
    clone = start_server(**{"journal.dir": copy, "sink.lake.dir": original.lake_dir})
    for server in (original, clone):
        assert server.track("u", event("after")).status == 200
    rows = original.lake_rows(3)  # what both had is the same object, which is there once
    assert {(row["node"], row["seq"], row["eventName"]) for row in rows} == {
        (old, 1, "before"), (old, 2, "after"), (new, 1, "after")}
    wait_until(lambda: all(lane["pending"] == 0 for server in (original, clone) for lane in server.status()["lanes"]))
    assert run_inlet("lake", "verify", original.lake_dir).returncode == 0


def test_a_new_node_needs_a_journal(tmp_path):
    done = run_inlet("journal", "new-node", tmp_path, "--yes")
    assert done.returncode == 2 and "no journal here" in done.stderr
    assert not list(tmp_path.iterdir())


def test_lake_verify_finds_the_lake_that_is_configured(server):
    fill(server)
    done = run_inlet("lake", "verify", "--set", f"sink.lake.dir={server.lake_dir}", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("}\n") and json.loads(done.stdout)["rows"] == 3


def test_lake_verify_without_a_lake_says_what_to_name():
    done = run_inlet("lake", "verify", "--set", "sink.lake.enabled=false")
    assert done.returncode == 2 and "name the lake" in done.stderr


def test_a_lane_that_holds_rows_without_a_sink_is_seen(start_server):
    server = start_server()
    assert server.track("u", event()).status == 200
    wait_until(lambda: server.status()["lanes"][0]["delivered"] == 1)
    server.restart(**{"sink.lake.roll_ms": 3_600_000, "server.drain_timeout_ms": 0})
    assert server.track("u", event(), event()).status == 200
    server.kill9()
    server.start(**{"sink.lake.enabled": "false"})
    assert server.track("u", event()).status == 200
    lane, = server.status()["lanes"]
    assert (lane["name"], lane["pending"], lane["holding"]) == ("lake", 3, True)
    assert "inlet sink detach" in lane["lastError"]
    assert 'inlet_lane_pending_rows{lane="lake"} 3' in server.admin("/metrics")
    server.terminate()
    assert run_inlet("sink", "detach", "lake", server.journal_dir, "--yes").returncode == 0
    server.start()
    assert server.status()["lanes"] == []
