"""The commands that look into a journal and at its lanes."""

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
    assert "detached" in run_inlet("sink", "ls", server.journal_dir).stdout

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
