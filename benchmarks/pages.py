"""How heavy and how slow the site's pages are: bytes and milliseconds by kind of page, on the seeds or a data folder.

`python -m benchmarks.pages` serves the seeds (or a data folder) by `armsclaims serve` and follows the links of pages,
one page at a time: at once when the server is up, again, and first after a new release. It prints for each kind how
many pages there are, the bytes of the heaviest with all that it loads, as they are sent, and the milliseconds from the
request to the last byte: the median, and the slowest.
"""

import argparse
import gzip
import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from html import unescape
from pathlib import Path

from benchmarks.virtuoso import free_port
from server.store.releases import Changes, Releases

ROOT = Path(__file__).resolve().parent.parent
START = ("/", "/sparql", "/search?q=russia", "/search?q=rusia+amunition", "/api", "/nothing-here")
# Of what there are pages; the rest are files.
KINDS = ("api", "browse", "disputes", "dumps", "feeds", "ontology", "overview", "page", "queries", "releases", "search")
LINKS = re.compile(r' href="(/[^"#]*)')
LOADED = re.compile(r'(?:src|data-land|rel="stylesheet" href|rel="icon" href)="(/[^"]+)"')
PATIENCE = 60.0  # seconds that a server may take to start, and a page to come

GZIP = b"\x1f\x8b"
GOAL = 100.0  # milliseconds of a page, on the seeds

Visits = dict[str, tuple[float, bytes]]  # milliseconds and what came, by address


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, help="a data folder; without one the seeds are loaded")
    parser.add_argument("--most", type=int, default=60, help="pages of one kind (%(default)s)")
    given = parser.parse_args()
    with ExitStack() as stack:
        data = given.data or seeds(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        port = stack.enter_context(serving(data))
        first = crawl(port, given.most)
        again = {path: visit(port, path) for path in first}
        weights = {path: weight(port, page) for path, (_, page) in first.items()}
        times = {"at once after the start": first, "again": again}
        if not given.data:  # what is another's is not changed
            Releases(data).publish(Changes(drop={min(Releases(data).require_current().manifest.sources)}))
            times["first after a release"] = {path: visit(port, path) for path in first}
    print("\n".join(table(weights, times)))


def seeds(folder: Path) -> Path:
    """Load the seeds into a folder."""
    command = [sys.executable, "-m", "armsclaims.cli", "load", str(ROOT / "seeds"), "--data", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


@contextmanager
def serving(data: Path) -> Iterator[int]:
    """Serve a data folder; give the port as soon as it answers."""
    port = free_port()
    options = ["--data", str(data), "--port", str(port), "--client-seconds", "0", "--client-errors", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "armsclaims.cli", "serve", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit("The server does not start.")
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(port: int) -> bool:
    try:
        return visit(port, "/health")[1] != b""
    except OSError:
        return False


def crawl(port: int, most: int) -> Visits:
    """Visit pages by their links, at most so many of a kind."""
    waiting, found = list(START), Visits()
    seen, of_kind = set(START), defaultdict[str, int](int)
    while waiting:
        path = waiting.pop(0)
        found[path] = visit(port, path)
        for link in map(unescape, LINKS.findall(_text(found[path][1]))):
            kind = kind_of(link)
            if link in seen or "format=" in link or kind.split("/")[0] not in KINDS or of_kind[kind] >= most:
                continue
            if link.startswith("/dumps/") and link != "/dumps/":
                continue
            seen.add(link)
            of_kind[kind] += 1
            waiting.append(link)
    return found


def visit(port: int, path: str) -> tuple[float, bytes]:
    """Ask for a page on a connection that is open already; return milliseconds and what is sent."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.connect()
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
        body = connection.getresponse().read()
        return (time.perf_counter() - begun) * 1000, body


@cache
def _size(port: int, path: str) -> int:
    return len(visit(port, path)[1])


def weight(port: int, page: bytes) -> int:
    """Return the bytes of a page with its stylesheet, scripts and icon."""
    return len(page) + sum(_size(port, unescape(path)) for path in set(LOADED.findall(_text(page))))


def _text(page: bytes) -> str:
    return (gzip.decompress(page) if page.startswith(GZIP) else page).decode(errors="replace")


def kind_of(path: str) -> str:
    """Return the kind of a page by its address: 'page/state', 'queries/…', 'browse'."""
    place, *rest = path.partition("?")[0].strip("/").split("/")
    if place == "page":
        return f"page/{rest[0]}"
    return place + ("/…" if rest else "") + (" ?" if "?" in path else "")


def table(weights: dict[str, int], times: dict[str, Visits]) -> Iterator[str]:
    """Yield the lines of a table in Markdown, and the pages that are too slow."""
    yield " | ".join(("| pages", "how many", "kB", *times)) + " |"
    yield "|---" * (3 + len(times)) + "|"
    kinds = defaultdict[str, list[str]](list)
    for path in weights:
        kinds["/" + kind_of(path)].append(path)
    for kind, paths in [*sorted(kinds.items()), ("all", list(weights))]:
        heaviest = max(weights[path] for path in paths) / 1000
        told = " | ".join(_told([visits[path][0] for path in paths]) for visits in times.values())
        yield f"| {kind} | {len(paths)} | {heaviest:.0f} | {told} |"
    for name, visits in times.items():
        slow = [f"{path} ({took:.0f})" for path, (took, _) in visits.items() if took > GOAL]
        yield f"\nMore than {GOAL:.0f} ms, {name}: {', '.join(slow) or 'none'}"


def _told(milliseconds: list[float]) -> str:
    return f"{statistics.median(milliseconds):.0f}, {max(milliseconds):.0f}"


if __name__ == "__main__":
    main()
