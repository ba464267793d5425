"""The life of an operation: admission, attach, reattach, release, interrupt, status."""

import threading
import time
import uuid

import pytest
from endless import ENDLESS, eventually
from pyspark.sql.connect.proto import base_pb2 as base
from raw_session import range_plan, sql_plan


def new_id():
    return str(uuid.uuid4())


@pytest.fixture
def finished(session):
    """The stream of an operation that is over and not released."""
    return session.execute(range_plan(3), operation_id=new_id())


# ---- admission ----


def test_an_id_of_the_client_is_the_operations(session):
    wanted = new_id()
    assert session.execute(range_plan(1), operation_id=wanted).operation_id == wanted


def test_without_an_id_the_server_makes_one(session):
    stream = session.execute(range_plan(1))
    assert uuid.UUID(stream.operation_id)
    assert {response.operation_id for response in stream.responses} == {stream.operation_id}


@pytest.mark.parametrize("bad", ["nonsense", ""])
def test_an_id_that_is_no_uuid_is_refused(session, fails, bad):
    with fails("INVALID_HANDLE.FORMAT"):
        session.execute(range_plan(1), operation_id=bad)


def test_the_same_id_with_an_equal_plan_attaches_and_runs_once(session, finished):
    again = session.execute(range_plan(3), operation_id=finished.operation_id)
    assert again.ids == finished.ids


def test_the_same_id_with_another_plan_is_refused(session, finished, fails):
    with fails("INVALID_HANDLE.OPERATION_ALREADY_EXISTS") as caught:
        session.execute(range_plan(4), operation_id=finished.operation_id)
    assert caught[0].parameters == {"handle": finished.operation_id}


@pytest.mark.parametrize("end", [3, 4])
def test_a_released_id_never_runs_again(session, finished, fails, end):
    session.release(finished.operation_id)
    with fails("INVALID_HANDLE.OPERATION_ABANDONED"):
        session.execute(range_plan(end), operation_id=finished.operation_id)


def test_an_id_whose_plain_stream_ended_never_runs_again(session, fails):
    operation = new_id()
    session.execute(range_plan(1), operation_id=operation, reattachable=False)
    with fails("INVALID_HANDLE.OPERATION_ABANDONED"):
        session.execute(range_plan(1), operation_id=operation, reattachable=False)


def test_the_id_of_another_user_is_free(session, finished):
    other = session.elsewhere(user="other")
    assert other.execute(range_plan(4), operation_id=finished.operation_id).rows()[-1] == (3,)


@pytest.mark.better("of readers that attach at once, Apache Spark may disconnect all")
def test_equal_requests_at_once_run_once(session):
    operation, streams = new_id(), []
    connections = [session.elsewhere() for _ in range(4)]

    def run(connection):
        stream = connection.start(range_plan(1000), operation_id=operation)
        streams.append(stream)
        try:
            stream.read()
        except Exception as failure:  # noqa: BLE001 - whoever was overtaken
            assert "INVALID_CURSOR.DISCONNECTED" in str(failure)

    threads = [threading.Thread(target=run, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    complete = [stream.ids for stream in streams if stream.complete]
    assert complete and len({tuple(ids) for ids in complete}) == 1


@pytest.mark.parametrize(
    ("tag", "message"),
    [("", "Spark Connect tag cannot be an empty string."), ("a,b", "Spark Connect tag cannot contain ','.")],
)
def test_tags_that_cannot_be_are_refused(session, fails, tag, message):
    with fails("") as caught:
        session.execute(range_plan(1), tags=[tag])
    assert caught[0].message == message
    assert caught[0].classes[0] == "java.lang.IllegalArgumentException"


# ---- reattach ----


def test_reattach_goes_on_after_any_response(session, finished):
    for index, response_id in enumerate(finished.ids):
        assert session.reattach(finished.operation_id, response_id).read().ids == finished.ids[index + 1 :]


def test_reattach_without_a_cursor_starts_over(session, finished):
    assert session.reattach(finished.operation_id).read().responses == finished.responses


def test_reattach_works_on_a_new_connection(session, finished):
    assert session.elsewhere().reattach(finished.operation_id).read().responses == finished.responses


def test_reattach_works_after_a_cancelled_stream(session):
    operation = new_id()
    stream = session.start(range_plan(100), operation_id=operation)
    first = stream.next()
    stream.cancel()
    rest = session.reattach(operation, first.response_id).read()
    assert rest.complete
    assert rest.rows() == [(i,) for i in range(100)]


@pytest.mark.parametrize("cursor", [new_id(), "no uuid"])
def test_an_unknown_cursor_is_refused(session, finished, fails, cursor):
    with fails("INVALID_CURSOR.POSITION_NOT_FOUND") as caught:
        session.reattach(finished.operation_id, cursor).read()
    assert caught[0].parameters == {"responseId": cursor}
    assert caught[0].sql_state == "HY109"


@pytest.mark.parametrize("operation", [new_id(), "no uuid"])
def test_an_unknown_operation_is_not_found(session, finished, fails, operation):
    with fails("INVALID_HANDLE.OPERATION_NOT_FOUND"):
        session.reattach(operation).read()


def test_reattach_to_a_released_operation_finds_nothing(session, finished, fails):
    session.release(finished.operation_id)
    with fails("INVALID_HANDLE.OPERATION_NOT_FOUND"):
        session.reattach(finished.operation_id).read()


def test_reattach_makes_no_session(session, fails):
    with fails("INVALID_HANDLE.SESSION_NOT_FOUND"):
        session.reattach(new_id()).read()


def test_a_plain_operation_is_not_reattachable(session, endless, fails):
    operation = new_id()
    endless(operation_id=operation, reattachable=False)
    with fails("INVALID_CURSOR.NOT_REATTACHABLE"):
        session.reattach(operation).read()


def test_a_failed_operation_fails_again_in_the_same_words(session, fails):
    operation = new_id()
    messages = []
    for attempt in (
        lambda: session.execute(sql_plan("SELECT 1/0"), operation_id=operation),
        lambda: session.execute(sql_plan("SELECT 1/0"), operation_id=operation),
        lambda: session.reattach(operation).read(),
    ):
        with fails("DIVIDE_BY_ZERO") as caught:
            attempt()
        messages.append(caught[0].message)
    assert len(set(messages)) == 1


@pytest.mark.parametrize("how", ["reattach", "execute"])
def test_a_second_reader_ends_the_first(session, endless, fails, how):
    operation = new_id()
    first = endless(operation_id=operation)
    other = session.elsewhere()
    if how == "reattach":
        second = other.reattach(operation)
    else:
        second = other.start(ENDLESS, operation_id=operation)
    with fails("INVALID_CURSOR.DISCONNECTED"):
        first.read()
    session.interrupt("OPERATION_ID", operation_id=operation)
    with fails("OPERATION_CANCELED"):
        second.read()


# ---- release ----


def test_release_all_answers_with_the_operation(session, finished):
    response = session.release(finished.operation_id)
    assert response.operation_id == finished.operation_id
    assert response.session_id == session.session_id
    assert response.server_side_session_id == session.server_side_id()


def test_a_second_release_knows_of_nothing(session, finished):
    session.release(finished.operation_id)
    assert not session.release(finished.operation_id).HasField("operation_id")


@pytest.mark.parametrize("operation", [new_id(), "no uuid"])
def test_release_of_an_unknown_operation_does_nothing(session, finished, operation):
    assert not session.release(operation).HasField("operation_id")


def test_release_until_frees_what_came_before(session, finished, fails):
    session.release(finished.operation_id, until=finished.ids[1])
    assert session.reattach(finished.operation_id, finished.ids[1]).read().ids == finished.ids[2:]
    for cursor in (None, finished.ids[0]):
        with fails("INVALID_CURSOR.POSITION_NOT_AVAILABLE"):
            session.reattach(finished.operation_id, cursor).read()


def test_releases_may_come_out_of_order(session, finished):
    session.release(finished.operation_id, until=finished.ids[1])
    session.release(finished.operation_id, until=finished.ids[0])
    assert session.reattach(finished.operation_id, finished.ids[1]).read().ids == finished.ids[2:]


def test_release_until_an_unknown_response_is_refused(session, finished, fails):
    with fails("INVALID_CURSOR.POSITION_NOT_FOUND"):
        session.release(finished.operation_id, until=new_id())
    assert session.reattach(finished.operation_id).read().responses == finished.responses


def test_release_of_the_last_response_leaves_nothing_to_read(session, finished):
    session.release(finished.operation_id, until=finished.ids[-1])
    assert session.reattach(finished.operation_id, finished.ids[-1]).read().responses == []


def test_release_must_say_what(session, finished, fails):
    with fails("") as caught:
        session.release(finished.operation_id, everything=False)
    assert caught[0].message == "Unknown ReleaseExecute type!"


def test_release_makes_no_session(session, fails):
    with fails("INVALID_HANDLE.SESSION_NOT_FOUND"):
        session.release(new_id())


def test_release_does_not_look_at_the_observed_session(session, finished):
    assert session.release(finished.operation_id, observed=new_id()).operation_id == finished.operation_id


def test_release_all_stops_what_runs_and_ends_its_reader(session, endless, fails):
    operation = new_id()
    stream = endless(operation_id=operation)
    session.release(operation)
    with fails("INVALID_CURSOR.DISCONNECTED"):
        stream.read()
    eventually(lambda: session.state_of(operation) == "CANCELLED")


def test_a_plain_operation_cannot_be_released(session, endless, fails):
    operation = new_id()
    endless(operation_id=operation, reattachable=False)
    with fails("INVALID_CURSOR.NOT_REATTACHABLE"):
        session.release(operation)


# ---- interrupt ----


def test_interrupt_all_stops_everything_and_says_what(session, endless, fails):
    operations = [new_id(), new_id()]
    streams = [endless(operation_id=operation) for operation in operations]
    assert sorted(session.interrupt().interrupted_ids) == sorted(operations)
    for stream in streams:
        with fails("OPERATION_CANCELED") as caught:
            stream.read()
        assert caught[0].sql_state == "HY008"
        assert caught[0].parameters == {}


def test_interrupt_by_tag_stops_what_has_it(session, endless, fails):
    tagged, other = new_id(), new_id()
    stream = endless(operation_id=tagged, tags=["etl", "nightly"])
    endless(operation_id=other, tags=["adhoc"])
    assert list(session.interrupt("TAG", operation_tag="nightly").interrupted_ids) == [tagged]
    with fails("OPERATION_CANCELED"):
        stream.read()
    assert session.state_of(other) == "RUNNING"


def test_interrupt_by_id_stops_that_operation(session, endless, fails):
    operation, other = new_id(), new_id()
    stream = endless(operation_id=operation)
    endless(operation_id=other)
    assert list(session.interrupt("OPERATION_ID", operation_id=operation).interrupted_ids) == [operation]
    with fails("OPERATION_CANCELED"):
        stream.read()
    assert session.state_of(other) == "RUNNING"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("ALL", {}),
        ("TAG", {"operation_tag": "nobody's"}),
        ("OPERATION_ID", {"operation_id": new_id()}),
        ("OPERATION_ID", {"operation_id": "no uuid"}),
    ],
)
def test_interrupt_of_nothing_says_nothing(session, kind, what):
    response = session.interrupt(kind, **what)
    assert list(response.interrupted_ids) == []
    assert response.session_id == session.session_id
    assert response.server_side_session_id


def test_what_is_over_cannot_be_interrupted(session, finished):
    assert list(session.interrupt().interrupted_ids) == []
    assert session.reattach(finished.operation_id).read().complete


@pytest.mark.parametrize(
    ("kind", "condition", "parameter"),
    [
        ("TAG", "INTERRUPT_TYPE_TAG_REQUIRES_TAG", "operation_tag"),
        ("OPERATION_ID", "INTERRUPT_TYPE_OPERATION_ID_REQUIRES_ID", "operation_id"),
    ],
)
def test_interrupt_needs_what_its_type_names(session, fails, kind, condition, parameter):
    with fails(f"INVALID_PARAMETER_VALUE.{condition}") as caught:
        session.interrupt(kind)
    assert caught[0].parameters == {"parameter": parameter, "functionName": "interrupt"}


def test_interrupt_needs_a_type(session, fails):
    with fails("UNSUPPORTED_FEATURE.INTERRUPT_TYPE"):
        session.interrupt(None)


def test_an_interrupted_operation_stays_so(session, endless, fails):
    operation = new_id()
    stream = endless(operation_id=operation)
    session.interrupt()
    with fails("OPERATION_CANCELED"):
        stream.read()
    with fails("OPERATION_CANCELED"):
        session.reattach(operation).read()
    assert session.state_of(operation) == "CANCELLED"
    assert list(session.interrupt().interrupted_ids) == []


@pytest.mark.parametrize("other", [{"user": "other"}, {"session_id": new_id()}])
def test_nobody_interrupts_what_others_run(session, endless, other):
    operation = new_id()
    endless(operation_id=operation)
    assert list(session.elsewhere(**other).interrupt().interrupted_ids) == []
    assert session.state_of(operation) == "RUNNING"


# ---- clients that go ----


@pytest.mark.better("Apache Spark goes on with the work of a client that is gone")
def test_a_cancelled_call_ends_its_plain_operation(session, endless):
    operation = new_id()
    endless(operation_id=operation, reattachable=False).cancel()
    eventually(lambda: session.state_of(operation) == "CANCELLED", seconds=5)


@pytest.mark.better("Apache Spark does not look at the deadline of a call")
def test_a_deadline_ends_its_plain_operation(session, fails):
    operation = new_id()
    stream = session.start(ENDLESS, operation_id=operation, reattachable=False, timeout=1)
    with fails("") as caught:
        stream.read()
    assert caught[0].code.name == "DEADLINE_EXCEEDED"
    eventually(lambda: session.state_of(operation) == "CANCELLED", seconds=5)


def test_a_cancelled_call_leaves_its_reattachable_operation(session, endless):
    operation = new_id()
    endless(operation_id=operation).cancel()
    time.sleep(0.2)
    assert session.state_of(operation) == "RUNNING"


# ---- status ----


def test_status_follows_the_life_of_an_operation(session, endless, finished):
    running = new_id()
    endless(operation_id=running)
    assert session.state_of(running) == "RUNNING"
    assert session.state_of(finished.operation_id) == "TERMINATING"
    session.release(finished.operation_id)
    assert session.state_of(finished.operation_id) == "SUCCEEDED"
    assert session.state_of(new_id()) == "UNKNOWN"


def test_status_of_a_failed_operation(session, fails):
    operation = new_id()
    with fails("DIVIDE_BY_ZERO"):
        session.execute(sql_plan("SELECT 1/0"), operation_id=operation)
    assert session.state_of(operation) == "TERMINATING"
    session.release(operation)
    assert session.state_of(operation) == "FAILED"


def test_status_of_all_lists_what_lives_and_what_is_over(session, finished):
    other = session.execute(range_plan(1), operation_id=new_id())
    session.release(other.operation_id)
    listed = [status.operation_id for status in session.get_status().operation_statuses]
    assert sorted(listed) == sorted([finished.operation_id, other.operation_id])


def test_status_tells_each_operation_once(session, finished):
    statuses = session.get_status(finished.operation_id, finished.operation_id).operation_statuses
    assert [status.operation_id for status in statuses] == [finished.operation_id]


def test_status_lists_only_when_asked(session, finished):
    response = session.get_status(ask=False)
    assert list(response.operation_statuses) == []
    assert response.server_side_session_id == session.server_side_id()


def test_status_makes_no_session(session, fails):
    with fails("INVALID_HANDLE.SESSION_NOT_FOUND"):
        session.get_status()


def test_operations_of_a_session_run_side_by_side(session, endless):
    endless(operation_id=new_id())
    assert session.execute(range_plan(2)).rows() == [(0,), (1,)]
    assert session.analyze(spark_version=base.AnalyzePlanRequest.SparkVersion()).spark_version.version
