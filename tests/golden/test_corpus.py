"""The corpus and its tools: a golden test is worth as much as the comparison behind it."""

import datetime
import decimal
import pathlib

import pyarrow as pa
import pytest
from pyspark.sql import types

import corpus
import evaluate

TEXT = """# Prose.

=== conf
a.b=c

=== setup
CREATE TEMPORARY VIEW t AS
SELECT 1;
SELECT 2

=== first case [approx]
SELECT 1
----
rows
  1

=== in Python
```python
spark.range(1)
```
----
"""


@pytest.mark.parametrize("file", corpus.files(), ids=lambda file: file.path.stem)
def test_every_case_is_recorded_and_formatting_changes_nothing(file):
    assert file.cases
    assert [case.name for case in file.cases if not case.recorded] == []
    assert file.format() == file.path.read_text()


def test_no_record_shows_a_broken_schema():
    for file in corpus.files():
        for case in file.cases:
            assert not any(
                line.startswith(("arrow differs", "analyzed schema differs")) for line in case.recorded
            )


def test_parses_directives_cases_and_records():
    file = corpus.parse(TEXT, pathlib.Path("x.test"))
    assert file.conf == {"a.b": "c"}
    assert corpus.statements(file.setup[0]) == ["CREATE TEMPORARY VIEW t AS\nSELECT 1", "SELECT 2"]
    first, second = file.cases
    assert (first.name, first.flags, first.source, first.recorded) == (
        "first case",
        {"approx"},
        "SELECT 1",
        ["rows", "  1"],
    )
    assert second.is_python and second.source == "spark.range(1)" and second.recorded is None


@pytest.mark.parametrize(
    "broken",
    [
        "=== a\n",
        "=== a [wild]\nSELECT 1\n",
        "=== a\nSELECT 1\n=== a\nSELECT 2\n",
        "=== a\nSELECT 1\n=== setup\nSELECT 2\n",
        "=== conf\nnot a setting\n",
    ],
)
def test_refuses_files_that_break_the_format(broken):
    with pytest.raises(corpus.CorpusError):
        corpus.parse(broken, pathlib.Path("x.test"))


@pytest.mark.parametrize(
    "source, ordered",
    [
        ("SELECT a FROM t ORDER BY a", True),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a) x", False),
        ("SELECT sum(a) OVER (ORDER BY b) FROM t", False),
        ("SELECT 'ORDER BY' FROM t", False),
        ("SELECT 1 -- ORDER BY 1", False),
    ],
)
def test_knows_whether_order_matters(source, ordered):
    assert corpus.Case("c", frozenset(), source, None, 1).is_ordered is ordered


def test_values_are_told_apart():
    table = pa.table({
        "s": pa.array([None, "NULL", "", "a\nb"]),
        "d": pa.array([decimal.Decimal("1.0"), decimal.Decimal("1.10"), None, decimal.Decimal("-0.01")], pa.decimal128(9, 2)),
        "f": pa.array([0.1, -0.0, float("nan"), None]),
        "t": pa.array([datetime.datetime(2020, 1, 1), None, None, None], pa.timestamp("us", tz="UTC")),
    })  # fmt: skip
    schema = types.StructType([
        types.StructField("s", types.StringType()), types.StructField("d", types.DecimalType(9, 2)),
        types.StructField("f", types.DoubleType()), types.StructField("t", types.TimestampType()),
    ])  # fmt: skip
    assert evaluate.rows_text(table, schema) == [
        "NULL | 1.00 | 0.1 | 2020-01-01 00:00:00Z",
        '"NULL" | 1.10 | -0.0 | NULL',
        '"" | NULL | nan | NULL',
        '"a\\nb" | -0.01 | NULL | NULL',
    ]


def test_a_wrong_arrow_type_is_seen():
    schema = types.StructType([types.StructField("x", types.IntegerType(), False)])
    right = pa.schema([pa.field("x", pa.int32(), nullable=False)])
    assert evaluate.arrow_difference(right, schema) == []
    assert evaluate.arrow_difference(pa.schema([pa.field("x", pa.int64(), nullable=False)]), schema) != []
    assert evaluate.arrow_difference(pa.schema([pa.field("x", pa.int32())]), schema) != []


def test_approximate_comparison_forgives_only_the_last_digits():
    assert evaluate.same(["  2.718281828459045"], ["  2.718281828459046"], approx=True)
    assert not evaluate.same(["  2.718281828459045"], ["  2.718281828459046"])
    assert not evaluate.same(["  2.7182818284"], ["  2.7182818285"], approx=True)
    assert not evaluate.same(['  1.0 | "a"'], ['  1.0 | "b"'], approx=True)
    assert not evaluate.same(["  NULL"], ["  0"], approx=True)
