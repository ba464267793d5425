"""Three users, one of whom asks for far more than there is."""

import contextlib
import time

import statistics_of_runs as stats
from harness import servers
from placement_scales import MEDIUM, SHORT, relations_of, samples, small_scale, with_tables
from rows import Row, milliseconds, say
from users import Asking, flood, until_nothing_runs

OTHERS = ("ada", "grace")
# Of the flood at any time. A user's operations wait for each other from 100 on, whoever else is there.
WIDTH = 64
PAUSE_SECONDS = 0.2


def flood_section(options):
    """Short queries of two users, in alternating blocks without and with the flood of a third."""
    idle, loaded = ({name: [] for name in OTHERS} for _ in range(2))
    block = max(3, 20 * options.size)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(servers.hearth_serve(options=["--memory", f"{options.memory_gib}GiB"]))
        flooding, *others = (with_tables(stack, server, name, small_scale(options)) for name in ("flood", *OTHERS))
        asking, many = Asking(others, relations_of(SHORT), PAUSE_SECONDS), relations_of(MEDIUM)
        for query in many:
            flooding.seconds(query)
        while min(map(len, [*idle.values(), *loaded.values()])) < samples(options):
            say(f"a flood: {sum(map(len, loaded.values()))} samples beside it")
            _measure(asking, block, idle)
            with flood(flooding, many, WIDTH):
                _measure(asking, block, loaded)
            until_nothing_runs(server)
    return [row for name in OTHERS for row in _rows(options, name, idle[name], loaded[name])]


def _measure(asking, seconds, into):
    for name, more in zip(OTHERS, asking.during(lambda: time.sleep(seconds)), strict=True):
        into[name] += more


def _rows(options, name, idle, loaded):
    what = f"short TPC-H SF {small_scale(options):g} queries of {name} beside {WIDTH} longer ones of another user at any time"
    ratio, low, high = stats.ratio_of_means(loaded, idle)
    detail = f"{len(loaded)} samples, {len(idle)} without"
    rows = [Row(f"{what}: their time, loaded / idle", "at most 1.2x", 1.2, ratio, low, high, "x",
                f"mean {milliseconds(sum(loaded) / len(loaded))} against {milliseconds(sum(idle) / len(idle))}; {detail}")]
    for part in (0.5, 0.99):
        ratio, low, high = stats.ratio_of_quantiles(loaded, idle, part)
        rows.append(Row(f"{what}: p{part * 100:.0f}", "", None, ratio, low, high, "x",
                        f"{milliseconds(stats.quantile(loaded, part))} against {milliseconds(stats.quantile(idle, part))}"))
    return rows
