"""What the tests of delivery to AWS have in common."""

import json
import threading
import time

import lake
from inlet_server import event, wait_until
from raw_http import ProtocolError, request

TYPES = ("track", "alias", "profile")
STREAMS = [f"inlet-{name}" for name in TYPES]
BUCKET = "lake"
ONE_STREAM = {"sink.firehose.delivery_stream": "inlet"}


def aws_settings(aws, **settings):
    return {"sink.lake.enabled": "false", "aws.endpoint_url": aws.url, "aws.region": aws.region,
            "server.drain_timeout_ms": 2000, **settings}


def firehose_settings(aws, **settings):
    return aws_settings(aws, **{"sink.firehose.enabled": "true", "sink.firehose.linger_ms": 20, **settings})


def s3_settings(aws, **settings):
    return aws_settings(aws, **{"sink.s3.enabled": "true", "sink.s3.bucket": BUCKET, "sink.s3.roll_ms": 100, **settings})


def lane(server, name):
    return next(lane for lane in server.status()["lanes"] if lane["name"] == name)


def wait_delivered(server, name, rows, timeout=20):
    """The lane, once it has delivered at least so many rows and has saved that."""
    try:
        wait_until(lambda: lane(server, name)["delivered"] >= rows, timeout, f"delivery of {rows} rows by {name}")
    except TimeoutError as error:
        raise AssertionError(f"{error}: {lane(server, name)}\n{server.log_text()[-4000:]}") from None
    return lane(server, name)


def wait_failing(server, name, text="", timeout=20):
    def fails():
        seen = lane(server, name)
        return seen if seen["failing"] and text in seen.get("lastError", "") else None

    try:
        return wait_until(fails, timeout)
    except TimeoutError:
        raise AssertionError(f"no failure with {text!r}: {lane(server, name)}\n{server.log_text()[-4000:]}") from None


def track(server, count, first=0, size=0):
    """One request with `count` numbered events, each of about `size` bytes."""
    metadata = {"fill": "x" * size} if size else {}
    response = server.track("u", *[event(f"e{first + number}", metadata) for number in range(count)])
    assert response.status == 200, response.body


def one_of_each(server):
    track(server, 1)
    assert server.post("/alias", {"newUserId": "b", "originalUserId": "a", "timestampUTC": 2}).status == 200
    assert server.post("/profile", {"userId": "u", "attributes": {"a": 1}, "timestampUTC": 3}).status == 200


def names(rows):
    return [row["eventName"] for row in rows]


def each_once(rows, count):
    """All of e0 to e(count-1), each once, and no number of a row twice."""
    assert sorted(names(rows), key=lambda name: int(name[1:])) == [f"e{number}" for number in range(count)]
    assert len({(row["node"], row["seq"]) for row in rows}) == count


def bucket_rows(items):
    """Rows of objects of the stand-in, checked as those of a local lake are."""
    found = []
    for item in items:
        named = lake.OBJECT.search(item.key)
        if item.key.rpartition("/")[2].startswith("_"):
            continue
        assert named, f"a foreign object: {item.key}"
        text = lake.decompressed(item.content, named["codec"])
        assert text.endswith(b"\n"), f"{item.key} ends in a torn line"
        for line in text.split(b"\n")[:-1]:
            row = json.loads(line)
            assert row["type"] == named["type"] and row["node"] == named["node"], item.key
            assert int(named["first"]) <= row["seq"] <= int(named["last"]), item.key
            found.append(row)
    return found


class Poster(threading.Thread):
    """Posts numbered events over one connection after another until it is stopped; what was answered with 200 is in
    `answered`, what got no answer in `unknown`."""

    def __init__(self, server, number):
        super().__init__(daemon=True)
        self.server, self.number = server, number
        self.answered, self.unknown = [], []
        self.stopping = threading.Event()

    def run(self):
        sent = 0
        while not self.stopping.is_set():
            try:
                with self.server.connect(timeout=10) as connection:
                    while not self.stopping.is_set():
                        self._post(connection, f"{self.number}-{sent}")
                        sent += 1
            except OSError:
                sent += 1
                time.sleep(0.005)  # the server is down: try again soon

    def _post(self, connection, name):
        self.unknown.append(name)
        body = json.dumps({"userId": "u", "events": [event(name)]}).encode()
        try:
            connection.send(request("POST", "/track", body))
            status = connection.read().status
        except ProtocolError as error:
            raise ConnectionResetError(str(error)) from error
        if status == 200:
            self.answered.append(self.unknown.pop())


class Load:
    """with Load(server) as load: ...; load.answered, load.unknown afterwards."""

    def __init__(self, server, clients=4):
        self.posters = [Poster(server, number) for number in range(clients)]

    def __enter__(self):
        for poster in self.posters:
            poster.start()
        return self

    def __exit__(self, *_):
        for poster in self.posters:
            poster.stopping.set()
        for poster in self.posters:
            poster.join(30)
            assert not poster.is_alive()

    def count(self):
        return sum(len(poster.answered) for poster in self.posters)

    @property
    def answered(self):
        return {name for poster in self.posters for name in poster.answered}

    @property
    def unknown(self):
        return {name for poster in self.posters for name in poster.unknown}
