"""The tools of these tests themselves."""

import random

import inlet_server


def test_a_port_that_was_just_given_is_not_given_again(monkeypatch):
    """Nobody may listen on it yet: a server would get the same port for two of its listeners."""
    drawn = [inlet_server.free_port()] * 2
    drawn.append(inlet_server.free_port())
    monkeypatch.setattr(random.SystemRandom, "randrange", lambda *_: drawn.pop(0) if drawn else next(others))
    others = iter(range(31000, 32000))
    assert inlet_server.free_port() >= 31000
