#!/usr/bin/env python3
"""The house rules that a machine can check. Run by ./test style; tested by tests/style/test_check_house.py.

    check_house.py [--root DIR] [--cases FILE]    exit status 1 if a rule is broken

A rule is a function that yields Violations; its first line of documentation is its name in the report.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import sys

# Who may include whom. `base` may be included by all, and each module by itself.
MAY_INCLUDE = {
    "base": set(),
    "event": set(),
    "journal": set(),
    "http": set(),
    "web": set(),
    "aws": set(),
    "sink": {"aws"},
    "verify": {"event", "journal", "sink"},
    "delivery": {"event", "journal", "sink"},
    "api": {"event", "journal", "http", "web"},
    "metrics": {"event", "journal", "http", "api", "aws", "sink", "delivery"},  # their Stats and names
    "config": {"event", "journal", "http", "api", "aws", "sink", "delivery", "metrics"},  # their Options
    "app": {"event", "journal", "http", "api", "aws", "sink", "delivery", "verify", "metrics", "config", "web"},
}

# Each library has one place: (header, the files that may include it). The first match decides.
LIBRARY_PLACES = [
    (r"simdjson", r"src/event/"),
    (r"boost/(asio|beast|intrusive)", r"src/http/|tests/support/"),
    (r"openssl/(ssl|tls1|x509|pem|bio|ocsp)", r"src/http/|tests/support/"),
    (r"openssl/", r"src/(base|http|event|aws|sink)/|tests/support/"),
    (r"boost/outcome", r"src/base/error\.hpp"),
    (r"boost/endian", r"src/(base|journal)/"),
    (r"boost/json", r"src/aws/"),
    (r"boost/", r"(?!)"),
    (r"libdeflate|zstd|zlib", r"src/base/(de)?compress"),
    (r"spdlog|fmt/", r"src/base/log"),
    (r"toml\+\+", r"src/config/"),
    (r"prometheus", r"src/metrics/"),
    (r"CLI/", r"src/app/"),
    (r"curl/", r"src/aws/"),
    (r"expat", r"src/aws/"),
    (r"gtest|gmock", r"src/.*(_test\.[ch]pp|_fixture\.hpp)|tests/support/"),
    (r"benchmark/", r"bench/"),
]

# Over 500 lines, and why that is right.
LONG_FILES = {
    "api/openapi.yaml": "one document by its format",
    "docs/configuration.md": "generated from the table of keys",
}
MAX_LINES = 500

CPP = {".cpp", ".hpp"}
CODE = CPP | {".py", ".sh", ".js", ".mjs", ".css", ".cmake"}
TEXT = CODE | {".md", ".txt", ".yaml", ".yml", ".toml", ".json", ".html", ".tf", ".service", ".in", ""}
NOT_OURS = {".git", "build", "var", "node_modules", "__pycache__", ".cache", ".venv", ".pytest_cache", ".terraform",
            "corpus"}
NOT_CHECKED = {"LICENSE", "package-lock.json", ".terraform.lock.hcl"}


@dataclasses.dataclass
class Violation:
    path: str
    line: int
    text: str


class Tree:
    """The files of a checkout, as text."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.files = {}
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("build-"))
            for name in sorted(names):
                path = pathlib.Path(folder, name)
                if path.suffix in TEXT and name not in NOT_CHECKED and not path.is_symlink():
                    self._add(path)

    def _add(self, path):
        try:
            self.files[path.relative_to(self.root).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            pass  # data

    def exists(self, path):
        return (self.root / path).exists()

    def lines(self, *suffixes, under=""):
        for path, text in self.files.items():
            if path.startswith(under) and (not suffixes or pathlib.PurePath(path).suffix in suffixes):
                for number, line in enumerate(text.split("\n"), 1):
                    yield path, number, line


def module_of(path):
    found = re.match(r"src/([^/]+)/", path)
    return found.group(1) if found else None


def include_direction(tree):
    """Includes go one way between the modules."""
    for path, number, line in tree.lines(*CPP):
        found = re.match(r'\s*#\s*include\s+"([^"/]+)/', line)
        # What is compiled into the test helpers stands on base alone; fixtures in a header serve one module.
        module = "base" if re.match(r"tests/support/.*\.cpp$", path) else module_of(path)
        if not found or module is None:
            continue
        target = found.group(1)
        if module not in MAY_INCLUDE:
            yield Violation(path, number, f"module {module} is not in the table MAY_INCLUDE")
        elif target == "support":
            if module_of(path) and not re.search(r"_(test\.cpp|fixture\.hpp)$", path):
                yield Violation(path, number, "only tests may include test helpers")
        elif target in MAY_INCLUDE and target not in MAY_INCLUDE[module] | {module, "base"}:
            yield Violation(path, number, f"{module} must not include {target}")


def libraries_have_one_place(tree):
    """Each library is included in one place."""
    for path, number, line in tree.lines(*CPP):
        found = re.match(r"\s*#\s*include\s+[<\"]([^>\"]+)[>\"]", line)
        if not found:
            continue
        for header, places in LIBRARY_PLACES:
            if re.match(header, found.group(1)):
                if not re.match(places, path):
                    yield Violation(path, number, f"{found.group(1)} does not belong here")
                break


def notes_say_something(tree):
    """A TODO says what is to be done; FIXME is not for main."""
    this = "scripts/check_house.py"
    for path, number, line in tree.lines(*CODE):
        if path in (this, "tests/style/test_check_house.py"):
            continue
        if re.search(r"\b(FIXME|XXX|HACK)\b", line):
            yield Violation(path, number, "repair it, or write a TODO that says what is missing")
        elif re.search(r"\bTODO\b(?!.{0,20}\w{3,}.*\w{3,})", line):
            yield Violation(path, number, "a TODO needs a text")


def tests_are_built(tree):
    """Every *_test.cpp is where CMake finds it."""
    built = {name for path, text in tree.files.items() if path.endswith("CMakeLists.txt")
             for name in re.findall(r"^\s*inlet_module\((\w+)", text, re.MULTILINE)}
    for path in tree.files:
        if not path.endswith("_test.cpp"):
            continue
        parts = path.split("/")
        if parts[0] != "src" or len(parts) != 3:
            yield Violation(path, 1, "unit tests stand beside the code: src/<module>/<name>_test.cpp")
        elif parts[1] not in built:
            yield Violation(path, 1, f"{parts[1]} is no inlet_module() in CMakeLists.txt")


def files_are_short(tree):
    """No file is over 500 lines without a reason."""
    for path, text in tree.files.items():
        count = text.count("\n")
        if pathlib.PurePath(path).suffix in CODE | {".yaml", ".md"} and count > MAX_LINES and path not in LONG_FILES:
            yield Violation(path, count, f"over {MAX_LINES} lines: find its second noun, or list it in LONG_FILES")


def white_space(tree):
    """No tabs, no blanks at line ends, one line feed at the end."""
    for path, number, line in tree.lines():
        if "\t" in line and pathlib.PurePath(path).name != "Makefile":
            yield Violation(path, number, "has a tab")
        if line != line.rstrip():
            yield Violation(path, number, "ends in white space")
    for path, text in tree.files.items():
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            yield Violation(path, text.count("\n") + 1, "does not end in exactly one line feed")


def headers_introduce_themselves(tree):
    """A header opens with its name and what it is, and has #pragma once."""
    for path, text in tree.files.items():
        if not path.endswith(".hpp"):
            continue
        name = pathlib.PurePath(path).name
        if not re.match(rf"// {re.escape(name)} - \S", text):
            yield Violation(path, 1, f'must open with "// {name} - " and what it is')
        if "\n#pragma once\n" not in text:
            yield Violation(path, 1, "has no #pragma once")


def without_comments(line):
    return re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]


def errors_are_values(tree):
    """Our own code throws nothing."""
    for path, number, line in tree.lines(*CPP, under="src/"):
        if re.search(r"\bthrow\b", without_comments(line)):
            yield Violation(path, number, "return a Result, or CHECK")


def no_private_paths(tree):
    """No path of one person's machine."""
    private = re.compile(r"(?<![\w.~-])/(home/[a-z]|Users/|root/)|" + re.escape(str(tree.root)) + r"(/|\b)")
    for path, number, line in tree.lines():
        if path.startswith(("scripts/check_house.py", "tests/style/")):
            continue
        if private.search(line):
            yield Violation(path, number, "names a folder of one machine")


def links_lead_somewhere(tree):
    """Links in the documentation point to files that exist."""
    for path, number, line in tree.lines(".md"):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z]+:|#", target):
                continue
            file = pathlib.PurePosixPath(path).parent / target.split("#")[0]
            if not tree.exists(file):
                yield Violation(path, number, f"{target} does not exist")


def corpora_are_made_by_hand(tree):
    """Inputs of fuzzers have names that say what they are."""
    for file in sorted(pathlib.Path(tree.root).glob("fuzz/*/corpus/*")):
        if re.fullmatch(r"[0-9a-f]{40}", file.name):
            yield Violation(file.relative_to(tree.root).as_posix(), 1, "was written by a fuzzer: remove it, or name what it shows")


def changelog_exists(tree):
    """There is a change log."""
    if not re.search(r"^## ", tree.files.get("CHANGELOG.md", ""), re.MULTILINE):
        yield Violation("CHANGELOG.md", 1, "is missing, or has no section (## ...)")


RULES = [include_direction, libraries_have_one_place, notes_say_something, tests_are_built, files_are_short,
         white_space, headers_introduce_themselves, errors_are_values, no_private_paths, links_lead_somewhere,
         corpora_are_made_by_hand, changelog_exists]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--cases", type=pathlib.Path, help="append the result of each rule to this file")
    arguments = parser.parse_args()
    tree = Tree(arguments.root)
    broken = 0
    for rule in RULES:
        title = rule.__doc__.split("\n")[0].rstrip(".")
        violations = list(rule(tree))
        broken += bool(violations)
        for violation in violations:
            print(f"{violation.path}:{violation.line}: {violation.text}  [{rule.__name__}]")
        if arguments.cases:
            first = f"{violations[0].path}:{violations[0].line}: {violations[0].text}" if violations else ""
            more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
            with arguments.cases.open("a", encoding="utf-8") as file:
                file.write(f"{'fail' if violations else 'pass'}\t{title}\t{first}{more}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
