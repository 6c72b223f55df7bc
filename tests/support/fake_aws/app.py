"""Puts the services behind one port, with faults in front of them and the books behind."""

import asyncio
import pathlib
import re
import socket
import ssl
import threading
import time
import traceback
import warnings

from fake_aws import http
from fake_aws.autoscaling import AutoScaling
from fake_aws.cloudwatch import CloudWatch
from fake_aws.credentials import Container, Issuer, Metadata, Sts
from fake_aws.errors import AwsError
from fake_aws.faults import Faults
from fake_aws.firehose import Firehose
from fake_aws.ledger import Ledger
from fake_aws.s3 import S3
from fake_aws.signature import Gatekeeper

KEY, SECRET = "AKIAFAKEFAKEFAKEFAKE", "fake/secret+access/key"


class FakeAws:
    """A server on a thread of its own. `url` is the endpoint of all services."""

    def __init__(self, streams=(), buckets=(), *, region="eu-central-1", verify=True, discard=False, certificate=None,
                 old_tls=False, port=0):
        self.region, self.discard, self.port = region, discard, port
        self.clock_offset = 0  # seconds that this AWS is ahead of the host
        self.gatekeeper = Gatekeeper(region, self.clock, verify)
        self.gatekeeper.add(KEY, SECRET)
        self.issuer = Issuer(self)
        self.firehose, self.s3, self.sts = Firehose(self), S3(self), Sts(self)
        self.metadata, self.container = Metadata(self), Container(self)
        self.cloudwatch, self.autoscaling = CloudWatch(self), AutoScaling(self)
        self.faults, self.ledger = Faults(), Ledger()
        self.ledger.discard = discard
        self.certificate = certificate  # (certificate file, key file): HTTPS
        self.old_tls = old_tls          # nothing newer than TLS 1.1
        self.broken = []  # defects of this stand-in: a test must find none
        self.clients = set()
        self._loop = self._thread = None
        for name in streams:
            self.firehose.create(name)
        for name in buckets:
            self.s3.create(name)

    # Life

    def start(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve(ready.set)), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the stand-in for AWS does not start")
        return self

    async def serve(self, ready=lambda: None):
        context = self._tls() if self.certificate else None
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = await http.listen(self._answer, self.port, context, self.clock, self.clients)
        self.port = server.sockets[0].getsockname()[1]
        ready()
        await self._stopping.wait()
        server.close()

    def _tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(pathlib.Path, self.certificate))
        if self.old_tls:
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore"):  # Python thinks little of them too
                context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        return context

    def stop(self):
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def clock(self):
        return time.time() + self.clock_offset

    def environment(self, **more):
        """What a client needs, and nothing of the host's own account."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_REGION": self.region, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                **more}

    def client_was_killed(self):
        """To be called when the only client is dead, over plain HTTP. What it had sent counts to its life, so that is looked at
        first."""
        assert not self.certificate
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as behind_all_others:
            self._wait_until(lambda: behind_all_others.getsockname() in self.clients)
        self._wait_until(lambda: not self.clients)
        self.ledger.crash()

    def _wait_until(self, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"clients of the stand-in for AWS are still there: {self.clients}")
            time.sleep(0.001)

    # A request

    def service_of(self, request):
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/(\w+)/aws4_request", request.header("authorization"))
        if "x-amz-target" in request.headers or (scope and scope[1] == "firehose"):
            return self.firehose
        if scope:
            return {"sts": self.sts, "monitoring": self.cloudwatch, "autoscaling": self.autoscaling}.get(scope[1], self.s3)
        if request.path.startswith("/latest/"):
            return self.metadata
        if request.path.startswith("/container"):
            return self.container
        return self.sts if b"Action=" in request.body[:4096] else self.s3

    async def _answer(self, request):
        service = self.service_of(request)
        try:
            return await self._answer_with(service, request)
        except AwsError as error:
            return service.render_error(error, request)
        except Exception:  # told to the test, which fails
            self.broken.append(traceback.format_exc())
            return service.render_error(AwsError("InternalFailure", "defect of the stand-in", 500), request)

    async def _answer_with(self, service, request):
        operation, resource = service.operation(request), service.resource(request)
        attempt = self.ledger.open(service.name, operation, resource, request)
        contents = service.contents(request, operation) if self.faults.waiting() else ()
        fault = self.faults.take(service.name, operation, resource, contents)
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault and fault.reset:
            return http.Reply(drop="reset")
        try:
            service.authorize(request, operation, resource)
            if fault and fault.error:
                raise fault.error
            reply = service.handle(request, operation, attempt, fault)
        except AwsError as error:
            attempt.code = error.code
            reply = service.render_error(error, request)
        reply, truth = fault.change(reply) if fault else (reply, True)
        attempt.status = reply.status

        def sent(whole):
            attempt.told = whole and truth

        reply.sent = sent
        return reply
