"""Runs every test of a build tree and ends with one line: `N passed, N failed`.

    run_tests.py BUILD_FOLDER [REGEX] [--long]

First the GoogleTest binaries that the build listed, then pytest over tests/. REGEX selects the tests whose name it is
found in: `spark_types_test Suite.Case` for C++, `tests/style/test_includes.py::test_x` for Python. Tests marked `long`
run only with --long. A binary that crashes or hangs counts as one failed test, and its output is shown. Skipped tests
are listed with their reason. The exit status is 0 only when something ran and nothing failed.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY_TIMEOUT_S = 900
TEST_TIMEOUT_S = 600


@dataclasses.dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: list = dataclasses.field(default_factory=list)  # "name: reason"

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def gtest_cases(binary):
    """The names Suite.Case that a binary holds."""
    listing = subprocess.run([binary, "--gtest_list_tests"], capture_output=True, text=True, check=True).stdout
    suite, cases = "", []
    for line in listing.splitlines():
        name = line.split("#")[0].strip()
        if line.startswith(" "):
            cases.append(suite + name)
        elif name.endswith("."):
            suite = name
    return cases


def run_gtest(binary, selected):
    """Runs the cases of one binary that `selected` accepts; returns the result and what to print."""
    started = time.monotonic()
    try:
        cases = [case for case in gtest_cases(binary) if selected(f"{binary.name} {case}")]
    except (OSError, subprocess.CalledProcessError) as error:
        return Result(failed=1), f"FAILED {binary.name}: cannot list its tests: {error}\n"
    if not cases:
        return Result(), ""
    with tempfile.TemporaryDirectory() as folder:
        report, flags = pathlib.Path(folder, "report.json"), pathlib.Path(folder, "flags")
        flags.write_text(f"--gtest_filter={':'.join(cases)}\n--gtest_output=json:{report}\n--gtest_brief=1\n")
        try:
            run = subprocess.run(
                [binary, f"--gtest_flagfile={flags}"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, timeout=BINARY_TIMEOUT_S)
            status, output = run.returncode, run.stdout
        except subprocess.TimeoutExpired as error:
            status, output = f"still running after {BINARY_TIMEOUT_S} s", error.stdout or b""
        result = gtest_result(report, binary.name)
    if status != 0 and result.failed == 0:
        result.failed = 1  # it crashed, or failed outside of any test
    summary = f"{binary.name}: {result.passed} passed, {result.failed} failed, {time.monotonic() - started:.1f} s\n"
    if result.failed:
        summary = f"{output.decode(errors='replace')}\nFAILED (status {status}) {summary}"
    return result, summary


def gtest_result(report, binary_name):
    result = Result()
    if not report.exists():
        return result
    for suite in json.loads(report.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            if case.get("failures"):
                result.failed += 1
            elif case["result"] == "COMPLETED":
                result.passed += 1
            else:
                result.skipped.append(f"{binary_name} {suite['name']}.{case['name']}: {case['result'].lower()}")
    return result


class Tally:
    """A pytest plugin: deselects what was not asked for and counts the rest, one count a test."""

    def __init__(self, selected, long):
        self.selected, self.long = selected, long
        self.result = Result()
        self.failed_ids = set()

    def pytest_configure(self, config):
        config.addinivalue_line("markers", "long: takes minutes; runs only with ./dev test --long")

    def pytest_collection_modifyitems(self, config, items):
        def wanted(item):
            return self.selected(item.nodeid) and (self.long or item.get_closest_marker("long") is None)

        dropped = [item for item in items if not wanted(item)]
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if wanted(item)]

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed_ids.add(report.nodeid)
        elif report.skipped:
            self.result.skipped.append(f"{report.nodeid}: {report.longrepr[-1]}")

    def pytest_runtest_logreport(self, report):
        if report.failed:  # in its set-up, call or tear-down
            self.failed_ids.add(report.nodeid)
        elif report.skipped:
            reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else "expected to fail"
            self.result.skipped.append(f"{report.nodeid}: {reason}")
        elif report.when == "call":
            self.result.passed += 1


def run_pytest(selected, long):
    tally = Tally(selected, long)
    arguments = ["tests", "-q", "--color=no", "-p", "no:cacheprovider", f"--timeout={TEST_TIMEOUT_S}"]
    status = pytest.main(arguments, plugins=[tally])
    result = tally.result
    result.failed = len(tally.failed_ids)
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and result.failed == 0:
        result.failed = 1  # pytest itself broke
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("regex", nargs="?", default="")
    parser.add_argument("--long", action="store_true")
    arguments = parser.parse_args()
    selected = re.compile(arguments.regex).search
    build = arguments.build.resolve()
    os.chdir(ROOT)

    total = Result()
    binaries = [build / "tests" / name for name in (build / "tests.txt").read_text().split()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result, text in pool.map(lambda binary: run_gtest(binary, selected), binaries):
            total.add(result)
            print(text, end="", flush=True)
    total.add(run_pytest(selected, arguments.long))

    for skipped in total.skipped:
        print(f"skipped {skipped}")
    if total.passed + total.failed == 0:
        print("no test was selected")
    print(f"{total.passed} passed, {total.failed} failed")
    return 0 if total.failed == 0 and total.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
