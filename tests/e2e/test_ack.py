"""server.ack = "sink": the 200 waits until the rows are in the lake as well."""

from inlet_server import event

ACK = {"server.ack": "sink", "server.ack_sink": "lake", "sink.lake.roll_ms": 60_000}


def test_a_200_comes_only_when_the_rows_are_in_the_lake(start_server):
    server = start_server(**ACK)
    for number in range(1, 4):
        assert server.track("u", event(f"e{number}")).status == 200
        assert len(server.lake_rows()) == number  # at once, long before the roll


def test_rows_that_the_sink_does_not_take_in_time_are_answered_with_503(start_server):
    server = start_server(**ACK, **{"server.ack_timeout_ms": 200, "sink.lake.min_free_bytes": "64TiB"})
    response = server.track("u", event())
    assert response.status == 503
    assert response.header("Retry-After")
    assert "retry may store them twice" in response.body.decode()
    assert server.status()["requests"]["rejectedBy"] == {"unconfirmed": 1}
    assert server.status()["journal"]["acceptedRows"] == 1  # not lost: it is delivered when there is room
    server.restart(**{"sink.lake.min_free_bytes": 0})
    assert len(server.lake_rows(1)) == 1
