"""What a server keeps of operations and sessions that are over: nothing that grows."""

import concurrent.futures
import uuid

import pytest
import requests_of_all_rpcs as valid
from pyspark.sql.connect.proto import base_pb2 as base


def run_sessions(victim, sessions, operations):
    """That many sessions one after the other on each of four connections, each with its operations, then released."""

    def run(_):
        channel = victim.connect()
        for _ in range(sessions // 4):
            session = {"session_id": str(uuid.uuid4()), "user_context": valid.USER}
            for i in range(operations):
                request = base.ExecutePlanRequest(
                    **session, plan=base.Plan(root=valid.range_relation(i % 50)), operation_id=str(uuid.uuid4())
                )
                answer = victim.ask("ExecutePlan", request.SerializeToString(), channel=channel)
                assert answer.ok, answer.message
            release = base.ReleaseSessionRequest(**session)
            assert victim.ask("ReleaseSession", release.SerializeToString(), channel=channel).ok
        channel.close()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))


def test_a_hundred_sessions_leave_nothing(victim):
    run_sessions(victim, sessions=100, operations=5)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_operations_in_a_thousand_sessions(victim):
    run_sessions(victim, sessions=100, operations=10)
    after_a_thousand = victim.holdings()[0]
    run_sessions(victim, sessions=1000, operations=99)
    grown = victim.holdings()[0] / after_a_thousand - 1
    print(f"{after_a_thousand >> 20} MiB after 1,000 operations, {grown:+.1%} after 100,000")
    assert grown <= 0.10
