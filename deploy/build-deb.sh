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

Installs what the build needs, builds inlet, and makes build/package/inlet_VERSION_ARCHITECTURE.deb, whose path is the last
line of the output. Built on Debian 12 it runs on Debian 12 and on Ubuntu 24.04; built on Ubuntu 24.04, only there.

    --version VERSION    default: that of CMakeLists.txt

Environment:
    SOURCE_DATE_EPOCH=S    the time in the package (default: of the last commit)
    INLET_NO_INSTALL=1     never call apt-get
TEXT
}

version=$(sed -n 's/^project(inlet VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
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
[[ $version =~ ^[0-9][A-Za-z0-9.+~]*$ ]] || die "no version of a Debian package: $version"

ensure_packages build package
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
configure_preset release
logged configure-package cmake --preset release "-DINLET_PACKAGE_VERSION=$version"
build_preset release inlet documents
mkdir -p build/package
logged package cpack --config build/release/CPackConfig.cmake -B build/package
rm -rf build/package/_CPack_Packages
echo "build/package/inlet_${version}_$(dpkg --print-architecture).deb"
