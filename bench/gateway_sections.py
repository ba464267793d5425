"""What the gateway itself costs: a session that goes to another cluster, and many sessions at once."""

import contextlib
import os
import signal
import threading
import time
import uuid

import grpc
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import base_pb2_grpc

import statistics_of_runs as stats
from competitors import SPARK
from harness import places, servers
from processes import proportional_bytes, thread_count
from raw_client import sql
from rows import Row, milliseconds, say

# Move --------------------------------------------------------------------------------------------------------------

QUERY = "SELECT sum(id + 1) AS s FROM v19"
# Keeps a cluster busy for longer than any bench takes.
ENDLESS = "SELECT max(a.id * b.id % 7) AS m FROM range(1000000) a CROSS JOIN range(100000000) b"
# What the native engine declines.
ON_SPARK = "SELECT s, spark_partition_id() AS p FROM ({})"
# SQL functions are among it.
FUNCTIONS = ("one", "two", "three", "four", "five")


def move_section(options):
    """The first query of a session on a warm cluster where it has never been, against the same query at home."""
    rows = []
    with servers.hearth_serve(options=["--clusters", 2]) as server:
        say("sessions move between native clusters")
        rows.append(_move_row("native", 50, (), *_moves(server, QUERY, (), _busy, options.moves)))
    if SPARK in options.peers:
        spark = ["--spark", places.spark_home(), "--spark-clusters", 2, "--spark-memory", "2GiB", "--silence-ms", 1000]
        with servers.hearth_serve(options=spark) as server:
            say("sessions move between Spark clusters")
            moves = _moves(server, ON_SPARK.format(QUERY), FUNCTIONS, _silent, options.moves)
            rows.append(_move_row("Spark", 1500, FUNCTIONS, *moves))
    return rows


def _moves(server, query, functions, closed, rounds):
    """Seconds of the query at home and, as the first of its session there, on another warm cluster while the one
    at home is `closed`."""
    at_home, moved = [], []
    for warming in [True] * 3 + [False] * rounds:
        with _session(server) as spark:
            _dress(spark, functions)
            seconds = [_seconds(spark, query) for _ in range(6)][1:]
            home = _latest(server, spark)["cluster"]
            with closed(server, home):
                first = _seconds(spark, query)
            if not warming and _latest(server, spark)["cluster"] != home:
                at_home.append(stats.median(seconds))
                moved.append(first)
    assert len(moved) > rounds / 2, "sessions did not move"
    return at_home, moved


@contextlib.contextmanager
def _session(server):
    spark = SparkSession.builder.remote(server.url).create()
    yield spark
    spark.stop()


def _dress(spark, functions):
    """What the bar names: 20 views, 50 settings, functions."""
    for i in range(20):
        spark.range(i + 1).createOrReplaceTempView(f"v{i}")
    for i in range(50):
        spark.conf.set(f"hearth.bench.{i}", str(i))
    for name in functions:
        spark.sql(f"CREATE TEMPORARY FUNCTION {name}(x INT) RETURNS INT RETURN x + 1")


def _latest(server, spark):
    """The latest operation of the session that a cluster has, or nothing."""
    operations = servers.hearth_status(server.data)["operations"]
    return ([o for o in operations if o["session"] == spark.client._session_id and o["cluster"]] or [{}])[-1]


def _seconds(spark, query):
    started = time.perf_counter()
    spark.sql(query).collect()
    return time.perf_counter() - started


@contextlib.contextmanager
def _busy(server, home):
    """While something runs there alone."""
    with _session(server) as hog:
        hog.range(1).count()  # Its session is at home there too.

        def run():
            with contextlib.suppress(PySparkException):
                hog.sql(ENDLESS).collect()

        thread = threading.Thread(target=run)
        thread.start()
        while not (_latest(server, hog).get("outcome") == "running" and _latest(server, hog)["cluster"] == home):
            time.sleep(0.01)
        time.sleep(0.5)
        yield
        hog.interruptAll()
        thread.join()


@contextlib.contextmanager
def _silent(server, home):
    """While it answers nobody, and so gets nothing more."""
    cluster = next(c for c in servers.hearth_status(server.data)["clusters"] if c["id"] == home)
    os.kill(cluster["pid"], signal.SIGSTOP)
    while _silence(server, home) < 1000:
        time.sleep(0.05)
    yield
    os.kill(cluster["pid"], signal.SIGCONT)
    while _silence(server, home) > 0:
        time.sleep(0.05)


def _silence(server, cluster):
    """Milliseconds for which it has owed an answer."""
    return next(c["silent_ms"] for c in servers.hearth_status(server.data)["clusters"] if c["id"] == cluster)


def _move_row(engine, limit, functions, at_home, moved):
    more, low, high = stats.difference_of_medians(moved, at_home)
    return Row(
        f"first query of a session on another warm {engine} cluster, more than at home",
        f"at most {limit} ms",
        limit,
        more * 1000,
        low * 1000,
        high * 1000,
        "ms",
        f"{milliseconds(stats.median(moved))} against {milliseconds(stats.median(at_home))}; "
        f"20 views, 50 settings, {len(functions)} functions",
    )


# Sessions ----------------------------------------------------------------------------------------------------------

SESSIONS, RUNNING = 1000, 64


def sessions_section(options):
    """1,000 open sessions, and of 64 of them a client that reads nothing of a long result."""
    with servers.hearth_serve() as server, grpc.insecure_channel(server.endpoint) as channel:
        stub = base_pb2_grpc.SparkConnectServiceStub(channel)
        pid = server.process.pid
        say(f"{SESSIONS} sessions")
        names = [dict(session_id=str(uuid.uuid4()), user_context=base.UserContext(user_id=f"user-{i % 10}"))
                 for i in range(SESSIONS)]
        _config(stub, names[0])
        idle, threads = proportional_bytes(pid), thread_count(pid)
        for name in names:
            _config(stub, name)
        with_sessions = proportional_bytes(pid)
        say(f"{RUNNING} results that nobody reads")
        streams = [_begun(stub, name) for name in names[:RUNNING]]
        _until_still(lambda: sum(o["bytes"] for o in servers.hearth_status(server.data)["operations"]))
        full, threads_full = proportional_bytes(pid), thread_count(pid)
        for stream in streams:
            stream.cancel()
    detail = (
        f"{idle >> 20} MiB with one session, {with_sessions >> 20} with {SESSIONS}; "
        f"{threads} threads with one session, {threads_full} with all"
    )
    value = full / (1 << 20)
    what = f"gateway with {SESSIONS} sessions and {RUNNING} unread results (PSS)"
    return [Row(what, "under 1 GiB", 1024, value, value, value, "MiB", detail)]


def _config(stub, name):
    request = base.ConfigRequest(client_type="bench", **name)
    request.operation.set.pairs.add(key="spark.sql.session.timeZone", value="UTC")
    stub.Config(request)


def _begun(stub, name):
    request = base.ExecutePlanRequest(plan=base.Plan(root=sql("SELECT id FROM range(6000000)")), client_type="bench", **name)
    request.request_options.add().reattach_options.reattachable = True
    stream = stub.ExecutePlan(request)
    next(stream)
    return stream


def _until_still(measure):
    """Until it has not changed for two seconds."""
    before, since = None, time.monotonic()
    while time.monotonic() - since < 2:
        now = measure()
        if now != before:
            before, since = now, time.monotonic()
        time.sleep(0.1)
