"""What systemd would see: readiness, the watchdog, and sockets that are passed on."""

import socket
import subprocess

from inlet_server import InletServer, clean_environment, event, wait_until
from notifications import listen_for_notifications


def test_readiness_watchdog_and_stop_are_told_to_the_service_manager(tmp_path):
    with listen_for_notifications(tmp_path) as notifications:
        server = InletServer(tmp_path / "server", env={"NOTIFY_SOCKET": str(tmp_path / "notify"),
                                                       "WATCHDOG_USEC": "300000"})
        server.start()
        assert notifications.recv(100) == b"READY=1"
        assert notifications.recv(100) == b"WATCHDOG=1"
        assert notifications.recv(100) == b"WATCHDOG=1"
        server.terminate()
        messages = set()
        wait_until(lambda: messages.add(notifications.recv(100)) or b"STOPPING=1" in messages)
        server.close()


def test_sockets_that_the_service_manager_holds_are_used(tmp_path):
    """The socket is there before the server: what a client sends meanwhile waits in it."""
    server = InletServer(tmp_path / "server")
    with socket.create_server(("127.0.0.1", server.port)) as held:
        early = socket.create_connection(("127.0.0.1", server.port))
        # The shell knows its own process id, which exec keeps: LISTEN_PID must name the server.
        script = 'exec 3<&"$1"; shift; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=http exec "$@"'
        with server.log_file.open("ab") as log:
            server.process = subprocess.Popen(
                ["bash", "-c", script, "bash", str(held.fileno()), *server.command()], pass_fds=[held.fileno()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment())
        wait_until(server.is_ready)
        early.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert early.recv(100).startswith(b"HTTP/1.1 200")
        early.close()
        assert server.track("u", event()).status == 200
        server.close()
