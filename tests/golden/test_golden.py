"""Replays the golden corpus against `hearth engine`, in several configurations, and against `hearth serve` with
Apache Spark behind it, where what the engine declines is answered too, in the same session.

Each case has one of three outcomes: equal (the test passes), different (it fails), or declined: the engine
said, before any effect, that it will not run this exactly as Spark would (the test is skipped with the
reason). floor.txt holds the share of equal cases that every configuration must reach; it may only rise.
HEARTH_GOLDEN_RAISE_FLOOR=1 raises it.
"""

import collections
import contextlib
import difflib
import functools
import os
import pathlib
import signal

import pytest

import corpus
import evaluate
from harness import places, servers

SECONDS_PER_CASE = 120
FLOOR = pathlib.Path(__file__).with_name("floor.txt")
FILES = corpus.files()
CONFIGURATIONS = {
    "two-threads": functools.partial(servers.hearth_engine, threads=2, memory="2GiB"),
    "one-thread": functools.partial(servers.hearth_engine, threads=1, memory="2GiB"),
    "tiny-batches": functools.partial(
        servers.hearth_engine,
        threads=2,
        memory="2GiB",
        settings={"spark.sql.execution.arrow.maxRecordsPerBatch": "3"},
        options=["--stream-bytes", "4KiB"],
    ),  # so that the client has to reattach, too
    "low-memory": functools.partial(servers.hearth_engine, threads=2, memory="192MiB"),
    "both-engines": lambda: servers.hearth_serve(
        options=["--threads", "2", "--spark", str(places.spark_home()), "--spark-memory", "3GiB"]
    ),
}
# outcomes[configuration] counts cases by "equal", "different", "declined".
outcomes = collections.defaultdict(collections.Counter)
declines = collections.defaultdict(list)  # reason -> cases


class Engines:
    """The engine of the configuration under test, and a session for each corpus file that it was asked about."""

    def __init__(self):
        self._name, self._engine, self._askers = None, None, {}

    def asker(self, configuration, file):
        if self._name != configuration or self._engine.process.poll() is not None:
            self.close()
            self._engine = CONFIGURATIONS[configuration]()
            self._engine.start()
            self._name = configuration
        if file.path not in self._askers:
            self._askers[file.path] = evaluate.Asker(self._engine.url, file)
        return self._askers[file.path]

    def close(self):
        for asker in self._askers.values():
            asker.close()
        self._askers.clear()
        if self._engine:
            self._engine.stop()
        self._name, self._engine = None, None


@pytest.fixture(scope="session")
def engines():
    holder = Engines()
    yield holder
    holder.close()


@contextlib.contextmanager
def at_most(seconds):
    """A server that never answers must not hang the run."""

    def expire(_signal, _frame):
        raise TimeoutError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _parameters():
    for configuration in CONFIGURATIONS:
        for file in FILES:
            for case in file.cases:
                yield pytest.param(
                    configuration, file, case, id=f"{configuration}-{file.path.stem}-{case.name}"
                )


@pytest.mark.parametrize("configuration, file, case", list(_parameters()))
def test_equals_spark(engines, configuration, file, case):
    outcome = "different"  # whatever goes wrong below is no equality
    try:
        with at_most(SECONDS_PER_CASE):
            answer = engines.asker(configuration, file).ask(case)
        if answer.declined is not None:
            outcome = "declined"
            declines[answer.declined].append(f"{file.path.name}: {case.name}")
            pytest.skip(f"declined: {answer.declined}")
        if evaluate.same(case.recorded, answer.lines, "approx" in case.flags):
            outcome = "equal"
            return
        difference = difflib.unified_diff(case.recorded, answer.lines, "Apache Spark", "hearth", lineterm="")
        pytest.fail("\n".join([f"{file.path.name}:{case.line}", case.source, *difference]), pytrace=False)
    finally:
        outcomes[configuration][outcome] += 1


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_share_of_equal_answers(configuration):
    counts, total = outcomes.get(configuration, collections.Counter()), sum(len(file.cases) for file in FILES)
    if sum(counts.values()) < total:
        pytest.skip("not all cases ran")
    floor, share = float(FLOOR.read_text()), counts["equal"] / total
    if (
        os.environ.get("HEARTH_GOLDEN_RAISE_FLOOR")
        and share > floor
        and configuration == list(CONFIGURATIONS)[-1]
    ):
        lowest = min(count["equal"] / total for count in outcomes.values())
        FLOOR.write_text(f"{int(lowest * 1000) / 1000}\n")
    assert share >= floor, f"{counts['equal']} of {total} cases equal Spark: the floor is {floor:.1%}"
