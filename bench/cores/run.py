#!/usr/bin/env python3
"""What a second core brings, and what delivery costs those who send.

scale     server and load share one core, then two; the ratio is what scales. The load takes its share of each core, so
          that no core waits for the other.
delivery  the server on all cores, at half of what it reaches, once without a sink and once with the lake; latencies
          from the time a request was due, and the rows that the lake has not got at the end.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile

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
    parser.add_argument("--quick", action="store_true", help="only to see that it runs: one round of 1 s each")
    measure.add_place_arguments(parser, ROOT, fixed_rate=True)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 1, 1
    measure.check_place(arguments)
    return arguments


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.runs = options, folder, 0
        self.wrk = measure.find_program("wrk", "wrk")

    def server(self, cores, lake=True):
        self.runs += 1
        settings = {"server.threads": len(cores), "sink.lake.enabled": str(lake).lower()}
        return servers.Inlet(self.folder / f"inlet-{self.runs}", list_of(cores), self.options.binary, settings)

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

    def delivery(self, cores, rate):
        ratios = []
        for number in range(1, self.options.rounds + 1):
            p99 = {}
            for lake in (False, True):
                with self.server(cores, lake) as inlet:
                    result = self.load(cores).steady(inlet.port, 1, CONNECTIONS, self.options.seconds, int(rate))
                    check(result)
                    p99[lake] = result["p99_ms"]
                    pending = sum(lane["pending"] for lane in inlet.status()["lanes"])
            ratios.append(p99[True] / p99[False])
            print(f"  round {number}  {rate:.0f} req/s  p99 {p99[False]:.3f} ms alone, {p99[True]:.3f} ms with delivery  "
                  f"ratio {ratios[-1]:.2f}  {pending} rows not in the lake at the end", flush=True)
        print(f"  median   p99 with delivery / alone: {statistics.median(ratios):.2f}")


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
        peak = bench.scale(cores)
        if not options.steady_load.exists():
            return print(f"no delivery: {options.steady_load} is not built")
        print(f"\ndelivery, 1 event, {CONNECTIONS} connections")
        bench.delivery(cores, peak / 2)
        return None


if __name__ == "__main__":
    main()
