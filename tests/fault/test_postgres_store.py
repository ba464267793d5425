"""Sessions that are kept in PostgreSQL: the gateway is killed, the server is killed, stopped and started anew.

A change that was sent to a server which then goes away is answered when it is back. A connection that was just used is
not asked whether the server is there before something is sent, so that tests of what is refused leave it alone first.
"""

import pathlib
import subprocess
import time
import uuid

import pytest
from harness import places, servers
from pyspark.errors import PySparkException

import watching
from watching import connect, eventually, kill


@pytest.fixture
def store(postgres):
    """The URL of a store of the test's own."""
    return postgres.url(f"test_{uuid.uuid4().hex}")


@pytest.fixture
def server(start, store):
    return start("--store", store)


def test_sessions_outlive_the_gateway(start, store, tmp_path):
    first = start("--store", store)
    spark = connect(first)
    spark.range(5).createOrReplaceTempView("five")
    spark.conf.set("spark.mine", "1")
    kill(first.process.pid)
    first.process.wait()
    spark.client._channel.close()
    second = start("--store", store)
    again = watching.sessions.connect(f"{second.url}/;session_id={spark.session_id}")
    assert again.table("five").count() == 5
    assert again.conf.get("spark.mine") == "1"
    assert not (tmp_path / "data/store.db").exists()


def test_while_postgres_is_started_anew_clients_only_wait(server, postgres):
    spark = connect(server)
    made = []

    def make_views():
        for number in range(40):
            spark.range(number).createOrReplaceTempView(f"v{number}")
            made.append(number)

    making = watching.Background(make_views)
    eventually(lambda: len(made) > 5)
    postgres.kill()
    postgres.start()
    making.result()
    assert [spark.table(f"v{number}").count() for number in (0, 20, 39)] == [0, 20, 39]


def test_without_postgres_changes_fail_and_reads_go_on(server, postgres):
    spark = connect(server)
    spark.range(5).createOrReplaceTempView("five")
    time.sleep(0.2)
    postgres.kill()
    try:
        with pytest.raises(PySparkException, match="The change was not made, because it could not be kept.*reached"):
            spark.range(6).createOrReplaceTempView("six")
        assert spark.table("five").count() == 5
        with pytest.raises(PySparkException, match="could not be kept"):
            spark.conf.set("spark.mine", "1")
        assert spark.conf.get("spark.mine", "none") == "none"
    finally:
        postgres.start()
    spark.range(6).createOrReplaceTempView("six")
    assert spark.table("six").count() == 6


def test_a_postgres_that_hangs_is_a_clear_error(server, postgres):
    spark = connect(server)
    spark.range(5).createOrReplaceTempView("five")
    time.sleep(0.2)
    postgres.stop()
    try:
        with pytest.raises(PySparkException, match="said nothing for 5000 ms"):
            spark.range(6).createOrReplaceTempView("six")
        assert spark.table("five").count() == 5
    finally:
        postgres.resume()
    spark.range(7).createOrReplaceTempView("six")
    assert spark.table("six").count() == 7


def test_another_store_leaves_the_files_of_the_first(start, store, tmp_path):
    """Who forgets --store once has not lost his sessions."""
    first = start("--store", store)
    spark = connect(first)
    rows = [(i, "x" * 1000) for i in range(3000)]  # more than goes into a plan
    spark.createDataFrame(rows, "k INT, v STRING").createOrReplaceTempView("large")
    first.stop()
    start().stop()
    again = watching.sessions.connect(f"{start('--store', store).url}/;session_id={spark.session_id}")
    assert again.table("large").count() == 3000


def serve(tmp_path, *options):
    """The output of a server that is expected to refuse its start."""
    command = [places.program(), "serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "other", *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode != 0
    return run.stderr


def test_a_second_gateway_is_refused(server, store, tmp_path):
    spark = connect(server)
    assert "in use by another Hearth" in serve(tmp_path, "--store", store)
    spark.range(5).createOrReplaceTempView("five")
    assert spark.table("five").count() == 5


def test_a_newer_store_is_refused_with_what_to_do(store, postgres, start, tmp_path):
    schema = store.rsplit("3D", 1)[1]
    start("--store", store).stop()
    postgres.execute(f"UPDATE {schema}.hearth_store SET version = 99")
    refusal = serve(tmp_path, "--store", store)
    assert "was written by a newer Hearth" in refusal and "hearth store --to" in refusal


def test_a_password_is_shown_nowhere(start, store, postgres, tmp_path):
    secret = "s3cret" + uuid.uuid4().hex
    with_secret = store.replace("hearth@", f"hearth:{secret}@")
    assert "password" in (refusal := serve(tmp_path, "--store", with_secret)) and secret not in refusal
    config = tmp_path / "hearth.conf"
    config.write_text(f"store = {with_secret}\n")
    server = start("--config", config)
    spark = connect(server)
    spark.range(5).createOrReplaceTempView("five")
    time.sleep(0.2)
    postgres.kill()
    try:
        with pytest.raises(PySparkException) as error:
            spark.range(6).createOrReplaceTempView("six")
    finally:
        postgres.start()
    shown = str(error.value) + server.log_text + str(servers.hearth_status(server.data))
    for process in [server.process.pid, *watching.engines_of(server)]:
        shown += pathlib.Path(f"/proc/{process}/cmdline").read_text()
        shown += pathlib.Path(f"/proc/{process}/environ").read_text()
    assert secret not in shown
    lost = serve(tmp_path, "--config", config, "--store", store.replace(str(postgres.folder), str(tmp_path)))
    assert "cannot be reached" in lost and secret not in lost
