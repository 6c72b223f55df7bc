"""Servers for tests. `start_server` starts as many as a test wants, each with its own folder and ports; `server` is
one with the defaults; `shared_server` is one for all tests that leave nothing behind but rows."""

import os
import random

import pytest

from inlet_server import InletServer


def pytest_collection_modifyitems(config, items):
    """Long tests are left out, not skipped: they are no part of a short run."""
    if os.environ.get("INLET_LONG") == "1" or "long" in (config.getoption("markexpr") or ""):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if not item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def start_server(tmp_path):
    servers = []

    def start(env=None, wait=True, **settings):
        server = InletServer(tmp_path / f"server-{len(servers)}", settings, env)
        servers.append(server)
        return server.start(wait=wait)

    yield start
    failures = []
    for server in servers:
        try:
            server.close()
        except Exception as error:  # all of them are to be ended, whatever the first says
            failures.append(str(error))
            if server.is_running():
                server.kill9()
    assert not failures, "\n".join(failures)


@pytest.fixture
def server(start_server):
    return start_server()


@pytest.fixture(scope="session")
def session_server(tmp_path_factory):
    server = InletServer(tmp_path_factory.mktemp("shared")).start()
    yield server
    server.close()


@pytest.fixture
def shared_server(session_server):
    yield session_server
    assert session_server.is_running(), f"inlet ended during this test:\n{session_server.log_text()}"


@pytest.fixture
def seed():
    """SEED= if it is set, else a new one; printed, so that a failure can be repeated."""
    value = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"SEED={value}")
    return value
