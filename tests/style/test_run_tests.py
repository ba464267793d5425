"""The test runner tells passing, failing, crashing and missing GoogleTest binaries apart."""

import importlib.util
import pathlib

import pytest

RUNNER = pathlib.Path(__file__).resolve().parents[2] / "scripts/run_tests.py"

# A program with the command line of GoogleTest and two cases; REPORT and END say what happens when they run.
BINARY = """#!/bin/sh
if [ "$1" = --gtest_list_tests ]; then printf 'Suite.\\n  One\\n  Two  # with a comment\\n'; exit; fi
flags=${{1#--gtest_flagfile=}}
report=$(sed -n 's/^--gtest_output=json://p' "$flags")
grep -q gtest_filter=Suite.One "$flags" || exit 9
{report}
{end}
"""
WRITE = 'echo \'{{"testsuites": [{{"name": "Suite", "testsuite": [{cases}]}}]}}\' >"$report"'
PASSED = '{"name": "One", "result": "COMPLETED"}'
FAILED = '{"name": "Two", "result": "COMPLETED", "failures": [{"failure": "1 != 2"}]}'
SKIPPED = '{"name": "Two", "result": "SKIPPED"}'


@pytest.fixture(scope="module")
def runner():
    spec = importlib.util.spec_from_file_location("run_tests", RUNNER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(runner, folder, report, end):
    binary = folder / "fake_test"
    binary.write_text(BINARY.format(report=report, end=end))
    binary.chmod(0o755)
    return runner.run_gtest(binary, lambda name: True)


@pytest.mark.parametrize("cases,end,passed,failed,skipped", [
    ([PASSED], "exit 0", 1, 0, 0),
    ([PASSED, FAILED], "exit 1", 1, 1, 0),
    ([PASSED, SKIPPED], "exit 0", 1, 0, 1),
    ([PASSED], "kill -SEGV $$", 1, 1, 0),
])
def test_counts_what_the_report_says(runner, tmp_path, cases, end, passed, failed, skipped):
    result, _ = run(runner, tmp_path, WRITE.format(cases=", ".join(cases)), end)
    assert (result.passed, result.failed, len(result.skipped)) == (passed, failed, skipped)


def test_a_crash_without_a_report_is_a_failure_and_shows_its_output(runner, tmp_path):
    result, text = run(runner, tmp_path, "echo last words", "kill -ABRT $$")
    assert (result.passed, result.failed) == (0, 1)
    assert "last words" in text


def test_a_hanging_binary_is_a_failure(runner, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "BINARY_TIMEOUT_S", 0.3)
    result, text = run(runner, tmp_path, "echo begun", "exec sleep 60")
    assert (result.passed, result.failed) == (0, 1)
    assert "begun" in text


def test_a_missing_binary_is_a_failure(runner, tmp_path):
    result, text = runner.run_gtest(tmp_path / "gone_test", lambda name: True)
    assert result.failed == 1
    assert "gone_test" in text


def test_the_selection_reaches_the_binary(runner, tmp_path):
    binary = tmp_path / "fake_test"
    binary.write_text(BINARY.format(report=WRITE.format(cases=PASSED), end="! grep -q Two \"$flags\""))
    binary.chmod(0o755)
    result, _ = runner.run_gtest(binary, lambda name: name == "fake_test Suite.One")
    assert (result.passed, result.failed) == (1, 0)
    assert runner.run_gtest(binary, lambda name: False)[0] == runner.Result()
