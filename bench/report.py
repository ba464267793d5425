"""Renders docs/benchmarks.md from the results of the bench: one JSON document a section and scale, kept in
build/bench. Below a table with a miss stands why, from bench/causes.md.
"""

import json
import math
import os
import pathlib
import platform
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build/bench"
PAGE = ROOT / "docs/benchmarks.md"
CAUSES = ROOT / "bench/causes.md"
ORDER = ("tpch", "start", "latency", "stream", "local", "memory", "move", "sessions", "runaway", "users", "burst", "choice",
         "flood")


def machine():
    cpu = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    kib = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return f"{os.cpu_count()} x {cpu}, {kib / (1 << 20):.0f} GiB, {platform.system()} {platform.release()}"


def versions(peers):
    import duckdb
    import pyspark

    commit = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True
    ).stdout.strip()
    found = {
        "hearth": commit or "unknown",
        "PySpark client": pyspark.__version__,
        "DuckDB": duckdb.__version__,
    }
    pins = {"Sail": "sail.txt", "Spark": "spark.txt"}
    for peer in peers:
        if peer in pins:
            text = (ROOT / "scripts/requirements" / pins[peer]).read_text()
            name = {"Sail": "pysail", "Spark": "pyspark"}[peer]
            found[peer] = next(
                line.split("==")[1].split()[0] for line in text.splitlines() if line.startswith(name + "==")
            )
    return found


def save(section, options, rows, command, seconds):
    """Writes one section's result and returns it as a document."""
    document = {
        "section": section,
        "scale": options.scale,
        "command": command,
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "seconds": round(seconds),
        "machine": machine(),
        "settings": f"{options.threads} threads, {options.memory_gib} GiB",
        "versions": versions(options.peers),
        "rows": [{**row.__dict__, "met": row.met} for row in rows],
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    name = f"{section}-sf{options.scale:g}" if section in ("tpch", "stream") else section
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1))
    return document


def number(value, unit):
    if math.isinf(value):
        return "wrong"
    digits = 2 if unit in ("x", "ms", "s", "GiB", "") else 0
    return f"{value:.{digits}f}{'x' if unit == 'x' else ' ' + unit}".rstrip()


def row_line(row):
    spread = (
        ""
        if row["low"] == row["high"]
        else f" ({number(row['low'], row['unit'])} to {number(row['high'], row['unit'])})"
    )
    bar = row["bar"]
    if row["limit"] is not None and "Sail" in bar:
        bar += f" ({number(row['limit'], row['unit'])})"
    verdict = {True: "met", False: "**missed**", None: ""}[row["met"]]
    return f"| {row['what']} | {bar} | {number(row['value'], row['unit'])}{spread} | {verdict} | {row['detail']} |"


def table(documents):
    lines = ["| what | bar | measured (95% interval) | | detail |", "| --- | --- | --- | --- | --- |"]
    return lines + [row_line(row) for document in documents for row in document["rows"]]


def causes():
    """What bench/causes.md says under the heading of each section, as a dict of section -> text."""
    _, *parts = CAUSES.read_text().split("\n## ")
    return {title.strip(): text.strip() for title, _, text in (part.partition("\n") for part in parts)}


def render():
    """Rewrites the page from all results that are there; returns its path."""
    documents = [json.loads(path.read_text()) for path in RESULTS.glob("*.json")]
    documents.sort(key=lambda d: (ORDER.index(d["section"]), d["scale"]))
    lines = [
        "# Benchmarks",
        "",
        "Written by `./dev bench`; do not edit. Engines take turns within one run, through the same PySpark client, with the same",
        "threads and memory limit (Sail has no limit of its own), and their rows are compared with DuckDB's. A ratio below one",
        "means faster than what stands after the slash. A miss is a miss.",
    ]
    for document in documents:
        versions_text = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
        title = document["section"] + (
            f" at scale {document['scale']:g}" if document["section"] in ("tpch", "stream") else ""
        )
        lines += [
            "",
            f"## {title}",
            "",
            f"`{document['command']}`, {document['when']}, {document['seconds']} s.  ",
        ]
        lines += [f"{document['machine']}; {document['settings']}. {versions_text}.", ""]
        lines += table([document])
        if any(row["met"] is False for row in document["rows"]):
            lines += ["", causes().get(document["section"], "No profile says why yet.")]
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join(lines) + "\n")
    return PAGE
