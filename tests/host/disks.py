"""Disks that are files, attached to the machine that runs the tests."""

import contextlib
import os
import subprocess


class Disk:
    """A block device, blank at first. Detached when its `with` block ends."""

    def __init__(self, path, megabytes=1024):
        self.path = path
        with open(path, "wb") as file:
            os.truncate(file.fileno(), megabytes << 20)  # sparse
        self.device = None

    def __enter__(self):
        done = subprocess.run(["losetup", "--find", "--show", self.path], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OSError(f"no disk can be attached: {done.stderr.strip()}")
        self.device = done.stdout.strip()
        return self

    def __exit__(self, *_):
        subprocess.run(["losetup", "--detach", self.device], check=False)

    def tell(self, tag):
        """What blkid knows about it: TYPE, UUID; "" if nothing."""
        return subprocess.run(["blkid", "--probe", "--match-tag", tag, "--output", "value", self.device], capture_output=True,
                              text=True, check=False).stdout.strip()

    @contextlib.contextmanager
    def mounted(self, folder):
        folder.mkdir(exist_ok=True)
        subprocess.run(["mount", self.device, folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)
