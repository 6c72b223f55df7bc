"""The ports that servers of tests and benchmarks are given."""

import random

import ports


def test_a_port_that_was_just_given_is_not_given_again(monkeypatch):
    """Nobody may listen on it yet: a server would get the same port for two of its listeners."""
    first, second = ports.free_port(), ports.free_port()
    draws = iter([first, second, first, *range(20000, 32000)])
    monkeypatch.setattr(random.SystemRandom, "randrange", lambda *_: next(draws))
    assert ports.free_port() not in (first, second)
