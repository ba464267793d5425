"""A PostgreSQL server of the tests' own, which scripts/deps.sh installs (component postgresql)."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time


class PostgresServer:
    """A server in a folder of its own, on a unix socket there. Postgres refuses root, so that it runs under the user
    whom the package made. A context manager; not thread safe."""

    def __init__(self, parent=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hearth-postgres-", dir=parent))
        self.programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.process = None

    def __enter__(self):
        initdb = self._launch("initdb", "-D", self.folder / "data", "-U", "hearth", "-A", "trust", "--no-locale", "-N")
        assert initdb.wait(60) == 0, self.log_text
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.resume()
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")

    def url(self, schema):
        """The store in this schema, which is made if it is not there."""
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        return f"postgresql://hearth@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def execute(self, sql):
        """What psql prints for the statements: a line a row, values with | between."""
        psql = [self.programs / "psql", "-h", self.folder, "-U", "hearth", "-qAtX", "-v", "ON_ERROR_STOP=1", "postgres"]
        return subprocess.run(psql, input=sql, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def start(self):
        options = ("-k", self.folder, "-c", "listen_addresses=", "-c", "shared_buffers=32MB")
        self.process = self._launch("postgres", "-D", self.folder / "data", *options)
        deadline = time.monotonic() + 60
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder]).returncode != 0:
            assert time.monotonic() < deadline, self.log_text
            if self.process.poll() is not None:  # a process of a killed predecessor still has its memory
                self.process = self._launch("postgres", "-D", self.folder / "data", *options)
            time.sleep(0.02)

    def kill(self):
        """All of its processes, at once."""
        for pid in self.stop():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self):
        """All of its processes stand still. Returns them."""
        return self._signal_all(signal.SIGSTOP)

    def resume(self):
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number):
        if self.process.poll() is not None:
            return []
        self.process.send_signal(number)
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), number)
        return [pid, *map(int, children)]

    def _launch(self, program, *arguments):
        identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen([self.programs / program, *arguments], stdout=log, stderr=log, cwd="/", **identity)
