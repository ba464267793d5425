"""kill -9 of the gateway or of an engine at any moment: nothing is left behind, and the next one works at once."""

import contextlib
import os
import pathlib
import socket
import time

import pytest

from harness import servers
from watching import (Background, clusters, connect, control_groups_of, engines_of, eventually, is_alive, keepers_of,
                      kill, port_apart, processes_of)

QUERIES = [
    "SELECT 1",
    "SELECT sum(id % 7) FROM range(3000000)",
    "SELECT id, count(*) FROM (SELECT id % 100000 AS id FROM range(2000000)) GROUP BY id ORDER BY id LIMIT 3",
    "SELECT * FROM range(200000)",
]


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def keep_asking(server, until):
    """A client that runs queries until told to stop, whatever becomes of them."""
    spark, asked = None, 0
    while not until:
        try:
            spark = spark or connect(server)
            spark.sql(QUERIES[asked % len(QUERIES)]).collect()
        except Exception:  # the server was killed: that is what this is about
            time.sleep(0.02)
        asked += 1


def load(server, clients=3):
    stop = []
    return stop, [Background(lambda: keep_asking(server, stop)) for _ in range(clients)]



def kill_engines(start, chance, times):
    server = start("--clusters", 2)
    connect(server).range(1).collect()
    stop, clients = load(server)
    try:
        held = None
        for round_number in range(times):
            time.sleep(chance.random() * 0.3)
            victims = engines_of(server)
            if victims:
                kill(chance.choice(victims))
            eventually(lambda: clusters(server), 20)
            if round_number == 1:
                held = descriptors(server.process.pid)
    finally:
        stop.append(True)
        for client in clients:
            client.result(60)
    assert connect(server).range(4).count() == 4
    living = [c["pid"] for c in clusters(server)]
    eventually(lambda: sorted(engines_of(server)) == sorted(c["pid"] for c in clusters(server)), 10)
    eventually(lambda: len({g.name for g in control_groups_of(keepers_of(server))}) <= len(clusters(server)), 10)
    eventually(lambda: len(list((server.data / "temp").iterdir())) <= len(clusters(server)), 10)
    assert len(sockets_of(server)) <= 2 * len(living) + 3
    # Connections of clients and of clusters come and go; forty killed engines would show.
    assert descriptors(server.process.pid) <= held + 20
    assert not [pid for pid in living if not is_alive(pid)]


def answers(server):
    """Whether a client gets through. gRPC waits longer and longer before it dials a port again that was closed."""
    try:
        return connect(server).range(3).count() == 3
    except Exception:
        return False


def sockets_of(server):
    return [path for path in (pathlib.Path(server.data) / "run").glob("*") if path.is_socket()]


def is_free(address):
    host, port = address.rsplit(":", 1)
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, int(port)))
        return True
    return False


def kill_gateways(tmp_path, chance, times):
    data, address = tmp_path / "data", f"127.0.0.1:{port_apart()}"
    keepers, served = set(), set()
    for _ in range(times):
        with servers.hearth_serve(data=data, listen=address, options=["--clusters", "2"]) as server:
            pid = server.process.pid
            stop, clients = load(server, clients=2)
            time.sleep(chance.random() * 0.6)
            keepers |= set(keepers_of(server))
            served |= {c["pid"] for c in clusters(server) if c["adopted"]}
            kill(pid)
            server.process.wait()
            stop.append(True)
            # What was not ready ends, the rest waits for the next one.
            assert len(engines_of(server)) <= 2
            # A child that was just forked holds its parent's socket until it runs its own program or is killed.
            eventually(lambda: is_free(address), 5)
            for client in clients:
                client.result(60)
    assert served, "some were adopted"
    with servers.hearth_serve(data=data, listen=address, options=["--orphan-ms", "500"]) as server:
        eventually(lambda: answers(server), 30)
        living = keepers_of(server)
        assert control_groups_of(keepers - set(living)) == []
        assert len(list((data / "temp").iterdir())) <= len(living)
        assert len(sockets_of(server)) <= 2 * len(living) + 3  # and its own, the catalog's, a spare keeper's
        kill(server.process.pid)
        server.process.wait()
        eventually(lambda: engines_of(server) + processes_of(server, b"keep") == [], 10)
        assert control_groups_of(keepers | set(living)) == []
        assert list((data / "temp").iterdir()) == []
        assert [path for path in sockets_of(server) if path.suffix == ".keep"] == []


def test_engines_killed_at_random_moments(start, chance):
    kill_engines(start, chance, 12)


def test_gateways_killed_at_random_moments(tmp_path, chance):
    kill_gateways(tmp_path, chance, 8)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_engines_killed_a_hundred_times(start, chance):
    kill_engines(start, chance, 100)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_gateways_killed_a_hundred_times(tmp_path, chance):
    kill_gateways(tmp_path, chance, 100)
