# packages.sh - the one list of distribution packages, and how they get installed. Sourced by ./run and ./test.
# shellcheck shell=bash
# An entry is a package, or command=package: installed if the command is there. (Node.js from NodeSource brings
# its own npm, and the two packages exclude each other.)

distribution() {  # "debian-12", "ubuntu-24.04"
    (
        # shellcheck disable=SC1091
        . /etc/os-release 2>/dev/null && echo "${ID:-unknown}-${VERSION_ID:-0}"
    )
}

boost_package() {
    case "$(distribution)" in
        debian-12) echo libboost1.81-dev ;;
        ubuntu-24.04) echo libboost1.83-dev ;;
        *) echo libboost-dev ;;
    esac
}

# Ubuntu's chromium package is an empty one that wants a snap; there the browser tests are skipped.
browser_package() {
    case "$(distribution)" in
        ubuntu-*) ;;
        *) echo chromium=chromium ;;
    esac
}

packages_of() {  # build | test | style | browser | bench | fuzz | deploy | package | host
    case "$1" in
        build)
            echo g++ cmake ninja-build pkg-config "$(boost_package)" libssl-dev libsimdjson-dev libdeflate-dev \
                libzstd-dev libspdlog-dev libfmt-dev libtomlplusplus-dev libcli11-dev prometheus-cpp-dev \
                libcurl4-openssl-dev libexpat1-dev zlib1g-dev ca-certificates curl node=nodejs npm=npm
            ;;
        test) echo libgtest-dev libgmock-dev python3 python3-venv openssl strace procps libfaketime e2fsprogs util-linux ;;
        style) echo clang-19 clang-tidy-19 clang-format-14 shellcheck git ;;
        browser) browser_package ;;
        bench) echo libbenchmark-dev wrk nginx=nginx-light valgrind ;;
        fuzz) echo clang-19 libclang-rt-19-dev ;;
        deploy) echo shellcheck ;;
        package) echo dpkg-dev python3 ;;
        host)
            echo debootstrap debian-archive-keyring systemd systemd-container lintian man-db ssh=openssh-client git buildah
            ;;
    esac
}

# The packages of these groups that are not installed, one a line.
missing_packages() {
    local group entry wanted=()
    for group in "$@"; do
        for entry in $(packages_of "$group"); do
            if [[ $entry == *=* ]]; then
                command -v "${entry%%=*}" >/dev/null 2>&1 && continue
                entry=${entry#*=}
            fi
            wanted+=("$entry")
        done
    done
    ((${#wanted[@]})) || return 0
    # An unknown package is an error for dpkg-query, an installed one ends in "ok installed".
    local installed
    installed=$(dpkg-query -W -f='${Package} ${Status}\n' "${wanted[@]}" 2>/dev/null |
        sed -n 's/ [a-z]* ok installed$//p' || true)
    printf '%s\n' "${wanted[@]}" | sort -u | grep -vxF -e "${installed:-none}" || true
}

# Installs what is missing; asks apt only if something is.
ensure_packages() {
    [[ ${INLET_NO_INSTALL:-} == 1 ]] && return 0
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say_error "This is neither Debian nor Ubuntu. Please install what these Debian packages hold:"
        local group
        for group in "$@"; do echo "    $(packages_of "$group")" >&2; done
        die "Then start again with INLET_NO_INSTALL=1."
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    local sudo=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "Packages are missing, and there is no sudo. As root, please run:" \
                "    apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
        sudo=(sudo)
        [[ -t 0 ]] || sudo=(sudo -n)  # never wait for a password that nobody can type
    fi
    say "installing ${#missing[@]} packages: ${missing[*]}"
    local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
    logged apt-update "${apt[@]}" update
    logged apt-install "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}
