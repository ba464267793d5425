"""SIGTERM and SIGKILL of `hearth serve`: nothing is left behind, and running work gets its grace."""

import os
import signal
import socket
import subprocess
import time

import pytest

from harness import places, servers
from watching import (ENDLESS_QUERY, SLOW_QUERY, Background, busy_cluster, connect, control_groups_of, engines_of,
                      eventually, is_alive, keepers_of, kill, slow_answer)


def test_sigterm_lets_running_work_end(start):
    server = start("--grace", 60)
    spark = connect(server)
    plan = spark.sql(SLOW_QUERY)._plan.to_proto(spark.client)
    # Not collect(), which asks the server for a configuration once it has the rows.
    answer = Background(lambda: spark.client.to_table(plan, {})[0].column(0)[0].as_py())
    engine = busy_cluster(server)["pid"]
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    with pytest.raises(Exception, match="UNAVAILABLE|shutting down"):
        connect(server).range(1).collect()
    assert answer.result() == slow_answer()
    assert server.process.wait(20) == 0
    assert not is_alive(engine)


def test_sigterm_ends_what_outlasts_its_grace(start):
    server = start("--grace", 1)
    spark = connect(server)
    answer = Background(lambda: spark.sql(ENDLESS_QUERY).collect())
    busy_cluster(server)
    keepers = keepers_of(server)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) == 0
    assert 0.9 < time.monotonic() - began < 10
    with pytest.raises(Exception):
        answer.result()
    assert engines_of(server) == []
    assert control_groups_of(keepers) == []
    assert os.listdir(server.data / "temp") == []
    assert not (server.data / "address").exists()


def test_a_killed_server_leaves_no_orphan_and_its_folder_works_again(start):
    server = start("--clusters", 2, "--orphan-ms", 700)
    spark = connect(server)
    answers = [Background(lambda: spark.sql(ENDLESS_QUERY).collect()) for _ in range(2)]
    busy_cluster(server)
    assert engines_of(server)
    port, keepers = int(server.endpoint.rsplit(":", 1)[1]), keepers_of(server)
    kill(server.process.pid)
    server.process.wait()
    eventually(lambda: engines_of(server) == [], 5)
    for answer in answers:
        with pytest.raises(Exception):
            answer.result()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))

    again = start(data=server.data)
    assert connect(again).range(3).count() == 3
    assert control_groups_of(keepers) == []


def test_a_killed_engine_process_leaves_nothing_either(start):
    server = start()
    spark = connect(server)
    spark.range(1).collect()
    for _ in range(5):
        engine = engines_of(server)[0]
        kill(engine)
        assert spark.range(2).count() == 2
    assert len(engines_of(server)) == 1
    assert len({group.name for group in control_groups_of(keepers_of(server))}) <= 1
    assert len(list((server.data / "temp").iterdir())) == 1


def test_only_this_machine_is_served():
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:15002"]:
        run = subprocess.run([places.program(), "serve", "--listen", address], capture_output=True, timeout=20)
        assert run.returncode == 1
        assert b"refuses to listen" in run.stderr


def test_a_folder_has_one_server(start):
    server = start()
    with pytest.raises(servers.ServerFailed, match="another hearth serve uses"):
        start(data=server.data)


def test_a_port_that_is_taken_is_said(start):
    server = start()
    run = subprocess.run(
        [places.program(), "serve", "--listen", server.endpoint, "--data", server.data / "other"],
        capture_output=True,
        timeout=20,
    )
    assert run.returncode == 1
    assert b"cannot listen on" in run.stderr
