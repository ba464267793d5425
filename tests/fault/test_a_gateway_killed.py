"""kill -9 of the gateway: the next one on the same folder has every session as its clients know it."""

import contextlib
import os
import sqlite3
import time

import grpc
import numpy
import pyarrow
import pyarrow.parquet
import pytest
from harness import places, servers
from pyspark.errors import PySparkException
from pyspark.sql.connect.proto import base_pb2 as proto

import watching
from watching import eventually, is_each_once, tables, connect_patiently as connect


def test_a_session_goes_on(lives):
    spark = connect(lives())
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    spark.sql("SET spark.mine=1")
    spark.createDataFrame([(1, "a"), (2, "b")], "k INT, v STRING").createOrReplaceTempView("pairs")
    spark.sql("CREATE TEMP VIEW doubled AS SELECT k * 2 AS k2 FROM pairs")
    spark.range(3).createOrReplaceTempView("gone")
    spark.catalog.dropTempView("gone")
    lives()
    assert [tuple(row) for row in spark.sql("SELECT * FROM doubled ORDER BY k2").collect()] == [(2,), (4,)]
    assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    assert spark.conf.get("spark.mine") == "1"
    with pytest.raises(PySparkException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.table("gone").collect()
    spark.conf.unset("spark.mine")
    spark.range(5).createOrReplaceTempView("pairs")
    lives()
    assert spark.table("pairs").count() == 5
    assert spark.conf.get("spark.mine", "none") == "none"


def test_uploaded_data_is_still_there(lives):
    spark = connect(lives())
    rows = [(i, "x" * 1000) for i in range(5000)]  # more than goes into a plan
    frame = spark.createDataFrame(rows, "k INT, v STRING")
    frame.createOrReplaceTempView("large")
    assert spark.table("large").count() == 5000
    lives()
    assert spark.sql("SELECT sum(length(v)) AS s FROM large").collect()[0].s == 5_000_000
    assert frame.count() == 5000


def test_uploads_at_the_same_time(lives):
    spark = connect(lives())

    def upload(number):
        rows = [(number, str(number) * 1000)] * 3000
        spark.createDataFrame(rows, "k INT, v STRING").createOrReplaceTempView(f"v{number}")

    for uploading in [watching.Background(lambda n=n: upload(n)) for n in range(4)]:
        uploading.result()
    lives()
    for number in range(4):
        assert spark.sql(f"SELECT sum(k) AS s FROM v{number}").collect()[0].s == 3000 * number


def test_a_clone_is_kept_too(lives):
    spark = connect(lives())
    spark.range(4).createOrReplaceTempView("four")
    spark.conf.set("spark.mine", "1")
    clone = spark.cloneSession()
    spark.range(1).createOrReplaceTempView("four")
    lives()
    assert clone.table("four").count() == 4
    assert clone.conf.get("spark.mine") == "1"
    assert spark.table("four").count() == 1


def test_a_session_that_was_released_is_gone(lives):
    server = lives()
    spark = connect(server)
    spark.range(4).createOrReplaceTempView("four")
    spark.stop()
    server = lives()
    assert servers.hearth_status(server.data)["sessions"] == []
    with pytest.raises(Exception, match="INVALID_HANDLE.SESSION_CLOSED"):
        watching.sessions.connect(f"{server.url}/;session_id={spark.session_id}").range(1).count()


def test_a_session_does_not_begin_its_idle_time_anew(lives):
    options = ("--session-idle-ms", 60_000)
    server = lives(*options)
    connect(server).range(1).count()

    def idle_ms():
        (session,) = servers.hearth_status(server.data)["sessions"]
        return session["idle_ms"]

    before = eventually(lambda: idle if (idle := idle_ms()) > 4000 else 0)
    server = lives(*options)
    # It is kept to a sixtieth of the timeout, and looked at twice a second.
    assert idle_ms() > before - 1500


def test_a_change_that_was_made_is_told_again(lives):
    """The client that did not hear of its change asks again under the same operation id."""
    spark = connect(lives())
    client = spark.client
    request = client._execute_plan_request_with_metadata(operation_id="0a1b2c3d-0000-4000-8000-00000000000a")
    view = request.plan.command.create_dataframe_view
    view.name = "once"
    view.is_global, view.replace = False, False
    view.input.range.start, view.input.range.end, view.input.range.step = 0, 7, 1
    told = answers(client, request)
    lives()
    assert eventually(lambda: retried(client, request), 20) == [told]
    assert spark.table("once").count() == 7
    lives()
    view.input.range.end = 8
    with pytest.raises(grpc.RpcError, match="OPERATION_ALREADY_EXISTS"):
        eventually(lambda: retried(client, request), 20)
    request.operation_id = "0a1b2c3d-0000-4000-8000-00000000000b"
    with pytest.raises(Exception, match="TEMP_TABLE_OR_VIEW_ALREADY_EXISTS"):
        list(client._stub.ExecutePlan(request))


def answers(client, request):
    """The kinds of the responses."""
    return [response.WhichOneof("response_type") for response in client._stub.ExecutePlan(request)]


def retried(client, request):
    """A channel waits longer and longer before it dials again."""
    try:
        return [answers(client, request)]
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            return None
        raise


def test_a_query_that_had_answered_nothing_is_run_again(lives):
    spark = connect(lives())
    answer = watching.Background(lambda: spark.range(400_000_000).selectExpr("sum(id % 7) AS s").collect())
    server = lives()
    assert answer.result(120)[0].s == sum(r * len(range(r, 400_000_000, 7)) for r in range(7))
    assert watching.operation(server, "aggregate") or watching.operation(server, "project")


def read_over_restart(spark, frame, lives, meanwhile=lambda: None):
    """The whole result. When its first batch has come, the gateway is killed and started again."""
    parts = []
    for part in tables(spark, frame):
        if not parts:
            meanwhile()
            lives()
        parts.append(part)
    return pyarrow.concat_tables(parts)


def test_a_result_that_was_begun_goes_on(lives):
    spark = connect(lives())
    rows = 30_000_000
    result = read_over_restart(spark, spark.range(rows), lives)
    assert (result["id"].to_numpy() == numpy.arange(rows)).all()
    assert spark.range(5).count() == 5


def test_a_result_goes_on_as_the_session_was_when_it_began(lives, tmp_path):
    spark = connect(lives())
    rows = 6_000_000
    path = str(tmp_path / "numbers.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"id": range(rows), "r": [i % 100 for i in range(rows)]}), path)
    eventually(lambda: time.time() - os.stat(path).st_ctime > 0.1, 5)  # younger ones may still be written
    spark.read.parquet(path).createOrReplaceTempView("numbers")
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    frame = spark.sql("SELECT r, id, hour(TIMESTAMP '1970-01-01 00:00:00Z') AS hour FROM numbers ORDER BY r, id")
    result = read_over_restart(
        spark, frame, lives, meanwhile=lambda: spark.conf.set("spark.sql.session.timeZone", "UTC"))
    assert is_each_once(result["id"], rows)
    assert (numpy.diff(result["r"].to_numpy()) >= 0).all()
    assert result["hour"].unique().to_pylist() == [9]


def test_a_result_of_files_that_changed_does_not_go_on(lives, tmp_path):
    spark = connect(lives())
    rows = 6_000_000
    path = str(tmp_path / "numbers.parquet")
    table = pyarrow.table({"id": range(rows)})
    pyarrow.parquet.write_table(table, path)
    eventually(lambda: time.time() - os.stat(path).st_ctime > 0.1, 5)
    another = str(tmp_path / "another.parquet")
    pyarrow.parquet.write_table(table, another)
    with pytest.raises(PySparkException, match="files that it reads have changed"):
        read_over_restart(spark, spark.read.parquet(path), lives, meanwhile=lambda: os.replace(another, path))


def test_a_failure_that_its_client_has_not_heard_of_is_told_by_the_next(lives):
    server = lives()
    spark = connect(server)
    frame = spark.sql("SELECT id, 1 DIV (id - 1500000) AS q FROM range(2000000)")
    seen = []

    def failed():
        seen.append(watching.operation(server, "sql"))
        return seen[-1]["outcome"] == "failed"

    with pytest.raises(PySparkException, match="DIVIDE_BY_ZERO"):
        read_over_restart(spark, frame, lives, meanwhile=lambda: eventually(failed, 30))
    assert seen[-1]["rows"] > 0


def test_a_result_of_a_session_that_changed_does_not_go_on(lives):
    spark = connect(lives())
    with pytest.raises(PySparkException, match="its session has changed"):
        read_over_restart(spark, spark.range(30_000_000), lives,
                          meanwhile=lambda: spark.range(3).createOrReplaceTempView("v"))
    assert spark.table("v").count() == 3


def test_a_result_that_is_too_long_to_be_remembered_does_not_go_on(lives):
    spark = connect(lives("--continuation-bytes", "1KiB"))
    with pytest.raises(PySparkException, match="so many rows"):
        read_over_restart(spark, spark.range(30_000_000), lives)


def test_a_result_that_may_differ_is_not_begun_again(lives):
    """The client must not take its answer for the rest."""
    spark = connect(lives())
    with pytest.raises(PySparkException, match="RESPONSE_ALREADY_RECEIVED"):
        read_over_restart(spark, spark.sql("SELECT id, current_timestamp() AS t FROM range(30000000)"), lives)


def test_a_result_that_was_read_is_not_begun_again(lives):
    server = lives()
    spark = connect(server)
    client = spark.client
    request = client._execute_plan_request_with_metadata(operation_id="0a1b2c3d-0000-4000-8000-0000000000bb")
    request.request_options.add().reattach_options.reattachable = True
    request.plan.root.range.start, request.plan.root.range.end, request.plan.root.range.step = 0, 5_000_000, 1
    responses = list(client._stub.ExecutePlan(request))
    whose = dict(session_id=request.session_id, user_context=request.user_context, operation_id=request.operation_id)
    assert kept_results(server) == 1
    client._stub.ReleaseExecute(proto.ReleaseExecuteRequest(**whose, release_all={}))
    eventually(lambda: kept_results(server) == 0, 10)
    lives()
    reattach = proto.ReattachExecuteRequest(**whose, last_response_id=responses[1].response_id)
    failure = eventually(lambda: refusal(client, reattach), 20)
    assert "INVALID_HANDLE.OPERATION_NOT_FOUND" in failure


@pytest.mark.parametrize("kills", [1, 2])
@pytest.mark.parametrize("had", ["schema", "arrow_batch"])
def test_a_short_result_is_told_to_its_end(lives, had, kills):
    """Its client had a part, and another run would not give the same rows."""
    spark = connect(lives())
    client = spark.client
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "40000")
    rows = 150_000
    request = client._execute_plan_request_with_metadata(operation_id="0a1b2c3d-0000-4000-8000-0000000000cc")
    request.request_options.add().reattach_options.reattachable = True
    request.plan.root.sql.query = f"SELECT id, current_timestamp() AS t FROM range({rows})"
    stream = client._stub.ExecutePlan(request)
    last = next(response for response in stream if response.HasField(had))
    offset = last.arrow_batch.row_count
    assert offset < rows, "there is more"
    for _ in range(kills):
        lives()
    reattach = proto.ReattachExecuteRequest(
        session_id=request.session_id, user_context=request.user_context, operation_id=request.operation_id,
        last_response_id=last.response_id)
    stranger = proto.ReattachExecuteRequest()
    stranger.CopyFrom(reattach)
    stranger.user_context.user_id = "somebody else"
    rest = eventually(lambda: answers_of(client, reattach), 30)
    for response in rest:
        if response.HasField("arrow_batch"):
            assert response.arrow_batch.start_offset == offset
            offset += response.arrow_batch.row_count
    assert offset == rows and rest[-1].HasField("result_complete")
    assert "INVALID_HANDLE" in refusal(client, stranger)


def answers_of(client, reattach):
    """All, once the next gateway is there."""
    try:
        return list(client._stub.ReattachExecute(reattach))
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            return None
        raise


def kept_results(server):
    """Of the operations that may go on, how many the store has."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data}/store.db?mode=ro", uri=True)) as store:
        return store.execute("SELECT count(*) FROM entries WHERE instr(CAST(key AS TEXT), '/begun/') > 0").fetchone()[0]


def refusal(client, reattach):
    try:
        next(iter(client._stub.ReattachExecute(reattach)))
    except grpc.RpcError as error:
        return None if error.code() == grpc.StatusCode.UNAVAILABLE else error.details()
    raise AssertionError("it answered")


def test_an_id_of_a_result_that_is_run_again_is_not_taken_for_another_place(lives):
    """A client that asks for the same operation again and goes on after what it had gets the rest of its rows, or
    an error."""
    spark = connect(lives())
    client = spark.client
    request = client._execute_plan_request_with_metadata(operation_id="0a1b2c3d-0000-4000-8000-0000000000aa")
    request.request_options.add().reattach_options.reattachable = True
    request.plan.root.range.start, request.plan.root.range.end, request.plan.root.range.step = 0, 60_000_000, 1
    stream = client._stub.ExecutePlan(request)
    had = next(response for response in stream if response.HasField("arrow_batch"))
    lives()
    stream = eventually(lambda: begun(client, request), 20)
    next(response for response in stream if response.HasField("arrow_batch"))
    reattach = proto.ReattachExecuteRequest(
        session_id=request.session_id, user_context=request.user_context, operation_id=request.operation_id,
        last_response_id=had.response_id)
    offset = had.arrow_batch.row_count
    try:
        for response in client._stub.ReattachExecute(reattach):
            if response.HasField("arrow_batch"):
                assert response.arrow_batch.start_offset == offset
                offset += response.arrow_batch.row_count
        assert offset == 60_000_000
    except grpc.RpcError as error:
        assert "INVALID_CURSOR" in error.details()


def begun(client, request):
    """The stream, once the next gateway is there."""
    try:
        stream = client._stub.ExecutePlan(request)
        next(stream)
        return stream
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            return None
        raise


def test_functions_and_views_of_spark_come_back(lives):
    options = ("--spark", places.spark_home(), "--spark-memory", "3GiB")
    spark = connect(lives(*options))
    spark.udf.register("twice", lambda x: x * 2, "bigint")
    spark.sql("CREATE TEMP VIEW five AS SELECT reflect('java.lang.Math', 'abs', -5) AS a")
    lives(*options)
    assert spark.sql("SELECT a, twice(4) AS t FROM five").collect()[0] == ("5", 8)


def test_a_damaged_session_alone_is_lost(lives, tmp_path):
    server = lives()
    damaged, whole = connect(server), connect(server)
    damaged.range(7).createOrReplaceTempView("seven")
    whole.range(8).createOrReplaceTempView("eight")
    lives.end()
    with sqlite3.connect(tmp_path / "data/store.db") as store:
        (table,) = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%value%'")]
        rows = store.execute(f"SELECT key, value FROM {table} WHERE instr(CAST(key AS TEXT), '/change/') > 0").fetchall()
        key, value = next((k, v) for k, v in rows if b"seven" in v)
        spoiled = value.replace(b"seven", b"sevem")
        store.execute(f"UPDATE {table} SET value = ? WHERE key = ?", (spoiled, key))
    server = lives()
    assert "cannot bring back session" in server.log_text
    assert whole.table("eight").count() == 8
    with pytest.raises(PySparkException, match="SESSION_CHANGED"):
        damaged.table("seven").collect()
