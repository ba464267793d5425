"""Deep and wide queries that Spark answers are answered, quickly; what is too deep for DuckDB's planner is declined
instead of planned for minutes.
"""

import time

import pytest
from pyspark.errors import PySparkException

SECONDS = 20  # far above what these take, far below what planning them naively does


def answer(spark, query):
    began = time.monotonic()
    rows = [tuple(row) for row in spark.sql(query).collect()]
    assert time.monotonic() - began < SECONDS
    return rows


QUERIES = {
    "sum of 1000 columns": ("SELECT " + " + ".join(["id"] * 1000) + " FROM range(2)", [(0,), (1000,)]),
    "sum of 1000 doubles": (
        "SELECT " + " + ".join(["d"] * 1000) + " FROM (SELECT CAST(id AS DOUBLE) d FROM range(2))",
        [(0.0,), (1000.0,)],
    ),
    "300 functions": ("SELECT " + "upper(" * 300 + "'x'" + ")" * 300 + " FROM range(1)", [("X",)]),
    "filter of a deep sum": (
        "SELECT id FROM range(3) WHERE " + " + ".join(["id"] * 700) + " > 700",
        [(2,)],
    ),
    "conjunction of 1000": (
        "SELECT id FROM range(1001) WHERE " + " AND ".join(f"id <> {i}" for i in range(1000)),
        [(1000,)],
    ),
    "disjunction of 1000": (
        "SELECT count(*) FROM range(2000) WHERE " + " OR ".join(f"id = {i}" for i in range(1000)),
        [(1000,)],
    ),
    "conjunction of 300 that may fail": (
        "SELECT id FROM range(3) WHERE " + " AND ".join(f"6 / (id + {i + 1}) < 7" for i in range(300)),
        [(0,), (1,), (2,)],
    ),
    "CASE of 1000 branches": (
        "SELECT CASE " + " ".join(f"WHEN id = {i} THEN {-i}" for i in range(1000)) + " END FROM range(999, 1000)",
        [(-999,)],
    ),
    "IN of 20000": (
        "SELECT count(*) FROM range(30000) WHERE id IN (" + ", ".join(map(str, range(20_000))) + ")",
        [(20_000,)],
    ),
    "500 columns": (
        "SELECT " + " + ".join(f"c{i}" for i in range(500)) + " FROM (SELECT "
        + ", ".join(f"id + {i} AS c{i}" for i in range(500)) + " FROM range(1))",
        [(sum(range(500)),)],
    ),
    "union of 1000": (
        "SELECT count(*) FROM (" + " UNION ".join(f"SELECT {i % 7} AS x" for i in range(1000)) + ")",
        [(7,)],
    ),
    "EXISTS of 12": (
        "SELECT id FROM range(2) WHERE " + "EXISTS (SELECT 1 FROM range(2) WHERE " * 12 + "true" + ")" * 12,
        [(0,), (1,)],
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_deep_queries_answer(spark, name):
    query, expected = QUERIES[name]
    assert sorted(answer(spark, query)) == expected


def test_an_overflow_deep_in_a_sum_is_found(spark):
    query = "SELECT " + " + ".join(["k"] * 500) + " FROM VALUES (2000000000) t(k)"
    with pytest.raises(PySparkException) as failed:
        answer(spark, query)
    assert failed.value.getCondition() == "ARITHMETIC_OVERFLOW"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM range(2) WHERE " + "EXISTS (SELECT 1 FROM range(2) WHERE " * 60 + "true" + ")" * 60,
        " UNION ".join(f"SELECT {i} AS x" for i in range(20_000)),
    ],
    ids=["EXISTS", "UNION"],
)
def test_what_is_too_deep_is_declined_soon(spark, is_hearth, query):
    if not is_hearth:
        pytest.skip("Apache Spark has other limits")
    with pytest.raises(PySparkException) as declined:
        answer(spark, query)
    assert declined.value.getCondition() == "UNSUPPORTED_FEATURE"


@pytest.mark.parametrize("kind", ["replaces", "adds"])
def test_the_schema_of_a_long_chain_of_columns_costs_as_much_as_it_is_long(spark, kind):
    def chain(steps):
        frame = spark.range(1).toDF("c")
        for i in range(steps):
            frame = frame.withColumn("c" if kind == "replaces" else f"c{i}", frame["c"] + 1)
        return frame

    def seconds(frame):
        plan = frame._plan.to_proto(spark.client)  # building it costs the client more than the answer the server
        best = float("inf")
        for _ in range(10):
            began = time.monotonic()
            schema = spark.client._analyze(method="schema", plan=plan).schema
            best = min(best, time.monotonic() - began)
        assert schema.fieldNames()[0] == "c"
        return best

    seconds(chain(50))  # warm
    assert chain(400).collect()[0][-1] == (400 if kind == "replaces" else 1)
    short, long = seconds(chain(200)), seconds(chain(400))
    assert long < 2.5 * short + 0.02, f"200 steps take {short:.3f} s and 400 take {long:.3f} s"
