"""createDataFrame of a client's rows and count(): what moving them to an engine costs. Rows change with every run, so
that no upload is known already."""

import re
import time

import numpy as np
import pandas as pd
from pyspark.errors import PySparkException

ROWS = 1_000_000


class Rows:
    """A pandas frame of three columns, 24 MB as Arrow."""

    def __init__(self, rows=ROWS):
        random = np.random.default_rng(1)
        names = np.char.add("name-", random.integers(0, 100_000, rows).astype(str))
        self.frame = pd.DataFrame({"id": np.arange(rows), "x": random.random(rows), "s": names.astype(object)})

    def change(self):
        self.frame["id"] += 1


def give_missing_settings(spark):
    """Sail does not know every setting that the client asks for; these are Spark's values. How large local data is
    cached instead of sent with the plan, it says itself: never."""
    values = {
        "spark.sql.session.localRelationSizeLimit": str(3 << 30),
        "spark.sql.session.localRelationChunkSizeRows": "10000",
        "spark.sql.session.localRelationChunkSizeBytes": str(16 << 20),
        "spark.sql.session.localRelationBatchOfChunksSizeBytes": str(1 << 30),
    }
    for _ in range(50):
        try:
            spark.createDataFrame(pd.DataFrame({"a": [1]}))
            return
        except PySparkException as error:
            missing = re.search(r"configuration not found: (\S+)", str(error))
            if missing is None:
                raise
            spark.conf.set(missing.group(1), values.get(missing.group(1), "false"))
    raise RuntimeError("a server lacks more settings than the client can ask for")


def seconds_with_spark(spark, rows):
    started = time.perf_counter()
    count = spark.createDataFrame(rows.frame).count()
    seconds = time.perf_counter() - started
    assert count == len(rows.frame)
    return seconds


def seconds_with_duckdb(connection, rows):
    frame = rows.frame  # noqa: F841: DuckDB finds it by its name
    started = time.perf_counter()
    (count,) = connection.execute("SELECT count(*) FROM (SELECT id, x, s FROM frame)").fetchone()
    seconds = time.perf_counter() - started
    assert count == len(rows.frame)
    return seconds
