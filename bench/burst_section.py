"""Four dozen operations of all sizes at one instant, for both engines."""

import concurrent.futures
import contextlib
import dataclasses
import math
import threading

import grpc

import statistics_of_runs as stats
from harness import places, servers
from placement_scales import MEDIUM, SHORT, large_scale, relations_of, samples, small_scale, with_tables
from processes import MemoryWatch, available_bytes
from raw_client import sql
from rows import Row, milliseconds, say
from users import ANSWER_SECONDS_MAX, until_nothing_runs

USERS = 6
GIB = 1 << 30


@dataclasses.dataclass
class SizeClass:
    """So many operations of these queries in each burst. What they took and when they were over is in seconds; of what
    failed there is only that it did."""

    name: str
    engine: str
    of_large: bool
    count: int
    queries: list
    alone: dict = dataclasses.field(default_factory=dict)  # by position of the query
    over_after: list = dataclasses.field(default_factory=list)
    errors: list = dataclasses.field(default_factory=list)


def _size_classes():
    """48 operations. The native engine declines what names Spark's partitions."""

    def on_spark(text):
        return [sql(f"SELECT n, spark_partition_id() AS p FROM ({text})")]

    return [
        SizeClass("tiny", "native", False, 16, [sql("SELECT sum(id * 2) AS s FROM range(1000)")]),
        SizeClass("small", "native", False, 10, relations_of(SHORT)),
        SizeClass("medium", "native", False, 6, relations_of(MEDIUM)),
        SizeClass("large", "native", True, 2, relations_of((9, 18))),
        SizeClass("tiny", "Spark", False, 8, on_spark("SELECT sum(id) AS n FROM range(1000)")),
        SizeClass("small", "Spark", False, 4, on_spark("SELECT sum(l_quantity) AS n FROM lineitem WHERE l_discount > 0.05")),
        SizeClass("medium", "Spark", False, 2, on_spark("SELECT count(DISTINCT l_partkey) AS n FROM lineitem")),
    ]


def burst_section(options):
    """Bursts one after the other, each when the one before is over; the first one is not counted."""
    classes = _size_classes()
    free = available_bytes()
    spark = ["--spark", places.spark_home(), "--spark-memory", "3GiB"]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(servers.hearth_serve(options=spark))
        small = [with_tables(stack, server, f"user-{i}", small_scale(options)) for i in range(USERS)]
        large = [with_tables(stack, server, f"user-{i}", large_scale(options)) for i in range(2)]
        pick = [(large if size.of_large else small, size) for size in classes]
        for users, size in pick:
            _measure_alone(users, size)
        _burst(pick, [])
        for size in classes:
            size.over_after.clear()
        orders, bursts = [], max(2, math.ceil(samples(options) / sum(size.count for size in classes)))
        with MemoryWatch(server.process.pid) as memory:
            for number in range(bursts):
                say(f"burst {number + 1} of {bursts}")
                until_nothing_runs(server)
                _burst(pick, orders)
    return _rows(options, classes, orders, memory, free)


def _measure_alone(users, size):
    """Every user's session asks each query once; the shortest time says how large it is."""
    for position, query in enumerate(size.queries):
        size.alone[position] = min(user.seconds(query, ANSWER_SECONDS_MAX) for user in users)


def _burst(pick, orders):
    """All at one instant. Appends what followed: for each that was answered its engine, its size and its time."""
    work = [(users[i % len(users)], size, i % len(size.queries)) for users, size in pick for i in range(size.count)]
    instant = threading.Barrier(len(work))
    with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
        answers = [pool.submit(_answer, instant, *one) for one in work]
    order = []
    for (_, size, position), answer in zip(work, answers, strict=True):
        if isinstance(answer.result(), float):
            size.over_after.append(answer.result())
            order.append((size.engine, size.alone[position], answer.result()))
        else:
            size.errors.append(answer.result())
    orders.append(order)


def _answer(instant, user, size, position):
    """After how many seconds it was answered, or the error."""
    instant.wait()
    try:
        return user.seconds(size.queries[position], ANSWER_SECONDS_MAX)
    except grpc.RpcError as error:
        return f"{error.code().name}: {error.details()}"


def _rows(options, classes, orders, memory, free):
    rows = [_error_row(classes, len(orders)), _memory_row(memory, free)]
    for engine in ("native", "Spark"):
        rows.append(_order_row(engine, orders))
    for size in classes:
        if size.over_after:
            rows.append(_class_row(options, size))
    return rows


def _error_row(classes, bursts):
    errors = [error for size in classes for error in size.errors]
    count = sum(size.count for size in classes)
    detail = f"{bursts} bursts" + (f"; the first: {errors[0][:200]}" if errors else "")
    return Row(f"{count} operations at one instant, native and Spark", "no error", 0,
               len(errors), len(errors), len(errors), "errors", detail)


def _memory_row(memory, free):
    most = memory.most / GIB
    return Row("the same: most memory of the server and its clusters", "at most what was free before", free / GIB,
               most, most, most, "GiB", f"{free / GIB:.1f} GiB were free; never less than {memory.least_available / GIB:.1f} GiB then")


def _order_row(engine, orders):
    found = [stats.rank_correlation(*zip(*[(alone, after) for ran_on, alone, after in order if ran_on == engine], strict=True))
             for order in orders]
    low, high = stats.median_interval(found)
    return Row(f"the same: order of the ends and of the sizes on the {engine} engine", "", None, stats.median(found), low, high, "",
               "rank correlation, 1 is the order by size; median of the bursts")


def _class_row(options, size):
    scale = large_scale(options) if size.of_large else small_scale(options)
    p99 = stats.quantile(size.over_after, 0.99)
    alone = ", ".join(milliseconds(seconds) for seconds in size.alone.values())
    return Row(f"the same: p99 of {size.name} ones ({size.engine}, SF {scale:g})", "", None, p99, p99, p99, "s",
               f"p50 {milliseconds(stats.median(size.over_after))}, alone {alone}; {len(size.over_after)} samples")
