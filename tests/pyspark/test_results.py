"""Ways of getting results out of, and small data into, a server."""

import contextlib
import datetime
import decimal
import io
import random

import pandas
import pyarrow as pa
import pyarrow.parquet
import pytest
from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql import types as T


def printed(call, *arguments, **options):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        call(*arguments, **options)
    return out.getvalue()


def test_version(spark):
    assert spark.version == "4.2.1"


def test_range_collect(spark):
    assert spark.range(3).orderBy("id").collect() == [Row(id=0), Row(id=1), Row(id=2)]
    assert [row.id for row in spark.range(10, 0, -3).collect()] == [10, 7, 4, 1]
    assert spark.range(0).collect() == []


def test_count_take_first_tail(spark):
    frame = spark.range(100).orderBy(F.desc("id"))
    assert frame.count() == 100
    assert [row.id for row in frame.take(2)] == [99, 98]
    assert frame.first().id == 99 and frame.head().id == 99
    assert [row.id for row in frame.tail(2)] == [1, 0]
    assert not frame.isEmpty() and spark.range(0).isEmpty()
    assert spark.range(0).first() is None


def test_show(spark):
    frame = spark.createDataFrame([(1, "Ann"), (2, None)], "id INT, name STRING").orderBy("id")
    assert printed(frame.show) == "+---+----+\n| id|name|\n+---+----+\n|  1| Ann|\n|  2|NULL|\n+---+----+\n\n"
    assert "only showing top 1 row" in printed(frame.show, 1)
    assert printed(frame.show, vertical=True).startswith("-RECORD 0---")


def test_print_schema(spark):
    text = printed(spark.sql("SELECT 1 AS a, array('x') AS b").printSchema)
    assert (
        text
        == "root\n |-- a: integer (nullable = false)\n |-- b: array (nullable = false)\n |    |-- element: string (containsNull = false)\n\n"
    )


@pytest.mark.parametrize("mode", [None, "simple", "extended", "formatted", "cost"])
def test_explain(spark, mode):
    text = printed(spark.range(10).filter("id > 3").explain, *([mode] if mode else []))
    assert "Plan ==" in text


def test_to_pandas(spark):
    frame = spark.sql(
        "SELECT id, CAST(id AS DOUBLE) / 2 AS half, CAST(id AS STRING) AS text FROM range(5) ORDER BY id"
    )
    expected = pandas.DataFrame({"id": range(5), "half": [0.0, 0.5, 1.0, 1.5, 2.0], "text": list("01234")})
    pandas.testing.assert_frame_equal(frame.toPandas(), expected, check_dtype=False)


def test_to_arrow_has_exact_types(spark):
    table = spark.sql(
        "SELECT CAST(1 AS TINYINT) a, CAST(2 AS SMALLINT) b, 3 c, 4L d, 1.5F e, 2.5D f, 1.50 g, 'x' h, X'01' i, true j, "
        "DATE '2020-01-01' k, TIMESTAMP '2020-01-01 00:00:00' l, TIMESTAMP_NTZ '2020-01-01 00:00:00' m, array(1) n, "
        "named_struct('p', 1) o, INTERVAL '1' DAY r"
    ).toArrow()
    types = [
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.float32(),
        pa.float64(),
        pa.decimal128(3, 2),
        pa.string(),
        pa.binary(),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us", "UTC"),
        pa.timestamp("us"),
    ]
    assert table.schema.types[: len(types)] == types
    assert [field.nullable for field in table.schema] == [False] * len(table.schema)
    assert table.schema.field("r").type == pa.duration("us")
    assert table.column("g")[0].as_py() == decimal.Decimal("1.50")


def test_many_rows_arrive_once_and_in_order(spark):
    ids = spark.range(1_000_000).toArrow().column("id")
    assert len(ids) == 1_000_000
    assert ids.combine_chunks().equals(pa.array(range(1_000_000), pa.int64()))


def test_wide_strings_of_many_rows(spark):
    table = spark.sql("SELECT id, repeat(CAST(id AS STRING), 20) AS s FROM range(50000)").toArrow()
    assert all(row["s"] == str(row["id"]) * 20 for row in table.to_pylist())


def test_to_local_iterator(spark):
    assert sum(row.id for row in spark.range(1000).toLocalIterator()) == 499500


def test_empty_result_keeps_its_schema(spark):
    table = spark.sql("SELECT 1 AS a, 'x' AS b WHERE false").toArrow()
    assert table.num_rows == 0 and table.schema.names == ["a", "b"]


def test_create_dataframe_round_trip(spark):
    rows = [
        (
            1,
            "a",
            1.5,
            decimal.Decimal("1.10"),
            datetime.date(2020, 2, 29),
            True,
            [1, None],
            {"k": 1},
            Row(p=1, q="x"),
            b"z",
        ),
        (None,) * 10,
    ]
    schema = (
        "i BIGINT, s STRING, f DOUBLE, d DECIMAL(10,2), dt DATE, b BOOLEAN, arr ARRAY<INT>, m MAP<STRING,INT>, "
        "st STRUCT<p: INT, q: STRING>, bin BINARY"
    )
    frame = spark.createDataFrame(rows, schema)
    assert [tuple(row) for row in frame.collect()] == [tuple(row) for row in rows]
    assert frame.schema == T.StructType.fromDDL(schema)


def test_create_dataframe_from_pandas_and_arrow(spark):
    frame = spark.createDataFrame(pandas.DataFrame({"a": [1, 2], "b": ["x", None]}))
    assert sorted((row.a, row.b) for row in frame.collect()) == [(1, "x"), (2, None)]
    arrow = spark.createDataFrame(pa.table({"a": pa.array([1, None], pa.int32())}))
    assert sorted([row.a for row in arrow.collect()], key=str) == [1, None]


def test_create_dataframe_above_the_cache_threshold(spark):
    """Large local data travel as artifacts, and the plan names them by their hash."""
    text = "".join(random.Random(1).choices("abcdefghij", k=2000))
    frame = spark.createDataFrame(
        pandas.DataFrame({"id": range(3000), "text": [text[i % 1000 :] for i in range(3000)]})
    )
    row = frame.agg(F.count("*"), F.sum("id"), F.sum(F.length("text"))).first()
    assert tuple(row) == (3000, 4498500, sum(2000 - i % 1000 for i in range(3000)))


def test_temp_views(spark):
    spark.range(5).createOrReplaceTempView("numbers")
    assert spark.sql("SELECT sum(id) FROM numbers").first()[0] == 10
    spark.range(3).createOrReplaceTempView("numbers")
    assert spark.table("numbers").count() == 3
    assert spark.catalog.dropTempView("numbers") is True
    assert spark.catalog.dropTempView("numbers") is False


def test_views_belong_to_their_session(server, spark):
    spark.range(5).createOrReplaceTempView("mine")
    other = spark.newSession() if hasattr(spark, "newSession") else None
    if other is None:
        pytest.skip("this client has no newSession")
    try:
        with pytest.raises(Exception, match="TABLE_OR_VIEW_NOT_FOUND"):
            other.table("mine").count()
    finally:
        other.stop()


def test_read_parquet(spark, tmp_path):
    pyarrow.parquet.write_table(pa.table({"k": [1, 2, 3], "v": ["x", None, "z"]}), tmp_path / "a.parquet")
    pyarrow.parquet.write_table(pa.table({"k": [4], "v": ["w"]}), tmp_path / "b.parquet")
    assert spark.read.parquet(f"{tmp_path}/a.parquet").count() == 3
    assert spark.read.parquet(f"{tmp_path}").count() == 4
    assert spark.read.format("parquet").load(f"{tmp_path}/b.parquet").first().v == "w"
    assert spark.sql(f"SELECT max(k) FROM parquet.`{tmp_path}`").first()[0] == 4
    assert [field.nullable for field in spark.read.parquet(f"{tmp_path}").schema] == [True, True]


def test_lazy_plan_sees_new_file_contents_of_the_same_name_only_when_read_again(spark, tmp_path):
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pa.table({"k": [1]}), path)
    assert spark.read.parquet(str(path)).count() == 1
    pyarrow.parquet.write_table(pa.table({"k": [1, 2]}), path)
    assert spark.read.parquet(str(path)).count() == 2


def test_deep_plans(spark):
    """Spark allows 1,024 nested messages; the default of protobuf is 100."""
    frame = spark.range(1)
    for step in range(200):
        frame = frame.withColumn(f"c{step}", F.col("id") + step)
    assert frame.select("c199").first().c199 == 199


def test_fifty_queries_at_once(server, spark):
    import concurrent.futures

    def ask(n):
        return spark.range(n).agg(F.sum("id")).first()[0]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(1, 51))) == [n * (n - 1) // 2 for n in range(1, 51)]
