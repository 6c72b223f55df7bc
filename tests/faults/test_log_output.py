"""Where the log goes may be full, closed, or read by nobody: rows are taken all the same."""

import os
import socket
import subprocess

import pytest

from inlet_server import InletServer, clean_environment, event, wait_until
from oracle import check_rows


class LoggingServer(InletServer):
    """Starts with any standard output and error."""

    def start_with(self, **popen):
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, cwd=self.folder, env=clean_environment(),
                                        **popen)
        wait_until(self._ready_or_dead, what="/health/ready")


@pytest.fixture
def server(tmp_path):
    server = LoggingServer(tmp_path, {"server.access_log": "true", "log.level": "debug"})
    yield server
    if server.is_running():
        server.kill9()


def check(server, count):
    for number in range(count):
        assert server.track("u", event(f"e{number}")).status == 200
    server.terminate()
    check_rows(server.lake_rows(count), {f"e{number}" for number in range(count)}, set())
    assert server.verify_lake().returncode == 0


def test_a_full_disk_under_the_log(server):
    with open("/dev/full", "wb") as full:
        server.start_with(stdout=full, stderr=full)
    check(server, 20)


def test_a_pipe_whose_reader_is_gone(server):
    ours, theirs = os.pipe()
    server.start_with(stdout=theirs, stderr=theirs)
    os.close(ours)
    os.close(theirs)
    check(server, 20)


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_a_reader_that_hangs_stops_nobody(server, kind):
    """More lines than fit between the two: the rest is lost."""
    if kind == "pipe":
        ours, theirs = os.pipe()
    else:
        ours, theirs = (end.detach() for end in socket.socketpair())
    server.start_with(stdout=theirs, stderr=theirs)
    os.close(theirs)
    check(server, 1500)
    os.close(ours)


@pytest.mark.parametrize("closed", [(1, 2), (0, 1, 2)])
def test_closed_standard_output_and_error_are_not_the_journal(server, closed):
    """The next file that a process opens gets the lowest free number: that of standard error, and with it the log."""
    redirect = " ".join(f"{fd}>&-" for fd in closed)
    plain = server.command()
    server.command = lambda: ["sh", "-c", f'exec "$@" {redirect}', "sh", *plain]
    server.start_with()
    places = {fd: os.readlink(f"/proc/{server.process.pid}/fd/{fd}") for fd in (0, 1, 2)}
    assert set(places.values()) == {"/dev/null"}
    check(server, 20)
    server.command = lambda: plain
    server.start()
    server.terminate()
    server.check_log()
