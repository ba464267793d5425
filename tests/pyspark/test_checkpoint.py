"""DataFrame.localCheckpoint, as a program uses it."""

import gc
import shutil

import pytest
from pyspark.sql import functions as F

from harness import comparison, servers, sessions, tpch


def test_a_checkpoint_is_what_it_was_made_of(spark):
    source = spark.range(1000).select("id", (F.col("id") % 7).alias("k"), F.lit("x").alias("s"))
    kept = source.localCheckpoint()
    assert kept.schema == source.schema
    assert kept.collect() == source.collect()
    assert kept.groupBy("k").count().orderBy("k").collect() == source.groupBy("k").count().orderBy("k").collect()


def test_its_columns_can_be_named_by_it(spark):
    kept = spark.range(10).localCheckpoint()
    assert kept.filter(kept["id"] > 7).count() == 2
    other = spark.range(5).localCheckpoint()
    assert kept.join(other, kept["id"] == other["id"]).count() == 5


def test_it_does_not_follow_its_files(spark, tmp_path, tpch_folder):
    path = tmp_path / "nation.parquet"
    shutil.copy(f"{tpch_folder}/nation.parquet", path)
    kept = spark.read.parquet(str(path)).localCheckpoint()
    path.unlink()
    assert kept.count() == 25


def test_it_ends_long_lineage(spark):
    df = spark.range(100)
    for step in range(40):
        df = df.withColumn("id", F.col("id") + 1)
        if step % 10 == 9:
            df = df.localCheckpoint()
    assert df.agg(F.min("id"), F.max("id")).first() == (40, 139)


def test_a_dropped_dataframe_gives_its_rows_back(spark):
    kept = spark.range(10).localCheckpoint()
    relation = kept._plan._relation_id
    del kept
    gc.collect()
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.plan import CachedRemoteRelation

    lost = DataFrame(CachedRemoteRelation(relation, spark), spark)
    with pytest.raises(Exception, match="DATAFRAME_NOT_FOUND"):
        lost.count()
    lost._plan._relation_id = None


ROWS = 4_000_000  # at 20 columns more than the memory of the engine below


def spilled_bytes(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_more_rows_than_memory_are_spilled(tmp_path, is_hearth):
    if not is_hearth:
        pytest.skip("about our memory limit")
    with servers.hearth_engine(memory="512MiB", temp=str(tmp_path)) as engine:
        session = sessions.connect(engine.url)
        columns = [(F.col("id") * (2 * n + 1)).alias(f"c{n}") for n in range(20)]
        kept = session.range(ROWS).select("id", F.concat(F.lit("row "), F.col("id")).alias("s"), *columns).localCheckpoint()
        assert spilled_bytes(tmp_path) > 0
        assert kept.agg(F.count("s"), F.sum("id"), F.max("c19")).first() == (ROWS, ROWS * (ROWS - 1) // 2, 39 * (ROWS - 1))
        session.stop()


def test_tpch_runs_on_checkpointed_tables(spark, tpch_folder, tpch_texts, tpch_answers):
    kept = {table: spark.read.parquet(f"{tpch_folder}/{table}.parquet").localCheckpoint() for table in tpch.TABLES}
    for table, frame in kept.items():
        frame.createOrReplaceTempView(table)
    for number in tpch.QUERIES:
        answer = spark.sql(tpch_texts[number]).toArrow()
        assert comparison.difference(answer, tpch_answers[number], tpch.order_by(tpch_texts[number])) is None
