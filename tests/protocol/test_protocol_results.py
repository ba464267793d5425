"""What comes out of ExecutePlan: order, offsets, sizes, chunks, compression of plans, SQL commands."""

import pyarrow as pa
import pytest
from pyspark.sql.connect.proto import base_pb2 as base
from raw_session import range_plan, sql_command, sql_plan, view_command

# One partition, so one batch.
WIDE = sql_plan("SELECT id, repeat('x', 100) AS s FROM range(0, 1000, 1, 1)")


def test_the_schema_comes_first_and_alone(session):
    first = session.execute(range_plan(3)).responses[0]
    assert [field.name for field in first.schema.struct.fields] == ["id"]
    assert first.WhichOneof("response_type") is None


def test_batches_follow_then_metrics_then_the_end(session):
    kinds = session.execute(range_plan(3, partitions=1)).kinds()
    assert kinds == ["schema", "arrow_batch", "metrics", "result_complete"]


def test_a_plain_stream_has_no_end_but_its_end(session):
    assert session.execute(range_plan(3, partitions=1), reattachable=False).kinds() == ["schema", "arrow_batch", "metrics"]


def test_an_empty_result_is_one_batch_of_no_rows(session):
    stream = session.execute(range_plan(0))
    (batch,) = stream.batches()
    assert batch.row_count == 0
    assert pa.ipc.open_stream(batch.data).read_all().num_rows == 0


def test_response_ids_differ(session):
    ids = session.execute(range_plan(3)).ids
    assert len(set(ids)) == len(ids)
    assert all(ids)


def test_offsets_are_contiguous_and_counts_true(session):
    session.set_config({"spark.sql.execution.arrow.maxRecordsPerBatch": "1000"})
    stream = session.execute(range_plan(3500, partitions=1))
    batches = stream.batches()
    assert [(batch.start_offset, batch.row_count) for batch in batches] == [
        (0, 1000), (1000, 1000), (2000, 1000), (3000, 500)]  # fmt: skip
    assert stream.rows() == [(i,) for i in range(3500)]


def test_each_batch_is_a_stream_of_one_record_batch_with_the_same_schema(session):
    session.set_config({"spark.sql.execution.arrow.maxRecordsPerBatch": "1000"})
    schemas = set()
    for batch in session.execute(range_plan(3500)).batches():
        with pa.ipc.open_stream(batch.data) as reader:
            schemas.add(str(reader.schema))
            assert [part.num_rows for part in reader] == [batch.row_count]
    assert len(schemas) == 1


def test_duplicate_names_stay(session):
    (schema, *_) = session.execute(sql_plan("SELECT 1 AS a, 2 AS a")).responses
    assert [field.name for field in schema.schema.struct.fields] == ["a", "a"]


# ---- chunks ----


def test_chunks_come_only_to_who_asks(session):
    (batch,) = session.execute(WIDE, chunking=False, chunk_bytes=1024).batches()
    assert not batch.HasField("chunk_index")


def test_a_chunked_batch_is_put_together(session):
    stream = session.execute(WIDE, chunking=True, chunk_bytes=5000)
    batches = stream.batches()
    assert len(batches) > 20
    assert [batch.chunk_index for batch in batches] == list(range(len(batches)))
    assert {batch.num_chunks_in_batch for batch in batches} == {len(batches)}
    assert {(batch.row_count, batch.start_offset) for batch in batches} == {(1000, 0)}
    assert max(len(batch.data) for batch in batches) <= 5000
    assert stream.rows()[-1] == (999, "x" * 100)


def test_a_small_batch_is_its_only_chunk(session):
    (batch,) = session.execute(WIDE, chunking=True).batches()
    assert (batch.chunk_index, batch.num_chunks_in_batch) == (0, 1)


@pytest.mark.parametrize("size", [1, 0, -5, 1 << 40])
def test_a_chunk_size_out_of_bounds_is_not_looked_at(session, size):
    (batch,) = session.execute(WIDE, chunking=True, chunk_bytes=size).batches()
    assert batch.num_chunks_in_batch == 1


def test_a_stream_goes_on_between_chunks(session):
    stream = session.execute(WIDE, chunking=True, chunk_bytes=5000)
    middle = stream.ids[len(stream.ids) // 2]
    assert session.reattach(stream.operation_id, middle).read().ids == stream.ids[stream.ids.index(middle) + 1 :]


# ---- plans ----


def compressed(plan, *, data=None, codec=1, kind=None):
    operation = base.Plan().compressed_operation
    part = plan.root if plan.HasField("root") else plan.command
    operation.data = pa.compress(part.SerializeToString(), "zstd", asbytes=True) if data is None else data
    operation.op_type = kind if kind is not None else (1 if plan.HasField("root") else 2)
    operation.compression_codec = codec
    return base.Plan(compressed_operation=operation)


def test_a_compressed_relation_runs(session):
    assert session.execute(compressed(range_plan(3))).rows() == [(0,), (1,), (2,)]


def test_a_compressed_command_runs(session):
    assert session.execute(compressed(sql_command("SELECT 1"))).kinds()[0] == "sql_command_result"


def test_a_compressed_plan_is_analyzed(session):
    schema = session.analyze(schema=base.AnalyzePlanRequest.Schema(plan=compressed(range_plan(3)))).schema.schema
    assert [field.name for field in schema.struct.fields] == ["id"]


def test_a_plan_is_equal_however_it_is_compressed(session):
    stream = session.execute(range_plan(3))
    assert session.execute(compressed(range_plan(3)), operation_id=stream.operation_id).ids == stream.ids


@pytest.mark.parametrize("data", [b"junk", pa.compress(b"\xff\xff", "zstd", asbytes=True)])
def test_what_cannot_be_decompressed_or_parsed_is_refused(session, fails, data):
    with fails("CONNECT_INVALID_PLAN.CANNOT_PARSE") as caught:
        session.execute(compressed(range_plan(3), data=data))
    assert caught[0].sql_state == "56K00"
    assert "'spark.connect.session.planCompression.threshold' to -1" in caught[0].message


def test_a_codec_must_be_named(session, fails):
    with fails("CONNECT_INVALID_PLAN.INVALID_ENUM"):
        session.execute(compressed(range_plan(3), codec=0))


def test_a_compressed_plan_must_say_what_it_is(session, fails):
    with fails("CONNECT_INVALID_PLAN.CANNOT_PARSE"):
        session.execute(compressed(range_plan(3), kind=0))


def test_the_client_learns_when_to_compress(session):
    keys = [f"spark.connect.session.planCompression.{name}" for name in ("threshold", "defaultAlgorithm")]
    assert session.get_config(*keys) == ["10485760", "ZSTD"]


def unset_plans():
    unknown = base.Plan()
    unknown.root.unknown.SetInParent()
    extension = base.Plan()
    extension.root.extension.type_url = "type.googleapis.com/some.Plugin"
    root, command = base.Plan(), base.Plan()
    root.root.SetInParent()
    command.command.SetInParent()
    return {
        "nothing": (base.Plan(), "INVALID_ONE_OF_FIELD_NOT_SET"),
        "a relation": (root, "INVALID_ONE_OF_FIELD_NOT_SET"),
        "a command": (command, "INVALID_ONE_OF_FIELD_NOT_SET"),
        "unknown": (unknown, "INVALID_ONE_OF_FIELD_NOT_SUPPORTED"),
        "extension": (extension, "NO_HANDLER_FOR_EXTENSION"),
    }


@pytest.mark.parametrize("what", unset_plans())
def test_a_plan_of_nothing_is_refused(session, fails, what):
    plan, condition = unset_plans()[what]
    with fails(f"CONNECT_INVALID_PLAN.{condition}") as caught:
        session.execute(plan)
    assert caught[0].classes[:2] == ["org.apache.spark.sql.connect.common.InvalidPlanInput", "java.lang.Exception"]


# ---- local data ----


@pytest.mark.better("Spark has such a date")
def test_what_a_row_of_local_data_declines_is_told_as_the_decline(session, fails):
    days = pa.table({"day": pa.array([0, 2**31 - 1], pa.int32()).cast(pa.date32())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, days.schema) as writer:
        writer.write_table(days)
    plan = base.Plan()
    plan.root.local_relation.data = sink.getvalue().to_pybytes()
    with fails("UNSUPPORTED_FEATURE") as caught:
        session.execute(plan)
    assert caught[0].metadata["hearth.decline"] == "local data with a date or time that DuckDB takes for infinity"


# ---- commands ----


def test_a_query_by_spark_sql_is_echoed_and_not_run(session):
    stream = session.sql("SELECT 1/0 AS never")
    relation = stream.responses[0].sql_command_result.relation
    assert relation.sql.query == "SELECT 1/0 AS never"
    assert not stream.batches()
    assert stream.complete


def test_a_command_by_spark_sql_answers_with_its_rows(session):
    relation = session.sql("SET spark.sql.shuffle.partitions=3").responses[0].sql_command_result.relation
    assert relation.WhichOneof("rel_type") == "local_relation"
    table = pa.ipc.open_stream(relation.local_relation.data).read_all()
    assert table.to_pylist() == [{"key": "spark.sql.shuffle.partitions", "value": "3"}]


def test_a_wrong_query_by_spark_sql_fails_at_once(session, fails):
    with fails("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"):
        session.sql("SELECT nope")


def test_a_view_command_only_ends(session):
    assert session.execute(view_command("v", range_plan(3).root)).kinds() == ["result_complete"]
    assert session.execute(sql_plan("SELECT * FROM v")).rows() == [(0,), (1,), (2,)]


def test_a_view_is_replaced_only_on_request(session, fails):
    session.execute(view_command("v", range_plan(3).root))
    with fails("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS"):
        session.execute(view_command("v", range_plan(4).root))
    session.execute(view_command("v", range_plan(1).root, replace=True))
    assert session.execute(sql_plan("SELECT * FROM v")).rows() == [(0,)]
