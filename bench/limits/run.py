#!/usr/bin/env python3
"""How much memory inlet takes when nothing goes on, and when much does; how long it takes to start. In one table.

Everything is at its default but for ports, folders, and what is said here; the server is not pinned to a core unless
--server-core says so. The memory is VmRSS. Pages of files (the program itself, libraries) are a part of it, and the note
says what it is without them.

  idle                 started, with an empty journal and the lake on, and nobody there
  under load           the most seen while wrk asks for all that it gives; 1 event a request, the lake on
  idle connections     keep-alive, each has had one request answered
  dead destination     the most seen while rows come in and Firehose is a port where nobody listens. The default is as
                       many rows as come in an hour at 1,000 a second, in a minute; it is not an hour of trying again
  start to ready       from exec to the first 200 of /health/ready, the median of 5: with no journal yet, and with rows
                       that are not delivered, whose files are in the page cache (a restart) or not (a boot; the pages of
                       the program stay)

The rows that are not delivered get there through the server itself, with no sink enabled.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import resource
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/support"), str(ROOT / "tests/support")]

import figures  # noqa: E402
import load  # noqa: E402
import measure  # noqa: E402
import ports  # noqa: E402
import servers  # noqa: E402

MIB, GIB = 1 << 20, 1 << 30
DEAD_SINK_EVENTS, FILL_EVENTS = 100, 1000  # of one request
FILLERS = 4
FILL_DEADLINE = 900
STARTS = 5
DELIVERY_OFF = {"sink.lake.enabled": "false"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10, help="under load")
    parser.add_argument("--idle-connections", type=int, default=10_000)
    parser.add_argument("--dead-sink-rows", type=int, default=3_600_000)
    parser.add_argument("--dead-sink-seconds", type=int, default=60, help="in which they come in")
    parser.add_argument("--backlog-gib", type=float, default=4, help="not delivered, in the journal of a start")
    parser.add_argument("--threads", type=int, default=0, help="server.threads (default: its own, one per core)")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs")
    measure.add_place_arguments(parser, ROOT, fixed_rate=True)
    parser.set_defaults(server_core=None)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seconds, arguments.idle_connections, arguments.backlog_gib = 1, 500, 0.05
        arguments.dead_sink_rows, arguments.dead_sink_seconds = 20_000, 2
    measure.check_place(arguments)
    if not arguments.steady_load.exists():
        sys.exit(f"error: {arguments.steady_load} is not there: cmake --preset bench && cmake --build --preset bench")
    return arguments


def lane_of(status):
    return next(lane for lane in status["lanes"] if lane["name"] == "firehose-track")


class Limits:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.backlog = int(options.backlog_gib * GIB)
        self.load = load.Load(folder, options.load_core, measure.find_program("wrk", "wrk"), options.steady_load)
        self.figures, self.details = [], {}
        self.numbers = itertools.count(1)

    def inlet(self, settings=None):
        """A server that is not started yet, in a folder of its own."""
        return servers.Inlet(self.folder / f"inlet-{next(self.numbers)}", self.options.server_core, self.options.binary,
                             {"server.threads": self.options.threads, **(settings or {})})

    def add(self, figure, **details):
        self.figures.append(figure)
        self.details[figure.name] = details

    def run(self):
        # First, and not when the minutes before have gone by.
        measure.check_space(self.folder, max(3 * self.backlog, self.options.dead_sink_rows * 400))
        for part in (self.idle_and_loaded, self.idle_connections, self.dead_destination, self.starts):
            measure.progress(part.__name__.replace("_", " "))
            part()
        measure.progress()

    def idle_and_loaded(self):
        seconds = self.options.seconds
        with self.inlet() as inlet:
            idle = figures.settled(inlet.process.pid, 1 if self.options.quick else 3)
            self.add(figures.memory_figure("RSS, idle", idle, 16), **idle)
            with figures.highest_memory(inlet.process.pid) as seen:
                result = self.load.peak(inlet.url, 1, 256, seconds)
            check_answers(result, inlet)
            rate = result["requests"] / result["seconds"]
            self.add(figures.memory_figure("RSS, under load of 256 connections", seen, 48, f"{rate:.0f} requests/s"),
                     **seen, requests_per_s=rate)

    def idle_connections(self):
        count = self.options.idle_connections
        allow_open_files(count + 500)
        with contextlib.ExitStack() as stack:
            inlet = stack.enter_context(self.inlet({"server.idle_timeout_ms": "10m"}))
            for number in range(count):
                # Of two addresses: one of them may not have so many, and has only so many ports.
                connection = stack.enter_context(socket.create_connection(
                    ("127.0.0.1", inlet.port), timeout=20, source_address=(f"127.0.0.{2 + number % 2}", 0)))
                connection.sendall(CALL)
                if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
                    raise RuntimeError(f"connection {number + 1} got no 200")
            inlet.drain()
            seen = figures.settled(inlet.process.pid, 1)
            still_open = inlet.status()["connections"]["open"]
            if still_open < count:
                raise RuntimeError(f"only {still_open} of {count} connections are open")
        self.add(figures.memory_figure(f"RSS, {count} idle connections", seen, 64), **seen)

    def dead_destination(self):
        options = self.options
        inlet = self.inlet({
            **DELIVERY_OFF, "sink.firehose.enabled": "true", "aws.region": "eu-central-1",
            "aws.endpoint_url": f"http://127.0.0.1:{ports.free_port()}", "server.drain_timeout_ms": 100})
        inlet.environment = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
                             "AWS_EC2_METADATA_DISABLED": "true"}
        rate = options.dead_sink_rows / DEAD_SINK_EVENTS / options.dead_sink_seconds
        with inlet:
            with figures.highest_memory(inlet.process.pid) as seen:
                result = self.load.steady(inlet.port, DEAD_SINK_EVENTS, 16, options.dead_sink_seconds, rate)
            check_answers(result, inlet)
            inlet.wait_for(lambda: lane_of(inlet.status())["retried"], 0.1)  # the first call waits for company
            status = inlet.status()
        rows, lane = status["journal"]["acceptedRows"], lane_of(status)
        if lane["pending"] != rows:
            raise RuntimeError(f"the destination is not dead: {lane}")
        note = f"{rows} rows waiting, {status['journal']['undeliveredBytes'] / MIB:.0f} MiB in the journal"
        self.add(figures.memory_figure("RSS, dead destination", seen, 64, note), **seen, rows=rows)

    def starts(self):
        times = [self.time_of_start(self.inlet()) for _ in range(STARTS)]
        self.add_start("start to ready, no journal yet", times, 50)
        settings = {**DELIVERY_OFF, "journal.dir": self.folder / "backlog", "journal.max_bytes": 2 * self.backlog + GIB}
        rows, filled = self.fill(settings, self.backlog)
        name, note = f"start to ready, {filled / GIB:.2f} GiB not delivered", f"{rows} rows"
        times = [self.time_of_start(self.inlet(settings)) for _ in range(STARTS)]
        self.add_start(f"{name}, cached", times, 300, note)
        times = []
        for _ in range(STARTS):
            forget_pages(settings["journal.dir"])
            times.append(self.time_of_start(self.inlet(settings)))
        self.add_start(f"{name}, cold", times, 300, note)

    def add_start(self, name, times, goal, note=""):
        spread = f"{min(times):.1f} to {max(times):.1f}"
        self.add(figures.Figure(name, statistics.median(times), goal, "ms", f"{note}; {spread}" if note else spread),
                 times_ms=times)

    def time_of_start(self, inlet):
        begin = time.monotonic()
        inlet.launch()
        inlet.wait_for(inlet.is_ready, 0.0005)
        taken = time.monotonic() - begin
        inlet.stop()
        return taken * 1000

    def fill(self, settings, size):
        """Rows in the journal and their bytes there."""
        body = load.track_body(FILL_EVENTS)
        enough, failures = threading.Event(), []

        def send(port):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                while not enough.is_set():
                    connection.request("POST", "/track", body, {"content-type": "application/json"})
                    answer = connection.getresponse()
                    if answer.status != 200:
                        raise RuntimeError(f"{answer.status}: {answer.read()!r}")
                    answer.read()
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                failures.append(error)

        with self.inlet(settings) as inlet:
            threads = [threading.Thread(target=send, args=(inlet.port,)) for _ in range(FILLERS)]
            for thread in threads:
                thread.start()
            try:
                wait_filled(inlet, size, failures)
            finally:
                enough.set()
                for thread in threads:
                    thread.join()
            journal = inlet.status()["journal"]
        return journal["acceptedRows"], journal["undeliveredBytes"]


BODY = load.track_body(1)
CALL = (f"POST /track HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n").encode() + BODY


def wait_filled(inlet, size, failures):
    deadline = time.monotonic() + FILL_DEADLINE
    while (filled := inlet.status()["journal"]["undeliveredBytes"]) < size:
        measure.progress(f"filling the journal: {filled / GIB:.2f} of {size / GIB:.2f} GiB")
        if failures or time.monotonic() > deadline:
            raise RuntimeError(f"the journal could not be filled: {failures[:1] or 'it takes too long'}")
        time.sleep(0.05)
    measure.progress("starts")


def check_answers(result, inlet):
    if result["failed"]:
        raise RuntimeError(f"{result['failed']} requests failed:\n{inlet.log_text()}")


def allow_open_files(count):
    """Of this process, and of a server that it starts, which raises its own soft limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))
    except (OSError, ValueError):
        sys.exit(f"error: {count} open files are needed and {hard} are allowed: ulimit -Hn, or fewer --idle-connections")


def forget_pages(folder):
    """Takes the files of a folder out of the page cache; what is not on disk yet is written first."""
    for path in pathlib.Path(folder).iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main():
    options = parse_arguments()
    # So that the servers are ended and the folder is removed in this case too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="bench-limits-", dir=options.dir) as folder:
        limits = Limits(options, pathlib.Path(folder))
        print(f"{options.binary.name} with {options.threads or 'its own number of'} threads, "
              f"{len(os.sched_getaffinity(0))} cores, load average {os.getloadavg()[0]:.2f}\n", flush=True)
        limits.run()
    for figure in limits.figures:
        print(figure.show())
    if options.json:
        results = [{**vars(figure), **limits.details[figure.name]} for figure in limits.figures]
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
