"""Memory of a server by its processes: at rest, under load, and while files of a release are made and downloaded.

`python -m benchmarks.memory [DATA]` serves the seeds (or a copy of a data folder) with the settings as they come, and
prints MiB. What several processes share counts for each in part. At the peak means the most that was seen, ten looks a
second.
"""

import argparse
import contextlib
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from benchmarks import held, visitors
from benchmarks.plots import Panel, draw
from benchmarks.visitors import Client, Seen
from benchmarks.watching import PROC, children, memory
from server.store.dumping import DUMPS

EVERY = 0.1  # seconds between two looks
QUIET = 5.0
DOWNLOADS = 10
MAKERS = {"server.store.worker": "workers together", "server.store.dump_all": "makers of files together"}
Looks = list[tuple[float, dict[str, int]]]  # when, and the bytes by role
ROLES = ("the one that watches", "the one that answers", "its spare", *MAKERS.values())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="a data folder with two articles or more")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60, help="of load")
    parser.add_argument("--plot", type=Path, help="where to draw the memory over time, as SVG")
    given = parser.parse_args()
    looks: Looks = []
    with tempfile.TemporaryDirectory() as folder:
        data = held.data_folder(Path(folder) / "data", given.data)
        settings = {"dump_triples": "0"}  # files are made when they are asked for
        with held.serving(data, **settings) as (port, pid):
            columns = measured(data, port, pid, given.clients, given.seconds, looks)
    print(f"| MiB | {' | '.join(columns)} |\n|{'---|' * (1 + len(columns))}")
    for role in (*ROLES, "all"):
        cells = [f"{figures[role] / held.MIB:.0f}" if role in figures else "" for figures in columns.values()]
        print(f"| {role} | {' | '.join(cells)} |")
    if given.plot:
        series = {
            role: [(at - looks[0][0], sizes.get(role, 0) / held.MIB) for at, sizes in looks] for role in (*ROLES, "all")
        }
        draw([Panel("files made, downloaded again, load", "seconds", "MiB", series, log=False)], given.plot)


def measured(data: Path, port: int, pid: int, clients: int, seconds: float, looks: Looks) -> dict[str, dict[str, int]]:
    """Return the bytes by role of a process, of each of the situations in turn; note each look."""
    seen, over = Seen(), threading.Event()
    held.note(seen, data)
    pages = visitors.listed(port)
    time.sleep(QUIET)
    rest = look(pid)

    def load() -> None:
        threads = [
            threading.Thread(target=visitors.visit, args=(port, seen, over, pages, number)) for number in range(clients)
        ]
        for thread in threads:
            thread.start()
        over.wait(seconds)
        over.set()
        for thread in threads:
            thread.join()

    names = sorted(DUMPS, key=lambda name: (name.endswith(".gz"), name))[:DOWNLOADS]

    def download() -> None:
        with ThreadPoolExecutor(DOWNLOADS) as together:
            list(together.map(_get, [port] * len(names), names))

    columns = {
        "at rest": rest,
        f"{len(names)} files made and downloaded, peak": peak(pid, download, looks),
        "downloaded again, peak": peak(pid, download, looks),
        f"{clients} clients, peak": peak(pid, load, looks),
    }
    time.sleep(QUIET)
    return columns | {"at rest again": look(pid)}


def look(root: int) -> dict[str, int]:
    """Return the bytes of memory by role, and of all."""
    found: Counter[str] = Counter({ROLES[0]: memory(root)})
    for child in children({root}):
        below = children({child})
        found[ROLES[1] if below else ROLES[2]] += memory(child)
        for process in below:
            found[_role(process)] += memory(process)
    found["all"] = sum(found.values())
    return dict(found)


def peak(root: int, work: Callable[[], None], looks: Looks) -> dict[str, int]:
    """Return the most bytes by role that are seen while some work is done; note each look."""
    most: dict[str, int] = {}
    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        looks.append((time.monotonic(), look(root)))
        for role, size in looks[-1][1].items():
            most[role] = max(size, most.get(role, 0))
        thread.join(EVERY)
    return most


def _role(process: int) -> str:
    with contextlib.suppress(OSError):
        command = (PROC / str(process) / "cmdline").read_text()
        return next((role for module, role in MAKERS.items() if module in command), ROLES[-1])
    return ROLES[-1]


def _get(port: int, name: str) -> None:
    with contextlib.closing(Client(port, Seen())) as client:
        answer = client.get(f"/dumps/{quote(name)}")
    assert answer.status == 200, f"{name}: {answer.status}"


if __name__ == "__main__":
    main()
