"""Disks that are full, damaged or forgetful under a gateway's store: nothing that was answered is lost without a word."""

import os
import pathlib
import shutil
import sqlite3
import subprocess

import grpc
import pytest
from harness import servers, sessions
from pyspark.errors import PySparkException

from watching import kill


def connect(server, session_id=None):
    return sessions.connect(server.url + (f"/;session_id={session_id}" if session_id else ""))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"needs to mount a small file system: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder, leave=0):
    with open(folder / "filler", "wb") as filler:
        while (free := os.statvfs(folder).f_bavail * os.statvfs(folder).f_bsize) > leave:
            filler.write(b"f" * min(free - leave, 1 << 20))
            filler.flush()


def test_a_full_disk(start, small_disk):
    server = start(data=small_disk / "data")
    spark = connect(server)
    spark.range(5).createOrReplaceTempView("five")
    fill(small_disk, leave=300_000)
    kept = 0
    with pytest.raises(PySparkException, match="The change was not made, because it could not be kept.*full"):
        while True:
            spark.sql(f"CREATE TEMP VIEW v{kept} AS SELECT '{'x' * 20_000}' AS a")
            kept += 1
    with pytest.raises(PySparkException, match="could not be kept"):
        spark.conf.set("spark.mine", "x" * 100_000)
    rows = [(i, "x" * 1000) for i in range(2000)]
    with pytest.raises(grpc.RpcError, match="could not be kept.*(No space left|full)"):  # of an upload
        spark.createDataFrame(rows, "k INT, v STRING").createOrReplaceTempView("large")
    assert spark.table("five").count() == 5
    assert spark.conf.get("spark.mine", "none") == "none"
    (small_disk / "filler").unlink()
    spark.createDataFrame(rows, "k INT, v STRING").createOrReplaceTempView("large")
    spark.conf.set("spark.mine", "1")

    kill(server.process.pid)
    server.process.wait()
    again = connect(start(data=small_disk / "data"), spark.session_id)
    assert [again.table(name).count() for name in ("five", "large", *(f"v{i}" for i in range(kept)))] == [5, 2000] + [1] * kept
    assert again.conf.get("spark.mine") == "1"


@pytest.fixture
def sessions_of(start, tmp_path):
    """sessions_of(count): the ids of sessions with a view `v` each, of a gateway that was killed; view number i has i
    rows. Enough is written before them that the store has been moved out of its log."""

    def make(count):
        server = start()
        ids = []
        for number in range(count):
            spark = connect(server)
            spark.sql(f"CREATE TEMP VIEW filling AS SELECT '{'x' * 3000}' AS a")
            spark.range(number).createOrReplaceTempView("v")
            ids.append(spark.session_id)
        kill(server.process.pid)
        server.process.wait()
        return ids

    return make


def store_in(tmp_path):
    return tmp_path / "data/store.db"


def settle(path):
    """Moves the log into the file, as a closed store has it."""
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def found(server, ids):
    """Of which sessions the view is whole; of the others the client is told."""
    whole = []
    for number, session_id in enumerate(ids):
        try:
            assert connect(server, session_id).table("v").count() == number
            whole.append(number)
        except PySparkException as error:
            assert "TABLE_OR_VIEW_NOT_FOUND" in str(error)
    return whole


def losses(server):
    return "\n".join(servers.hearth_status(server.data)["losses"])


def test_a_page_of_garbage(sessions_of, start, tmp_path):
    ids = sessions_of(20)
    path = store_in(tmp_path)
    settle(path)
    with open(path, "r+b") as store:
        store.seek((path.stat().st_size // 4096 // 2) * 4096)
        store.write(b"\x77" * 4096)
    damaged = path.read_bytes()
    server = start()
    whole = found(server, ids)
    assert 10 <= len(whole) < 20
    assert "the store was damaged" in server.log_text and "the store was damaged" in losses(server)
    (aside,) = path.parent.glob("store.db.damaged-*")
    assert aside.read_bytes() == damaged and str(aside) in losses(server)
    assert "may not be whole" in losses(server)
    connect(server).range(3).createOrReplaceTempView("goes_on")
    server.stop()
    server = start()
    assert losses(server) == "", "it is told once, and the file is still there"
    assert len(servers.hearth_status(server.data)["sessions"]) >= len(whole)


@pytest.mark.parametrize("harm", ["removed", "cut", "flipped"])
def test_a_log_that_is_harmed(sessions_of, start, tmp_path, harm):
    ids = sessions_of(3)
    log = pathlib.Path(f"{store_in(tmp_path)}-wal")
    assert log.stat().st_size > 20_000
    if harm == "removed":
        log.unlink()
    elif harm == "cut":
        os.truncate(log, log.stat().st_size - 10_000)
    else:
        with open(log, "r+b") as file:
            file.seek(log.stat().st_size // 2)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 4]))
    server = start()
    assert found(server, ids) == [], "none of them is sure to have what its client was told"
    assert "transactions that were answered" in server.log_text and "transactions" in losses(server)


def test_a_store_that_is_no_database(sessions_of, start, tmp_path):
    ids = sessions_of(2)
    store_in(tmp_path).write_bytes(b"not a database" * 1000)
    pathlib.Path(f"{store_in(tmp_path)}-wal").unlink()
    server = start()
    assert found(server, ids) == []
    assert "the store was damaged" in losses(server)


def test_a_newer_store_is_refused_with_what_to_do(sessions_of, start, tmp_path):
    sessions_of(1)
    with sqlite3.connect(store_in(tmp_path)) as store:
        store.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(servers.ServerFailed, match="written by a newer Hearth.*hearth store --to"):
        start()


def test_missing_files_of_a_session(start, tmp_path):
    server = start()
    damaged, whole = connect(server), connect(server)
    for number, spark in enumerate((damaged, whole)):
        wide = ", ".join(f"'{'x' * 1000}{i}' AS c{i}" for i in range(1200))  # more than goes into the store
        spark.sql(f"CREATE TEMP VIEW large AS SELECT {wide}")
        spark.range(number).createOrReplaceTempView("v")
    row = next((tmp_path / "data/sessions").glob("*/*"))
    kill(server.process.pid)
    server.process.wait()
    shutil.rmtree(row)
    server = start()
    assert "cannot bring back session " + row.name in server.log_text and row.name in losses(server)
    assert len(servers.hearth_status(server.data)["sessions"]) == 1
