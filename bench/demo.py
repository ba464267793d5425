#!/usr/bin/env python3
"""The 22 TPC-H queries through PySpark, a gateway and an engine, checked against DuckDB's own answers.

    demo.py [--scale N] [--keep]

Makes the Parquet files (once, under build/data), starts `hearth serve`, connects PySpark to it, runs each
query once and prints its seconds, its rows, the cluster it ran on and whether the answer is right. The last
line sums up; the exit status is 0 only if all 22 are ok. --keep leaves the server running and says how to
connect.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
warnings.filterwarnings("ignore", category=FutureWarning)

from harness import comparison, places, servers, tpch  # noqa: E402


def say(text):
    print(f"demo: {text}", flush=True)


def last_cluster(data, session_id):
    """The cluster that ran the session's newest operation; '?' if the server does not say."""
    operations = [
        op for op in servers.hearth_status(data).get("operations", []) if op.get("session") == session_id
    ]
    ran = [op["cluster"] for op in operations if op.get("cluster")]
    return ran[-1] if ran else "?"


def first_line(error):
    return str(error).strip().splitlines()[0]


def run_query(spark, text, expected):
    """Returns (seconds, rows or None, verdict)."""
    started = time.perf_counter()
    try:
        answer = spark.sql(text).toArrow()
    except Exception as error:  # a query that fails is a result of the demo, not its end
        return time.perf_counter() - started, None, f"failed: {first_line(error)}"
    seconds = time.perf_counter() - started
    difference = comparison.difference(answer, expected, tpch.order_by(text))
    return seconds, answer.num_rows, "ok" if difference is None else f"differs: {difference}"


def run_all(server, folder, expected):
    """Runs and prints the 22 queries; returns (how many are ok, seconds in all)."""
    from pyspark.sql import SparkSession

    texts = tpch.query_texts()
    spark = SparkSession.builder.remote(server.url).appName("demo").create()
    ok, total = 0, 0.0
    try:
        tpch.spark_views(spark, folder)
        print(f"{'query':>5} {'seconds':>8} {'rows':>6}  {'cluster':<16} answer", flush=True)
        for number in tpch.QUERIES:
            seconds, rows, verdict = run_query(spark, texts[number], expected[number])
            cluster = last_cluster(server.data, spark.session_id)
            ok, total = ok + (verdict == "ok"), total + seconds
            print(
                f"{number:>5} {seconds:>8.3f} {'-' if rows is None else rows:>6}  {cluster:<16} {verdict}",
                flush=True,
            )
    finally:
        spark.stop()
    return ok, total


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the server running")
    arguments = parser.parse_args()

    made = places.DATA / f"tpch-sf{arguments.scale:g}"
    say(
        f"TPC-H data at scale {arguments.scale:g} in {made}" + ("" if made.exists() else " (making it, once)")
    )
    folder = tpch.data(arguments.scale)
    say("DuckDB's own answers, to compare with")
    expected = tpch.duckdb_answers(folder)

    data = tempfile.mkdtemp(prefix="hearth-demo-")
    listen = "127.0.0.1:15002" if arguments.keep else "127.0.0.1:0"
    log = pathlib.Path(data, "serve.log")
    server = servers.hearth_serve(data=data, listen=listen, log=log, detached=arguments.keep)
    started = False
    try:
        server.start()
        started = True
        say(f"hearth serve is ready on {server.endpoint}")
        ok, seconds = run_all(server, folder, expected)
    finally:
        if not (arguments.keep and started):
            server.stop()
            shutil.rmtree(data, ignore_errors=True)
    if arguments.keep:
        say(f'still running: SparkSession.builder.remote("{server.url}").getOrCreate()')
        say(f"log {log}; stop it with: kill {server.process.pid}")
    print(f"demo: {ok} of {len(tpch.QUERIES)} ok, {seconds:.1f} s", flush=True)
    return 0 if ok == len(tpch.QUERIES) else 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # no wait for gRPC's threads, whose server is gone
