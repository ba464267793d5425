"""Servers and sessions for the behaviour tests: everything runs against `hearth engine` alone and through
`hearth serve`.

HEARTH_TEST_URL=sc://HOST:PORT runs the same tests against a server that is already there (an Apache Spark, to
check the tests themselves). This folder must stay without an __init__.py, or it would hide the real pyspark
package.
"""

import contextlib
import os
import pathlib
import sys
import warnings

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
warnings.filterwarnings("ignore", category=FutureWarning)

from harness import places, servers, sessions, tpch  # noqa: E402

SCALE = 0.01
OUTSIDE = os.environ.get("HEARTH_TEST_URL")


class Outside:
    """A server that somebody else started."""

    def __init__(self, url):
        self.url, self.endpoint = url, url.removeprefix("sc://")


@pytest.fixture(scope="session", params=["outside"] if OUTSIDE else ["engine", "serve"])
def server(request):
    if OUTSIDE:
        yield Outside(OUTSIDE)
        return
    start = {"engine": servers.hearth_engine, "serve": servers.hearth_serve}[request.param]
    with start() as running:
        yield running


@pytest.fixture(autouse=True)
def server_survives(request):
    """A server that dies fails the test that killed it, and is replaced for the next ones."""
    server = request.getfixturevalue("server") if "server" in request.fixturenames else None
    yield
    if server and not OUTSIDE and server.process.poll() is not None:
        log = server.log_text[-2000:]
        server.start()
        pytest.fail(f"the server died during this test\n{log}")


@pytest.fixture(scope="module")
def mixed():
    """A `hearth serve` with both engines."""
    with servers.hearth_serve(options=["--spark", str(places.spark_home()), "--spark-memory", "3GiB"]) as running:
        yield running


@pytest.fixture(scope="session")
def is_hearth():
    return OUTSIDE is None


@pytest.fixture
def spark(server):
    """A session of its own for each test, with the session time zone UTC."""
    session = sessions.connect(server.url)
    yield session
    with contextlib.suppress(Exception):  # the test has its verdict; a dead server is reported by server_survives
        session.stop()


@pytest.fixture(scope="session")
def tpch_folder():
    return tpch.data(SCALE)


@pytest.fixture(scope="session")
def tpch_texts():
    return tpch.query_texts()


@pytest.fixture(scope="session")
def tpch_answers(tpch_folder):
    return tpch.duckdb_answers(tpch_folder)
