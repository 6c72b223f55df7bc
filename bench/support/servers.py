"""The servers that are measured, each on 127.0.0.1 and in a folder of its own, as a rule on one core."""

import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.request

import machine
from ports import free_port

DEADLINE = 20  # seconds for a start or a stop
DRAIN_DEADLINE = 180  # seconds until all rows of one measurement are in the lake


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def post(port, body):
    """All bytes of the reply to one POST /track on a connection that stays open."""
    head = (f"POST /track HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        reply = b""
        while True:
            head_end = reply.find(b"\r\n\r\n")
            if head_end >= 0:
                lines = reply[:head_end].decode("latin-1").split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:])
                if len(reply) >= head_end + 4 + int(headers.get("content-length", 0)):
                    return reply
            received = connection.recv(65536)
            if not received:
                raise RuntimeError(f"the server closed the connection after {reply!r}")
            reply += received


class Certificate:
    """A key on P-256 and a certificate that it has signed itself, as PEM files."""

    def __init__(self, folder):
        self.chain, self.key = pathlib.Path(folder, "cert.pem"), pathlib.Path(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", "/CN=localhost", "-keyout", self.key, "-out", self.chain], check=True,
                       capture_output=True)


class Server:
    """A process that is pinned to one core, or to none. A subclass says what to start, in `command()`."""

    name = "server"
    environment = {}  # beside ours, from which settings of inlet are taken out
    certificate = None  # a Certificate: the server then takes TLS too, on tls_port

    def __init__(self, folder, core):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.core = core
        self.port = free_port()
        self.tls_port = free_port()
        self.process = None

    @property
    def url(self):
        """Where the load goes: over TLS if the server was given a certificate."""
        if self.certificate:
            return f"https://127.0.0.1:{self.tls_port}"
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def command(self):
        raise NotImplementedError

    def launch(self):
        """Starts the process and does not wait for it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("INLET_")}
        pinned = [] if self.core is None else ["taskset", "-c", str(self.core)]
        with (self.folder / "output.log").open("ab") as log:
            self.process = subprocess.Popen([*pinned, *self.command()], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            cwd=self.folder, env={**environment, **self.environment})

    def start(self):
        self.launch()
        self.wait_for(self.is_listening, 0.02)

    def wait_for(self, condition, every):
        """Until `condition()` is true; an error if the process ends before, or takes too long."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.name} did not start:\n{self.log_text()}")
            time.sleep(every)

    def is_listening(self):
        return listens(self.port)

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            for member in reversed(machine.tree(self.process.pid)):
                os.kill(member, 9)
            self.process.wait()
        self.process = None

    def log_text(self):
        return (self.folder / "output.log").read_text(errors="replace")[-4000:]

    def cpu_seconds(self):
        return machine.cpu_seconds(self.process.pid)

    def rss_bytes(self):
        return machine.rss_bytes(self.process.pid)

    def drain(self):
        """Waits until it has done what its answers have left to be done."""


class Inlet(Server):
    """fsync on, as always, and the lake sink at work; `settings` may change that."""

    name = "inlet"

    def __init__(self, folder, core, binary, settings):
        super().__init__(folder, core)
        self.binary = binary
        self.admin_port = free_port()
        self.settings = {
            "server.listen": f"127.0.0.1:{self.port}",
            "server.threads": 1,
            "admin.listen": f"127.0.0.1:{self.admin_port}",
            "journal.dir": self.folder / "journal",
            "sink.lake.dir": self.folder / "lake",
            "log.level": "warn",
            **settings,
        }

    def command(self):
        settings = dict(self.settings)
        if self.certificate:
            settings.update({"server.tls_listen": f"127.0.0.1:{self.tls_port}", "server.tls_key": self.certificate.key,
                             "server.tls_cert": self.certificate.chain})
        return [str(self.binary), "serve", *(f"--set={name}={value}" for name, value in settings.items())]

    def is_listening(self):
        """To its operator too: that listener is the last to start."""
        return listens(self.port) and listens(self.admin_port)

    def is_ready(self):
        call = b"GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(call)
                return connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        except OSError:
            return False

    def status(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/status", timeout=10) as answer:
            return json.load(answer)

    def drain(self):
        deadline = time.monotonic() + DRAIN_DEADLINE
        while any(lane["pending"] for lane in self.status()["lanes"]):
            if time.monotonic() > deadline:
                raise RuntimeError(f"rows are still not in the lake after {DRAIN_DEADLINE} s:\n{self.log_text()}")
            time.sleep(0.1)

    def remove_objects(self):
        """Objects in the lake are not looked at again: a long run need not keep them."""
        for path in (self.folder / "lake").rglob("*.ndjson*"):
            path.unlink(missing_ok=True)


class Nginx(Server):
    """One worker that answers each request with the same bytes, as many as inlet's answer has."""

    name = "nginx"

    def __init__(self, folder, core, binary, body, reply_bytes):
        super().__init__(folder, core)
        self.binary = binary
        self.request_body = body
        self.reply_bytes = reply_bytes
        self.padding = 36  # a request id

    def command(self):
        reply = '{"accepted":1,"requestId":"%s"}' % ("x" * self.padding)
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "\n".join(f"    {name}_temp_path {self.folder}/{name};"
                              for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        tls = ""
        if self.certificate:
            tls = (f"listen 127.0.0.1:{self.tls_port} ssl backlog=4096; ssl_protocols TLSv1.3; "
                   f"ssl_certificate {self.certificate.chain}; ssl_certificate_key {self.certificate.key};")
        (self.folder / "nginx.conf").write_text(f"""
{user}
daemon off;
worker_processes 1;
pid {self.folder}/nginx.pid;
error_log {self.folder}/error.log;
events {{
    worker_connections 20000;
    multi_accept on;
}}
http {{
    access_log off;
{temporary}
    keepalive_requests 1000000000;
    client_header_buffer_size 16k;
    client_body_buffer_size 1m;
    client_max_body_size 1m;
    default_type application/json;
    server {{
        listen 127.0.0.1:{self.port} backlog=4096;
        {tls}
        location / {{ return 200 '{reply}'; }}
    }}
}}
""", encoding="ascii")
        return [str(self.binary), "-p", str(self.folder), "-e", f"{self.folder}/error.log",
                "-c", f"{self.folder}/nginx.conf"]

    def start(self):
        """Starts it, and again with another padding until the size of the reply is right."""
        for _ in range(4):
            super().start()
            missing = self.reply_bytes - len(post(self.port, self.request_body))
            if missing == 0:
                return
            self.stop()
            self.padding += missing
        raise RuntimeError("nginx's reply cannot be made as long as inlet's")
