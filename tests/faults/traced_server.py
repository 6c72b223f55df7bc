"""A server some of whose system calls fail, wait, or are its last: strace does that to the real program."""

import pathlib
import shutil
import subprocess

import pytest

from inlet_server import InletServer, wait_until

# The calls by which the journal and the lake change the disk.
DISK_CALLS = ("openat", "pwrite64", "fdatasync", "fsync", "fallocate", "rename", "unlink", "mkdir", "flock")


def need_strace():
    """Containers may forbid to trace."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("strace may not trace here (ptrace)")


class TracedServer(InletServer):
    """`inject`: what strace -e inject= takes. Its counts are those of each thread. Empty: the plain server."""

    inject = ()
    trace_file = "/dev/null"
    traced_calls = DISK_CALLS

    def __init__(self, folder, settings=None, env=None):
        # LeakSanitizer traces, too, and two cannot.
        super().__init__(folder, settings, {"ASAN_OPTIONS": "detect_leaks=0", **(env or {})})

    def command(self):
        if not self.inject and self.trace_file == "/dev/null":
            return super().command()
        calls = ",".join(sorted({name for spec in self.inject for name in spec.split(":")[0].split(",")}) or self.traced_calls)
        # -D: the child is the server, strace stands aside.
        return ["strace", "-D", "-f", "-qq", "-o", str(self.trace_file), "-e", f"trace={calls}",
                "-e", "signal=none", *[word for spec in self.inject for word in ("-e", f"inject={spec}")],
                "--", *super().command()]

    def survives_start(self):
        """Starts it; False if a call of its start was its last."""
        self.start(wait=False)
        wait_until(lambda: self.process.poll() is not None or self.is_ready(), what="a start or an end")
        return self.is_running()

    def survives_stop(self):
        """Asks it to stop; False if it did not come to that."""
        if self.is_running():
            self.process.terminate()
        return self.process.wait(20) == 0

    def calls_made(self):
        """How often the thread that made most of them made each call, from trace_file."""
        counts = {}
        for line in pathlib.Path(self.trace_file).read_text(encoding="utf-8").splitlines():
            thread, _, rest = line.partition(" ")
            name = rest.strip().partition("(")[0]
            if name in self.traced_calls and "resumed" not in rest:
                counts[thread, name] = counts.get((thread, name), 0) + 1
        return {name: max(count for (_, other), count in counts.items() if other == name)
                for name in sorted({name for _, name in counts})}
