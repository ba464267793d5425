"""kill -9 of an engine: invisible where that is possible, a true error where it is not, never a wrong answer."""

import pytest
from pyspark.errors.exceptions.connect import SparkConnectGrpcException, SparkException

from watching import (SLOW_QUERY, Background, busy_cluster, clusters, connect, eventually, kill, operation,
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


def test_a_session_with_state_says_that_it_is_lost(start):
    server = start()
    spark = connect(server)
    spark.range(7).createOrReplaceTempView("seven")
    assert spark.table("seven").count() == 7
    kill(clusters(server)[0]["pid"])
    eventually(lambda: clusters(server, "dead"))
    with pytest.raises(SparkConnectGrpcException) as lost:
        spark.range(3).collect()
    assert lost.value.getCondition() == "INVALID_HANDLE.SESSION_CHANGED"
    other = connect(server)
    assert other.range(3).count() == 3
    with pytest.raises(Exception, match="TABLE_OR_VIEW_NOT_FOUND"):
        other.table("seven").count()


def test_a_running_query_of_a_session_with_state_says_so_too(start):
    server = start()
    spark = connect(server)
    spark.range(7).createOrReplaceTempView("seven")
    answer = Background(lambda: spark.sql(SLOW_QUERY).collect())
    kill(busy_cluster(server)["pid"])
    with pytest.raises(SparkConnectGrpcException) as lost:
        answer.result()
    assert lost.value.getCondition() == "INVALID_HANDLE.SESSION_CHANGED"


def test_a_result_that_was_begun_is_not_passed_off_as_whole(start):
    server = start()
    spark = connect(server)
    plan = spark.range(300_000_000)._plan.to_proto(spark.client)  # 2.4 GB, more than any buffer on the way holds
    rows = 0
    with pytest.raises(SparkException, match="after rows had been delivered"):
        for part in spark.client.to_table_as_iterator(plan, {}):
            if rows == 0 and getattr(part, "num_rows", 0) > 0:
                kill(busy_cluster(server)["pid"])
            rows += getattr(part, "num_rows", 0)
    assert 0 < rows < 300_000_000
    assert operation(server, "range")["outcome"] == "failed"


def test_a_cluster_that_dies_again_and_again_is_an_error_not_a_loop(start):
    server = start()
    spark = connect(server)
    answer = Background(lambda: spark.sql(SLOW_QUERY).collect())
    for attempt in range(3):
        eventually(lambda n=attempt: attempts_of(operation(server, "sql")) == n + 1, 20)
        kill(busy_cluster(server)["pid"])
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
