#!/usr/bin/env python3
"""Records what a live Apache Spark answers to the golden cases.

    record.py [FILE...] [--check] [--configuration] [--url sc://HOST:PORT]

Starts an Apache Spark Connect server (or uses the one at --url), runs every case of the given files (default:
all) and rewrites their recorded sections in place. --check writes nothing and fails when an answer differs
from its record. --configuration records configuration.txt instead.
"""

import argparse
import contextlib
import difflib
import pathlib
import sys
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
warnings.filterwarnings("ignore", category=FutureWarning)

import corpus  # noqa: E402
import evaluate  # noqa: E402
from harness import servers  # noqa: E402

SPARK_VERSION = "4.2.1"


def record_file(url, path, check):
    """Returns (cases, changed): how many there are and the names of those whose record is not what Spark says
    now.
    """
    file = corpus.load(path)
    asker = evaluate.Asker(url, file)
    changed = []
    try:
        for case in file.cases:
            try:
                lines = asker.ask(case).lines
            except Exception as error:
                raise SystemExit(
                    f"{path}:{case.line}: {case.name}: {type(error).__name__}: {error}"
                ) from error
            if case.recorded is None or not evaluate.same(case.recorded, lines, "approx" in case.flags):
                changed.append(case.name)
                if check:
                    print(f"{path.name}:{case.line}: {case.name}")
                    print(
                        "\n".join(
                            difflib.unified_diff(case.recorded or [], lines, "recorded", "spark", lineterm="")
                        )
                    )
                case.recorded = lines
    finally:
        asker.close()
    if not check:
        path.write_text(file.format())
    return len(file.cases), changed


def record_configuration(url):
    import configuration
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(url).create()
    (HERE / "configuration.txt").write_text(configuration.record(session))
    session.stop()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--configuration", action="store_true")
    parser.add_argument("--url")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        url = arguments.url or stack.enter_context(servers.spark_connect(cores=1)).url
        if arguments.configuration:
            record_configuration(url)
            return 0
        total, changed = 0, 0
        for path in arguments.files or sorted(HERE.glob("*.test")):
            cases, names = record_file(url, path, arguments.check)
            total, changed = total + cases, changed + len(names)
            print(
                f"{path.name}: {cases} cases, {len(names)} {'differ' if arguments.check else 'changed'}",
                flush=True,
            )
        print(f"{total} cases, {changed} {'differ' if arguments.check else 'changed'}")
        return 1 if arguments.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
