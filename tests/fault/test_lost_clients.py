"""Interrupts and clients that vanish: the cluster stops working for nobody."""

import subprocess
import sys
import textwrap
import time

import pytest

from watching import ENDLESS_QUERY, Background, busy_cluster, clusters, connect, eventually, kill, operation


def nothing_runs(server):
    return all(c["running"] == 0 for c in clusters(server))


def test_an_interrupt_reaches_the_cluster(start):
    server = start()
    spark = connect(server)
    answer = Background(lambda: spark.sql(ENDLESS_QUERY).collect())
    busy_cluster(server)
    began = time.monotonic()
    assert len(spark.interruptAll()) == 1
    with pytest.raises(Exception) as canceled:
        answer.result()
    assert canceled.value.getCondition() == "OPERATION_CANCELED"
    assert time.monotonic() - began < 2
    eventually(lambda: nothing_runs(server))
    assert operation(server, "sql")["outcome"] == "cancelled"
    assert spark.range(2).count() == 2


def test_a_released_session_ends_its_work(start):
    server = start()
    spark = connect(server)
    answer = Background(lambda: spark.sql(ENDLESS_QUERY).collect())
    busy_cluster(server)
    spark.client.release_session()
    with pytest.raises(Exception):
        answer.result()
    eventually(lambda: nothing_runs(server))


@pytest.mark.parametrize("cluster", ["lives", "dies"])
@pytest.mark.parametrize("reattachable", [True, False])
def test_a_client_that_is_killed_ends_its_work(start, tmp_path, reattachable, cluster):
    server = start("--detached-timeout-ms", 500)
    connect(server).range(1).collect()
    script = tmp_path / "client.py"
    script.write_text(textwrap.dedent(f"""
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.remote("{server.url}").create()
        spark.client.{'enable' if reattachable else 'disable'}_reattachable_execute()
        spark.sql({ENDLESS_QUERY!r}).collect()
    """))
    client = subprocess.Popen([sys.executable, "-W", "ignore", script])
    try:
        busy = busy_cluster(server)
        if cluster == "dies":
            kill(busy["pid"])
    finally:
        client.kill()
        client.wait()
    eventually(lambda: nothing_runs(server) and operation(server, "sql")["outcome"] == "cancelled", 5)
    assert connect(server).range(2).count() == 2
