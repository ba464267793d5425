"""kill -9 of an engine whose client has had rows: another one goes on after them where that can be proven, else
there is one true error; never a wrong, repeated or missing row."""

import contextlib
import json
import os
import pathlib
import subprocess
import time
import uuid

import grpc
import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest
from pyspark.errors.exceptions.connect import SparkException
from pyspark.sql.connect.proto import base_pb2 as proto
from pyspark.sql.connect.proto import base_pb2_grpc as grpc_base

from watching import (NO_SPOOL, Background, busy_cluster, clusters, connect, eventually, is_each_once, kill,
                      operation, slow_answer, tables)

# Rows so long that a result does not fit into what lies between an engine and its client.
WIDE = "repeat(cast(id AS string), 8) AS s"


def read_killing(server, spark, frame, after_batches=1):
    """The whole result, during which the cluster was killed when so many batches had been delivered."""
    parts = []
    for part in tables(spark, frame):
        parts.append(part)
        if len(parts) == after_batches:
            kill(busy_cluster(server)["pid"])
    return pyarrow.concat_tables(parts)


def log_of(server):
    """The finished operations, as the log has them."""
    return [json.loads(line) for line in (pathlib.Path(server.data) / "operations.jsonl").read_text().splitlines()]


def test_an_unsorted_result_goes_on(start):
    server = start(*NO_SPOOL)
    spark = connect(server)
    rows = 8_000_000
    result = read_killing(server, spark, spark.range(rows).selectExpr("id", WIDE, "if(id % 3 = 0, null, id % 7) AS r"))
    assert is_each_once(result["id"], rows)
    ids = result["id"].to_numpy()
    assert (result["r"].fill_null(-1).to_numpy() == numpy.where(ids % 3 == 0, -1, ids % 7)).all()
    texts = result["s"]
    for index in range(0, rows, 997):
        assert texts[index].as_py() == str(ids[index]) * 8
    ran = operation(server, "project")
    assert (ran["attempts"], ran["rows"], ran["outcome"]) == (2, rows, "succeeded")


def test_a_sorted_result_with_ties_goes_on_in_its_order(start, tmp_path):
    rows = 3_000_000
    numbers = numpy.arange(rows)
    path = tmp_path / "ties.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"k": numbers // 10, "v": numbers}), path)
    wait_out_the_clock()
    server = start(*NO_SPOOL)
    spark = connect(server)
    frame = spark.read.parquet(str(path)).selectExpr("k", "v", WIDE.replace("id", "v")).orderBy("k")
    result = read_killing(server, spark, frame, after_batches=2)
    assert (result["k"].to_numpy() == numbers // 10).all(), "it is sorted"
    assert is_each_once(result["v"], rows)
    assert operation(server, "sort")["attempts"] == 2


def test_it_goes_on_again_and_again(start):
    server = start(*NO_SPOOL)
    spark = connect(server)
    rows, seen = 30_000_000, 0
    for count, part in enumerate(tables(spark, spark.range(rows))):
        assert part["id"][0].as_py() == seen
        seen += part.num_rows
        if count in (1, 8):
            kill(busy_cluster(server)["pid"])
    assert seen == rows
    ran = operation(server, "range")
    assert (ran["attempts"], ran["outcome"]) == (3, "succeeded")


def test_a_result_over_views_goes_on(start):
    server = start(*NO_SPOOL)
    spark = connect(server)
    spark.range(20_000_000).createOrReplaceTempView("numbers")
    spark.sql("CREATE TEMP VIEW doubled AS SELECT id * 2 AS d FROM numbers")
    result = read_killing(server, spark, spark.table("doubled"))
    assert is_each_once(pyarrow.compute.divide(result["d"], 2), 20_000_000)


def test_more_rows_than_are_remembered_are_a_true_error(start):
    server = start(*NO_SPOOL[:-1], "10MiB")
    spark = connect(server)
    with pytest.raises(SparkException, match="after rows had been delivered.*so many rows"):
        read_killing(server, spark, spark.range(20_000_000), after_batches=6)
    assert operation(server, "range")["outcome"] == "failed"


@pytest.mark.parametrize("query", ["SELECT id, current_timestamp() AS t FROM range(20000000)",
                                   "SELECT * FROM range(20000000) LIMIT 19999999"])
def test_a_result_that_another_run_may_not_give_is_a_true_error(start, query):
    server = start(*NO_SPOOL)
    spark = connect(server)
    frame = spark.sql(query)
    with pytest.raises(SparkException, match="after rows had been delivered.*not known to give the same rows again"):
        read_killing(server, spark, frame)
    ran = operation(server, "sql")
    assert (ran["attempts"], ran["outcome"]) == (1, "failed")
    assert spark.range(3).count() == 3


def wait_out_the_clock():
    """Files as young as the query may have changed under it: after this they are older."""
    began = time.time_ns()
    while time.time_ns() < began + 50_000_000:
        time.sleep(0.01)


def numbered_files(folder, rows=3_000_000):
    """Two files, with the numbers from 0."""
    folder.mkdir()
    for part in range(2):
        numbers = pyarrow.array(numpy.arange(part * rows, (part + 1) * rows))
        pyarrow.parquet.write_table(pyarrow.table({"n": numbers}), folder / f"{part}.parquet")
    wait_out_the_clock()
    return 2 * rows


def test_a_result_over_unchanged_files_goes_on(start, tmp_path):
    rows = numbered_files(tmp_path / "files")
    server = start(*NO_SPOOL)
    spark = connect(server)
    result = read_killing(server, spark, spark.sql(f"SELECT n, {WIDE} FROM parquet.`{tmp_path}/files`".replace("id", "n")))
    assert is_each_once(result["n"], rows)


def replace(folder):
    pyarrow.parquet.write_table(pyarrow.table({"n": [1]}), folder.parent / "other")
    os.rename(folder.parent / "other", folder / "1.parquet")


CHANGES = {
    "touched": lambda folder: os.utime(folder / "1.parquet"),
    "replaced": replace,
    "added": lambda folder: pyarrow.parquet.write_table(pyarrow.table({"n": [1]}), folder / "2.parquet"),
    "removed": lambda folder: os.unlink(folder / "1.parquet"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_result_over_changed_files_is_a_true_error(start, tmp_path, change):
    files = tmp_path / "files"
    numbered_files(files)
    server = start(*NO_SPOOL)
    spark = connect(server)
    frame = spark.read.parquet(str(files)).selectExpr("n", WIDE.replace("id", "n"))
    with pytest.raises(SparkException, match="after rows had been delivered.*files that it reads have changed"):
        for batches, _ in enumerate(tables(spark, frame)):
            if batches == 0:
                change(files)
                kill(busy_cluster(server)["pid"])
    assert operation(server, "project")["attempts"] == 1


def test_a_cluster_that_has_given_all_may_die(start):
    """It has written into the spool what its client was too slow for."""
    server = start()
    spark = connect(server)
    rows, seen = 40_000_000, 0  # 320 MB
    for part in tables(spark, spark.range(rows)):
        if seen == 0:
            eventually(lambda: all(c["running"] == 0 for c in clusters(server)), 30)
            kill(clusters(server)[0]["pid"])
            eventually(lambda: clusters(server, "dead"))
        assert part["id"][0].as_py() == seen
        seen += part.num_rows
    assert seen == rows
    ran = operation(server, "range")
    assert (ran["attempts"], ran["outcome"]) == (1, "succeeded")


def memory_of(pid):
    """Bytes of a process that are its own."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0]) * 1024


def spooled(pid):
    """Bytes in files without a name that a process holds open."""
    found = 0
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if "(deleted)" in os.readlink(entry):
                found += os.stat(entry).st_blocks * 512
    return found


def test_a_slow_reader_costs_files_not_memory(start):
    server = start("--spool-bytes", "512MiB")
    spark = connect(server)
    seen, most = 0, 0
    for part in tables(spark, spark.range(150_000_000)):  # 1.2 GB
        if seen == 0:
            eventually(lambda: spooled(server.process.pid) > 400 << 20, 60)
        seen += part.num_rows
        most = max(most, memory_of(server.process.pid))
    assert seen == 150_000_000
    assert most < 300 << 20
    assert list((pathlib.Path(server.data) / "temp").glob("*.*")) == []
    eventually(lambda: spooled(server.process.pid) == 0)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 96 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("needs to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_makes_the_cluster_wait(start, small_disk):
    server = start(data=small_disk)
    spark = connect(server)
    rows, seen = 60_000_000, 0  # 480 MB
    for part in tables(spark, spark.range(rows)):
        if seen == 0:
            eventually(lambda: spooled(server.process.pid) > 40 << 20, 30)
            eventually(lambda: os.statvfs(small_disk).f_bavail * 4096 < 8 << 20, 30)
            # The rest is for what must be kept.
            spark.sql("CREATE TEMP VIEW v AS SELECT '" + "x" * 500_000 + "' AS x")
        assert part["id"][0].as_py() == seen
        seen += part.num_rows
    assert seen == rows
    assert operation(server, "range")["outcome"] == "succeeded"
    assert len(spark.table("v").first().x) == 500_000


INTERRUPTS = {
    "all": lambda spark, running: spark.interruptAll(),
    "tag": lambda spark, running: spark.interruptTag("mine"),
    "operation": lambda spark, running: spark.interruptOperation(running),
}


@pytest.mark.parametrize("interrupt", INTERRUPTS.values(), ids=INTERRUPTS)
def test_an_interrupt_reaches_what_goes_on(start, interrupt):
    server = start(*NO_SPOOL)
    spark = connect(server)
    spark.addTag("mine")
    seen = 0
    with pytest.raises(Exception, match="OPERATION_CANCELED"):
        for part in tables(spark, spark.range(100_000_000)):
            if seen == 0:
                running = operation(server, "range")["operation"]
                kill(busy_cluster(server)["pid"])
                assert interrupt(spark, running) == [running]
            seen += part.num_rows
    eventually(lambda: all(c["running"] == 0 for c in clusters(server)))
    assert operation(server, "range")["outcome"] == "cancelled"
    assert spark.range(2).count() == 2


# ---- many at a time ----


def test_many_slow_readers_and_open_sessions_take_bounded_memory(start):
    server = start("--user-operations", 100, "--user-sessions", 2000, "--spool-bytes", "64MiB")
    plan = proto.Plan()
    plan.root.range.start, plan.root.range.end, plan.root.range.step = 0, 5_000_000, 1  # 40 MB
    stub = grpc_base.SparkConnectServiceStub(grpc.insecure_channel(server.endpoint))
    user = proto.UserContext(user_id="many")
    for _ in range(1000):
        config = proto.ConfigRequest(session_id=str(uuid.uuid4()), user_context=user)
        config.operation.get.keys.append("spark.sql.session.timeZone")
        stub.Config(config)
    before = len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()))
    channels, streams = [], []
    for _ in range(64):
        request = proto.ExecutePlanRequest(session_id=str(uuid.uuid4()), user_context=user, plan=plan)
        request.request_options.add().reattach_options.reattachable = True
        channels.append(grpc.insecure_channel(server.endpoint, options=[("grpc.max_receive_message_length", -1),
                                                                        ("grpc.use_local_subchannel_pool", 1)]))
        streams.append(grpc_base.SparkConnectServiceStub(channels[-1]).ExecutePlan(request))
    firsts = [next(response for response in stream if response.HasField("arrow_batch")) for stream in streams]
    eventually(lambda: all(c["running"] == 0 for c in clusters(server)), 120)  # all have been produced
    held = memory_of(server.process.pid)
    print(f"{held >> 20} MiB for 64 results of 40 MB that nobody reads, and 1,000 sessions")
    assert held < 1 << 30
    assert len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir())) < before + 32
    for first, stream in zip(firsts, streams, strict=True):
        offset = first.arrow_batch.row_count
        for response in stream:
            if response.HasField("arrow_batch"):
                assert response.arrow_batch.start_offset == offset
                offset += response.arrow_batch.row_count
        assert offset == 5_000_000
    for channel in channels:
        channel.close()


# ---- many of them ----


def killed_while_reading(server, chance, count):
    """Runs queries of which half have been delivered in part when their cluster is killed."""
    spark = connect(server)
    for number in range(count):
        rows = chance.randrange(2_500_000, 3_500_000)  # more than any buffer on the way holds
        numbers = spark.range(rows).selectExpr("id", "(id * 7919) % 1000 AS r", WIDE)
        if number % 4 == 0:
            assert is_each_once(read_killing(server, spark, numbers)["id"], rows)
        elif number % 4 == 1:
            result = read_killing(server, spark, numbers.orderBy("r"), after_batches=chance.randrange(1, 4))
            assert is_each_once(result["id"], rows)
            assert (numpy.diff(result["r"].to_numpy()) >= 0).all()
        else:
            side = rows // (200 if number % 4 == 2 else 4000)  # which takes a second, or hardly any time
            answer = Background(lambda n=side: spark.sql(
                f"SELECT count(*) AS c, sum((a.id * b.id) % 7) AS s FROM range({n}) a CROSS JOIN range({n}) b").collect())
            with contextlib.suppress(AssertionError, ProcessLookupError):  # it may be over already
                kill(busy_cluster(server, seconds=1)["pid"])
            assert answer.result()[0] == (side * side, slow_answer(side))
    finished = [entry for entry in log_of(server) if entry["kind"] in ("project", "sort", "sql")]
    assert len(finished) == count and all(entry["outcome"] == "succeeded" for entry in finished)
    continued = sum(1 for entry in finished if entry["continued"])
    again = sum(1 for entry in finished if entry["attempts"] > 1)
    print(f"{count} right answers; {again} took another attempt, {continued} of them after rows had been delivered")
    assert continued == count // 2


def test_clusters_killed_while_their_results_are_read(start, chance):
    killed_while_reading(start(*NO_SPOOL), chance, 12)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_clusters_killed_during_two_hundred_queries(start, chance):
    killed_while_reading(start(*NO_SPOOL), chance, 200)
