"""test_report.py counts right, also what went wrong outside of any test case."""

import pathlib
import subprocess
import sys

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/test_report.py"


def report(folder, *parts):
    done = subprocess.run([sys.executable, SCRIPT, folder, *parts], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def write(folder, path, text):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def gtest(*cases):
    return "<testsuites><testsuite>" + "".join(cases) + "</testsuite></testsuites>"


def test_counts_cases_of_all_kinds(tmp_path):
    write(tmp_path, "unit/gtest/base_test.xml", gtest(
        '<testcase name="A" classname="Base" status="run" result="completed"/>',
        '<testcase name="B" classname="Base" status="run" result="completed"><failure message="no&#x0A;more"/></testcase>',
        '<testcase name="C" classname="Base" status="run" result="skipped"><skipped message="why"/></testcase>'))
    write(tmp_path, "e2e/pytest-1.xml", gtest('<testcase name="x" classname="t"/>'))
    write(tmp_path, "style/cases.tsv", "pass\tclang-format\t\nskip\tshellcheck\tnot installed\n")
    status, lines = report(tmp_path, "unit", "e2e", "style")
    assert status == 1
    assert lines[-1] == "3 passed, 1 failed, 2 skipped"
    assert "  unit: Base.B: no" in lines
    assert "  style: shellcheck: not installed" in lines


def test_a_program_that_fails_beside_its_cases_counts_as_a_failure(tmp_path):
    write(tmp_path, "unit/gtest/base_test.xml", gtest('<testcase name="A" classname="Base" status="run"/>'))
    write(tmp_path, "unit/ctest.xml", gtest('<testcase name="base" status="fail"><failure message="leak"/></testcase>',
                                            '<testcase name="crashed" status="fail"><failure/></testcase>',
                                            '<testcase name="absent" status="notrun">'
                                            '<skipped message="Unable to find executable"/></testcase>',
                                            '<testcase name="replay" status="run"/>'))
    status, lines = report(tmp_path, "unit")
    assert (status, lines[-1]) == (1, "2 passed, 3 failed, 0 skipped")


def test_a_report_that_is_cut_off_counts_as_a_failure(tmp_path):
    write(tmp_path, "e2e/pytest-1.xml", "<testsuites><testsuite>")
    assert report(tmp_path, "e2e")[0] == 1


def test_nothing_run_is_no_success(tmp_path):
    write(tmp_path, "e2e/cases.tsv", "skip\tall\tno binary\n")
    status, lines = report(tmp_path, "e2e")
    assert (status, lines[-1]) == (1, "0 passed, 0 failed, 1 skipped")


def test_all_passed_is_success(tmp_path):
    write(tmp_path, "e2e/cases.tsv", "pass\tone\t\n")
    status, lines = report(tmp_path, "e2e")
    assert (status, lines[-1]) == (0, "1 passed, 0 failed, 0 skipped")
