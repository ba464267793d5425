"""What the native engine declines runs on Apache Spark behind the same endpoint, in the same session."""

import sys

import grpc
import pyspark.sql.connect.proto as proto
import pytest
from harness import places, servers, sessions
from harness.servers import ran_on
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql.connect.proto import base_pb2_grpc
from pyspark.sql.functions import col, udf

sys.path.append(str(places.ROOT / "tests/fault"))
import watching  # noqa: E402

# Java of the JVM, which no other engine runs: always declined by the native one.
DECLINED = "reflect('java.lang.Math', 'abs', -5)"


@pytest.fixture
def spark(mixed):
    session = sessions.connect(mixed.url)
    yield session
    session.stop()


def test_a_declined_query_runs_on_spark(mixed, spark):
    frame = spark.sql(f"SELECT {DECLINED} AS a, id FROM range(3) ORDER BY id")
    assert [field.simpleString() for field in frame.schema] == ["a:string", "id:bigint"]
    assert [tuple(row) for row in frame.collect()] == [("5", 0), ("5", 1), ("5", 2)]
    assert ran_on(mixed) == "spark"
    assert spark.range(3).count() == 3
    assert ran_on(mixed) == "native"


def test_spark_sees_what_the_session_is(spark):
    spark.createDataFrame([(1, "a"), (2, "b")], "k INT, v STRING").createOrReplaceTempView("pairs")
    spark.sql("CREATE OR REPLACE TEMP VIEW doubled AS SELECT k * 2 AS k2, v FROM pairs")
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    rows = spark.sql(f"SELECT k2, v, {DECLINED} AS a, current_timezone() AS zone FROM doubled ORDER BY k2").collect()
    assert [tuple(row) for row in rows] == [(2, "a", "5", "Asia/Tokyo"), (4, "b", "5", "Asia/Tokyo")]
    spark.sql("DROP VIEW pairs")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.sql(f"SELECT {DECLINED} FROM pairs").collect()


def test_a_view_that_only_spark_can_make(mixed, spark):
    spark.sql(f"CREATE OR REPLACE TEMP VIEW five AS SELECT {DECLINED} AS a")
    assert spark.table("five").collect()[0].a == "5"
    assert ran_on(mixed) == "spark"
    spark.range(1).createOrReplaceTempView("other")
    assert spark.table("other").count() == 1
    assert ran_on(mixed) == "native", "what does not read the view stays where it is fast"
    spark.sql("CREATE OR REPLACE TEMP VIEW over AS SELECT concat(a, '!') AS a FROM five")
    assert spark.table("over").collect()[0].a == "5!"
    spark.sql("CREATE OR REPLACE TEMP VIEW five AS SELECT 'native' AS a")
    assert spark.table("five").collect()[0].a == "native"
    assert ran_on(mixed) == "native"


def test_views_over_what_only_spark_can_make(mixed, spark):
    spark.sql("CREATE TEMP VIEW base AS SELECT '1' AS a")
    spark.sql("CREATE TEMP VIEW top AS SELECT * FROM base")
    assert spark.table("top").collect()[0].a == "1"
    spark.sql(f"CREATE OR REPLACE TEMP VIEW base AS SELECT {DECLINED} AS a")
    assert spark.table("top").collect()[0].a == "5", "a view reads others as they are when it is read"
    assert ran_on(mixed) == "spark"


def test_the_name_of_a_view_that_only_spark_can_make_is_taken(spark):
    spark.sql(f"CREATE TEMP VIEW five AS SELECT {DECLINED} AS a")
    with pytest.raises(AnalysisException, match="TEMP_TABLE_OR_VIEW_ALREADY_EXISTS"):
        spark.range(1).createTempView("five")
    spark.sql("DROP VIEW five")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.table("five").collect()
    spark.sql(f"CREATE TEMP VIEW five AS SELECT {DECLINED} AS a")
    assert spark.catalog.dropTempView("five")
    assert not spark.catalog.dropTempView("five")
    spark.range(1).createTempView("five")
    assert spark.table("five").count() == 1


def test_a_drop_by_a_computed_name_is_declined(spark):
    spark.sql("CREATE TEMP VIEW base AS SELECT 1 AS a")
    with pytest.raises(PySparkException) as raised:
        spark.sql("DROP VIEW IDENTIFIER(:v)", {"v": "base"})
    assert raised.value.getCondition().startswith("UNSUPPORTED_FEATURE")
    assert spark.table("base").count() == 1


def test_an_iteration_that_is_given_up_leaves_nothing_running(mixed, spark):
    rows = spark.sql("SELECT id, reflect('java.util.UUID', 'randomUUID') AS u FROM range(2000000)").toLocalIterator()
    assert next(iter(rows)).id == 0
    rows.close()
    watching.eventually(lambda: all(c["running"] == 0 for c in servers.hearth_status(mixed.data)["clusters"]), 30)


def test_python_functions(mixed, spark):
    twice = udf(lambda x: x * 2, "bigint")
    assert [row[0] for row in spark.range(3).select(twice(col("id"))).collect()] == [0, 2, 4]
    spark.udf.register("thrice", lambda x: x * 3, "bigint")
    assert spark.sql("SELECT thrice(id) AS t FROM range(2, 3)").collect()[0].t == 6
    assert spark.range(5).count() == 5
    assert ran_on(mixed) == "native"


def test_a_function_of_the_session_with_the_name_of_a_built_in_one(mixed, spark):
    spark.udf.register("lower", lambda text: "mine", "string")
    assert spark.sql("SELECT lower('A') AS a").collect()[0].a == "a"
    assert ran_on(mixed) == "spark", "which of the two is meant is for Spark to say"


def test_files_written_by_spark_are_read(mixed, spark, tmp_path):
    rows = spark.range(10).selectExpr("id", "id % 3 AS m").where(f"{DECLINED} = '5'")
    rows.write.mode("overwrite").partitionBy("m").parquet(f"{tmp_path}/out")
    assert ran_on(mixed) == "spark"
    assert spark.read.parquet(f"{tmp_path}/out").count() == 10
    with pytest.raises(AnalysisException, match="PATH_ALREADY_EXISTS"):
        spark.range(1).write.parquet(f"{tmp_path}/out")


@pytest.mark.parametrize(
    "make", ["CREATE TABLE t (a INT) STORED AS parquet", "CREATE FUNCTION f AS 'a.B'", "CREATE TABLE t LIKE u"]
)
def test_what_would_live_in_one_cluster_alone_is_declined(spark, make):
    with pytest.raises(PySparkException) as raised:
        spark.sql(make).collect()
    assert raised.value.getCondition().startswith("UNSUPPORTED_FEATURE")


def test_errors_are_sparks(spark):
    with pytest.raises(PySparkException) as raised:
        spark.sql("SELECT reflect('no.such.Class', 'abs', -5)").collect()
    assert raised.value.getCondition() == "DATATYPE_MISMATCH.UNEXPECTED_CLASS_TYPE"
    assert raised.value.getMessageParameters()["className"] == "no.such.Class"


def test_strangers_are_refused_at_the_cluster(mixed, spark):
    spark.sql(f"SELECT {DECLINED}").collect()
    (cluster,) = [c for c in servers.hearth_status(mixed.data)["clusters"] if c["engine"] == "spark"]
    with grpc.insecure_channel(cluster["address"]) as channel, pytest.raises(grpc.RpcError) as raised:
        request = proto.ConfigRequest(session_id="0" * 8 + "-0000-0000-0000-" + "0" * 12)
        request.operation.get_all.SetInParent()
        base_pb2_grpc.SparkConnectServiceStub(channel).Config(request)
    assert raised.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_without_spark_the_client_hears_what_is_declined(tmp_path):
    with servers.hearth_serve(options=["--spark", str(tmp_path)]) as server:
        session = sessions.connect(server.url)
        assert session.range(3).count() == 3
        with pytest.raises(PySparkException) as raised:
            session.sql(f"SELECT {DECLINED}").collect()
        assert raised.value.getCondition().startswith("UNSUPPORTED_FEATURE")
        assert "goes on without Apache Spark" in server.log_text
