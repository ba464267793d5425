"""What the fault tests look at: processes, control groups, the status of a server, queries that run meanwhile."""

import contextlib
import os
import pathlib
import random
import signal
import socket
import threading
import time

import numpy
import pyarrow
from harness import servers, sessions
from pyspark.sql.connect.client.retries import DefaultPolicy

# Keeps a cluster busy for some seconds, and for hours.
SLOW_QUERY = "SELECT sum((a.id * b.id) % 7) AS s FROM range(40000) a CROSS JOIN range(40000) b"
ENDLESS_QUERY = "SELECT sum((a.id * b.id) % 7) AS s FROM range(10000000) a CROSS JOIN range(10000000) b"

# The engine is kept busy until its client has read nearly all: results wait in no file, and in little memory.
NO_SPOOL = ("--spool-bytes", 0, "--unsent-bytes", "1MiB", "--retry-bytes", "1MiB", "--continuation-bytes", "256MiB")


def slow_answer(rows=40000):
    """The answer to SLOW_QUERY, from how often each remainder occurs."""
    counts = [len(range(r, rows, 7)) for r in range(7)]
    return sum(counts[i] * counts[j] * (i * j % 7) for i in range(7) for j in range(7))


def eventually(condition, seconds=10):
    """The first true value of condition(), looked at until then; fails the test if there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def clusters(server, state="ready"):
    return [c for c in servers.hearth_status(server.data)["clusters"] if c["state"] == state]


def busy_cluster(server, seconds=20):
    """The cluster on which the latest operation runs. (One before may have left another a moment ago.)"""
    return eventually(lambda: _cluster_of_latest(servers.hearth_status(server.data)), seconds)


def _cluster_of_latest(status):
    running = [o["cluster"] for o in status["operations"] if o["outcome"] == "running"]
    found = [c for c in status["clusters"] if running and c["id"] == running[-1] and c["running"] > 0]
    return found[0] if found else None


def operation(server, kind):
    """The latest operation of that kind."""
    found = [o for o in servers.hearth_status(server.data)["operations"] if o["kind"] == kind]
    return found[-1] if found else None


def kill(pid):
    os.kill(pid, signal.SIGKILL)


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def engines_of(server):
    """Process ids of all engines that belong to the server's folder, also if the server is gone."""
    return processes_of(server, b"engine")


def keepers_of(server):
    """Process ids of what stands between the server and each of its clusters; there is a spare one beside them."""
    names = {pid: pathlib.Path(f"/proc/{pid}/comm") for pid in processes_of(server, b"keep")}
    return [pid for pid, name in names.items() if name.exists() and name.read_text().startswith("keep ")]


def processes_of(server, command_name):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if command_name in command and any(str(server.data).encode() in part for part in command):
                found.append(int(entry.name))
    return [pid for pid in found if is_alive(pid)]


def control_groups_of(keepers):
    """Directories of control groups that keepers with these process ids made."""
    return [path for pid in keepers for path in pathlib.Path("/sys/fs/cgroup").glob(f"**/hearth-{pid}-*")]


class Background:
    """Runs a function on a thread; result() waits for it and raises what it raised."""

    def __init__(self, function):
        self._value = self._error = None

        def run():
            try:
                self._value = function()
            except BaseException as error:
                self._error = error

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def result(self, seconds=60):
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "it still runs"
        if self._error is not None:
            raise self._error
        return self._value

    @property
    def running(self):
        return self._thread.is_alive()


patient_sessions = []


def connect(server):
    return sessions.connect(server.url)


def connect_patiently(server):
    """A session with patience enough for a server that comes back, and a channel that waits before it dials again."""
    spark = connect(server)
    spark.client.set_retry_policies([DefaultPolicy(max_retries=60, initial_backoff=50, max_backoff=500)])
    patient_sessions.append(spark)
    return spark


def end_patience():
    """No server comes back: a session would wait for it at the end of this process."""
    for spark in patient_sessions:
        spark.client.set_retry_policies([DefaultPolicy(max_retries=0)])
    patient_sessions.clear()


ports_apart = set()


def port_apart():
    """A free port that the system gives to no outgoing connection: clients that dial a dead server again and
    again would at last be given its port and meet themselves. Nor was it given before: gRPC keeps for a whole
    process how long to wait before an address that was dead is dialled again."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(max(1024, lowest - 10_000), lowest)
        if port in ports_apart:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            ports_apart.add(port)
            return port


def tables(spark, frame):
    """The result's batches, as they come."""
    plan = frame._plan.to_proto(spark.client)
    for part in spark.client.to_table_as_iterator(plan, {}):
        if isinstance(part, pyarrow.Table) and part.num_rows > 0:
            yield part


def is_each_once(column, rows):
    """The column has the numbers from 0 to rows, in any order."""
    return len(column) == rows and (numpy.bincount(column.to_numpy(), minlength=rows) == 1).all()
