#!/usr/bin/env python3
"""What one request costs: processor time by thread, at full speed and beside nginx; instructions, by thread (valgrind's
callgrind); and calls of the kernel (strace).

Counting instructions and calls slows the server down many times, so more requests share a commit than at full speed; what is
counted for each request does not change by that. Instructions are those of the whole run less those of a run without requests.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/support"), str(ROOT / "tests/support")]

import load  # noqa: E402
import machine  # noqa: E402
import measure  # noqa: E402
import servers  # noqa: E402

# A function that only this thread has.
THREADS = {
    "io": "inlet::http::Session::",
    "journal": "inlet::journal::Appender::",
    "lane": "inlet::delivery::Pump::",
    "main": "main",
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10, help="of load in each run")
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--events", type=int, default=1, help="in each body")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs: 2 s of 16 connections")
    measure.add_place_arguments(parser, ROOT)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seconds, arguments.connections = 2, 16
    measure.check_place(arguments)
    return arguments


class Watched(servers.Inlet):
    """inlet under another program that counts."""

    def __init__(self, folder, options, watcher):
        super().__init__(folder, options.server_core, options.binary, {})
        self.watcher = watcher

    def command(self):
        return [*map(str, self.watcher), *super().command()]

    def stop(self):
        # The watcher passes signals on or not; the server itself always ends by them.
        if self.process is not None:
            for member in machine.tree(self.process.pid)[::-1]:
                os.kill(member, 15)
            self.process.wait(servers.DEADLINE * 3)
            self.process = None


def run(options, folder, watcher, with_load):
    """(requests, commits) of one watched run."""
    server = Watched(folder / "server", options, watcher)
    with server:
        server.wait_for(server.is_ready, 0.1)
        if not with_load:
            return 0, 0
        servers.post(server.port, load.track_body(1))  # under the watcher the first takes long; it is not counted
        sender = load.Load(folder, options.load_core, measure.find_program("wrk", "wrk"), None)
        result = sender.peak(server.url, options.events, options.connections, options.seconds)
        if result["failed"]:
            sys.exit(f"error: {result['failed']} requests failed")
        server.drain()
        return result["requests"], server.status()["journal"]["commits"]


def instructions_of(folder):
    """By thread, of all the files that callgrind wrote."""
    totals = {}
    for path in folder.glob("callgrind.*"):
        text = path.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)
        if not found:
            continue
        name = next((name for name, function in THREADS.items() if function in text), "other")
        totals[name] = totals.get(name, 0) + int(found.group(1))
    return totals


def count_instructions(options, parent):
    valgrind = measure.find_program("valgrind", "valgrind")
    runs = {}
    for with_load in (False, True):
        folder = pathlib.Path(tempfile.mkdtemp(dir=parent))
        watcher = [valgrind, "--tool=callgrind", "--separate-threads=yes", "-q",
                   f"--callgrind-out-file={folder}/callgrind.%p"]
        requests, commits = run(options, folder, watcher, with_load)
        runs[with_load] = (instructions_of(folder), requests, commits)
    idle, (totals, requests, commits) = runs[False][0], runs[True]
    return {"requests": requests, "commits": commits,
            "instructions": {name: (total - idle.get(name, 0)) / requests for name, total in totals.items()}}


def count_calls(options, parent):
    strace = measure.find_program("strace", "strace")
    folder = pathlib.Path(tempfile.mkdtemp(dir=parent))
    table = folder / "calls.txt"
    requests, commits = run(options, folder, [strace, "-f", "-c", "-o", table], True)
    calls = {}
    for line in table.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
            calls[fields[-1]] = int(fields[3]) / requests
    return {"requests": requests, "commits": commits, "calls": calls}


def measure_times(options, parent):
    """Microseconds of a request by thread, (user, kernel), of inlet and of nginx, and how busy the core was."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=parent))
    sender = load.Load(folder, options.load_core, measure.find_program("wrk", "wrk"), None)
    body, found = load.track_body(options.events), {}

    def watch(server):
        sender.peak(server.url, options.events, options.connections, 1)
        before, core = machine.thread_seconds(server.process.pid), machine.CoreUse(options.server_core)
        result = sender.peak(server.url, options.events, options.connections, options.seconds)
        busy, after = core.busy(), machine.thread_seconds(server.process.pid)
        if result["failed"]:
            sys.exit(f"error: {result['failed']} requests failed")
        threads = {name: [1e6 * (new - old) / result["requests"] for new, old in zip(after[name], before.get(name, (0, 0)))]
                   for name in after}
        found[server.name] = {"busy": busy, "rate": result["requests"] / result["seconds"],
                              "threads": {name: times for name, times in threads.items() if sum(times) > 0.02}}

    with servers.Inlet(folder / "inlet", options.server_core, options.binary, {}) as inlet:
        watch(inlet)
        reply_bytes = len(servers.post(inlet.port, body))
    with servers.Nginx(folder / "nginx", options.server_core, measure.find_program("nginx", "nginx-light"), body, reply_bytes) as nginx:
        watch(nginx)
    return found


def show_times(times):
    for name in ("inlet", "nginx"):
        server = times[name]
        total = sum(map(sum, server["threads"].values()))
        print(f"{name}: {server['rate']:.0f} requests/s, {total:.2f} us of a processor each, core {100 * server['busy']:.0f} % busy")
        for thread, (user, kernel) in sorted(server["threads"].items(), key=lambda item: -sum(item[1])):
            print(f"  {thread:16} {user:6.2f} us user  {kernel:6.2f} us kernel")
    print()


def show(options, times, instructions, calls):
    print(f"{options.events} event(s), {options.connections} connections\n")
    show_times(times)
    per_commit = instructions["requests"] / instructions["commits"]
    print(f"instructions per request ({instructions['requests']} requests, {per_commit:.0f} in a commit)")
    for name, count in sorted(instructions["instructions"].items(), key=lambda item: -item[1]):
        if count >= 1:
            print(f"  {name:8} {count:8.0f}")
    per_commit = calls["requests"] / calls["commits"]
    print(f"\ncalls of the kernel per request ({calls['requests']} requests, {per_commit:.0f} in a commit)")
    for name, count in sorted(calls["calls"].items(), key=lambda item: -item[1]):
        if count >= 0.0005:
            print(f"  {name:16} {count:8.3f}   {count * per_commit:8.2f} per commit")


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory(dir=options.dir, prefix="bench-budget-") as parent:
        times = measure_times(options, parent)
        instructions = count_instructions(options, parent)
        calls = count_calls(options, parent)
    show(options, times, instructions, calls)
    if options.json:
        options.json.write_text(json.dumps({"times": times, "instructions": instructions, "calls": calls}, indent=1), encoding="ascii")


if __name__ == "__main__":
    main()
