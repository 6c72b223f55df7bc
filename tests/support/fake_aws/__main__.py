"""python -m fake_aws [--port N] [--no-verify] [--discard] [--stream NAME]... [--bucket NAME]...

Prints {"port": ...} on a line, serves until it is ended, and then prints what each stream took. PYTHONPATH=tests/support.
"""

import argparse
import asyncio
import json
import signal
import sys

from fake_aws.app import FakeAws
from fake_aws.quota import Quota


def main():
    parser = argparse.ArgumentParser(prog="fake_aws", description="A strict stand-in for AWS on the loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--no-verify", action="store_true", help="do not compute signatures again")
    parser.add_argument("--discard", action="store_true", help="count records and objects, keep none")
    parser.add_argument("--stream", action="append", default=[], metavar="NAME")
    parser.add_argument("--bucket", action="append", default=[], metavar="NAME")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--quota-bytes", type=int, default=0, metavar="N", help="bytes per second and stream")
    options = parser.parse_args()
    aws = FakeAws(buckets=options.bucket or ["bench"], region=options.region, verify=not options.no_verify,
                  discard=options.discard, port=options.port)
    for name in options.stream or ["inlet-track", "inlet-alias", "inlet-profile", "inlet"]:
        aws.firehose.create(name, Quota(bytes=options.quota_bytes))
    asyncio.run(run(aws))


async def run(aws):
    serving = asyncio.ensure_future(aws.serve(lambda: print(json.dumps({"port": aws.port}), flush=True)))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        pass
    taken = {name: {"records": stream.count, "bytes": stream.bytes} for name, stream in aws.firehose.streams.items()}
    stored = {name: len(bucket.objects) for name, bucket in aws.s3.buckets.items()}
    print(json.dumps({"streams": taken, "objects": stored, "defects": aws.broken}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
