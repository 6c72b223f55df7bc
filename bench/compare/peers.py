"""The other collectors that a comparison finds on this machine, each with the way of storing that it offers.

Their configuration is as plain as it can be: HTTP in, lines in a file out, nothing in between.
"""

import re
import subprocess
import time

import servers

STILL_SECONDS = 1.5  # longer than their own flush, which is 1 s
STILL_DEADLINE = 60


def version_of(command):
    """The first number with dots in what `command` prints; some print it to standard error."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=10, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found.group() if found else "?"


class Peer(servers.Server):
    """`means` is what an answer of success says about the events."""

    means = ""

    def __init__(self, folder, core, binary):
        super().__init__(folder, core)
        self.binary = binary
        self.output = self.folder / "output"
        self.output.mkdir()

    def _output_bytes(self):
        return sum(path.stat().st_size for path in self.output.iterdir())

    def drain(self):
        """None of them says when it is done: its file has to be still for a while."""
        deadline, size, since = time.monotonic() + STILL_DEADLINE, -1, time.monotonic()
        while time.monotonic() - since < STILL_SECONDS:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} still writes after {STILL_DEADLINE} s:\n{self.log_text()}")
            now = self._output_bytes()
            if now != size:
                size, since = now, time.monotonic()
            time.sleep(0.1)

    def remove_objects(self):
        """Keeps the files, which are open for appending, and frees their space."""
        for path in self.output.iterdir():
            with path.open("r+b") as file:
                file.truncate()


class FluentBit(Peer):
    """The http input to the file output, buffered in memory."""

    name = "fluent-bit, memory"
    means = "is in memory"
    service = storage = ""

    def command(self):
        (self.folder / "fluent-bit.conf").write_text(f"""
[SERVICE]
    flush 1
    daemon off
    log_level warn
{self.service}
[INPUT]
    name http
    listen 127.0.0.1
    port {self.port}
    successful_response_code 200
{self.storage}
[OUTPUT]
    name file
    match *
    path {self.output}
    file events
""", encoding="ascii")
        return [self.binary, "-c", str(self.folder / "fluent-bit.conf")]


class FluentBitOnDisk(FluentBit):
    """Buffered in mapped files. "full" syncs when a chunk is closed or set aside, not before the answer."""

    name = "fluent-bit, files"
    means = "is in a file, synced later"
    storage = "    storage.type filesystem"

    @property
    def service(self):
        return f"    storage.path {self.folder}/buffer\n    storage.sync full"


class Vector(Peer):
    """The http_server source to the file sink through a disk buffer, acknowledgements on.

    A source then answers when the events are in the disk buffer, which is synced every 500 ms.
    """

    name = "vector, disk buffer"
    means = "is in a file, synced later"

    def command(self):
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        (self.folder / "vector.toml").write_text(f"""
data_dir = "{data}"

[sources.in]
type = "http_server"
address = "127.0.0.1:{self.port}"
path = "/track"
decoding.codec = "json"

[sinks.out]
type = "file"
inputs = ["in"]
path = "{self.output}/events"
encoding.codec = "json"
acknowledgements.enabled = true

[sinks.out.buffer]
type = "disk"
max_size = 1073741824
when_full = "block"
""", encoding="ascii")
        return [self.binary, "--quiet", "--threads", "1", "--config", str(self.folder / "vector.toml")]


# Program, where else than in PATH its package puts it, and what is measured of it.
KNOWN = [
    ("fluent-bit", "/opt/fluent-bit/bin", [FluentBit, FluentBitOnDisk]),
    ("vector", "/opt/vector/bin", [Vector]),
]
