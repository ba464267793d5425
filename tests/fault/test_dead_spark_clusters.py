"""A Spark cluster that dies, hangs or is no longer wanted."""

import pathlib
import time

import pyarrow
import pytest
from harness import places
from pyspark.errors import PySparkException

from watching import (NO_SPOOL, Background, clusters, connect, eventually, is_each_once, kill, operation,
                      tables)

DECLINED = "reflect('java.lang.Math', 'abs', -5)"
# Some seconds of work that only Spark does: a UUID has 36 characters.
SLOW = (
    "SELECT sum(n) AS s FROM (SELECT length(reflect('java.util.UUID', 'randomUUID')) AS n FROM range(6000000))"
)


@pytest.fixture
def mixed(start):
    return start("--spark", places.spark_home(), "--spark-memory", "3GiB")


def spark_clusters(server, state="ready"):
    return [c for c in clusters(server, state) if c["engine"] == "spark"]


def busy(server):
    return eventually(lambda: [c for c in spark_clusters(server) if c["running"] > 0], 60)[0]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_a_query_and_its_session_go_on_elsewhere(mixed):
    spark = connect(mixed)
    spark.udf.register("twice", lambda x: x * 2, "bigint")
    spark.sql(f"CREATE TEMP VIEW five AS SELECT {DECLINED} AS a")
    answer = Background(lambda: spark.sql(SLOW).collect())
    kill(busy(mixed)["pid"])
    assert answer.result(120)[0].s == 36 * 6_000_000
    assert operation(mixed, "sql")["cluster"] == "spark-2"
    assert spark.sql("SELECT a, twice(4) AS t FROM five").collect()[0] == ("5", 8)


def test_a_result_goes_on_after_delivered_rows(start):
    server = start("--spark", places.spark_home(), "--spark-memory", "3GiB", *NO_SPOOL)
    spark = connect(server)
    rows = 3_000_000
    frame = spark.range(rows).selectExpr("id", "date_format(timestamp_seconds(id), 'yyyy-MM-dd HH:mm:ss') AS t")
    parts = []
    for part in tables(spark, frame):
        parts.append(part)
        if len(parts) == 3:
            kill(busy(server)["pid"])
    result = pyarrow.concat_tables(parts)
    assert is_each_once(result["id"], rows)
    assert len(result["t"].unique()) == rows
    ran = operation(server, "project")
    assert (ran["cluster"], ran["continued"], ran["outcome"]) == ("spark-2", 1, "succeeded")
    assert [attempt["verdict"] for attempt in ran["each_attempt"]] == ["declined", "infrastructure", "succeeded"]
    assert ran["each_attempt"][-1]["version"].startswith("4.")


def test_a_write_is_not_made_twice(mixed, tmp_path):
    spark = connect(mixed)
    spark.sql(SLOW).createOrReplaceTempView("slow")
    written = Background(lambda: spark.table("slow").write.parquet(f"{tmp_path}/out"))
    kill(busy(mixed)["pid"])
    with pytest.raises(PySparkException, match="whether its effects were made is unknown"):
        written.result(120)


def test_an_interrupt_stops_the_work(mixed):
    spark = connect(mixed)
    spark.sql(f"SELECT {DECLINED}").collect()
    answer = Background(lambda: spark.sql(SLOW.replace("6000000", "6000000000")).collect())
    cluster = busy(mixed)
    spark.interruptAll()
    with pytest.raises(PySparkException, match="OPERATION_CANCELED"):
        answer.result(5)

    def idle():
        before = cpu_seconds(cluster["pid"])
        time.sleep(0.3)  # the time over which its use of the processor is measured
        return cpu_seconds(cluster["pid"]) - before < 0.1

    eventually(idle, 20)


def test_an_interrupt_ends_the_wait_for_a_cluster(mixed):
    spark = connect(mixed)
    answer = Background(lambda: spark.sql(f"CREATE TEMP VIEW five AS SELECT {DECLINED} AS a").collect())
    eventually(lambda: spark_clusters(mixed, "starting"), 20)
    spark.interruptAll()
    with pytest.raises(PySparkException, match="OPERATION_CANCELED"):
        answer.result(5)
    spark.range(1).createOrReplaceTempView("five")  # its turn has not to wait for that cluster
    assert spark_clusters(mixed, "starting")
    assert spark.table("five").count() == 1
