"""Clients that keep sending whatever happens to the server, and remember what they were told. Each event has a name of its
own."""

import random
import threading
import time

from inlet_server import wait_until
from raw_http import ProtocolError, request


class Client(threading.Thread):
    """Posts requests of 1 to 20 events over one connection after another, and remembers what became of each."""

    def __init__(self, server, number, seed, pause=0):
        super().__init__(daemon=True)
        self.server, self.number, self.pause = server, number, pause
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
                        self.stopping.wait(self.pause)
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


class Clients:
    """`with Clients(server, 6, seed) as clients:` several of them, while the block lasts."""

    def __init__(self, server, count, seed, pause=0):
        self.all = [Client(server, number, seed, pause) for number in range(count)]

    def __enter__(self):
        for client in self.all:
            client.start()
        return self

    def __exit__(self, *_):
        for client in self.all:
            client.stopping.set()
        for client in self.all:
            client.join(30)
            assert not client.is_alive()

    def count(self):
        return sum(len(client.answered) for client in self.all)

    @property
    def answered(self):
        return {name for client in self.all for name in client.answered}

    @property
    def unknown(self):
        return {name for client in self.all for name in client.unknown}

    @property
    def statuses(self):
        return {status for client in self.all for status in client.statuses}


def kill_rounds(server, rounds, draw, clients, before_start=lambda: None):
    """Kills it at a random moment, each time once rows were answered since its start."""
    for number in range(rounds):
        before = clients.count()
        wait_until(lambda: clients.count() > before + 50, what=f"answers in round {number}")
        time.sleep(draw.uniform(0, 0.15))
        server.kill9()
        before_start()
        server.start()
