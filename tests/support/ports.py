"""Ports for servers that tests and benchmarks start."""

import collections
import random
import socket

_given = collections.deque(maxlen=1000)


def free_port():
    """A port that nobody listens on, and none of those that were given last: they may not be in use yet. Below the range that
    outgoing connections are given (32768 and up), so that it stays free until the server takes it."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20000, 32000)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                _given.append(port)
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")
