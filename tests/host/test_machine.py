"""The machines that the other tests of this folder run in."""

import pathlib

from conftest import started


def groups_of_systemd(machine):
    """Where it makes groups for its units, whichever version of control groups that is."""
    lines = pathlib.Path(f"/proc/{machine.leader}/cgroup").read_text().split()
    return {line for line in lines if line.startswith("0::") or ":name=systemd:" in line}


def test_two_machines_at_once_share_no_control_group(root, tmp_path):
    """Each systemd removes the groups of its units, which have the same names in the other one."""
    with started(root, tmp_path / "first") as first, started(root, tmp_path / "second") as second:
        assert groups_of_systemd(first) and not groups_of_systemd(first) & groups_of_systemd(second)


def test_a_machine_leaves_no_control_group_behind(root, tmp_path):
    with started(root, tmp_path / "machine") as machine:
        folders = machine.group.folders
        assert folders and all(folder.exists() for folder in folders)
        machine.power_off()
        assert not any(folder.exists() for folder in folders)
        machine.boot()
        folders += machine.group.folders
        machine.cut_power()
        assert not any(folder.exists() for folder in folders)
