"""Where operations run and why, as a client and an operator are told."""

import os
import shutil
import subprocess
import sys

import pytest
from pyspark.errors import PySparkException

from harness import places, servers, sessions

GROUPS = "SELECT l_returnflag, count(*) AS n FROM lines GROUP BY l_returnflag"


@pytest.fixture(scope="module")
def serve():
    with servers.hearth_serve() as running:
        yield running


@pytest.fixture
def session(serve):
    spark = sessions.connect(serve.url)
    yield spark
    spark.stop()


def latest(server):
    return servers.hearth_status(server.data)["operations"][-1]


def placement(server):
    return latest(server)["each_attempt"][-1]["placement"]


def test_a_client_is_told_why_its_latest_operation_ran_where_it_did(session, serve):
    assert session.conf.get("hearth.placement") == "nothing has run yet"
    session.range(1000).count()
    told = session.conf.get("hearth.placement")
    assert told == latest(serve)["placement"]
    assert told.startswith(latest(serve)["cluster"] + ":") and "over 1.0 k rows" in told
    assert session.conf.get("hearth.placement", "unused") == told
    with pytest.raises(PySparkException, match="CANNOT_MODIFY_STATIC_CONFIG"):
        session.conf.set("hearth.placement", "elsewhere")


def test_sizes_come_from_files_also_through_views(session, serve, tpch_folder):
    session.read.parquet(f"{tpch_folder}/lineitem.parquet").createOrReplaceTempView("lines")
    session.sql(GROUPS).collect()
    told = placement(serve)
    # Of sixteen columns one is read, and so a small part of the bytes.
    assert 60_000 <= told["input_rows"]["median"] <= 61_000
    assert told["input_bytes"]["median"] < 100_000
    assert told["input_rows"]["source"].startswith("files: "), told["input_rows"]["source"]
    assert told["predicted_ms"] > 0 and told["candidates"][0]["cluster"] == latest(serve)["cluster"]


def test_sizes_come_from_tables(session, serve):
    session.sql("CREATE TABLE sized AS SELECT id FROM range(5000)")
    try:
        session.table("sized").groupBy().max("id").collect()
        assert placement(serve)["input_rows"]["median"] == 5000
    finally:
        session.sql("DROP TABLE sized")


def test_what_ran_before_corrects_what_is_expected(tmp_path, tpch_folder):
    def ask(server):
        spark = sessions.connect(server.url)
        spark.read.parquet(f"{tpch_folder}/lineitem.parquet").createOrReplaceTempView("lines")
        spark.sql(GROUPS).collect()
        source = placement(server)["work_seconds"]["source"]
        spark.stop()
        return source

    with servers.hearth_serve(data=str(tmp_path / "data")) as server:
        assert [ask(server) for _ in range(2)] == [
            "plan: 1 aggregations over 60.2 k rows",
            "history: 1 run",
        ]
    # It outlives the server.
    with servers.hearth_serve(data=str(tmp_path / "data")) as server:
        assert ask(server) == "history: 2 runs"


def test_what_a_client_says_of_itself_is_its_profile(session, serve):
    session.range(1).collect()
    assert placement(serve)["profile"] == "interactive"
    assert placement(serve)["profile_cause"] == "nothing says otherwise"
    session.conf.set("hearth.profile", "batch")
    session.range(1).collect()
    assert placement(serve)["profile"] == "batch"
    with pytest.raises(PySparkException, match="INVALID_CONF_VALUE"):
        session.conf.set("hearth.profile", "urgent")


def test_whoever_never_pauses_is_a_program(session, serve):
    for _ in range(60):
        session.range(1).collect()
    assert placement(serve)["profile"] == "batch"
    assert "without a pause" in placement(serve)["profile_cause"]


JOB = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.read.parquet(sys.argv[1]).groupBy("l_returnflag").count().collect()
spark.stop()
"""


def run_job(serve, tmp_path, folder, *flags):
    """Runs a job, and gives its operation as the server has it."""
    job = tmp_path / "nightly.py"
    job.write_text(JOB)
    environment = {**os.environ, "SPARK_REMOTE": serve.url, "PYSPARK_PYTHON": sys.executable}
    command = [places.program(), "run", *flags, job, folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return latest(serve)


def test_a_job_with_a_name_is_known_though_its_tables_have_other_names(serve, tmp_path, tpch_folder):
    days = [tmp_path / f"day={day}" for day in range(2)]
    for day in days:
        day.mkdir()
        shutil.copy(f"{tpch_folder}/lineitem.parquet", day)
    first = run_job(serve, tmp_path, days[0], "--name", "sums; of=a day")
    assert first["workload"] == "sums; of=a day"
    assert first["each_attempt"][0]["placement"]["profile"] == "batch"
    assert first["each_attempt"][0]["placement"]["work_seconds"]["source"].startswith("plan")
    second = run_job(serve, tmp_path, days[1], "--name", "sums; of=a day", "--profile", "interactive")
    assert second["fingerprint"] != first["fingerprint"]
    assert second["each_attempt"][0]["placement"]["work_seconds"]["source"] == "history: 1 run"
    assert second["each_attempt"][0]["placement"]["profile"] == "interactive"
    assert run_job(serve, tmp_path, days[1])["workload"] == "nightly.py"


def test_what_cannot_be_run_is_told():
    for job, why in (
        (["no-such-program"], "cannot run no-such-program"),
        ([], "name the program"),
        (["été.py"], "give it one with --name"),
    ):
        done = subprocess.run([places.program(), "run", *job], capture_output=True, text=True, timeout=30)
        assert done.returncode == 1 and why in done.stderr, done.stderr
