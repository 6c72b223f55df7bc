"""What goes wrong in a soak: each kind takes some seconds and is over when it returns. None of them slows the server down
by itself, as tracing would."""

import contextlib
import resource
import signal
import time

from fake_aws import Fault
from inlet_server import wait_until


class Trouble:
    """`pause(seconds)` waits, or less if the soak ends."""

    def __init__(self, server, aws, draw, pause):
        self.server, self.aws, self.draw, self.pause = server, aws, draw, pause
        self.counts = {}
        self.starting = []  # seconds from exec to ready

    ENDS = ("kill", "kill", "restart")  # of the process
    KINDS = ("outage", "slow_aws", "lost_replies", "failed_records", "missing_right", "no_writes", "no_descriptors",
             "stall", "reload")

    def one(self, may_end):
        kind = self.draw.choice(self.KINDS + (self.ENDS if may_end else ()))
        self.counts[kind] = self.counts.get(kind, 0) + 1
        getattr(self, kind)()
        return kind

    def _start(self):
        began = time.monotonic()
        self.server.start()
        self.starting.append(time.monotonic() - began)

    # The process

    def kill(self):
        self.server.kill9()
        self.aws.client_was_killed()
        self._start()

    def restart(self):
        self.server.terminate()
        self.aws.client_was_killed()  # a call that was cut off may come again
        self._start()

    def stall(self):
        self.server.process.send_signal(signal.SIGSTOP)
        self.pause(self.draw.uniform(0.1, 2))
        self.server.process.send_signal(signal.SIGCONT)

    def reload(self):
        self.server.process.send_signal(signal.SIGHUP)

    # Its host

    @contextlib.contextmanager
    def _limit(self, what, value):
        before = resource.prlimit(self.server.process.pid, what)
        resource.prlimit(self.server.process.pid, what, (value, before[1]))
        try:
            yield
        finally:
            resource.prlimit(self.server.process.pid, what, before)

    def no_writes(self):
        """Every write to a file fails."""
        with self._limit(resource.RLIMIT_FSIZE, 0):
            self.pause(self.draw.uniform(0.5, 3))
        wait_until(self.server.is_ready, what="accepting again, by itself")

    def no_descriptors(self):
        with self._limit(resource.RLIMIT_NOFILE, 3):
            self.pause(self.draw.uniform(0.5, 3))
        wait_until(self.server.is_ready, what="accepting again, by itself")

    # AWS

    def _while(self, *faults, seconds):
        for fault in faults:
            self.aws.faults.add(fault)
        self.pause(self.draw.uniform(*seconds))
        for fault in faults:
            self.aws.faults.remove(fault)

    def outage(self):
        self._while(Fault.refuse("ServiceUnavailable", status=503, times=None), seconds=(5, 30))

    def slow_aws(self):
        self._while(Fault(delay=0.5, times=None), seconds=(2, 10))

    def lost_replies(self):
        self._while(Fault.lose_reply(times=None), seconds=(0.5, 2))

    def failed_records(self):
        self._while(Fault.records("alternate", times=None), seconds=(1, 5))

    def missing_right(self):
        self._while(Fault.refuse("AccessDeniedException", times=None, service="firehose"),
                    Fault.refuse("AccessDenied", status=403, times=None, service="s3"), seconds=(2, 6))
