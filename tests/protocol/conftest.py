"""Servers and sessions for the protocol's own tests: raw RPCs, against `hearth engine` alone and through
`hearth serve`.

--peers spark runs the same tests on a live Apache Spark too, which proves the tests: where Spark is the judge
they pass there. HEARTH_TEST_URL=sc://HOST:PORT takes a Spark that runs already. This folder must stay without
an __init__.py, or it would hide the real pyspark package.
"""

import contextlib
import os
import pathlib
import sys
import time
import warnings

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
warnings.filterwarnings("ignore", category=FutureWarning)

import raw_session  # noqa: E402
from endless import ENDLESS, eventually  # noqa: E402
from harness import servers  # noqa: E402

STARTS = {"engine": servers.hearth_engine, "serve": servers.hearth_serve, "spark": servers.spark_connect}


def pytest_addoption(parser):
    parser.addoption("--peers", choices=["spark"], help="run on this server too")


def pytest_configure(config):
    config.addinivalue_line("markers", "better(reason): Apache Spark does worse here, so it is not asked")


def pytest_generate_tests(metafunc):
    if "server" in metafunc.fixturenames:
        names = ["engine", "serve"]
        if os.environ.get("HEARTH_TEST_URL"):
            names = ["spark"]
        elif metafunc.config.getoption("--peers", default=None) == "spark":
            names.append("spark")
        metafunc.parametrize("server", names, indirect=True, scope="session")


class Outside:
    """A server that somebody else started."""

    def __init__(self, url):
        self.endpoint = url.removeprefix("sc://")


@pytest.fixture(scope="session")
def server(request):
    outside = os.environ.get("HEARTH_TEST_URL")
    if outside:
        server = Outside(outside)
        server.kind = request.param
        yield server
        return
    with STARTS[request.param]() as running:
        running.kind = request.param
        yield running


@pytest.fixture(autouse=True)
def only_where_it_holds(request):
    better = request.node.get_closest_marker("better")
    if better and request.getfixturevalue("server").kind == "spark":
        pytest.skip(better.args[0])


@pytest.fixture
def session(server):
    """A session of its own for each test."""
    session = raw_session.RawSession(server.endpoint)
    yield session
    with contextlib.suppress(raw_session.RpcFailure):
        session.release_session()
    session.close()


@pytest.fixture
def fails():
    """fails(condition) expects an RpcFailure with this condition and gives it."""

    @contextlib.contextmanager
    def fails(condition):
        caught = []
        try:
            yield caught
        except raw_session.RpcFailure as failure:
            caught.append(failure)
            assert failure.condition == condition, failure
            return
        pytest.fail(f"nothing failed; {condition} was expected")

    return fails


@pytest.fixture
def endless(server, session):
    """endless(**options) starts a query that never ends and returns its stream once it runs."""

    streams = []  # Held: a call that nobody refers to is cancelled, and Apache Spark then works on for ever.

    def start(**options):
        stream = session.start(ENDLESS, **options)
        streams.append(stream)
        eventually(lambda: session.state_of(options["operation_id"]) == "RUNNING")
        if server.kind == "spark":
            time.sleep(2)  # An interrupt that comes before the job has begun leaves it running for ever.
        return stream

    yield start
    with contextlib.suppress(raw_session.RpcFailure):
        session.interrupt()
