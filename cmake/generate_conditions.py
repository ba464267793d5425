"""Writes Spark's error conditions as C++ initialisers, sorted by name in byte order.

    generate_conditions.py ERROR_CONDITIONS_JSON OUTPUT

One line a condition and one a sub-condition: {"NAME", "SQLSTATE", "message template"}, A sub-condition is named
PARENT.CHILD, has its parent's SQLSTATE, and its template is the parent's, a space, and its own, as Spark joins them.
"""

import json
import sys


def literal(text):
    escaped = json.dumps(text, ensure_ascii=False).replace("\\/", "/")
    if "\\u" in escaped or "??" in escaped:
        raise SystemExit(f"a template needs an escape that C++ reads differently: {escaped}")
    return escaped


def entries(conditions):
    for name, condition in conditions.items():
        state = condition.get("sqlState", "")
        template = "\n".join(condition["message"])
        yield name, state, template
        for child, sub in condition.get("subClass", {}).items():
            yield f"{name}.{child}", state, template + " " + "\n".join(sub["message"])


def main(source, output):
    with open(source, encoding="utf-8") as file:
        conditions = json.load(file)
    with open(output, "w", encoding="utf-8") as out:
        for entry in sorted(entries(conditions), key=lambda entry: entry[0].encode()):
            out.write("{" + ", ".join(map(literal, entry)) + "},\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
