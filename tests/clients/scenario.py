"""What a user of PySpark does in one session, with any client from 3.5 on:

    scenario.py sc://HOST:PORT EMPTY_FOLDER [--spark]

Prints a line for each step and exits with 1 when one failed. It needs nothing but PySpark, so that it runs in the
virtual environment of any client. --spark: the server is Apache Spark, which declines nothing; it proves the scenario.
"""

import argparse
import contextlib
import datetime
import decimal
import io
import pathlib
import re
import sys
import threading
import time
import traceback
import warnings

warnings.filterwarnings("ignore")

import pyspark  # noqa: E402
from pyspark.errors import AnalysisException, ArithmeticException, ParseException, PySparkException  # noqa: E402
from pyspark.sql import Row, SparkSession, Window  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402
from pyspark.sql import types as T  # noqa: E402

CLIENT = tuple(int(part) for part in re.findall(r"\d+", pyspark.__version__)[:2])
SERVER_VERSION = "4.2.1"
ENDLESS = "SELECT sum(id % 7) FROM range(1000000000000)"
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def same(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r}\n  is not\n{expected!r}")


@contextlib.contextmanager
def raises(exception, condition):
    """The block must raise `exception` with that error condition, which 3.5 knows only from the text."""
    try:
        yield
    except exception as error:
        if CLIENT >= (4, 0):
            same(error.getCondition(), condition)
        if f"[{condition}" not in str(error):
            raise AssertionError(f"no [{condition}] in {error}") from error
    else:
        raise AssertionError(f"{exception.__name__} was not raised")


def people(spark):
    rows = [(1, "Ann", 30, 1.5), (2, "Bob", None, 2.5), (3, None, 40, None), (4, "Ann", 30, 1.5)]
    return spark.createDataFrame(rows, "id INT, name STRING, age INT, score DOUBLE")


@step
def version(spark, place):
    same(spark.version, SERVER_VERSION)


@step
def configuration(spark, place):
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    same(spark.conf.get("spark.sql.session.timeZone"), "America/New_York")
    at = spark.sql("SELECT CAST(TIMESTAMP'2024-01-01 12:00:00Z' AS STRING) AS at").collect()
    same(at, [Row(at="2024-01-01 07:00:00")])
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    same(spark.conf.get("my.own.key", "a default"), "a default")
    spark.conf.set("my.own.key", "a value")
    same(spark.conf.get("my.own.key"), "a value")
    spark.conf.unset("my.own.key")
    same(spark.conf.get("my.own.key", None), None)
    same(spark.conf.isModifiable("spark.sql.session.timeZone"), True)
    same(spark.conf.isModifiable("spark.sql.warehouse.dir"), False)
    with raises(PySparkException, "SQL_CONF_NOT_FOUND"):
        spark.conf.get("no.such.key")


@step
def range_and_collect(spark, place):
    same(spark.range(3).collect(), [Row(id=0), Row(id=1), Row(id=2)])
    same(spark.range(2, 9, 3).count(), 3)
    same(spark.range(5).filter(F.col("id") > 9).collect(), [])
    same(spark.range(10).orderBy(F.desc("id")).first(), Row(id=9))
    same([row.id for row in spark.range(10).take(2)], [0, 1])


@step
def create_data_frame(spark, place):
    same(people(spark).orderBy("id").collect()[1], Row(id=2, name="Bob", age=None, score=2.5))
    same(spark.createDataFrame([{"a": 1, "b": "x"}]).collect(), [Row(a=1, b="x")])
    same(spark.createDataFrame([Row(a=1.5, b=True)]).schema.simpleString(), "struct<a:double,b:boolean>")
    schema = T.StructType([
        T.StructField("day", T.DateType(), False),
        T.StructField("at", T.TimestampType()),
        T.StructField("price", T.DecimalType(10, 2)),
        T.StructField("raw", T.BinaryType()),
    ])
    day, at = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
    rows = [(day, at, decimal.Decimal("1.10"), bytearray(b"ab")), (day, None, None, None)]
    frame = spark.createDataFrame(rows, schema)
    same(frame.schema, schema)
    same(frame.count(), 2)
    same([tuple(row)[2:] for row in frame.collect()], [row[2:] for row in rows])
    same(frame.filter(F.col("price") > 1).select("day").collect(), [Row(day=day)])
    same(spark.createDataFrame([], "a INT").collect(), [])


@step
def create_from_pandas(spark, place):
    import pandas

    frame = pandas.DataFrame({
        "n": [1, 2, 3],
        "x": [1.5, None, 3.5],
        "t": ["a", None, "c"],
        "at": pandas.to_datetime(["2024-01-01 00:00", "2024-06-01 10:00", None]),
    })
    given = spark.createDataFrame(frame)
    same(given.dtypes, [("n", "bigint"), ("x", "double"), ("t", "string"), ("at", "timestamp")])
    same(given.agg(F.sum("n"), F.max("t")).collect()[0][:], (6, "c"))
    same(given.filter(F.col("at") >= "2024-06-01").select("n").collect(), [Row(n=2)])


@step
def sql(spark, place):
    literals = spark.sql("SELECT 1 AS one, 'x' AS x, 1.10 AS d").collect()
    same(literals, [Row(one=1, x="x", d=decimal.Decimal("1.10"))])
    named = spark.sql("SELECT :low + id AS n FROM range(:n)", args={"low": 10, "n": 2}).collect()
    same(named, [Row(n=10), Row(n=11)])
    same(spark.sql("SELECT ? AS a, ? AS b", args=[7, "y"]).collect(), [Row(a=7, b="y")])
    quoted = spark.sql("SELECT :t AS t UNION ALL SELECT 'z' ORDER BY t", args={"t": "it's"})
    same([row.t for row in quoted.collect()], ["it's", "z"])


@step
def temporary_view(spark, place):
    people(spark).createOrReplaceTempView("people")
    same(spark.sql("SELECT count(*) AS n FROM people WHERE name = 'Ann'").collect(), [Row(n=2)])
    same(spark.table("people").filter("age IS NULL").select("id").collect(), [Row(id=2)])
    people(spark).limit(1).createOrReplaceTempView("people")
    same(spark.table("people").count(), 1)
    with raises(AnalysisException, "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS"):
        people(spark).createTempView("people")
    same(spark.catalog.dropTempView("people"), True)
    same(spark.catalog.dropTempView("people"), False)
    with raises(AnalysisException, "TABLE_OR_VIEW_NOT_FOUND"):
        spark.table("people").collect()


@step
def group_and_aggregate(spark, place):
    grouped = people(spark).groupBy("name").agg(F.count("*").alias("n"), F.avg("age"), F.max("score"))
    expected = [(None, 1, 40.0, None), ("Ann", 2, 30.0, 1.5), ("Bob", 1, None, 2.5)]
    same([tuple(row) for row in grouped.orderBy("name").collect()], expected)
    same(grouped.columns, ["name", "n", "avg(age)", "max(score)"])
    rolled = people(spark).rollup("name").count().filter("name IS NOT NULL OR count = 4").orderBy("name")
    same([tuple(row) for row in rolled.collect()], [(None, 4), ("Ann", 2), ("Bob", 1)])
    same(people(spark).agg({"age": "sum"}).collect()[0][0], 100)
    same(people(spark).select("name").distinct().count(), 3)


@step
def join(spark, place):
    tags = spark.createDataFrame([(1, "x"), (1, "y"), (3, "z"), (9, "w")], "id INT, tag STRING")
    inner = people(spark).join(tags, "id").select("id", "tag").orderBy("id", "tag")
    same([tuple(row) for row in inner.collect()], [(1, "x"), (1, "y"), (3, "z")])
    same(people(spark).join(tags, "id", "left").count(), 5)
    same(people(spark).join(tags, "id", "left_anti").count(), 2)
    left, right = people(spark).alias("l"), tags.alias("r")
    both = left.join(right, F.col("l.id") == F.col("r.id"), "full").filter(F.col("l.id").isNull())
    same(both.select("r.tag").collect(), [Row(tag="w")])
    same(people(spark).crossJoin(tags).count(), 16)


@step
def window(spark, place):
    over = Window.partitionBy("name").orderBy(F.desc("id"))
    ranked = people(spark).withColumn("place", F.row_number().over(over)).filter("name = 'Ann'").orderBy("id")
    same([row.place for row in ranked.collect()], [2, 1])
    running = Window.orderBy("id").rowsBetween(Window.unboundedPreceding, 0)
    same([r[0] for r in spark.range(4).select(F.sum("id").over(running)).collect()], [0, 1, 3, 6])


@step
def columns_and_sets(spark, place):
    frame = people(spark).withColumn("next", F.col("age") + 1).withColumnRenamed("score", "points").drop("age")
    same(frame.columns, ["id", "name", "points", "next"])
    case = F.when(F.col("name").isNull(), "none").otherwise(F.upper("name"))
    same([row[0] for row in people(spark).orderBy("id").select(case).collect()], ["ANN", "BOB", "none", "ANN"])
    same(people(spark).selectExpr("id * 2 AS twice").orderBy("twice").first(), Row(twice=2))
    same(people(spark).filter(F.col("id").isin(1, 4) & F.col("name").like("A%")).count(), 2)
    same(spark.range(3).union(spark.range(2)).count(), 5)
    same(sorted(row.id for row in spark.range(3).subtract(spark.range(1)).collect()), [1, 2])
    same(people(spark).dropDuplicates(["name"]).count(), 3)
    same(people(spark).sort(F.col("age").desc_nulls_last(), "id").select("id").first(), Row(id=3))


@step
def parquet(spark, place):
    import pandas

    table = pandas.DataFrame({"k": range(10), "v": [f"row {i}" for i in range(10)]})
    table.to_parquet(place / "given.parquet")
    given = spark.read.parquet(str(place / "given.parquet"))
    same(given.dtypes, [("k", "bigint"), ("v", "string")])
    same(given.filter("k >= 8").orderBy("k").collect(), [Row(k=8, v="row 8"), Row(k=9, v="row 9")])
    same(spark.read.format("parquet").load(str(place / "given.parquet")).count(), 10)
    same(spark.sql(f"SELECT max(v) FROM parquet.`{place}/given.parquet`").collect()[0][0], "row 9")
    with raises(AnalysisException, "PATH_NOT_FOUND"):
        spark.read.parquet(str(place / "nothing.parquet")).collect()


@step
def write_parquet(spark, place):
    """A write succeeds whole or is declined before any effect."""
    target = place / "written.parquet"
    try:
        spark.range(10).write.parquet(str(target))
    except PySparkException as error:
        if SPARK or "UNSUPPORTED_FEATURE" not in str(error):
            raise
        same(target.exists(), False)
    else:
        same(spark.read.parquet(str(target)).count(), 10)


@step
def show_and_schema(spark, place):
    def printed(action):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            action()
        return text.getvalue()

    frame = people(spark).orderBy("id")
    same(
        printed(lambda: frame.select("id", "name").show(2)),
        "+---+----+\n| id|name|\n+---+----+\n|  1| Ann|\n|  2| Bob|\n+---+----+\nonly showing top 2 rows\n",
    )
    same(
        printed(frame.printSchema),
        "root\n |-- id: integer (nullable = true)\n |-- name: string (nullable = true)\n"
        " |-- age: integer (nullable = true)\n |-- score: double (nullable = true)\n\n",
    )
    if "== Physical Plan ==" not in printed(frame.explain):
        raise AssertionError("explain() shows no physical plan")
    same(frame.schema.json(), people(spark).schema.json())
    same(printed(lambda: spark.range(1).show(vertical=True)), "-RECORD 0--\n id  | 0   \n\n")


@step
def errors(spark, place):
    with raises(AnalysisException, "UNRESOLVED_COLUMN.WITH_SUGGESTION"):
        spark.range(1).select("idd").collect()
    with raises(AnalysisException, "TABLE_OR_VIEW_NOT_FOUND"):
        spark.sql("SELECT * FROM no_such_table").collect()
    with raises(AnalysisException, "UNRESOLVED_ROUTINE"):
        spark.sql("SELECT no_such_function(1)").collect()
    with raises(ParseException, "PARSE_SYNTAX_ERROR"):
        spark.sql("SELECT 1 FORM t WHERE")
    with raises(ArithmeticException, "DIVIDE_BY_ZERO"):
        spark.sql("SELECT 1 / 0").collect()
    with raises(PySparkException, "CAST_INVALID_INPUT"):
        spark.sql("SELECT CAST('x' AS INT)").collect()
    with raises(AnalysisException, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"):
        spark.range(1).select(F.sqrt(F.lit(True))).schema
    same(spark.range(1).count(), 1)


@step
def declined(spark, place):
    """What Hearth cannot run exactly is refused by name, and the session goes on."""
    if SPARK:
        return
    try:
        spark.range(3).sample(0.5, seed=1).collect()
    except PySparkException as error:
        if "UNSUPPORTED_FEATURE" not in str(error) or "sample" not in str(error).lower():
            raise
    else:
        raise AssertionError("a sample was answered")
    same(spark.range(1).count(), 1)


@step
def interrupt_by_tag(spark, place):
    """Ends a query that would run for hours, from another thread, and no other one."""
    failures = []

    def endless():
        spark.addTag("mine")
        try:
            spark.sql(ENDLESS).collect()
        except Exception as error:
            failures.append(error)
        finally:
            spark.removeTag("mine")

    runner = threading.Thread(target=endless, daemon=True)
    runner.start()
    same(spark.interruptTag("of nobody"), [])
    deadline, interrupted = time.monotonic() + 60, []
    while not interrupted and time.monotonic() < deadline:
        interrupted = spark.interruptTag("mine")
        time.sleep(0.02)
    runner.join(60)
    same(len(interrupted), 1)
    same(["OPERATION_CANCELED" in str(failure) for failure in failures], [True])
    same(spark.interruptAll(), [])
    same(spark.range(1).count(), 1)


@step
def large_result(spark, place):
    rows = spark.range(100_000).selectExpr("id", "concat('row ', id) AS text").collect()
    same(len(rows), 100_000)
    same({row.id for row in rows}, set(range(100_000)))
    same(all(row.text == f"row {row.id}" for row in rows), True)


@step
def to_pandas(spark, place):
    frame = spark.range(100_000).selectExpr("id", "CAST(id AS STRING) AS text", "id % 2 = 0 AS even").toPandas()
    same((len(frame), list(frame.columns), int(frame.id.sum())), (100_000, ["id", "text", "even"], 4999950000))
    same(str(frame.dtypes["even"]), "bool")
    typed = spark.sql(
        "SELECT DATE'2024-02-29' AS d, TIMESTAMP'2024-02-29 12:00:00' AS t, 1.10 AS n, X'6162' AS b"
    ).toPandas()
    same(typed.iloc[0].tolist()[0], datetime.date(2024, 2, 29))
    same(str(typed.t[0]), "2024-02-29 12:00:00")
    same(typed.n[0], decimal.Decimal("1.10"))
    same(bytes(typed.b[0]), b"ab")
    same(len(spark.range(0).toPandas()), 0)


@step
def to_arrow(spark, place):
    if CLIENT < (4, 0):
        return
    table = spark.range(100_000).toArrow()
    same((table.num_rows, table.column_names, str(table.schema.field("id").type)), (100_000, ["id"], "int64"))
    same(spark.range(0).toArrow().num_rows, 0)


def run(url, place):
    spark = SparkSession.builder.remote(url).getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    failed = 0
    for function in STEPS:
        started, verdict = time.monotonic(), "ok"
        try:
            function(spark, place)
        except Exception:
            failed, verdict = failed + 1, "FAILED"
            traceback.print_exc(file=sys.stdout)
        print(f"{verdict} {function.__name__} {time.monotonic() - started:.2f} s", flush=True)
    spark.stop()
    print(f"{verdict_of(failed)} {len(STEPS) - failed} of {len(STEPS)} steps with PySpark {pyspark.__version__}")
    return failed


def verdict_of(failed):
    return "FAILED:" if failed else "passed:"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("place", type=pathlib.Path)
    parser.add_argument("--spark", action="store_true")
    arguments = parser.parse_args()
    SPARK = arguments.spark
    sys.exit(1 if run(arguments.url, arguments.place) else 0)
