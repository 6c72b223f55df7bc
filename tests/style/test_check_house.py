"""check_house.py finds what it is there to find: each test plants one fault into a small healthy tree."""

import importlib.util
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("check_house", ROOT / "scripts/check_house.py")
check_house = importlib.util.module_from_spec(SPEC)
sys.modules["check_house"] = check_house
SPEC.loader.exec_module(check_house)

HEALTHY = {
    "CMakeLists.txt": "inlet_module(base)\ninlet_module(event DEPENDS inlet_base)\n",
    "CHANGELOG.md": "# Changes\n\n## 0.1.0\n\nSee [the readme](README.md#start).\n",
    "README.md": "# inlet\n",
    "src/base/error.hpp": "// error.hpp - one error type.\n#pragma once\n\n#include <boost/outcome/try.hpp>\n",
    "src/event/event.hpp": '// event.hpp - the contract.\n#pragma once\n\n#include "base/error.hpp"\n',
    "src/event/event.cpp": '#include "event/event.hpp"\n\n#include <simdjson.h>\n',
    "src/event/event_test.cpp": '#include <gtest/gtest.h>\n\n#include "support/json.hpp"\n',
}

FAULTS = [
    ("include_direction", "src/event/row.cpp", '#include "http/server.hpp"\n'),
    ("include_direction", "src/http/session.cpp", '#include "api/collect.hpp"\n'),
    ("include_direction", "src/delivery/pump.cpp", '#include "http/server.hpp"\n'),
    ("include_direction", "src/unknown/x.cpp", '#include "base/error.hpp"\n'),
    ("include_direction", "src/event/row.cpp", '#include "support/json.hpp"\n'),
    ("include_direction", "tests/support/helper.cpp", '#include "journal/journal.hpp"\n'),
    ("libraries_have_one_place", "src/api/collect.cpp", "#include <simdjson.h>\n"),
    ("libraries_have_one_place", "src/app/main.cpp", "#include <boost/asio/ip/tcp.hpp>\n"),
    ("libraries_have_one_place", "src/base/id.cpp", "#include <openssl/ssl.h>\n"),
    ("libraries_have_one_place", "src/api/admin.cpp", "#include <prometheus/registry.h>\n"),
    ("libraries_have_one_place", "src/event/row.cpp", "#include <gtest/gtest.h>\n"),
    ("libraries_have_one_place", "src/event/row.cpp", "#include <boost/variant.hpp>\n"),
    ("notes_say_something", "src/event/row.cpp", "int x;  // FIXME\n"),
    ("notes_say_something", "src/event/row.cpp", "int x;  // TODO\n"),
    ("notes_say_something", "src/event/row.cpp", "int x;  // TODO: later\n"),
    ("tests_are_built", "src/event/deep/row_test.cpp", "int x;\n"),
    ("tests_are_built", "src/journal/journal_test.cpp", "int x;\n"),
    ("tests_are_built", "tests/row_test.cpp", "int x;\n"),
    ("files_are_short", "src/event/row.cpp", "int x;\n" * 501),
    ("white_space", "src/event/row.cpp", "\tint x;\n"),
    ("white_space", "src/event/row.cpp", "int x; \n"),
    ("white_space", "src/event/row.cpp", "int x;"),
    ("white_space", "src/event/row.cpp", "int x;\n\n"),
    ("headers_introduce_themselves", "src/event/row.hpp", "#pragma once\n"),
    ("headers_introduce_themselves", "src/event/row.hpp", "// row.hpp - a row.\n\nint x;\n"),
    ("errors_are_values", "src/event/row.cpp", "void f() { throw 1; }\n"),
    ("no_private_paths", "deploy/inlet.toml", 'dir = "/home/ann/inlet"\n'),
    ("no_private_paths", "README.md", "cd /Users/ann\n"),
    ("links_lead_somewhere", "docs/api.md", "See [lake](lake.md).\n"),
    ("corpora_are_made_by_hand", f"fuzz/event/corpus/{40 * 'a'}", "{}"),
    ("changelog_exists", "CHANGELOG.md", "# Changes\n"),
]

FINE = [
    ("src/event/row.cpp", "// Nothing to throw here.\nauto text = \"throw\";\n"),
    ("src/event/row.cpp", "// TODO: count the rows of each type once the lake needs it\n"),
    ("src/base/log.cpp", "#include <spdlog/spdlog.h>\n"),
    ("docs/api.md", "[changes](../CHANGELOG.md) [rfc](https://www.rfc-editor.org/rfc/rfc9457) [here](#here)\n"),
    ("build/x/bad.cpp", "\tthrow 1; // FIXME"),
]


def broken_rules(folder, files):
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    tree = check_house.Tree(folder)
    return [rule.__name__ for rule in check_house.RULES if list(rule(tree))]


def test_a_healthy_tree_breaks_no_rule(tmp_path):
    assert broken_rules(tmp_path, HEALTHY) == []


@pytest.mark.parametrize("rule, path, text", FAULTS, ids=[f"{rule}-{number}" for number, (rule, _, _) in
                                                          enumerate(FAULTS)])
def test_a_planted_fault_breaks_its_rule_and_no_other(tmp_path, rule, path, text):
    assert broken_rules(tmp_path, {**HEALTHY, path: text}) == [rule]


@pytest.mark.parametrize("path, text", FINE)
def test_what_is_allowed_breaks_no_rule(tmp_path, path, text):
    assert broken_rules(tmp_path, {**HEALTHY, path: text}) == []


def test_every_rule_has_a_planted_fault():
    assert {rule for rule, _, _ in FAULTS} == {rule.__name__ for rule in check_house.RULES}
