#!/usr/bin/env python3
"""Measures Hearth beside other engines, interleaved in one run.

    bench.py [SECTION]... [--scale N] [--peers duckdb,sail,spark] [--json FILE]

Without a section all are run; `placement` stands for those of placement, whose quick form is --size 0.01. Results are
kept in build/bench and docs/benchmarks.md is rendered from them.
The exit status says whether the bench ran, not whether a bar was met: the page says that.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]
warnings.filterwarnings("ignore", category=FutureWarning)

import competitors  # noqa: E402
import report  # noqa: E402
import sections  # noqa: E402
from rows import say  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = [*sections.SECTIONS, *sections.GROUPS]
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(known))
    parser.add_argument("--scale", type=float, default=1, help="TPC-H scale factor")
    parser.add_argument("--peers", default="duckdb", help="comma separated: duckdb, sail, spark")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--memory", type=int, metavar="GIB", help="memory limit of each engine (default: 4, at scale 10: 12)"
    )
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each query and stream")
    parser.add_argument("--calls", type=int, default=2000, help="calls of the latency section")
    parser.add_argument("--starts", type=int, default=20, help="starts of the start section")
    parser.add_argument("--size", type=float, default=1, help="share of the data and samples of placement's sections")
    parser.add_argument("--json", type=pathlib.Path, help="also write the results here")
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(known)
    if unknown:
        parser.error(f"no section is called {', '.join(sorted(unknown))}")
    try:
        peers = tuple(competitors.PEERS[name] for name in arguments.peers.split(",") if name)
    except KeyError as error:
        parser.error(f"no peer is called {error}")
    chosen = [one for name in arguments.sections for one in sections.GROUPS.get(name, [name])] or list(sections.SECTIONS)
    needed = set(arguments.peers.split(",")) | ({"spark"} if sections.NEED_SPARK & set(chosen) else set())
    if installed := sorted({"sail", "spark"} & needed):
        subprocess.run([HERE.parent / "scripts/deps.sh", *installed], check=True)
    options = sections.Options(
        scale=arguments.scale, peers=peers, threads=arguments.threads, runs=arguments.runs, calls=arguments.calls,
        starts=arguments.starts, memory_gib=arguments.memory or (12 if arguments.scale >= 10 else 4),
        size=arguments.size)  # fmt: skip

    command = " ".join(["./dev bench", *sys.argv[1:]])
    documents = []
    for name in chosen:
        say(f"section {name}")
        started = time.perf_counter()
        rows = sections.SECTIONS[name](options)
        documents.append(report.save(name, options, rows, command, time.perf_counter() - started))
        print("\n".join(report.table(documents[-1:])), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(documents, indent=1))
    print(f"bench: {report.render()}")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # no wait for gRPC's threads, whose servers are gone
