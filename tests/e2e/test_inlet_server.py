"""The tools of these tests themselves."""

import random

import inlet_server


def test_a_port_that_was_just_given_is_not_given_again(monkeypatch):
    """Nobody may listen on it yet: a server would get the same port for two of its listeners."""
    first, second = inlet_server.free_port(), inlet_server.free_port()
    draws = iter([first, second, first, *range(20000, 32000)])
    monkeypatch.setattr(random.SystemRandom, "randrange", lambda *_: next(draws))
    assert inlet_server.free_port() not in (first, second)
