"""What the system tells of a server while it is under load: its processes, their memory, its open files."""

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Sample:
    """One look: seconds since the first, processes, bytes of memory of those that answer and of all, open files.

    Memory that several processes share counts for each of them in part (PSS). `answering` are the processes right
    below the first one: the one that answers and its spare; the others are workers.
    """

    seconds: float
    processes: int
    answering: int
    all: int
    files: int


class Watch:
    """Looks at a process and all below it, again and again, within a block."""

    def __init__(self, root: int, every: float) -> None:
        """Look at the process `root` every so many seconds."""
        self.samples: list[Sample] = []
        self._root = root
        self._every = every
        self._began = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def look(self) -> Sample:
        """Return what there is to see now."""
        answering = children({self._root})
        found = {self._root} | answering
        while more := children(found) - found:
            found |= more
        return Sample(
            time.monotonic() - self._began,
            len(found),
            sum(map(memory, answering)),
            sum(map(memory, found)),
            sum(map(open_files, answering)),
        )

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(self._every):
            self.samples.append(self.look())


def quarters(samples: Sequence[Sample], value: Callable[[Sample], float], warm: float = 0.1) -> list[float]:
    """Return the medians of a value in the four quarters of the time, without the first tenth of it."""
    first = samples[-1].seconds * warm
    length = (samples[-1].seconds - first) / 4
    rows: list[list[float]] = [[], [], [], []]
    for sample in samples:
        if sample.seconds >= first:
            rows[min(3, int((sample.seconds - first) / length))].append(value(sample))
    return [statistics.median(row) for row in rows if row]


def children(parents: set[int]) -> set[int]:
    """Return the processes whose parent is one of these."""
    found = set()
    for status in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) in parents and fields[0] != "Z":
                found.add(int(status.parent.name))
    return found


def memory(pid: int) -> int:
    """Return the bytes of memory of a process, its part of what it shares; 0 when it has ended."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        told = (PROC / str(pid) / "smaps_rollup").read_text()
        return int(told.partition("\nPss:")[2].split()[0]) * 1024
    return 0


def open_files(pid: int) -> int:
    """Return how many files and sockets a process has open; 0 when it has ended."""
    with contextlib.suppress(OSError):
        return sum(1 for _ in (PROC / str(pid) / "fd").iterdir())
    return 0
