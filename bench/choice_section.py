"""Whether each query ran on the engine that would have answered it first."""

import contextlib
import dataclasses
import math

import grpc

import statistics_of_runs as stats
from harness import places, servers, tpcds, tpch
from placement_scales import large_scale, small_scale
from raw_client import sql
from rows import Row, say
from users import User, until_nothing_runs

CHOSEN, NATIVE, SPARK = "as chosen", "native", "Spark"
# An engine this many times slower than the other one in the first round is not asked again: it is not the best choice.
HOPELESS = 4
# What takes longer is given up and counts as so long; in proportion, but at least half of that, in a smaller run.
SECONDS_MAX = 120


@dataclasses.dataclass
class Work:
    """A set of queries and its data."""

    name: str
    module: object  # with data, query_texts and TABLES
    scale: float


def choice_section(options):
    """The ways take turns. What an error of both engines is, is no choice, and not counted."""
    rows = []
    for work in (Work("TPC-DS", tpcds, small_scale(options)), Work("TPC-H", tpch, large_scale(options))):
        if work.module is tpcds and not tpcds.is_installed():
            rows.append(Row(f"TPC-DS: not measured, for {tpcds.EXTENSION} is not installed", "at most 1.1x", 1.1,
                            math.inf, math.inf, math.inf, "x"))
            continue
        rows += _rows(work, *_measure(work, options))
    return rows


def _measure(work, options):
    """For each way and query the seconds of its runs, inf for an error; the errors; which queries ran on Spark by choice."""
    queries = {number: sql(text) for number, text in work.module.query_texts().items() if number % _step(options) == 0}
    seconds = {way: {number: [] for number in queries} for way in (CHOSEN, NATIVE, SPARK)}
    errors, on_spark = {}, set()
    with contextlib.ExitStack() as stack:
        mixed, native, users = _start(stack, work, options)
        for round_number in range(1 + options.runs):
            for number, query in queries.items():
                say(f"{work.name} query {number}, round {round_number + 1} of {1 + options.runs}")
                for way in _worth_asking(seconds, number, round_number):
                    took, error = _ask(users[way], query, max(60, SECONDS_MAX * options.size))
                    _note(seconds[way][number], took, round_number)
                    if error:
                        say(f"{way}: {error[:200]}")
                        errors[way, number] = error
                        until_nothing_runs(native if way == NATIVE else mixed)
                    if way == CHOSEN and servers.ran_on(mixed) == "spark":
                        on_spark.add(number)
    return seconds, errors, on_spark


def _step(options):
    """Of so many queries one is asked: a quick form cannot ask all."""
    return 10 if options.size < 0.1 else 1


def _start(stack, work, options):
    """The server with both engines, the one without Spark, and a user for each way."""
    memory = ["--memory", f"{options.memory_gib}GiB"]
    spark = ["--spark", places.spark_home(), "--spark-memory", f"{options.memory_gib}GiB"]
    mixed = stack.enter_context(servers.hearth_serve(options=[*memory, "--clusters", 1, *spark]))
    native = stack.enter_context(servers.hearth_serve(options=[*memory, "--clusters", 1]))
    users = {way: stack.enter_context(User((native if way == NATIVE else mixed).endpoint)) for way in (CHOSEN, NATIVE, SPARK)}
    for user in users.values():
        user.use_tables(work.module.data(work.scale), work.module.TABLES)
    # A change that the native engine does not make sends all that its session asks for afterwards to Spark.
    users[SPARK].command("DECLARE VARIABLE bench INT DEFAULT 1")
    users[SPARK].seconds(sql("SELECT 1 AS x"))
    assert servers.ran_on(mixed) == "spark", "a session was to be on Spark alone"
    return mixed, native, users


def _worth_asking(seconds, number, round_number):
    ways = [CHOSEN, NATIVE, SPARK]
    if round_number > 0:
        native, spark = (seconds[way][number][0] for way in (NATIVE, SPARK))
        hopeless = {NATIVE: native > HOPELESS * spark or math.isinf(native), SPARK: spark > HOPELESS * native or math.isinf(spark)}
        ways = [way for way in ways if not hopeless.get(way)]
    shift = (round_number + number) % len(ways)
    return ways[shift:] + ways[:shift]


def _ask(user, query, most):
    """(seconds, None), or the error with infinite seconds, or after the most that it may take with these."""
    try:
        return user.seconds(query, most), None
    except grpc.RpcError as error:
        seconds = most if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED else math.inf
        return seconds, f"{error.code().name}: {error.details()}"


def _note(runs, took, round_number):
    """The first round is warm-up: it stands only for who is not asked again."""
    if round_number == 1:
        runs.clear()
    runs.append(took)


def _rows(work, seconds, errors, on_spark):
    of_engines = {number: min(seconds[NATIVE][number], seconds[SPARK][number], key=stats.median) for number in seconds[CHOSEN]}
    best = {number: runs for number, runs in of_engines.items() if stats.median(runs) < math.inf}
    chosen = {number: seconds[CHOSEN][number] for number in best}
    failed = [number for number, runs in chosen.items() if math.inf in runs]
    ratio = low = high = math.inf
    if best and not failed:
        ratio, low, high = stats.ratio_of_sums(chosen, best)
    detail = f"{_total(chosen):.2f} s against {_total(best):.2f} s; {len(on_spark & set(best))} ran on Spark"
    detail += "".join(f"; query {number} FAILED: {errors[CHOSEN, number][:100]}" for number in failed[:1])
    what = f"{work.name} SF {work.scale:g}, {len(best)} queries that an engine answers"
    row = Row(f"{what}: as chosen / best in hindsight", "at most 1.1x", 1.1, ratio, low, high, "x", detail)
    return [row, _farthest_row(work, chosen, best), *(_engine_row(work, way, seconds[way], errors) for way in (NATIVE, SPARK))]


def _total(runs):
    return sum(map(stats.median, runs.values()))


def _farthest_row(work, chosen, best):
    """Which choices cost most."""
    lost = {number: stats.median(chosen[number]) - stats.median(best[number]) for number in best}
    farthest = sorted(lost, key=lost.get)[:-4:-1]
    most = max(lost.values(), default=0)
    detail = "; ".join(f"query {n}: {stats.median(chosen[n]):.3f} s against {stats.median(best[n]):.3f} s" for n in farthest)
    return Row(f"{work.name}: most that a choice lost", "", None, most, most, most, "s", detail)


def _engine_row(work, way, seconds, errors):
    answered = {number: runs for number, runs in seconds.items() if math.inf not in runs}
    refused = [number for number in seconds if number not in answered]
    slow = [number for number in answered if (way, number) in errors]
    detail = f"{len(answered)} of {len(seconds)} answered, those that are not asked again as in the first round"
    if slow:
        detail += f"; given up as too slow: {', '.join(map(str, slow))}"
    if refused:
        detail += f"; not {', '.join(map(str, refused))}: {errors[way, refused[0]][:100]}"
    total = _total(answered)
    return Row(f"{work.name}: what {way} answers", "", None, total, total, total, "s", detail)
