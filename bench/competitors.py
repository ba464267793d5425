"""What the bench measures: engines behind one small interface, so that every one is asked in the same way.

A competitor is entered (its server starts, its views are made), asked `run(text)` for an Arrow table, and
left. Spark Connect servers are asked through the same PySpark client; DuckDB runs in this process.
"""

import contextlib

from pyspark.sql import SparkSession

import local_data
from harness import servers, tpch

GATEWAY, ENGINE, DUCKDB, SAIL, SPARK = "hearth serve", "hearth engine", "DuckDB", "Sail", "Spark"
PEERS = {"duckdb": DUCKDB, "sail": SAIL, "spark": SPARK}


class ConnectCompetitor:
    """A Spark Connect server and one PySpark session on it."""

    def __init__(self, name, server):
        self.name, self.server, self.spark = name, server, None

    def __enter__(self):
        self.server.start()
        try:
            self.spark = self.new_session()
        except BaseException:
            self.server.stop()
            raise
        return self

    def __exit__(self, *exc_info):
        with contextlib.suppress(Exception):
            self.spark.stop()
        self.server.stop()

    def new_session(self):
        return (
            SparkSession.builder.remote(self.server.url).config("spark.sql.session.timeZone", "UTC").create()
        )

    def use_tables(self, folder):
        tpch.spark_views(self.spark, folder)

    def run(self, text):
        return self.spark.sql(text).toArrow()

    def take(self, rows):
        """Seconds to get the client's rows and count them."""
        return local_data.seconds_with_spark(self.spark, rows)


class DuckDBCompetitor:
    """DuckDB in this process, with the same threads and memory."""

    name = DUCKDB

    def __init__(self, threads, memory):
        self._threads, self._memory, self._connection = threads, memory, None

    def __enter__(self):
        self._connection = tpch.connect(self._threads, self._memory)
        return self

    def __exit__(self, *exc_info):
        self._connection.close()

    def use_tables(self, folder):
        tpch.duckdb_views(self._connection, folder)

    def run(self, text):
        return self._connection.execute(text).fetch_arrow_table()

    def take(self, rows):
        return local_data.seconds_with_duckdb(self._connection, rows)


def make(name, *, threads, memory_gib):
    """The competitor called `name`, not yet started."""
    if name == DUCKDB:
        return DuckDBCompetitor(threads, f"{memory_gib}GiB")
    if name == GATEWAY:
        # One native cluster of that size: the bench compares engines, not placement.
        return ConnectCompetitor(
            name, servers.hearth_serve(options=["--memory", f"{memory_gib}GiB", "--threads", threads])
        )
    if name == ENGINE:
        return ConnectCompetitor(name, servers.hearth_engine(threads=threads, memory=f"{memory_gib}GiB"))
    if name == SAIL:
        return ConnectCompetitor(name, servers.sail(threads=threads))
    if name == SPARK:
        return ConnectCompetitor(name, servers.spark_connect(cores=threads, memory=f"{memory_gib}g"))
    raise ValueError(f"no competitor is called {name}")
