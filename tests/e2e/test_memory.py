"""What large batches needed goes back to the machine: a process that lives for weeks stays as small as it was."""

from aws_delivery import BUCKET, ONE_STREAM, track, wait_delivered, wait_failing
from fake_aws import Fault

ROUNDS, REQUESTS, EVENTS, EVENT_BYTES = 3, 40, 500, 300  # 500 rows of about 500 bytes are a batch of the calm
LANES = ("lake", "firehose", "s3")
ROOM_KIB = 4 << 10  # pages of the program that nothing had read, and heaps of threads that had nothing to do


def deliver(server, requests):
    for _ in range(requests):
        track(server, EVENTS, size=EVENT_BYTES)
    for name in LANES:
        wait_delivered(server, name, server.status()["journal"]["acceptedRows"], timeout=60)


def test_what_a_backlog_needed_is_given_back(start_firehose, aws):
    server = start_firehose(**ONE_STREAM, **{
        "sink.lake.enabled": "true", "sink.s3.enabled": "true", "sink.s3.bucket": BUCKET, "sink.s3.roll_ms": 100})
    deliver(server, 1)
    before = server.memory_kib()
    for _ in range(ROUNDS):
        outage = aws.faults.add(Fault.refuse("ServiceUnavailable", status=503, times=None))
        track(server, 1)
        for name in ("firehose", "s3"):
            wait_failing(server, name)
        for _ in range(REQUESTS):
            track(server, EVENTS, size=EVENT_BYTES)
        aws.faults.remove(outage)
        deliver(server, 1)
    after = server.memory_kib()
    print(f"{before} KiB resident before, {after} after backlogs of {REQUESTS * EVENTS} rows")
    assert after - before <= ROOM_KIB
