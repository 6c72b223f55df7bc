#!/usr/bin/env python3
"""Counts what the parts of ./test left in build/test and prints it.

    test_report.py RESULTS --part PART     the summary of one part
    test_report.py RESULTS PART...         durations, skips, failures again, and the closing line

A part's folder holds any of: gtest/*.xml (one per program), ctest.xml, pytest*.xml, cases.tsv, seconds.
The closing line is "N passed, N failed, N skipped"; exit status 1 if anything failed or nothing passed.
"""

import argparse
import dataclasses
import pathlib
import sys
import xml.etree.ElementTree as ET


@dataclasses.dataclass
class Case:
    outcome: str  # pass, fail or skip
    name: str
    reason: str = ""


def first_line(text):
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[0][:200] if lines else ""


def case_of(element):
    """One <testcase> of GoogleTest, CTest or pytest."""
    suite = element.get("classname") or ""
    name = f"{suite}.{element.get('name')}" if suite else element.get("name")
    for tag in ("failure", "error"):
        found = element.find(tag)
        if found is not None:
            return Case("fail", name, first_line(found.get("message") or found.text))
    skipped = element.find("skipped")
    if skipped is not None:
        return Case("skip", name, first_line(skipped.get("message") or skipped.text))
    if element.get("status") in ("notrun", "disabled") or element.get("result") in ("skipped", "suppressed"):
        return Case("skip", name, "disabled")
    return Case("pass", name)


def cases_in(path):
    try:
        return [case_of(element) for element in ET.parse(path).iter("testcase")]
    except ET.ParseError as error:
        return [Case("fail", path.name, f"cut off: {error}")]


def program_cases(folder):
    """CTest knows programs, GoogleTest what is in them: a program counts by itself only if it has no cases, or
    failed although none of its cases did (a leak, a sanitizer report, a crash, a timeout)."""
    reports = {path.stem: cases_in(path) for path in sorted((folder / "gtest").glob("*.xml"))}
    cases = [case for report in reports.values() for case in report]
    if not (folder / "ctest.xml").exists():
        return cases
    for element in ET.parse(folder / "ctest.xml").iter("testcase"):
        program = element.get("name")
        report = reports.get(f"{program}_test", reports.get(program, []))
        skipped = element.find("skipped")
        not_built = skipped is not None and "Unable to find executable" in (skipped.get("message") or "")
        failed = not_built or element.get("status") == "fail" or element.find("failure") is not None
        if failed and not any(case.outcome == "fail" for case in report):
            message = element.find("failure")
            cases.append(Case("fail", program, first_line(message.get("message") if message is not None else "")
                              or ("it was not built" if not_built else "the program failed")))
        elif not failed and not report:
            cases.append(case_of(element) if element.get("status") == "notrun" else Case("pass", program))
    return cases


def cases_of(folder):
    cases = program_cases(folder)
    for path in sorted(folder.glob("pytest*.xml")):
        cases += cases_in(path)
    listed = folder / "cases.tsv"
    if listed.exists():
        for line in listed.read_text().splitlines():
            outcome, name, reason = (line.split("\t") + ["", ""])[:3]
            cases.append(Case(outcome, name, reason))
    return cases


def counts(cases):
    number = {outcome: sum(case.outcome == outcome for case in cases) for outcome in ("pass", "fail", "skip")}
    return f"{number['pass']} passed, {number['fail']} failed, {number['skip']} skipped"


def seconds_of(folder):
    path = folder / "seconds"
    return int(path.read_text()) if path.exists() else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--part")
    parser.add_argument("parts", nargs="*")
    arguments = parser.parse_args()
    if arguments.part:
        folder = arguments.results / arguments.part
        print(f"--- {arguments.part}: {counts(cases_of(folder))} in {seconds_of(folder)} s", flush=True)
        return 0

    by_part = {part: cases_of(arguments.results / part) for part in arguments.parts}
    print("\nSummary")
    for part, cases in by_part.items():
        print(f"  {part:8} {counts(cases):44} {seconds_of(arguments.results / part):5} s")
    for outcome, title in (("skip", "Skipped"), ("fail", "Failed")):
        chosen = [(part, case) for part, cases in by_part.items() for case in cases if case.outcome == outcome]
        if chosen:
            print(f"\n{title}")
        for part, case in chosen:
            print(f"  {part}: {case.name}: {case.reason}")
    everything = [case for cases in by_part.values() for case in cases]
    print()
    print(counts(everything), flush=True)
    passed = any(case.outcome == "pass" for case in everything)
    failed = any(case.outcome == "fail" for case in everything)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
