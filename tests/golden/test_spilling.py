"""Work that does not fit in memory: it must end with Spark's answer, and it must really have gone to disk."""

import pathlib
import threading
import time

import pytest

import corpus
import evaluate
from harness import servers

FILE = corpus.load(pathlib.Path(__file__).with_name("large.test"))
SPILLING = ["sort of wide rows", "aggregation of wide groups"]


class LargestSize(threading.Thread):
    """Watches a folder; `bytes` is the most it held at one moment."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.bytes, self._folder, self._stopped = 0, folder, threading.Event()

    def run(self):
        while not self._stopped.is_set():
            size = 0
            for path in self._folder.rglob("*"):
                try:
                    size += path.stat().st_size
                except FileNotFoundError:
                    pass
            self.bytes = max(self.bytes, size)
            time.sleep(0.002)

    def stop(self):
        self._stopped.set()
        self.join()


@pytest.mark.parametrize("name", SPILLING)
def test_spills_and_equals_spark(name, tmp_path):
    (case,) = [case for case in FILE.cases if case.name == name]
    with servers.hearth_engine(memory="160MiB", threads=2, temp=tmp_path) as engine:
        asker, watch = evaluate.Asker(engine.url, FILE), LargestSize(tmp_path)
        watch.start()
        try:
            answer = asker.ask(case)
        finally:
            watch.stop()
            asker.close()
    if answer.declined is not None:
        pytest.fail(f"declined: {answer.declined}")
    assert answer.lines == case.recorded
    assert watch.bytes > 1 << 20, "nothing was spilled: the case no longer needs more memory than there is"
