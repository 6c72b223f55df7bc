"""`deb` is the package; `root` a clean Debian; `bare_machine` runs it; `machine` has inlet installed and serves all tests of
a file, which leave it as they found it."""

import contextlib
import pathlib

import pytest

import debs
from machine import UBUNTU, CannotRun, Machine, clean_root, why_not


def pytest_collection_modifyitems(items):
    """The first test waits for the root, which debootstrap may take minutes to make."""
    for item in items:
        if pathlib.Path(__file__).parent in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(1000))


@pytest.fixture(scope="session")
def deb():
    found = debs.deb()
    assert found is not None, "there is no package: run deploy/build-deb.sh (./test host does), or set INLET_DEB"
    return found


@pytest.fixture(scope="session")
def root():
    if reason := why_not():
        pytest.skip(f"no machine can be started here: {reason}")
    try:
        return clean_root()
    except CannotRun as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def ubuntu_root(root):
    try:
        return clean_root(distribution=UBUNTU)
    except CannotRun as reason:
        pytest.skip(f"no root of Ubuntu: {reason}")


@contextlib.contextmanager
def started(root, folder):
    """A machine; a skip where none can start. (No inlet is in it yet: whatever is wrong then is not its fault.)"""
    with contextlib.ExitStack() as stack:
        try:
            machine = stack.enter_context(Machine(root, folder))
        except CannotRun as reason:
            pytest.skip(f"no machine can be started here: {reason}")
        yield machine


@pytest.fixture
def bare_machine(root, tmp_path):
    with started(root, tmp_path / "machine") as machine:
        yield machine


@pytest.fixture
def ubuntu_machine(ubuntu_root, tmp_path):
    with started(ubuntu_root, tmp_path / "machine") as machine:
        yield machine


@pytest.fixture(scope="module")
def machine(root, deb, tmp_path_factory):
    with started(root, tmp_path_factory.mktemp("machine")) as machine:
        machine.copy(deb, "/var/tmp/inlet.deb")
        machine.run("dpkg", "--install", "/var/tmp/inlet.deb")
        yield machine
