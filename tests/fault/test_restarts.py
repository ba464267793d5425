"""What shares a cluster with something that overruns its estimate is begun again elsewhere, and nobody sees it."""

import threading

from harness import servers

from watching import Background, connect, eventually, slow_answer

# All rows have one key, of which the plan tells nothing, so it is taken for something tiny.
UNDERESTIMATED = """SELECT sum(a.id * b.id % 7) AS {name} FROM (SELECT id, id DIV 1000000 AS k FROM range({rows})) a
                    JOIN (SELECT id, id DIV 1000000 AS k FROM range({rows})) b ON a.k = b.k"""
# Of two seconds of work, as its plan tells.
HONEST = "SELECT sum((a.id * b.id) % 7) AS s FROM range(20000) a CROSS JOIN range(20000) b"


def attempts_of_restarted(server):
    """The verdicts of each operation that was tried more than once."""
    operations = servers.hearth_status(server.data)["operations"]
    return [[a["verdict"] for a in o["each_attempt"]] for o in operations if o["attempts"] > 1]


def test_a_neighbour_of_what_overruns_is_begun_again_elsewhere(start):
    server = start("--clusters", 3)
    sessions = [connect(server) for _ in range(3)]
    # A little of what was done may be thrown away.
    for job in [Background(lambda s=session: s.sql(HONEST).collect()) for session in sessions]:
        job.result(120)
    for attempt in range(10):
        # Another shape each time: what has run before is known.
        query = UNDERESTIMATED.format(rows=20_000, name=f"s{attempt}")
        together = threading.Barrier(2)

        def run(session, query=query, together=together):
            together.wait()
            return session.sql(query).first()[0]

        jobs = [Background(lambda s=session, run=run: run(s)) for session in sessions[:2]]
        assert [job.result(120) for job in jobs] == [slow_answer(20_000)] * 2
        if attempts_of_restarted(server):
            break
    assert attempts_of_restarted(server) == [["restarted", "succeeded"]]
    eventually(lambda: all(c["running"] == 0 for c in servers.hearth_status(server.data)["clusters"]))
