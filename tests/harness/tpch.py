"""TPC-H: Parquet files, the 22 query texts, and DuckDB's own answers to compare with.

Data come from tpchgen-cli, texts from tpch_queries() of DuckDB's extension; both are in the client's virtual
environment.
"""

import contextlib
import fcntl
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import duckdb
import duckdb_extension_tpch

from . import places

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
QUERIES = tuple(range(1, 23))


def data(scale):
    """The folder with TABLE.parquet for each table at `scale`; made once, by one process at a time."""
    places.DATA.mkdir(parents=True, exist_ok=True)
    folder = places.DATA / f"tpch-sf{scale:g}"
    with open(places.DATA / ".tpch.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = pathlib.Path(tempfile.mkdtemp(prefix="tpch-making-", dir=places.DATA))
            try:
                tool = pathlib.Path(sys.executable).with_name("tpchgen-cli")
                subprocess.run(
                    [tool, "parquet", "--quiet", "-s", f"{scale:g}", "--output-dir", making], check=True
                )
                making.rename(folder)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return folder


def connect(threads=None, memory=None):
    """A DuckDB in this process that knows tpch_queries(), never looks for extensions, and keeps the order of
    rows.
    """
    settings = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    if threads:
        settings["threads"] = threads
    if memory:
        settings["memory_limit"] = memory
    connection = duckdb.connect(config=settings)
    (extension,) = pathlib.Path(duckdb_extension_tpch.__file__).parent.rglob("tpch.duckdb_extension")
    connection.execute(f"LOAD '{extension}'")
    return connection


def query_texts():
    """The 22 texts by number, without the final semicolon."""
    with contextlib.closing(connect()) as connection:
        rows = connection.execute("SELECT query_nr, query FROM tpch_queries()").fetchall()
    return {number: text.strip().rstrip(";") for number, text in rows}


def order_by(text):
    """The names in the outermost ORDER BY of a query text."""
    parts = re.split(r"\border\s+by\b", text, flags=re.IGNORECASE)
    if len(parts) == 1 or ")" in parts[-1]:
        return []
    keys = re.split(r"\blimit\b", parts[-1], flags=re.IGNORECASE)[0]
    return [key.split()[0].split(".")[-1] for key in keys.split(",")]


def duckdb_views(connection, folder):
    for table in TABLES:
        connection.execute(
            f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM read_parquet('{folder / table}.parquet')"
        )


def spark_views(spark, folder):
    """Temporary views of the tables in a Spark session whose server sees the same file system."""
    for table in TABLES:
        spark.read.parquet(f"{folder / table}.parquet").createOrReplaceTempView(table)


def duckdb_answers(folder, numbers=QUERIES):
    """DuckDB's answer to each query as an Arrow table."""
    texts = query_texts()
    with contextlib.closing(connect()) as connection:
        duckdb_views(connection, folder)
        return {number: connection.execute(texts[number]).fetch_arrow_table() for number in numbers}
