"""What processes take, as the kernel tells it."""

import pathlib


def family(pid):
    """The process and all its descendants."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def proportional_bytes(pid):
    """Its memory; what it shares with others in equal parts."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/{pid}/smaps_rollup has no Pss")


def thread_count(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))
