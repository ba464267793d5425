"""Tables, databases and persistent views: what one session makes, every other session sees."""

import threading
import uuid

import pyarrow.parquet
import pytest
from harness import sessions
from pyspark.errors import AnalysisException, PySparkException


@pytest.fixture
def database(spark):
    """A database of the test's own, which is the session's current one."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    spark.sql(f"CREATE DATABASE {name}")
    spark.sql(f"USE {name}")
    yield name
    spark.sql("USE default")
    spark.sql(f"DROP DATABASE {name} CASCADE")


@pytest.fixture
def another(server):
    session = sessions.connect(server.url)
    yield session
    session.stop()


def values(frame):
    return sorted(tuple(row) for row in frame.collect())


def location(spark, table):
    rows = {row.col_name: row.data_type for row in spark.sql(f"DESCRIBE EXTENDED {table}").collect()}
    return rows["Location"].removeprefix("file:")


def test_other_sessions_see_a_table(spark, another, database):
    spark.sql("CREATE TABLE t (a INT, b STRING)")
    assert values(another.table(f"{database}.t")) == []
    spark.sql("INSERT INTO t VALUES (1, 'x')")
    another.sql(f"INSERT INTO {database}.t VALUES (2, NULL)")
    assert values(spark.table("t")) == [(1, "x"), (2, None)]
    another.sql(f"DROP TABLE {database}.t")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.table("t").collect()


def test_the_current_database_is_the_sessions(spark, another, database):
    assert spark.catalog.currentDatabase() == database
    assert another.catalog.currentDatabase() == "default"
    spark.sql("CREATE TABLE t AS SELECT 1 AS a")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        another.table("t").collect()
    another.catalog.setCurrentDatabase(database)
    assert values(another.table("t")) == [(1,)]


def test_a_view_of_a_session_hides_a_table(spark, another, database):
    spark.sql("CREATE TABLE t AS SELECT 'table' AS a")
    spark.range(1).selectExpr("'view' AS a").createOrReplaceTempView("t")
    assert values(spark.table("t")) == [("view",)]
    assert values(spark.table(f"{database}.t")) == [("table",)]
    assert values(another.table(f"{database}.t")) == [("table",)]
    spark.catalog.dropTempView("t")
    assert values(spark.table("t")) == [("table",)]


def test_a_dataframe_sees_what_is_inserted_later(spark, database):
    spark.sql("CREATE TABLE t (a INT)")
    frame = spark.table("t").selectExpr("count(*) AS n")
    assert frame.collect()[0].n == 0
    spark.sql("INSERT INTO t VALUES (1), (2)")
    assert frame.collect()[0].n == 2


def test_inserts_at_the_same_time_all_land(server, spark, database):
    spark.sql("CREATE TABLE t (writer INT, n INT)")
    failures = []

    def write(writer):
        session = sessions.connect(server.url)
        try:
            for n in range(5):
                session.sql(f"INSERT INTO {database}.t VALUES ({writer}, {n})")
        except Exception as error:  # told by the test's own thread
            failures.append(error)
        session.stop()

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    assert values(spark.table("t")) == [(writer, n) for writer in range(4) for n in range(5)]


@pytest.mark.parametrize("table", ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"])
def test_one_of_two_creations_at_the_same_time_fails(server, spark, database, table):
    outcomes = []

    def create(number):
        session = sessions.connect(server.url)
        try:
            session.sql(f"CREATE TABLE {database}.{table} AS SELECT {number} AS a")
            outcomes.append("made")
        except AnalysisException as error:
            outcomes.append(error.getCondition())
        session.stop()

    creators = [threading.Thread(target=create, args=(number,)) for number in range(4)]
    for creator in creators:
        creator.start()
    for creator in creators:
        creator.join()
    assert sorted(outcomes) == ["TABLE_OR_VIEW_ALREADY_EXISTS"] * 3 + ["made"]
    assert spark.table(table).count() == 1


def test_a_failed_write_leaves_nothing(spark, database):
    spark.sql("CREATE TABLE t AS SELECT id FROM range(10)")
    with pytest.raises(PySparkException, match="DIVIDE_BY_ZERO"):
        spark.sql("INSERT INTO t SELECT 1 div (id - 5) FROM range(10)")
    with pytest.raises(PySparkException, match="DIVIDE_BY_ZERO"):
        spark.sql("INSERT OVERWRITE t SELECT 1 div (id - 5) FROM range(10)")
    with pytest.raises(PySparkException, match="DIVIDE_BY_ZERO"):
        spark.sql("CREATE TABLE t2 AS SELECT 1 div (id - 5) AS a FROM range(10)")
    assert spark.table("t").count() == 10
    assert not spark.catalog.tableExists("t2")


def test_files_are_parquet_that_anybody_reads(spark, database, is_hearth):
    spark.sql("CREATE TABLE t (a INT, b STRING, p STRING) PARTITIONED BY (p)")
    spark.sql("INSERT INTO t VALUES (1, 'x', 'a b/c=d%'), (2, NULL, NULL), (3, 'y', '')")
    found = pyarrow.parquet.read_table(location(spark, "t"), partitioning=None)
    assert sorted(found.to_pydict()["a"]) == [1, 2, 3]
    folders = sorted(row.p for row in spark.sql("SELECT DISTINCT coalesce(p, 'null') AS p FROM t").collect())
    assert folders == ["a b/c=d%", "null"]


def test_many_rows_and_partitions(spark, database):
    frame = spark.range(100_000).selectExpr("id", "id % 50 AS p", "repeat('x', 20) AS text")
    frame.write.partitionBy("p").saveAsTable("t")
    assert spark.table("t").count() == 100_000
    assert spark.sql("SELECT count(*) AS n, sum(id) AS s FROM t WHERE p = 7").collect()[0].asDict() == {
        "n": 2000,
        "s": sum(range(7, 100_000, 50)),
    }


def test_local_data_in_a_table(spark, database):
    spark.createDataFrame([(1, "a"), (2, None)], "k INT, v STRING").write.saveAsTable("t")
    assert values(spark.table("t")) == [(1, "a"), (2, None)]
    spark.createDataFrame([(3, "c")], "k INT, v STRING").write.insertInto("t")
    assert spark.table("t").count() == 3


def test_a_persistent_view(spark, another, database):
    spark.sql("CREATE TABLE t AS SELECT id AS a FROM range(3)")
    spark.sql("CREATE VIEW v AS SELECT a * 2 AS b FROM t")
    assert values(another.table(f"{database}.v")) == [(0,), (2,), (4,)]
    spark.sql("INSERT INTO t VALUES (10)")
    assert values(another.sql(f"SELECT max(b) FROM {database}.v")) == [(20,)]


def test_describe_extended_tells_all(spark, database):
    spark.sql("CREATE TABLE t (a INT COMMENT 'an a', p STRING) PARTITIONED BY (p) COMMENT 'c' TBLPROPERTIES ('k'='v')")
    rows = [tuple(row) for row in spark.sql("DESCRIBE EXTENDED t").collect()]
    assert rows[:5] == [
        ("a", "int", "an a"),
        ("p", "string", None),
        ("# Partition Information", "", ""),
        ("# col_name", "data_type", "comment"),
        ("p", "string", None),
    ]
    told = {name: value for name, value, _ in rows[7:]}
    names = "Catalog Database Table Created_Time Last_Access Created_By Type Provider Comment Table_Properties Location"
    assert list(told)[: len(names.split())] == [name.replace("_", " ") for name in names.split()]
    assert (told["Catalog"], told["Database"], told["Table"]) == ("spark_catalog", database, "t")
    assert (told["Type"], told["Provider"], told["Comment"]) == ("MANAGED", "parquet", "c")
    assert told["Table Properties"] == "[k=v]"


def test_catalog_lists_databases(spark, database):
    found = {one.name: one for one in spark.catalog.listDatabases()}
    assert found["default"].description == "default database"
    assert found[database].catalog == "spark_catalog"
    assert found[database].locationUri.endswith(f"/{database}.db")
    assert spark.catalog.getDatabase(database).name == database


def test_a_cloned_session_has_the_current_database(spark, database):
    clone = spark.cloneSession()
    assert clone.catalog.currentDatabase() == database
    clone.client.release_session()
