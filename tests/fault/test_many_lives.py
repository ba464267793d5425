"""kill -9 of the gateway at random instants under a mixed load: what was answered stays, nothing is made twice, and
clients go on."""

import time

import pytest

from mixed_load import Load
from watching import clusters, eventually


def kill_under_load(lives, chance, times):
    server = lives("--clusters", 2)
    load = Load(server)
    adopted = 0
    for _ in range(times):
        time.sleep(chance.uniform(0.2, 1.5))
        before = {cluster["pid"] for cluster in clusters(server)}
        server = lives("--clusters", 2)
        after = eventually(lambda s=server: clusters(s), 30)
        adopted += len(before & {cluster["pid"] for cluster in after})
    load.end()
    load.check(server)
    print(f"{times} kills, {adopted} clusters adopted, answers: {dict(load.counts)}")
    assert adopted >= times / 2
    assert all(load.counts[work] > 0 for work in ("views", "settings", "inserts", "reads", "asks"))


def test_kills_under_a_mixed_load(lives, chance):
    kill_under_load(lives, chance, 8)


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_two_hundred_kills_under_a_mixed_load(lives, chance):
    kill_under_load(lives, chance, 200)
