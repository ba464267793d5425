"""Rows of the report, and words on the way to them."""

import dataclasses
import sys
import time


@dataclasses.dataclass
class Row:
    """value and its 95% interval (low, high); a row with a limit is met when value <= limit."""

    what: str
    bar: str
    limit: float | None
    value: float
    low: float
    high: float
    unit: str
    detail: str = ""

    @property
    def met(self):
        return None if self.limit is None else self.value <= self.limit


STARTED = time.perf_counter()


def say(text):
    """Progress, behind the seconds since the bench started."""
    print(f"bench: {time.perf_counter() - STARTED:7.1f} s  {text}", file=sys.stderr, flush=True)


def milliseconds(seconds):
    return f"{seconds * 1000:.2f} ms"
