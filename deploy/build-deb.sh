#!/usr/bin/env bash
# build-deb.sh - builds the Debian package: see --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/packages.sh
. scripts/packages.sh

usage() {
    cat <<'TEXT'
Usage: deploy/build-deb.sh [--version VERSION]

Installs what the build needs, builds inlet, and makes build/package/inlet_VERSION_ARCHITECTURE.deb, the only package there,
whose path is the last line of the output. Built on Debian 12 it runs on Debian 12 and on Ubuntu 24.04; built on Ubuntu 24.04,
only there.

    --version VERSION    default: that of CMakeLists.txt if it is tagged (v0.1.0) or git knows nothing of it. Else with the time
                         and the hash of the commit, so that a later commit is a later version: 0.1.0~gitTIME.HASH before
                         the tag, 0.1.0+gitTIME.HASH after it; what is not committed adds .dirtyTIME

Environment:
    SOURCE_DATE_EPOCH=S    the time in the package (default: of the last commit)
    INLET_NO_INSTALL=1     never call apt-get
TEXT
}

# The checkout may belong to another user than the one who builds.
in_git() { git -c "safe.directory=$root" "$@" 2>/dev/null </dev/null; }

time_of() { date --utc --date="@$1" +%Y%m%d%H%M%S; }

# When the newest of the files that are not as they were committed was changed; nothing if there are none.
changed_at() {
    [[ -n $(in_git status --porcelain) ]] || return 0
    {
        in_git log -1 --format=%ct  # for files that are no more
        in_git status --porcelain -z --no-renames --untracked-files=all | cut -z -c 4- |
            xargs -0 stat --format=%Y 2>/dev/null || true
    } | sort -n | tail -n 1
}

default_version() {
    local released kind='~' version dirty
    released=$(sed -n 's/^project(inlet VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
    version=$released
    # (Without a .git of its own, git would speak of a repository around this folder.)
    if [[ -e .git ]] && in_git rev-parse --verify HEAD >/dev/null; then
        dirty=$(changed_at)
        in_git merge-base --is-ancestor "refs/tags/v$released^{commit}" HEAD && kind=+
        if [[ $(in_git rev-parse --verify "refs/tags/v$released^{commit}") != "$(in_git rev-parse HEAD)" || -n $dirty ]]; then
            version+=${kind}git$(time_of "$(in_git log -1 --format=%ct)").$(in_git rev-parse --short=10 HEAD)
        fi
        [[ -z $dirty ]] || version+=.dirty$(time_of "$dirty")
    fi
    echo "$version"
}

version=''
while (($#)); do
    case "$1" in
        -h | --help)
            usage
            exit 0
            ;;
        --version)
            (($# > 1)) || die "--version needs a value"
            version=$2
            shift
            ;;
        *) die "unknown argument: $1" "deploy/build-deb.sh --help tells them." ;;
    esac
    shift
done
[[ -n $version ]] || version=$(default_version)
[[ $version =~ ^[0-9][A-Za-z0-9.+~]*$ ]] || die "no version of a Debian package: $version"

ensure_packages build package
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(in_git log -1 --format=%ct || stat -c %Y CHANGELOG.md)}
configure_preset release
logged configure-package cmake --preset release "-DINLET_PACKAGE_VERSION=$version"
build_preset release inlet documents
rm -rf build/package
mkdir -p build/package
logged package cpack --config build/release/CPackConfig.cmake -B build/package
rm -rf build/package/_CPack_Packages
echo "build/package/inlet_${version}_$(dpkg --print-architecture).deb"
