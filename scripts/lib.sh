# lib.sh - what ./run and ./test share: messages, logs that show up on failure, building a preset. Sourced.
# shellcheck shell=bash disable=SC2154
# REQUIRES: $root is the checkout, which is also the working folder.

logs="$root/build/log"

say() { printf '==> %s\n' "$*"; }
say_error() { printf 'error: %s\n' "$*" >&2; }
die() {
    say_error "$1"
    shift
    (($#)) && printf '%s\n' "$@" >&2
    exit 1
}

# logged NAME COMMAND...: the command's output goes to build/log/NAME.log, shown if it fails.
logged() {
    local log="$logs/$1.log"
    shift
    mkdir -p "$logs"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 60 "$log" >&2
        die "failed: $*" "The whole output is in $log"
    fi
}

# A C++ compiler on Boost.Beast takes up to 1.5 GB: no more at a time than fit.
build_jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo)
    ((memory < 1)) && memory=1
    echo $((cores < memory ? cores : memory))
}

# The benchmarks are further targets of the release build, so that nothing is compiled twice.
preset_folder() {  # PRESET
    if [[ $1 == bench ]]; then echo build/release; else echo "build/$1"; fi
}

configure_preset() {  # PRESET
    local folder
    folder=$(preset_folder "$1")
    # Ninja starts CMake again by itself when a CMakeLists.txt changed, but it does not know of the presets.
    if [[ -f $folder/build.ninja && $folder/build.ninja -nt CMakePresets.json ]] &&
        { [[ $1 != bench ]] || grep -q '^INLET_BENCH:BOOL=ON' "$folder/CMakeCache.txt"; }; then
        return 0
    fi
    say "configuring ($1)"
    local launcher=()
    command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    logged "configure-$1" cmake --preset "$1" "${launcher[@]}"
}

# Shows ninja's percentages: on a terminal in one line that changes, else a line for each quarter. Says nothing
# when there was nothing to do.
show_progress() {  # PRESET
    local line percent shown=-1 quarter
    while IFS= read -r line; do
        [[ $line =~ ^\[\ *([0-9]+)%\]\ (.*) && ${BASH_REMATCH[2]} != Re-* ]] || continue
        percent=${BASH_REMATCH[1]}
        ((shown < 0)) && say "building ($1)"
        quarter=$((percent / 25 * 25))
        if [[ -t 1 ]]; then
            printf '\r    %3d%%' "$percent"
        elif ((quarter > shown)); then
            printf '    %3d%%\n' "$quarter"
        fi
        shown=$quarter
    done
    if [[ -t 1 ]] && ((shown >= 0)); then printf '\n'; fi
}

# build_preset PRESET TARGET...: returns 1 if it fails, having shown why.
build_preset() {
    local preset=$1
    shift
    configure_preset "$preset"
    mkdir -p "$logs"
    local log="$logs/build-$preset.log"
    # -k 0: one run tells all that is wrong.
    if ! NINJA_STATUS='[%p] ' ninja -C "$(preset_folder "$preset")" -j "$(build_jobs)" -k 0 "$@" 2>&1 </dev/null |
        tee "$log" | show_progress "$preset"; then
        grep -E -A 12 'FAILED:|error:' "$log" | head -n 80 >&2
        say_error "building $* ($preset) failed; the whole output is in $log"
        return 1
    fi
}

# npm_install FOLDER: what its package-lock.json names, once.
npm_install() {
    [[ -f $1/package-lock.json ]] || return 0
    cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock" && return 0
    say "installing npm packages ($1)"
    logged "npm-${1//\//-}" npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund
    cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
}
