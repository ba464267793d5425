"""The rules of the source tree, each a function from a repository's root to the places that break it."""

import pathlib
import re
import subprocess

# What each room under src/ may build on, directly; what those build on is allowed too (docs/architecture.md).
DIRECTION = {
    "base": [],
    "spark": ["base"],
    "wire": ["spark"],
    "engine": ["wire", "catalog"],
    "placement": ["spark"],
    "fleet": ["placement"],
    "store": ["base"],
    "catalog": ["store"],
    "release": ["store"],
    "gateway": ["wire", "fleet", "release", "catalog"],
    "console": ["gateway"],
    "sim": ["placement", "fleet"],
    "apps": ["engine", "console", "sim"],
}

# Headers of libraries that only some folders may see, each with those folders.
GUARDED_HEADERS = {
    r"duckdb\.h": ["engine"],
    r"nanoarrow/.*": ["engine"],
    r"(grpcpp|grpc)/.*": ["wire", "engine/service", "gateway", "apps"],
    r".*\.pb\.h": ["spark/connect", "wire", "engine/service", "gateway", "apps"],
    r"sqlite3\.h|libpq-fe\.h|postgresql/.*": ["store"],
}

_INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)
_VAGUE_WORDS = "utils?|helpers?|common|manager|impl"
_VAGUE_FILE = re.compile(rf"(^|_)({_VAGUE_WORDS})(_|\.|$)", re.IGNORECASE)
# Only definitions: a forward declaration may name a type of somebody else's.
_VAGUE_TYPE = re.compile(
    r"^\s*(?:class|struct)\s+(?:\w+\s+)*?(\w*(?:Utils?|Helpers?|Common|Manager|Impl))\b[^;{]*\{", re.MULTILINE)

# Put together from pieces, or this file would break its own rule.
_HOSTS = [".".join(parts) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("maven", "apache", "org"),
    ("maven", "org"), ("deb", "debian", "org"), ("proxy", "golang", "org"), ("crates", "io"), ("docker", "io"),
    ("ghcr", "io"))]
_MACHINE_FOLDERS = ["/" + name for name in ("work/", "tmp/hearth", "root/", "home/")]
_FOREIGN = re.compile("|".join(
    [rf"(?<![\w-]){re.escape(host)}(?!\w)" for host in _HOSTS]
    + [rf"(?<![\w.}})]){re.escape(folder)}" for folder in _MACHINE_FOLDERS]))


def _relative(root, path):
    return path.relative_to(root).as_posix()


def _sources(root, *suffixes):
    return sorted(path for path in (root / "src").rglob("*") if path.suffix in suffixes)


def _folder_call(cmake_file):
    """The arguments of hearth_folder(...) by keyword, or None when the file has no such call."""
    text = re.sub(r"#.*", "", cmake_file.read_text())
    call = re.search(r"hearth_folder\s*\(([^)]*)\)", text)
    if call is None:
        return None
    arguments, keyword = {}, None
    for word in call.group(1).split():
        if word.isupper():
            keyword = word
            arguments[keyword] = []
        else:
            arguments[keyword].append(word)
    return arguments


def _folders(root):
    """Folder (as in `spark/types`) -> arguments of its hearth_folder call."""
    files = sorted((root / "src").rglob("CMakeLists.txt"))
    calls = {_relative(root / "src", file.parent): _folder_call(file) for file in files}
    return {folder: call for folder, call in calls.items() if call is not None}


def _closure(graph, start):
    seen, todo = set(), list(start)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += graph.get(node, [])
    return seen


def includes_follow_declared_dependencies(root):
    """A folder includes only itself and what its DEPS reach; its tests also what its TEST_LIBS reach."""
    calls = _folders(root)
    deps = {folder: call.get("DEPS", []) for folder, call in calls.items()}
    broken = []
    for path in _sources(root, ".h", ".cc"):
        folder = _relative(root / "src", path.parent)
        start = deps.get(folder, []) + (calls.get(folder, {}).get("TEST_LIBS", []) if path.stem.endswith("_test") else [])
        allowed = _closure(deps, start) | {folder}
        for header in _INCLUDE.findall(path.read_text()):
            included = pathlib.PurePosixPath(header).parent.as_posix()
            if (root / "src" / header).exists() and included not in allowed:
                broken.append(f"{_relative(root, path)} includes {header}, but {folder} does not depend on {included}")
    return broken


def dependencies_point_one_way(root):
    """Every DEPS is a folder that DIRECTION allows, and no folder reaches itself."""
    deps = {folder: call.get("DEPS", []) for folder, call in _folders(root).items()}
    broken = []
    for folder, needed in deps.items():
        room = folder.split("/")[0]
        allowed = _closure(DIRECTION, DIRECTION.get(room, [])) | {room}
        for dep in needed:
            if dep not in deps:
                broken.append(f"src/{folder} depends on {dep}, which is no folder with a CMakeLists.txt")
            elif dep.split("/")[0] not in allowed:
                broken.append(f"src/{folder} depends on {dep}, against the direction of the design")
        if folder in _closure(deps, needed):
            broken.append(f"src/{folder} depends on itself through {', '.join(needed)}")
    return broken


def guarded_headers_stay_where_they_belong(root):
    broken = []
    for path in _sources(root, ".h", ".cc"):
        folder = _relative(root / "src", path.parent)
        for header in _INCLUDE.findall(path.read_text()):
            for pattern, homes in GUARDED_HEADERS.items():
                at_home = any(folder == home or folder.startswith(home + "/") for home in homes)
                if re.fullmatch(pattern, header) and not at_home:
                    broken.append(f"{_relative(root, path)} includes {header}, which belongs in {', '.join(homes)}")
    return broken


def every_source_belongs_to_a_target(root):
    """No file lies where the build does not look: C++ is .h and .cc, in a folder that the root CMakeLists.txt lists."""
    listed = set(re.findall(r"[\w/]+", re.search(r"set\(folders([^)]*)\)", (root / "CMakeLists.txt").read_text()).group(1)))
    calls = _folders(root)
    broken = []
    for path in _sources(root, ".cc", ".h", ".cpp", ".cxx", ".hpp", ".hh", ".c"):
        folder = _relative(root / "src", path.parent)
        if path.suffix not in (".cc", ".h"):
            broken.append(f"{_relative(root, path)} is neither .cc nor .h")
        elif folder not in calls or folder not in listed:
            broken.append(f"{_relative(root, path)} lies in a folder that is no target")
        elif path.name == "main.cc" and "PROGRAM" not in calls[folder]:
            broken.append(f"{_relative(root, path)} is linked into no program")
    return broken


def names_say_what_a_thing_is(root):
    """No file or type is called after a drawer that anything fits in."""
    broken = []
    for top in ("src", "tests", "bench", "scripts", "cmake"):
        for path in sorted((root / top).rglob("*")):
            if "__pycache__" not in path.parts and _VAGUE_FILE.search(path.name):
                broken.append(f"{_relative(root, path)} has a vague name")
    for path in _sources(root, ".h", ".cc"):
        for name in _VAGUE_TYPE.findall(path.read_text()):
            broken.append(f"{_relative(root, path)} declares {name}, a vague name")
    return broken


def headers_are_included_once(root):
    return [f"{_relative(root, path)} lacks #pragma once" for path in _sources(root, ".h")
            if not re.search(r"^#pragma once$", path.read_text(), re.MULTILINE)]


def no_test_is_switched_off(root):
    return [f"{_relative(root, path)} holds a DISABLED_ test" for path in _sources(root, ".cc")
            if path.stem.endswith("_test") and "DISABLED_" in path.read_text()]


def files_name_no_registry_and_no_machine(root):
    """Tracked text names no host of a package registry and no path of the machine it was written on."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    broken = []
    for name in filter(None, tracked.decode().split("\0")):
        try:
            text = (root / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if found := _FOREIGN.search(line):
                broken.append(f"{name}:{number} names {found.group()}")
    return broken


RULES = [
    includes_follow_declared_dependencies,
    dependencies_point_one_way,
    guarded_headers_stay_where_they_belong,
    every_source_belongs_to_a_target,
    names_say_what_a_thing_is,
    headers_are_included_once,
    no_test_is_switched_off,
    files_name_no_registry_and_no_machine,
]
