#!/usr/bin/env python3
"""What a second core brings, and what else the server does costs those who send.

scale     server and load share one core, then two; the ratio is what scales. The load takes its share of each core, so
          that no core waits for the other.
The others with the server on all cores, at half of what it reaches without a sink; latencies from the time a request was
due, beside those of a server that does nothing else:
delivery  with the lake; and the rows that the lake has not got yet, looked at all the time
backlog   with the lake, that begins with a backlog and catches up meanwhile
slow      among clients that send a byte of their request now and then, and never all of it
"""

import argparse
import contextlib
import pathlib
import select
import shutil
import socket
import statistics
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/support"), str(ROOT / "tests/support")]

import load  # noqa: E402
import measure  # noqa: E402
import servers  # noqa: E402

CONNECTIONS = 256


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--slow-clients", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="only to see that it runs: one round of 1 s each")
    measure.add_place_arguments(parser, ROOT, fixed_rate=True)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds, arguments.slow_clients = 1, 1, 50
    measure.check_place(arguments)
    return arguments


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.runs = options, folder, 0
        self.wrk = measure.find_program("wrk", "wrk")

    def server(self, cores, lake=True, **settings):
        self.runs += 1
        return servers.Inlet(self.folder / f"inlet-{self.runs}", list_of(cores), self.options.binary,
                             {"server.threads": len(cores), "sink.lake.enabled": str(lake).lower(), **settings})

    def load(self, cores):
        return load.Load(self.folder, list_of(cores), self.wrk, self.options.steady_load)

    def peak(self, inlet, cores):
        sender = self.load(cores)
        sender.peak(inlet.url, 1, CONNECTIONS, 1)
        result = sender.peak(inlet.url, 1, CONNECTIONS, self.options.seconds)
        check(result)
        return result["requests"] / result["seconds"]

    def scale(self, cores):
        ratios = []
        for number in range(1, self.options.rounds + 1):
            rates = []
            for some in (cores[:1], cores):
                with self.server(some) as inlet:
                    rates.append(self.peak(inlet, some))
            ratios.append(rates[1] / rates[0])
            print(f"  round {number}  1 core {rates[0]:8.0f} req/s  {len(cores)} cores {rates[1]:8.0f} req/s  "
                  f"ratio {ratios[-1]:.2f}", flush=True)
        print(f"  median   {len(cores)} cores / 1 core: {statistics.median(ratios):.2f}")
        return rates[1]

    def steady(self, inlet, cores, rate):
        result = self.load(cores).steady(inlet.port, 1, CONNECTIONS, self.options.seconds, int(rate))
        check(result)
        return result["p99_ms"]

    def beside(self, cores, rate, what):
        """p99 alone and beside `what`, round by round; `what` gives p99 and a note."""
        ratios = []
        for number in range(1, self.options.rounds + 1):
            with self.server(cores, lake=False) as inlet:
                alone = self.steady(inlet, cores, rate)
            p99, note = what(cores, rate)
            ratios.append(p99 / alone)
            print(f"  round {number}  {rate:.0f} req/s  p99 {alone:.3f} ms alone, {p99:.3f} ms beside it  "
                  f"ratio {ratios[-1]:.2f}  {note}", flush=True)
        print(f"  median   p99 beside it / alone: {statistics.median(ratios):.2f}")

    def delivery(self, cores, rate):
        with self.server(cores) as inlet, Pending(inlet) as pending:
            p99 = self.steady(inlet, cores, rate)
        return p99, f"rows that wait, by quarters of the time: {pending.quarters()}"

    def backlog(self, cores, rate):
        journal = {"journal.dir": self.folder / f"journal-{self.runs}", "journal.max_bytes": "64GiB"}
        with self.server(cores, lake=False, **journal) as inlet:
            self.load(cores).peak(inlet.url, 100, 64, self.options.seconds)
        with self.server(cores, **journal) as inlet:
            with Pending(inlet) as pending:
                p99 = self.steady(inlet, cores, rate)
            inlet.stop()
            inlet.remove_objects()
        shutil.rmtree(journal["journal.dir"])
        return p99, f"rows that wait, by quarters of the time: {pending.quarters()}"

    def slow(self, cores, rate):
        with self.server(cores, lake=False) as inlet, SlowClients(inlet, self.options.slow_clients) as clients:
            p99 = self.steady(inlet, cores, rate)
        return p99, f"{clients.bytes} bytes of {self.options.slow_clients} slow clients, {clients.ended} of them ended"


class Repeated:
    """Calls `step()` every `seconds` on a thread of its own."""

    def __init__(self, seconds):
        self.seconds, self.done = seconds, threading.Event()
        self.thread, self.error = threading.Thread(target=self._run), None

    def _run(self):
        try:
            while not self.done.wait(self.seconds):
                self.step()
        except Exception as error:  # for the thread that waits
            self.error = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        if self.error:
            raise self.error


class Pending(Repeated):
    """Rows that wait for the lake."""

    def __init__(self, inlet):
        super().__init__(0.1)
        self.inlet, self.seen = inlet, []

    def step(self):
        self.seen.append(sum(lane["pending"] for lane in self.inlet.status()["lanes"]))

    def quarters(self):
        bounds = [len(self.seen) * quarter // 4 for quarter in range(5)]
        return ", ".join(f"{statistics.mean(self.seen[first:last]):.0f}" for first, last in zip(bounds, bounds[1:]) if last > first)


class SlowClients(Repeated):
    """Each sends a byte of a header that never ends, all of them within ten seconds, and comes again once it was refused."""

    EVERY = 0.05

    def __init__(self, inlet, count):
        super().__init__(self.EVERY)
        self.port, self.bytes, self.ended, self.next = inlet.port, 0, 0, 0
        self.count, self.connections = count, []

    def __enter__(self):
        while len(self.connections) < self.count:
            self.connections.append(self._connect())
        return super().__enter__()

    def _connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        connection.sendall(b"POST /track HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        return connection

    def step(self):
        for _ in range(max(1, int(len(self.connections) * self.EVERY / 10))):
            at = self.next = (self.next + 1) % len(self.connections)
            try:
                if select.select([self.connections[at]], [], [], 0)[0]:
                    raise ConnectionError("it was refused")
                self.connections[at].sendall(b"a")
                self.bytes += 1
            except OSError:
                self.ended += 1
                with contextlib.suppress(OSError):
                    self.connections[at].close()
                    self.connections[at] = self._connect()

    def __exit__(self, *_):
        super().__exit__()
        for connection in self.connections:
            connection.close()


def list_of(cores):
    return ",".join(map(str, cores))


def check(result):
    if result["failed"]:
        sys.exit(f"error: {result['failed']} requests failed")


def main():
    options = parse_arguments()
    cores = [options.server_core, options.load_core]
    with tempfile.TemporaryDirectory(prefix="bench-cores-", dir=options.dir) as folder:
        bench = Bench(options, pathlib.Path(folder))
        measure.describe_machine(options, bench.folder, 200)
        print(f"\nscale, 1 event, {CONNECTIONS} connections")
        bench.scale(cores)
        if not options.steady_load.exists():
            return print(f"no latencies: {options.steady_load} is not built")
        with bench.server(cores, lake=False) as inlet:
            rate = bench.peak(inlet, cores) / 2
        for name, what in (("delivery", bench.delivery), ("backlog", bench.backlog), ("slow clients", bench.slow)):
            print(f"\n{name}, 1 event, {CONNECTIONS} connections")
            bench.beside(cores, rate, what)
        return None


if __name__ == "__main__":
    main()
