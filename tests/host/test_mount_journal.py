"""How an instance of Terraform's mounts its journal's disk: it makes a file system on a blank disk, and on no other."""

import os
import subprocess
import threading

import pytest

from disks import Disk
from user_data import FOLDER

STATE = "/var/lib/inlet"
VOLUME, JOURNAL, LEGO = f"{STATE}/volume", f"{STATE}/journal", f"{STATE}/lego"
SCRIPT = "/var/tmp/mount-journal.sh"
UNITS = "/etc/systemd/system"
BY_ID = "/dev/disk/by-id"
EBS = f"{BY_ID}/nvme-Amazon_Elastic_Block_Store_vol"


@pytest.fixture
def disk(tmp_path):
    try:
        with Disk(tmp_path / "disk") as attached:
            yield attached
    except OSError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def host(machine):
    machine.copy(FOLDER / "mount-journal.sh", SCRIPT)
    machine.shell("systemctl stop inlet.socket inlet.service && rm -rf /var/lib/inlet/journal/*")
    return machine


@pytest.fixture
def attached(host, disk):
    """The disk as the machine sees it."""
    number = os.stat(disk.device).st_rdev
    host.run("mknod", disk.device, "b", os.major(number), os.minor(number))
    yield disk
    unmount(host)
    host.shell(f"rm -rf {disk.device} {BY_ID}; mkdir -p {JOURNAL}; find {JOURNAL} -mindepth 1 -delete; rm -f {UNITS}/var-lib-inlet-*.mount "
               f"{UNITS}/inlet.service.d/journal-disk.conf {UNITS}/inlet-acme.service.d/journal-disk.conf; systemctl daemon-reload")


def unmount(host):
    host.shell(f"for folder in {LEGO} {JOURNAL} {VOLUME}; do umount $folder 2>/dev/null || true; done")


def mount(host, disk, check=True, **environment):
    return host.run("bash", SCRIPT, disk, STATE, check=check, env=environment)


def read_units(host):
    return {name: host.read(f"{UNITS}/var-lib-inlet-{name}.mount") for name in ("volume", "journal", "lego")}


def mounted_uuid(host):
    return host.run("findmnt", "--noheadings", "--output", "UUID", "--mountpoint", JOURNAL, check=False).stdout.strip()


def test_a_blank_disk_gets_a_file_system_and_is_mounted_at_every_start(host, attached):
    said = mount(host, attached.device).stdout
    assert "is blank: making a file system" in said
    uuid = attached.tell("UUID")
    assert attached.tell("TYPE") == "ext4"
    units = read_units(host)
    assert f"What=/dev/disk/by-uuid/{uuid}\nWhere={VOLUME}\n" in units["volume"]
    assert f"What={VOLUME}/journal\nWhere={JOURNAL}\nOptions=bind\n" in units["journal"]
    for service, folder in (("inlet", JOURNAL), ("inlet-acme", LEGO)):
        assert f"RequiresMountsFor={folder}" in host.read(f"{UNITS}/{service}.service.d/journal-disk.conf")
        assert host.run("findmnt", "--noheadings", "--nofsroot", "--output", "SOURCE", "--mountpoint", folder).stdout.strip() == attached.device


def test_a_second_run_changes_nothing(host, attached):
    mount(host, attached.device)
    host.write(f"{JOURNAL}/row", "x")
    uuid, units = attached.tell("UUID"), read_units(host)
    assert "making a file system" not in mount(host, attached.device).stdout
    assert (attached.tell("UUID"), read_units(host), host.read(f"{JOURNAL}/row")) == (uuid, units, "x")


def test_a_disk_with_a_file_system_keeps_what_it_holds(host, attached, tmp_path):
    subprocess.run(["mkfs.ext4", "-q", attached.device], check=True)
    with attached.mounted(tmp_path / "before") as folder:
        (folder / "journal").mkdir()
        (folder / "journal/backlog").write_text("rows")
        (folder / "somebody's").write_text("own")
    uuid = attached.tell("UUID")
    mount(host, attached.device)
    assert attached.tell("UUID") == uuid and host.read(f"{JOURNAL}/backlog") == "rows" and host.read(f"{VOLUME}/somebody's") == "own"


JOURNAL_FILES = ("000000000007.segment", "000000000008.segment.new", "000000000006.segment.spare", "lane-firehose-track", "lock",
                 "quarantine/firehose-track.1")


def write_journal(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


@pytest.mark.parametrize("moved", [0, 2, len(JOURNAL_FILES)])
def test_a_journal_at_the_top_of_the_disk_moves_into_its_folder_however_often_that_is_cut_off(host, attached, tmp_path, moved):
    subprocess.run(["mkfs.ext4", "-q", attached.device], check=True)
    with attached.mounted(tmp_path / "before") as folder:
        os.chown(folder, 12345, 12345)
        folder.chmod(0o700)
        write_journal(folder, JOURNAL_FILES[moved:])
        if moved:
            write_journal(folder / "journal.moving", JOURNAL_FILES[:moved])
            (folder / "journal").mkdir()
    mount(host, attached.device)
    assert {name: host.read(f"{JOURNAL}/{name}") for name in JOURNAL_FILES} == {name: name for name in JOURNAL_FILES}
    assert sorted(os.listdir(host.path(VOLUME))) == ["journal", "lego", "lost+found"]
    assert host.run("stat", "--format=%a %U:%G", VOLUME).stdout == "755 root:root\n"


def test_two_journals_on_one_disk_are_left_alone(host, attached, tmp_path):
    subprocess.run(["mkfs.ext4", "-q", attached.device], check=True)
    with attached.mounted(tmp_path / "before") as folder:
        write_journal(folder, JOURNAL_FILES[:1])
        write_journal(folder / "journal", JOURNAL_FILES[:2])
    done = mount(host, attached.device, check=False)
    assert done.returncode == 1 and "Both were left as they are" in done.stderr
    assert host.read(f"{VOLUME}/{JOURNAL_FILES[0]}") and host.read(f"{VOLUME}/journal/{JOURNAL_FILES[1]}")
    assert mounted_uuid(host) == ""


# A partition of Linux from sector 2048, in a table of the old kind.
ONE_PARTITION = bytes([0x80, 0, 2, 0, 0x83, 0, 2, 0]) + (2048).to_bytes(4, "little") + (4096).to_bytes(4, "little")


@pytest.mark.parametrize(("name", "offset", "content"), [
    ("a partition table", 446, ONE_PARTITION + bytes(48) + b"\x55\xaa"),
    ("swap", 4086, b"SWAPSPACE2"),
    ("bytes that nobody knows", 12288, b"somebody's own format"),
])
def test_whatever_else_a_disk_holds_it_is_left_alone(host, attached, name, offset, content):
    with open(attached.device, "r+b") as device:
        device.seek(offset)
        device.write(content)
        device.flush()
        os.fsync(device.fileno())
    before = attached.path.read_bytes()[:1 << 20]
    done = mount(host, attached.device, check=False)
    assert done.returncode == 1 and "It was left as it is" in done.stderr, name + done.stderr
    assert attached.path.read_bytes()[:1 << 20] == before
    assert mounted_uuid(host) == ""


def test_files_that_a_mount_would_hide_are_an_error(host, attached):
    host.write(f"{JOURNAL}/000000000001.segment", "rows")
    done = mount(host, attached.device, check=False)
    assert done.returncode == 1 and "would hide" in done.stderr
    assert host.read(f"{JOURNAL}/000000000001.segment") == "rows" and mounted_uuid(host) == ""


def test_a_volume_is_found_by_its_id_once_it_is_attached(host, attached):
    def attach():
        host.shell(f"mkdir -p {BY_ID}; ln -s {attached.device} {EBS}0abc; ln -s {attached.device} {EBS}0abc_1")

    waiting = threading.Thread(target=attach)
    done = []
    runner = threading.Thread(target=lambda: done.append(mount(host, "vol-0abc", check=False)))
    runner.start()
    waiting.start()
    waiting.join()
    runner.join(60)
    assert done[0].returncode == 0, done[0].stderr
    assert mounted_uuid(host) == attached.tell("UUID")


def test_the_only_other_volume_is_found_and_of_two_none_is_taken(host, attached):
    host.shell(f"mkdir -p {BY_ID}; ln -s {attached.device} {EBS}0abc; ln -s /dev/null {BY_ID}/nvme-Other_Maker_1")
    mount(host, "other")
    assert mounted_uuid(host) == attached.tell("UUID")
    unmount(host)
    host.shell(f"mknod /dev/second b 7 255; ln -s /dev/second {EBS}0def")
    done = mount(host, "other", check=False)
    host.shell("rm /dev/second")
    assert done.returncode == 1 and "several disks" in done.stderr


def test_a_disk_that_never_comes_is_told(host):
    done = mount(host, "vol-0missing", check=False, MOUNT_JOURNAL_TIMEOUT_S="0")
    assert done.returncode == 1 and "there is no disk vol-0missing" in done.stderr


def test_a_disk_that_was_made_larger_is_used_whole(host, attached):
    mount(host, attached.device)
    unmount(host)
    os.truncate(attached.path, 2 << 30)
    subprocess.run(["losetup", "--set-capacity", attached.device], check=True)
    said = mount(host, attached.device).stderr
    if "Permission denied to resize" in said:
        pytest.skip("the kernel does not let this root grow a file system")
    blocks = host.run("stat", "--file-system", "--format=%b %S", JOURNAL).stdout.split()
    assert int(blocks[0]) * int(blocks[1]) > 1.8 * (1 << 30), said
