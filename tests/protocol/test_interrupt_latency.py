"""How soon an interrupt stops a query of TPC-H, at random moments of it: the client's stream, and the work itself."""

import os
import random
import time
import uuid

import pytest
import raw_session
from harness import servers, tpch
from raw_session import sql_plan

INTERRUPTS = 100
LIMIT_SECONDS = 0.2
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_SECONDS


def seconds_until_idle(pid, since):
    """From `since` until the process no longer works: two ticks of processor time at most in 40 ms."""
    while True:
        begin, used = time.monotonic(), cpu_seconds(pid)
        time.sleep(0.04)
        if cpu_seconds(pid) - used <= 2 * TICK_SECONDS:
            return begin - since


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


@pytest.mark.long
def test_an_interrupt_stops_a_query_within_its_limit():
    folder, texts = tpch.data(1), tpch.query_texts()
    chance = random.Random(4)
    ends, idles = [], []
    with servers.hearth_engine(threads=2) as server:
        session = raw_session.RawSession(server.endpoint)
        for table in tpch.TABLES:
            session.sql(f"CREATE TEMPORARY VIEW {table} AS SELECT * FROM parquet.`{folder}/{table}.parquet`")
        while len(ends) < INTERRUPTS:
            operation = str(uuid.uuid4())
            stream = session.start(sql_plan(chance.choice(list(texts.values()))), operation_id=operation)
            time.sleep(chance.uniform(0, 1))
            sent = time.monotonic()
            if not session.interrupt().interrupted_ids:
                session.release(operation)
                continue  # It was over.
            with pytest.raises(raw_session.RpcFailure, match="OPERATION_CANCELED"):
                stream.read()
            ends.append(time.monotonic() - sent)
            idles.append(seconds_until_idle(server.process.pid, sent))
            session.release(operation)
    assert percentile(ends, 0.99) <= LIMIT_SECONDS
    assert percentile(idles, 0.99) <= LIMIT_SECONDS
