"""Chaos under a mixed load: whatever dies, stands still or is cut, no client hears of it and no answer is wrong."""

import collections
import contextlib
import os
import signal
import threading
import time

import pytest

from cut_links import Link
from mixed_load import Load
from watching import clusters, eventually, is_alive

OPTIONS = ("--clusters", 3)


class Chaos:
    """Hurts a server and what belongs to it, one thing at a time."""

    def __init__(self, lives, link, chance):
        self._lives, self._link, self._chance = lives, link, chance
        self.server = lives(*OPTIONS)
        self.done = collections.Counter()
        self._resumed = []

    def strike(self):
        kinds = (self.kill_the_gateway, self.kill_a_cluster, self.kill_a_cluster, self.stop_a_cluster, self.cut_links)
        act = self._chance.choice(kinds)
        self.done[act.__name__] += act()

    def kill_the_gateway(self):
        self.server = self._lives(*OPTIONS)
        return 1

    def kill_a_cluster(self):
        return self._signal(self._victim(), signal.SIGKILL)

    def stop_a_cluster(self):
        """For a moment, or for so long that it is replaced."""
        victim = self._victim()
        if not self._signal(victim, signal.SIGSTOP):
            return 0
        timer = threading.Timer(self._chance.choice((0.5, 10)), self._resume, [victim])
        timer.start()
        self._resumed.append(timer)
        return 1

    def cut_links(self):
        return self._link.cut()

    def _victim(self):
        living = [cluster["pid"] for cluster in clusters(self.server)]
        return self._chance.choice(living) if living else None

    @staticmethod
    def _signal(pid, number):
        """How many it reached: a cluster that was idle may have ended meanwhile."""
        if pid is None or not is_alive(pid):
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            return 1
        return 0

    def _resume(self, pid):
        self._signal(pid, signal.SIGCONT)

    def end(self):
        for timer in self._resumed:
            timer.join()


def soak(lives, chance, seconds):
    server = lives(*OPTIONS)
    link = Link(server.endpoint)
    try:
        chaos = Chaos(lives, link, chance)
        load = Load(link)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(chance.uniform(0.3, 3))
            chaos.strike()
            load.check_alive()
        chaos.end()
        load.end()
        load.check(link)
    finally:
        link.close()
    print(f"{seconds} s of {dict(chaos.done)}, answers: {dict(load.counts)}")
    assert all(load.counts[work] > 0 for work in ("views", "settings", "inserts", "reads", "asks"))
    eventually(lambda: all(cluster["running"] == 0 for cluster in clusters(chaos.server)), 30)


def test_a_while_of_chaos(lives, chance):
    soak(lives, chance, 20)


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_twenty_minutes_of_chaos(lives, chance):
    soak(lives, chance, 1200)
