"""Clients of the service inside a machine. REQUIRES: called in `with machine.network()`."""

import contextlib
import json
import socket
import threading
import urllib.request

import raw_http
from inlet_server import event, wait_until


def call(port, method, path, body=None, wrap=None, headers=None, timeout=10):
    with raw_http.Connection(port, wrap=wrap, timeout=timeout) as connection:
        connection.send(raw_http.request(method, path, body, {"Connection": "close", **(headers or {})}))
        return connection.read(method, path)


def track(port, user, *events, wrap=None):
    body = json.dumps({"userId": user, "events": list(events)}).encode()
    return call(port, "POST", "/track", body, wrap=wrap)


def serial_number(wrap, port=443):
    """Of the certificate that a client sees, which also checks its name, chain and dates."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, wrap(plain) as wrapped:
        return wrapped.getpeercert()["serialNumber"]


def metric(name):
    with urllib.request.urlopen("http://127.0.0.1:8081/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


class Load:
    """Clients that post one event per connection, as fast as they can, until the `with` block ends. `failures` says what
    went wrong with any of them: a refused connection, a lost answer, a status other than 200."""

    def __init__(self, port, clients, wrap):
        self.port, self.wrap = port, wrap
        self.failures = []
        self.answered = [0] * clients
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(clients)]

    def _client(self, number):
        while not self._stopping.is_set():
            try:
                response = track(self.port, f"load-{number}-{self.answered[number]}", event(), wrap=self.wrap)
                assert response.status == 200, response.status
                self.answered[number] += 1
            except Exception as error:  # any failure is a finding
                self.failures.append(repr(error))
                if len(self.failures) > 20:
                    return

    def wait_for_more(self, count):
        """Until so many more events have been answered."""
        seen = sum(self.answered)
        wait_until(lambda: sum(self.answered) >= seen + count or self.failures, what=f"{count} more answers")

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in self._threads)


@contextlib.contextmanager
def load(port, clients=4, wrap=None):
    running = Load(port, clients, wrap)
    with running:
        running.wait_for_more(20)
        yield running
