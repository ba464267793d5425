"""What processes take, as the kernel tells it."""

import contextlib
import os
import pathlib
import threading

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def family(pid):
    """The process and all its descendants but those that end meanwhile."""
    found, tasks = [pid], []
    with contextlib.suppress(FileNotFoundError):
        tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
    for task in tasks:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
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


def available_bytes():
    """What the host could still give (MemAvailable)."""
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/meminfo has no MemAvailable")


def resident_bytes(pid):
    """The sum over the process and all its descendants. What they share counts for each, what ends meanwhile may not
    count at all."""
    total = 0
    for one in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += int(pathlib.Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE_BYTES
    return total


class MemoryWatch:
    """While entered: the most that a process and its descendants have held, and the least that the host had left."""

    INTERVAL_SECONDS = 0.1

    def __init__(self, pid):
        self.most, self.least_available = 0, available_bytes()
        self._pid, self._end = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._end.set()
        self._thread.join()

    def _watch(self):
        while not self._end.wait(self.INTERVAL_SECONDS):
            self.most = max(self.most, resident_bytes(self._pid))
            self.least_available = min(self.least_available, available_bytes())
