"""How far estimates of size lie from what TPC-H queries with changing parameters take on a native cluster."""

import pathlib
import random
import re
import subprocess
import sys

import pytest

from harness import places, tpch

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import size_runs  # noqa: E402
from tpch_parameters import with_parameters  # noqa: E402

SCALES = (1, 10)


def study(runs):
    """(title, line) -> p90 of the q-error."""
    program = places.program().with_name("bench") / "size_study"
    text = subprocess.run([program, runs, places.DATA], check=True, capture_output=True, text=True).stdout
    print(text)
    found, title = {}, None
    for line in text.splitlines():
        if not line.startswith(" "):
            title = line
        elif match := re.match(r"  (.+?)  .* p90 +([0-9.]+) ", line):
            found[title, match.group(1)] = float(match.group(2))
    return found


def test_parameters_change_and_queries_do_not():
    for query, text in tpch.query_texts().items():
        drawn = {with_parameters(query, text, random.Random(seed)) for seed in range(20)}
        assert len(drawn) > 1, query
        assert len({re.sub(r"'[^']*'|[0-9.]+", "?", one) for one in drawn}) == 1, query


@pytest.mark.long
def test_estimates_are_within_their_bars(tmp_path):
    runs = tmp_path / "runs.jsonl"
    size_runs.measure(runs, scales=SCALES)
    p90 = study(runs)
    for scale in SCALES:
        assert p90[f"scale factor {scale}", "work, after 3 runs"] <= 1.7
        assert p90[f"scale factor {scale}", "memory, after 3 runs"] <= 1.5
    for order in ("one scale after the other, one history", "scales by turns, one history"):
        assert p90[order, "work, after 3 runs"] <= 1.7
        assert p90[order, "memory, after 3 runs"] <= 1.5
