#!/usr/bin/env python3
"""Compares inlet with nginx on this machine, one core each for the server and the load.

inlet answers when the rows have survived fdatasync, and brings them to a local lake meanwhile, all on the server's
core. nginx does what a server at least has to do: `return 200` with an answer of the same size; it takes the body
off the socket, throws it away and stores nothing. So the ratio is the price of being durable.

For each size of body and number of connections:
  peak   wrk, as fast as the server can; the two servers in turn, and the ratio is the median over the rounds. Its
         latencies are those of a closed loop, which sends less while the server stalls.
  half   a fixed rate of half inlet's peak (steady_load): an open loop whose latencies run from the
         time a request was due, so that a stall counts for every request that came in meanwhile.

Processor time is that of the server's processes (user and system), for inlet until the rows are in the lake; kernel
threads that write to the disk are in "others", the share of the server's core that was busy with anything else. High
"others" or a high load average means that the figures say little. "load core" near 100 % means that wrk was the
bottleneck and the server could do more.
"""

import argparse
import contextlib
import json
import pathlib
import signal
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/support"), str(ROOT / "tests/support")]

import load  # noqa: E402
import measure  # noqa: E402
import servers  # noqa: E402

MIN_FREE_BYTES = 4 << 30
HSTS_BYTES = len("Strict-Transport-Security: max-age=63072000\r\n")  # what inlet adds to a reply over TLS


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = {"type": lambda text: [int(word) for word in text.split(",")], "metavar": "N,N"}
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--connections", default=[64, 256], **numbers)
    parser.add_argument("--events", default=[1, 10], help="per body", **numbers)
    parser.add_argument("--tls", action="store_true", help="TLS 1.3 instead of plain HTTP; then without the half rate")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs: one round of 1 s each, 64 connections")
    measure.add_place_arguments(parser, ROOT, fixed_rate=True)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds, arguments.connections = 1, 1, [64]
    measure.check_place(arguments)
    return arguments


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.nginx = measure.find_program("nginx", "nginx-light")
        self.load = load.Load(folder, options.load_core, measure.find_program("wrk", "wrk"), options.steady_load)
        self.results = {"cases": []}
        self.failed = 0

    def run(self):
        options = self.options
        self.results.update(measure.describe_machine(options, self.folder, 200 if options.quick else 2000))
        settings = {"sink.lake.roll_ms": 200 if options.quick else 5000}
        inlet = servers.Inlet(self.folder / "inlet", options.server_core, options.binary, settings)
        inlet.certificate = servers.Certificate(self.folder) if options.tls else None
        with inlet:
            for events in options.events:
                body = load.track_body(events)
                reply_bytes = len(servers.post(inlet.port, body)) + (HSTS_BYTES if options.tls else 0)
                nginx_folder = self.folder / f"nginx-{events}"
                nginx = servers.Nginx(nginx_folder, options.server_core, self.nginx, body, reply_bytes)
                nginx.certificate = inlet.certificate
                with nginx:
                    for connections in options.connections:
                        measure.check_space(self.folder, MIN_FREE_BYTES // (8 if options.quick else 1))
                        print(f"\n{events} event{'s'[:events > 1]}, body {len(body)} B, reply {reply_bytes} B, "
                              f"{connections} connections", flush=True)
                        self.run_case(inlet, nginx, events, connections)
                        inlet.remove_objects()
            self.check_counts(inlet)

    def run_case(self, inlet, nginx, events, connections):
        peaks, halves = {"inlet": [], "nginx": []}, {"inlet": [], "nginx": []}
        for server in (inlet, nginx):  # connections, buffers and segments that are there already
            self.load.peak(server.url, events, connections, 1)
            server.drain()
        for number in range(1, self.options.rounds + 1):
            for server in (inlet, nginx):
                peaks[server.name].append(self.measure_peak(server, events, connections, number))
        rate = int(statistics.median(r["requests_per_s"] for r in peaks["inlet"]) / 2)
        ratios = [a["requests_per_s"] / b["requests_per_s"] for a, b in zip(peaks["inlet"], peaks["nginx"])]
        show_medians(peaks, ratios)
        if self.options.tls:
            pass  # steady_load speaks plain HTTP only
        elif self.options.steady_load.exists():
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
        result = measure.peak(server, self.load, events, connections, self.options.seconds)
        self.failed += result["failed"]
        print(f"  round {number}  {server.name}  peak  {result['requests_per_s']:8.0f} req/s  "
              f"p50 {result['p50_ms']:7.3f} ms  p99 {result['p99_ms']:7.3f} ms  "
              f"CPU {result['cpu_s_per_1000']:.4f} s/1000  {show_use(result)}", flush=True)
        return result

    def measure_half(self, server, events, connections, number, rate):
        seconds = self.options.seconds
        result = measure.watch(server, seconds,
                               lambda: self.load.steady(server.port, events, connections, seconds, rate))
        self.failed += result["failed"]
        print(f"  round {number}  {server.name}  half  {result['rate']:8.0f} req/s  p50 {result['p50_ms']:7.3f} ms  "
              f"p99 {result['p99_ms']:7.3f} ms  p99.9 {result['p999_ms']:7.3f} ms  max {result['max_ms']:7.3f} ms  "
              f"{show_use(result)}", flush=True)
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
    # So that the servers are ended and the folder is removed in this case too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-http-", dir=options.dir))
        bench = Bench(options, pathlib.Path(folder))
        bench.run()
        if options.json:
            options.json.write_text(json.dumps(bench.results, indent=1) + "\n", encoding="utf-8")
    if bench.failed:
        sys.exit(f"error: {bench.failed} requests failed or were rejected")


if __name__ == "__main__":
    main()
