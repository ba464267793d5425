"""kill -9 of an engine whose client has had rows: another one goes on after them where that can be proven, else
there is one true error; never a wrong, repeated or missing row."""

import contextlib
import json
import os
import pathlib
import subprocess
import time

import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest
from pyspark.errors.exceptions.connect import SparkException

from watching import Background, busy_cluster, clusters, connect, eventually, kill, operation

# The engine is kept busy until its client has read nearly all: results wait in no file, and in little memory.
NO_SPOOL = ("--spool-bytes", 0, "--unsent-bytes", "1MiB", "--retry-bytes", "1MiB")


def tables(spark, frame):
    """The result's batches, as they come."""
    plan = frame._plan.to_proto(spark.client)
    for part in spark.client.to_table_as_iterator(plan, {}):
        if isinstance(part, pyarrow.Table) and part.num_rows > 0:
            yield part


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
    rows = 20_000_000
    result = read_killing(server, spark, spark.range(rows).selectExpr("id", "id % 7 AS r", "cast(id AS string) AS s"))
    assert result.num_rows == rows
    ids = result["id"].combine_chunks()
    assert pyarrow.compute.count_distinct(ids).as_py() == rows
    assert pyarrow.compute.sum(ids).as_py() == rows * (rows - 1) // 2
    wrong = pyarrow.compute.not_equal(pyarrow.compute.cast(result["s"], pyarrow.int64()), result["id"])
    assert not pyarrow.compute.any(wrong).as_py()
    ran = operation(server, "project")
    assert (ran["attempts"], ran["rows"], ran["outcome"]) == (2, rows, "succeeded")


def test_a_sorted_result_with_ties_goes_on_in_its_order(start, tmp_path):
    rows = 3_000_000
    numbers = pyarrow.array(range(rows))
    table = pyarrow.table({"k": pyarrow.compute.divide(numbers, 10), "v": numbers})
    path = tmp_path / "ties.parquet"
    pyarrow.parquet.write_table(table, path)
    server = start(*NO_SPOOL)
    spark = connect(server)
    result = read_killing(server, spark, spark.read.parquet(str(path)).orderBy("k"), after_batches=2)
    assert result.num_rows == rows
    keys = result["k"].combine_chunks()
    assert keys.equals(table["k"].combine_chunks()), "it is sorted"
    assert pyarrow.compute.count_distinct(result["v"]).as_py() == rows
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
    assert pyarrow.compute.sum(result["d"]).as_py() == 20_000_000 * (20_000_000 - 1)


@pytest.mark.parametrize("column", ["current_timestamp()", "date_format(now(), 'SSS')"])
def test_a_result_that_another_run_would_not_give_is_a_true_error(start, column):
    server = start(*NO_SPOOL)
    spark = connect(server)
    frame = spark.sql(f"SELECT id, {column} AS t FROM range(20000000)")
    with pytest.raises(SparkException, match="after rows had been delivered.*not known to give the same rows again"):
        read_killing(server, spark, frame)
    ran = operation(server, "sql")
    assert (ran["attempts"], ran["outcome"]) == (1, "failed")
    assert spark.range(3).count() == 3


def numbered_files(folder, rows=3_000_000):
    """Two files, with the numbers from 0."""
    folder.mkdir()
    for part in range(2):
        numbers = pyarrow.array(range(part * rows, (part + 1) * rows))
        pyarrow.parquet.write_table(pyarrow.table({"n": numbers}), folder / f"{part}.parquet")
    time.sleep(0.1)  # files that are as young as the query may have changed under it
    return 2 * rows


def test_a_result_over_unchanged_files_goes_on(start, tmp_path):
    rows = numbered_files(tmp_path / "files")
    server = start(*NO_SPOOL)
    spark = connect(server)
    result = read_killing(server, spark, spark.sql(f"SELECT n, -n AS m FROM parquet.`{tmp_path}/files`"))
    assert pyarrow.compute.count_distinct(result["n"]).as_py() == rows == result.num_rows


@pytest.mark.parametrize("change", ["touched", "replaced", "added", "removed"])
def test_a_result_over_changed_files_is_a_true_error(start, tmp_path, change):
    files = tmp_path / "files"
    numbered_files(files)
    server = start(*NO_SPOOL)
    spark = connect(server)
    with pytest.raises(SparkException, match="after rows had been delivered.*files that it reads have changed"):
        for part in tables(spark, spark.read.parquet(str(files))):
            if change == "touched":
                os.utime(files / "1.parquet")
            elif change == "replaced":
                pyarrow.parquet.write_table(pyarrow.table({"n": [1]}), tmp_path / "other")
                os.rename(tmp_path / "other", files / "1.parquet")
            elif change == "added":
                pyarrow.parquet.write_table(pyarrow.table({"n": [1]}), files / "2.parquet")
            elif change == "removed":
                os.unlink(files / "1.parquet")
            with contextlib.suppress(AssertionError):  # later batches find no cluster
                kill(busy_cluster(server)["pid"])
    assert operation(server, "read")["attempts"] == 1


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
        assert part["id"][0].as_py() == seen
        seen += part.num_rows
    assert seen == rows
    assert operation(server, "range")["outcome"] == "succeeded"


def test_an_interrupt_reaches_what_goes_on(start):
    server = start(*NO_SPOOL)
    spark = connect(server)
    seen = 0
    with pytest.raises(Exception, match="OPERATION_CANCELED"):
        for part in tables(spark, spark.range(100_000_000)):
            if seen == 0:
                kill(busy_cluster(server)["pid"])
                assert len(spark.interruptAll()) == 1
            seen += part.num_rows
    eventually(lambda: all(c["running"] == 0 for c in clusters(server)))
    assert operation(server, "range")["outcome"] == "cancelled"
    assert spark.range(2).count() == 2


# ---- many of them ----


def killed_while_reading(server, chance, count):
    """Runs queries of which half have been delivered in part when their cluster is killed."""
    spark = connect(server)
    for number in range(count):
        rows = chance.randrange(2_000_000, 4_000_000)
        shape = number % 4
        if shape == 0:
            result = read_killing(server, spark, spark.range(rows).selectExpr("id AS n", "id % 100 AS r"))
        elif shape == 1:
            answer = Background(lambda n=rows: spark.sql(
                f"SELECT sum((a.id * b.id) % 7) AS s, count(*) AS c FROM range({n // 200}) a CROSS JOIN range({n // 200}) b"
            ).collect())
            kill(busy_cluster(server)["pid"])
            assert answer.result()[0].c == (rows // 200) ** 2
            continue
        elif shape == 2:
            frame = spark.range(rows).selectExpr("id AS n", "(id * 7919) % 1000 AS r").orderBy("r")
            result = read_killing(server, spark, frame, after_batches=chance.randrange(1, 4))
            ordered = result["r"].combine_chunks()
            assert ordered.equals(ordered.take(pyarrow.compute.sort_indices(ordered)))
        else:
            answer = Background(lambda n=rows: spark.range(n).selectExpr("sum(id % 3) AS s", "count(*) AS c").collect())
            with contextlib.suppress(AssertionError, ProcessLookupError):  # it may be over already
                kill(busy_cluster(server)["pid"])
            assert answer.result()[0].c == rows
            continue
        numbers = result["n"]
        assert result.num_rows == rows == pyarrow.compute.count_distinct(numbers).as_py()
        assert pyarrow.compute.sum(numbers).as_py() == rows * (rows - 1) // 2
    finished = [entry for entry in log_of(server) if entry["kind"] in ("project", "sort", "sql", "aggregate")]
    assert all(entry["outcome"] == "succeeded" for entry in finished)
    continued = [entry for entry in finished if entry.get("continued")]
    print(f"{count} queries, all right; {len(continued)} went on after rows had been delivered")
    assert len(continued) >= count * 9 // 20
    return continued


def test_clusters_killed_while_their_results_are_read(start, chance):
    killed_while_reading(start(*NO_SPOOL), chance, 12)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_clusters_killed_during_two_hundred_queries(start, chance):
    killed_while_reading(start(*NO_SPOOL), chance, 200)
