#!/usr/bin/env python3
"""clang-tidy over all files of ours that a build folder compiles, in parallel.

    run_tidy.py BUILD_DIR [--cases FILE]

A file that passed is not looked at again until it, a header of ours that it reaches, .clang-tidy, its command or
the tool changes: what passed is remembered under BUILD_DIR/tidy-passed. A fresh checkout checks everything.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

TIDY = "clang-tidy-19"
ROOT = pathlib.Path(__file__).resolve().parent.parent


def reached_headers(path, seen):
    """Our headers that `path` includes, directly or through others."""
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.MULTILINE):
        for folder in (ROOT / "src", ROOT / "tests", path.parent):
            header = (folder / name).resolve()
            if header.is_file():
                if header not in seen:
                    seen.add(header)
                    reached_headers(header, seen)
                break
    return seen


def fingerprint(path, command, tool):
    digest = hashlib.sha256((tool + command).encode())
    for part in [ROOT / ".clang-tidy", path, *sorted(reached_headers(path, set()))]:
        digest.update(part.read_bytes())
    return digest.hexdigest()


def check(path, build_dir):
    done = subprocess.run([TIDY, "-p", build_dir, "--quiet", path], capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build_dir", type=pathlib.Path)
    parser.add_argument("--cases", type=pathlib.Path, help="append the result of each file to this file")
    arguments = parser.parse_args()
    tool = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    passed_dir = arguments.build_dir / "tidy-passed"
    passed_dir.mkdir(exist_ok=True)

    waiting, results = {}, {}
    for entry in json.loads((arguments.build_dir / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if ROOT / "build" in path.parents or not path.is_file():
            continue  # generated
        mark = passed_dir / fingerprint(path, entry["command"], tool)
        if mark.exists():
            results[path] = True
        else:
            waiting[path] = mark
    remembered = len(results)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(check, path, arguments.build_dir): path for path in waiting}
        for future in concurrent.futures.as_completed(running):
            path = running[future]
            results[path], output = future.result()
            if results[path]:
                waiting[path].touch()
            else:
                print(output, flush=True)
    failed = sum(not good for good in results.values())
    print(f"clang-tidy: {len(waiting)} files checked, {remembered} unchanged, {failed} with findings", flush=True)
    if arguments.cases:
        with arguments.cases.open("a", encoding="utf-8") as file:
            for path, good in sorted(results.items()):
                file.write(f"{'pass' if good else 'fail'}\tclang-tidy {path.relative_to(ROOT)}\tsee above\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
