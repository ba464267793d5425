"""What is measured. Each section returns rows for the report; engines take turns within one run, so that a
noisy machine is noisy for all of them.
"""

import contextlib
import dataclasses
import pathlib
import sys
import tempfile
import time

import duckdb
import pyarrow as pa

import burst_section
import choice_section
import competitors
import flood_section
import gateway_sections
import local_data
import runaway_section
import statistics_of_runs as stats
import users_section
from competitors import DUCKDB, ENGINE, GATEWAY, SAIL, SPARK
from harness import comparison, servers, tpch
from processes import family, proportional_bytes
from raw_client import call_seconds, range_of_one, sql
from rows import Row, milliseconds, say


@dataclasses.dataclass
class Options:
    """What a run was asked for. peers are names of competitors."""

    scale: float = 1
    peers: tuple = (DUCKDB,)
    threads: int = 2
    memory_gib: int = 4
    runs: int = 5
    warm: int = 2
    calls: int = 2000
    starts: int = 20
    moves: int = 20
    # Of the sections of placement: a hundredth has a hundredth of the data and of the samples.
    size: float = 1


def timed(call, *arguments):
    started = time.perf_counter()
    result = call(*arguments)
    return time.perf_counter() - started, result


def in_turn(names, round_number):
    """The names, each round starting with another one."""
    shift = round_number % len(names)
    return names[shift:] + names[:shift]


# TPC-H ------------------------------------------------------------------------------------------------------------

TRIVIAL = "SELECT count(*) AS n FROM region"


def tpch_section(options):
    """Sum over 22 queries of the median time; each engine's answers are compared with DuckDB's."""
    folder, texts = tpch.data(options.scale), tpch.query_texts()
    texts = {**texts, 0: TRIVIAL}
    names = [GATEWAY, DUCKDB] + [peer for peer in options.peers if peer != DUCKDB]
    seconds = {name: {number: [] for number in texts} for name in names}
    wrong = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        running = _start(stack, names, options)
        for competitor in running.values():
            competitor.use_tables(folder)
        for round_number in range(options.warm + options.runs):
            say(f"TPC-H round {round_number + 1} of {options.warm + options.runs}")
            for number, text in texts.items():
                answers = {}
                for name in in_turn(names, round_number + number):
                    took, answers[name] = timed(running[name].run, text)
                    if round_number >= options.warm:
                        seconds[name][number].append(took)
                if round_number == 0:
                    for name in names:
                        found = comparison.difference(answers[name], answers[DUCKDB], tpch.order_by(text))
                        if found:
                            say(f"{name} query {number} differs from DuckDB: {found}")
                            wrong[name].append(str(number))
    return _tpch_rows(options, seconds, wrong)


def _tpch_rows(options, seconds, wrong):
    queries = list(tpch.QUERIES)
    per_query = {name: {q: runs[q] for q in queries} for name, runs in seconds.items()}
    limit = {1: 1.20, 10: 1.15}.get(options.scale)
    rows = []
    for name in seconds:
        if name == DUCKDB:
            continue
        ratio, low, high = stats.ratio_of_sums(per_query[name], per_query[DUCKDB])
        total = sum(stats.median(runs) for runs in per_query[name].values())
        detail = f"{total:.2f} s against {sum(stats.median(r) for r in per_query[DUCKDB].values()):.2f} s"
        detail += "; rows equal" if not wrong[name] else f"; ROWS DIFFER in queries {', '.join(wrong[name])}"
        ours = name == GATEWAY
        rows.append(Row(
            f"TPC-H SF {options.scale:g}, 22 queries, {name} / DuckDB", f"at most {limit:.2f}x" if ours and limit else "",
            limit if ours else None, ratio, low, high, "x", detail))  # fmt: skip
        if wrong[name] and ours:
            rows[-1].value = float("inf")
    overhead, low, high = stats.difference_of_medians(seconds[GATEWAY][0], seconds[DUCKDB][0])
    rows.append(Row(
        "fixed overhead per query (one count of 5 rows, against DuckDB in process)", "", None,
        overhead * 1000, low * 1000, high * 1000, "ms"))  # fmt: skip
    for q in queries:
        medians = "; ".join(f"{name} {milliseconds(stats.median(per_query[name][q]))}" for name in seconds)
        ratio, low, high = stats.ratio_of_medians(per_query[GATEWAY][q], per_query[DUCKDB][q])
        rows.append(
            Row(
                f"TPC-H SF {options.scale:g} query {q}, {GATEWAY} / DuckDB",
                "",
                None,
                ratio,
                low,
                high,
                "x",
                medians,
            )
        )
    return rows


def _start(stack, names, options):
    running = {}
    for name in names:
        say(f"starting {name}")
        made = competitors.make(name, threads=options.threads, memory_gib=options.memory_gib)
        running[name] = stack.enter_context(made)
    return running


# Start ------------------------------------------------------------------------------------------------------------


def start_section(options):
    """From spawn to the ready line to the first range(1).collect(), each time a new process and a new client."""
    names = [ENGINE, GATEWAY] + [peer for peer in options.peers if peer in (SAIL, SPARK)]
    seconds = {name: [] for name in names}
    for round_number in range(options.starts):
        say(f"start round {round_number + 1} of {options.starts}")
        for name in in_turn(names, round_number):
            if name == SPARK and round_number >= 3:
                continue  # a quarter of a minute each; three tell enough
            seconds[name].append(_first_answer(name, options))
    rows = []
    base = seconds.get(SAIL)
    for name, what, factor in (
        (ENGINE, "hearth engine: spawn to first range(1).collect()", 0.5),
        (GATEWAY, "hearth serve up, no cluster: first query of a new client", 1.0),
    ):
        low, high = stats.median_interval(seconds[name])
        limit = stats.median(base) * factor if base else None
        bar = "at most half of Sail's start" if factor == 0.5 else "at most Sail's start"
        rows.append(Row(what, bar, limit, stats.median(seconds[name]), low, high, "s"))
    for name in (SAIL, SPARK):
        if name in seconds:
            low, high = stats.median_interval(seconds[name])
            rows.append(
                Row(
                    f"{name}: spawn to first range(1).collect()",
                    "",
                    None,
                    stats.median(seconds[name]),
                    low,
                    high,
                    "s",
                )
            )
    return rows


def _first_answer(name, options):
    """Seconds; for the gateway without its own start, which happens long before a client comes."""
    competitor = competitors.make(name, threads=options.threads, memory_gib=options.memory_gib)
    started = time.perf_counter()
    competitor.server.start()
    try:
        if name == GATEWAY:
            started = time.perf_counter()
        session = competitor.new_session()
        rows = session.range(1).collect()
        seconds = time.perf_counter() - started
        assert len(rows) == 1
        session.stop()
        return seconds
    finally:
        competitor.server.stop()


# Latency ----------------------------------------------------------------------------------------------------------


STATEMENT = "SELECT 1 AS x"


def latency_section(options):
    """One row, thousands of calls in turn: raw ExecutePlan, reattachable ExecutePlan, and through PySpark.

    The engine makes a plain range itself; a statement, which has no such short way, is told beside it. Raw calls
    are those of a small client in C++, the same for every server (call_timer.cc says why).
    """
    names = [ENGINE, GATEWAY] + [peer for peer in options.peers if peer in (SAIL, SPARK)]
    with contextlib.ExitStack() as stack:
        running = _start(stack, names, options)
        say(f"{options.calls} raw calls each")
        raw = _raw_calls(running, options.calls, range_of_one())
        bursts = _raw_calls(running, options.calls, range_of_one(), turn=50)
        say(f"{options.calls} raw calls of a statement each")
        statement = _raw_calls(running, options.calls, sql(STATEMENT))
        say(f"{options.calls} reattachable raw calls each")
        reattachable = _raw_calls(running, options.calls, range_of_one(), reattachable=True)
        say(f"{options.calls} PySpark calls each")
        pyspark = _pyspark_calls(running, options.calls)
    rows = _latency_rows("raw ExecutePlan of range(1), p50", raw, ENGINE, "at most half of Sail's", 0.5)
    rows += _latency_rows("the same in turns of 50 calls", bursts, ENGINE, "", None)
    rows += _latency_rows(f"raw ExecutePlan of {STATEMENT}, p50", statement, ENGINE, "", None)
    rows += _latency_rows("range(1).collect() through PySpark, p50", pyspark, GATEWAY, "below Sail's", 1.0)
    added, low, high = stats.difference_of_medians(reattachable[GATEWAY], reattachable[ENGINE])
    rows.append(
        Row(
            "gateway against direct, reattachable raw calls",
            "at most 0.5 ms",
            0.5,
            added * 1000,
            low * 1000,
            high * 1000,
            "ms",
            f"{milliseconds(stats.median(reattachable[GATEWAY]))} against {milliseconds(stats.median(reattachable[ENGINE]))}",
        )
    )
    return rows


def _raw_calls(running, calls, relation, reattachable=False, turn=1):
    quick = [name for name in running if name != SPARK]
    groups = [(quick, calls)]
    if SPARK in running:
        groups.append(([SPARK], min(calls, 200)))  # 20 times slower than the rest: enough for its median
    seconds = {}
    for names, count in groups:
        endpoints = [running[name].server.endpoint for name in names]
        measured = call_seconds(endpoints, count, relation=relation, reattachable=reattachable, turn=turn)
        seconds.update(zip(names, measured, strict=True))
    return seconds


def _pyspark_calls(running, calls):
    seconds = {name: [] for name in running}
    names = list(running)
    for call in range(calls + 20):
        for name in in_turn(names, call):
            if name == SPARK and call >= 120:
                continue
            took, rows = timed(lambda spark: spark.range(1).collect(), running[name].spark)
            assert len(rows) == 1
            if call >= 20:
                seconds[name].append(took)
    return seconds


def _latency_rows(what, seconds, ours, bar, factor):
    rows = []
    for name, runs in seconds.items():
        low, high = stats.median_interval(runs)
        limited = factor and name == ours and SAIL in seconds
        limit = stats.median(seconds[SAIL]) * 1000 * factor if limited else None
        rows.append(
            Row(
                f"{what}: {name}",
                bar if name == ours else "",
                limit,
                stats.median(runs) * 1000,
                low * 1000,
                high * 1000,
                "ms",
                f"{len(runs)} calls",
            )
        )
    return rows


# Streams ----------------------------------------------------------------------------------------------------------

FLOOR = "floor"
STREAMS = {"bench_range": "SELECT id FROM range(10000000)", "bench_lineitem": "SELECT * FROM lineitem"}


def stream_section(options):
    """Whole results to Arrow, against a server that replays prebuilt batches to the same client."""
    folder = tpch.data(options.scale)
    names = [ENGINE, GATEWAY] + list(dict.fromkeys([DUCKDB, *options.peers]))
    rows = []
    with contextlib.ExitStack() as stack:
        running = _start(stack, names, options)
        for competitor in running.values():
            competitor.use_tables(folder)
        say("building the floor's batches")
        running[FLOOR] = stack.enter_context(_floor(folder))
        names.append(FLOOR)
        for stream, text in STREAMS.items():
            asks = {name: _stream_question(name, stream, text) for name in names}
            seconds = {name: [] for name in names}
            for round_number in range(1 + options.runs):
                say(f"{stream} round {round_number + 1} of {1 + options.runs}")
                for name in in_turn(names, round_number):
                    took, table = timed(running[name].run, asks[name])
                    if round_number == 0:
                        sizes = (table.num_rows, table.nbytes)
                    else:
                        seconds[name].append(took)
                    del table
            rows += _stream_rows(stream.removeprefix("bench_"), seconds, sizes)
    return rows


def _stream_question(name, stream, text):
    if name == FLOOR:
        return f"SELECT '{stream}'"
    return text.replace("SELECT id FROM range", "SELECT range AS id FROM range") if name == DUCKDB else text


def _floor(folder):
    """A running floor server whose prebuilt results are what DuckDB answers."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="hearth-floor-"))
    with contextlib.closing(duckdb.connect()) as connection:
        tpch.duckdb_views(connection, folder)
        for stream, text in STREAMS.items():
            table = connection.execute(_stream_question(DUCKDB, stream, text)).fetch_arrow_table()
            with pa.ipc.new_file(place / f"{stream}.arrow", table.schema) as writer:
                writer.write_table(table)
    script = pathlib.Path(__file__).with_name("floor_server.py")
    server = servers.Server(
        "floor", [sys.executable, script, place], ready=r"^floor ready on (\S+)$", timeout=300
    )
    return competitors.ConnectCompetitor(FLOOR, server)


def _stream_rows(what, seconds, sizes):
    rows, count, size = [], *sizes
    floor, direct = seconds[FLOOR], seconds[ENGINE]
    detail = f"{count} rows, {size / 1e6:.0f} MB"
    ratio, low, high = stats.ratio_of_medians(direct, floor)
    rows.append(
        Row(
            f"{what} whole, {ENGINE} / floor",
            "at most 1.25x",
            1.25,
            ratio,
            low,
            high,
            "x",
            f"{detail}; {stats.median(direct):.2f} s against {stats.median(floor):.2f} s",
        )
    )
    ratio, low, high = stats.ratio_of_medians(seconds[GATEWAY], direct)
    rows.append(
        Row(f"{what} whole, {GATEWAY} / {ENGINE}", "at most 1.15x", 1.15, ratio, low, high, "x", detail)
    )
    for name in seconds:
        if name not in (DUCKDB, FLOOR):
            ratio, low, high = stats.ratio_of_medians(seconds[name], seconds[DUCKDB])
            rows.append(
                Row(
                    f"{what} whole, {name} / DuckDB",
                    "",
                    None,
                    ratio,
                    low,
                    high,
                    "x",
                    f"{stats.median(seconds[name]):.2f} s, {size / 1e6 / stats.median(seconds[name]):.0f} MB/s",
                )
            )
    return rows


# Local data -------------------------------------------------------------------------------------------------------


def local_section(options):
    """1 million pandas rows to a DataFrame and its count, through the gateway."""
    names = [GATEWAY] + list(dict.fromkeys([DUCKDB, *options.peers]))
    rows = local_data.Rows()
    seconds = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        running = _start(stack, names, options)
        for name in set(names) - {DUCKDB}:
            local_data.give_missing_settings(running[name].spark)
        for round_number in range(options.warm + 2 * options.runs):
            say(f"local data round {round_number + 1} of {options.warm + 2 * options.runs}")
            rows.change()
            for name in in_turn(names, round_number):
                if name == SPARK and round_number > options.warm:
                    continue  # seconds each
                took = running[name].take(rows)
                if round_number >= options.warm:
                    seconds[name].append(took)
    made = []
    for name in names:
        low, high = stats.median_interval(seconds[name])
        limit = stats.median(seconds[SAIL]) if name == GATEWAY and SAIL in seconds else None
        made.append(Row(
            f"createDataFrame of 1 million pandas rows and count(): {name}", "below Sail's" if limit else "", limit,
            stats.median(seconds[name]), low, high, "s"))  # fmt: skip
    return made


# Memory -----------------------------------------------------------------------------------------------------------


def memory_section(options):
    """Idle resident memory of the gateway and the one engine it started, 10 s after one query."""
    with competitors.make(GATEWAY, threads=options.threads, memory_gib=options.memory_gib) as gateway:
        assert gateway.spark.range(1).count() == 1
        time.sleep(10)
        sizes = {pid: proportional_bytes(pid) for pid in family(gateway.server.process.pid)}
    total = sum(sizes.values()) / (1 << 20)
    detail = ", ".join(f"{size / (1 << 20):.0f}" for size in sizes.values()) + " MiB by process"
    return [
        Row(
            "idle resident memory of serve and one engine (PSS)",
            "under 200 MiB",
            200,
            total,
            total,
            total,
            "MiB",
            detail,
        )
    ]


SECTIONS = {
    "tpch": tpch_section,
    "start": start_section,
    "latency": latency_section,
    "stream": stream_section,
    "local": local_section,
    "memory": memory_section,
    "move": gateway_sections.move_section,
    "sessions": gateway_sections.sessions_section,
    "runaway": runaway_section.runaway_section,
    "users": users_section.users_section,
    "burst": burst_section.burst_section,
    "choice": choice_section.choice_section,
    "flood": flood_section.flood_section,
}

# Names for several sections.
GROUPS = {"placement": ("runaway", "users", "burst", "choice", "flood")}

# What cannot be measured without an Apache Spark.
NEED_SPARK = {"runaway", "burst", "choice"}
