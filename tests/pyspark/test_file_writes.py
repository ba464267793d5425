"""DataFrame.write to a folder and INSERT OVERWRITE DIRECTORY: what is there afterwards, under Spark's names."""

import re
import threading

import pyarrow.parquet
import pytest
from harness import sessions
from pyspark.errors import AnalysisException, ArithmeticException, PySparkException

PART = re.compile(r"part-\d{5}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}([-.]c\d{3}(\.\w+)?\.parquet)")


def values(frame):
    return sorted(tuple(row) for row in frame.collect())


def tree(folder):
    """Everything below a folder, with what differs in the names of files left out; checksums are Hadoop's own."""
    paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.name.endswith(".crc")]
    return sorted(PART.sub(r"part\2", path) for path in paths)


ONE_FILE = ["_SUCCESS", "part-c000.snappy.parquet"]


def test_what_is_written_is_read(spark, tmp_path):
    out = tmp_path / "deep/er/out"
    spark.range(1000).selectExpr("id", "CAST(id AS STRING) AS s").write.parquet(str(out))
    assert values(spark.read.parquet(str(out))) == sorted((n, str(n)) for n in range(1000))
    assert "_SUCCESS" in tree(out)
    assert [path.name for path in tmp_path.iterdir()] == ["deep"], "nothing else is left beside it"


def test_a_write_where_something_is(spark, tmp_path):
    out = tmp_path / "out"
    spark.range(2).write.parquet(str(out))
    for write in (spark.range(9).write, spark.range(9).write.mode("error")):
        with pytest.raises(AnalysisException) as failed:
            write.parquet(str(out))
        assert failed.value.getCondition() == "PATH_ALREADY_EXISTS"
        assert failed.value.getMessageParameters() == {"outputPath": f"file:{out}"}
    spark.range(9).write.mode("ignore").parquet(str(out))
    assert values(spark.read.parquet(str(out))) == [(0,), (1,)]
    spark.range(5, 7).write.mode("append").parquet(str(out))
    assert values(spark.read.parquet(str(out))) == [(0,), (1,), (5,), (6,)]
    spark.sql("SELECT 'other' AS o").write.mode("overwrite").parquet(str(out))
    assert values(spark.read.parquet(str(out))) == [("other",)]
    assert tree(out) == ONE_FILE


def test_modes_where_nothing_is(spark, tmp_path):
    for mode in ("ignore", "append", "overwrite", "error"):
        spark.range(1).write.mode(mode).parquet(str(tmp_path / mode))
        assert "_SUCCESS" in tree(tmp_path / mode)
        assert values(spark.read.parquet(str(tmp_path / mode))) == [(0,)]


def test_an_empty_folder_is_something(spark, tmp_path):
    with pytest.raises(AnalysisException, match="PATH_ALREADY_EXISTS"):
        spark.range(1).write.parquet(str(tmp_path))
    spark.range(1).write.mode("append").parquet(str(tmp_path))
    assert values(spark.read.parquet(str(tmp_path))) == [(0,)]


def test_an_overwrite_takes_everything_away(spark, tmp_path):
    out = tmp_path / "out"
    (out / "p=1/q=2").mkdir(parents=True)
    for name in ("data.csv", ".hidden", "p=1/q=2/part.parquet", "_SUCCESS", "_metadata"):
        (out / name).write_text("before")
    spark.sql("SELECT 1 AS a").write.mode("overwrite").parquet(str(out))
    assert tree(out) == ONE_FILE
    assert (out / "_SUCCESS").read_bytes() == b""
    target = tmp_path / "file"
    target.write_text("a file")
    spark.sql("SELECT 1 AS a").write.mode("overwrite").parquet(str(target))
    assert tree(target) == ONE_FILE


def test_no_rows_tell_their_columns(spark, tmp_path):
    spark.range(0).selectExpr("id", "'x' AS s").write.parquet(str(tmp_path / "none"))
    assert tree(tmp_path / "none") == ONE_FILE
    frame = spark.read.parquet(str(tmp_path / "none"))
    assert frame.schema.simpleString() == "struct<id:bigint,s:string>"
    assert frame.count() == 0
    spark.range(0).selectExpr("id", "1 AS p").write.partitionBy("p").parquet(str(tmp_path / "parts"))
    assert tree(tmp_path / "parts") == ["_SUCCESS"]


def test_partitions_are_folders(spark, tmp_path):
    rows = "SELECT id, concat('a b/c=d%é''', id % 2) AS p, IF(id = 1, NULL, CAST(id AS INT)) AS q, '' AS r FROM range(3)"
    spark.sql(rows).write.partitionBy("P", "q", "r").parquet(str(tmp_path / "out"))
    files = [path for path in tree(tmp_path / "out") if path.endswith(".parquet")]
    null = "__HIVE_DEFAULT_PARTITION__"
    assert files == sorted(
        f"P=a b%2Fc%3Dd%25é%27{p}/q={q}/r={null}/part.c000.snappy.parquet" for p, q in ((0, 0), (1, null), (0, 2))
    )
    one = next((tmp_path / "out").rglob("*.parquet"))
    assert pyarrow.parquet.ParquetFile(one).schema_arrow.names == ["id"]


def test_a_dynamic_overwrite_leaves_other_partitions(spark, tmp_path):
    out = str(tmp_path / "out")
    spark.sql("VALUES (1, 1), (2, 2) AS t(a, p)").write.partitionBy("p").parquet(out)
    frame = spark.sql("SELECT 9 AS a, 2 AS p")
    frame.write.partitionBy("p").mode("overwrite").option("partitionOverwriteMode", "dynamic").parquet(out)
    assert [values(spark.read.parquet(f"{out}/p={p}")) for p in (1, 2)] == [[(1,)], [(9,)]]
    frame.write.partitionBy("p").mode("overwrite").parquet(out)
    assert tree(tmp_path / "out") == sorted(["_SUCCESS", "p=2", "p=2/part.c000.snappy.parquet"])


@pytest.mark.parametrize(
    "codec,name", [("gzip", ".gz"), ("ZSTD", ".zstd"), ("none", ""), ("uncompressed", ""), ("lz4_raw", ".lz4raw")]
)
def test_compression(spark, tmp_path, codec, name):
    out = tmp_path / "out"
    spark.sql("SELECT 1 AS a").write.option("compression", codec).parquet(str(out))
    assert tree(out) == ["_SUCCESS", f"part-c000{name}.parquet"]
    assert values(spark.read.parquet(str(out))) == [(1,)]


def test_a_result_keeps_its_order(spark, tmp_path):
    spark.range(50_000).selectExpr("id * 7919 % 50000 AS n").sort("n").write.parquet(str(tmp_path / "out"))
    read = []
    for path in sorted((tmp_path / "out").glob("*.parquet")):
        read += pyarrow.parquet.read_table(path).column("n").to_pylist()
    assert read == list(range(50_000))


def test_a_failed_write_leaves_nothing(spark, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(ArithmeticException, match="DIVIDE_BY_ZERO"):
        spark.range(5).selectExpr("1 / (id - 3) AS x").write.parquet(str(out / "new"))
    spark.range(3).write.parquet(str(out))
    with pytest.raises(ArithmeticException, match="DIVIDE_BY_ZERO"):
        spark.range(5).selectExpr("1 / (id - 3) AS x").write.mode("overwrite").parquet(str(out))
    assert values(spark.read.parquet(str(out))) == [(0,), (1,), (2,)]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not list(out.glob("_hearth*"))


def test_what_is_read_is_not_overwritten(spark, tmp_path):
    out = str(tmp_path / "out")
    spark.range(3).write.parquet(out)
    spark.read.parquet(out).write.mode("append").parquet(out)
    assert spark.read.parquet(out).count() == 6
    with pytest.raises(PySparkException):  # Spark has lost the rows when it says so
        spark.read.parquet(out).write.mode("overwrite").parquet(out)


def test_our_rows_survive_an_overwrite_of_themselves(spark, tmp_path, is_hearth):
    if not is_hearth:
        pytest.skip("Spark loses them")
    out = str(tmp_path / "out")
    spark.range(3).write.parquet(out)
    with pytest.raises(AnalysisException, match="UNSUPPORTED_OVERWRITE.PATH"):
        spark.read.parquet(out).write.mode("overwrite").parquet(out)
    with pytest.raises(AnalysisException, match="UNSUPPORTED_OVERWRITE.PATH"):
        spark.sql(f"INSERT OVERWRITE DIRECTORY '{out}' USING parquet SELECT * FROM parquet.`{out}`")
    assert spark.read.parquet(out).count() == 3


@pytest.mark.parametrize(
    "query,partition,condition",
    [
        ("SELECT 1 AS a, 2 AS A", [], "COLUMN_ALREADY_EXISTS"),
        ("SELECT 1 AS a", ["zz"], "_LEGACY_ERROR_TEMP_1155"),
        ("SELECT 1 AS a", ["a"], "ALL_PARTITION_COLUMNS_NOT_ALLOWED"),
        ("SELECT 1 AS a, 2 AS p", ["p", "P"], "COLUMN_ALREADY_EXISTS"),
    ],
)
def test_what_cannot_be_written(spark, tmp_path, query, partition, condition):
    with pytest.raises(AnalysisException) as failed:
        spark.sql(query).write.partitionBy(*partition).parquet(str(tmp_path / "out"))
    assert failed.value.getCondition() == condition
    assert not (tmp_path / "out").exists()


def test_columns_without_any(spark, tmp_path):
    with pytest.raises(AnalysisException, match="EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE"):
        spark.range(1).select().write.parquet(str(tmp_path / "out"))


def test_where_a_path_is_said(spark, tmp_path):
    spark.range(1).write.option("path", str(tmp_path / "option")).format("parquet").save()
    assert values(spark.read.parquet(str(tmp_path / "option"))) == [(0,)]
    spark.range(1).write.save(f"file:{tmp_path}/scheme")
    assert values(spark.read.parquet(str(tmp_path / "scheme"))) == [(0,)]
    with pytest.raises(PySparkException, match="'path' is not specified"):
        spark.range(1).write.format("parquet").save()


def test_insert_overwrite_directory(spark, tmp_path):
    out = tmp_path / "out"
    assert spark.sql(f"INSERT OVERWRITE DIRECTORY '{out}' USING parquet SELECT 1 AS a").collect() == []
    assert tree(out) == ONE_FILE
    spark.sql(f"INSERT OVERWRITE LOCAL DIRECTORY USING parquet OPTIONS (path '{out}', compression 'gzip') VALUES (2), (3)")
    assert values(spark.read.parquet(str(out))) == [(2,), (3,)]
    assert {path.suffixes[0] for path in out.glob("*.parquet")} == {".gz"}


def test_what_is_not_written_as_spark_would_is_declined(server, spark, tmp_path, is_hearth):
    if not is_hearth:
        pytest.skip("Spark writes all of it")
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    frame = spark.sql("SELECT 1 AS a, INTERVAL '1' DAY AS i, NULL AS n")
    writes = [
        lambda: frame.select("i").write.parquet(str(tmp_path / "out")),
        lambda: frame.select("n").write.parquet(str(tmp_path / "out")),
        lambda: frame.select("a").write.orc(str(tmp_path / "out")),
        lambda: frame.select("a").write.parquet("relative"),
        lambda: frame.select("a").write.mode("overwrite").parquet(str(tmp_path / "link")),
        lambda: frame.select("a").write.option("maxRecordsPerFile", 1).parquet(str(tmp_path / "out")),
        lambda: frame.select("a").write.option("parquet.block.size", 1024).parquet(str(tmp_path / "out")),
        lambda: frame.select("a").write.option("compression", "brotli").parquet(str(tmp_path / "out")),
    ]
    for write in writes:
        with pytest.raises(PySparkException) as failed:
            write()
        assert failed.value.getCondition().startswith("UNSUPPORTED_FEATURE")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]


def test_appends_at_the_same_time_all_land(server, spark, tmp_path):
    out = str(tmp_path / "out")
    failures = []

    def write(writer):
        session = sessions.connect(server.url)
        try:
            for n in range(4):
                session.sql(f"SELECT {writer} AS writer, {n} AS n").write.mode("append").parquet(out)
        except Exception as error:  # told by the test's own thread
            failures.append(error)
        session.stop()

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    assert values(spark.read.parquet(out)) == [(writer, n) for writer in range(4) for n in range(4)]
    assert not list((tmp_path / "out").glob("_hearth*"))


def lines(folder):
    """The bytes of all files of a folder, in the order of their names."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("part-*")))


def test_csv(spark, tmp_path):
    frame = spark.sql(r"""SELECT 1 AS id, 'a,"b"' AS s, 1.5D AS d, DATE'2020-01-01' AS day,
                          TIMESTAMP'2020-01-01 12:00:00.12' AS t, CAST(NULL AS INT) AS n, '' AS e""")
    frame.write.csv(str(tmp_path / "plain"))
    row = b'1,"a,\\"b\\"",1.5,2020-01-01,2020-01-01T12:00:00.120Z,,""\n'
    assert lines(tmp_path / "plain") == row
    assert [path.suffix for path in (tmp_path / "plain").glob("part-*")] == [".csv"]
    frame.write.csv(str(tmp_path / "head"), header=True, sep="|", nullValue="NULL")
    assert lines(tmp_path / "head") == b'id|s|d|day|t|n|e\n1|"a,\\"b\\""|1.5|2020-01-01|2020-01-01T12:00:00.120Z|NULL|""\n'
    frame.limit(0).select("id", "s").write.csv(str(tmp_path / "none"), header=True)
    assert lines(tmp_path / "none") == b"id,s\n"


def test_json(spark, tmp_path):
    frame = spark.sql(r"SELECT 1 AS id, 'q\"\n' AS s, double('NaN') AS d, true AS b, CAST(NULL AS INT) AS n")
    frame.write.json(str(tmp_path / "out"))
    assert lines(tmp_path / "out") == b'{"id":1,"s":"q\\"\\n","d":"NaN","b":true}\n'
    assert [path.suffix for path in (tmp_path / "out").glob("part-*")] == [".json"]
    frame.select("n").write.json(str(tmp_path / "nulls"), ignoreNullFields=False)
    assert lines(tmp_path / "nulls") == b'{"n":null}\n'


def test_text(spark, tmp_path):
    spark.sql("SELECT s FROM VALUES (1, ' a'), (2, NULL), (3, 'b,\"') AS t(n, s) ORDER BY n").write.text(
        str(tmp_path / "out")
    )
    assert lines(tmp_path / "out") == b' a\n\nb,"\n'


def test_lines_in_partitions(spark, tmp_path):
    frame = spark.sql("SELECT id, IF(id % 3 = 0, NULL, CAST(id % 3 AS STRING)) AS p FROM range(9)")
    frame.write.partitionBy("p").csv(str(tmp_path / "out"), header=True)
    folders = {path.parent.name: path for path in (tmp_path / "out").rglob("*.csv")}
    assert sorted(folders) == ["p=1", "p=2", "p=__HIVE_DEFAULT_PARTITION__"]
    assert folders["p=2"].read_text().split() == ["id", "2", "5", "8"]
    frame.limit(0).write.partitionBy("p").mode("overwrite").json(str(tmp_path / "out"))
    assert tree(tmp_path / "out") == ["_SUCCESS"]
