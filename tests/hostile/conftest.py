"""One engine and one `hearth serve` for all hostile tests: what one test does to a server, the next would notice.

Every run draws one seed, printed by pytest; HEARTH_HOSTILE_SEED=N repeats a run. Long forms (./dev test --long) do
more of the same.
"""

import contextlib
import functools
import os
import pathlib
import random
import sys
import warnings

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
warnings.filterwarnings("ignore", category=FutureWarning)

import requests_of_all_rpcs  # noqa: E402
from harness import servers  # noqa: E402
from victim import Victim  # noqa: E402

SEED = int(os.environ.get("HEARTH_HOSTILE_SEED", random.SystemRandom().randrange(1 << 32)))


def pytest_report_header():
    return f"hostile seed: {SEED}"


@pytest.fixture(scope="session")
def started():
    """Both servers, started when first asked for."""
    with contextlib.ExitStack() as stack:
        found = {}

        def get(kind):
            if kind not in found:
                # One cluster: processes that come and go with the load would look like some that died.
                serve = functools.partial(servers.hearth_serve, options=["--clusters", 1])
                start = {"engine": servers.hearth_engine, "serve": serve}[kind]
                found[kind] = Victim(stack.enter_context(start()))
            return found[kind]

        yield get


@pytest.fixture(params=["engine", "serve"])
def victim(request, started):
    """A server that must be as well after the test as it was before: answering, and holding nothing more."""
    victim = started(request.param)
    requests_of_all_rpcs.renew_session()
    victim.settle()
    yield victim
    victim.check_unharmed()


@pytest.fixture
def chance(request):
    """Random numbers of this run and this test. The seed is shown when the test fails."""
    print(f"HEARTH_HOSTILE_SEED={SEED}")
    return random.Random(f"{SEED} {request.node.name}")
