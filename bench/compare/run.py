#!/usr/bin/env python3
"""Compares inlet with nginx and with other collectors that are installed, on the same bodies, in one table.

Each server is pinned to one core and the load (wrk, a closed loop) to the other. They are measured in turn, several
rounds long, and the table shows medians:

  its 200 means   what has become of the events when the client has its answer
  of nginx        requests per second as a share of what nginx answers with `return 200`, which stores nothing
  CPU             processor time of the server, user and system, until the events are where they are to go: inlet's
                  lake, the others' file
  RSS             at the end of the load

All of them get the same JSON body, inlet's /track. inlet checks it and makes a row of each event; the others take the
whole body as one event. nginx answers as many bytes as inlet does. bench/http/run.py looks more closely at inlet and
nginx, and has latencies at a fixed rate; those here are of a server that is asked for all that it can do.

A collector that is not installed is named below the table.
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

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/support"), str(ROOT / "tests/support")]

import load  # noqa: E402
import measure  # noqa: E402
import peers  # noqa: E402
import servers  # noqa: E402

MIN_FREE_BYTES = 4 << 30
MEANS = {"inlet": "is on disk, synced", "nginx": "nothing is stored"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--events", default=[1, 10], metavar="N,N", help="per body",
                        type=lambda text: [int(word) for word in text.split(",")])
    parser.add_argument("--quick", action="store_true", help="only to see that it runs: one round of 1 s each")
    for name, folder, _ in peers.KNOWN:
        parser.add_argument(f"--{name}", metavar="PROGRAM", help=f"default: {name} in PATH or in {folder}")
    measure.add_place_arguments(parser, ROOT)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 1, 1
    measure.check_place(arguments)
    return arguments


class Compare:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.nginx = measure.find_program("nginx", "nginx-light")
        self.load = load.Load(folder, options.load_core, measure.find_program("wrk", "wrk"), options.steady_load)
        self.results = {"cases": []}
        self.versions = {"inlet": peers.version_of([options.binary, "--version"]),
                         "nginx": peers.version_of([self.nginx, "-v"])}
        self.not_installed, self.not_started = [], []
        self.failed = 0

    def run(self):
        options = self.options
        self.results.update(measure.describe_machine(options, self.folder, 200 if options.quick else 2000))
        settings = {"sink.lake.roll_ms": 200 if options.quick else 5000}
        with contextlib.ExitStack() as stack:
            inlet = stack.enter_context(
                servers.Inlet(self.folder / "inlet", options.server_core, options.binary, settings))
            others = self.start_peers(stack)
            for events in options.events:
                body = load.track_body(events)
                reply_bytes = len(servers.post(inlet.port, body))
                with servers.Nginx(self.folder / f"nginx-{events}", options.server_core, self.nginx, body,
                                   reply_bytes) as nginx:
                    self.run_case([nginx, inlet, *others], events, len(body))
        self.results.update(versions=self.versions, not_installed=self.not_installed, not_started=self.not_started)

    def start_peers(self, stack):
        """Those that are installed and take a body."""
        started = []
        for name, folder, kinds in peers.KNOWN:
            wanted = getattr(self.options, name.replace("-", "_")) or name
            binary = shutil.which(wanted, path=f"{os.environ.get('PATH', '')}:{folder}")
            if not binary:
                self.not_installed.append(name)
                continue
            for kind in kinds:
                peer = kind(self.folder / kind.name.replace(", ", "-").replace(" ", "-"), self.options.server_core, binary)
                try:
                    stack.enter_context(peer)
                    self.check_answer(peer)
                except (OSError, RuntimeError) as error:
                    peer.stop()
                    self.not_started.append(kind.name)
                    print(f"error: {kind.name}: {error}")
                    continue
                self.versions[kind.name] = peers.version_of([binary, "--version"])
                started.append(peer)
        return started

    def check_answer(self, peer):
        status = servers.post(peer.port, load.track_body(1)).split()[1]
        if not status.startswith(b"2"):
            raise RuntimeError(f"it answered with {status.decode()}:\n{peer.log_text()}")

    def run_case(self, all_servers, events, body_bytes):
        options, results = self.options, {server.name: [] for server in all_servers}
        measure.check_space(self.folder, MIN_FREE_BYTES // (8 if options.quick else 1))
        for server in all_servers:  # connections, buffers and files that are there already
            self.load.peak(server.url, events, options.connections, 1)
            server.drain()
        for number in range(1, options.rounds + 1):
            for server in all_servers:
                measure.progress(f"events per body {events}, round {number} of {options.rounds}: {server.name}")
                result = measure.peak(server, self.load, events, options.connections, options.seconds)
                self.failed += result["failed"]
                results[server.name].append(result)
                if hasattr(server, "remove_objects"):
                    server.remove_objects()
        measure.progress()
        self.results["cases"].append({"events": events, "body_bytes": body_bytes, "connections": options.connections,
                                      "peak": results})

    def show(self):
        means = MEANS | {kind.name: kind.means for _, _, kinds in peers.KNOWN for kind in kinds}
        print(f"\n{self.options.connections} connections, medians over {self.options.rounds} rounds of "
              f"{self.options.seconds} s\n")
        print(f"{'events':>6}  {'body':>7}  {'server':28}{'its 200 means: the event':28}{'requests/s':>10}  {'of nginx':>8}"
              f"  {'p99':>9}  {'CPU/request':>11}  {'RSS':>9}  {'wrk':>5}")
        for case in self.results["cases"]:
            for name, results in case["peak"].items():
                ratios = [result["requests_per_s"] / nginx["requests_per_s"]
                          for result, nginx in zip(results, case["peak"]["nginx"])]
                print(f"{case['events']:6}  {case['body_bytes']:5} B  {self.title(name):28}{means[name]:28}"
                      f"{median(results, 'requests_per_s'):10.0f}  {statistics.median(ratios):8.2f}  "
                      f"{median(results, 'p99_ms'):6.2f} ms  {median(results, 'cpu_s_per_1000') * 1000:8.1f} us  "
                      f"{median(results, 'rss_bytes') / 2**20:5.1f} MiB  {median(results, 'use'):5.0%}")
        print("\nwrk: how busy the load was; near 100 % the server could do more")
        for name in self.not_installed:
            print(f"not installed: {name}")
        for name in self.not_started:
            print(f"did not start: {name}")

    def title(self, name):
        """ "vector 0.50.0, disk buffer" """
        program, comma, way = name.partition(",")
        return f"{program} {self.versions[name]}{comma}{way}"


def median(results, name):
    return statistics.median(result[name] for result in results)


def main():
    options = parse_arguments()
    # So that the servers are ended and the folder is removed in this case too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="bench-compare-", dir=options.dir) as folder:
        compare = Compare(options, pathlib.Path(folder))
        compare.run()
        compare.show()
        if options.json:
            options.json.write_text(json.dumps(compare.results, indent=1) + "\n", encoding="utf-8")
    if compare.failed or compare.not_started:
        sys.exit(f"error: {compare.failed} requests failed; {len(compare.not_started)} servers did not start")


if __name__ == "__main__":
    main()
