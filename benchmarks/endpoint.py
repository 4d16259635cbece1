"""The endpoint beside others on the same data: answers a second at 1 to 64 clients, and what a very long answer takes.

`python -m benchmarks.endpoint --articles 1000` makes a dataset up, serves it by `armsclaims serve` (with and without
its cache of results), by `oxigraph serve`, by Virtuoso and `rdflib-endpoint` where they are installed, and by a Flask
app on the same WSGI server that only says hello; asks each the same queries in turns, and prints how many were answered
a second, as ratios to `oxigraph serve` and to the hello, and the processors' time of an answer, on which other work on
the machine has little influence. `--large` asks for a million rows: seconds to the first byte and the last, and memory.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, serialize

from benchmarks import clients, contenders
from benchmarks.contenders import CACHED, HELLO, OURS, OXIGRAPH, Served
from benchmarks.generator import Generator
from loader import emit
from ontology import reference as reference_data
from ontology.terms import ONTOLOGY_FILE, PREFIXES, REFERENCE_FOLDER
from server.saved_query import read_folder
from server.settings import QUERIES_FOLDER
from server.store.releases import Releases

SIZES = {  # queries by what they take the engine: well below 1 ms, some ms, tens of ms, many rows
    "some ms": "SELECT ?kind (COUNT(?s) AS ?n) WHERE { ?s ac:speaker ?x ; a ?kind } GROUP BY ?kind",
    "tens of ms": "SELECT ?who (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s ac:speaker ?who ; ac:about ?event . "
    "?event ac:recipient ?state } GROUP BY ?who ORDER BY DESC(?n) LIMIT 10",
    "many rows": "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 20000",
}
LOOKUP = "lookup"
LOOKUPS = 500  # different ones, asked one after the other
LARGE = 10**6  # rows
BARS = (  # what is measured, against what, and the least ratio, at 16 clients
    (OURS, (LOOKUP,), HELLO, 0.5),
    (CACHED, (LOOKUP,), HELLO, 0.85),
    (OURS, ("some ms",), OXIGRAPH, 0.7),
    (OURS, ("tens of ms", "many rows"), OXIGRAPH, 1.0),
)
PACKAGES = ("pyoxigraph", "oxigraph", "waitress", "flask", "rdflib-endpoint")


@dataclass
class Cell:
    """What was measured of one server, query and number of clients, round by round."""

    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)  # milliseconds of the processors for an answer

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cost(self) -> float:
        return statistics.median(self.costs)


Found = dict[tuple[str, int, str], Cell]  # by query, clients and server


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="for each server, query, number of clients and round"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--saved", action="store_true", help="ask the saved queries too")
    parser.add_argument("--large", action="store_true", help="ask for a million rows, and nothing else")
    parser.add_argument("--plot", type=Path, help="where to draw the answers a second, as SVG")
    parser.add_argument("--data", type=Path, help="a folder of an earlier run, or where to leave the dataset")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = given.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        triples = dataset(folder, given.articles)
        print(f"{given.articles} articles, {triples:,} triples in the default graph; {machine()}\n")
        servers = [stack.enter_context(server) for server in contenders.servers(folder, whole=given.large)]
        for server in servers:
            server.wait_until_quiet()
        if given.large:
            print(large(servers, triples, given.rounds))
            return
        print("| | " + " | ".join(server.name for server in servers) + " |\n" + "|---" * (len(servers) + 1) + "|")
        print("| from start to first answer | " + " | ".join(f"{server.start:.1f} s" for server in servers) + " |")
        print("| memory at rest | " + " | ".join(f"{server.memory() / 2**20:.0f} MiB" for server in servers) + " |\n")
        queries = {LOOKUP: lookups(folder)} | {name: [declared(text)] for name, text in SIZES.items()}
        if given.saved:
            known = read_folder(QUERIES_FOLDER)
            queries |= {name: [query.text] for name, query in known.items() if not query.needs_service}
        found = measure(servers, queries, given.clients, given.seconds, given.rounds)
        names = [server.name for server in servers]
        print(table(found, names, lambda cell: f"{cell.rate:,.0f}/s"))
        print("\nMilliseconds of the processors for an answer:\n")
        print(table(found, names, lambda cell: f"{cell.cost:.2f}", ratios=False))
        print("\n" + bars(found))
        if given.plot:
            plot(found, names, given.plot)


def machine() -> str:
    """Return what was measured on, with what."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return f"{os.cpu_count()} processors, Python {platform.python_version()}, {', '.join(versions)}"


def declared(text: str) -> str:
    """Return a query with the prefixes that it uses, as people write it."""
    return "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items() if f"{name}:" in text) + text


def lookups(folder: Path) -> list[str]:
    """Return queries for what is said of single things."""
    subjects: dict[NamedNode, None] = {}
    for quad in Store.read_only(str(folder / "oxigraph")):
        if isinstance(quad.subject, NamedNode):
            subjects[quad.subject] = None
    step = max(1, len(subjects) // LOOKUPS)
    return [f"SELECT ?p ?o WHERE {{ {subject} ?p ?o }}" for subject in islice(subjects, 0, LOOKUPS * step, step)]


def dataset(folder: Path, articles: int) -> int:
    """Write a plain release, a store of Oxigraph's and a file of N-Triples with the same triples; return how many."""
    if (folder / "oxigraph").exists():
        return len(Store.read_only(str(folder / "oxigraph")))
    folder.mkdir(parents=True, exist_ok=True)
    reference = reference_data.read()
    lines = folder / "data.nt"
    with lines.open("wb") as out:
        for extraction in Generator().extractions(articles):
            serialize((quad.triple for quad in emit.quads(extraction, reference)), out, RdfFormat.N_TRIPLES)
    store = Store(str(folder / "oxigraph"))
    store.bulk_load(path=str(lines), format=RdfFormat.N_TRIPLES)
    for path in (ONTOLOGY_FILE, *sorted(REFERENCE_FOLDER.glob("*.ttl"))):
        store.bulk_load(path=str(path), format=RdfFormat.TURTLE)
    store.flush()
    count = len(store)
    store.dump(output=str(lines), format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())

    def fill(release: Store) -> None:
        release.bulk_extend(Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in store)

    Releases(folder / "data").edit(fill, plain=True)
    return count


def measure(
    servers: Sequence[Served],
    queries: Mapping[str, Sequence[str]],
    numbers: Sequence[int],
    seconds: float,
    rounds: int,
) -> Found:
    """Ask everything in turns; a server that fails at a query is left out of that query, and said."""
    found: Found = {}
    for name, texts in queries.items():
        for number in numbers:
            for turn in range(rounds + 1):  # the first is to warm up
                for server in servers:
                    cell = found.setdefault((name, number, server.name), Cell())
                    if turn > 1 and not cell.rates:
                        continue
                    messages = [clients.request(server.address, text) for text in texts]
                    before = server.processor_seconds()
                    try:
                        asked = clients.ask_for(server.address, messages, number, seconds if turn else seconds / 2)
                    except (clients.Failed, OSError) as error:
                        print(f"{server.name} failed at {name}: {error}", file=sys.stderr)
                        continue
                    if turn:
                        cell.rates.append(asked.rate)
                        cell.costs.append(1000 * (server.processor_seconds() - before) / asked.answers)
            done = {server.name: found[name, number, server.name] for server in servers}
            rates = (f"{key} {cell.rate:,.0f}/s" for key, cell in done.items() if cell.rates)
            print(f"{name}, {number} clients: {', '.join(rates)}", file=sys.stderr, flush=True)
    return found


def ratio(found: Found, name: str, number: int, one: str, other: str) -> float | None:
    """Return how many times as many answers a second one server gives as another, the median of the rounds."""
    ours, theirs = found.get((name, number, one), Cell()), found.get((name, number, other), Cell())
    pairs = list(zip(ours.rates, theirs.rates, strict=False))
    return statistics.median(mine / its for mine, its in pairs) if pairs else None


def table(found: Found, names: Sequence[str], shown: Callable[[Cell], str], *, ratios: bool = True) -> str:
    """Return Markdown: in brackets what part of Oxigraph's and of the hello's rate it is."""
    lines = ["| query | clients | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for name, number in dict.fromkeys((name, number) for name, number, _ in found):
        cells = []
        for server in names:
            cell = found[name, number, server]
            parts = [ratio(found, name, number, server, other) for other in (OXIGRAPH, HELLO)] if ratios else []
            inside = "; ".join("–" if part is None else f"{part:.2f}" for part in parts)
            cells.append((shown(cell) + (f" ({inside})" if inside else "")) if cell.rates else "fails")
        lines.append(f"| {name} | {number} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def bars(found: Found) -> str:
    """Return what was aimed at beside what was reached at 16 clients."""
    lines = ["| at 16 clients | aim | reached |", "|---|---|---|"]
    for server, names, other, least in BARS:
        for name in names:
            reached = ratio(found, name, 16, server, other)
            if reached is not None:
                lines.append(f"| {name}: {server} / {other} | {least} | {reached:.2f} |")
    return "\n".join(lines)


def large(servers: Sequence[Served], triples: int, rounds: int) -> str:
    """Ask each server for a million rows, in turns; return seconds and memory as Markdown."""
    values = " ".join(map(str, range(-(-LARGE // triples))))
    text = f"SELECT ?s ?p ?o ?x WHERE {{ ?s ?p ?o . VALUES ?x {{ {values} }} }} LIMIT {LARGE}"
    lines = [
        "| a million rows | first byte | last byte | bytes | memory at rest | more at its peak |",
        "|---" * 6 + "|",
    ]
    answers: dict[str, list[clients.Large]] = {server.name: [] for server in servers}
    rests: dict[str, int] = {}
    peaks = dict.fromkeys(answers, 0)
    for _ in range(rounds):
        for server in servers:
            rest = rests.setdefault(server.name, server.memory())
            with _Peak(server) as peak:
                try:
                    answers[server.name].append(clients.ask_once(server.address, clients.request(server.address, text)))
                except (clients.Failed, OSError) as error:
                    print(f"{server.name} failed: {error}", file=sys.stderr)
            peaks[server.name] = max(peaks[server.name], peak.most - rest)
    for server in servers:
        found = answers[server.name]
        if not found:
            lines.append(f"| {server.name} | fails | | | | |")
            continue
        first, last = (statistics.median(getattr(one, name) for one in found) for name in ("first", "last"))
        sizes = (found[0].bytes, rests[server.name], peaks[server.name])
        shown = [f"{1000 * first:.0f} ms", f"{last:.1f} s", *(f"{size / 2**20:.0f} MiB" for size in sizes)]
        lines.append(f"| {server.name} | {' | '.join(shown)} |")
    return "\n".join(lines)


class _Peak:
    """The most memory that a server held within the block, looked at twenty times a second."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, self.server.memory())

    def __enter__(self) -> "_Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def plot(found: Found, names: Sequence[str], path: Path) -> None:
    """Draw the answers a second by clients, a picture for each query; needs matplotlib (the extra bench)."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    queries = list(dict.fromkeys(name for name, _, _ in found))[:8]
    figure, axes = pyplot.subplots(1, len(queries), figsize=(4 * len(queries), 4), squeeze=False)
    for axis, query in zip(axes[0], queries, strict=True):
        for server in names:
            cells = {number: cell for (name, number, by), cell in found.items() if (name, by) == (query, server)}
            points = [(number, cell.rate) for number, cell in cells.items() if cell.rates]
            if points:
                axis.plot(*zip(*points, strict=True), marker="o", label=server)
        axis.set(title=query, xlabel="clients", xscale="log", yscale="log")
        axis.set_xticks(
            sorted({number for _, number, _ in found}), labels=sorted({str(n) for _, n, _ in found}, key=int)
        )
    axes[0][0].set_ylabel("answers a second")
    axes[0][-1].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
