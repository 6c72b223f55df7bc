"""A machine of its own for a test: a clean Debian root, booted by systemd-nspawn with a network that holds nothing but
loopback. The root is made once by debootstrap and kept in build/host; each machine writes into a layer of its own.

    with Machine(clean_root(), folder) as machine:
        machine.copy(deb, "/inlet.deb")
        machine.run("dpkg", "-i", "/inlet.deb")
        with machine.network():
            ...                  # this thread's sockets, and those of threads that it starts, are inside
"""

import contextlib
import ctypes
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import time

from control_group import ControlGroup

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "build/host"
CLONE_NEWNET = 0x40000000  # <sched.h>


@dataclasses.dataclass(frozen=True)
class Distribution:
    """`packages`: what inlet depends on and recommends, and what Ansible and the scripts of deploy/ need on a host."""

    suite: str
    mirror: str
    packages: tuple
    options: tuple = ()
    script: str = ""  # of debootstrap, if it has none of that name


# Pebble plays the authority of certificates.
DEBIAN = Distribution("bookworm", os.environ.get("INLET_TEST_MIRROR", "http://deb.debian.org/debian"),
                      ("systemd", "systemd-sysv", "dbus", "libcurl4", "libssl3", "ca-certificates", "openssl", "lego",
                       "pebble", "python3", "python3-apt", "curl", "openssh-server", "sudo", "git"))
# Debian has no key of Ubuntu's archive: there HTTPS has to do.
UBUNTU = Distribution("noble", os.environ.get("INLET_TEST_UBUNTU_MIRROR", "https://archive.ubuntu.com/ubuntu"),
                      ("systemd", "systemd-sysv", "dbus", "libcurl4t64", "libssl3t64", "ca-certificates", "openssl",
                       "lego", "python3", "python3-apt", "curl", "openssh-server", "sudo"),
                      ("--components=main,universe", "--no-check-gpg"), "/usr/share/debootstrap/scripts/jammy")


class CannotRun(Exception):
    """There can be no machine here; the text says why."""


def why_not():
    """Why there can be no machines here; None if there can."""
    if os.geteuid() != 0:
        return "needs root"
    for program in ("systemd-nspawn", "debootstrap", "nsenter"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    probe = subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True, check=False)
    return None if probe.returncode == 0 else f"no namespaces: {probe.stderr.decode().strip()}"


def clean_root(packages=(), distribution=DEBIAN):
    """The folder of a clean root with these packages beside the usual ones. Never write into it."""
    wanted = sorted({*distribution.packages, *packages})
    name = f"{distribution.suite}-{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:12]}"
    root, unfinished = CACHE / name, CACHE / f"{name}.unfinished"
    if root.exists():
        return root
    if reason := why_not():
        raise CannotRun(reason)
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:  # other tests may want it at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            make_root(distribution, wanted, unfinished, CACHE / f"{name}.log")
            unfinished.rename(root)
    return root


def make_root(distribution, wanted, unfinished, log_file):
    shutil.rmtree(unfinished, ignore_errors=True)
    with log_file.open("wb") as log:
        command = ["debootstrap", "--variant=minbase", *distribution.options, f"--include={','.join(wanted)}",
                   distribution.suite, unfinished, distribution.mirror]
        if distribution.script and not pathlib.Path("/usr/share/debootstrap/scripts", distribution.suite).exists():
            command.append(distribution.script)
        made = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=900, check=False)
    if made.returncode != 0:
        raise CannotRun(f"debootstrap failed, see {log_file}")
    (unfinished / "etc/dpkg/dpkg.cfg.d/fast").write_text("force-unsafe-io\n")  # a test's machine need not survive
    # The packages themselves are not needed any more; units that only slow down a boot neither.
    subprocess.run(["chroot", unfinished, "apt-get", "clean"], check=True)
    for unit in ("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "fstrim.timer", "getty.target",
                 "console-getty.service", "systemd-networkd-wait-online.service"):
        (unfinished / "etc/systemd/system" / unit).symlink_to("/dev/null")


class Machine:
    """REQUIRES: root. Ends with its `with` block, and leaves nothing behind."""

    def __init__(self, root, folder):
        self.folder = pathlib.Path(folder)
        self.lower = root
        self.root = self.folder / "root"  # what the machine sees as /
        self.process = self.group = None
        self.leader = None                # process id of its systemd

    def __enter__(self):
        for name in ("layer", "work", "root"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        layers = f"lowerdir={self.lower},upperdir={self.folder / 'layer'},workdir={self.folder / 'work'}"
        mounted = subprocess.run(["mount", "-t", "overlay", "-o", layers, "overlay", self.root], capture_output=True,
                                 text=True, check=False)
        if mounted.returncode != 0:
            raise CannotRun(f"no overlay can be mounted: {mounted.stderr.strip()}")
        try:
            return self.boot()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        try:
            self.power_off()
        finally:
            subprocess.run(["umount", "--lazy", self.root], check=True)

    # Power

    def boot(self, *options):
        try:
            self.group = ControlGroup()
        except OSError as reason:
            raise CannotRun(f"no control group can be made: {reason}") from reason
        with self.console_file.open("ab") as console:
            self.process = subprocess.Popen(self.group.started_in_it(
                ["systemd-nspawn", "--quiet", "--directory", self.root, "--boot", "--register=no", "--keep-unit",
                 "--private-network", "--console=pipe", "--machine=inlet-test", *options]),
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        self._wait(self._find_leader, 30, "systemd inside")
        # is-system-running tells "degraded" if a unit of the root itself failed, which is no matter of ours.
        self._wait(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip()
                   in ("running", "degraded"), 90, "the end of the boot")
        return self

    def power_off(self, timeout=60):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)  # nspawn asks its systemd to halt
        try:
            self.process.wait(timeout)
            self._ended()
        except subprocess.TimeoutExpired:
            self.cut_power()

    def cut_power(self):
        """As if the plug were pulled, but for what the page cache holds."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.leader, signal.SIGKILL)  # and with it all that runs inside
        self.process.kill()
        self.process.wait(30)
        self._ended()

    def _ended(self):
        group, self.process, self.leader, self.group = self.group, None, None, None
        group.remove()

    @property
    def console_file(self):
        return self.folder / "console.log"

    def _find_leader(self):
        pids = [self.process.pid]
        while pids:
            pid = pids.pop()
            with contextlib.suppress(OSError):
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                inside = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
                if len(inside) > 1 and inside[-1] == "1":
                    self.leader = pid
                    return True
                pids += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return False

    def _wait(self, condition, timeout, what):
        deadline = time.monotonic() + timeout
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise CannotRun(f"no {what}: {self.console_file.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    # Inside

    def run(self, *command, check=True, timeout=120, stdin=None, env=None):
        """Runs a command inside, as root. Its output is text; check=True wants status 0."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
                       "DEBIAN_FRONTEND": "noninteractive", **(env or {})}
        done = subprocess.run(
            ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd",
             *map(str, command)], input=stdin or "", capture_output=True, text=True, timeout=timeout, env=environment,
            check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{shlex.join(map(str, command))} ended with {done.returncode}:\n"
                                 f"{done.stdout}\n{done.stderr}\n{self.journal()[-4000:]}")
        return done

    def shell(self, script, **options):
        return self.run("bash", "-euo", "pipefail", "-c", script, **options)

    def systemctl(self, *arguments, **options):
        return self.run("systemctl", *arguments, **options).stdout.strip()

    def show(self, unit, name):
        """A property of a unit."""
        return self.systemctl("show", "--value", f"--property={name}", unit)

    def journal(self, unit=None):
        self.run("journalctl", "--sync", check=False)  # what a unit wrote just now is on its way there
        chosen = ["--unit", unit] if unit else []
        return self.run("journalctl", "--no-pager", "--output=cat", "--boot", *chosen, check=False).stdout

    @contextlib.contextmanager
    def network(self):
        """In here this thread, and threads and processes that it starts, have the machine's network."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as outside, open(f"/proc/{self.leader}/ns/net") as inside:
            def enter(namespace):
                if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")

            enter(inside)
            try:
                yield self
            finally:
                enter(outside)

    # Files

    def path(self, inside):
        """Where the file is, seen from outside. Mind that a symbolic link in it leads outside."""
        root = pathlib.Path(f"/proc/{self.leader}/root") if self.leader else self.root  # /run is only in the first
        return root / str(inside).lstrip("/")

    def copy(self, source, inside):
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, self.path(inside))

    def write(self, inside, text):
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        self.path(inside).write_text(text)

    def read(self, inside):
        return self.path(inside).read_text()
