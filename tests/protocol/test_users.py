"""What one user may have at a time, and what the one who runs a server sees of it and can end."""

import contextlib
import json
import subprocess
import uuid

import pytest
from endless import ENDLESS, eventually
from harness import places, servers
from pyspark.sql.connect.proto import base_pb2 as base
from raw_session import RawSession, RpcFailure, range_plan, sql_plan


@pytest.fixture
def serve():
    """serve(options...) starts a server; serve.session(user) is a session on it."""
    with contextlib.ExitStack() as stack:

        def serve(*options):
            server = stack.enter_context(servers.hearth_serve(options=[str(option) for option in options]))

            def session(user):
                opened = RawSession(server.endpoint, user=user)
                stack.callback(opened.close)
                return opened

            server.session = session
            return server

        yield serve


def hearth(server, command, *arguments):
    """What a command of the operator's prints."""
    return servers.hearth_says(server.data, command, *arguments)


def operations(server, *arguments):
    return {row["operation"]: row for row in json.loads(hearth(server, "ops", "--json", *arguments))}


def is_on_a_cluster(server, operation):
    return "sent_ms" in operations(server, "--running").get(operation, {})


def start(session, plan):
    operation = str(uuid.uuid4())
    return operation, session.start(plan, operation_id=operation)


def test_so_many_operations_of_a_user_run_and_the_others_wait(serve):
    server = serve("--user-operations", 1)
    ada, bob = server.session("ada"), server.session("bob")
    first, stream = start(ada, ENDLESS)
    eventually(lambda: is_on_a_cluster(server, first))
    second, waiting = start(server.session("ada"), range_plan(7))
    eventually(lambda: second in operations(server, "--running"))
    assert len(bob.execute(range_plan(3)).rows()) == 3
    assert "sent_ms" not in operations(server)[second]
    hearth(server, "cancel", first)
    assert len(waiting.read().rows()) == 7
    with pytest.raises(RpcFailure, match="OPERATION_CANCELED.*Whoever runs the server"):
        stream.read()


def test_an_analysis_counts_as_an_operation(serve):
    server = serve("--user-operations", 1)
    first, _ = start(server.session("ada"), ENDLESS)
    eventually(lambda: is_on_a_cluster(server, first))
    other = server.session("ada")
    question = base.AnalyzePlanRequest(**other.ids(), schema={"plan": range_plan(3)})
    answer = other.stub.AnalyzePlan.future(question, timeout=60)
    assert len(server.session("bob").execute(range_plan(3)).rows()) == 3
    assert not answer.done()
    hearth(server, "cancel", first)
    assert answer.result().HasField("schema")


def test_one_that_waits_can_be_interrupted(serve):
    server = serve("--user-operations", 1)
    first, _ = start(server.session("ada"), ENDLESS)
    eventually(lambda: is_on_a_cluster(server, first))
    other = server.session("ada")
    second, waiting = start(other, range_plan(7))
    eventually(lambda: second in operations(server, "--running"))
    assert other.interrupt().interrupted_ids == [second]
    with pytest.raises(RpcFailure, match="OPERATION_CANCELED"):
        waiting.read()
    hearth(server, "cancel", first)
    assert len(server.session("ada").execute(range_plan(2)).rows()) == 2


def test_waiting_has_an_end(serve):
    server = serve("--user-operations", 1, "--queue-timeout-ms", 300)
    first, _ = start(server.session("ada"), ENDLESS)
    eventually(lambda: is_on_a_cluster(server, first))
    with pytest.raises(RpcFailure, match="waited to begin for longer than 300 ms") as ended:
        server.session("ada").execute(range_plan(7))
    assert ended.value.condition == "OPERATION_CANCELED" and ended.value.sql_state == "HY008"
    assert operations(server)[first]["outcome"] == "running"


def test_a_statement_has_an_end(serve):
    server = serve("--statement-timeout-ms", 400)
    session = server.session("ada")
    with pytest.raises(RpcFailure, match="took longer than 400 ms") as ended:
        session.execute(ENDLESS)
    assert ended.value.condition == "OPERATION_CANCELED"
    assert len(session.execute(range_plan(3)).rows()) == 3
    assert [row["outcome"] for row in operations(server).values()] == ["cancelled", "succeeded"]


def test_a_user_has_so_many_sessions(serve):
    server = serve("--user-sessions", 2)
    open_ones = [server.session("ada") for _ in range(2)]
    for session in open_ones:
        session.execute(range_plan(1))
    third = server.session("ada")
    with pytest.raises(RpcFailure, match='The user "ada" has 2 open sessions'):
        third.execute(range_plan(1))
    assert len(server.session("bob").execute(range_plan(1)).rows()) == 1
    open_ones[0].release_session()
    assert len(third.execute(range_plan(1)).rows()) == 1


def test_the_operator_sees_who_asked_what(serve):
    server = serve()
    ada, bob = server.session("ada"), server.session("bob")
    ada.execute(sql_plan("SELECT 'it is me'\n  AS who"))
    bob.execute(range_plan(5))
    with pytest.raises(RpcFailure):
        bob.execute(sql_plan("SELECT nothing_like_that"))
    (row,) = operations(server, "--user", "ada").values()
    assert row["text"] == "SELECT 'it is me' AS who" and row["outcome"] == "succeeded"
    errors = [row.get("error") for row in operations(server, "--user", "bob").values()]
    assert errors == [None, "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"]
    slowest = list(operations(server, "--slow", "--most", "2").values())
    assert len(slowest) == 2 and slowest[0]["total_ms"] >= slowest[1]["total_ms"]
    listed = hearth(server, "sessions", "--user", "bob").splitlines()
    assert len(listed) == 2 and bob.session_id in listed[1]
    assert "SELECT 'it is me' AS who" in hearth(server, "ops")


def test_what_does_not_run_cannot_be_cancelled(serve):
    server = serve()
    done = subprocess.run([places.program(), "cancel", "--data", server.data, "nonsense"], capture_output=True, text=True)
    assert done.returncode == 1 and "no operation nonsense runs" in done.stderr
