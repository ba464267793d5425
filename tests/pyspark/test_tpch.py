"""All 22 TPC-H queries, in SQL and with the DataFrame API, equal DuckDB's own answers."""

import pytest

import tpch_dataframe
from harness import comparison, tpch


@pytest.fixture
def tables(spark, tpch_folder):
    tpch.spark_views(spark, tpch_folder)
    return spark.table


@pytest.mark.parametrize("number", tpch.QUERIES)
def test_sql(spark, tables, tpch_texts, tpch_answers, number):
    answer = spark.sql(tpch_texts[number]).toArrow()
    assert comparison.difference(answer, tpch_answers[number], tpch.order_by(tpch_texts[number])) is None


@pytest.mark.parametrize("number", tpch.QUERIES)
def test_dataframe(tables, tpch_texts, tpch_answers, number):
    answer = tpch_dataframe.QUERIES[number](tables).toArrow()
    assert comparison.difference(answer, tpch_answers[number], tpch.order_by(tpch_texts[number])) is None


@pytest.mark.parametrize("number", tpch.QUERIES)
def test_sql_and_dataframe_have_the_same_types(spark, tables, tpch_texts, number):
    """Two ways to say the same must meet in the same plan, so in the same types."""
    by_sql = [field.dataType for field in spark.sql(tpch_texts[number]).schema]
    by_calls = [field.dataType for field in tpch_dataframe.QUERIES[number](tables).schema]
    assert by_sql == by_calls


def test_queries_over_paths_without_views(spark, tpch_folder, tpch_answers):
    folder = tpch_folder
    answer = spark.sql(
        f"SELECT sum(l_extendedprice * l_discount) AS revenue FROM parquet.`{folder}/lineitem.parquet` "
        "WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1994-01-01' + INTERVAL '1' YEAR "
        "AND l_discount BETWEEN 0.06 - 0.01 AND 0.06 + 0.01 AND l_quantity < 24"
    ).toArrow()
    assert comparison.difference(answer, tpch_answers[6]) is None
