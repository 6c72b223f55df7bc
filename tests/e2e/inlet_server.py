"""Starts, asks and ends the real program."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.request

import lake
import raw_http
from ports import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("INLET_BINARY", ROOT / "build/release/inlet"))
DEADLINE = 20  # seconds for a start or a stop; both take milliseconds unless something is wrong


def wait_until(condition, timeout=DEADLINE, what="the condition"):
    """Asks again and again until `condition()` is true, and returns what it returned."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true in {timeout} s")
        time.sleep(0.01)


def clean_environment(extra=None):
    """Ours without settings of inlet and of AWS, so that a test sees only what it set."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("INLET_", "AWS_"))}
    # A test that forgets credentials must not ask for those of the machine that it runs on.
    return {**environment, "AWS_EC2_METADATA_DISABLED": "true", **(extra or {})}


def run_inlet(*arguments, timeout=60, env=None, cwd=None):
    """Runs a command of the program to its end."""
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=timeout, cwd=cwd,
                          env=clean_environment(env), stdin=subprocess.DEVNULL, check=False)


class InletServer:
    """One server with its own ports, journal and lake. The folder outlives its process: start() it again."""

    def __init__(self, folder, settings=None, env=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.journal_dir = self.folder / "journal"
        self.lake_dir = self.folder / "lake"
        self.log_file = self.folder / "inlet.log"
        self.port, self.admin_port = free_port(), free_port()
        self.env = env
        self.settings = {
            "server.listen": f"127.0.0.1:{self.port}",
            "server.threads": 2,
            "admin.listen": f"127.0.0.1:{self.admin_port}",
            "journal.dir": self.journal_dir,
            "sink.lake.dir": self.lake_dir,
            "sink.lake.roll_ms": 20,
            "log.format": "json",
            **(settings or {}),
        }
        self.headers = {}  # of every request()
        self.process = None
        self.expected_errors = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_url(self):
        return f"http://127.0.0.1:{self.admin_port}"

    # Life

    def command(self):
        sets = [word for name, value in self.settings.items() for word in ("--set", f"{name}={value}")]
        return [str(BINARY), "serve", *sets]

    def start(self, wait=True, **settings):
        """Starts it and waits until it is ready. start(**{"log.level": "debug"}) changes settings for good."""
        assert BINARY.exists(), f"{BINARY} is not there: build it (./test does), or set INLET_BINARY"
        self.settings.update(settings)
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, env=clean_environment(self.env))
        if wait:
            wait_until(self._ready_or_dead, what="/health/ready")
        return self

    def _ready_or_dead(self):
        if self.process.poll() is not None:
            raise AssertionError(f"inlet ended with {self.process.returncode}:\n{self.log_text()}")
        return self.is_ready() and self._listens_to_its_operator()

    def is_ready(self):
        try:
            with raw_http.Connection(self.port, timeout=2) as connection:
                connection.send(raw_http.request("GET", "/health/ready", headers={"Connection": "close"}))
                return connection.read("GET").status == 200
        except (OSError, raw_http.ProtocolError):
            return False

    def _listens_to_its_operator(self):
        """The admin listener is the last to start."""
        if self.settings["admin.listen"] != f"127.0.0.1:{self.admin_port}":
            return True
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.admin_port)) == 0

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def terminate(self, signal_number=signal.SIGTERM):
        """Asks it to end, and expects that it does so cleanly."""
        self.process.send_signal(signal_number)
        status = self.process.wait(DEADLINE)
        assert status == 0, f"inlet ended with {status}:\n{self.log_text()}"

    def memory_kib(self, of="VmRSS"):
        """Resident now, or with "VmHWM" the most that was. IndexError: it has just ended."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(text.partition(f"{of}:")[2].split()[0])

    def kill9(self):
        self.process.kill()
        self.process.wait(DEADLINE)

    def restart(self, **settings):
        if self.is_running():
            self.terminate()
        return self.start(**settings)

    def close(self):
        """Ends it at the end of a test: it must still run, and must have logged no error that nobody expected."""
        if self.process is None:
            return
        status = self.process.poll()
        if status is None:
            self.terminate()
        assert status in (None, 0, -signal.SIGKILL), f"inlet had ended with {status}:\n{self.log_text()}"
        self.check_log()

    # Its log

    def log_text(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_lines(self):
        """Each line must be one JSON object."""
        lines = []
        for line in self.log_text().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                raise AssertionError(f"this is no line of the log: {line!r}\n{self.log_text()}") from None
        return lines

    def expect_error(self, pattern):
        """The log may hold errors with this text."""
        self.expected_errors.append(re.compile(pattern))

    def check_log(self):
        bad = [line for line in self.log_lines() if line["level"] == "error"
               and not any(pattern.search(json.dumps(line)) for pattern in self.expected_errors)]
        assert not bad, f"unexpected errors in the log: {bad}"

    # Asking it

    def connect(self, **options):
        return raw_http.Connection(self.port, **options)

    def request(self, method, path, body=None, headers=None):
        with self.connect() as connection:
            connection.send(raw_http.request(method, path, body, {"Connection": "close", **self.headers, **(headers or {})}))
            return connection.read(method, path)

    def post(self, path, value, headers=None):
        """`value`: bytes are sent as they are, anything else as JSON."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.request("POST", path, body, headers)

    def track(self, user, *events, **members):
        return self.post("/track", {"userId": user, "events": list(events), **members})

    def admin(self, path):
        wait_until(self._admin_listens_or_dead, what="the admin listener")  # it opens a moment after the public one
        with urllib.request.urlopen(self.admin_url + path, timeout=10) as response:
            return response.read().decode()

    def _admin_listens_or_dead(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.admin_port)) == 0 or not self.is_running()

    def status(self):
        return json.loads(self.admin("/status"))

    # What became of the rows

    def lake_rows(self, wait_for=0, timeout=DEADLINE):
        """All rows in the lake, once there are at least this many. (Objects are published whole.)"""
        found = []

        def enough():
            found[:] = lake.rows(self.lake_dir) if self.lake_dir.exists() else []
            return len(found) >= wait_for

        try:
            wait_until(enough, timeout)
        except TimeoutError:
            raise AssertionError(f"{len(found)} of {wait_for} rows are in the lake:\n{self.log_text()}") from None
        return found

    def verify_lake(self, with_journal=True):
        journal = ["--journal", self.journal_dir] if with_journal else []
        return run_inlet("lake", "verify", self.lake_dir, *journal)


def event(name="e", metadata=None, time_utc=1):
    return {"eventName": name, "metadata": {} if metadata is None else metadata, "timestampUTC": time_utc}
