"""Starting, stopping, starting again, and what the program says when it cannot."""

import signal
import socket
import threading

import pytest

from inlet_server import InletServer, event, run_inlet, wait_until
from ports import free_port
from raw_http import ProtocolError, request

BODY = b'{"userId":"u","events":[{"eventName":"e","metadata":{},"timestampUTC":1}]}'


# Stopping


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_answered(server, signal_number):
    """Half of a body has arrived when the signal comes."""
    whole = request("POST", "/track", BODY)
    with server.connect() as connection:
        connection.send(whole[:-20])
        wait_until(lambda: server.status()["connections"]["open"] >= 1)
        server.process.send_signal(signal_number)
        wait_until(lambda: "stopping" in server.log_text(), what="the stop")
        connection.send(whole[-20:])
        response = connection.read()
        assert response.status == 200
        assert response.header("Connection") == "close"
        assert connection.is_closed()
    assert server.process.wait(20) == 0
    assert len(server.lake_rows(1)) == 1


def test_a_stopping_server_takes_no_new_connections(start_server):
    server = start_server(**{"server.drain_timeout_ms": 2000})
    with server.connect() as connection:
        connection.send(request("POST", "/track", BODY)[:-20])  # keeps it from ending at once
        wait_until(lambda: server.status()["connections"]["open"] >= 1)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "stopping" in server.log_text(), what="the stop")

        def refused():
            try:
                with server.connect(timeout=1) as late:
                    late.send(request("POST", "/track", BODY))
                    return late.read().status == 503
            except (ProtocolError, OSError):
                return True

        wait_until(refused, 5, "the end of accepting")
    assert server.process.wait(20) == 0


def test_a_client_that_never_finishes_does_not_keep_the_server(start_server):
    server = start_server(**{"server.drain_timeout_ms": 300})
    with server.connect() as connection:
        connection.send(request("POST", "/track", BODY)[:-20])
        wait_until(lambda: server.status()["connections"]["open"] >= 1)
        server.terminate()


class Load:
    """Clients that post one event after another until the server is gone. Each event has its own name."""

    def __init__(self, server, clients=8):
        self.answered, self.torn, self.statuses = set(), [], set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, args=(server, client)) for client in range(clients)]
        for thread in self.threads:
            thread.start()

    def _run(self, server, client):
        number = 0
        try:
            with server.connect() as connection:
                while True:
                    name = f"{client}-{number}"
                    connection.send(request("POST", "/track", BODY.replace(b'"e"', f'"{name}"'.encode())))
                    response = connection.read()
                    with self.lock:
                        self.statuses.add(response.status)
                        if response.status == 200:
                            self.answered.add(name)
                    number += 1
                    if response.header("Connection") == "close":
                        return
        except ProtocolError as error:
            if "closed after 0 of" not in str(error) and "closed within a line: b''" not in str(error):
                with self.lock:
                    self.torn.append(str(error))
        except OSError:
            pass  # closed between two requests

    def join(self):
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()


def test_sigterm_under_load_loses_no_answered_row(server):
    load = Load(server)
    wait_until(lambda: len(load.answered) > 500)
    server.terminate()
    load.join()
    assert load.torn == []
    assert load.statuses <= {200, 503}
    found = [row["eventName"] for row in server.lake_rows(len(load.answered))]
    assert len(found) == len(set(found))
    assert load.answered <= set(found)


def test_a_second_start_goes_on_where_the_first_ended(server):
    for number in range(3):
        server.track("u", event(f"a{number}"))
    server.restart()
    for number in range(3):
        server.track("u", event(f"b{number}"))
    rows = server.lake_rows(6)
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert len({row["node"] for row in rows}) == 1
    assert [row["eventName"] for row in rows] == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_rows_that_were_not_delivered_are_after_the_next_start(start_server):
    server = start_server(**{"sink.lake.roll_ms": 3_600_000, "server.drain_timeout_ms": 0})
    for number in range(3):
        server.track("u", event(f"{number}"))
    server.kill9()
    assert server.lake_rows() == []
    server.start(**{"sink.lake.roll_ms": 20})
    assert [row["eventName"] for row in server.lake_rows(3)] == ["0", "1", "2"]


def test_stopping_flushes_the_lake(start_server):
    server = start_server(**{"sink.lake.roll_ms": 3_600_000})
    server.track("u", event())
    server.terminate()
    assert len(server.lake_rows()) == 1


# Starting


def test_a_second_process_is_kept_out_of_the_journal(server):
    second = InletServer(server.folder.parent / "second", {"journal.dir": server.journal_dir})
    done = run_inlet(*second.command()[1:], cwd=second.folder)
    assert done.returncode == 1
    assert "journal" in done.stderr
    assert server.track("u", event()).status == 200


def test_a_port_in_use_is_an_error(tmp_path):
    server = InletServer(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.port))
        taken.listen()
        done = run_inlet(*server.command()[1:], cwd=tmp_path)
    assert done.returncode == 1
    assert f":{server.port}" in done.stderr
    assert "in use" in done.stderr


def test_the_port_of_another_inlet_is_in_use(server):
    """SO_REUSEPORT would let two of them share it, and clients would reach one or the other."""
    second = InletServer(server.folder.parent / "second", {"server.listen": f"127.0.0.1:{server.port}"})
    done = run_inlet(*second.command()[1:], cwd=second.folder, timeout=10)
    assert done.returncode == 1
    assert "in use" in done.stderr


@pytest.mark.parametrize("key", ["journal.dir", "sink.lake.dir"])
def test_a_folder_that_cannot_be_made_is_an_error(tmp_path, key):
    (tmp_path / "file").write_text("")
    server = InletServer(tmp_path, {key: tmp_path / "file/folder"})
    done = run_inlet(*server.command()[1:], cwd=tmp_path)
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr


# Configuration

BAD_FILE = """\
[server]
listen = "nowhere"
threads = "many"
wings = 2

[journal]
max_bytes = 1

[log]
level = "loud"
"""

# place: a part of what is said about it
BAD_LINES = {"2:": "server.listen", "3:": "server.threads", "4:": "server.wings", "7:": "journal.max_bytes",
             "10:": "log.level"}


@pytest.mark.parametrize("command", ["serve", "config"])
def test_all_errors_of_a_configuration_at_once(tmp_path, command):
    file = tmp_path / "inlet.toml"
    file.write_text(BAD_FILE)
    done = run_inlet(command, "--config", file)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == len(BAD_LINES), done.stderr
    for line, (place, key) in zip(lines, BAD_LINES.items()):
        assert line.startswith(f"{file}:{place}") and f" {key}: " in line


BAD_SETTINGS = {
    "unknown key": (["--set", "server.wings=2"], {}, "server.wings"),
    "unknown section": (["--set", "wings.count=2"], {}, "wings"),
    "wrong type": (["--set", "server.threads=many"], {}, "server.threads"),
    "out of range": (["--set", "journal.max_bytes=1"], {}, "journal.max_bytes"),
    "no value": (["--set", "server.threads"], {}, "server.threads"),
    "environment": ([], {"INLET_SERVER_THREADS": "many"}, "INLET_SERVER_THREADS"),
    "unknown key in the environment": ([], {"INLET_SERVER_WINGS": "2"}, "INLET_SERVER_WINGS"),
    "file that is not there": (["--config", "/nonexistent/inlet.toml"], {}, "/nonexistent/inlet.toml"),
}


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_a_bad_setting_ends_with_2(name, tmp_path):
    arguments, environment, expected = BAD_SETTINGS[name]
    done = run_inlet("serve", *arguments, env=environment, cwd=tmp_path)
    assert done.returncode == 2
    assert expected in done.stderr
    assert not (tmp_path / "var").exists()


def test_set_wins_over_environment_and_environment_over_file(tmp_path):
    file = tmp_path / "inlet.toml"
    file.write_text('[log]\nlevel = "warn"\nformat = "json"\n\n[server]\nthreads = 3\n')
    done = run_inlet("config", "--config", file, "--set", "server.threads=5",
                     env={"INLET_SERVER_THREADS": "4", "INLET_LOG_FORMAT": "text"})
    assert done.returncode == 0
    settings = {line.split("=")[0].strip(): line for line in done.stdout.splitlines() if "=" in line}
    joined = "\n".join(settings.values())
    assert "threads = 5" in joined and "--set" in joined
    assert 'format = "text"' in joined and "INLET_LOG_FORMAT" in joined
    assert 'level = "warn"' in joined and f"{file}:2" in joined


def test_help_and_version_name_the_program():
    assert run_inlet("--version").stdout.startswith("inlet ")
    assert "serve" in run_inlet("--help").stdout


@pytest.mark.parametrize("arguments", [[], ["dance"], ["serve", "--dance"]])
def test_a_wrong_command_line_is_an_error(arguments):
    done = run_inlet(*arguments)
    assert done.returncode not in (0, 1)
    assert done.stderr


def test_a_server_listens_on_several_addresses(start_server):
    other = free_port()
    server = start_server()
    server.restart(**{"server.listen": f"127.0.0.1:{server.port},[::1]:{other}"})
    assert server.track("u", event()).status == 200
    with server.connect() as _, socket.create_connection(("::1", other), timeout=5):
        pass


def test_the_log_is_one_line_per_message_and_holds_no_ids(start_server):
    server = start_server(**{"log.level": "debug", "server.access_log": "true"})
    secret = "secret-user-4711"
    server.track(secret, event("secret-event\n{\"level\":\"error\"}"))
    server.post("/track?user=" + secret, b'{"userId":"' + secret.encode() + b'"')
    server.request("GET", "/nothing%0a%0dforged")
    server.terminate()
    assert server.log_lines()
    assert secret not in server.log_text()
    assert "secret-event" not in server.log_text()
