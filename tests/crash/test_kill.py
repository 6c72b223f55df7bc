"""kill -9 under load, again and again: every row that was answered with 200 is in the lake exactly once.

Clients keep sending over the whole test; each event has a name of its own. SEED= repeats the times of the kills and
the sizes of the requests (not the race between them).
"""

import random
import threading
import time
import uuid

import pytest

import lake
from inlet_server import InletServer, wait_until
from raw_http import ProtocolError, request

CLIENTS = 6


class Client(threading.Thread):
    """Posts requests of 1 to 20 events over one connection after another, and remembers what became of each."""

    def __init__(self, server, number, seed):
        super().__init__(daemon=True)
        self.server, self.number = server, number
        self.random = random.Random(seed * 1000 + number)
        self.answered, self.unknown = [], []  # names of events
        self.statuses = set()
        self.stopping = threading.Event()
        self.sent = 0

    def run(self):
        while not self.stopping.is_set():
            try:
                with self.server.connect(timeout=10) as connection:
                    while not self.stopping.is_set():
                        self._post(connection)
            except OSError:
                time.sleep(0.005)  # the server is down: try again soon

    def _post(self, connection):
        names = [f"{self.number}-{self.sent}-{index}" for index in range(self.random.choice([1, 1, 1, 3, 20]))]
        self.sent += 1
        events = ",".join(f'{{"eventName":"{name}","metadata":{{}},"timestampUTC":1}}' for name in names)
        self.unknown += names  # until an answer is here
        try:
            connection.send(request("POST", "/track", f'{{"userId":"u","events":[{events}]}}'.encode()))
            status = connection.read().status
        except ProtocolError as error:
            raise ConnectionResetError(str(error)) from error
        del self.unknown[len(self.unknown) - len(names):]
        self.statuses.add(status)
        if status == 200:
            self.answered += names
        else:
            self.unknown += names


def kill_rounds(server, rounds, draw, clients):
    for number in range(rounds):
        before = sum(len(client.answered) for client in clients)
        wait_until(lambda: sum(len(client.answered) for client in clients) > before + 50, what=f"answers in round {number}")
        time.sleep(draw.uniform(0, 0.15))
        server.kill9()
        server.start()


def check_lake(server, clients):
    rows = lake.rows(server.lake_dir)
    names = [row["eventName"] for row in rows]
    answered = {name for client in clients for name in client.answered}
    unknown = {name for client in clients for name in client.unknown}
    assert len(names) == len(set(names)), "a row is in the lake twice"
    assert answered <= set(names), f"lost: {sorted(answered - set(names))[:10]} of {len(answered)}"
    assert set(names) <= answered | unknown, "a row that nobody sent"
    # Gapless over all crashes, by the row's own numbers.
    assert len({row["node"] for row in rows}) == 1
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(uuid.UUID(row["id"]).version == 7 for row in rows)
    return answered, unknown & set(names)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.parametrize("segment", ["64KiB", "64MiB"])
def test_every_answered_row_survives_kill_9(tmp_path, seed, rounds, segment):
    draw = random.Random(seed)
    # Small segments are closed, reused and deleted all the time; large ones are appended to.
    server = InletServer(tmp_path, {"journal.segment_bytes": segment}).start()
    clients = [Client(server, number, seed) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        kill_rounds(server, rounds, draw, clients)
    finally:
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(30)
        assert not any(client.is_alive() for client in clients)
    server.terminate()  # flushes the lake
    answered, extra = check_lake(server, clients)
    assert {status for client in clients for status in client.statuses} <= {200, 503}
    print(f"{rounds} kills, {len(answered)} rows answered, {len(extra)} more stored without an answer, SEED={seed}")

    verified = server.verify_lake()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    server.check_log()


def test_a_kill_while_the_lake_is_written_leaves_no_torn_object(tmp_path, seed):
    """Objects appear whole: whenever a reader looks, each can be read to its end."""
    draw = random.Random(seed)
    server = InletServer(tmp_path, {"sink.lake.roll_ms": 10}).start()
    clients = [Client(server, number, seed) for number in range(2)]
    for client in clients:
        client.start()
    try:
        for _ in range(10):
            deadline = time.monotonic() + draw.uniform(0.02, 0.2)
            while time.monotonic() < deadline:
                if server.lake_dir.exists():
                    lake.rows(server.lake_dir)
            server.kill9()
            if server.lake_dir.exists():
                lake.rows(server.lake_dir)
            server.start()
    finally:
        for client in clients:
            client.stopping.set()
            client.join(30)
    server.terminate()
    check_lake(server, clients)
    assert not [path for path in (server.lake_dir / ".tmp").glob("*")], "temporary files are left"
