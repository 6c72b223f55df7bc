"""A machine as seen from elsewhere: over SSH, as an administrator who may use sudo, and by Ansible on top of that. The
connection is a process that enters the machine and is its sshd, so no network is needed."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANSIBLE = ROOT / "deploy/ansible"
USER = "admin"


class Remote:
    """REQUIRES: sshd and sudo in the machine, ssh here."""

    def __init__(self, machine, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.machine = machine
        self.control = tempfile.TemporaryDirectory(prefix="inlet-")  # the path of a Unix socket must be short
        key, self.config = self.folder / "key", self.folder / "ssh_config"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, stdin=subprocess.DEVNULL)
        machine.shell(f"""
            useradd --create-home --shell /bin/bash --password '*' {USER}
            echo '{USER} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/{USER}
            install -d -o {USER} -m 0700 /home/{USER}/.ssh
            echo '{key.with_suffix(".pub").read_text().strip()}' >/home/{USER}/.ssh/authorized_keys
            echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/no-power-cuts
            mkdir -p /run/sshd
            echo "127.0.0.1 localhost $(cat /proc/sys/kernel/hostname)" >>/etc/hosts""")
        self.config.write_text(
            f"Host host\n  User {USER}\n  IdentityFile {key}\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n"
            f"  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n"
            # ssh hangs up on it at the end; it is to see the end of sshd, for which the machine's would wait 10 s otherwise.
            f"  ProxyCommand env --ignore-signal=HUP nsenter --target {machine.leader} --mount --uts --ipc --net --pid --root --wd"
            " /usr/sbin/sshd -i -o UsePAM=no -o LogLevel=ERROR\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends the connections that Ansible keeps open, which would keep the machine from powering off."""
        for path in pathlib.Path(self.control.name).iterdir():
            subprocess.run(["ssh", "-F", self.config, "-S", path, "-O", "exit", "host"], capture_output=True, check=False)
        self.control.cleanup()

    def ssh(self, *command, stdin="", timeout=120):
        """Runs a command as the administrator, as `ssh host command` does."""
        return subprocess.run(["ssh", "-F", self.config, "host", shlex.join(map(str, command))], input=stdin,
                              capture_output=True, text=True, timeout=timeout, check=False)

    # Ansible

    def playbook(self, *options, **variables):
        """Runs deploy/ansible's playbook with these variables of the host."""
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"inlet": {"hosts": {"host": {
            "ansible_ssh_common_args": f"-F {self.config}", "ansible_python_interpreter": "/usr/bin/python3",
            **variables}}}}))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "INLET_"))}
        environment |= {"ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "ANSIBLE_HOME": str(self.folder / "ansible"),
                        "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=5s",
                        "ANSIBLE_SSH_CONTROL_PATH_DIR": self.control.name, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1",
                        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run([pathlib.Path(sys.executable).parent / "ansible-playbook", "-i", inventory, *options,
                               ANSIBLE / "playbook.yml"], capture_output=True, text=True, timeout=300, check=False,
                              env=environment, stdin=subprocess.DEVNULL, cwd=ANSIBLE)
        return Played(done)


class Played:
    """What a run of a playbook did to the host."""

    def __init__(self, done):
        self.output = done.stdout + done.stderr
        found = re.search(r"^host +: +ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", self.output, re.MULTILINE)
        self.changed, unreachable, failed = map(int, found.groups()) if found else (None, None, None)
        self.failed = done.returncode != 0 or not found or unreachable + failed > 0

    def tasks(self, outcome):
        """Names of the tasks with this outcome: ok, changed, fatal."""
        names, task = [], None
        for line in self.output.splitlines():
            if named := re.match(r"(?:TASK|RUNNING HANDLER) \[(?:inlet : )?(.*?)\] \**$", line):
                task = named[1]
            elif line.startswith(f"{outcome}: [host]"):
                names.append(task)
        return names
