"""A query that runs until it is interrupted, and waiting for what becomes true."""

import contextlib
import time

import pytest
from raw_session import RpcFailure, sql_plan

# Both engines look for an interrupt every few thousand rows of a range.
ENDLESS = sql_plan("SELECT sum(id % 7) FROM range(0, 1000000000000000, 1, 1)")


def eventually(condition, seconds=30):
    """Waits until the condition holds; an RpcFailure counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(RpcFailure):
            if condition():
                return
        time.sleep(0.01)
    pytest.fail("it did not come true in time")
