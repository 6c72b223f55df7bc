#!/usr/bin/env python3
"""What bringing rows to a destination costs: processor time of inlet alone, and bytes that are billed.

A journal is filled with rows while no sink is enabled. Then inlet starts again with one sink, pinned to one core, and its
processor time (user and system) is taken from the start until nothing is pending. Firehose and S3 are the strict
stand-in of tests/support, without a quota, on the other core; the bytes billed are computed from the records that it
took. Ratios of compression stand beside those of `gzip -6` on the same rows.

The table of prices is computed from the bytes billed, at the price below.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import uuid
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/support"), str(ROOT / "tests/support")]

import servers  # noqa: E402

# Amazon Data Firehose pricing, Direct PUT, us-east-1, first 500 TB of a month; a GB is 2^30 bytes.
USD_PER_GB = 0.029
BILLED_STEP = 5 * 1024
DEADLINE = 300


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cores = sorted(os.sched_getaffinity(0))
    parser.add_argument("--megabytes", type=int, default=256, help="of rows, for each measurement")
    parser.add_argument("--rows", default=[200, 500, 1000], metavar="N,N", help="bytes of a row, about",
                        type=lambda text: [int(word) for word in text.split(",")])
    parser.add_argument("--quick", action="store_true", help="only to see that it runs")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/inlet")
    parser.add_argument("--dir", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--server-core", type=int, default=cores[0])
    parser.add_argument("--other-core", type=int, default=cores[1 % len(cores)])
    parser.add_argument("--cost-table", type=pathlib.Path, metavar="FILE", help="write the table of prices there")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.megabytes, arguments.rows = 4, [200]
    arguments.binary = arguments.binary.resolve()
    return arguments


AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile",
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
]


def events(count, row_bytes, seed):
    """Page views of a web shop, as different from each other as real ones; rows of about `row_bytes`."""
    chance = random.Random(seed)
    names = ["page_view", "add_to_cart", "search", "checkout", "sign_in", "video_progress"]
    shown = []
    for _ in range(count):
        metadata = {"url": f"/p/{chance.randrange(100_000)}"}
        if row_bytes >= 400:
            metadata |= {"session": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                         "referrer": f"https://www.example.org/{chance.choice(names)}?q={chance.randrange(10_000)}",
                         "agent": chance.choice(AGENTS), "plan": chance.choice(["free", "pro", "team"])}
        if row_bytes >= 800:
            metadata["items"] = [{"sku": f"SKU-{chance.randrange(100_000):06}", "price": chance.randrange(99_999) / 100,
                                  "count": chance.randrange(1, 9)} for _ in range(11)]
        shown.append({"eventName": chance.choice(names), "metadata": metadata,
                      "timestampUTC": 1_732_273_445_000 + chance.randrange(86_400_000)})
    return shown


def start_inlet(options, folder, journal, settings):
    """inlet with the sinks that `settings` enable."""
    return servers.Inlet(folder, options.server_core, options.binary, {
        "journal.dir": journal, "journal.max_bytes": "64GiB", "sink.lake.enabled": "false", **settings})


def fill(options, folder, row_bytes):
    """A journal of options.megabytes of rows; returns its folder, their number and their bytes as delivered."""
    journal = folder / f"journal-{row_bytes}"
    wanted, rows = options.megabytes << 20, 0
    with start_inlet(options, folder / f"fill-{row_bytes}", journal, {}) as inlet:
        connection = http.client.HTTPConnection("127.0.0.1", inlet.port, timeout=30)
        bodies = [json.dumps({"userId": f"user-{seed}", "events": events(500, row_bytes, seed)},
                             separators=(",", ":")).encode() for seed in range(64)]
        sent = 0
        while sent < wanted:
            for body in bodies:
                connection.request("POST", "/track", body, {"content-type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, answer.status
                rows += 500
            sent = inlet.status()["journal"]["undeliveredBytes"]
    return journal, rows


def sample_of(options, journal, most):
    """The first rows as they are delivered."""
    with subprocess.Popen([options.binary, "journal", "cat", journal], stdout=subprocess.PIPE) as reading:
        text = reading.stdout.read(most)
        reading.kill()
    return text[:text.rindex(b"\n") + 1]


@contextlib.contextmanager
def stand_in(options, folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests/support")}
    with (folder / "fake.log").open("ab") as log:
        process = subprocess.Popen(["taskset", "-c", str(options.other_core), sys.executable, "-m", "fake_aws",
                                    "--no-verify", "--discard", "--bucket", "bench"],
                                   stdout=subprocess.PIPE, stderr=log, env=environment, text=True)
    try:
        yield process, json.loads(process.stdout.readline())["port"]
    finally:
        process.terminate()
        process.wait(10)


def deliver(options, folder, journal, name, settings):
    """Delivers the whole journal; what it took."""
    for lane in pathlib.Path(journal).glob("lane-*"):
        lane.unlink()
    os.environ.update(AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="secret")
    # Rows stay for the next measurement: a lane that never delivers holds them.
    with start_inlet(options, folder / name, journal, settings) as inlet:
        begin = time.monotonic()
        while True:
            status = inlet.status()
            lanes = status["lanes"]
            if not any(lane["pending"] for lane in lanes):
                break
            if time.monotonic() - begin > DEADLINE or any(lane["holding"] for lane in lanes):
                sys.exit(f"error: {name}: {json.dumps(lanes, indent=1)}\n{inlet.log_text()}")
            time.sleep(0.05)
        seconds = time.monotonic() - begin
        cpu, rss = inlet.cpu_seconds(), inlet.rss_bytes()
    return {"seconds": seconds, "cpu": cpu, "rss": rss,
            "sent": sum(lane["bytesSent"] for lane in lanes), "billed": sum(lane["bytesBilled"] for lane in lanes)}


def show(name, result, row_bytes_total, extra=""):
    gigabytes = row_bytes_total / 1e9
    print(f"  {name:18} CPU {result['cpu'] / gigabytes:5.2f} s/GB   {row_bytes_total / 1e6 / result['seconds']:6.0f} MB/s   "
          f"RSS {result['rss'] / 2**20:5.1f} MiB   {extra}", flush=True)


def measure(options, folder, row_bytes):
    journal, rows = fill(options, folder, row_bytes)
    sample = sample_of(options, journal, 32 << 20)
    mean = len(sample) / sample.count(b"\n")
    total = mean * rows
    print(f"\nrows of {mean:.0f} B, {rows} of them, {total / 1e6:.0f} MB", flush=True)
    copies = folder / "copies"
    copies.mkdir(exist_ok=True)

    def fresh(name):
        # Delivered segments are given back, so each measurement has a copy.
        copy = copies / f"{row_bytes}-{name}"
        subprocess.run(["cp", "-r", journal, copy], check=True)
        return copy

    with stand_in(options, folder) as (_, port):
        aws = {"aws.region": "eu-central-1", "aws.endpoint_url": f"http://127.0.0.1:{port}"}
        name = f"firehose-{row_bytes}"
        result = deliver(options, folder, fresh(name), name, {**aws, "sink.firehose.enabled": "true",
                                                              "sink.firehose.linger_ms": 100})
        total = result["sent"] or total
        show("firehose", result, total, f"billed / row bytes {result['billed'] / total:.4f}")
        name = f"firehose-gzip-{row_bytes}"
        zipped = deliver(options, folder, fresh(name), name, {
            **aws, "sink.firehose.enabled": "true", "sink.firehose.linger_ms": 100,
            "sink.firehose.compression": "gzip"})
        show("firehose, gzip", zipped, total, f"billed / row bytes {zipped['billed'] / total:.4f}")
        for codec in ("gzip", "zstd", "off"):
            name = f"s3-{codec}-{row_bytes}"
            objects = deliver(options, folder, fresh(name), name, {
                **aws, "sink.s3.enabled": "true", "sink.s3.bucket": "bench", "sink.s3.roll_ms": 100,
                "sink.s3.compression": codec})
            show(f"s3, {codec}", objects, total, f"ratio {total / objects['sent']:.2f}")
    for codec in ("gzip", "zstd"):
        name = f"lake-{codec}-{row_bytes}"
        objects = deliver(options, folder, fresh(name), name, {
            "sink.lake.enabled": "true", "sink.lake.dir": folder / name / "lake", "sink.lake.roll_ms": 100,
            "sink.lake.compression": codec})
        show(f"folder, {codec}", objects, total, f"ratio {total / objects['sent']:.2f}")
    packed = sum(len(zlib.compress(sample[at:at + 2**20], 6)) for at in range(0, len(sample), 2**20))
    print(f"  {'gzip -6':18} ratio {len(sample) / packed:.2f}, on the first {len(sample) / 1e6:.0f} MB in pieces of 1 MiB")
    return {"row": mean, "rows": rows, "billed": result["billed"], "zipped": zipped["billed"]}


def usd_per_million(billed, rows):
    return billed / rows * 1e6 / 2**30 * USD_PER_GB


def cost_table(measured):
    lines = ["| row, with its line feed | one record per event | packed by inlet | packed and gzip'ed |", "|---|---|---|---|"]
    for result in measured:
        steps = -(-result["row"] // BILLED_STEP)
        alone = usd_per_million(steps * BILLED_STEP * result["rows"], result["rows"])
        packed = usd_per_million(result["billed"], result["rows"])
        zipped = usd_per_million(result["zipped"], result["rows"])
        lines.append(f"| {result['row']:.0f} B | ${alone:.4f} | ${packed:.4f} | ${zipped:.4f} |")
    return "\n".join(lines) + "\n"


def main():
    options = parse_arguments()
    print(f"server on core {options.server_core}, the other side on core {options.other_core}, "
          f"load average {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory(prefix="bench-delivery-", dir=options.dir) as name:
        measured = [measure(options, pathlib.Path(name), size) for size in options.rows]
    print("\nUSD per million events, Firehose ingestion:\n")
    print(cost_table(measured))
    if options.cost_table:
        options.cost_table.write_text(cost_table(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
