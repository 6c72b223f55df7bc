#!/bin/bash
# mount-journal DISK FOLDER - mounts the disk of the journal, now and at every start, and lets inlet start only with it.
# DISK: the id of an EBS volume (vol-...), "other" for the only EBS volume beside the root's, or the path of a device.
# A file system is made only on a disk that is blank: whatever else is found on it is left alone, and is an error. Safe to
# repeat. Waits for the disk, which may be attached after the instance has started.
# Environment: MOUNT_JOURNAL_TIMEOUT_S, how long to wait (600); MOUNT_JOURNAL_BY_ID, where udev names disks.
set -euo pipefail

disk=$1
folder=$2
timeout_s=${MOUNT_JOURNAL_TIMEOUT_S:-600}
by_id=${MOUNT_JOURNAL_BY_ID:-/dev/disk/by-id}
blank_bytes=1048576  # boot records, partition tables and superblocks are all found there

die() {
    echo "mount-journal: $*" >&2
    exit 1
}

# The disks that instances of today's kind (Nitro) have: nvme-Amazon_Elastic_Block_Store_vol0123..., also with a
# namespace (_1, -ns-1) or a partition (-part1) behind it.
ebs_disks() {  # VOLUME, without its hyphen, or a pattern
    local link
    for link in "$by_id"/nvme-Amazon_Elastic_Block_Store_$1; do
        [[ -b $link && $link != *-part* ]] && readlink -f "$link"
    done | sort -u
}

# The disk under the file system of /; nothing where that is no disk.
root_disk() {
    local device
    device=$(findmnt --noheadings --nofsroot --output SOURCE --target /)
    [[ -b $device ]] || return 0
    # Of a partition, the disk that it is on.
    device=$(lsblk --noheadings --paths --inverse --list --output NAME "$device" | tail -n 1)
    readlink -f "$device"
}

find_device() {
    local root found
    case "$disk" in
        vol-*) found=$(ebs_disks "${disk/-/}*") ;;
        other)
            root=$(root_disk)
            found=$(ebs_disks 'vol*' | grep -vxF -e "${root:-none}" || true)
            ;;
        *) [[ ! -b $disk ]] || found=$(readlink -f "$disk") ;;
    esac
    [[ -n ${found:-} ]] || return 1
    [[ $found != *$'\n'* ]] || die "several disks could be the journal's: ${found//$'\n'/ }"
    device=$found
}

# What the disk holds: "blank", "file system", or something else, in words.
content_of() {  # DEVICE
    local said status=0
    said=$(blkid --probe --output export "$1") || status=$?
    if ((status == 0)) && grep -qx 'USAGE=filesystem' <<<"$said"; then
        echo "file system"
    elif ((status != 2)); then
        echo "something that is no file system: ${said//$'\n'/ }"
    elif [[ -n $(wipefs --no-act "$1") ]]; then
        echo "signatures that blkid does not tell: $(wipefs --no-act --noheadings --output TYPE "$1" | tr '\n' ' ')"
    elif ! cmp --quiet --bytes="$blank_bytes" "$1" /dev/zero; then
        echo "bytes at its beginning that are not zero"
    else
        echo "blank"
    fi
}

deadline=$((SECONDS + timeout_s))
until find_device; do
    ((SECONDS < deadline)) || die "there is no disk $disk after $timeout_s s"
    sleep 1
done

content=$(content_of "$device")
case "$content" in
    "file system") ;;
    blank)
        echo "mount-journal: $device is blank: making a file system"
        mkfs.ext4 -q -m 0 -L inlet-journal "$device"
        ;;
    *) die "$device holds $content. It was left as it is" ;;
esac
uuid=$(blkid --probe --match-tag UUID --output value "$device")
[[ -n $uuid ]] || die "the file system on $device has no UUID"

if mountpoint --quiet "$folder"; then
    mounted=$(findmnt --noheadings --output UUID --mountpoint "$folder" || true)
    [[ $mounted == "$uuid" || $(findmnt --noheadings --output SOURCE --mountpoint "$folder") == "$device" ]] ||
        die "another disk is mounted on $folder"
else
    [[ -z $(ls -A "$folder" 2>/dev/null) ]] ||
        die "$folder holds files, which a disk mounted there would hide. Move them to the disk first"
    mkdir -p "$folder"
    mount "$device" -o noatime "$folder"
fi

# A disk that was made larger.
if [[ $(blkid --probe --match-tag TYPE --output value "$device") == ext4 ]]; then
    resize2fs "$device" >/dev/null || echo "mount-journal: could not grow the file system on $device" >&2
fi

# At every start. Without its disk the machine starts, and can be looked at; inlet does not: it would begin a new journal
# on the root's disk, and leave rows on the other.
units=/etc/systemd/system
cat >"$units/$(systemd-escape --path --suffix=mount "$folder")" <<UNIT
[Unit]
Description=Disk of the journal of inlet
[Mount]
What=/dev/disk/by-uuid/$uuid
Where=$folder
Options=noatime
UNIT
mkdir -p "$units/inlet.service.d"
cat >"$units/inlet.service.d/journal-disk.conf" <<UNIT
[Unit]
RequiresMountsFor=$folder
AssertPathIsMountPoint=$folder
UNIT
if [[ -d /run/systemd/system ]]; then systemctl daemon-reload; fi
echo "mount-journal: $device is on $folder"
