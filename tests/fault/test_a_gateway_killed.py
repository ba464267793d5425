"""kill -9 of the gateway: the next one on the same folder has every session as its clients know it."""

import sqlite3

import grpc
import pytest
from harness import places, servers
from pyspark.errors import PySparkException
from pyspark.sql.connect.proto import base_pb2 as proto

import watching
from watching import eventually, tables, connect_patiently as connect


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


def test_a_result_that_was_begun_is_not_begun_again(lives):
    """The gateway that follows does not know the query; the client must not take its answer for the rest."""
    spark = connect(lives())
    rows, seen = 100_000_000, 0
    with pytest.raises(PySparkException, match="RESPONSE_ALREADY_RECEIVED"):
        for part in tables(spark, spark.range(rows)):
            assert part["id"][0].as_py() == seen
            if seen == 0:
                lives()
            seen += part.num_rows
    assert 0 < seen < rows
    assert spark.range(5).count() == 5


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
