"""Files that the native engine writes and those that Apache Spark writes of the same rows: Spark reads both, and finds the
same rows, columns and folders. The one server writes with either engine, as the query asks."""

import pathlib
import re

import pytest
from harness import sessions
from harness.servers import ran_on
from pyspark.errors import PySparkException

# Java of the JVM, which no other engine runs: always declined by the native one.
TRUE = "reflect('java.lang.Math', 'abs', -5) = '5'"
PART = re.compile(r"part-\d{5}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}([-.]c\d{3}[.\w]*)$")


@pytest.fixture
def spark(mixed):
    session = sessions.connect(mixed.url)
    yield session
    session.stop()


def names(folder):
    """What is in a folder, without checksums, and without what differs in the names of files."""
    paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.name.endswith(".crc")]
    return sorted({PART.sub(r"part\1", path) for path in paths})


def write(frame, folder, format, partition=(), options=None):
    frame.write.format(format).partitionBy(*partition).options(**(options or {})).save(str(folder))


def read_on_spark(spark, folder, format):
    frame = spark.read.format(format).load(str(folder)).where(TRUE)
    text = frame.selectExpr(*[f"CAST(`{name}` AS STRING)" for name in frame.columns])
    return frame.schema, sorted(text.collect(), key=str)


TYPES = """SELECT CAST(id AS TINYINT) AS a, CAST(id AS SMALLINT) AS b, CAST(id AS INT) AS c, id AS d,
  CAST(id + 0.25D AS FLOAT) AS e, id / 3D AS f, CAST(id AS DECIMAL(7, 2)) AS g, CAST(id AS DECIMAL(30, 10)) AS h,
  id % 2 = 0 AS i, IF(id = 2, NULL, concat('é ', id)) AS j, DATE'1582-10-10' AS k, TIMESTAMP'0001-01-01 00:00:00' AS l,
  TIMESTAMP'2020-03-29 02:30:00.123456' AS m, TIMESTAMP_NTZ'9999-12-31 23:59:59.999999' AS n, 1 + 1
  FROM range(4)"""
NESTED = """SELECT array(id, NULL) AS a, array(named_struct('w', id)) AS o, named_struct('x', id, 'y', array('z')) AS s, X'0041' AS b
  FROM range(3)"""
FOLDERS = """SELECT id, IF(id = 1, NULL, concat('a b/c=d%é:', id)) AS p, DATE'2020-01-01' AS q, id / 2D AS r,
  TIMESTAMP'2020-01-01 12:00:00.5' AS t, id = 0 AS u, 1.50 AS v, '' AS w FROM range(3)"""
LINES = r"""SELECT * FROM VALUES (1, 'a,b', 'q"q'), (2, ' lead', 'trail '), (3, '', NULL), (4, 'back\\slash', 'a\\"b'),
  (5, 'nl\nx', '#'), (6, 'é漢😀', '\t'), (7, '{"a":1}', '\u0001x') AS t(id, s, u)"""
ONE = r"SELECT s FROM VALUES ('a'), (NULL), (''), ('#x'), (' #x'), ('a\\,b') AS t(s)"

CASES = {
    "types": (TYPES, "parquet", [], None),
    "nested": (NESTED, "parquet", [], None),
    "folders": (FOLDERS, "parquet", list("pqrtuvw"), None),
    "none": ("SELECT id, 'x' AS s FROM range(0)", "parquet", [], {"compression": "gzip"}),
    "no folders": ("SELECT id, 'x' AS s FROM range(0)", "parquet", ["s"], None),
    "csv types": (TYPES, "csv", [], {"header": "true"}),
    "csv lines": (LINES, "csv", [], None),
    "csv one": (ONE, "csv", [], None),
    "csv options": (LINES, "csv", [], {"sep": "|", "escape": '"', "nullValue": "NULL"}),
    "csv folders": (FOLDERS, "csv", ["p", "u"], {"header": "true"}),
    "csv none": ("SELECT id, 'x' AS s FROM range(0)", "csv", [], {"header": "true"}),
    "json types": (TYPES, "json", [], None),
    "json lines": (LINES, "json", [], None),
    "json nulls": (LINES, "json", [], {"ignoreNullFields": "false"}),
    "text": (ONE, "text", [], None),
}


@pytest.mark.parametrize("case", CASES)
def test_spark_reads_what_it_would_have_written(mixed, spark, tmp_path, case):
    query, format, partition, options = CASES[case]
    write(spark.sql(query), tmp_path / "native", format, partition, options)
    assert ran_on(mixed) == "native"
    write(spark.sql(query).where(TRUE).coalesce(1), tmp_path / "spark", format, partition, options)
    assert ran_on(mixed) == "spark"
    assert names(tmp_path / "native") == names(tmp_path / "spark")
    if format != "parquet":
        ours, theirs = ([path.read_bytes() for path in sorted((tmp_path / engine).rglob("part-*"))] for engine in ("native", "spark"))
        assert sorted(ours) == sorted(theirs)
    elif not case.startswith("no"):
        ours, theirs = (read_on_spark(spark, tmp_path / engine, format) for engine in ("native", "spark"))
        assert ran_on(mixed) == "spark"
        assert ours == theirs and ours[1]


def test_maps_are_written_as_they_were_read(mixed, spark, tmp_path):
    spark.sql("SELECT map('k', id, 'n', NULL) AS m, array(map(id, array('x'))) AS n FROM range(3)").write.parquet(
        str(tmp_path / "spark")
    )
    assert ran_on(mixed) == "spark"
    spark.read.parquet(str(tmp_path / "spark")).write.parquet(str(tmp_path / "native"))
    assert ran_on(mixed) == "native"
    ours, theirs = (read_on_spark(spark, tmp_path / engine, "parquet") for engine in ("native", "spark"))
    assert ours == theirs and ours[1]


def test_what_spark_wrote_is_appended_to_and_overwritten(mixed, spark, tmp_path):
    out = tmp_path / "out"
    spark.range(2).where(TRUE).write.parquet(str(out))
    assert ran_on(mixed) == "spark"
    spark.range(2, 4).write.mode("append").parquet(str(out))
    assert ran_on(mixed) == "native"
    assert sorted(row.id for row in spark.read.parquet(str(out)).where(TRUE).collect()) == [0, 1, 2, 3]
    spark.range(9, 10).write.mode("overwrite").parquet(str(out))
    assert [row.id for row in spark.read.parquet(str(out)).where(TRUE).collect()] == [9]
    assert not list(out.glob(".*.crc"))
    with pytest.raises(PySparkException, match="PATH_ALREADY_EXISTS"):
        spark.range(1).where(TRUE).write.parquet(str(out))
