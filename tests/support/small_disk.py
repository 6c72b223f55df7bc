"""A small file system of its own for a test: a tmpfs, or ext4 in a file. Mounting needs rights that not every place
gives; where it is not possible the test is skipped."""

import contextlib
import os
import pathlib
import subprocess

import pytest


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextlib.contextmanager
def mounted(folder, *arguments):
    folder.mkdir(parents=True, exist_ok=True)
    done = run("mount", *arguments, folder)
    if done.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        run("umount", "--lazy", folder)


def tmpfs(folder, size):
    return mounted(pathlib.Path(folder), "-t", "tmpfs", "-o", f"size={size}", "tmpfs")


def make_ext4(image, mebibytes):
    with image.open("wb") as file:
        file.truncate(mebibytes << 20)
    done = run("mkfs.ext4", "-q", "-F", image)
    if done.returncode != 0:
        pytest.skip(f"mkfs.ext4 is not to be had: {done.stderr.strip()}")


def ext4(image, folder):
    return mounted(pathlib.Path(folder), "-o", "loop,errors=remount-ro", image)


def fill(folder, leave=0):
    """A file that takes all space but `leave` bytes."""
    path = pathlib.Path(folder, "filling")
    with path.open("wb", buffering=0) as file:
        for piece in (1 << 20, 1 << 16, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(piece))
        file.truncate(max(0, file.tell() - leave))
    os.sync()
    return path
