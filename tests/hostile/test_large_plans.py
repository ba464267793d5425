"""Plans that are large or deep: they run, or fail with an error, at the edges that Spark has."""

import time

import pytest
import requests_of_all_rpcs as valid
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import expressions_pb2 as expressions


def nested_filters(levels):
    """A plan of that many messages, one in the other, below the request: Plan, Relation, Filter, Relation, ..."""
    relation = valid.range_relation(3)  # Relation and Range
    for _ in range((levels - 3) // 2):
        outer = valid.relations.Relation()
        outer.limit.input.CopyFrom(relation)
        outer.limit.limit = 3
        relation = outer
    return base.Plan(root=relation)


def nested_plan_bytes(levels):
    """As nested_filters, by hand: Python's protobuf takes no more than 100 levels either."""
    content = valid.range_relation(3).SerializeToString()
    for _ in range((levels - 3) // 2):
        limit = field(1, content) + b"\x10\x03"  # Limit {input, limit = 3}
        content = field(8, limit)  # Relation.limit
    return field(1, content)  # Plan.root


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def request_with(plan_bytes):
    head = base.ExecutePlanRequest(**valid.ids()).SerializeToString()
    return head + field(3, plan_bytes)


def test_the_bytes_are_what_protobuf_writes():
    assert nested_plan_bytes(21) == nested_filters(21).SerializeToString()


def test_nesting_up_to_sparks_limit_works(victim):
    answer = victim.ask("ExecutePlan", request_with(nested_plan_bytes(1023)))
    assert answer.ok, answer.message
    assert valid.rows_of(answer.responses) == 3


@pytest.mark.parametrize("levels", [1100, 5000, 20_001])
def test_nesting_beyond_it_is_an_error(victim, levels):
    answer = victim.ask("ExecutePlan", request_with(nested_plan_bytes(levels)))
    assert not answer.ok
    answer.check_is_sparks()
    assert answer.condition == "CONNECT_INVALID_PLAN.CANNOT_PARSE", answer.message


def test_ten_megabytes_of_sql(victim):
    began = time.monotonic()
    for operators in (100_000, 300_000):  # too deep for any engine, which is an error like others
        text = "SELECT " + " + ".join(["1"] * operators)
        answer = victim.ask("ExecutePlan", valid.sql_request(text), timeout=60)
        assert not answer.ok
        answer.check_is_sparks()
    literal = "SELECT length('" + "x" * (10 << 20) + "') AS n"
    answer = victim.ask("ExecutePlan", valid.sql_request(literal), timeout=60)
    assert answer.ok, answer.message[:300]
    assert time.monotonic() - began < 30


def test_twenty_thousand_literals(victim):
    numbers = ", ".join(str(i) for i in range(20_000))
    answer = victim.ask("ExecutePlan", valid.sql_request(f"SELECT * FROM range(30000) WHERE id IN ({numbers})"))
    assert answer.ok and valid.rows_of(answer.responses) == 20_000, answer.message[:300]
    in_list = valid.call("in", valid.column("id"), *[valid.literal(i) for i in range(20_000)])
    relation = valid.relations.Relation()
    relation.filter.input.CopyFrom(valid.range_relation(30_000))
    relation.filter.condition.CopyFrom(in_list)
    answer = victim.ask("ExecutePlan", valid.execute(base.Plan(root=relation)))
    assert answer.ok and valid.rows_of(answer.responses) == 20_000, answer.message[:300]


def test_a_plan_of_64_megabytes(victim):
    text = expressions.Expression(literal=expressions.Expression.Literal(string="x" * (1 << 20)))
    plan = base.Plan(root=valid.project(valid.range_relation(2), *[valid.call("length", text)] * 64))
    answer = victim.ask("ExecutePlan", valid.execute(plan), timeout=60)
    assert answer.ok and valid.rows_of(answer.responses) == 2, answer.message[:300]


def test_a_message_beyond_the_limit(victim):
    answer = victim.ask("ExecutePlan", valid.range_request(1) + field(1000, b"x" * (150 << 20)), timeout=60)
    assert not answer.ok and "larger than max" in answer.message
