"""Execution progress: how far an operation is, told in its stream while it runs."""

import pytest
from harness import tpch
from raw_session import range_plan, sql_plan

INTERVAL = "spark.connect.progress.reportInterval"


def reports_of(stream):
    return [one.execution_progress for one in stream.responses if one.HasField("execution_progress")]


def completed(report):
    return sum(stage.num_completed_tasks for stage in report.stages)


def steps_between(told):
    """How far the stages that were not done were seen to be, the ends aside."""
    return {
        stage.num_completed_tasks
        for report in told[:-1]
        for stage in report.stages
        if not stage.done and 0 < stage.num_completed_tasks < stage.num_tasks
    }


def query_of(copies):
    folder = tpch.data(0.01)
    lines = " UNION ALL ".join([f"SELECT l_comment, l_suppkey FROM parquet.`{folder}/lineitem.parquet`"] * copies)
    orders = f"parquet.`{folder}/orders.parquet`"
    pairs = f"SELECT concat(l_comment, o_comment) AS both FROM ({lines}) JOIN {orders} ON l_suppkey = o_custkey"
    return f"SELECT count(DISTINCT both) FROM ({pairs})"


@pytest.fixture(scope="module")
def reports():
    """What servers told of one query, by the kind of server: of the first that was long enough for this machine."""
    return {}


@pytest.fixture
def told(server, session, reports):
    if server.kind not in reports:
        session.set_config({INTERVAL: "20ms"})
        for copies in (1, 2, 4, 8, 16):
            stream = session.execute(sql_plan(query_of(copies)))
            assert stream.rows()[0][0] > 0
            reports[server.kind] = reports_of(stream)
            if server.kind == "spark" or len(steps_between(reports[server.kind])) >= 2:
                break
    return reports[server.kind]


def test_it_never_falls(told):
    counts = [completed(report) for report in told]
    assert counts == sorted(counts)


@pytest.mark.better("Spark's last report may be of a moment before the end")
def test_it_ends_with_all_done(told):
    last = told[-1]
    assert last.stages
    assert all(stage.done and stage.num_completed_tasks == stage.num_tasks for stage in last.stages)
    assert last.num_inflight_tasks == 0


@pytest.mark.better("so short a query is one task of Spark's")
def test_it_grows_while_the_query_runs(told):
    assert len(steps_between(told)) >= 2
    assert all(report.num_inflight_tasks == 1 for report in told[:-1])
    # A machine that is slow enough shows what puts the parts together as a second one.
    assert {len({stage.stage_id for stage in report.stages}) for report in told} <= {1, 2}


@pytest.mark.better("Spark tells it of everything that has a job")
def test_what_is_over_at_once_tells_none(session):
    assert not reports_of(session.execute(range_plan(3)))


@pytest.mark.better("Spark keeps to the interval that the server was started with")
def test_an_interval_of_nothing_tells_none(session):
    session.set_config({INTERVAL: "0ms"})
    assert not reports_of(session.execute(sql_plan("SELECT sum(id % 7) FROM range(0, 30000000, 1, 1)")))
