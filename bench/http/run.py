#!/usr/bin/env python3
"""Compares inlet with nginx on this machine, one core each for the server and the load.

inlet answers when the rows have survived fdatasync, and brings them to a local lake meanwhile, all on the server's
core. nginx does what a server at least has to do: `return 200` with an answer of the same size; it takes the body
off the socket, throws it away and stores nothing. So the ratio is the price of being durable.

For each size of body and number of connections:
  peak   wrk, as fast as the server can; the two servers in turn, and the ratio is the median over the rounds. Its
         latencies are those of a closed loop, which sends less while the server stalls.
  half   a fixed rate of half inlet's peak (steady_load, in this folder): an open loop whose latencies run from the
         time a request was due, so that a stall counts for every request that came in meanwhile.

Processor time is that of the server's processes (user and system), for inlet until the rows are in the lake; kernel
threads that write to the disk are in "others", the share of the server's core that was busy with anything else. High
"others" or a high load average means that the figures say little. "load core" near 100 % means that wrk was the
bottleneck and the server could do more.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import statistics
import sys
import tempfile

import load
import machine
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIN_FREE_BYTES = 4 << 30


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = {"type": lambda text: [int(word) for word in text.split(",")], "metavar": "N,N"}
    cores = sorted(os.sched_getaffinity(0))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--connections", default=[64, 256], **numbers)
    parser.add_argument("--events", default=[1, 10], help="per body", **numbers)
    parser.add_argument("--quick", action="store_true", help="only to see that it runs: one round of 1 s each, 64 connections")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every single result there")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/inlet")
    parser.add_argument("--steady-load", type=pathlib.Path, metavar="BINARY",
                        help="default: bench/steady_load beside the binary; without it there is no half rate")
    parser.add_argument("--dir", type=pathlib.Path, default=ROOT / "build",
                        help="where the journal and the lake get a temporary folder (default: build/); no tmpfs")
    parser.add_argument("--server-core", type=int, default=cores[0])
    parser.add_argument("--load-core", type=int, default=cores[1 % len(cores)])
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds, arguments.connections = 1, 1, [64]
    arguments.binary = arguments.binary.resolve()
    arguments.steady_load = arguments.steady_load or arguments.binary.parent / "bench/steady_load"
    return arguments


def find_program(name, package):
    # Debian's nginx is where only root's PATH leads.
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not path:
        sys.exit(f"error: {name} is not installed: apt-get install {package}")
    return path


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.nginx = find_program("nginx", "nginx-light")
        self.load = load.Load(folder, options.load_core, find_program("wrk", "wrk"), options.steady_load)
        self.results = {"cases": []}
        self.failed = 0

    def describe_machine(self):
        options = self.options
        count = 200 if options.quick else 2000
        times = machine.fdatasync_ms(self.folder, count)
        disk = {f"p{p}_ms": machine.percentile(times, p / 100) for p in (50, 99)}
        self.results.update(load_average=os.getloadavg()[0], fdatasync=disk)
        kind = machine.file_system_type(self.folder)
        print(f"server on core {options.server_core}, load on core {options.load_core}, "
              f"load average {os.getloadavg()[0]:.2f}")
        print(f"disk ({kind}): 4 KiB appended + fdatasync, {count} times: p50 {disk['p50_ms']:.3f} ms, "
              f"p99 {disk['p99_ms']:.3f} ms")
        if kind == "tmpfs":
            print("warning: tmpfs stores nothing, so fdatasync costs nothing; choose another --dir")
        if options.server_core == options.load_core:
            print("warning: server and load share a core; the figures say little")
        if os.getloadavg()[0] > 1.5:
            print("warning: other work is under way on this machine; the figures say little")

    def run(self):
        self.describe_machine()
        options = self.options
        roll_ms = 200 if options.quick else 5000
        with servers.Inlet(self.folder / "inlet", options.server_core, options.binary, roll_ms) as inlet:
            for events in options.events:
                body = load.track_body(events)
                reply_bytes = len(servers.post(inlet.port, body))
                nginx_folder = self.folder / f"nginx-{events}"
                with servers.Nginx(nginx_folder, options.server_core, self.nginx, body, reply_bytes) as nginx:
                    for connections in options.connections:
                        if shutil.disk_usage(self.folder).free < MIN_FREE_BYTES:
                            sys.exit(f"error: less than {MIN_FREE_BYTES >> 30} GiB are free for the journal and lake")
                        print(f"\n{events} event{'s'[:events > 1]}, body {len(body)} B, reply {reply_bytes} B, "
                              f"{connections} connections", flush=True)
                        self.run_case(inlet, nginx, events, connections)
                        inlet.remove_objects()
            self.check_counts(inlet)

    def run_case(self, inlet, nginx, events, connections):
        peaks, halves = {"inlet": [], "nginx": []}, {"inlet": [], "nginx": []}
        for server in (inlet, nginx):  # connections, buffers and segments that are there already
            self.load.peak(server.port, events, connections, 1)
            server.drain()
        for number in range(1, self.options.rounds + 1):
            for server in (inlet, nginx):
                peaks[server.name].append(self.measure_peak(server, events, connections, number))
        rate = int(statistics.median(r["requests_per_s"] for r in peaks["inlet"]) / 2)
        ratios = [a["requests_per_s"] / b["requests_per_s"] for a, b in zip(peaks["inlet"], peaks["nginx"])]
        show_medians(peaks, ratios)
        if self.options.steady_load.exists():
            for number in range(1, self.options.rounds + 1):
                for server in (inlet, nginx):
                    halves[server.name].append(self.measure_half(server, events, connections, number, rate))
            for name, results in halves.items():
                print(f"  median   {name}  half  p50 {median(results, 'p50_ms'):7.3f} ms  "
                      f"p99 {median(results, 'p99_ms'):7.3f} ms", flush=True)
        else:
            print(f"  no half rate: {self.options.steady_load} is not built")
        self.results["cases"].append({"events": events, "connections": connections, "ratios": ratios,
                                      "ratio": statistics.median(ratios), "half_rate": rate,
                                      "peak": peaks, "half": halves})

    def measure_peak(self, server, events, connections, number):
        result = self.watch(server, lambda: self.load.peak(server.port, events, connections, self.options.seconds))
        result["requests_per_s"] = result["requests"] / result["seconds"]
        result["cpu_s_per_1000"] = result["cpu_seconds"] / max(1, result["requests"]) * 1000
        print(f"  round {number}  {server.name}  peak  {result['requests_per_s']:8.0f} req/s  "
              f"p50 {result['p50_ms']:7.3f} ms  p99 {result['p99_ms']:7.3f} ms  "
              f"CPU {result['cpu_s_per_1000']:.4f} s/1000  {show_use(result)}", flush=True)
        return result

    def measure_half(self, server, events, connections, number, rate):
        seconds = self.options.seconds
        result = self.watch(server, lambda: self.load.steady(server.port, events, connections, seconds, rate))
        print(f"  round {number}  {server.name}  half  {result['rate']:8.0f} req/s  p50 {result['p50_ms']:7.3f} ms  "
              f"p99 {result['p99_ms']:7.3f} ms  p99.9 {result['p999_ms']:7.3f} ms  max {result['max_ms']:7.3f} ms  "
              f"{show_use(result)}", flush=True)
        return result

    def watch(self, server, measure):
        """Adds to a measurement what the server and its core did meanwhile."""
        cpu_before, core = server.cpu_seconds(), machine.CoreUse(self.options.server_core)
        result = measure()
        busy, seconds = core.busy(), result.get("seconds", self.options.seconds)
        server_use = (server.cpu_seconds() - cpu_before) / seconds
        result.update(server_use=server_use, others=max(0.0, busy - server_use), rss_bytes=server.rss_bytes())
        server.drain()
        result["cpu_seconds"] = server.cpu_seconds() - cpu_before
        if result["failed"]:
            print(f"  error: {result['failed']} requests to {server.name} failed")
            self.failed += result["failed"]
        return result

    def check_counts(self, inlet):
        status = inlet.status()
        self.results["status"] = status
        requests, journal = status["requests"], status["journal"]
        delivered = ", ".join(f"{lane['delivered']} to {lane['name']}" for lane in status["lanes"])
        print(f"\ninlet accepted {requests['accepted']} requests with {journal['acceptedRows']} rows in "
              f"{journal['commits']} commits and rejected {requests['rejected']}; rows delivered: {delivered}")
        self.failed += requests["rejected"]


def show_use(result):
    return (f"RSS {result['rss_bytes'] / (1 << 20):5.1f} MiB  core {result['server_use']:4.0%} "
            f"(others {result['others']:3.0%})  load core {result['use']:4.0%}")


def median(results, name):
    return statistics.median(result[name] for result in results)


def show_medians(peaks, ratios):
    for name, results in peaks.items():
        print(f"  median   {name}  peak  {median(results, 'requests_per_s'):8.0f} req/s  "
              f"p50 {median(results, 'p50_ms'):7.3f} ms  p99 {median(results, 'p99_ms'):7.3f} ms  "
              f"CPU {median(results, 'cpu_s_per_1000'):.4f} s/1000  "
              f"RSS {median(results, 'rss_bytes') / (1 << 20):5.1f} MiB")
    cpu = [a["cpu_s_per_1000"] / max(1e-9, b["cpu_s_per_1000"]) for a, b in zip(peaks["inlet"], peaks["nginx"])]
    print(f"  ratio    inlet / nginx: {statistics.median(ratios):.2f} of the requests "
          f"({', '.join(f'{ratio:.2f}' for ratio in ratios)}), {statistics.median(cpu):.2f} times the CPU", flush=True)


def main():
    options = parse_arguments()
    if not options.binary.exists():
        sys.exit(f"error: {options.binary} is not there: cmake --preset bench && cmake --build --preset bench")
    # So that the servers are ended and the folder is removed in this case too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options.dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-http-", dir=options.dir.resolve()))
        bench = Bench(options, pathlib.Path(folder))
        bench.run()
        if options.json:
            options.json.write_text(json.dumps(bench.results, indent=1) + "\n", encoding="utf-8")
    if bench.failed:
        sys.exit(f"error: {bench.failed} requests failed or were rejected")


if __name__ == "__main__":
    main()
