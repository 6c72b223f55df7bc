#!/usr/bin/env bash
# server-config.sh - makes a plain Debian or Ubuntu host into an inlet server: see --help.
# It stands alone, so that it can be sent over SSH; what it shares with server-run.sh is written twice for that.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: server-config.sh (--deb FILE|URL | --git URL | --installed) [OPTIONS]

Installs inlet on this host (Debian 12, Ubuntu 24.04), writes its configuration, starts it and waits until it is ready.
Safe to repeat: what is as it should be stays untouched, and a restart refuses no connection. From elsewhere:

    ssh admin@HOST 'bash -s' -- --git URL --set sink.lake.roll_ms=1m < deploy/server-config.sh

    --deb FILE|URL        install this package; of a URL (https) --sha256 is needed too
    --sha256 SUM          what the file at the URL must be
    --git URL             get the source and build the package here, with its server-run.sh
    --ref NAME            branch or tag of it (default: main)
    --dir FOLDER          where the source stands (default: /opt/inlet)
    --installed           the package is installed already; configuration only

    --set KEY=VALUE       a setting of docs/configuration.md; may be repeated. The first one makes this script the owner of
                          /etc/inlet/inlet.toml: it then holds these settings, the defaults, and nothing else
    --config FILE         take this file as /etc/inlet/inlet.toml instead
    --domain NAME         HTTPS with a certificate of Let's Encrypt for this name, which must lead to port 80 of this host
    --email ADDRESS       where the certificate authority writes to; needed with --domain
    --acme-server URL     another certificate authority
    --environment FILE    take this file as /etc/inlet/inlet.env, the environment of the service (secrets; mode 0600)

    --wait SECONDS        how long inlet may take to be ready (default: 60)
    --dry-run             say what would be done, and change nothing
    -h, --help            this text

Run it as root, or as a user whose sudo asks for no password. Exit status: 0 inlet is ready; 1 something failed;
2 the command line is wrong.
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
    echo "server-config.sh --help tells the options." >&2
    exit 2
}

deb='' sha256='' git='' ref=main dir=/opt/inlet installed=0 config='' domain='' email='' acme_server='' environment=''
wait=60 dry_run=0
settings=()

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
            --installed) installed=1 ;;
            --dry-run) dry_run=1 ;;
            --deb | --sha256 | --git | --ref | --dir | --set | --config | --domain | --email | --acme-server | \
                --environment | --wait)
                [[ -n ${1:-} ]] || wrong "$option needs a value"
                take_value "$option" "$1"
                shift
                ;;
            *) wrong "unknown option: $option" ;;
        esac
    done
}

take_value() {
    case "$1" in
        --deb) deb=$2 ;;
        --sha256) sha256=$2 ;;
        --git) git=$2 ;;
        --ref) ref=$2 ;;
        --dir) dir=$2 ;;
        --set) settings+=("$2") ;;
        --config) config=$2 ;;
        --domain) domain=$2 ;;
        --email) email=$2 ;;
        --acme-server) acme_server=$2 ;;
        --environment) environment=$2 ;;
        --wait) wait=$2 ;;
    esac
}

# Everything that can be wrong with the command line, before anything is changed.
check_options() {
    local ways=0 setting
    [[ -n $deb ]] && ways=$((ways + 1))
    [[ -n $git ]] && ways=$((ways + 1))
    ((ways + installed == 1)) || wrong "say where inlet comes from: one of --deb, --git and --installed"
    if [[ $deb == *://* ]]; then
        [[ $deb == https://* ]] || wrong "--deb: only https is fetched"
        [[ $sha256 =~ ^[0-9a-f]{64}$ ]] || wrong "--deb with a URL needs --sha256 (64 hexadecimal digits)"
    elif [[ -n $deb && ! -f $deb ]]; then
        wrong "--deb: there is no file $deb on this host"
    fi
    [[ $dir == /* ]] || wrong "--dir: $dir is not absolute"
    for setting in ${settings[@]+"${settings[@]}"}; do
        [[ $setting =~ ^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+= ]] || wrong "--set: $setting is not SECTION.KEY=VALUE"
        [[ $setting != *$'\n'* ]] || wrong "--set: a value is one line"
    done
    ((${#settings[@]} == 0)) || [[ -z $config ]] || wrong "--set or --config, not both"
    [[ -z $config || -f $config ]] || wrong "--config: there is no file $config on this host"
    [[ -z $environment || -f $environment ]] || wrong "--environment: there is no file $environment on this host"
    [[ -n $domain || -z $email$acme_server ]] || wrong "--email and --acme-server belong to --domain"
    if [[ -n $domain ]]; then
        [[ $domain =~ ^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$ ]] || wrong "--domain: $domain is no name of a host"
        [[ $email =~ ^[^@[:space:]]+@[^@[:space:]]+$ ]] || wrong "--domain needs --email ADDRESS"
        [[ -z $acme_server || $acme_server =~ ^https://[^[:space:]]+$ ]] || wrong "--acme-server: only https"
    fi
    [[ $wait =~ ^[1-9][0-9]{0,3}$ ]] || wrong "--wait: $wait is no number of seconds"
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

# put FILE PATH MODE GROUP: makes PATH what FILE is. Sets changed=1 if it was not.
put() {
    if ${sudo[@]+"${sudo[@]}"} cmp -s "$1" "$2"; then return 0; fi
    say "writing $2"
    changed=1
    as_root install -D -o root -g "$4" -m "$3" "$1" "$2.new"
    as_root mv -f "$2.new" "$2"
}

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

get_inlet() {
    if ((installed)); then
        [[ -x /usr/bin/inlet ]] || die "--installed, but inlet is not installed here."
    elif [[ $deb == https://* ]]; then
        command -v curl >/dev/null || { apt update && apt install -y --no-install-recommends ca-certificates curl; }
        say "fetching $deb"
        if ((dry_run)); then
            echo "would fetch and install it"
            return 0
        fi
        curl -fsS --proto '=https' --retry 3 --max-time 600 -o "$scratch/inlet.deb" "$deb" </dev/null || die "cannot fetch $deb"
        echo "$sha256  $scratch/inlet.deb" | sha256sum --check --status || die "$deb is not the file that --sha256 names."
        install_package "$scratch/inlet.deb"
    elif [[ -n $deb ]]; then
        install_package "$deb"
    else
        get_source
    fi
}

get_source() {
    command -v git >/dev/null || { apt update && apt install -y --no-install-recommends ca-certificates git; }
    if [[ ! -d $dir/.git ]]; then
        say "getting the source of $git into $dir"
        as_root git clone --quiet "$git" "$dir"
    fi
    if ((dry_run)); then
        echo "would run: $dir/deploy/server-run.sh --dir $dir --ref $ref"
        return 0
    fi
    ${sudo[@]+"${sudo[@]}"} bash "$dir/deploy/server-run.sh" --dir "$dir" --ref "$ref" --wait "$wait" </dev/null
}

# A value as TOML: numbers, truth values, lists and quoted strings as they are, all else in quotes.
toml_value() {
    if [[ $1 =~ ^(true|false|-?[0-9]+)$ || $1 =~ ^\[.*\]$ || $1 =~ ^\".*\"$ ]]; then
        printf '%s' "$1"
    else
        local text=${1//\\/\\\\}
        printf '"%s"' "${text//\"/\\\"}"
    fi
}

write_config() {
    local file=$scratch/inlet.toml setting
    # What the package's own configuration says; without these inlet would look for its folders elsewhere.
    local -A values=([journal.dir]=/var/lib/inlet/journal [sink.lake.dir]=/var/lib/inlet/lake [log.format]=json
        [server.tls_cert]=/etc/inlet/tls/fullchain.pem [server.tls_key]=/etc/inlet/tls/key.pem
        [server.acme_webroot]=/var/lib/inlet/acme)
    if [[ -n $config ]]; then
        cp "$config" "$file"
    elif ((${#settings[@]})); then
        for setting in "${settings[@]}"; do values[${setting%%=*}]=${setting#*=}; done
        {
            echo "# Written by server-config.sh from its --set options, and written anew when it is run with others."
            echo "# Every key: docs/configuration.md, or inlet config --example."
            for setting in "${!values[@]}"; do
                printf '%s = %s\n' "$setting" "$(toml_value "${values[$setting]}")"
            done | sort
        } >"$file"
    else
        return 0
    fi
    if ((bare)); then
        put "$file" /etc/inlet/inlet.toml 0640 root  # there is no group inlet yet
    else
        check_config "$file" "nothing was changed."
        put "$file" /etc/inlet/inlet.toml 0640 inlet
    fi
}

check_config() {  # FILE WHAT_FOLLOWS
    ${sudo[@]+"${sudo[@]}"} /usr/bin/inlet config --config "$1" >/dev/null </dev/null ||
        die "inlet does not take these settings; $2"
}

write_environment() {
    [[ -n $environment ]] || return 0
    put "$environment" /etc/inlet/inlet.env 0600 root
}

write_acme() {
    [[ -n $domain ]] || return 0
    {
        echo "# Written by server-config.sh."
        echo "INLET_ACME_DOMAIN=$domain"
        echo "INLET_ACME_EMAIL=$email"
        [[ -z $acme_server ]] || echo "INLET_ACME_SERVER=$acme_server"
    } >"$scratch/acme.env"
    local before=$changed
    changed=0
    put "$scratch/acme.env" /etc/inlet/acme.env 0644 root
    order=$changed
    changed=$before
}

start_service() {
    as_root systemctl --quiet enable inlet.socket inlet-tls.socket inlet.service
    as_root systemctl start inlet.socket
    if ((changed)); then
        say "restarting inlet"
        as_root systemctl restart inlet.service || true  # wait_ready tells why not
    else
        as_root systemctl start inlet.service || true
    fi
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

# Once inlet answers on port 80. From then on inlet-acme.timer sees to it.
get_certificate() {
    [[ -n $domain ]] || return 0
    if ! command -v lego >/dev/null || ! command -v openssl >/dev/null; then
        apt update
        apt install -y --no-install-recommends ca-certificates lego openssl
    fi
    if ((!order)) && ${sudo[@]+"${sudo[@]}"} test -e /etc/inlet/tls/fullchain.pem; then return 0; fi
    say "asking for a certificate for $domain"
    if ! as_root systemctl start inlet-acme.service; then
        ${sudo[@]+"${sudo[@]}"} journalctl --no-pager -n 20 -u inlet-acme.service >&2 </dev/null || true
        die "no certificate; inlet goes on without a new one. What was said is above."
    fi
    wait_ready
}

main() {
    read_options "$@"
    check_options
    check_host
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    changed=0 order=0 bare=0
    [[ -x /usr/bin/inlet ]] || bare=1
    if ((bare)); then
        # Before the package, which starts inlet: a sink that inlet has known once keeps its place in the journal.
        write_config
        write_environment
        get_inlet
        changed=0
        [[ ! -e /etc/inlet/inlet.toml ]] || as_root chgrp inlet /etc/inlet/inlet.toml
        ((dry_run)) || check_config /etc/inlet/inlet.toml "correct them and run this again."
    else
        get_inlet
        write_config
        write_environment
    fi
    write_acme
    start_service
    wait_ready
    get_certificate
}

main "$@"
