# test_parts.sh - the parts of ./test. Each leaves its results in build/test/PART, where test_report.py counts
# them: JUnit XML from GoogleTest, CTest and pytest, and cases.tsv for everything else. Sourced.
# shellcheck shell=bash disable=SC2154

results="$root/build/test"

record() {  # PART pass|fail|skip NAME [REASON]
    printf '%s\t%s\t%s\n' "$2" "$3" "${4:-}" >>"$results/$1/cases.tsv"
}

package_groups() {  # PART...: the groups of packages.sh that these parts need
    local part
    printf '%s\n' build test
    for part in "$@"; do
        case "$part" in
            style | browser | bench | fuzz | deploy) echo "$part" ;;
            host) printf '%s\n' package host ;;
        esac
    done
}

python_packages() {
    # The distribution's Python: it is the one whose venv module the package list brings.
    local python=/usr/bin/python3 stamp=build/venv/.installed
    [[ -x $python ]] || python=python3
    cmp -s tests/requirements.txt "$stamp" && return 0
    say "installing Python packages (build/venv)"
    logged venv "$python" -m venv --clear build/venv
    logged pip build/venv/bin/python -m pip install --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt "$stamp"
}

cpp_files() { find src tests fuzz bench \( -name '*.cpp' -o -name '*.hpp' \) -print | sort; }

run_pytest() {  # PART PATH...
    local part=$1 status=0
    shift
    # In the background too, Ctrl-C ends it, and it puts away what it started.
    env --default-signal=INT build/venv/bin/python -m pytest -p no:cacheprovider -q --durations=5 --junitxml="$results/$part/pytest-$BASHPID-$RANDOM.xml" \
        "$@" || status=$?
    case "$status" in
        0 | 1) ;;
        5) record "$part" skip "$*" "no tests there" ;;
        *) record "$part" fail "pytest $*" "ended with status $status" ;;
    esac
}

part_style() {
    check_format
    build/venv/bin/python scripts/check_house.py --cases "$results/style/cases.tsv" || true
    check_shell
    # clang-tidy reads the embedded pages too, which the build makes.
    build_preset tidy inlet_web_packed || record style fail "build tidy" "see $logs/build-tidy.log"
    build/venv/bin/python scripts/run_tidy.py build/tidy --cases "$results/style/cases.tsv" || true
    run_pytest style tests/style
}

check_format() {
    local file bad=0
    while IFS= read -r file; do
        clang-format-14 --dry-run -Werror "$file" 2>/dev/null && continue
        record style fail "clang-format $file" "run clang-format-14 -i on it"
        bad=1
    done < <(cpp_files)
    ((bad)) || record style pass clang-format
}

# A template is judged when it is filled in: tests/deploy/test_terraform.py.
check_shell() {
    local scripts
    mapfile -t scripts < <(grep -rlE -m1 '^(#!/usr/bin/env bash|#!/bin/(ba)?sh|# shellcheck shell=)' \
        run test .ci scripts tests fuzz bench deploy --exclude-dir=node_modules --exclude-dir=.terraform --exclude="*.tftpl" 2>/dev/null | sort)
    if ! command -v shellcheck >/dev/null; then
        record style skip shellcheck "shellcheck is not installed"
    elif shellcheck -x "${scripts[@]}"; then
        record style pass shellcheck
    else
        record style fail shellcheck "see above"
    fi
}

part_unit() { unit_tests unit dev; }

part_tsan() {
    unit_tests tsan tsan
    [[ ${INLET_LONG:-} == 1 ]] || return 0
    build_preset tsan inlet || record tsan fail "build tsan" "see $logs/build-tsan.log"
    # A report goes to the log of the server, where a line that is no JSON fails the test.
    INLET_LONG=0 INLET_BINARY="$root/build/tsan/inlet" run_pytest tsan tests/crash tests/e2e/test_lifecycle.py \
        tests/e2e/test_firehose.py tests/e2e/test_s3.py tests/e2e/test_tls.py
}

unit_tests() {  # PART PRESET
    build_preset "$2" all || record "$1" fail "build $2" "see $logs/build-$2.log"
    # CTest's own status is not asked: test_report.py reads what it wrote.
    GTEST_OUTPUT="xml:$results/$1/gtest/" GTEST_BRIEF=1 \
        ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
        UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=second_deadlock_stack=1 \
        ctest --test-dir "build/$2" -j "$(nproc)" --timeout 900 --output-on-failure \
        --output-junit "$results/$1/ctest.xml" || true
}

# The binary that the tests from outside use; 1 if there is none.
need_binary() {  # PART
    if [[ -n ${INLET_BINARY:-} ]]; then return 0; fi
    build_preset release inlet && return 0
    record "$1" fail "build release" "see $logs/build-release.log"
    return 1
}

part_e2e() {
    need_binary e2e || return 0
    build_preset release sigv4_probe || record e2e fail "build sigv4_probe" "see $logs/build-release.log"
    run_pytest e2e tests/e2e --ignore=tests/e2e/test_browser.py
}
part_crash() { need_binary crash && run_pytest crash tests/crash; }

# Always the same seeds, so that a failure is the change's; INLET_SEEDS=N tries more of them, SEED=N others.
part_sim() {
    local seeds=${INLET_SEEDS:-500} program=build/release/inlet-sim bug
    [[ ${INLET_LONG:-} == 1 ]] && seeds=${INLET_SEEDS:-5000}
    if ! build_preset release inlet-sim; then
        record sim fail "build inlet-sim" "see $logs/build-release.log"
        return 0
    fi
    sim_case "every promise is kept ($seeds seeds from ${SEED:-1})" \
        "$program" --seed "${SEED:-1}" --seeds "$seeds"
    sim_case "a seed always gives the same trace" \
        cmp <("$program" --seeds 20 2>&1) <("$program" --seeds 20 2>&1)
    sim_case "a seed alone does what it does among others" seeds_alone "$program"
    while IFS= read -r bug; do
        sim_case "the planted mistake $bug is found within 500 seeds" "$program" --plant "$bug" --seeds 500
    done < <("$program" --bugs)
}

# The trace of several seeds is made of theirs, as main.cpp adds them up.
seeds_alone() {  # PROGRAM
    local seed sum=0
    for seed in {1..20}; do sum=$((sum * 31 + 0x$(trace_of "$1" --seed "$seed"))); done
    [[ $(printf %016x "$sum") == "$(trace_of "$1" --seeds 20)" ]]
}
trace_of() { "$@" | sed -n 's/.*, trace \([0-9a-f]\{16\}\): .*/\1/p'; }

sim_case() {  # NAME COMMAND...
    local name=$1
    shift
    if "$@" </dev/null; then
        record sim pass "$name"
    else
        record sim fail "$name" "see above"
    fi
}

part_deploy() { need_binary deploy && run_pytest deploy tests/deploy; }

part_host() {
    if [[ -n ${INLET_DEB:-} ]] || logged build-deb bash deploy/build-deb.sh; then
        # Each waits mostly for its machine, so two go at a time; what the other one says comes at its end.
        mkdir -p "$logs"
        local apart=(tests/host/test_ansible.py tests/host/test_server_scripts.py)
        run_pytest host "${apart[@]}" >"$logs/host-apart.log" 2>&1 &
        run_pytest host tests/host "${apart[@]/#/--ignore=}"
        wait
        cat "$logs/host-apart.log"
    else
        record host fail "deploy/build-deb.sh" "see $logs/build-deb.log"
    fi
}

part_faults() {
    need_binary faults || return 0
    build_preset release disk_recorder || record faults fail "build disk_recorder" "see $logs/build-release.log"
    run_pytest faults tests/faults
    # Once more with ASan and UBSan, whose reports end the process; what takes long is not repeated.
    [[ ${INLET_LONG:-} == 1 ]] || return 0
    build_preset dev inlet || record faults fail "build dev" "see $logs/build-dev.log"
    # LeakSanitizer cannot work under strace, and some tests load a library in front of ASan's.
    INLET_LONG=0 INLET_BINARY="$root/build/dev/inlet" ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0 \
        run_pytest faults tests/faults tests/crash
}

part_soak() {
    need_binary soak || return 0
    local minutes=1
    [[ ${INLET_LONG:-} == 1 ]] && minutes=30
    if build/venv/bin/python tests/soak/run.py --minutes "${INLET_SOAK_MINUTES:-$minutes}"; then
        record soak pass soak
    else
        record soak fail soak "ended with an error"
    fi
}

part_browser() {
    if ! command -v chromium >/dev/null; then
        record browser skip browser "chromium is not installed"
    else
        need_binary browser && run_pytest browser tests/e2e/test_browser.py
    fi
}

part_fuzz() {
    build_preset fuzz fuzz/all || record fuzz fail "build fuzz" "see $logs/build-fuzz.log"
    local seconds=15 program
    [[ ${INLET_LONG:-} == 1 ]] && seconds=600
    seconds=${INLET_FUZZ_SECONDS:-$seconds}
    for program in build/fuzz/fuzz/fuzz_*; do
        [[ -x $program && ! -d $program ]] || continue
        # One for each core at a time.
        while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
        fuzz_one "$program" "$seconds" &
    done
    wait
    [[ -s $results/fuzz/cases.tsv ]] || record fuzz fail fuzz "there are no fuzzers in build/fuzz/fuzz"
}

fuzz_one() {  # PROGRAM SECONDS
    local name log found dictionary=()
    name=$(basename "$1")
    log="$logs/$name.log"
    found="$root/build/fuzz/found/$name"
    mkdir -p "$found" "$logs"
    [[ -f fuzz/${name#fuzz_}/dictionary ]] && dictionary=("-dict=fuzz/${name#fuzz_}/dictionary")
    # New inputs go to the first folder, those in the checkout are only read. What broke a fuzzer stays there and
    # is tried again by the next run.
    if "$1" -max_total_time="$2" -timeout=60 -rss_limit_mb=2048 -artifact_prefix="$found/" \
        ${SEED:+-seed="$SEED"} ${dictionary[0]:+"${dictionary[0]}"} "$found" "fuzz/${name#fuzz_}/corpus" >"$log" 2>&1 </dev/null; then
        echo "$name: $(tail -n 1 "$log")"
        record fuzz pass "$name"
    else
        tail -n 40 "$log"
        record fuzz fail "$name" "see $log; the input is in $found"
    fi
}

# The unit tests once more, counting what they run. Of the two modules that carry the promise most branches must be
# run; the report says which are not. (The tests from outside run more: faults, crash.)
part_coverage() {
    build_preset coverage all || record coverage fail "build coverage" "see $logs/build-coverage.log"
    find build/coverage -name '*.gcda' -delete
    ctest --test-dir build/coverage -j "$(nproc)" --timeout 900 --output-on-failure \
        --output-junit "$results/coverage/ctest.xml" || true
    mkdir -p build/coverage/report
    local gcovr=(build/venv/bin/python -m gcovr --config scripts/gcovr.cfg --root . build/coverage)
    "${gcovr[@]}" --filter src/ --html-details build/coverage/report/index.html --txt build/coverage/report/all.txt \
        --txt-metric branch >"$logs/gcovr.log" 2>&1 || record coverage fail gcovr "see $logs/gcovr.log"
    if "${gcovr[@]}" --filter src/journal/ --filter src/delivery/ --txt-metric branch --fail-under-branch 85; then
        record coverage pass "branches of src/journal and src/delivery"
    else
        record coverage fail "branches of src/journal and src/delivery" "see build/coverage/report/index.html"
    fi
}

part_bench() {
    build_preset bench all || record bench fail "build bench" "see $logs/build-bench.log"
    local program name
    for program in build/release/bench/bench_*; do
        [[ -x $program ]] || continue
        name=$(basename "$program")
        if INLET_BENCH_DIR=build "$program" --benchmark_min_time=0.05 </dev/null; then
            record bench pass "$name"
        else
            record bench fail "$name" "ended with an error"
        fi
    done
    for name in http compare delivery limits cores budget; do
        if build/venv/bin/python "bench/$name/run.py" --quick; then
            record bench pass "bench/$name"
        else
            record bench fail "bench/$name" "ended with an error"
        fi
    done
}
