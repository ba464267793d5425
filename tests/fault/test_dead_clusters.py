"""kill -9 of an engine: invisible where that is possible, a true error where it is not, never a wrong answer."""

import os
import signal

import pyarrow
import pyarrow.parquet
import pytest
from harness import servers
from pyspark.errors.exceptions.connect import AnalysisException, SparkException

from watching import (SLOW_QUERY, Background, busy_cluster, clusters, connect, eventually, is_alive, kill, operation,
                      slow_answer)


def test_a_query_gets_a_fresh_attempt(start):
    server = start()
    spark = connect(server)
    answer = Background(lambda: spark.sql(SLOW_QUERY).collect())
    kill(busy_cluster(server)["pid"])
    assert answer.result()[0].s == slow_answer()
    ran = operation(server, "sql")
    assert (ran["attempts"], ran["cluster"], ran["outcome"]) == (2, "native-2", "succeeded")
    dead = clusters(server, "dead")
    assert [c["cause_of_death"] for c in dead] == ["signal 9 (Killed)"]


def test_an_idle_cluster_is_replaced_at_once(start):
    server = start()
    spark = connect(server)
    assert spark.range(3).count() == 3
    kill(clusters(server)[0]["pid"])
    assert spark.range(4).count() == 4
    assert [c["id"] for c in clusters(server)] == ["native-2"]


def test_configuration_is_replayed_on_the_next_cluster(start):
    server = start()
    spark = connect(server)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "10")
    spark.conf.set("spark.sql.shuffle.partitions", "3")
    spark.conf.unset("spark.sql.shuffle.partitions")

    def batches():
        plan = spark.range(100)._plan.to_proto(spark.client)
        return sum(hasattr(part, "num_rows") for part in spark.client.to_table_as_iterator(plan, {}))

    assert batches() == 10
    kill(clusters(server)[0]["pid"])
    assert batches() == 10
    assert spark.conf.get("spark.sql.execution.arrow.maxRecordsPerBatch") == "10"


def test_a_session_goes_on_with_all_its_state(start):
    server = start()
    spark = connect(server)
    spark.range(7).createOrReplaceTempView("seven")
    spark.table("seven").filter("id > 2").createOrReplaceTempView("some")
    spark.range(9).createOrReplaceTempView("seven")  # what was made over the first one stays over it
    spark.sql("CREATE TEMP VIEW gone AS SELECT 1")
    spark.sql("DROP VIEW gone")
    spark.createDataFrame([(1, "a")], "k INT, v STRING").createOrReplaceTempView("local")
    spark.sql("SET spark.sql.session.timeZone=Asia/Tokyo")
    for _ in range(2):
        kill(clusters(server)[0]["pid"])
        assert spark.table("seven").count() == 9
        assert [row.id for row in spark.table("some").collect()] == [3, 4, 5, 6]
        assert spark.table("local").collect() == [(1, "a")]
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
        assert spark.sql("SELECT CAST(CAST(0 AS TIMESTAMP) AS STRING)").collect() == [("1970-01-01 09:00:00",)]
        with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
            spark.table("gone").collect()
        with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
            connect(server).table("seven").collect()  # another session has nothing of it


def test_a_running_query_of_a_session_with_state_gets_another_attempt_at_what_it_saw(start):
    server = start()
    spark = connect(server)
    spark.range(40_000).createOrReplaceTempView("rows")
    slow = SLOW_QUERY.replace("range(40000)", "rows")
    answer = Background(lambda: spark.sql(slow).collect())
    victim = busy_cluster(server)
    spark.range(5).createOrReplaceTempView("rows")  # does not wait for the query, and does not change it
    assert spark.table("rows").count() == 5
    kill(victim["pid"])
    assert answer.result()[0].s == slow_answer()
    assert spark.table("rows").count() == 5


def test_a_session_with_state_runs_on_every_cluster(start):
    server = start("--clusters", 2)
    spark = connect(server)
    spark.range(7).createOrReplaceTempView("seven")
    answer = Background(lambda: spark.sql(SLOW_QUERY).collect())
    busy_cluster(server)
    eventually(lambda: spark.table("seven").count() == 7 and len(session_clusters(server, spark)) == 2)
    assert answer.result()[0].s == slow_answer()


def session_clusters(server, spark):
    sessions = servers.hearth_status(server.data)["sessions"]
    return [s for s in sessions if s["session"] == spark.session_id][0]["clusters"]


def test_a_view_that_cannot_be_made_again_keeps_its_name(start, tmp_path):
    server = start()
    spark = connect(server)
    file = tmp_path / "numbers.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"n": [1, 2]}), file)
    spark.read.parquet(str(file)).createOrReplaceTempView("numbers")
    spark.sql("CREATE TEMP VIEW over_it AS SELECT * FROM numbers")
    spark.range(3).createOrReplaceTempView("other")
    assert spark.table("over_it").count() == 2
    file.unlink()
    kill(clusters(server)[0]["pid"])
    assert spark.table("other").count() == 3
    for name in ("numbers", "over_it"):
        with pytest.raises(SparkException, match="create_dataframe_view of numbers.*PATH_NOT_FOUND"):
            spark.table(name).collect()
        with pytest.raises(SparkException, match="create_dataframe_view of numbers"):
            spark.table(name).schema
    spark.range(4).createOrReplaceTempView("numbers")
    assert spark.table("numbers").count() == 4


def test_a_query_whose_clusters_crash_again_and_again_is_an_error_not_a_loop(start):
    server = start()
    spark = connect(server)
    answer = Background(lambda: spark.sql(SLOW_QUERY).collect())
    for attempt in range(3):
        eventually(lambda n=attempt: attempts_of(operation(server, "sql")) == n + 1, 20)
        os.kill(busy_cluster(server)["pid"], signal.SIGSEGV)
    with pytest.raises(SparkException, match="was lost"):
        answer.result()
    assert attempts_of(operation(server, "sql")) == 3
    assert spark.range(2).count() == 2


def attempts_of(record):
    return record["attempts"] if record else 0


def test_other_sessions_go_on(start):
    server = start("--clusters", 2)
    busy, other = connect(server), connect(server)
    answer = Background(lambda: busy.sql(SLOW_QUERY).collect())
    victim = busy_cluster(server)
    eventually(lambda: other.range(5).count() == 5 and len(clusters(server)) == 2)
    kill(victim["pid"])
    for _ in range(10):
        assert other.range(5).count() == 5
    assert answer.result()[0].s == slow_answer()


def test_a_query_survives_five_clusters_that_others_kill(start):
    server = start()
    spark = connect(server)
    answer = Background(lambda: spark.sql(SLOW_QUERY).collect())
    killed = set()
    while len(killed) < 5:
        victim = busy_cluster(server)["pid"]
        kill(victim)
        killed.add(victim)
        eventually(lambda v=victim: not is_alive(v))
    assert answer.result(120)[0].s == slow_answer()
    assert operation(server, "sql")["attempts"] == 6
