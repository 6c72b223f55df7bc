"""A load test whose outcome can be checked: visitors with sessions, and servers that send in bursts.

    locust -f deploy/load/locustfile.py --headless -u 100 -r 10 -t 5m --host https://events.example.com --ledger ledger

Every row that is sent carries a `messageId` of its own, and the ledger keeps what became of it: check_lake.py compares
the ledger with the lake. docs/load-test.md tells how to run it and how to read it.
"""

import gzip
import json
import random
import time

from locust import FastHttpUser, between, events, task

import traffic
from ledger import Ledger

# As a client library would: a refusal that passes is tried again, the same rows under the same names.
TRIES = 5
PASSING = {0, 408, 429, 500, 502, 503, 504}  # 0: no answer at all
LONGEST_PAUSE = 30.0  # seconds, whatever Retry-After says


@events.init_command_line_parser.add_listener
def add_options(parser):
    parser.add_argument("--ledger", default="ledger", env_var="INLET_LOAD_LEDGER",
                        help="folder for what became of each row (default: ledger)")
    parser.add_argument("--write-key", default="", env_var="INLET_LOAD_WRITE_KEY", is_secret=True,
                        help="sent with each request, if the server asks for one")
    parser.add_argument("--think", type=float, default=1.0, env_var="INLET_LOAD_THINK",
                        help="factor for the pauses of users: 0.1 makes them ten times as busy (default: 1)")
    parser.add_argument("--allow-any-certificate", action="store_true", env_var="INLET_LOAD_ANY_CERTIFICATE",
                        help="do not check the server's certificate, for a test system with one of its own")


@events.test_start.add_listener
def open_ledger(environment, **_):
    # With workers the main process sends nothing itself.
    if type(environment.runner).__name__ != "MasterRunner":
        environment.ledger = Ledger(environment.parsed_options.ledger)


@events.test_stop.add_listener
def close_ledger(environment, **_):
    ledger = getattr(environment, "ledger", None)
    if ledger is not None:
        ledger.close()
        print(f"ledger: {ledger.path}: {ledger.summary()}")


class Sender(FastHttpUser):
    """What all kinds of users share: a request, tried again as long as its refusal may pass."""

    abstract = True
    connection_timeout = 10
    network_timeout = 30

    def __init__(self, environment):
        options = environment.parsed_options
        self.insecure = options.allow_any_certificate
        super().__init__(environment)
        self.draw = random.Random()
        self.think = options.think
        self.headers = {"Content-Type": "application/json"}
        if options.write_key:
            self.headers["Authorization"] = f"Bearer {options.write_key}"

    def pause(self, shortest, longest):
        time.sleep(self.draw.uniform(shortest, longest) * self.think)

    def send(self, path, body, ids, compress=False):
        """Posts `body`, whose rows are named `ids`. Returns whether it was answered with 200."""
        ledger = self.environment.ledger
        data, headers = json.dumps(body, ensure_ascii=False).encode(), self.headers
        if compress:
            data, headers = gzip.compress(data, 6), {**headers, "Content-Encoding": "gzip"}
        for attempt in range(TRIES):
            ledger.note("sent", ids)
            status, accepted, retry_after = self._post(path, data, headers, len(ids))
            if status == 200:
                ledger.note("answered" if accepted else "unknown", ids)
                return accepted
            if status not in PASSING:
                ledger.note("refused", ids)
                return False
            if attempt + 1 < TRIES:
                time.sleep(min(LONGEST_PAUSE, max(retry_after, 0.1 * 2 ** attempt)) * self.draw.uniform(0.8, 1.2))
        ledger.note("unknown", ids)
        return False

    def _post(self, path, data, headers, rows):
        """Status (0: no answer), whether all rows were accepted, and the seconds of Retry-After."""
        with self.client.post(path, data=data, headers=headers, catch_response=True) as response:
            status, accepted, retry_after = response.status_code, False, ""
            if status == 200:
                accepted = response.json() is not None and response.json().get("accepted") == rows
                if not accepted:
                    response.failure(f"200, but not for {rows} rows: {response.text[:100]}")
            elif status:
                response.failure(f"status {status}")
                retry_after = response.headers.get("Retry-After", "")
            return status, accepted, float(retry_after) if retry_after.isdigit() else 0.0



class Visitor(Sender):
    """One browser or phone after another: it looks around, sends what it saw in small batches, and perhaps signs in."""

    weight = 20

    @task
    def session(self):
        session = traffic.Session(self.draw)
        user = session.cookie
        waiting = []
        for number in range(session.length):
            waiting.append(traffic.event(self.draw, session, number))
            if number == session.signs_in_at:
                user = self.sign_in(session)
            if len(waiting) >= session.batch or number + 1 == session.length:
                self.track(user, waiting)
                waiting = []
            self.pause(0.5, 3)

    def track(self, user, batch):
        ids = self.environment.ledger.new_ids(len(batch))
        for event, name in zip(batch, ids):
            event["messageId"] = name
        self.send("/track", {"userId": user, "events": batch}, ids)

    def sign_in(self, session):
        alias, profile = self.environment.ledger.new_ids(2)
        now = traffic.now()
        self.send("/alias", {"newUserId": session.account, "originalUserId": session.cookie, "timestampUTC": now,
                             "messageId": alias}, [alias])
        self.send("/profile", {"userId": session.account, "attributes": traffic.attributes(self.draw, session),
                               "timestampUTC": now, "messageId": profile}, [profile])
        return session.account


class Backend(Sender):
    """A server that gathers events of many sessions and sends them in a burst: large bodies, compressed."""

    weight = 1

    def wait_time(self):
        return between(10, 30)(self) * self.think

    @task
    def burst(self):
        for _ in range(self.draw.randint(5, 20)):
            session = traffic.Session(self.draw)
            batch = [traffic.event(self.draw, session, number) for number in range(self.draw.randint(10, 100))]
            ids = self.environment.ledger.new_ids(len(batch))
            for event, name in zip(batch, ids):
                event["messageId"] = name
            self.send("/track", {"userId": session.account, "events": batch}, ids, compress=True)
