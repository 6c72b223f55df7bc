"""`terraform` makes working copies of deploy/terraform; `account` is an empty account in moto."""

import pytest

from moto_aws import Moto
from terraform import Terraform, why_not


@pytest.fixture
def terraform(tmp_path):
    if reason := why_not():
        pytest.skip(reason)

    def make(name="deployment", **variables):
        return Terraform(tmp_path / name, variables)

    return make


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory):
    if reason := why_not():
        pytest.skip(reason)
    running = Moto(tmp_path_factory.mktemp("moto"))
    yield running
    running.stop()


@pytest.fixture
def account(moto_server):
    moto_server.reset()
    yield moto_server
    assert moto_server.process.poll() is None
