"""TPC-DS's files and texts are whole, and fit each other."""

import contextlib

import duckdb

from harness import tpcds


def test_every_query_can_be_planned_over_the_files():
    folder, texts = tpcds.data(0.01), tpcds.query_texts()
    assert sorted(texts) == list(range(1, 100))
    with contextlib.closing(duckdb.connect()) as connection:
        for table in tpcds.TABLES:
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder / table}.parquet')")
        for text in texts.values():
            connection.execute(f"EXPLAIN {text}")
        assert connection.execute("SELECT count(*) FROM store_sales").fetchone()[0] > 10_000
