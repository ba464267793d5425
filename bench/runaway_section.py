"""What one query costs another: small ones beside one that never ends."""

import contextlib
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

import statistics_of_runs as stats
from harness import places, servers
from placement_scales import samples
from raw_client import call_seconds, sql
from rows import Row, milliseconds, say
from users import User

SMALL = sql("SELECT sum(id * 2) AS s FROM range(1000)")

STATEMENTS = {
    "a cross join that never ends": "SELECT max(a.id * b.id % 7) AS m FROM range(1000000) a CROSS JOIN range(100000000) b",
    "memory that grows": "SELECT count(*) AS n FROM (SELECT id, count(*) AS c FROM range(2000000000) GROUP BY id)",
    "a sort that spills": "SELECT max(n) AS m FROM (SELECT row_number() OVER (ORDER BY id % 1000003, id) AS n FROM range(400000000))",
}


def _python_loop(server):
    """A Python function that loops on two cores. Only Apache Spark runs it, which is up afterwards."""

    def forever(value):
        while True:
            value += 1

    spark = SparkSession.builder.remote(server.url).create()
    spark.range(1).select(udf(lambda value: value, "bigint")("id")).collect()
    loop = spark.range(0, 2, numPartitions=2).select(udf(forever, "bigint")("id"))
    relation = loop._plan.to_proto(spark.client).root
    spark.stop()
    return relation


def runaway_section(options):
    """Raw calls of a small query, in alternating blocks without and with a runaway of another or the same session."""
    with_spark = ["--spark", places.spark_home(), "--spark-memory", "2GiB"]
    runaways = [(what, "native", [], lambda server, text=text: sql(text)) for what, text in STATEMENTS.items()]
    runaways.append(("a loop in a Python function", "spark", with_spark, _python_loop))
    rows = []
    for what, engine, server_options, made in runaways:
        for of_same in (False, True):
            say(f"small queries beside {what} of {'the same' if of_same else 'another'} session")
            with servers.hearth_serve(options=server_options) as server, User(server.endpoint) as user:
                idle, loaded = _blocks(server, user, made(server), engine, of_same, options)
            rows += _rows(what, of_same, idle, loaded)
    return rows


def _blocks(server, user, runaway, engine, of_same, options):
    blocks = max(2, min(10, round(100 * options.size)))
    calls = samples(options, least=20 * blocks) // blocks
    idle, loaded = [], []

    def measure(into):
        into += call_seconds([server.endpoint], calls, relation=SMALL, reattachable=True, session=user.session)[0]

    measure([])  # to warm up
    for _ in range(blocks):
        measure(idle)
        with contextlib.ExitStack() as stack:
            other = user if of_same else stack.enter_context(User(server.endpoint))
            stack.enter_context(_running(server, other, runaway, engine))
            measure(loaded)
    return idle, loaded


@contextlib.contextmanager
def _running(server, user, runaway, engine):
    """While the query runs, from a second after a cluster of that engine has it."""
    stream = user.begin(runaway)
    try:
        while not _is_running(server, user, engine):
            time.sleep(0.05)
        time.sleep(1)
        yield
        assert stream.is_active(), "the runaway ended"
    finally:
        stream.cancel()


def _is_running(server, user, engine):
    operations = servers.hearth_status(server.data)["operations"]
    return any(one["session"] == user.session["session_id"] and one["outcome"] == "running" and one["sent_ms"] >= 0
               and one["cluster"].startswith(engine) for one in operations)


def _rows(what, of_same, idle, loaded):
    rows = []
    for name, part, factor, more in (("p50", 0.5, 1.3, 0.001), ("p99", 0.99, 2.0, 0.003)):
        before, beside = stats.quantile(idle, part), stats.quantile(loaded, part)
        rows.append(
            Row(
                f"{name} of a small query beside {what} of {'the same' if of_same else 'another'} session",
                f"at most {factor}x + {more * 1000:.0f} ms of idle",
                (before * factor + more) * 1000,
                beside * 1000,
                beside * 1000,
                beside * 1000,
                "ms",
                f"idle {milliseconds(before)}, {len(loaded)} calls each",
            )
        )
    return rows
