"""Limits of time and size, on servers whose limits are short: operations without a reader, streams, idle
sessions.

Every wait ends as soon as what it waits for is true.
"""

import contextlib
import itertools
import time
import uuid

import pytest
from endless import ENDLESS, eventually
from harness import servers
from raw_session import RawSession, RpcFailure, sql_plan

STARTS = {"engine": servers.hearth_engine, "serve": servers.hearth_serve, "spark": servers.spark_connect}
# The flags of hearth, and the settings of a Spark that mean the same.
SPARK_SETTINGS = {
    "--detached-timeout-ms": "spark.connect.execute.manager.detachedTimeout",
    "--stream-duration-ms": "spark.connect.execute.reattachable.senderMaxStreamDuration",
    "--stream-bytes": "spark.connect.execute.reattachable.senderMaxStreamSize",
    "--session-idle-ms": "spark.connect.session.manager.defaultSessionTimeout",
}
SPARK_SWEEPS = {
    "spark.connect.execute.manager.maintenanceInterval": "200ms",
    "spark.connect.session.manager.maintenanceInterval": "200ms",
}


@pytest.fixture
def limited(request, server):
    """limited(flag, value) starts a server of the kind of `server` with that limit and gives a session on it."""
    if request.config.getoption("--peers", default=None) is None and server.kind == "spark":
        pytest.skip("needs a server of its own")
    with contextlib.ExitStack() as stack:

        def limited(flag, value):
            if server.kind == "spark":
                text = f"{value}ms" if flag.endswith("-ms") else str(value)
                running = STARTS["spark"](settings={SPARK_SETTINGS[flag]: text, **SPARK_SWEEPS})
            else:
                running = STARTS[server.kind](options=[flag, value])
            session = RawSession(stack.enter_context(running).endpoint)
            stack.callback(session.close)
            return session

        yield limited


def new_id():
    return str(uuid.uuid4())


def is_abandoned(session, operation):
    """A look that is no reader: to release a response of what is gone answers without an operation."""
    return not session.release(operation, until="").HasField("operation_id")


@pytest.mark.better("Spark notices that a reader has gone only when it has something to send")
def test_an_operation_without_a_reader_is_given_up(limited, fails):
    session = limited("--detached-timeout-ms", 500)
    watched, left = new_id(), new_id()
    reader = session.start(ENDLESS, operation_id=watched)
    stream = session.start(ENDLESS, operation_id=left)
    for operation in (watched, left):
        eventually(lambda operation=operation: session.state_of(operation) == "RUNNING")
    stream.cancel()
    eventually(lambda: session.state_of(left) != "RUNNING")
    with fails("INVALID_HANDLE.OPERATION_ABANDONED"):
        session.reattach(left).read()
    # One with a reader lives on, though it began before.
    assert session.state_of(watched) == "RUNNING"
    session.interrupt()
    with fails("OPERATION_CANCELED"):
        reader.read()


def test_a_result_without_a_reader_is_given_up(limited, fails):
    session = limited("--detached-timeout-ms", 300)
    stream = session.execute(sql_plan("SELECT 1"))
    eventually(lambda: is_abandoned(session, stream.operation_id))
    with fails("INVALID_HANDLE.OPERATION_ABANDONED"):
        session.execute(sql_plan("SELECT 1"), operation_id=stream.operation_id)


def test_a_long_stream_ends_and_is_taken_up_again(limited):
    session = limited("--stream-duration-ms", 200)
    operation = new_id()
    stream = session.start(ENDLESS, operation_id=operation)
    for _ in range(3):
        stream.read()
        assert not stream.complete
        stream = session.reattach(operation, after=stream.ids[-1] if stream.ids else None)
    assert session.state_of(operation) == "RUNNING"
    session.interrupt()


def test_a_plain_stream_may_last(limited, fails):
    session = limited("--stream-duration-ms", 200)
    plain = session.start(ENDLESS, reattachable=False, tags=["plain"])
    # Meanwhile another one has ended for its age three times.
    operation = new_id()
    stream = session.start(ENDLESS, operation_id=operation)
    for _ in range(3):
        stream.read()
        stream = session.reattach(operation)
    session.interrupt()
    with fails("OPERATION_CANCELED"):
        plain.read()


def test_a_large_stream_ends_and_is_taken_up_again(limited):
    session = limited("--stream-bytes", 65536)
    session.set_config({"spark.sql.execution.arrow.maxRecordsPerBatch": "1000"})
    operation, streams = new_id(), []
    query = sql_plan("SELECT id, repeat('x', 20) AS s FROM range(0, 20000, 1, 1)")
    stream = session.execute(query, operation_id=operation)
    streams.append(stream)
    while not stream.complete:
        stream = session.reattach(operation, after=stream.ids[-1]).read()
        streams.append(stream)
    assert len(streams) > 5
    for one in streams[:-1]:
        sizes = [response.ByteSize() for response in one.responses]
        # On the wire a response may carry its ids twice.
        assert sum(sizes) > 64000
        assert sum(sizes[:-1]) < 65536
    assert [row[0] for one in streams for row in one.rows()] == list(range(20000))


def test_an_idle_session_is_closed(limited):
    session = limited("--session-idle-ms", 500)
    session.set_config({"spark.sql.shuffle.partitions": "7"})
    until_closed(session)


def until_closed(session):
    # Every look counts as use, so each comes twice as long after the one before.
    for step in itertools.count():
        pause = time.monotonic() + 0.1 * 2**step
        eventually(lambda pause=pause: time.monotonic() > pause)
        try:
            assert session.get_config("spark.sql.shuffle.partitions") == ["7"]
        except RpcFailure as failure:
            assert failure.condition == "INVALID_HANDLE.SESSION_CLOSED"
            return
        assert step < 8


@pytest.mark.better("Spark closes a session whose query runs")
def test_what_runs_is_use_of_its_session(limited, fails):
    session = limited("--session-idle-ms", 500)
    busy = session.elsewhere(session_id=new_id())
    operation = new_id()
    stream = busy.start(ENDLESS, operation_id=operation)
    session.set_config({"spark.sql.shuffle.partitions": "7"})
    until_closed(session)
    assert busy.state_of(operation) == "RUNNING"
    busy.interrupt()
    with fails("OPERATION_CANCELED"):
        stream.read()
