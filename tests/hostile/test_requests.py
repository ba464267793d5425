"""Requests that make no sense: each gets a clear error in Spark's form, whichever RPC it was sent to."""

import concurrent.futures

import grpc
import pytest
import requests_of_all_rpcs as valid
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import relations_pb2 as relations

# The errors of a stream that ends before a message has come are the transport's, not Spark's.
TRANSPORT = {grpc.StatusCode.INVALID_ARGUMENT}


def send_all(victim, requests, threads=4):
    """Sends (method, bytes) over a few connections and checks every answer; gives how many were good."""

    def send(method_and_bytes):
        method, content = method_and_bytes
        answer = victim.ask(method, content, timeout=10)
        if answer.code in TRANSPORT:
            assert method == "AddArtifacts" and answer.message, answer.message
            return False
        if answer.code is grpc.StatusCode.DEADLINE_EXCEEDED and method == "ExecutePlan":
            return False  # a changed number may well make a query that runs for years; it ends with its client
        try:
            answer.check_is_sparks()
        except AssertionError as error:
            raise AssertionError(f"{method} {content.hex()[:4000]}: {error}") from None
        return answer.ok

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(send, requests))


def random_requests(chance, count):
    for i in range(count):
        yield valid.METHODS[i % len(valid.METHODS)], chance.randbytes(chance.choice([0, 1, 7, 60, 1000]))


def spoiled_requests(chance, count):
    """Valid requests with one to three things wrong, as messages or as bytes."""
    requests = valid.of_all_rpcs()
    for i in range(count):
        method, original = requests[i % len(requests)]
        message = type(original)()
        message.CopyFrom(original)
        for _ in range(chance.randint(1, 3)):
            valid.spoil(message, chance)
        content = message.SerializeToString()
        match chance.randrange(5):
            case 0:
                content = valid.spoil_bytes(content, chance)
            case 1:
                content += valid.unknown_field(chance)
        yield method, content


def test_random_bytes(victim, chance):
    send_all(victim, random_requests(chance, 220))


def test_spoiled_requests(victim, chance):
    good = send_all(victim, spoiled_requests(chance, 700))
    assert good > 50, "most of what was sent was refused before it could do any harm"


@pytest.mark.long
def test_many_random_bytes(victim, chance):
    send_all(victim, random_requests(chance, 20_000))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_spoiled_requests(victim, chance):
    send_all(victim, spoiled_requests(chance, 50_000))


def test_unknown_fields_are_ignored(victim, chance):
    answer = victim.ask("ExecutePlan", valid.range_request(7) + valid.unknown_field(chance))
    assert answer.ok and valid.rows_of(answer.responses) == 7


def plan_with(**fields):
    return base.Plan(root=relations.Relation(**fields))


def bad_plans():
    ten = valid.range_relation()
    unknown_relation = base.Plan()
    unknown_relation.root.MergeFromString(b"\xba\x3e\x02\x08\x01")  # field 999: a relation of a newer client
    yield "a plan without anything", base.Plan()
    yield "a relation without kind", base.Plan(root=relations.Relation())
    yield "a relation of a newer client", unknown_relation
    yield "a command without kind", base.Plan(command={})
    yield "an expression without kind", base.Plan(root=valid.project(ten, valid.expressions.Expression()))
    yield "a filter without input", plan_with(filter=relations.Filter())
    yield "a join without sides", plan_with(join=relations.Join(join_type=1))
    yield "an unknown join", plan_with(join=relations.Join(left=ten, right=ten, join_type=99))
    yield "an unknown set operation", plan_with(set_op=relations.SetOperation(left_input=ten, right_input=ten, set_op_type=9))
    yield "an aggregate of no kind", plan_with(aggregate=relations.Aggregate(input=ten, group_type=99))
    yield "a read of nothing", plan_with(read=relations.Read())
    yield "a source without paths", plan_with(read={"data_source": {"format": "parquet"}})
    yield "local data that is none", plan_with(local_relation={"data": b"not arrow at all"})
    yield "a local relation without schema and data", plan_with(local_relation={})
    yield "a cached relation of no hash", plan_with(cached_local_relation={})
    yield "chunks of a cached relation, none", plan_with(chunked_cached_local_relation={})
    yield "a compressed plan that is none", base.Plan(compressed_operation={"data": b"zzz", "op_type": 1, "compression_codec": 1})
    yield "an unknown compression", base.Plan(compressed_operation={"data": b"", "op_type": 1, "compression_codec": 77})


@pytest.mark.parametrize("what", [what for what, _ in bad_plans()])
def test_plans_that_make_no_sense(victim, what):
    plan = dict(bad_plans())[what]
    executed = victim.ask("ExecutePlan", valid.execute(plan))
    assert not executed.ok
    executed.check_is_sparks()
    assert executed.condition or what == "an unknown compression", executed.message
    analyzed = victim.ask("AnalyzePlan", base.AnalyzePlanRequest(**valid.ids(), schema={"plan": plan}).SerializeToString())
    assert not analyzed.ok
    analyzed.check_is_sparks()


def test_an_unknown_method(victim):
    answer = victim.ask("DropEverything", b"")
    assert answer.code is grpc.StatusCode.UNIMPLEMENTED


# ReleaseSession says of any session that it is closed now, as Spark does.
@pytest.mark.parametrize("method", [method for method in valid.METHODS if method != "ReleaseSession"])
def test_ids_that_are_none(victim, method):
    for request in (b"", base.ConfigRequest(session_id="x").SerializeToString()):
        answer = victim.ask(method, request)
        assert not answer.ok
        answer.check_is_sparks()
        assert answer.condition.startswith("INVALID_HANDLE."), answer.message
