"""Eight people who ask short questions of a small data set, and one job over a large one."""

import contextlib
import time

import statistics_of_runs as stats
from harness import servers
from placement_scales import MEDIUM, SHORT, large_scale, relations_of, samples, small_scale, with_tables
from rows import Row, milliseconds, say
from users import ANSWER_SECONDS_MAX, Asking

USERS = 8
# Their questions alone keep about a quarter of two cores busy at scale 1: people think.
PAUSE_SECONDS = 1
BLOCK_SECONDS = 5


def users_section(options):
    """In turn: the job alone, its time again with the users alone, and both."""
    idle, loaded, alone, beside = [], [], [], []
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(servers.hearth_serve(options=["--memory", f"{options.memory_gib}GiB"]))
        users = [with_tables(stack, server, f"user-{i}", small_scale(options)) for i in range(USERS)]
        batch = with_tables(stack, server, "batch", large_scale(options))
        asking, job = Asking(users, relations_of(SHORT), PAUSE_SECONDS), relations_of(MEDIUM)
        _jobs(batch, job)
        while min(len(idle), len(loaded)) < samples(options):
            say(f"users and a job: {len(idle)} samples without it, {len(loaded)} beside it")
            started = time.perf_counter()
            alone += _jobs(batch, job)
            block = time.perf_counter() - started
            idle += sum(asking.during(lambda: time.sleep(block)), [])
            loaded += sum(asking.during(lambda: beside.extend(_jobs(batch, job))), [])
    return _rows(options, idle, loaded, alone, beside)


def _jobs(user, queries):
    """The seconds of one job after the other, for a block's time at least."""
    seconds = []
    while sum(seconds) < BLOCK_SECONDS:
        seconds.append(sum(user.seconds(query, ANSWER_SECONDS_MAX) for query in queries))
    return seconds


def _rows(options, idle, loaded, alone, beside):
    what = f"{USERS} users of short TPC-H SF {small_scale(options):g} queries beside an SF {large_scale(options):g} job"
    rows = []
    for part, limit in ((0.5, None), (0.99, 2.0)):
        ratio, low, high = stats.ratio_of_quantiles(loaded, idle, part)
        quiet, busy = stats.quantile(idle, part), stats.quantile(loaded, part)
        rows.append(Row(
            f"{what}: their p{part * 100:.0f}, loaded / idle", "at most 2x" if limit else "", limit, ratio, low, high, "x",
            f"{milliseconds(busy)} against {milliseconds(quiet)}; {len(loaded)} and {len(idle)} samples"))  # fmt: skip
    ratio, low, high = stats.ratio_of_medians(beside, alone)
    rows.append(Row(
        f"{what}: the job, beside them / alone", "at most 1.5x", 1.5, ratio, low, high, "x",
        f"{stats.median(beside):.2f} s against {stats.median(alone):.2f} s; {len(beside)} runs each"))  # fmt: skip
    return rows
