"""`aws` is a strict stand-in for AWS; `start_firehose` and `start_s3` start servers that deliver to it."""

import pytest

from aws_delivery import BUCKET, STREAMS, firehose_settings, s3_settings
from fake_aws import FakeAws
from moto_aws import Moto


@pytest.fixture
def aws():
    with FakeAws(streams=[*STREAMS, "inlet"], buckets=[BUCKET]) as fake:
        yield fake
        assert not fake.broken, "\n".join(fake.broken)


@pytest.fixture
def start_firehose(start_server, aws):
    """One stream for each type of rows, unless the settings say otherwise."""

    def start(env=None, **settings):
        return start_server(env={**aws.environment(), **(env or {})}, **firehose_settings(aws, **settings))

    yield start
    assert not any(attempt.expect for attempt in aws.ledger.attempts), '"Expect: 100-continue" costs a second a call'
    assert not aws.ledger.wrong_resends(), "rows were sent again after Firehose had said that it has them"


@pytest.fixture
def start_s3(start_server, aws):
    def start(env=None, **settings):
        return start_server(env={**aws.environment(), **(env or {})}, **s3_settings(aws, **settings))

    yield start
    assert not aws.s3.buckets[BUCKET].overwritten, "an object was stored twice"


@pytest.fixture(scope="session")
def moto_process(tmp_path_factory):
    running = Moto(tmp_path_factory.mktemp("moto"))
    yield running
    running.stop()


@pytest.fixture
def moto(moto_process):
    """Empty, and nothing is checked until moto.enforce()."""
    moto_process.reset()
    yield moto_process
    assert moto_process.process.poll() is None
