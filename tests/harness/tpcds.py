"""TPC-DS: Parquet files and the 99 query texts, both of DuckDB's extension in the client's virtual environment."""

import contextlib
import fcntl
import importlib.util
import pathlib
import shutil
import tempfile

import duckdb

from . import places

TABLES = ("call_center", "catalog_page", "catalog_returns", "catalog_sales", "customer", "customer_address",
          "customer_demographics", "date_dim", "household_demographics", "income_band", "inventory", "item", "promotion",
          "reason", "ship_mode", "store", "store_returns", "store_sales", "time_dim", "warehouse", "web_page",
          "web_returns", "web_sales", "web_site")


EXTENSION = "duckdb_extension_tpcds"


def is_installed():
    """Whether the client's virtual environment has the extension."""
    return importlib.util.find_spec(EXTENSION) is not None


def data(scale):
    """The folder with TABLE.parquet for each table at `scale`; made once, by one process at a time."""
    places.DATA.mkdir(parents=True, exist_ok=True)
    folder = places.DATA / f"tpcds-sf{scale:g}"
    with open(places.DATA / ".tpcds.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = pathlib.Path(tempfile.mkdtemp(prefix="tpcds-making-", dir=places.DATA))
            try:
                _make(scale, making)
                making.rename(folder)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return folder


def _make(scale, folder):
    with contextlib.closing(_connect()) as connection:
        connection.execute(f"CALL dsdgen(sf={scale:g})")
        for table in TABLES:
            connection.execute(f"COPY {table} TO '{folder / table}.parquet' (FORMAT parquet)")


def _connect():
    """A DuckDB in this process that knows the extension, and never looks for others."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    (extension,) = pathlib.Path(importlib.util.find_spec(EXTENSION).origin).parent.rglob("tpcds.duckdb_extension")
    connection.execute(f"LOAD '{extension}'")
    return connection


def query_texts():
    """The 99 texts by number, without the final semicolon."""
    with contextlib.closing(_connect()) as connection:
        rows = connection.execute("SELECT query_nr, query FROM tpcds_queries()").fetchall()
    return {number: text.strip().rstrip(";") for number, text in rows}
