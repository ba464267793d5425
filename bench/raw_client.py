"""ExecutePlan as bytes in and bytes out: what a server costs without what PySpark costs.

The calls are made by bench/call_timer.cc: a client in Python takes 0.3 ms of each call, most of what a quick
server's call takes, and so hides by how much servers differ.
"""

import subprocess
import uuid

from harness import places
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import relations_pb2 as relations


def sql(text):
    """The relation of a SQL query."""
    return relations.Relation(sql=relations.SQL(query=text))


def range_of_one():
    return relations.Relation(range=relations.Range(start=0, end=1, step=1))


def new_session():
    """What every request of a session says."""
    return dict(session_id=str(uuid.uuid4()), user_context=base.UserContext(user_id="bench"))


def call_seconds(endpoints, calls, *, relation, reattachable=False, turn=1, session=None):
    """Seconds of so many calls to each endpoint, which take turns of so many. Reattachable ones are released after
    each call."""
    session = session or new_session()
    execute = base.ExecutePlanRequest(plan=base.Plan(root=relation), client_type="bench", **session)
    execute.request_options.add().reattach_options.reattachable = reattachable
    command = [places.program().parent / "bench/call_timer", "--calls", str(calls), "--turn", str(turn)]
    command += ["--execute", execute.SerializeToString().hex()]
    if reattachable:
        release = base.ReleaseExecuteRequest(**session)
        release.release_all.SetInParent()
        command += ["--release", release.SerializeToString().hex()]
    output = subprocess.run([*command, *endpoints], check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds = [[float(micros) / 1e6 for micros in line.split()] for line in output.splitlines()]
    assert [len(line) for line in seconds] == [calls] * len(endpoints)
    return seconds
