"""`hearth explain` and `hearth calibration`: why a query ran where it did, and what was expected of it."""

import json
import subprocess
import sys

import pytest
from harness import places, servers, sessions

sys.path.append(str(places.ROOT / "tests/fault"))
import watching  # noqa: E402

# Java of the JVM, which no other engine runs: always declined by the native one.
DECLINED = "reflect('java.lang.Math', 'abs', -5)"


@pytest.fixture
def spark(mixed):
    session = sessions.connect(mixed.url)
    yield session
    session.stop()


def explain(server, *arguments):
    return servers.hearth_says(server.data, "explain", *arguments)


def refused(server, command, *arguments):
    """What it says instead of an answer."""
    whole = [places.program(), command, "--data", server.data, *arguments]
    done = subprocess.run(whole, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and done.stdout == ""
    return done.stderr


def in_order(text, *parts):
    at = 0
    for part in parts:
        at = text.find(part, at)
        assert at >= 0, f"{part!r} is not where it belongs in\n{text}"


def test_a_declined_query_tells_both_attempts(mixed, spark):
    assert spark.sql(f"SELECT {DECLINED} AS a, id FROM range(3)").count() == 3
    row = servers.hearth_status(mixed.data)["operations"][-1]
    first, second = row["each_attempt"]
    assert (first["verdict"], first["cause"]) == ("declined", second["placement"]["declined"])
    text = explain(mixed, row["operation"])
    in_order(
        text,
        f"Operation {row['operation']} succeeded in ",
        f"session {spark.session_id}, ",
        f"Why there: on {second['cluster']} (spark 4.",
        "because the native engine declined it (",
        "That is attempt 2.",
        "Why so long: ",
        "where the time went",
        f"running on {first['cluster']}",
        f"running on {second['cluster']}",
        f"ATTEMPT 1 OF 2: {first['cluster']} (native ",
        f"taken: {first['placement']['because']}",
        "the engine declined it, before any effect: ",
        f"ATTEMPT 2 OF 2: {second['cluster']} (spark 4.",
        "a new spark cluster",
        second["placement"]["work_seconds"]["source"],
        "it succeeded. From its placement on it was expected to take ",
    )
    assert "reflect" in text[text.index("before any effect: ") :].splitlines()[0]


def test_a_query_that_no_engine_runs_tells_what_was_declined(tmp_path):
    with servers.hearth_serve(data=str(tmp_path / "data")) as alone:
        session = sessions.connect(alone.url)
        with pytest.raises(Exception, match="UNSUPPORTED_FEATURE|reflect"):
            session.range(1).selectExpr(DECLINED).collect()
        in_order(explain(alone), " failed after ", "the engine declined it, before any effect: ", "reflect")
        session.stop()


def test_memory_is_told_without_that_of_the_idle_engine(tmp_path):
    with servers.hearth_serve(data=str(tmp_path / "data")) as alone:
        session = sessions.connect(alone.url)
        session.range(1).collect()
        # What the cluster holds when nothing runs there is seen first.
        for _ in range(20):
            session.sql("SELECT count(*) FROM (SELECT DISTINCT id * 3 FROM range(6000000))").collect()
            attempt = servers.hearth_status(alone.data)["operations"][-1]["each_attempt"][0]
            if attempt.get("idle_memory_bytes") and attempt["ended_ms"] - attempt["began_ms"] > 400:
                break
        else:
            pytest.fail(f"no attempt was seen long enough: {attempt}")
        assert attempt["peak_memory_bytes"] > attempt["idle_memory_bytes"]
        assert "with the engine's" not in explain(alone)
        table = json.loads(servers.hearth_says(alone.data, "calibration", "--json"))
        assert table["groups"][0]["memory"]["count"] >= 1
        session.stop()


def test_the_latest_and_the_beginning_of_an_id(mixed, spark):
    spark.range(7).collect()
    row = servers.hearth_status(mixed.data)["operations"][-1]
    assert explain(mixed) == explain(mixed, row["operation"]) == explain(mixed, row["operation"][:18])
    assert json.loads(explain(mixed, "--json")) == row
    assert explain(mixed).startswith(f"Operation {row['operation']} succeeded in ")


def test_an_id_that_is_none(mixed, spark):
    spark.range(7).collect()
    assert "no operation is known whose id is, or begins with, nonsense; `hearth ops` lists them" in refused(
        mixed, "explain", "nonsense"
    )


def test_ids_that_begin_alike(mixed, spark):
    for _ in range(17):  # a hexadecimal digit has sixteen values
        spark.range(1).collect()
    begun = [row["operation"][0] for row in servers.hearth_status(mixed.data)["operations"]]
    digit = next(digit for digit in begun if begun.count(digit) > 1)
    assert f"several operations begin with {digit}: " in refused(mixed, "explain", digit)


def test_what_runs_is_told_up_to_now(mixed, spark):
    endless = watching.Background(lambda: spark.sql(watching.ENDLESS_QUERY).collect())

    def running():
        rows = servers.hearth_status(mixed.data)["operations"]
        found = [r["operation"] for r in rows if r["outcome"] == "running" and "each_attempt" in r and r["kind"] == "sql"]
        return found and found[0]

    operation = watching.eventually(running, 30)
    text = explain(mixed, operation)
    spark.interruptAll()
    with pytest.raises(Exception, match="OPERATION_CANCELED"):
        endless.result(30)
    in_order(text, f"Operation {operation} has been there for ", "It has been running for ", "and has taken ")
    watching.eventually(lambda: "it was cancelled" in explain(mixed, operation), 30)


def test_the_log_outlives_the_server(tmp_path):
    with servers.hearth_serve(data=str(tmp_path / "data")) as server:
        session = sessions.connect(server.url)
        for _ in range(4):
            session.range(100_000).selectExpr("sum(id)").collect()
        row = servers.hearth_status(server.data)["operations"][-1]
        while_it_ran = explain(server, row["operation"])
        session.stop()
    assert explain(server) == explain(server, row["operation"][:18]) == while_it_ran
    assert "no operation is known" in refused(server, "explain", "nonsense")
    groups = {group["group"]: group for group in json.loads(servers.hearth_says(server.data, "calibration", "--json"))["groups"]}
    assert groups["all"]["attempts"] == groups["on native"]["attempts"] == 4
    assert groups["first half"]["attempts"] == groups["second half"]["attempts"] == 2
    assert groups["known from: history"]["work"]["count"] + groups["known from: plan"]["work"]["count"] == 4
    assert 1 <= groups["all"]["work"]["q_error_p50"] <= groups["all"]["work"]["q_error_p90"]
    table = servers.hearth_says(server.data, "calibration")
    in_order(table, "within p99", "all ", "on native", "known from: history", "known from: plan", "first half", "second half")


def test_a_folder_without_a_server_or_a_log(tmp_path):
    nothing = servers.hearth_serve(data=str(tmp_path))
    for command in ("explain", "calibration"):
        assert "there is no log of operations in " in refused(nothing, command)
