"""Clusters and gateways that die while tables are written: what was answered is there, nothing is there twice or half."""

import time

import pytest
from pyspark.errors import PySparkException

import watching
from watching import Background, eventually, kill, connect_patiently as connect


def values(frame):
    return sorted(tuple(row) for row in frame.collect())


def leftovers(tmp_path):
    """Folders of writers that are still there."""
    return list((tmp_path / "data/warehouse").glob("**/_hearth-*"))


def test_the_catalog_outlives_everything(lives, tmp_path):
    spark = connect(lives())
    spark.sql("CREATE DATABASE sales COMMENT 'c'")
    spark.sql("USE sales")
    spark.sql("CREATE TABLE orders (id INT, day STRING) PARTITIONED BY (day)")
    spark.sql("INSERT INTO orders VALUES (1, 'mon'), (2, 'tue')")
    spark.sql("CREATE VIEW mondays AS SELECT id FROM orders WHERE day = 'mon'")
    spark.sql("CREATE TABLE gone AS SELECT 1 AS a")
    spark.sql("DROP TABLE gone")
    server = lives()
    assert values(spark.table("orders")) == [(1, "mon"), (2, "tue")]
    other = connect(server)
    assert values(other.table("sales.mondays")) == [(1,)]
    assert [row.tableName for row in other.sql("SHOW TABLES IN sales").collect()] == ["mondays", "orders"]
    spark.sql("INSERT INTO orders VALUES (3, 'mon')")
    lives()
    assert values(other.table("sales.mondays")) == [(1,), (3,)]


def test_an_insert_is_tried_again_when_its_cluster_dies(start):
    server = start()
    spark = connect(server)
    spark.sql("CREATE TABLE t (a BIGINT)")
    insert = Background(lambda: spark.sql("INSERT INTO t " + watching.SLOW_QUERY))
    kill(watching.busy_cluster(server)["pid"])
    insert.result(120)
    assert values(spark.table("t")) == [(watching.slow_answer(),)]


def test_clusters_that_die_at_any_instant_of_an_insert(start, chance, tmp_path):
    server = start()
    spark = connect(server)
    spark.sql("CREATE TABLE t (n INT, p INT) PARTITIONED BY (p)")
    spark.sql("INSERT INTO t VALUES (-1, 0)")
    for n in range(25):
        insert = Background(lambda n=n: spark.sql(f"INSERT INTO t SELECT {n}, id FROM range(4)"))
        cluster = eventually(lambda: watching.clusters(server), 30)[0]
        time.sleep(chance.random() * 0.08)  # the instant is the chance that is tested
        kill(cluster["pid"])
        insert.result(60)
        assert values(spark.table("t")) == sorted([(-1, 0)] + [(m, p) for m in range(n + 1) for p in range(4)])
    assert leftovers(tmp_path) == []


def test_gateways_that_die_at_any_instant_of_an_insert(lives, chance, tmp_path):
    server = lives()
    spark = connect(server)
    spark.sql("CREATE TABLE t (n INT, p INT) PARTITIONED BY (p)")
    answered = []
    for n in range(12):

        def write(n=n):
            spark.sql(f"INSERT INTO t SELECT {n}, id FROM range(4)")
            answered.append(n)

        insert = Background(write)
        time.sleep(chance.random() * 0.3)  # the instant is the chance that is tested
        server = lives()
        try:
            insert.result(90)
        except PySparkException as error:
            print(n, error)  # it does not know; below it may be there or not, but whole
    found = values(spark.table("t"))
    there = sorted({n for n, _ in found})
    assert found == [(n, p) for n in there for p in range(4)]
    assert set(answered) <= set(there)
    lives()
    assert leftovers(tmp_path) == []


def test_an_overwrite_is_whole_or_not_there(lives, chance):
    server = lives()
    spark = connect(server)
    spark.sql("CREATE TABLE t (n INT, p INT) PARTITIONED BY (p)")
    spark.sql("INSERT INTO t SELECT -1, id FROM range(4)")
    for n in range(8):
        write = Background(lambda n=n: spark.sql(f"INSERT OVERWRITE t SELECT {n}, id FROM range(4)"))
        time.sleep(chance.random() * 0.3)  # the instant is the chance that is tested
        server = lives()
        try:
            write.result(90)
        except PySparkException as error:
            print(n, error)
        found = values(spark.table("t"))
        assert len({n for n, _ in found}) == 1
        assert [p for _, p in found] == [0, 1, 2, 3]
