"""Sessions: keys, ids, release, reconnect, clones."""

import uuid

import pytest
from pyspark.sql.connect.proto import base_pb2 as base
from raw_session import range_plan, sql_command, sql_plan

VERSION = base.AnalyzePlanRequest.SparkVersion()
PARTITIONS = "spark.sql.shuffle.partitions"


def new_id():
    return str(uuid.uuid4())


# ---- keys ----

OPENING = {
    "ExecutePlan": lambda s, **o: s.execute(range_plan(1), **o),
    "AnalyzePlan": lambda s, **o: s.analyze(spark_version=VERSION, **o),
    "Config": lambda s, **o: s.config(get_all=base.ConfigRequest.GetAll(), **o),
    "Interrupt": lambda s, **o: s.interrupt(**o),
}


@pytest.mark.parametrize("rpc", OPENING)
@pytest.mark.parametrize("bad", ["nonsense", ""])
def test_a_session_id_is_a_uuid(session, fails, rpc, bad):
    other = session.elsewhere()
    other.session_id = bad
    with fails("INVALID_HANDLE.FORMAT") as caught:
        OPENING[rpc](other)
    assert caught[0].parameters == {"handle": bad}
    assert caught[0].sql_state == "HY000"


@pytest.mark.parametrize("rpc", OPENING)
def test_another_server_side_session_is_noticed(session, fails, rpc):
    session.server_side_id()
    with fails("INVALID_HANDLE.SESSION_CHANGED") as caught:
        OPENING[rpc](session, observed=new_id())
    (error,) = session.fetch_error(caught[0].error_id).errors
    assert error.spark_throwable.error_class == "INVALID_HANDLE.SESSION_CHANGED"


@pytest.mark.parametrize("rpc", OPENING)
def test_the_observed_server_side_session_is_let_in(session, rpc):
    OPENING[rpc](session, observed=session.server_side_id())


def test_a_client_that_saw_a_session_that_is_gone_gets_no_empty_one(session, fails):
    with fails("INVALID_HANDLE.SESSION_CHANGED"):
        session.analyze(spark_version=VERSION, observed=new_id())


def test_the_same_id_of_another_user_is_another_session(session):
    other = session.elsewhere(user="other")
    session.set_config({PARTITIONS: "7"})
    assert other.get_config(PARTITIONS) == ["200"]
    assert other.server_side_id() != session.server_side_id()


def test_a_user_may_be_nobody(session):
    nobody = session.elsewhere(user="")
    session.set_config({PARTITIONS: "7"})
    assert nobody.get_config(PARTITIONS) == ["200"]


def test_a_session_spans_connections(session):
    session.set_config({PARTITIONS: "7"})
    assert session.elsewhere().get_config(PARTITIONS) == ["7"]


def test_every_first_reply_tells_the_server_side_session(session):
    stream = session.execute(range_plan(1))
    told = {response.server_side_session_id for response in stream.responses}
    told |= {
        session.server_side_id(),
        session.config(get_all=base.ConfigRequest.GetAll()).server_side_session_id,
        session.interrupt().server_side_session_id,
        session.get_status().server_side_session_id,
    }
    assert len(told) == 1
    assert told != {session.session_id}
    assert uuid.UUID(told.pop())


def test_replies_carry_the_clients_session(session):
    assert {response.session_id for response in session.execute(range_plan(1)).responses} == {session.session_id}
    assert session.analyze(spark_version=VERSION).session_id == session.session_id
    assert session.interrupt().session_id == session.session_id


# ---- release ----


def test_a_released_session_stays_closed(session, fails):
    server_side = session.server_side_id()
    response = session.release_session()
    assert (response.session_id, response.server_side_session_id) == (session.session_id, server_side)
    for call in (
        lambda: session.execute(range_plan(1)),
        lambda: session.get_config(PARTITIONS),
        lambda: session.server_side_id(),
        lambda: session.interrupt(),
        lambda: session.reattach(new_id()).read(),
        lambda: session.release(new_id()),
        lambda: session.get_status(),
        lambda: session.clone_session(),
        lambda: session.fetch_error(new_id()),
        lambda: session.artifact_statuses("cache/x"),
    ):
        with fails("INVALID_HANDLE.SESSION_CLOSED"):
            call()


def test_a_second_release_does_nothing(session):
    session.server_side_id()
    session.release_session()
    assert session.release_session().server_side_session_id == ""


@pytest.mark.parametrize("session_id", [new_id(), "no uuid"])
def test_release_of_an_unknown_session_does_nothing(session, session_id):
    other = session.elsewhere(session_id=session_id)
    response = other.release_session()
    assert (response.session_id, response.server_side_session_id) == (session_id, "")


def test_what_was_never_opened_is_not_closed(session):
    session.release_session()
    assert session.execute(range_plan(1)).complete


def test_a_session_may_be_released_to_come_back_empty(session):
    session.set_config({PARTITIONS: "7"})
    before = session.server_side_id()
    session.release_session(allow_reconnect=True)
    assert session.get_config(PARTITIONS) == ["200"]
    assert session.server_side_id() != before


def test_who_comes_back_is_told_that_it_is_another_session(session, fails):
    before = session.server_side_id()
    session.release_session(allow_reconnect=True)
    session.server_side_id()
    with fails("INVALID_HANDLE.SESSION_CHANGED"):
        session.analyze(spark_version=VERSION, observed=before)


def test_release_stops_what_runs(session, endless, fails):
    stream = endless(operation_id=new_id())
    session.release_session()
    with fails("INVALID_CURSOR.DISCONNECTED"):
        stream.read()


# ---- clones ----


def test_a_clone_has_the_configuration(session):
    session.set_config({PARTITIONS: "7"})
    clone = session.elsewhere(session_id=session.clone_session().new_session_id)
    assert clone.get_config(PARTITIONS) == ["7"]


def test_a_clone_has_the_temporary_views(session):
    session.sql("CREATE TEMPORARY VIEW v AS SELECT 42 AS x")
    clone = session.elsewhere(session_id=session.clone_session().new_session_id)
    assert clone.execute(sql_plan("SELECT * FROM v")).rows() == [(42,)]


def test_a_clone_says_who_it_is(session):
    wanted = new_id()
    session.server_side_id()
    response = session.clone_session(wanted)
    clone = session.elsewhere(session_id=wanted)
    assert response.session_id == session.session_id
    assert response.server_side_session_id == session.server_side_id()
    assert response.new_session_id == wanted
    assert response.new_server_side_session_id == clone.server_side_id()


def test_a_clone_and_its_source_do_not_see_each_others_changes(session, fails):
    session.set_config({PARTITIONS: "7"})
    session.sql("CREATE TEMPORARY VIEW v AS SELECT 42 AS x")
    clone = session.elsewhere(session_id=session.clone_session().new_session_id)
    clone.set_config({PARTITIONS: "9"})
    clone.sql("DROP VIEW v")
    assert session.get_config(PARTITIONS) == ["7"]
    assert session.execute(sql_plan("SELECT * FROM v")).rows() == [(42,)]
    session.sql("CREATE TEMPORARY VIEW later AS SELECT 43 AS x")
    with fails("TABLE_OR_VIEW_NOT_FOUND"):
        clone.execute(sql_plan("SELECT * FROM later"))


def test_a_clone_outlives_its_source(session):
    session.sql("CREATE TEMPORARY VIEW v AS SELECT 42 AS x")
    clone = session.elsewhere(session_id=session.clone_session().new_session_id)
    session.release_session()
    assert clone.execute(sql_plan("SELECT * FROM v")).rows() == [(42,)]


@pytest.mark.parametrize("given", [None, ""])
def test_without_an_id_the_clone_gets_one(session, given):
    session.server_side_id()
    assert uuid.UUID(session.clone_session(given).new_session_id)


def test_the_id_of_a_clone_is_a_uuid(session, fails):
    session.server_side_id()
    with fails("INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_FORMAT") as caught:
        session.clone_session("no uuid")
    assert caught[0].parameters == {"targetSessionId": "no uuid"}
    assert caught[0].sql_state == "42K04"


def test_the_id_of_a_clone_is_free(session, fails):
    session.server_side_id()
    taken = session.elsewhere(session_id=new_id())
    taken.server_side_id()
    for target in (session, taken):
        with fails("INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_EXISTS"):
            session.clone_session(target.session_id)
    taken.release_session()
    with fails("INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_CLOSED"):
        session.clone_session(taken.session_id)


def test_another_users_id_is_free_for_a_clone(session):
    session.server_side_id()
    other = session.elsewhere(user="other", session_id=new_id())
    other.server_side_id()
    assert session.clone_session(other.session_id).new_session_id == other.session_id


def test_only_a_session_can_be_cloned(session, fails):
    with fails("INVALID_HANDLE.SESSION_NOT_FOUND"):
        session.clone_session()


def test_a_clone_is_of_the_session_that_was_seen(session, fails):
    session.server_side_id()
    with fails("INVALID_HANDLE.SESSION_CHANGED"):
        session.clone_session(observed=new_id())


def test_a_view_is_a_sessions_own(session, fails):
    session.execute(sql_command("CREATE TEMPORARY VIEW mine AS SELECT 1"))
    other = session.elsewhere(session_id=new_id())
    with fails("TABLE_OR_VIEW_NOT_FOUND"):
        other.execute(sql_plan("SELECT * FROM mine"))
