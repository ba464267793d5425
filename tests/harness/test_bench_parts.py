"""The bench's own parts: its statistics, its page, and the server that only replays."""

import pathlib
import sys

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from harness import servers

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import report  # noqa: E402
import statistics_of_runs as stats  # noqa: E402


def test_ratio_of_medians_has_an_interval_around_it():
    runs, base = [2.0, 2.2, 1.9, 2.1, 2.0], [1.0, 1.1, 0.9, 1.0, 1.05]
    ratio, low, high = stats.ratio_of_medians(runs, base)
    assert ratio == 2.0
    assert 1.6 < low <= ratio <= high < 2.5


def test_identical_runs_have_no_spread():
    assert stats.ratio_of_medians([3.0] * 5, [1.5] * 5) == (2.0, 2.0, 2.0)
    assert stats.difference_of_medians([3.0] * 5, [1.5] * 5) == (1.5, 1.5, 1.5)


def test_ratio_of_sums_weighs_queries_by_their_time():
    ratio, _, _ = stats.ratio_of_sums({1: [9.0] * 3, 2: [1.0] * 3}, {1: [3.0] * 3, 2: [1.0] * 3})
    assert ratio == 2.5


def test_interval_of_a_median_of_thousands():
    low, high = stats.median_interval(list(range(2001)))
    assert 950 < low < 1000 < high < 1050


def test_ratio_of_quantiles_looks_at_the_tail():
    calm, tailed = [1.0] * 1000, [1.0] * 980 + [3.0] * 20
    assert stats.ratio_of_quantiles(tailed, calm, 0.5) == (1.0, 1.0, 1.0)
    assert stats.ratio_of_quantiles(tailed, calm, 0.99)[0] == 3.0


def test_rank_correlation_is_of_the_order_alone():
    assert stats.rank_correlation([1, 2, 3, 4], [10, 100, 101, 1000]) == pytest.approx(1)
    assert stats.rank_correlation([1, 2, 3, 4], [9, 8, 7, 1]) == pytest.approx(-1)
    assert 0 < stats.rank_correlation([1, 1, 2, 2], [1, 2, 3, 4]) < 1, "ties share a rank"


@pytest.mark.parametrize("met, word", [(True, "met"), (False, "**missed**"), (None, "")])
def test_a_miss_is_reported_as_a_miss(met, word):
    row = dict(
        what="w", bar="at most 1.20x", limit=1.2, value=1.5, low=1.4, high=1.6, unit="x", detail="d", met=met
    )
    assert report.row_line(row) == f"| w | at most 1.20x | 1.50x (1.40x to 1.60x) | {word} | d |"


def test_the_floor_replays_what_it_was_given(tmp_path):
    table = pa.table({
        "id": pa.array(range(600_000), pa.int64()),
        "text": pa.array([None if i % 3 else f"row {i}" for i in range(600_000)]),
    })  # fmt: skip
    with pa.ipc.new_file(tmp_path / "given.arrow", table.schema) as writer:
        writer.write_table(table)
    command = [sys.executable, BENCH / "floor_server.py", tmp_path]
    with servers.Server("floor", command, ready=r"^floor ready on (\S+)$") as floor:
        session = SparkSession.builder.remote(floor.url).create()
        assert session.sql("SELECT 'given'").toArrow().equals(table)
        session.stop()
