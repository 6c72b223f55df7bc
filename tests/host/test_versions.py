"""The version that deploy/build-deb.sh gives a package. Compiler and packager are played; no root is needed."""

import os
import shutil
import subprocess

import pytest

from inlet_server import ROOT

PLAYED = {
    "cmake": 'for word; do case "$word" in -DINLET_PACKAGE_VERSION=*) echo "${word#*=}" >version ;; esac; done',
    "ninja": "",
    "cpack": 'touch "build/package/inlet_$(cat version)_$(dpkg --print-architecture).deb"',
}


class Checkout:
    def __init__(self, folder):
        self.folder, self.tools = folder / "inlet", folder / "tools"
        self.tools.mkdir()
        for name, text in PLAYED.items():
            (self.tools / name).write_text(f"#!/bin/bash\n{text}\n")
            (self.tools / name).chmod(0o755)
        for name in ("deploy/build-deb.sh", "scripts/lib.sh", "scripts/packages.sh"):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.folder / name)
        self.write("CMakeLists.txt", "project(inlet VERSION 0.1.0 LANGUAGES CXX)\n")
        self.write("CHANGELOG.md", "")
        self.write(".gitignore", "/build/\n/version\n")

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def git(self, *words, at=0):
        when = f"{1_764_000_000 + at} +0000"
        done = subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words], cwd=self.folder, text=True,
                              capture_output=True, check=True, env={**os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when})
        return done.stdout.strip()

    def commit(self, at):
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", "more", at=at)
        return self.git("rev-parse", "--short=10", "HEAD")

    def version(self, *options):
        environment = {**os.environ, "PATH": f"{self.tools}:{os.environ['PATH']}", "INLET_NO_INSTALL": "1"}
        environment.pop("SOURCE_DATE_EPOCH", None)
        done = subprocess.run(["bash", "deploy/build-deb.sh", *options], cwd=self.folder, capture_output=True, text=True,
                              check=False, env=environment)
        assert done.returncode == 0, done.stderr
        made = done.stdout.splitlines()[-1]
        assert [str(path.relative_to(self.folder)) for path in self.folder.glob("build/package/*")] == [made]
        return made.split("_")[1]


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_a_source_without_git_has_the_version_of_its_release(checkout):
    assert checkout.version() == "0.1.0"
    assert checkout.version("--version", "7.0~test") == "7.0~test"


def test_a_commit_has_its_time_and_its_hash_and_a_tagged_one_neither(checkout):
    checkout.git("init", "--quiet")
    before = checkout.commit(at=0)
    assert checkout.version() == f"0.1.0~git20251124160000.{before}"
    checkout.commit(at=60)
    checkout.git("tag", "v0.1.0")
    assert checkout.version() == "0.1.0"
    after = checkout.commit(at=120)
    assert checkout.version() == f"0.1.0+git20251124160200.{after}"


def test_what_is_not_committed_counts_by_the_time_of_its_newest_file(checkout):
    checkout.git("init", "--quiet")
    commit = checkout.commit(at=0)
    checkout.git("tag", "v0.1.0")
    checkout.write("new.cpp", "")
    os.utime(checkout.folder / "new.cpp", (1_764_000_060, 1_764_000_060))
    dirty = f"0.1.0+git20251124160000.{commit}.dirty20251124160100"
    assert checkout.version() == dirty and checkout.version() == dirty
    (checkout.folder / "new.cpp").unlink()
    (checkout.folder / "CHANGELOG.md").unlink()
    checkout.write("CMakeLists.txt", "project(inlet VERSION 0.1.0 LANGUAGES CXX)\n#\n")
    os.utime(checkout.folder / "CMakeLists.txt", (1_764_000_090, 1_764_000_090))
    assert checkout.version() == f"0.1.0+git20251124160000.{commit}.dirty20251124160130"


def test_each_version_is_later_than_the_one_before(checkout):
    versions = []

    def build():
        versions.append(checkout.version())

    checkout.git("init", "--quiet")
    checkout.commit(at=0)
    build()
    checkout.write("new.cpp", "")
    build()
    checkout.commit(at=1)
    build()
    checkout.commit(at=2)
    checkout.git("tag", "v0.1.0")
    build()
    checkout.commit(at=3)
    build()
    checkout.commit(at=4)
    build()
    checkout.write("CMakeLists.txt", "project(inlet VERSION 0.2.0 LANGUAGES CXX)\n")
    checkout.commit(at=5)
    build()
    for earlier, later in zip(versions, versions[1:]):
        assert subprocess.run(["dpkg", "--compare-versions", earlier, "lt", later], check=False).returncode == 0, (earlier, later)
