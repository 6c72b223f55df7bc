"""Two kinds of load, both from one thread on a core of its own: as fast as the server can (wrk), or at a fixed rate."""

import json
import os
import pathlib
import subprocess

# Answers are counted, and latencies taken, by wrk itself; this makes it print them as JSON.
WRK_SCRIPT = """
wrk.method = "POST"
wrk.path = "/track"
wrk.headers["Content-Type"] = "application/json"
wrk.body = io.open(os.getenv("BENCH_BODY"), "rb"):read("*a")

function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format('\\nJSON {"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "failed": %d}\\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def track_body(events):
    """A page view of a web shop: 1 event is about 240 bytes, 10 events about 1.7 KB."""
    shown = [{"eventName": "page_view",
              "metadata": {"url": f"https://example.org/products/{1000 + i}", "referrer": "search", "width": 1440,
                           "logged_in": True},
              "timestampUTC": 1732273445120 + i % 10} for i in range(events)]
    body = {"userId": "8c2f1f0e-5a0b-4a5c-9f57-1c8f5f0d8a11@web.example.org", "events": shown}
    return json.dumps(body, separators=(",", ":")).encode()


class Load:
    """`use` in a result is the share of the load core that the program itself took: near 1, it was the bottleneck."""

    def __init__(self, folder, core, wrk, steady_load):
        self.folder, self.core, self.wrk, self.steady_load = pathlib.Path(folder), core, wrk, steady_load
        self.script = self.folder / "post.lua"
        self.script.write_text(WRK_SCRIPT, encoding="ascii")

    def body_file(self, events):
        path = self.folder / f"track-{events}.json"
        path.write_bytes(track_body(events))
        return path

    def peak(self, url, events, connections, seconds):
        """A closed loop: each connection sends its next request when it has the answer to the last."""
        output, cpu = self._run(
            [self.wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", self.script,
             f"{url}/track"], seconds, BENCH_BODY=str(self.body_file(events)))
        result = json.loads(output.rpartition("JSON ")[2])
        result["use"] = cpu / result["seconds"]
        return result

    def steady(self, port, events, connections, seconds, rate):
        """An open loop at `rate` requests per second; latency runs from the time a request was due."""
        output, cpu = self._run(
            [self.steady_load, "--port", port, "--connections", connections, "--rate", rate, "--seconds", seconds,
             "--body", self.body_file(events)], seconds)
        result = json.loads(output)
        result["use"] = cpu / seconds
        return result

    def _run(self, command, seconds, **environment):
        before = os.times()
        done = subprocess.run(["taskset", "-c", str(self.core), *map(str, command)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=seconds + 60, check=False, text=True,
                              env={**os.environ, **environment})
        if done.returncode not in (0, 1) or not done.stdout:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}")
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return done.stdout, cpu
