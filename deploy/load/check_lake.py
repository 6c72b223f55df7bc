#!/usr/bin/env python3
"""Compares what a load test was answered with what is in the lake.

    check_lake.py --ledger ledger /var/lib/inlet/lake
    aws s3 cp --recursive s3://example-lake/raw/ rows && check_lake.py --ledger ledger rows
    inlet journal cat | check_lake.py --ledger ledger -

A LAKE is a folder, of which every file is read (NDJSON, plain or as gzip; zstd if Python has a module for it), one file, or "-"
for NDJSON on standard input. Rows that the load test did not send are passed over.

Exit status: 0 every row that was answered with 200 is there, and no row that was refused; 1 not so; 2 something could not be read.
"""

import argparse
import collections
import gzip
import io
import json
import pathlib
import sys

SHOWN = 10


class Unreadable(Exception):
    """Nothing is proved as long as something cannot be read."""


class Sent:
    """The ledgers of all processes together."""

    def __init__(self, folder):
        self.runs, self.last = set(), {}  # last: what is known of a row
        paths = [folder] if folder.is_file() else sorted(folder.glob("*.ledger"))
        if not paths:
            raise Unreadable(f"{folder}: there is no ledger")
        for path in paths:
            self._read(path)

    def _read(self, path):
        # A process that was killed leaves half a line at the end.
        for number, line in enumerate(path.read_text(encoding="ascii").split("\n")[:-1], 1):
            word, _, name = line.partition(" ")
            if word == "run" and name:
                self.runs.add(name)
            elif word in ("sent", "answered", "refused", "unknown") and name:
                self.last[name] = word
            else:
                raise Unreadable(f"{path}:{number}: this is no line of a ledger: {line[:80]!r}")

    def owns(self, name):
        return isinstance(name, str) and name.rpartition("-")[0] in self.runs


def opened(path):
    file = path.open("rb")
    magic = file.read(4)
    file.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.open(file)
    if magic == b"\x28\xb5\x2f\xfd":
        try:
            import zstandard  # pylint: disable=import-outside-toplevel
        except ImportError:
            raise Unreadable(f"{path}: is zstd, and Python's module zstandard is not installed") from None
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
    return file


def files_of(lake):
    """Published files: what begins with "." or "_" is being written, or not rows."""
    if lake.is_file():
        return [lake]
    if not lake.is_dir():
        raise Unreadable(f"{lake}: there is no such folder")
    return [path for path in sorted(lake.rglob("*")) if path.is_file()
            and not any(part.startswith((".", "_")) for part in path.relative_to(lake).parts)]


def names_in(lines, where):
    """The messageId of each row, None for rows without one."""
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            extra = row.get("extra") or {}
            yield extra.get("messageId"), row.get("id")
        except (ValueError, AttributeError):
            raise Unreadable(f"{where}: line {number} is no row: {line[:80]!r}") from None


def rows_of(lakes):
    for lake in lakes:
        if lake == "-":
            yield from names_in(sys.stdin.buffer, "standard input")
            continue
        for path in files_of(pathlib.Path(lake)):
            try:
                with opened(path) as lines:
                    yield from names_in(lines, path)
            except (OSError, EOFError) as error:
                raise Unreadable(f"{path}: {error}") from None


def compare(sent, lakes):
    """Prints the account. Returns whether it is as it should be."""
    found, ids = collections.Counter(), {}
    conflicting, never_sent = set(), set()
    for name, row_id in rows_of(lakes):
        if not sent.owns(name):
            continue
        found[name] += 1
        if ids.setdefault(name, row_id) != row_id:
            conflicting.add(name)
        if name not in sent.last:
            never_sent.add(name)
    states = collections.defaultdict(set)
    for name, word in sent.last.items():
        states[word].add(name)
    missing = states["answered"] - found.keys()
    taken = states["refused"] & found.keys()
    print(f"answered  {len(states['answered']):>10}  of them in the lake {len(states['answered']) - len(missing)}")
    print(f"refused   {len(states['refused']):>10}  of them in the lake {len(taken)}")
    print(f"unknown   {len(states['unknown']):>10}  of them in the lake {len(states['unknown'] & found.keys())}")
    print(f"under way {len(states['sent']):>10}  of them in the lake {len(states['sent'] & found.keys())}")
    print(f"rows that are there more than once, with equal id: {sum(count - 1 for count in found.values())}")
    problems = [("MISSING: answered with 200 and not in the lake", missing),
                ("REFUSED, and in the lake", taken),
                ("NEVER SENT under this name, and in the lake", never_sent),
                ("DIFFERENT ids of one row that was sent again", conflicting)]
    for text, names in problems:
        if names:
            shown = sorted(names)[:SHOWN]
            print(f"{text}: {len(names)}\n  " + "\n  ".join(shown) + ("\n  ..." if len(names) > SHOWN else ""))
    good = not any(names for _, names in problems)
    print("COMPLETE: every row that was answered with 200 is in the lake" if good else "NOT COMPLETE")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", type=pathlib.Path, required=True, help="the ledger's file, or the folder of all of them")
    parser.add_argument("lakes", nargs="+", metavar="LAKE")
    arguments = parser.parse_args()
    try:
        return 0 if compare(Sent(arguments.ledger), arguments.lakes) else 1
    except (Unreadable, OSError, UnicodeDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
