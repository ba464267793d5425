"""Spark Connect servers as child processes: hearth engine, hearth serve, Apache Spark, Sail.

A Server is a context manager. Entering starts the process and returns once it takes connections; leaving ends
it and waits for it. A server that dies while starting raises ServerFailed with the tail of its log. Not
thread safe; each server belongs to the thread that started it.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from . import places


class ServerFailed(RuntimeError):
    """The process ended, or did not become ready in time."""


def free_port():
    """A loopback port that was free a moment ago, for servers that cannot be asked to choose one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process. `endpoint` is HOST:PORT (or unix:PATH) once it is ready.

    The process is ready when a line of its standard output matches `ready` (whose first group is then the
    endpoint), or, without such a pattern, when `endpoint` takes a TCP connection. A `detached` server writes
    straight to its log, so that it can outlive this process. `scratch` folders are removed when the server
    has stopped.
    """

    def __init__(
        self,
        name,
        command,
        *,
        ready=None,
        endpoint=None,
        environment=None,
        timeout=90,
        log=None,
        detached=False,
        scratch=(),
    ):
        self.name = name
        self.command = [str(part) for part in command]
        self.endpoint = endpoint
        self.process = None
        self.start_seconds = None  # from spawn to ready
        self._ready = re.compile(ready) if ready else None
        self._environment = {**os.environ, **(environment or {})}
        self._timeout = timeout
        self._log_path = pathlib.Path(log or tempfile.mkstemp(prefix=f"{name}-", suffix=".log")[1])
        self._keep_log = log is not None
        self._detached, self._scratch = detached, scratch
        self._drain = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()

    @property
    def url(self):
        """The address for SparkSession.builder.remote()."""
        return f"sc://{self.endpoint}"

    @property
    def log_text(self):
        return self._log_path.read_text(errors="replace")

    def start(self):
        started = time.perf_counter()
        with open(self._log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._ready and not self._detached else log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        try:
            if self._ready and self._detached:
                self._await_logged_line(started + self._timeout)
            elif self._ready:
                self._await_line(started + self._timeout)
            else:
                self._await_port(started + self._timeout)
        except BaseException:
            self.stop(grace=1)
            raise
        self.start_seconds = time.perf_counter() - started

    def _fail(self, what):
        code = self.process.poll()
        tail = "".join(self.log_text.splitlines(keepends=True)[-25:])
        raise ServerFailed(f"{self.name} {what} (exit status {code})\n{' '.join(self.command)}\n{tail}")

    def _await_line(self, deadline):
        watchdog = threading.Timer(max(0.0, deadline - time.perf_counter()), self.process.kill)
        watchdog.start()
        try:
            for raw in self.process.stdout:
                line = raw.decode(errors="replace").strip()
                self._append(raw)
                match = self._ready.search(line)
                if match:
                    self.endpoint = match.group(1)
                    break
            else:
                self.process.wait(5)
                self._fail("printed no ready line")
        finally:
            watchdog.cancel()
        self._drain = threading.Thread(target=self._copy_output, daemon=True)
        self._drain.start()

    def _await_logged_line(self, deadline):
        while True:
            ended = self.process.poll() is not None
            for line in self.log_text.splitlines():
                match = self._ready.search(line.strip())
                if match:
                    self.endpoint = match.group(1)
                    return
            if ended or time.perf_counter() > deadline:
                self._fail("printed no ready line")
            time.sleep(0.01)

    def _await_port(self, deadline):
        host, port = self.endpoint.rsplit(":", 1)
        while True:
            if self.process.poll() is not None:
                self._fail("ended while starting")
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return
            except OSError:
                if time.perf_counter() > deadline:
                    self._fail("does not listen")
                time.sleep(0.002)

    def _append(self, raw):
        with open(self._log_path, "ab") as log:
            log.write(raw)

    def _copy_output(self):
        for raw in self.process.stdout:
            self._append(raw)

    def stop(self, grace=15):
        """Ends the process (SIGTERM, after `grace` seconds SIGKILL) and returns its exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._drain:
            self._drain.join(2)
        if not self._keep_log:
            self._log_path.unlink(missing_ok=True)
        for folder in self._scratch:
            shutil.rmtree(folder, ignore_errors=True)
        return self.process.returncode


def hearth_engine(
    *,
    memory="2GiB",
    threads=2,
    listen="127.0.0.1:0",
    warehouse=None,
    temp=None,
    settings=None,
    options=(),
    log=None,
):
    """The native engine alone. `settings` are session configuration defaults; `options` are further command
    line arguments; folders default to fresh ones.
    """
    scratch = tempfile.mkdtemp(prefix="hearth-engine-")
    command = [places.program(), "engine", "--listen", listen, "--memory", memory, "--threads", threads]
    command += ["--warehouse", warehouse or f"{scratch}/warehouse", "--temp", temp or f"{scratch}/temp"]
    for key, value in (settings or {}).items():
        command += ["--set", f"{key}={value}"]
    command += options
    return Server(
        "hearth-engine", command, ready=r"^hearth engine ready on (\S+)$", log=log, scratch=[scratch]
    )


def hearth_serve(*, data=None, listen="127.0.0.1:0", options=(), log=None, detached=False):
    """The gateway with its clusters. `options` are further command line arguments; `data` becomes an
    attribute.
    """
    scratch = [] if data else [tempfile.mkdtemp(prefix="hearth-data-")]
    data = data or scratch[0]
    command = [places.program(), "serve", "--listen", listen, "--data", data, *options]
    server = Server(
        "hearth-serve",
        command,
        ready=r"^hearth serve ready on (\S+)$",
        environment={"SPARK_HOME": ""},  # which engines there are is for `options` to say
        log=log,
        detached=detached,
        scratch=scratch,
    )
    server.data = data
    return server


def hearth_says(data, command, *arguments):
    """What a command of the operator's prints of the server with that data folder."""
    whole = [places.program(), command, "--data", data, *arguments]
    return subprocess.run(whole, check=True, capture_output=True, text=True, timeout=30).stdout


def hearth_status(data):
    """What `hearth status --json` says of the server with that data folder."""
    return json.loads(hearth_says(data, "status", "--json"))


def ran_on(server):
    """The engine of the latest operation of this `hearth serve`."""
    return hearth_status(server.data)["operations"][-1]["cluster"].split("-")[0]


def spark_connect(*, cores=2, memory="2g", settings=None, log=None):
    """A live Apache Spark Connect server with `cores` local cores."""
    home, port, warehouse = places.spark_home(), free_port(), tempfile.mkdtemp(prefix="spark-warehouse-")
    conf = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": warehouse,
        **(settings or {}),
    }
    command = [home / "bin/spark-submit", "--master", f"local[{cores}]"]
    for key, value in conf.items():
        command += ["--conf", f"{key}={value}"]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    environment = {"SPARK_HOME": str(home)}
    return Server(
        "spark", command, endpoint=f"127.0.0.1:{port}", environment=environment, log=log, scratch=[warehouse]
    )


def sail(*, threads=2, log=None):
    """A Sail server; it takes its number of threads from the environment and has no memory limit of its own."""
    port = free_port()
    command = [places.sail_program(), "spark", "server", "--ip", "127.0.0.1", "--port", port]
    environment = {"TOKIO_WORKER_THREADS": str(threads), "SAIL_EXECUTION__DEFAULT_PARALLELISM": str(threads)}
    return Server("sail", command, endpoint=f"127.0.0.1:{port}", environment=environment, log=log)
