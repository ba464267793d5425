"""What TPC-H queries with changing parameters really take on a native cluster: a line of JSON for each run, which
size_study compares with what was estimated.

Each query has a cluster of its own at each scale, so that nothing of another one is in its memory. Its peak is what
the kernel says of the cluster's process since the run began, without what that held before any query; its work is
what `hearth status` says of the attempt.

    python bench/size_runs.py --scales 1 10 --rounds 6 --out runs.jsonl
"""

import argparse
import json
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from harness import servers, sessions, tpch  # noqa: E402
from tpch_parameters import with_parameters  # noqa: E402


def _kibibytes(pid, name):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024


def _run(spark, server, pid, text):
    """Work and memory of one run. Peaks are reset before it (proc_pid_clear_refs, 5)."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = _kibibytes(pid, "VmRSS")
    spark.sql(text).toArrow()
    operation = next(one for one in reversed(servers.hearth_status(server.data)["operations"])
                     if one.get("each_attempt") and one["kind"] == "sql")
    attempt = operation["each_attempt"][-1]
    if attempt["verdict"] != "succeeded" or attempt["engine"] != "native":
        raise RuntimeError(f"the attempt was not a native one that succeeded: {attempt}")
    return {"work": attempt["cpu_seconds"], "peak": _kibibytes(pid, "VmHWM"), "before": before,
            "fingerprint": operation["fingerprint"],
            "seen_peak": attempt.get("peak_memory_bytes", 0), "ms": operation["total_ms"]}


def _rounds(query, scale, text, rounds, memory, seed):
    """All runs of one query at one scale."""
    with servers.hearth_serve(options=["--clusters", "1", "--memory", memory]) as server:
        spark = sessions.connect(f"sc://{server.endpoint}")
        tpch.spark_views(spark, tpch.data(scale))
        spark.sql("SELECT count(*) FROM region").toArrow()
        pid = servers.hearth_status(server.data)["clusters"][0]["pid"]
        idle = _kibibytes(pid, "VmRSS")
        for number in range(rounds):
            drawn = with_parameters(query, text, random.Random(f"{seed} {query} {scale:g} {number}"))
            yield {"scale": scale, "query": query, "round": number, "idle": idle,
                   **_run(spark, server, pid, drawn), "sql": drawn}
        spark.stop()


def measure(out, *, scales=(1, 10), queries=tpch.QUERIES, rounds=6, memory="12GiB", seed=1):
    """Appends a line for each run to the file `out`."""
    texts = tpch.query_texts()
    with out.open("a") as lines:
        for scale in scales:
            for query in queries:
                for run in _rounds(query, scale, texts[query], rounds, memory, seed):
                    print(json.dumps(run), file=lines, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scales", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--queries", type=int, nargs="+", default=list(tpch.QUERIES))
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", default="12GiB")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    measure(options.out, scales=options.scales, queries=options.queries, rounds=options.rounds,
            memory=options.memory, seed=options.seed)


if __name__ == "__main__":
    main()
