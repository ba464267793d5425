"""Clusters that hang: their processes are there and their connections stand, but nothing comes back."""

import os
import signal
import time

import pytest
from harness import places, servers
from watching import Background, SLOW_QUERY, clusters, connect, eventually, is_alive, slow_answer


def stop(cluster):
    os.kill(cluster["pid"], signal.SIGSTOP)


def cluster(server, name):
    return next(c for c in servers.hearth_status(server.data)["clusters"] if c["id"] == name)


def test_one_that_hangs_is_replaced_and_its_work_done_elsewhere(start):
    server = start("--silence-ms", 1500)
    spark = connect(server)
    spark.range(7).createOrReplaceTempView("seven")
    (hung,) = eventually(lambda: clusters(server))
    answer = Background(lambda: spark.sql(SLOW_QUERY).collect())
    eventually(lambda: [c for c in clusters(server) if c["running"] > 0])
    stop(hung)
    assert answer.result(120)[0].s == slow_answer()
    assert spark.table("seven").count() == 7
    assert cluster(server, hung["id"])["cause_of_death"].startswith("killed: it did not answer for 1")
    assert not is_alive(hung["pid"])


def test_who_does_not_wait_for_it_goes_elsewhere(start):
    """A second cluster takes what comes while the first one owes an answer."""
    server = start("--clusters", 2, "--silence-ms", 1500)
    spark = connect(server)
    spark.range(1).collect()
    (hung,) = clusters(server)
    stop(hung)
    assert connect(server).range(5).count() == 5
    assert [c["id"] for c in clusters(server)] != [hung["id"]]


def test_a_short_pause_is_no_death(start):
    server = start("--silence-ms", 60_000)
    spark = connect(server)
    spark.range(1).collect()
    (paused,) = clusters(server)
    stop(paused)
    answer = Background(lambda: spark.range(9).count())
    eventually(lambda: cluster(server, paused["id"])["silent_ms"] > 0)
    os.kill(paused["pid"], signal.SIGCONT)
    assert answer.result(60) == 9
    eventually(lambda: cluster(server, paused["id"])["silent_ms"] == 0)
    assert [c["pid"] for c in clusters(server)] == [paused["pid"]]


def test_a_server_that_stood_still_itself_blames_nobody(start):
    server = start("--silence-ms", 4_000)
    spark = connect(server)
    spark.range(1).collect()
    (living,) = clusters(server)
    stop(living)
    eventually(lambda: cluster(server, living["id"])["silent_ms"] > 0)
    os.kill(server.process.pid, signal.SIGSTOP)
    time.sleep(4.5)  # the fault itself: longer than a cluster may owe an answer
    for pid in (server.process.pid, living["pid"]):
        os.kill(pid, signal.SIGCONT)
    assert spark.range(3).count() == 3
    assert [c["pid"] for c in clusters(server)] == [living["pid"]]


def test_a_spark_cluster_that_hangs(start):
    declined = "SELECT reflect('java.lang.Math', 'abs', -5) AS a"
    server = start("--spark", places.spark_home(), "--spark-memory", "3GiB", "--spark-silence-ms", 3_000)
    spark = connect(server)
    spark.sql(declined).collect()
    (hung,) = [c for c in clusters(server) if c["engine"] == "spark"]
    stop(hung)
    assert spark.sql(declined).collect()[0].a == "5"
    assert cluster(server, hung["id"])["cause_of_death"].startswith("killed: it did not answer for 3")


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_nobody_is_killed_for_being_busy(start):
    """Ten minutes at full load: four clients keep a cluster of as many threads as the machine has at work."""
    server = start("--clusters", 2)
    over = []

    def work():
        spark = connect(server)
        while not over:
            assert spark.sql(SLOW_QUERY).collect()[0].s == slow_answer()

    workers = [Background(work) for _ in range(4)]
    eventually(lambda: len(clusters(server)) == 2, 30)
    before = sorted(c["pid"] for c in clusters(server))
    with pytest.raises(AssertionError, match="in time"):
        eventually(lambda: sorted(c["pid"] for c in clusters(server)) != before, 600)
    over.append(True)
    for worker in workers:
        worker.result(120)
