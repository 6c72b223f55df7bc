"""kill -9 under load, again and again: every row that was answered with 200 is at its destination, in a lake or a bucket
exactly once, in a delivery stream with few repeats, which have the id of the first.

Clients keep sending over the whole test; each event has a name of its own. SEED= repeats the times of the kills and
the sizes of the requests (not the race between them).
"""

import random
import time
import uuid

import pytest

import lake
from aws_delivery import BUCKET, ONE_STREAM, bucket_rows, firehose_settings, s3_settings
from clients import Clients, kill_rounds
from fake_aws import FakeAws
from inlet_server import InletServer
from oracle import check_rows

CLIENTS = 6
ROUNDS = [20, pytest.param(200, marks=pytest.mark.long)]


def check(rows, clients, what, repeats=0):
    more = check_rows(rows, clients.answered, clients.unknown, repeats)
    assert all(uuid.UUID(row["id"]).version == 7 for row in rows)
    assert clients.statuses <= {200, 503}
    print(f"{what}, {len(clients.answered)} rows answered, {more} more stored without an answer")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("segment", ["64KiB", "64MiB"])
def test_every_answered_row_survives_kill_9(tmp_path, seed, rounds, segment):
    # Small segments are closed, reused and deleted all the time; large ones are appended to.
    server = InletServer(tmp_path, {"journal.segment_bytes": segment}).start()
    with Clients(server, CLIENTS, seed) as clients:
        kill_rounds(server, rounds, random.Random(seed), clients)
    server.terminate()  # flushes the lake
    check(lake.rows(server.lake_dir), clients, f"{rounds} kills")
    verified = server.verify_lake()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    server.check_log()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_bucket_gets_every_answered_row_once_over_kill_9(tmp_path, seed, rounds):
    with FakeAws(buckets=[BUCKET]) as aws:
        server = InletServer(tmp_path, s3_settings(aws), aws.environment()).start()
        with Clients(server, CLIENTS, seed) as clients:
            kill_rounds(server, rounds, random.Random(seed), clients)
        server.terminate()
        bucket = aws.s3.buckets[BUCKET]
        check(bucket_rows(bucket.objects.values()), clients, f"{rounds} kills")
        assert not bucket.overwritten
        server.check_log()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_delivery_stream_gets_every_answered_row_and_few_again_over_kill_9(tmp_path, seed, rounds):
    """Again come only rows of the calls that were under way, or not yet noted, when it was killed."""
    with FakeAws(streams=["inlet"]) as aws:
        server = InletServer(tmp_path, firehose_settings(aws, **ONE_STREAM), aws.environment()).start()
        with Clients(server, CLIENTS, seed) as clients:
            kill_rounds(server, rounds, random.Random(seed), clients, aws.client_was_killed)
        server.terminate()
        rows = aws.firehose.rows("inlet")
        most = max(sum(len(unit.rows()) for unit in attempt.units) for attempt in aws.ledger.of("firehose"))
        check(rows, clients, f"{rounds} kills, {sum(aws.ledger.duplicates('inlet').values())} copies", rounds * most)
        assert not aws.ledger.unexplained("inlet"), "a repeat that no crash and no lost reply explains"
        server.check_log()


def test_a_kill_while_the_lake_is_written_leaves_no_torn_object(tmp_path, seed):
    """Objects appear whole: whenever a reader looks, each can be read to its end."""
    draw = random.Random(seed)
    server = InletServer(tmp_path, {"sink.lake.roll_ms": 10}).start()
    with Clients(server, 2, seed) as clients:
        for _ in range(10):
            deadline = time.monotonic() + draw.uniform(0.02, 0.2)
            while time.monotonic() < deadline:
                if server.lake_dir.exists():
                    lake.rows(server.lake_dir)
            server.kill9()
            if server.lake_dir.exists():
                lake.rows(server.lake_dir)
            server.start()
    server.terminate()
    check(lake.rows(server.lake_dir), clients, "10 kills")
    assert not list((server.lake_dir / ".tmp").glob("*")), "temporary files are left"
