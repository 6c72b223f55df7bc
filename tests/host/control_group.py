"""A control group of a machine's own. nspawn makes the machine's groups below that of its caller, always with the same names;
of two machines at once, each would then take away the groups of the other's units while these start."""

import errno
import os
import pathlib
import time
import uuid


def _hierarchies():
    """This process's folder in each hierarchy that systemd uses: version 2's, and its own one of version 1."""
    own = {}
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own[controllers] = path.lstrip("/")
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, options, *_ = line.split()
        if kind == "cgroup2" and "" in own:
            yield pathlib.Path(folder, own[""])
        elif kind == "cgroup" and "name=systemd" in options.split(",") and "name=systemd" in own:
            yield pathlib.Path(folder, own["name=systemd"])


class ControlGroup:
    """REQUIRES: root. Raises OSError where none can be made."""

    def __init__(self):
        name = f"inlet-test-{uuid.uuid4().hex}"
        self.folders = []
        try:
            for hierarchy in _hierarchies():
                (hierarchy / name).mkdir()
                self.folders.append(hierarchy / name)
        except OSError:
            self.remove()
            raise

    def started_in_it(self, command):
        """The command that runs `command` in here."""
        enter = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit 1; shift; done; shift; exec "$@"'
        return ["sh", "-c", enter, "sh", *self.folders, "--", *command]

    def remove(self, timeout=10):
        """Once its processes have ended, which they must be about to do."""
        deadline = time.monotonic() + timeout
        for folder in self.folders:
            for inner, *_ in os.walk(folder, topdown=False):
                while not _removed(inner):
                    if time.monotonic() > deadline:
                        raise TimeoutError(f"{inner} still holds {pathlib.Path(inner, 'cgroup.procs').read_text().split()}")
                    time.sleep(0.02)


def _removed(folder):
    try:
        os.rmdir(folder)
    except OSError as reason:
        if reason.errno != errno.EBUSY:
            raise
        return False
    return True
