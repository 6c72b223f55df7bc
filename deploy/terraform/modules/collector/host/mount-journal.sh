#!/bin/bash
# mount-journal DISK STATE - mounts the disk of the journal, now and at every start, and lets inlet start only with it.
# DISK: the id of an EBS volume (vol-...), "other" for the only EBS volume beside the root's, or the path of a device.
# STATE: inlet's folder. The disk is on STATE/volume; its folders journal and lego (certificates and the account that ordered
# them) are STATE/journal and STATE/lego. A journal that an earlier version left at the top of the disk moves into its folder.
# A file system is made only on a disk that is blank: whatever else is found on it is left alone, and is an error. Safe to
# repeat. Waits for the disk, which may be attached after the instance has started.
# Environment: MOUNT_JOURNAL_TIMEOUT_S, how long to wait (600); MOUNT_JOURNAL_BY_ID, where udev names disks.
set -euo pipefail

disk=$1
state=$2
volume=$state/volume
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

mount_on() {  # FOLDER SOURCE OPTIONS PART-OF-THE-DISK
    if mountpoint --quiet "$1"; then
        [[ $(findmnt --noheadings --raw --output MAJ:MIN,FSROOT --mountpoint "$1") == "$(stat --format=%Hr:%Lr "$device") $4" ]] ||
            die "something else is mounted on $1"
        return 0
    fi
    [[ -z $(ls -A "$1" 2>/dev/null) ]] ||
        die "$1 holds files, which a disk mounted there would hide. Move them to the disk first"
    mkdir -p "$1"
    mount --options "$3" "$2" "$1"
}

# May be cut off: what has not moved moves the next time, and only whole does it become the journal.
move_old_journal() {
    local old=() moving=$volume/journal.moving
    mapfile -d '' -t old < <(find "$volume" -mindepth 1 -maxdepth 1 \
        \( -name '*.segment' -o -name '*.segment.*' -o -name 'lane-*' -o -name lock -o -name quarantine \) -print0)
    ((${#old[@]})) || [[ -d $moving ]] || return 0
    [[ -z $(ls -A "$volume/journal" 2>/dev/null) ]] ||
        die "there is a journal at the top of $device, and one in its folder journal. Both were left as they are"
    echo "mount-journal: moving the journal from the top of $device into its folder"
    mkdir -p "$moving"
    ((${#old[@]} == 0)) || mv --target-directory "$moving" "${old[@]}"
    sync --file-system "$volume"
    mv --no-target-directory "$moving" "$volume/journal"
}

mount_on "$volume" "$device" noatime /
move_old_journal
# inlet had the top of the disk when its journal was there. The folders in it go to their users as these start.
chown root:root "$volume"
chmod 0755 "$volume"
mkdir -p "$volume/journal" "$volume/lego"
for part in journal lego; do mount_on "$state/$part" "$volume/$part" bind "/$part"; done

# A disk that was made larger.
if [[ $(blkid --probe --match-tag TYPE --output value "$device") == ext4 ]]; then
    resize2fs "$device" >/dev/null || echo "mount-journal: could not grow the file system on $device" >&2
fi

# At every start. Without its disk the machine starts, and can be looked at; inlet does not: it would begin a new journal
# on the root's disk, and leave rows on the other. Nor is a certificate ordered that the disk may hold.
units=/etc/systemd/system
write_mount() {  # FOLDER SOURCE OPTIONS MORE
    cat >"$units/$(systemd-escape --path --suffix=mount "$1")" <<UNIT
[Unit]
Description=Disk of the journal of inlet
$4
[Mount]
What=$2
Where=$1
Options=$3
UNIT
}
needs_mount() {  # SERVICE FOLDER
    mkdir -p "$units/$1.d"
    cat >"$units/$1.d/journal-disk.conf" <<UNIT
[Unit]
RequiresMountsFor=$2
AssertPathIsMountPoint=$2
UNIT
}
write_mount "$volume" "/dev/disk/by-uuid/$uuid" noatime ""
for part in journal lego; do write_mount "$state/$part" "$volume/$part" bind "RequiresMountsFor=$volume"; done
needs_mount inlet.service "$state/journal"
needs_mount inlet-acme.service "$state/lego"
if [[ -d /run/systemd/system ]]; then systemctl daemon-reload; fi
echo "mount-journal: $device is on $volume"
