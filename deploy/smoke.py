#!/usr/bin/env python3
"""Tries a deployment: sends an event, an alias and a profile, waits until each is in the bucket once, runs the saved queries of
Athena, and looks at the alarms.

    deploy/smoke.py                         what `terraform apply` in deploy/terraform has made
    deploy/smoke.py --endpoint https://events.example.com --bucket example-lake --region eu-central-1

The three rows stay in the lake: they are of a user "inlet-smoke-..." whose name is new each time, and an alias to it. They are
found by reading what has come into the bucket below raw/ since the start. Rows as Parquet are not found.

Needs the AWS CLI, and rights to list and read the bucket, to run queries, and to describe alarms. Exit status: 0 all is well;
1 something is wrong; 2 nothing was tried, because a tool or an option is missing.
"""

import argparse
import collections
import datetime
import gzip
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

TYPES = ("track", "alias", "profile")
TERRAFORM = pathlib.Path(__file__).resolve().parent / "terraform"
# What a server says that is starting, full or too busy, or that is no server yet.
TRY_AGAIN = (408, 429, 500, 502, 503, 504)


class Wrong(Exception):
    """The deployment does not do what it should."""


class Unusable(Exception):
    """Nothing can be tried."""


class Progress:
    """One line that tells what is waited for; on a terminal it is written over."""

    def __init__(self, timeout):
        self.start, self.timeout, self.before = time.monotonic(), timeout, ""

    def waits_for(self, what):
        """False when the time is over."""
        if sys.stdout.isatty():
            print(f"\r\033[K{time.monotonic() - self.start:4.0f} s: {what}", end="", flush=True)
        elif what != self.before:
            print(f"{time.monotonic() - self.start:4.0f} s: {what}", flush=True)
        self.before = what
        return time.monotonic() - self.start < self.timeout

    def says(self, text):
        print(("\r\033[K" if sys.stdout.isatty() else "") + text, flush=True)


class Aws:
    """The AWS CLI."""

    def __init__(self, region):
        self.region = ["--region", region] if region else []

    def run(self, *arguments):
        done = subprocess.run(["aws", *arguments, *self.region], capture_output=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Wrong(f"aws {' '.join(arguments[:2])}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def ask(self, *arguments):
        return json.loads(self.run(*arguments, "--output", "json") or b"null")


# Sending


def requests(user):
    now = int(time.time() * 1000)
    return {
        "track": {"userId": user, "events": [{"eventName": "inlet-smoke", "metadata": {}, "timestampUTC": now}]},
        "alias": {"newUserId": user, "originalUserId": f"{user}-before", "timestampUTC": now},
        "profile": {"userId": user, "attributes": {"smoke": True}, "timestampUTC": now},
    }


def post(url, body, headers):
    """None if it was taken, else why not, and whether to try again."""
    call = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(call, timeout=30) as response:
            text = response.read().decode(errors="replace")
            return None if re.search(r'"accepted": *1\b', text) else (f"{response.status} {text[:300]}", False)
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode(errors='replace')[:300]}", error.code in TRY_AGAIN
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error)), isinstance(error, OSError)


def send(endpoint, user, write_key, progress):
    for kind, body in requests(user).items():
        # Tried again under one name, a row has the same id.
        headers = {"Idempotency-Key": f"{user}-{kind}", **({"X-Write-Key": write_key} if write_key else {})}
        while refused := post(f"{endpoint}/{kind}", body, headers):
            reason, again = refused
            if not (again and progress.waits_for(f"{endpoint}/{kind} to answer 200 (now: {reason})")):
                raise Wrong(f"{endpoint}/{kind} does not take the {kind} row: {reason}")
            time.sleep(2)
    progress.says(f"sent      an event, an alias and a profile of {user} to {endpoint}")


# The bucket


class Bucket:
    """What comes into the folders of today from now on, each object read once."""

    def __init__(self, aws, name, prefix, user):
        self.aws, self.name, self.place, self.user = aws, name, f"{prefix}raw/", user.encode()
        self.first_day = datetime.datetime.now(datetime.timezone.utc).date()
        self.rows = collections.defaultdict(list)
        self.known = set(self._keys(TYPES))

    def missing(self):
        return [kind for kind in TYPES if not self.rows[kind]]

    def look(self):
        for key in self._keys(self.missing()):
            if key not in self.known:
                self._read(key)
                self.known.add(key)

    def _keys(self, types):
        today = datetime.datetime.now(datetime.timezone.utc).date()
        for folder in ("all", *types):  # "all": one stream for all types
            for day in sorted({self.first_day, today}):
                listed = self.aws.ask("s3api", "list-objects-v2", "--bucket", self.name, "--prefix", f"{self.place}type={folder}/dt={day}/")
                yield from (item["Key"] for item in (listed or {}).get("Contents") or [])

    def _read(self, key):
        data = self.aws.run("s3", "cp", "--quiet", f"s3://{self.name}/{key}", "-")
        if data.startswith(b"\x28\xb5\x2f\xfd"):
            raise Wrong(f"s3://{self.name}/{key} is zstd, which this cannot read")
        for line in (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).split(b"\n"):
            if self.user in line:
                row = json.loads(line)
                self.rows[row["type"]].append(row["id"])


def wait_for_rows(bucket, progress):
    bucket.look()
    while bucket.missing():
        what = f"{', '.join(bucket.missing())}"
        if not progress.waits_for(f"{what} to come into s3://{bucket.name}/{bucket.place}"):
            raise Wrong(f"{what}: not in s3://{bucket.name}/{bucket.place} after {progress.timeout:.0f} s. Is there something below errors/? "
                        "Are rows kept as Parquet?")
        time.sleep(min(5, progress.timeout / 10))
        bucket.look()
    for kind in TYPES:
        ids = collections.Counter(bucket.rows[kind])
        if len(ids) != 1:
            raise Wrong(f"the {kind} row is there {len(ids)} times, with different ids: {', '.join(ids)}")
        (row_id, copies), = ids.items()
        more = f" ({copies} copies with one id: readers keep one of them)" if copies > 1 else ""
        progress.says(f"arrived   {kind} {row_id}{more}")


# Saved queries


def run_queries(aws, workgroup, progress):
    listed = aws.ask("athena", "list-named-queries", "--work-group", workgroup)["NamedQueryIds"]
    saved = [aws.ask("athena", "get-named-query", "--named-query-id", query)["NamedQuery"] for query in listed]
    # The view first: the others read it.
    for query in sorted(saved, key=lambda query: (not query["QueryString"].startswith("CREATE"), query["Name"])):
        run = aws.ask("athena", "start-query-execution", "--work-group", workgroup, "--query-string", query["QueryString"],
                      "--query-execution-context", f"Database={query['Database']}")["QueryExecutionId"]
        wait_for_query(aws, query["Name"], run, progress)
    progress.says(f"queries   {len(saved)} saved queries ran" if saved else "queries   none are saved")


def wait_for_query(aws, name, run, progress):
    while True:
        status = aws.ask("athena", "get-query-execution", "--query-execution-id", run)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] not in ("QUEUED", "RUNNING") or not progress.waits_for(f"the saved query {name}"):
            raise Wrong(f"the saved query {name}: {status['State']} {status.get('StateChangeReason', '')}".rstrip())
        time.sleep(1)


# Alarms


def check_alarms(aws, topic, progress):
    """An alarm that was raised while everything was starting may end."""
    while True:
        listed = aws.ask("cloudwatch", "describe-alarms")["MetricAlarms"]
        states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in listed if topic in alarm["AlarmActions"]}
        if not states:
            raise Wrong(f"there is no alarm that tells {topic}")
        raised = sorted(name for name, state in states.items() if state == "ALARM")
        if not raised:
            break
        if not progress.waits_for(f"the end of {', '.join(raised)}"):
            raise Wrong(f"in alarm: {', '.join(raised)} (what to do: docs/deploy.md, Alarms)")
        time.sleep(min(5, progress.timeout / 10))
    quiet = sum(state == "INSUFFICIENT_DATA" for state in states.values())
    progress.says(f"alarms    none of {len(states)} is raised" + (f" ({quiet} have seen no data yet)" if quiet else ""))


# What to try


def terraform_outputs(folder):
    if shutil.which("terraform") is None:
        raise Unusable("terraform is not installed. Name --endpoint and --bucket instead.")
    done = subprocess.run(["terraform", "output", "-json"], cwd=folder, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    outputs = json.loads(done.stdout) if done.returncode == 0 else {}
    if "endpoint" not in outputs:
        raise Unusable(f"terraform has made nothing in {folder}: {done.stderr.strip() or 'there is no output endpoint'}\n"
                       "Name --endpoint and --bucket, or apply first.")
    return {name: output["value"] for name, output in outputs.items()}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", metavar="URL", help="where clients POST to (default: terraform's output)")
    parser.add_argument("--bucket", metavar="NAME", help="bucket of the lake (default: terraform's output)")
    parser.add_argument("--prefix", default="", help="what stands before raw/ in the bucket (sink.s3.prefix)")
    parser.add_argument("--region", help="region of bucket and alarms (default: the topic's, else the AWS CLI's)")
    parser.add_argument("--alarm-topic", metavar="ARN", help="topic of the alarms to look at (default: terraform's output, else none)")
    parser.add_argument("--workgroup", metavar="NAME", help="workgroup of Athena whose saved queries are run (default: terraform's output, else none)")
    parser.add_argument("--terraform", metavar="FOLDER", default=TERRAFORM, help="where terraform was applied (default: %(default)s)")
    parser.add_argument("--write-key", metavar="KEY", help="if auth.write_keys are in use")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=1200, help="how long all of it may take (default: %(default)s)")
    chosen = parser.parse_args()
    if bool(chosen.endpoint) != bool(chosen.bucket):
        parser.error("--endpoint and --bucket go together")
    if chosen.endpoint and not re.match(r"https?://[^/]", chosen.endpoint):
        parser.error(f"{chosen.endpoint} is no URL: it begins with https:// or http://")
    if chosen.timeout <= 0:
        parser.error("--timeout is a number of seconds")
    if shutil.which("aws") is None:
        raise Unusable("the AWS CLI (aws) is not installed: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")
    if not chosen.endpoint:
        outputs = terraform_outputs(chosen.terraform)
        chosen.endpoint, chosen.bucket = outputs["endpoint"], outputs["bucket"]
        chosen.alarm_topic = chosen.alarm_topic or outputs.get("alarm_topic")
        chosen.workgroup = chosen.workgroup or outputs.get("workgroup")
    if chosen.alarm_topic and not chosen.region:
        chosen.region = (chosen.alarm_topic.split(":") + [""] * 4)[3]  # arn:aws:sns:REGION:...
    chosen.endpoint = chosen.endpoint.rstrip("/")
    return chosen


def smoke(chosen):
    user = f"inlet-smoke-{uuid.uuid4().hex}"
    aws, progress = Aws(chosen.region), Progress(chosen.timeout)
    bucket = Bucket(aws, chosen.bucket, chosen.prefix, user)
    send(chosen.endpoint, user, chosen.write_key, progress)
    wait_for_rows(bucket, progress)
    if chosen.workgroup:
        run_queries(aws, chosen.workgroup, progress)
    else:
        progress.says("queries   not run (--workgroup)")
    if chosen.alarm_topic:
        check_alarms(aws, chosen.alarm_topic, progress)
    else:
        progress.says("alarms    not looked at (--alarm-topic)")


def main():
    try:
        smoke(options())
    except Unusable as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except Wrong as problem:
        print(f"\nFAILED: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 1
    print("OK: rows get through, each once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
