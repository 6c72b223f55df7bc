"""The journal's disk is what counts: another host that gets it goes on."""

import json
import os
import shutil
import signal
import socket
import subprocess

from aws_delivery import firehose_settings, lane, track
from fake_aws import FakeAws
from inlet_server import InletServer, clean_environment, event, wait_until
from oracle import check_rows
from raw_http import ProtocolError, request


def test_a_journal_that_moves_to_another_host_is_delivered_from_there(tmp_path):
    """Other name, other folder, other ports: same node, and numbers that go on."""
    with FakeAws(streams=["inlet"]) as aws:
        settings = firehose_settings(aws, **{"sink.firehose.delivery_stream": "inlet"})
        aws.firehose.delete("inlet")
        old = InletServer(tmp_path / "old", settings, aws.environment()).start()
        track(old, 20)
        old.kill9()
        aws.firehose.create("inlet")
        new = InletServer(tmp_path / "new", settings, aws.environment())
        shutil.move(old.journal_dir, new.journal_dir)
        hostname = ["unshare", "--uts", "sh", "-c", 'hostname another-host && exec "$@"', "sh"]
        if subprocess.run([*hostname, "true"], capture_output=True, check=False).returncode == 0:
            plain = new.command
            new.command = lambda: [*hostname, *plain()]
        new.start()
        track(new, 5, first=20)
        wait_until(lambda: lane(new, "firehose")["pending"] == 0)
        new.terminate()
        check_rows(aws.firehose.rows("inlet"), {f"e{number}" for number in range(25)}, set())


def test_the_lock_of_a_killed_process_keeps_nobody_out_and_that_of_a_running_one_does(tmp_path):
    first = InletServer(tmp_path / "first").start()
    assert first.track("u", event("e0")).status == 200
    second = InletServer(tmp_path / "second", {"journal.dir": first.journal_dir, "sink.lake.dir": first.lake_dir})
    second.start(wait=False)
    assert second.process.wait(20) == 1 and "another process" in second.log_text()
    assert first.track("u", event("e1")).status == 200, "the first was harmed"
    first.kill9()
    second.start()
    assert second.track("u", event("e2")).status == 200
    second.terminate()
    check_rows(first.lake_rows(3), {"e0", "e1", "e2"}, set())


def test_a_rolling_restart_under_load_refuses_no_connection(tmp_path):
    """The service manager holds the socket: while no server runs, clients wait in it."""
    server = InletServer(tmp_path)
    script = 'exec 3<&"$1"; shift; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=http exec "$@"'
    answered, unknown = set(), set()

    def start():
        with server.log_file.open("ab") as log:
            server.process = subprocess.Popen(["bash", "-c", script, "bash", str(held.fileno()), *server.command()],
                                              pass_fds=[held.fileno()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                              env=clean_environment())

    def post(number):
        """Each on a connection of its own: as many are tried as there are requests."""
        name = f"e{number}"
        unknown.add(name)
        try:
            if server.track("u", event(name)).status == 200:
                answered.add(name)
        except ConnectionRefusedError as error:
            raise AssertionError("a connection was refused") from error
        except (ProtocolError, ConnectionResetError):
            pass  # it was accepted by the one that stopped

    with socket.create_server(("127.0.0.1", server.port), backlog=500) as held:
        start()
        for number in range(150):
            if number % 50 == 25:
                os.kill(server.process.pid, signal.SIGTERM)
                assert server.process.wait(20) == 0
                start()
            post(number)
        server.terminate()
    assert len(answered) >= 145
    check_rows(server.lake_rows(len(answered)), answered, unknown)
    server.check_log()


def test_a_client_that_is_gone_before_its_answer_can_send_again(start_server):
    """Its row may be there; the second one has the same id."""
    server = start_server()
    body = {"userId": "u", "events": [{**event("e"), "messageId": "m-1"}]}
    for _ in range(5):
        with server.connect() as connection:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # ends with a reset
            connection.send(request("POST", "/track", json.dumps(body).encode()))
    assert server.post("/track", body).status == 200
    server.terminate()
    rows = server.lake_rows(1)
    assert len({row["id"] for row in rows}) == 1 and len(rows) <= 6
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
