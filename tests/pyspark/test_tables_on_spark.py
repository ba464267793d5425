"""Tables behind both engines: what the native engine declines about them runs on Apache Spark, with the same tables."""

import pathlib

import pytest
from harness import sessions
from harness.servers import ran_on
from pyspark.errors import AnalysisException, PySparkException

# Java of the JVM, which no other engine runs: always declined by the native one.
FIVE = "reflect('java.lang.Math', 'abs', -5)"


@pytest.fixture
def spark(mixed):
    session = sessions.connect(mixed.url)
    yield session
    session.stop()


def values(frame):
    return sorted(tuple(row) for row in frame.collect())


def on_spark(spark, table, columns="*"):
    """The rows of a table as Apache Spark reads them."""
    return values(spark.sql(f"SELECT {columns} FROM {table} WHERE {FIVE} = '5'"))


def test_spark_reads_a_table_as_it_is_now(mixed, spark):
    spark.sql("CREATE TABLE now (a INT, b STRING)")
    spark.sql("INSERT INTO now VALUES (1, 'x')")
    assert on_spark(spark, "now") == [(1, "x")]
    assert ran_on(mixed) == "spark"
    spark.sql("INSERT INTO now VALUES (2, NULL)")
    assert ran_on(mixed) == "native"
    assert on_spark(spark, "now") == [(1, "x"), (2, None)]
    spark.sql("ALTER TABLE now ADD COLUMNS (c DATE)")
    assert on_spark(spark, "now") == [(1, "x", None), (2, None, None)]
    spark.sql("INSERT OVERWRITE now VALUES (3, 'y', DATE'2020-01-01')")
    assert on_spark(spark, "now", "a, b, CAST(c AS STRING)") == [(3, "y", "2020-01-01")]
    spark.sql("DROP TABLE now")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        on_spark(spark, "now")
    spark.sql("CREATE TABLE now AS SELECT 'other' AS o")
    assert on_spark(spark, "now") == [("other",)]
    spark.sql("DROP TABLE now")


def test_spark_reads_partitions_and_types(spark):
    spark.sql("CREATE DATABASE IF NOT EXISTS parts")
    spark.sql("USE parts")
    spark.sql(
        "CREATE TABLE t (a TINYINT, b DECIMAL(30,5), c TIMESTAMP, d ARRAY<INT>, e STRUCT<x: INT, y: STRING>, "
        "p STRING, q DATE) PARTITIONED BY (p, q)"
    )
    spark.sql(
        "INSERT INTO t VALUES (1, 1.5, TIMESTAMP'2020-01-01 12:00:00', array(1, 2), named_struct('x', 1, 'y', 'z'), "
        "'a b/c=d%', DATE'2020-01-01'), (2, NULL, NULL, NULL, NULL, NULL, NULL)"
    )
    columns = "a, b, CAST(c AS STRING), d, e.y, p, CAST(q AS STRING)"
    native = values(spark.sql(f"SELECT {columns} FROM t"))
    assert on_spark(spark, "t", columns) == native
    spark.sql("INSERT INTO t PARTITION (p='new', q='2021-01-01') (a) VALUES (3)")
    assert values(spark.sql(f"SELECT a, p FROM t WHERE p = 'new' AND {FIVE} = '5'")) == [(3, "new")]
    spark.sql("USE default")
    spark.sql("DROP DATABASE parts CASCADE")


def test_an_insert_that_only_spark_can_do(mixed, spark):
    spark.sql("CREATE TABLE inserted (a STRING, p INT) PARTITIONED BY (p)")
    spark.sql("INSERT INTO inserted VALUES ('native', 1)")
    assert on_spark(spark, "inserted") == [("native", 1)]
    spark.sql(f"INSERT INTO inserted SELECT {FIVE}, 2")
    assert ran_on(mixed) == "spark"
    assert values(spark.table("inserted")) == [("5", 2), ("native", 1)]
    assert ran_on(mixed) == "native"
    spark.sql(f"SELECT {FIVE} AS a, 3 AS p").write.insertInto("inserted")
    assert ran_on(mixed) == "spark"
    assert on_spark(spark, "inserted") == [("5", 2), ("5", 3), ("native", 1)]
    spark.sql("DROP TABLE inserted")


def test_tables_of_other_formats(mixed, spark):
    spark.sql("CREATE TABLE text_table (a INT, b STRING) USING csv OPTIONS (header 'true')")
    assert ran_on(mixed) == "native"
    spark.sql("INSERT INTO text_table VALUES (1, 'x'), (2, 'y')")
    assert ran_on(mixed) == "spark"
    assert values(spark.table("text_table")) == [(1, "x"), (2, "y")]
    spark.sql("DROP TABLE text_table")
    assert not spark.catalog.tableExists("text_table")


def test_views_mean_the_same(spark):
    spark.sql("CREATE DATABASE IF NOT EXISTS seen")
    spark.sql("USE seen")
    spark.sql("CREATE TABLE t AS SELECT id AS a FROM range(3)")
    spark.sql("CREATE VIEW doubled (b COMMENT 'twice') AS SELECT a * 2 AS c FROM t")
    spark.sql("CREATE VIEW above AS SELECT b + 1 AS c FROM doubled")
    spark.sql("USE default")
    assert on_spark(spark, "seen.above") == [(1,), (3,), (5,)]
    spark.sql("CREATE OR REPLACE VIEW seen.doubled (b) AS SELECT a * 3 AS c FROM seen.t")
    assert on_spark(spark, "seen.above") == [(1,), (4,), (7,)]
    spark.sql("DROP DATABASE seen CASCADE")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        on_spark(spark, "seen.above")


def test_the_files_end_when_the_table_does(mixed, spark):
    spark.sql("CREATE DATABASE IF NOT EXISTS ending")
    spark.sql("CREATE TABLE ending.t AS SELECT 1 AS a")
    assert on_spark(spark, "ending.t") == [(1,)]
    folder = pathlib.Path(mixed.data) / "warehouse/ending.db/t"
    assert list(folder.glob("*.parquet"))
    spark.sql("DROP TABLE ending.t")
    assert not folder.exists()
    assert on_spark(spark, "range(1)", "1") == [(1,)]
    assert folder.parent.exists(), "Spark knows of the end, and removes nothing itself"
    spark.sql("DROP DATABASE ending")
    assert not folder.parent.exists()


def test_what_only_spark_could_define_is_declined(spark):
    for statement in ("CREATE TABLE b (a INT) CLUSTERED BY (a) INTO 4 BUCKETS", "CREATE TABLE c AS SELECT " + FIVE):
        with pytest.raises(PySparkException, match="UNSUPPORTED_FEATURE|not support"):
            spark.sql(statement)
    assert not spark.catalog.tableExists("b")
    assert not spark.catalog.tableExists("c")
