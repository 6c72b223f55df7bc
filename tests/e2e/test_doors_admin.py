"""The operator's door: loopback, a socket file, or a token."""

import base64
import socket
import stat
import subprocess
import urllib.error
import urllib.request

import pytest

from inlet_server import BINARY, DEADLINE, clean_environment, run_inlet, wait_until
from raw_http import Connection, request

TOKEN = "an-example-of-a-token"


def ask(server, path, headers=None):
    asked = urllib.request.Request(server.admin_url + path, headers=headers or {})
    try:
        with urllib.request.urlopen(asked, timeout=10) as response:
            return response.status, dict(response.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)
    except urllib.error.URLError:
        return 0, {}  # nobody listens yet


def basic(user, password=""):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def from_file(folder):
    (folder / "token").write_text(TOKEN + "\n# not this line\n")
    return {"admin.token_file": folder / "token"}


@pytest.mark.parametrize("settings", [lambda _: {"admin.token": TOKEN}, from_file], ids=["key", "file"])
def test_a_token_is_asked_for_by_all_but_health(start_server, tmp_path, settings):
    server = start_server(**settings(tmp_path))
    wait_until(lambda: ask(server, "/health/live")[0] == 200)
    for path in ("/", "/metrics", "/status"):
        status, headers = ask(server, path)
        assert (status, headers["WWW-Authenticate"]) == (401, 'Basic realm="inlet admin"'), path
        assert ask(server, path, {"Authorization": f"Bearer {TOKEN}"})[0] == 200, path
        assert ask(server, path, basic(TOKEN))[0] == 200, path
        for wrong in (TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "x", "# not this line"):
            assert ask(server, path, {"Authorization": f"Bearer {wrong}"})[0] == 401, wrong
    assert ask(server, "/nothing")[0] == 401, "who may not look is not told what is there"
    assert ask(server, "/health/ready")[0] == 200
    assert TOKEN not in server.log_text()


def test_an_open_admin_listener_keeps_the_server_from_starting(tmp_path):
    for listen in ("0.0.0.0:0", "[::]:0", "127.0.0.1:0,192.0.2.1:8081"):
        done = run_inlet("serve", "--set", f"admin.listen={listen}", cwd=tmp_path)
        assert done.returncode == 2
        assert "can be reached from other machines: set admin.token" in done.stderr


def test_an_open_admin_listener_with_a_token_is_fine(start_server):
    server = start_server(**{"admin.token": TOKEN})
    server.restart(**{"admin.listen": f"0.0.0.0:{server.admin_port}"})
    wait_until(lambda: ask(server, "/health/live")[0] == 200)
    assert ask(server, "/metrics")[0] == 401


def test_a_socket_that_is_passed_and_open_needs_a_token_too(tmp_path):
    with socket.socket() as public, socket.socket() as admin:
        for listener, host in ((public, "127.0.0.1"), (admin, "0.0.0.0")):
            listener.bind((host, 0))
            listener.listen()
        inherited = f"exec {BINARY} serve 3<&{public.fileno()} 4<&{admin.fileno()}"
        done = subprocess.run(["bash", "-c", f"export LISTEN_PID=$$; {inherited}"], cwd=tmp_path, capture_output=True, text=True,
                              env=clean_environment({"LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:admin"}), timeout=DEADLINE,
                              pass_fds=(public.fileno(), admin.fileno()), check=False)
    assert done.returncode == 1
    assert "can be reached from other machines" in done.stderr


@pytest.mark.parametrize("text", ["", "short\n", "has a space in it, which no header takes\n"])
def test_a_file_without_a_token_keeps_the_server_from_starting(start_server, tmp_path, text):
    (tmp_path / "token").write_text(text)
    server = start_server(wait=False, **{"admin.token_file": tmp_path / "token"})
    assert server.process.wait(DEADLINE) == 1
    assert "the first line must be 16 to 128 of" in server.log_text()
    server.process = None


class OverFile(Connection):
    """Waits until somebody listens: the file may be there before, or still."""

    def __init__(self, path):
        self.path = path
        self.socket = wait_until(self._connected, what=f"a listener on {path}")
        self.socket.settimeout(10)
        self.pending = b""

    def _connected(self):
        attempt = socket.socket(socket.AF_UNIX)
        if attempt.connect_ex(str(self.path)) == 0:
            return attempt
        attempt.close()
        return None


def test_a_socket_file_serves_metrics_to_its_group(start_server, tmp_path):
    path = tmp_path / "a.sock"
    server = start_server(**{"admin.listen": f"unix:{path}"})
    with OverFile(path) as connection:
        connection.send(request("GET", "/metrics", headers={"Connection": "close"}))
        assert b"inlet_build_info" in connection.read_until_closed()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    server.terminate()
    assert not path.exists()


def test_a_socket_file_outlives_a_kill_and_is_taken_over(start_server, tmp_path):
    path = tmp_path / "a.sock"
    server = start_server(**{"admin.listen": f"unix:{path}"})
    OverFile(path).close()
    server.kill9()
    assert path.exists()
    server.start()
    with OverFile(path) as connection:
        connection.send(request("GET", "/status", headers={"Connection": "close"}))
        assert connection.read_until_closed().startswith(b"HTTP/1.1 200")


def test_two_servers_do_not_share_a_socket_file(start_server, tmp_path):
    path = tmp_path / "a.sock"
    first = start_server(**{"admin.listen": f"unix:{path}"})
    OverFile(path).close()
    second = start_server(wait=False, **{"admin.listen": f"unix:{path}"})
    assert second.process.wait(DEADLINE) == 1
    assert "another process listens there" in second.log_text()
    second.process = None
    with OverFile(path) as connection:
        connection.send(request("GET", "/status", headers={"Connection": "close"}))
        assert first.port and connection.read_until_closed().startswith(b"HTTP/1.1 200")
