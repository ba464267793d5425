"""DataFrame.observe and Observation, as a program uses them."""

import datetime
import decimal

import pytest
from pyspark.sql import Observation
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException

ROWS = F.count(F.lit(1)).alias("rows")


def test_an_observation_is_filled_by_an_action(spark):
    observation = Observation("numbers")
    observed = spark.range(100).observe(observation, ROWS, F.max("id").alias("highest"), F.avg("id").alias("mean"))
    assert len(observed.collect()) == 100
    assert observation.get == {"rows": 100, "highest": 99, "mean": 49.5}


@pytest.mark.parametrize(
    "act",
    [
        lambda df: df.collect(),
        lambda df: df.count(),
        lambda df: df.toPandas(),
        lambda df: df.toArrow(),
        lambda df: df.orderBy(F.desc("id")).first(),
        lambda df: df.groupBy((F.col("id") % 3).alias("k")).count().collect(),
        lambda df: df.show(200),
    ],
    ids=["collect", "count", "pandas", "arrow", "top", "group", "show"],
)
def test_each_action_observes(spark, act):
    observation = Observation()
    act(spark.range(100).observe(observation, ROWS))
    assert observation.get == {"rows": 100}


def test_observations_at_two_places(spark):
    before, after = Observation("before"), Observation("after")
    kept = spark.range(10).observe(before, ROWS).filter("id > 6").observe(after, ROWS, F.sum("id").alias("sum"))
    assert [row.id for row in kept.collect()] == [7, 8, 9]
    assert before.get == {"rows": 10}
    assert after.get == {"rows": 3, "sum": 24}


def test_by_name_it_comes_with_the_execution_info(spark):
    observed = spark.range(10).observe("numbers", ROWS, F.sum("id").alias("sum"))
    observed.collect()
    assert observed.executionInfo.flows == [("numbers", {"rows": 10, "sum": 45})]


def test_values_have_their_types(spark):
    observation = Observation()
    data = spark.sql(
        "SELECT CAST(id AS DECIMAL(10,2)) AS d, DATE'2020-02-03' AS day, 'x' AS s, CAST(NULL AS INT) AS n,"
        " TIMESTAMP_NTZ'2020-02-03 04:05:06' AS t FROM range(3)"
    )
    data.observe(observation, *(F.max(c).alias(c) for c in ("d", "day", "s", "n", "t"))).collect()
    assert observation.get == {
        "d": decimal.Decimal("2.00"),
        "day": datetime.date(2020, 2, 3),
        "s": "x",
        "n": None,
        "t": datetime.datetime(2020, 2, 3, 4, 5, 6),
    }


def test_files_are_observed(spark, tpch_folder):
    observation = Observation()
    lines = spark.read.parquet(f"{tpch_folder}/lineitem.parquet")
    kept = lines.observe(observation, ROWS, F.sum("l_quantity").alias("quantity")).filter("l_discount > 0.05")
    few = kept.count()
    assert few < observation.get["rows"] == lines.count()
    assert observation.get["quantity"] == lines.agg(F.sum("l_quantity")).first()[0]


def test_what_is_no_metric_is_sparks_error(spark):
    with pytest.raises(AnalysisException, match="INVALID_OBSERVED_METRICS"):
        spark.range(3).observe("a", F.col("id")).collect()


def test_an_error_in_a_metric_is_raised_where_it_is_asked_for(spark):
    observation = Observation()
    observed = spark.range(3).observe(observation, (F.lit(1) / F.sum(F.col("id") * 0)).alias("x"))
    assert len(observed.collect()) == 3
    with pytest.raises(Exception, match="DIVIDE_BY_ZERO"):
        _ = observation.get
