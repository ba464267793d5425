"""Reads and writes the text corpus of golden cases (*.test). README.md describes the format for people.

A file is a sequence of blocks, each headed by a line that starts with `=== `:

    === conf                 session configuration, one key=value a line
    === setup                statements that every case of the file may rely on
    === NAME [FLAG...]       a case: SQL text, or a fenced Python snippet; then `----` and what Spark answered

Formatting a parsed file gives back the same text, so recording changes nothing but the recorded sections.
"""

import dataclasses
import pathlib
import re

HEADER = "=== "
DIVIDER = "----"
FENCE = "```"
FLAGS = {"ordered", "unordered", "approx"}
_FLAG_LIST = re.compile(r"^(.*?)\s*\[([a-z, ]+)\]$")


class CorpusError(ValueError):
    """A file does not follow the format."""


@dataclasses.dataclass
class Case:
    """One question and Spark's recorded answer (lines of text; None when never recorded)."""

    name: str
    flags: frozenset
    body: str
    recorded: list | None
    line: int  # 1-based line of the header, for messages

    @property
    def is_python(self):
        return self.body.startswith(FENCE + "python")

    @property
    def source(self):
        """The SQL text or Python snippet without its fence."""
        return unfence(self.body)

    @property
    def is_ordered(self):
        """Whether the order of rows is part of the answer."""
        if "ordered" in self.flags:
            return True
        if "unordered" in self.flags:
            return False
        return _has_outer_order(self.source, self.is_python)


@dataclasses.dataclass
class File:
    """One corpus file: prose and directives before the cases are kept as they are written."""

    path: pathlib.Path
    preamble: str
    conf: dict
    setup: list  # bodies of setup blocks, in order
    cases: list

    def format(self):
        parts = [self.preamble.rstrip("\n") + "\n"] if self.preamble.strip() else []
        for case in self.cases:
            flags = f" [{', '.join(sorted(case.flags))}]" if case.flags else ""
            lines = [f"{HEADER}{case.name}{flags}", case.body, DIVIDER]
            parts.append("\n".join(lines + (case.recorded or [])) + "\n")
        return "\n".join(parts)


def unfence(body):
    lines = body.splitlines()
    if lines and lines[0].startswith(FENCE):
        if lines[-1].strip() != FENCE:
            raise CorpusError(f"a fence is not closed: {lines[0]}")
        return "\n".join(lines[1:-1])
    return body


def _has_outer_order(source, is_python):
    if is_python:
        return bool(re.search(r"\.(orderBy|sort)\(", source.strip().splitlines()[-1]))
    depth, plain = 0, []
    for token in re.findall(
        r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|[()]|[^'\"`()-]+|-", source
    ):
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
        elif depth == 0 and token[0] not in "'\"`" and not token.startswith("--"):
            plain.append(token)
    return bool(re.search(r"\b(ORDER|SORT)\s+BY\b", " ".join(plain), re.IGNORECASE))


def statements(text):
    """Splits SQL at lines that end in a semicolon; the last statement needs none."""
    found, current = [], []
    for line in text.splitlines():
        if line.rstrip().endswith(";"):
            current.append(line.rstrip()[:-1])
            found.append("\n".join(current).strip())
            current = []
        else:
            current.append(line)
    if "".join(current).strip():
        found.append("\n".join(current).strip())
    return found


def parse(text, path):
    lines = text.split("\n")
    heads = [i for i, line in enumerate(lines) if line.startswith(HEADER)]
    blocks = [
        (i, lines[i][len(HEADER) :].strip(), lines[i + 1 : j])
        for i, j in zip(heads, heads[1:] + [len(lines)])
    ]
    file = File(pathlib.Path(path), "", {}, [], [])
    preamble_end = heads[0] if heads else len(lines)
    names = set()
    for start, title, content in blocks:
        if title in ("conf", "setup"):
            if file.cases:
                raise CorpusError(f"{path}:{start + 1}: '{title}' must come before the cases")
            _add_directive(file, title, content, start)
            preamble_end = start + 1 + len(content)
            continue
        case = _parse_case(title, content, start + 1, path)
        if case.name in names:
            raise CorpusError(f"{path}:{case.line}: a second case is called '{case.name}'")
        names.add(case.name)
        file.cases.append(case)
    file.preamble = "\n".join(lines[:preamble_end])
    return file


def _add_directive(file, title, content, start):
    if title == "setup":
        file.setup.append("\n".join(content).strip())
        return
    for number, line in enumerate(content, start + 2):
        if line.strip() and not line.startswith("#"):
            key, equals, value = line.partition("=")
            if not equals:
                raise CorpusError(f"{file.path}:{number}: a configuration needs key=value")
            file.conf[key.strip()] = value.strip()


def _parse_case(title, content, line, path):
    match = _FLAG_LIST.match(title)
    name, flags = (
        (match.group(1), frozenset(f.strip() for f in match.group(2).split(",")))
        if match
        else (title, frozenset())
    )
    if not name or flags - FLAGS:
        raise CorpusError(f"{path}:{line}: a case needs a name and only the flags {sorted(FLAGS)}")
    body, recorded = content, None
    if DIVIDER in content:
        at = content.index(DIVIDER)
        body, recorded = content[:at], content[at + 1 :]
        while recorded and not recorded[-1].strip():
            recorded.pop()
    body = "\n".join(body).strip("\n").rstrip()
    if not body.strip():
        raise CorpusError(f"{path}:{line}: case '{name}' asks nothing")
    return Case(name, flags, body, recorded or None, line)


def load(path):
    return parse(pathlib.Path(path).read_text(), path)


def files(folder=pathlib.Path(__file__).parent):
    return [load(path) for path in sorted(folder.glob("*.test"))]
