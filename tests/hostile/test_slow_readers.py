"""Clients that do not read what they asked for: each costs a bounded amount of memory and nobody's speed."""

import time

import pytest
import requests_of_all_rpcs as valid
from pyspark.sql.connect.proto import base_pb2 as base
from victim import SERVICE

LARGE = 300_000_000  # rows, 2.4 GB
UNSENT = 32 << 20  # wire::Limits::unsent_bytes_max
SLACK = 64 << 20


def stalled_reader(victim, reattachable):
    """A client that asked for gigabytes, took one response, and then stopped reading."""
    channel = victim.connect(("grpc.http2.lookahead_bytes", 65536), ("grpc.http2.bdp_probe", 0))
    options = [base.ExecutePlanRequest.RequestOption(reattach_options={"reattachable": reattachable})]
    request = valid.execute(base.Plan(root=valid.range_relation(LARGE)), request_options=options)
    call = channel.unary_stream(SERVICE + "ExecutePlan")(request, timeout=120)
    operation = base.ExecutePlanResponse.FromString(next(call)).operation_id
    return channel, call, operation


def give_up(victim, channel, call, operation):
    """A reattachable operation would wait for its client for minutes; this one says that it is over."""
    call.cancel()
    release = base.ReleaseExecuteRequest(**valid.ids(), operation_id=operation, release_all={})
    victim.ask("ReleaseExecute", release.SerializeToString())  # one that is not reattachable is over already
    channel.close()


def settled_memory(victim):
    """Once it no longer grows."""
    last = 0
    while True:
        time.sleep(0.4)
        memory = victim.holdings()[0]
        if memory <= last + (1 << 20):
            return memory
        last = memory


def seconds_of_others(victim):
    began = time.perf_counter()
    for _ in range(20):
        assert victim.count_of_range(100_000) == 100_000
    return time.perf_counter() - began


@pytest.mark.parametrize("reattachable", [False, True])
def test_one_slow_reader_costs_its_buffer(victim, reattachable):
    alone = seconds_of_others(victim)
    before = victim.holdings()[0]
    stalled = stalled_reader(victim, reattachable)
    grown = settled_memory(victim) - before
    # The gateway and its cluster hold a buffer each.
    buffers = UNSENT * (2 if "serve" in victim.server.name else 1)
    assert grown < buffers + SLACK, f"{grown >> 20} MiB"
    assert seconds_of_others(victim) < 3 * alone + 0.5
    give_up(victim, *stalled)


def test_a_slow_reader_gets_all_in_the_end(victim):
    rows = 3_000_000
    call = victim.connect().unary_stream(SERVICE + "ExecutePlan")(valid.range_request(rows))
    responses = []
    for response in call:
        responses.append(response)
        time.sleep(0.02)
    assert valid.rows_of(responses) == rows


def test_eight_slow_readers(victim):
    before = victim.holdings()[0]
    stalled = [stalled_reader(victim, False) for _ in range(8)]
    grown = settled_memory(victim) - before
    buffers = UNSENT * (2 if "serve" in victim.server.name else 1)
    assert grown < 8 * (buffers + SLACK), f"{grown >> 20} MiB"
    assert victim.count_of_range() == 1000
    for reader in stalled:
        give_up(victim, *reader)
