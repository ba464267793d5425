"""kill -9 of the gateway: its clusters wait for the next one, which goes on with them, or end."""

import os
import pathlib
import signal

import pytest
from harness import places

import watching
from watching import (ENDLESS_QUERY, Background, busy_cluster, clusters, connect_patiently as connect, engines_of,
                      eventually, is_alive, keepers_of, kill, processes_of)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def end(server):
    kill(server.process.pid)
    server.process.wait()


def test_the_same_process_serves_the_next_query(lives):
    server = lives()
    spark = connect(server)
    spark.range(7).createOrReplaceTempView("seven")
    spark.sql("CREATE TABLE kept AS SELECT id FROM range(5)")
    (before,) = clusters(server)
    server = lives()
    assert spark.table("seven").count() == 7
    assert spark.table("kept").count() == 5
    spark.sql("INSERT INTO kept VALUES (9)")
    assert spark.table("kept").count() == 6
    (after,) = clusters(server)
    assert (after["pid"], after["id"], after["adopted"]) == (before["pid"], "native-1", True)
    assert after["age_ms"] >= before["age_ms"]
    assert engines_of(server) == [before["pid"]], "no other was started"
    assert "adopted cluster native-1" in server.log_text


def test_one_after_the_other(lives):
    server = lives()
    spark = connect(server)
    spark.range(3).createOrReplaceTempView("three")
    pid = clusters(server)[0]["pid"]
    for _ in range(4):
        server = lives()
        assert spark.table("three").count() == 3
        assert engines_of(server) == [pid]


def test_in_a_folder_whose_path_is_too_long_for_sockets(start, tmp_path):
    data = tmp_path / ("long" * 20)
    server = start(data=data)
    connect(server).range(1).count()
    pid = clusters(server)[0]["pid"]
    end(server)
    server = start(data=data)
    assert connect(server).range(3).count() == 3
    assert clusters(server)[0]["pid"] == pid
    elsewhere = (data / "run").resolve()
    assert server.stop() == 0
    assert not elsewhere.exists() and not os.path.lexists(data / "run")


def test_what_ran_does_not_go_on(lives):
    server = lives()
    spark = connect(server)
    answer = Background(lambda: watching.connect(server).sql(ENDLESS_QUERY).collect())
    busy = busy_cluster(server)
    lives.end()
    pid = busy["pid"]
    eventually(lambda: is_idle(pid), 10)
    with pytest.raises(Exception):
        answer.result()
    server = lives()
    assert spark.range(4).count() == 4
    assert engines_of(server) == [pid]
    assert clusters(server)[0]["running"] == 0


def is_idle(pid):
    """Over a third of a second, which is what its use of the processor is measured by."""
    before = cpu_seconds(pid)
    with pytest.raises(AssertionError):
        eventually(lambda: False, 0.3)
    return cpu_seconds(pid) - before < 0.1


def test_nobody_comes(lives, tmp_path):
    server = lives("--orphan-ms", 1500)
    connect(server).range(1).count()
    pid = clusters(server)[0]["pid"]
    keepers = keepers_of(server)
    assert len(keepers) == 1
    end(server)
    assert is_alive(pid)
    eventually(lambda: not is_alive(pid) and not is_alive(keepers[0]), 10)
    assert watching.control_groups_of(keepers) == []
    assert list((tmp_path / "data/temp").iterdir()) == []


def test_with_no_time_to_wait_it_ends_with_its_gateway(lives):
    server = lives("--orphan-ms", 0)
    connect(server).range(1).count()
    pid = clusters(server)[0]["pid"]
    end(server)
    eventually(lambda: not is_alive(pid), 5)


def test_sigterm_ends_all(lives):
    server = lives()
    spark = connect(server)
    spark.range(1).count()
    server = lives()  # and so what was adopted
    assert spark.range(1).count() == 1
    pids = engines_of(server) + processes_of(server, b"keep")
    assert len(pids) == 3, "with a spare keeper"
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) == 0
    eventually(lambda: not any(is_alive(pid) for pid in pids), 5)


def test_other_settings_are_another_cluster(lives):
    server = lives("--memory", "1GiB")
    spark = connect(server)
    spark.range(3).createOrReplaceTempView("three")
    pid = clusters(server)[0]["pid"]
    server = lives("--memory", "1200MiB")
    assert spark.table("three").count() == 3
    assert not clusters(server)[0]["adopted"]
    eventually(lambda: not is_alive(pid), 5)
    assert "native-1" in server.log_text and "other settings" in server.log_text


def test_a_cluster_that_is_killed_later_is_replaced(lives):
    server = lives()
    spark = connect(server)
    spark.range(3).createOrReplaceTempView("three")
    server = lives()
    assert spark.table("three").count() == 3
    pid = clusters(server)[0]["pid"]
    kill(pid)
    assert spark.table("three").count() == 3
    assert clusters(server)[0]["id"] == "native-2"


def test_nothing_secret_is_left_to_read(lives, tmp_path):
    """What a keeper knows is in its memory alone."""
    lives()
    assert os.stat(tmp_path / "data").st_mode & 0o077 == 0
    for path in (tmp_path / "data").rglob("*.keep"):
        assert path.is_socket() and path.stat().st_mode & 0o077 == 0


DECLINED = "reflect('java.lang.Math', 'abs', -5)"
SLOW = """SELECT sum(n) AS s
          FROM (SELECT length(reflect('java.util.UUID', 'randomUUID')) AS n FROM range(6000000000))"""


def spark_cluster(server):
    return [c for c in clusters(server) if c["engine"] == "spark"][0]


def test_a_jvm_serves_the_next_query(lives):
    options = ("--spark", places.spark_home(), "--spark-memory", "3GiB", "--orphan-ms", 60_000)
    server = lives(*options)
    spark = connect(server)
    spark.sql("CREATE TABLE kept AS SELECT id FROM range(5)")
    spark.sql("CREATE DATABASE other")
    spark.sql("CREATE VIEW shown AS SELECT id + 1 AS i FROM kept")
    spark.sql(f"CREATE TEMP VIEW five AS SELECT {DECLINED} AS a")
    assert spark.sql(f"SELECT m, {DECLINED} AS a FROM (SELECT max(id) AS m FROM kept)").collect()[0] == (4, "5")
    before = spark_cluster(server)
    server = lives(*options)
    assert spark.sql("SELECT a FROM five").collect()[0].a == "5"
    assert spark_cluster(server)["pid"] == before["pid"]
    eventually(lambda: is_idle(before["pid"]), 30)
    spark.sql("DROP TABLE kept")
    spark.sql("CREATE TABLE kept AS SELECT id * 2 AS id FROM range(5)")
    spark.sql("CREATE TABLE other.new AS SELECT 1 AS one")
    assert spark.sql(f"SELECT m, {DECLINED} AS a FROM (SELECT max(i) AS m FROM shown)").collect()[0] == (9, "5")
    assert spark.sql(f"SELECT one, {DECLINED} AS a FROM other.new").collect()[0] == (1, "5")
    after = spark_cluster(server)
    assert (after["pid"], after["adopted"]) == (before["pid"], True)


@pytest.mark.parametrize("what", ["write", "read"])
def test_what_spark_does_ends_with_its_gateway(lives, tmp_path, what):
    """A client asks again, and a write must not be made twice, nor may a read that nobody knows keep the JVM busy."""
    options = ("--spark", places.spark_home(), "--spark-memory", "3GiB")
    server = lives(*options)
    spark = watching.connect(server)
    spark.sql(SLOW).createOrReplaceTempView("slow")
    work = {"write": lambda: spark.table("slow").write.parquet(f"{tmp_path}/out"),
            "read": lambda: spark.table("slow").collect()}[what]
    written = Background(work)
    pid = eventually(lambda: [c for c in clusters(server) if c["engine"] == "spark" and c["running"] > 0], 60)[0]["pid"]
    eventually(lambda: not is_idle(pid), 30)
    end(server)
    eventually(lambda: not is_alive(pid), 5)
    with pytest.raises(Exception):
        written.result()
