"""DataFrame.localCheckpoint: rows that the session keeps under an id of the server's."""

import os
import signal
import uuid

import pytest
from harness import servers
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import commands_pb2 as commands
from pyspark.sql.connect.proto import relations_pb2 as relations
from raw_session import RawSession, range_plan, sql_plan, view_command


def checkpoint_plan(relation, *, local=True, eager=True):
    command = commands.CheckpointCommand(relation=relation, local=local, eager=eager)
    return base.Plan(command=commands.Command(checkpoint_command=command))


def remote(relation_id):
    return relations.Relation(cached_remote_relation=relations.CachedRemoteRelation(relation_id=relation_id))


def rows_of(relation):
    return base.Plan(root=relation)


def removal_of(relation_id):
    command = commands.RemoveCachedRemoteRelationCommand(relation=remote(relation_id).cached_remote_relation)
    return base.Plan(command=commands.Command(remove_cached_remote_relation_command=command))


@pytest.fixture
def checkpoint(session):
    """checkpoint(relation) keeps its rows and gives their id."""

    def checkpoint(relation):
        stream = session.execute(checkpoint_plan(relation))
        return stream.responses[0].checkpoint_command_result.relation.relation_id

    return checkpoint


def test_a_checkpoint_answers_with_an_id_and_nothing_else(session):
    stream = session.execute(checkpoint_plan(range_plan(5).root))
    assert stream.kinds() == ["checkpoint_command_result", "result_complete"]
    assert uuid.UUID(stream.responses[0].checkpoint_command_result.relation.relation_id)


def test_its_rows_are_read_in_their_order_and_with_their_schema(session, checkpoint):
    query = sql_plan(
        "SELECT id AS a, CAST(id AS STRING) AS b, array(id) AS c, CAST(id AS DECIMAL(20,3)) AS d, NULL AS e "
        "FROM range(0, 10000, 1, 1) ORDER BY id DESC"
    )
    relation_id = checkpoint(query.root)
    whole, kept = session.execute(query), session.execute(rows_of(remote(relation_id)))
    assert kept.responses[0].schema == whole.responses[0].schema
    assert kept.rows() == whole.rows()


def test_names_see_its_columns(session, checkpoint):
    relation_id = checkpoint(sql_plan("SELECT id, id % 3 AS k FROM range(10)").root)
    filtered = relations.Relation(filter=relations.Filter(input=remote(relation_id)))
    filtered.filter.condition.expression_string.expression = "k = 1"
    assert [row[0] for row in session.execute(rows_of(filtered)).rows()] == [1, 4, 7]
    session.execute(view_command("kept", remote(relation_id)))
    assert session.execute(sql_plan("SELECT sum(id) FROM kept")).rows() == [(45,)]


def test_a_row_without_columns_is_kept_too(session, checkpoint):
    empty = relations.Relation(project=relations.Project(input=range_plan(3).root))
    relation_id = checkpoint(empty)
    (batch,) = session.execute(rows_of(remote(relation_id))).batches()
    assert batch.row_count == 3


def test_a_checkpoint_can_be_made_of_one(session, checkpoint):
    assert session.execute(rows_of(remote(checkpoint(remote(checkpoint(range_plan(3).root)))))).rows() == [
        (0,), (1,), (2,)]  # fmt: skip


def test_equal_checkpoints_are_two(session, checkpoint):
    first, second = checkpoint(range_plan(3).root), checkpoint(range_plan(3).root)
    assert first != second
    session.execute(removal_of(first))
    assert len(session.execute(rows_of(remote(second))).rows()) == 3


def test_the_schema_is_told(session, checkpoint):
    plan = rows_of(remote(checkpoint(range_plan(3).root)))
    schema = session.analyze(schema=base.AnalyzePlanRequest.Schema(plan=plan)).schema.schema
    assert [field.name for field in schema.struct.fields] == ["id"]


def test_what_was_removed_is_not_found(session, checkpoint, fails):
    relation_id = checkpoint(range_plan(3).root)
    assert session.execute(removal_of(relation_id)).kinds() == ["result_complete"]
    with fails("CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND") as caught:
        session.execute(rows_of(remote(relation_id)))
    assert caught[0].parameters["dfId"] == relation_id
    assert caught[0].sql_state == "56K00"
    assert caught[0].classes[0] == "org.apache.spark.sql.connect.common.InvalidPlanInput"


def test_removing_nothing_does_nothing(session):
    assert session.execute(removal_of("nope")).kinds() == ["result_complete"]


@pytest.mark.parametrize("relation_id", ["nope", "", str(uuid.uuid4())])
def test_an_unknown_id_is_not_found(session, fails, relation_id):
    with fails("CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND") as caught:
        session.execute(rows_of(remote(relation_id)))
    assert caught[0].parameters["dfId"] == relation_id
    with fails("CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND"):
        session.analyze(schema=base.AnalyzePlanRequest.Schema(plan=rows_of(remote(relation_id))))


def test_checkpoints_are_a_sessions_own(session, server, checkpoint, fails):
    relation_id = checkpoint(range_plan(3).root)
    others = [session.elsewhere(session_id=str(uuid.uuid4())), session.elsewhere(user="other")]
    if server.kind != "serve":  # There a clone repeats all that its source has been through.
        others.append(session.elsewhere(session_id=session.clone_session().new_session_id))
    for other in others:
        with fails("CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND"):
            other.execute(rows_of(remote(relation_id)))


def test_an_error_at_a_row_leaves_nothing(session, fails):
    with fails("DIVIDE_BY_ZERO"):
        session.execute(checkpoint_plan(sql_plan("SELECT 1 / id FROM range(3)").root))


def test_files_need_a_folder(session):
    with pytest.raises(Exception, match="Checkpoint directory has not been set in the SparkContext"):
        session.execute(checkpoint_plan(range_plan(3).root, local=False))


def test_a_checkpoint_is_observed(session):
    observed = relations.Relation(collect_metrics=relations.CollectMetrics(input=range_plan(5).root, name="a"))
    observed.collect_metrics.metrics.add().expression_string.expression = "count(1) AS n"
    stream = session.execute(checkpoint_plan(observed))
    assert stream.kinds() == ["checkpoint_command_result", "observed_metrics", "result_complete"]
    (told,) = stream.responses[1].observed_metrics
    assert [value.long for value in told.values] == [5]


def test_a_checkpoint_is_made_again_where_its_cluster_died():
    with servers.hearth_serve() as server:
        session = RawSession(server.endpoint)
        stream = session.execute(checkpoint_plan(sql_plan("SELECT id * 2 AS twice FROM range(4)").root))
        relation_id = stream.responses[0].checkpoint_command_result.relation.relation_id
        plan = rows_of(remote(relation_id))
        assert session.execute(plan).rows() == [(0,), (2,), (4,), (6,)]
        for cluster in servers.hearth_status(server.data)["clusters"]:
            os.kill(cluster["pid"], signal.SIGKILL)
        assert session.execute(plan).rows() == [(0,), (2,), (4,), (6,)]
        session.close()
