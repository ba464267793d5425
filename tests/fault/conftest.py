"""Servers for the fault tests: each test has a `hearth serve` of its own, because it will be hurt."""

import contextlib
import os
import pathlib
import random
import sys
import warnings

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
warnings.filterwarnings("ignore", category=FutureWarning)

from harness import servers  # noqa: E402
from harness.postgres import PostgresServer  # noqa: E402
from watching import end_patience, kill, port_apart  # noqa: E402


SEED = int(os.environ.get("HEARTH_FAULT_SEED", random.SystemRandom().randrange(1 << 32)))


@pytest.fixture
def chance():
    """What is left to chance, by a seed that is printed: HEARTH_FAULT_SEED repeats a run."""
    print(f"HEARTH_FAULT_SEED={SEED}")
    return random.Random(SEED)


@pytest.fixture
def start(tmp_path):
    """start(*options): a running `hearth serve` on a folder of its own, ended with the test."""
    with contextlib.ExitStack() as stack:

        def run(*options, data=None):
            data = data or tmp_path / "data"
            return stack.enter_context(servers.hearth_serve(data=data, options=[str(o) for o in options]))

        yield run


@pytest.fixture
def lives(tmp_path):
    """lives(*options): starts the server anew on the same folder and the same port, killing the one before."""
    address = f"127.0.0.1:{port_apart()}"
    running = []

    def begin(*options):
        end()
        server = servers.hearth_serve(data=tmp_path / "data", listen=address, options=[str(o) for o in options])
        server.start()
        running.append(server)
        return server

    def end():
        for server in running:
            if server.process.poll() is None:
                kill(server.process.pid)
                server.process.wait()
                server.stop()
        running.clear()

    begin.end = end
    yield begin
    end_patience()
    for server in running:
        server.stop()  # not by a kill, which would leave its clusters to wait for the next one


@pytest.fixture(scope="session")
def postgres():
    """One PostgreSQL server for all tests, each with a store of its own in it. Whoever hurts it mends it."""
    with PostgresServer() as server:
        yield server
