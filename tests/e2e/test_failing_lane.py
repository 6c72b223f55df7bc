"""Whatever goes wrong with one delivery stream, the lanes beside it deliver meanwhile, rows are taken, and its own rows come when
it is over."""

import collections
import dataclasses

import pytest

from aws_delivery import STREAMS, one_of_each, wait_delivered
from fake_aws import Fault
from inlet_server import wait_until

TROUBLED = "inlet-alias"
ROUNDS = 10
TROUBLE = {
    "the connection is reset": Fault(reset=True),
    "the reply is lost after the store": Fault.lose_reply(),
    "half a reply": Fault(reply={"drop": "half"}),
    "each record is throttled": Fault.records("all"),
    "each call is throttled": Fault.refuse("ThrottlingException"),
    "the service is unavailable": Fault.refuse("ServiceUnavailableException", status=503),
    "an expired token": Fault.refuse("ExpiredTokenException"),
    "HTML": Fault.garbage(b"<html><body>Welcome to the hotel</body></html>"),
    "a redirect": Fault.refuse("MovedPermanently", status=307),
    "silence": Fault(delay=5),
    "slow replies": Fault(reply={"drip": 0.05}, told=True),
}


@pytest.mark.parametrize("kind", TROUBLE)
def test_trouble_with_one_stream_holds_up_no_other(start_firehose, aws, kind):
    server = start_firehose(**{"log.level": "off"})
    trouble = aws.faults.add(dataclasses.replace(TROUBLE[kind], times=None, service="firehose", resource=TROUBLED))
    for _ in range(ROUNDS):
        one_of_each(server)
    wait_until(lambda: trouble.used, what="the trouble")
    for name in ("firehose-track", "firehose-profile"):
        wait_delivered(server, name, ROUNDS)
    one_of_each(server)
    wait_delivered(server, "firehose-track", ROUNDS + 1)
    aws.faults.remove(trouble)
    wait_delivered(server, "firehose-alias", ROUNDS + 1, timeout=60)
    for stream in STREAMS:
        counts = collections.Counter(row["seq"] for row in aws.firehose.rows(stream))
        assert len(counts) == ROUNDS + 1
        assert stream == TROUBLED or set(counts.values()) == {1}
    assert not aws.ledger.unexplained(TROUBLED)
