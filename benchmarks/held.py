"""A server under load for long: saved queries, pages, lookups and dumps among hostile queries, with new releases.

`python -m benchmarks.held --minutes 30 --clients 64` loads the seeds (or copies a data folder, `--data`), serves them
by `armsclaims serve` with its settings as they come, and lets the clients ask, each on its own connection, up to two
seconds after its last answer, and each from an address of its own. One client in eight (`--hostile`) is hostile: what
`benchmarks.hostile` makes up, long answers that nobody reads to the end, requests that stop in the middle. Every minute
another release is published and old ones are removed.

It prints the requests by kind, all that failed and why, memory and processes by quarters of the time, and in the last
line whether it held; when a good request failed or the server grew it exits with 1. A good request fails when it is not
answered with 200, and whole; where it is told to come back (503 with Retry-After) it waits and asks again for
`visitors.GIVE_UP` seconds, which is counted. It fails too when the answer is older than the release that was published
before it was asked, when the table of a saved query differs from what the same data gave before, and when a dump is not
the one that its digest tells of.
"""

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import hostile, visitors
from benchmarks.visitors import Failure, Seen
from benchmarks.watching import Sample, Watch, quarters
from server.store.releases import Changes, Releases

MIB = 1024**2
KEEP = 3  # releases that are left after each switch
HOSTILE = 8  # one client in so many, if nobody says how many
QUIET = 60.0  # seconds at most that the server has to come to rest
MEASURES: tuple[tuple[str, Callable[[Sample], float], float], ...] = (  # what must not grow, and what may be added
    ("MiB of the answering process and its spare", lambda sample: sample.answering / MIB, 16),
    ("MiB of all processes", lambda sample: sample.all / MIB, 96),
    ("processes", lambda sample: sample.processes, 2),
    ("open files of the answering process", lambda sample: sample.files, 16),
)


def main() -> None:
    """Measure, print, and exit with 1 when it does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--hostile", type=int, help="how many of the clients are hostile (default: one in eight)")
    parser.add_argument("--switch", type=float, default=60, help="seconds between two releases")
    parser.add_argument("--data", type=Path, help="a data folder with two articles or more; a copy of it is served")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its time"))  # and leaves nothing behind
    bad = max(1, given.clients // HOSTILE) if given.hostile is None else given.hostile
    with tempfile.TemporaryDirectory() as folder:
        data = data_folder(Path(folder) / "data", given.data)
        report = held(data, given.minutes * 60, given.clients - bad, bad, given.switch)
    print("\n".join(report.lines()))
    sys.exit(1 if report.faults() else 0)


def data_folder(folder: Path, like: Path | None) -> Path:
    """Make a data folder with two releases, the second less one article: a copy, or the seeds loaded."""
    if like:
        shutil.copytree(like, folder, symlinks=True)
    else:
        from armsclaims.loading import load

        load([hostile.ROOT / "seeds"], folder)
    releases = Releases(folder)
    releases.publish(Changes(drop={max(releases.require_current().manifest.sources)}))
    return folder


@dataclass(frozen=True)
class Report:
    """What came of it: what the clients saw, the looks at the server, and those before and after in quiet."""

    seen: Seen
    samples: list[Sample]
    before: Sample
    after: Sample
    seconds: float

    def faults(self) -> list[str]:
        """Return what does not hold: failed good requests, memory, processes and open files that grew."""
        faults = [f"{len(self.seen.failures)} good requests failed"] if self.seen.failures else []
        for name, value, more in MEASURES:
            _, second, _, last = quarters(self.samples, value)  # what is bounded may fill in the first one
            if last > 1.1 * second + more:
                faults.append(f"{name}: {second:.0f} in the second quarter, {last:.0f} in the last")
        if self.after.processes > self.before.processes:
            faults.append(f"processes in quiet: {self.before.processes} before, {self.after.processes} after")
        return faults

    def lines(self) -> list[str]:
        """Return the report in Markdown."""
        faults = self.faults()
        return [
            *self._requests(),
            "",
            *self._server(),
            "",
            *(f"- fault: {fault}" for fault in faults),
            "not held" if faults else "held",
        ]

    def _requests(self) -> Iterator[str]:
        seen = self.seen
        total = sum(map(len, seen.seconds.values()))
        yield f"{self.seconds / 60:.1f} minutes; the release was switched {len(seen.published) - 1} times"
        yield f"{total} good requests were answered, {total / self.seconds:.0f} a second; {len(seen.failures)} failed"
        yield ""
        yield "| good requests | answered | half within | 99 of 100 within | longest | told to come back |"
        yield "|---|---|---|---|---|---|"
        for kind, seconds in sorted(seen.seconds.items()):
            shares = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
            cells = [f"{1000 * part:.0f} ms" for part in (shares[49], shares[98], max(seconds))]
            yield f"| {kind} | {len(seconds)} | {' | '.join(cells)} | {seen.told_to_wait[kind]} |"
        yield ""
        yield from _failed(seen.failures)
        ended: Counter[int] = Counter()
        for (_, status), number in seen.hostile.items():
            ended[status] += number
        told = ", ".join(f"{number} × {status or 'broken off'}" for status, number in ended.most_common())
        yield f"{ended.total()} hostile requests: {told}"

    def _server(self) -> Iterator[str]:
        yield "| median in | quarter 1 | quarter 2 | quarter 3 | quarter 4 | before, in quiet | after, in quiet |"
        yield "|---" * 7 + "|"
        for name, value, _ in MEASURES:
            cells = [*quarters(self.samples, value), value(self.before), value(self.after)]
            yield f"| {name} | " + " | ".join(f"{cell:.0f}" for cell in cells) + " |"


def _failed(failures: list[Failure]) -> Iterator[str]:
    """Yield what failed by kind and reason, figures left out, each with how often and one path."""
    together: dict[tuple[str, str], list[str]] = {}
    for failure in failures:
        together.setdefault((failure.kind, re.sub(r"\d+(\.\d+)?", "N", failure.reason)), []).append(failure.path)
    for (kind, reason), paths in sorted(together.items(), key=lambda item: -len(item[1])):
        yield f"- failed {len(paths)} times: {kind}, such as {paths[0]}: {reason}"


def held(data: Path, seconds: float, good: int, bad: int, switch: float, **settings: str) -> Report:
    """Serve a data folder with two releases and let clients ask for so long, with a new release every `switch` seconds.

    :param good: clients that ask for what there is.
    :param bad: hostile ones.
    :param settings: settings of the server by name, as in docs/settings.md.
    """
    with serving(data, **settings) as (port, pid):
        return _asked(port, pid, data, seconds, good, bad, switch)


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[tuple[int, int]]:
    """Serve a data folder; yield the port and the process that all others of the server are below."""
    environment = {"data": str(data), "port": "0", "log_level": "ERROR", **settings}
    command = [sys.executable, "-c", hostile.START]
    variables = {f"ARMSCLAIMS_{name.upper()}": value for name, value in environment.items()}
    with subprocess.Popen(
        command, cwd=hostile.ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            found = re.search(r":(\d+)$", server.stdout.readline().strip())
            assert found, "the server did not start"
            yield int(found[1]), server.pid
        finally:
            server.send_signal(signal.SIGTERM)


def _asked(port: int, pid: int, data: Path, seconds: float, good: int, bad: int, switch: float) -> Report:
    seen, over = Seen(), threading.Event()
    note(seen, data)
    pages = visitors.listed(port)
    _warm_up(port, seen, pages)
    watch = Watch(pid, min(5.0, seconds / 100))
    before = _in_quiet(watch, 0)
    patience = min(visitors.DEAD, seconds / 4)
    threads = [
        *(threading.Thread(target=visitors.visit, args=(port, seen, over, pages, n)) for n in range(good)),
        *(threading.Thread(target=visitors.attack, args=(port, seen, over, n, patience)) for n in range(bad)),
        threading.Thread(target=_switch, args=(data, seen, over, switch)),
    ]
    began = time.monotonic()
    with watch:
        for thread in threads:
            thread.start()
        try:
            over.wait(seconds)
        finally:
            over.set()
            for thread in threads:
                thread.join()
    lasted = time.monotonic() - began
    return Report(seen, watch.samples, before, _in_quiet(watch, before.processes), lasted)


def _warm_up(port: int, seen: Seen, pages: list[str]) -> None:
    """Ask for one of each, so that what is loaded once and kept is there before the first look."""
    paths = [f"/queries/{name}?format=csv" for name in visitors.SAVED] + [*visitors.PAGES, *pages[:20]]
    with closing(visitors.Client(port, seen)) as client:
        for path in paths:
            client.good("warm-up", path)
    seen.seconds.pop("warm-up", None)


def _in_quiet(watch: Watch, processes: int) -> Sample:
    """Return what there is when nobody asks, at best with no more than so many processes."""
    until = time.monotonic() + QUIET
    time.sleep(1.0)
    look = watch.look()
    while processes and look.processes > processes and time.monotonic() < until:
        time.sleep(0.2)
        look = watch.look()
    return look


def _switch(data: Path, seen: Seen, over: threading.Event, every: float) -> None:
    """Publish the release before the current one again, and again, each time in a process of its own."""
    while not over.wait(every):
        before = Releases(data).list()[-2]
        for command in (["rollback", before.id], ["prune", "--keep", str(KEEP)]):
            told = subprocess.run(
                [sys.executable, "-m", "armsclaims.cli", "releases", *command, "--data", str(data)],
                cwd=hostile.ROOT, capture_output=True, text=True,
            )  # fmt: skip
            if told.returncode:
                with seen.lock:
                    seen.failures.append(Failure("release", command[0], told.stderr.strip()))
        note(seen, data)


def note(seen: Seen, data: Path) -> None:
    """Let what the clients see be compared with the current release from now on."""
    release = Releases(data).require_current()
    seen.publish(release.id, release.manifest.contents)


if __name__ == "__main__":
    main()
