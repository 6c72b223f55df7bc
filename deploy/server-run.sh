#!/usr/bin/env bash
# server-run.sh - brings a server that server-config.sh has set up to the newest version: see --help.
# It stands alone, so that it can be sent over SSH; what it shares with server-config.sh is written twice for that.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: server-run.sh [--deb FILE | --dir FOLDER] [OPTIONS]

Gets the newest source, builds the package, installs it, restarts inlet and waits until it is ready. Nothing is built or
restarted when there is nothing new. Configuration and journal stay; the sockets stay open, so that no client is refused.

    sudo /opt/inlet/deploy/server-run.sh
    ssh admin@HOST 'sudo bash -s' < deploy/server-run.sh

    --dir FOLDER          the checkout (default: the one that this script stands in, else /opt/inlet)
    --ref NAME            branch or tag to build (default: the branch that is checked out)
    --no-update           build what is there, without asking git
    --deb FILE            install this package instead; no checkout is needed

    --wait SECONDS        how long inlet may take to be ready (default: 60)
    --dry-run             say what would be done, and change nothing
    -h, --help            this text

Run it as root, or as a user whose sudo asks for no password. Exit status: 0 inlet is ready; 1 something failed;
2 the command line is wrong. The package before is kept as /var/cache/inlet/previous.deb.
TEXT
}

say() { printf '==> %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    (($#)) && printf '%s\n' "$@" >&2
    exit 1
}
wrong() {
    printf 'error: %s\n' "$*" >&2
    echo "server-run.sh --help tells the options." >&2
    exit 2
}

deb='' dir='' ref='' update=1 wait=60 dry_run=0

read_options() {
    local option
    while (($#)); do
        option=$1
        shift
        case "$option" in
            -h | --help)
                usage
                exit 0
                ;;
            --no-update) update=0 ;;
            --dry-run) dry_run=1 ;;
            --deb | --dir | --ref | --wait)
                [[ -n ${1:-} ]] || wrong "$option needs a value"
                case "$option" in
                    --deb) deb=$1 ;;
                    --dir) dir=$1 ;;
                    --ref) ref=$1 ;;
                    --wait) wait=$1 ;;
                esac
                shift
                ;;
            *) wrong "unknown option: $option" ;;
        esac
    done
}

check_options() {
    [[ -z $deb || -z $dir$ref ]] || wrong "--deb needs no --dir and no --ref"
    [[ -z $deb || -f $deb ]] || wrong "--deb: there is no file $deb on this host"
    ((update)) || [[ -z $ref ]] || wrong "--ref or --no-update, not both"
    [[ $ref != -* ]] || wrong "--ref: $ref is no branch or tag"
    [[ $wait =~ ^[1-9][0-9]{0,3}$ ]] || wrong "--wait: $wait is no number of seconds"
    [[ -z $deb ]] || return 0
    if [[ -z $dir ]]; then
        dir=/opt/inlet
        # Not so when the script comes from standard input.
        local here
        here=$(cd "$(dirname "${BASH_SOURCE[0]:-/}")/.." 2>/dev/null && pwd) || here=/
        [[ ! -f $here/deploy/build-deb.sh ]] || dir=$here
    fi
    [[ -f $dir/deploy/build-deb.sh ]] || die "$dir is no checkout of inlet: --dir says where it is, server-config.sh makes one."
}

# As who may write there. git refuses a checkout that belongs to another user; this one was named by who runs the script.
as_owner() {
    if [[ -w $dir ]]; then "$@"; else ${sudo[@]+"${sudo[@]}"} "$@"; fi
}
in_checkout() { as_owner git -c "safe.directory=$dir" -C "$dir" "$@" </dev/null; }

has_ref() { in_checkout rev-parse --quiet --verify "refs/$1^{commit}" >/dev/null; }
is_behind() { in_checkout merge-base --is-ancestor "refs/$1" "refs/$2"; }

go_to_branch() {  # NAME
    local ours=heads/$1 theirs=remotes/origin/$1
    if ! has_ref "$ours"; then
        in_checkout checkout --quiet -b "$1" --track "origin/$1" || die "git cannot go to the branch $1; $dir stays as it is."
        return 0
    fi
    is_behind "$ours" "$theirs" || is_behind "$theirs" "$ours" ||
        die "the branch $1 of $dir holds commits that origin does not have; $dir stays as it is." \
            "Push them, or put them aside: git branch -m $1 NAME. With --no-update what is there is built."
    in_checkout checkout --quiet "$1" -- || die "git cannot go to the branch $1; $dir stays as it is."
    in_checkout merge --quiet --ff-only "refs/$theirs" || die "git cannot bring the branch $1 of $dir forward."
}

get_source() {
    ((update)) || return 0
    command -v git >/dev/null || die "git is not installed. With --no-update what is there is built."
    [[ -z $(in_checkout status --porcelain --untracked-files=no) ]] ||
        die "$dir holds changes that are not committed. Take them away, or build them with --no-update."
    say "asking git for what is new"
    if ((dry_run)); then
        echo "would run: git fetch, and go to ${ref:-the newest commit of the branch} if that is ahead"
        return 0
    fi
    in_checkout fetch --quiet --tags origin || die "git cannot fetch; $dir stays as it is."
    local target=$ref
    [[ -n $target ]] || target=$(in_checkout symbolic-ref --quiet --short HEAD) || die "$dir is on no branch: say --ref NAME."
    if has_ref "remotes/origin/$target"; then
        go_to_branch "$target"
    else
        has_ref "tags/$target" || die "there is neither a branch nor a tag $target."
        in_checkout checkout --quiet --detach "refs/tags/$target" || die "git cannot go to the tag $target; $dir stays as it is."
    fi
    say "the source is $(in_checkout log -1 --format='%h of %cs, %s')"
}

build_package() {
    say "building the package (some minutes the first time)"
    if ((dry_run)); then
        echo "would run: $dir/deploy/build-deb.sh"
        return 0
    fi
    local output
    output=$(as_owner bash "$dir/deploy/build-deb.sh" </dev/null) || die "the package could not be built; what is installed goes on."
    deb=$dir/$(tail -n 1 <<<"$output")
    [[ -f $deb ]] || die "deploy/build-deb.sh made no package; it said:" "$output"
}

check_host() {
    local id='' version=''
    [[ -r /etc/os-release ]] || die "This is neither Debian nor Ubuntu."
    # shellcheck disable=SC1091
    id=$(. /etc/os-release && echo "${ID:-}")
    # shellcheck disable=SC1091
    version=$(. /etc/os-release && echo "${VERSION_ID:-0}")
    case "$id" in
        debian) dpkg --compare-versions "$version" ge 12 || die "Debian $version is too old: 12 or later." ;;
        ubuntu) dpkg --compare-versions "$version" ge 24.04 || die "Ubuntu $version is too old: 24.04 or later." ;;
        *) die "This is neither Debian nor Ubuntu, but ${id:-unknown}." ;;
    esac
    [[ $(dpkg --print-architecture) == amd64 ]] || die "The package is for amd64."
    [[ -d /run/systemd/system ]] || die "systemd does not run here."
    sudo=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "Not root, and there is no sudo."
        sudo=(sudo -n)
        ((dry_run)) || "${sudo[@]}" true 2>/dev/null || die "Not root, and sudo asks for a password: run this as root."
    fi
}

# Runs a command as root, or says that it would.
as_root() {
    if ((dry_run)); then
        echo "would run: $*"
    else
        ${sudo[@]+"${sudo[@]}"} "$@"
    fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null; }

# The package's program is compared, not only its version: a package built anew often has the same one.
install_package() {  # FILE
    local wanted there
    [[ $(dpkg-deb --field "$1" Package 2>/dev/null) == inlet ]] || die "$1 is not inlet's package."
    wanted=$(dpkg-deb --field "$1" Version)
    there=$(dpkg-query -W -f='${db:Status-Abbrev}${Version}' inlet 2>/dev/null || true)
    if [[ $there == "ii $wanted" ]] && dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/bin/inlet | cmp -s - /usr/bin/inlet; then
        say "inlet $wanted is installed"
        return 0
    fi
    say "installing inlet $wanted"
    # What is in /etc/inlet stays as it is. The package itself restarts the service, or starts it.
    apt install -y --no-install-recommends --reinstall --allow-downgrades -o Dpkg::Options::=--force-confold \
        -o Dpkg::Options::=--force-confdef "$(realpath "$1")"
}

# What is installed is kept, for the way back. The journal of a newer version may be refused by an older one.
keep_package() {
    as_root install -d -m 0755 /var/cache/inlet
    if ${sudo[@]+"${sudo[@]}"} test -e /var/cache/inlet/inlet.deb && ! cmp -s "$deb" /var/cache/inlet/inlet.deb; then
        as_root mv -f /var/cache/inlet/inlet.deb /var/cache/inlet/previous.deb
    fi
    as_root install -m 0644 "$deb" /var/cache/inlet/inlet.deb
}

# /health/ready, asked by the shell itself: a plain host need not have curl.
is_ready() {
    local status=''
    # The redirection is undone with the subshell, whatever happens in it.
    status=$(exec 2>/dev/null 3<>/dev/tcp/127.0.0.1/8080 &&
        printf 'GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 && IFS= read -r -t 5 line <&3 &&
        echo "$line") || return 1
    [[ $status == HTTP/1.?\ 200\ * ]]
}

wait_ready() {
    if ((dry_run)); then
        echo "would wait until inlet is ready"
        return 0
    fi
    local deadline=$((SECONDS + wait))
    until is_ready; do
        if ((SECONDS >= deadline)); then
            ${sudo[@]+"${sudo[@]}"} journalctl --no-pager -n 20 -u inlet.service >&2 </dev/null || true
            die "inlet is not ready after $wait s; its last lines are above."
        fi
        sleep 0.2
    done
    say "inlet $(dpkg-query -W -f='${Version}' inlet) is ready"
}

main() {
    read_options "$@"
    check_options
    check_host
    if [[ -z $deb ]]; then
        get_source
        build_package
    fi
    if [[ -n $deb ]]; then
        install_package "$deb"
        # The package restarts a service that runs; one that was stopped is started.
        as_root systemctl start inlet.socket inlet.service || true  # wait_ready tells why not
        wait_ready
        keep_package
    fi
}

main "$@"
