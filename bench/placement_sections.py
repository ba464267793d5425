"""What one query costs another: small ones beside one that never ends."""

import contextlib
import time

import grpc
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import base_pb2_grpc


from harness import servers
from raw_client import call_seconds, new_session, sql
from rows import Row, milliseconds, say

SMALL = sql("SELECT sum(id * 2) AS s FROM range(1000)")

RUNAWAYS = {
    "a cross join that never ends": "SELECT max(a.id * b.id % 7) AS m FROM range(1000000) a CROSS JOIN range(100000000) b",
    "memory that grows": "SELECT count(*) AS n FROM (SELECT id, count(*) AS c FROM range(2000000000) GROUP BY id)",
    "a sort that spills": "SELECT max(n) AS m FROM (SELECT row_number() OVER (ORDER BY id % 1000003, id) AS n FROM range(400000000))",
}

BLOCKS = 10


def runaway_section(options):
    """Raw calls of a small query, in alternating blocks without and with a runaway of another or the same session."""
    rows = []
    for what, text in RUNAWAYS.items():
        for of_same in (False, True):
            with servers.hearth_serve() as server:
                say(f"small queries beside {what} of {'the same' if of_same else 'another'} session")
                idle, loaded = _blocks(server, text, of_same, max(options.calls // 2, 1000) // BLOCKS)
            rows += _rows(what, of_same, idle, loaded)
    return rows


def _blocks(server, text, of_same, calls):
    session = new_session()
    idle, loaded = [], []

    def measure(into):
        into.append(call_seconds([server.endpoint], calls, relation=SMALL, reattachable=True, session=session)[0])

    measure([])  # to warm up
    for _ in range(BLOCKS):
        measure(idle)
        with _running(server, session if of_same else new_session(), text):
            measure(loaded)
    return idle, loaded


@contextlib.contextmanager
def _running(server, session, text):
    """While the query runs, from a second after its start."""
    with grpc.insecure_channel(server.endpoint) as channel:
        stub = base_pb2_grpc.SparkConnectServiceStub(channel)
        request = base.ExecutePlanRequest(plan=base.Plan(root=sql(text)), client_type="bench", **session)
        stream = stub.ExecutePlan(request)
        time.sleep(1)
        yield
        assert stream.is_active(), f"{text} ended"
        stream.cancel()


def _rows(what, of_same, idle, loaded):
    quiet, busy = sorted(sum(idle, [])), sorted(sum(loaded, []))
    rows = []
    for name, part, factor, more in (("p50", 0.5, 1.3, 0.001), ("p99", 0.99, 2.0, 0.003)):
        before, beside = quiet[int(len(quiet) * part)], busy[int(len(busy) * part)]
        rows.append(
            Row(
                f"{name} of a small query beside {what} of {'the same' if of_same else 'another'} session",
                f"at most {factor}x + {more * 1000:.0f} ms of idle",
                (before * factor + more) * 1000,
                beside * 1000,
                beside * 1000,
                beside * 1000,
                "ms",
                f"idle {milliseconds(before)}, {len(busy)} calls each",
            )
        )
    return rows
