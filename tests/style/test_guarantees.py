"""docs/guarantees.md names a command for each fault: every one of them can be pasted into a shell, and chooses a test that is there."""

import fnmatch
import functools
import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
PYTEST_PARTS = ("e2e", "crash", "faults", "host")

# (part, NAME) as they stand in the document, and what it says that they are short for.
PYTEST_COMMANDS = sorted(set(re.findall(rf"`({'|'.join(PYTEST_PARTS)}) -k ([^`]+)`", TEXT)) - {("faults", "NAME")})
# Behind "**long**:" stands what needs INLET_LONG=1.
LONG_COMMANDS = sorted(set(re.findall(rf"\*\*long\*\*: `({'|'.join(PYTEST_PARTS)}) -k ([^`]+)`", TEXT)))
UNIT_COMMANDS = sorted(set(re.findall(r"`unit ([^`]+)`", TEXT)) - {"NAME"})
UNIT_PATTERNS = sorted({pattern for found in UNIT_COMMANDS for pattern in found.split(":")})
PYTEST_FORM = re.search(r"`faults -k NAME` is `([^`]+)`", TEXT)[1]
UNIT_FORM = re.search(r"`unit NAME` is `([^`]+)`", TEXT)[1]


@pytest.fixture(scope="session")
def collected():
    """Lower-case node ids by part, of a short run and of a long one."""

    @functools.cache
    def ids_of(part, is_long):
        done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts=", "--collect-only",
                               "-q", f"tests/{part}"], cwd=ROOT, capture_output=True, text=True, check=False,
                              env={**os.environ, "INLET_LONG": "1" if is_long else "0", "PYTEST_ADDOPTS": ""})
        ids = [line.lower() for line in done.stdout.splitlines() if "::" in line]
        assert ids, done.stdout + done.stderr
        return ids

    return ids_of


@pytest.fixture(scope="session")
def unit_tests():
    """"Suite.Name" of every unit test."""
    found = set()
    for path in (ROOT / "src").rglob("*_test.cpp"):
        found |= {".".join(names) for names in
                  re.findall(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", path.read_text(encoding="utf-8"), re.MULTILINE)}
    return found


def chooses(expression, node_id):
    """As pytest's -k, for words joined by and, or, not."""
    words = re.findall(r"[\w\[\].-]+|[()]", expression)
    parts = [word if word in ("and", "or", "not", "(", ")") else str(word.lower() in node_id) for word in words]
    return eval(" ".join(parts), {"__builtins__": {}})  # noqa: S307 - only the words above get here


def pasted(line, variable):
    """What ./test gets in `variable`, and as its arguments, when a shell runs the line."""
    shown = line.replace("./test", f"bash -c 'printf \"%s\\n\" \"${variable}\" \"$@\"' test")
    done = subprocess.run(["bash", "-c", shown], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0 and not done.stderr, line + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("part, name", PYTEST_COMMANDS)
def test_each_command_of_pytest_gets_through_the_shell(part, name):
    line = PYTEST_FORM.replace("NAME", name).replace("faults", part)
    options, *arguments = pasted(line, "PYTEST_ADDOPTS")
    assert (shlex.split(options), arguments) == (["-k", name], [part])  # pytest splits it as a shell does


@pytest.mark.parametrize("name", UNIT_COMMANDS)
def test_each_command_of_unit_tests_gets_through_the_shell(name):
    assert pasted(UNIT_FORM.replace("NAME", name), "GTEST_FILTER") == [name, "unit"]


@pytest.mark.parametrize("part, name", PYTEST_COMMANDS)
def test_each_word_of_a_command_chooses_a_test(collected, part, name):
    ids = collected(part, (part, name) in LONG_COMMANDS)
    for alternative in name.split(" or "):
        assert any(chooses(alternative.strip("() "), node_id) for node_id in ids), f"{part} -k {alternative}"


@pytest.mark.parametrize("pattern", UNIT_PATTERNS)
def test_each_pattern_of_unit_tests_matches_one(unit_tests, pattern):
    assert fnmatch.filter(unit_tests, pattern), pattern


def test_the_document_names_commands_at_all():
    assert len(PYTEST_COMMANDS) > 20 and len(UNIT_PATTERNS) > 10 and LONG_COMMANDS
