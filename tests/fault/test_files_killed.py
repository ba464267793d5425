"""Clusters and gateways that die while files of a folder are written: the files are there whole and once, or not at all."""

import time

import pytest
import watching
from pyspark.errors import PySparkException
from pyspark.sql.connect.client.retries import DefaultPolicy
from watching import Background, connect_patiently as connect, eventually, kill


def values(spark, folder):
    return sorted(tuple(row) for row in spark.read.parquet(str(folder)).collect())


def leftovers(folder):
    """Folders of writers that are still there."""
    return list(folder.glob("**/_hearth-*"))


def test_a_write_is_tried_again_when_its_cluster_dies(start, tmp_path):
    server = start()
    spark = connect(server)
    out = tmp_path / "files/out"
    write = Background(lambda: spark.sql(watching.SLOW_QUERY).write.parquet(str(out)))
    kill(watching.busy_cluster(server)["pid"])
    write.result(120)
    assert values(spark, out) == [(watching.slow_answer(),)]
    assert watching.operation(server, "write_operation")["attempts"] == 2
    assert leftovers(tmp_path / "files") == []


def test_clusters_that_die_at_any_instant_of_an_append(start, chance, tmp_path):
    server = start()
    spark = connect(server)
    out = tmp_path / "out"
    for n in range(20):
        frame = spark.sql(f"SELECT {n} AS n, id FROM range(4)")
        write = Background(lambda frame=frame: frame.write.mode("append").parquet(str(out)))
        cluster = eventually(lambda: watching.clusters(server), 30)[0]
        time.sleep(chance.random() * 0.08)  # the instant is the chance that is tested
        kill(cluster["pid"])
        write.result(60)
        assert values(spark, out) == [(m, p) for m in range(n + 1) for p in range(4)]
    assert leftovers(tmp_path) == []


def test_gateways_that_die_at_any_instant_of_a_write(lives, chance, tmp_path):
    server = lives()
    spark = connect(server)
    out = tmp_path / "files/out"
    answered = [-1]
    spark.sql("SELECT -1 AS n, id FROM range(4)").write.parquet(str(out))
    for n in range(10):
        frame = spark.sql(f"SELECT {n} AS n, id FROM range(4)").write.mode("overwrite")

        def write(n=n, frame=frame):
            frame.parquet(str(out))
            answered.append(n)

        attempt = Background(write)
        time.sleep(chance.random() * 0.3)  # the instant is the chance that is tested
        server = lives()
        try:
            attempt.result(90)
        except PySparkException as error:
            print(n, error)  # it does not know; below it may be there or not, but whole
        found = values(spark, out)
        assert len(found) == 4 and len({m for m, _ in found}) == 1
        assert answered[-1] <= found[0][0] <= n
    lives()
    assert leftovers(tmp_path / "files") == []


def test_what_a_dead_server_staged_is_removed(lives, tmp_path):
    spark = watching.connect(lives())
    spark.client.set_retry_policies([DefaultPolicy(max_retries=0)])
    (tmp_path / "files").mkdir()
    out = tmp_path / "files/out"
    write = Background(lambda: spark.sql(watching.ENDLESS_QUERY).write.parquet(str(out)))
    eventually(lambda: leftovers(tmp_path / "files"), 30)
    lives.end()
    with pytest.raises(Exception):
        write.result(60)
    assert leftovers(tmp_path / "files")
    lives()
    assert list((tmp_path / "files").iterdir()) == []
