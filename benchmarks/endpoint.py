"""The endpoint beside others on the same data: answers a second at 1 to 64 clients, and what a very long answer takes.

`python -m benchmarks.endpoint` makes a dataset up, serves it by `armsclaims serve` (with and without its cache of
results), by `oxigraph serve`, by Virtuoso and `rdflib-endpoint` where they are installed, and by a Flask app on the
same WSGI server that only says hello. It chooses queries by what they take the engine by itself and asks each server
the same ones in turns, first each once (cold), then again and again (warm). It prints Markdown for
docs/performance.md: answers a second, with their ratios to `oxigraph serve` and to the hello, the processors' time of
an answer, on which other work on the machine has little influence, and the aims. A server that would take too long at
a query is asked each text once. `--large` asks for a million rows instead: seconds to the first byte and the last,
and memory.
"""

import argparse
import http.client
import json
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
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryResultsFormat, QuerySolutions, RdfFormat, Store, serialize

from benchmarks import choices, clients, contenders
from benchmarks.choices import LOOKUP, MORE, MORE_MS, ROWS, SAME, SOME, SOME_MS, Choice
from benchmarks.contenders import CACHED, HELLO, OURS, OXIGRAPH, RDFLIB, Served
from benchmarks.generator import Generator
from benchmarks.plots import Panel, draw
from loader import emit
from ontology import reference as reference_data
from ontology.terms import ONTOLOGY_FILE, REFERENCE_FOLDER
from server.saved_query import read_folder
from server.settings import QUERIES_FOLDER
from server.store.releases import Releases

LARGE = 10**6  # rows
AT = 16  # clients that the aims are for
COLD = 5.0  # seconds for asking each text once
SLOW = 2.0  # seconds that a round may take beyond what it is given; a slower server has one round
TOO_SLOW = 10.0  # such a server has only been asked each text once
LONG_ANSWER = 0.5  # seconds
CHECKED = 5  # texts of each kind of which the rows are counted
BARS = (  # what is measured, against what, and the least ratio
    (OURS, LOOKUP, HELLO, 0.5),
    (CACHED, LOOKUP, HELLO, 0.85),
    (OURS, SOME_MS, OXIGRAPH, 0.7),
    (OURS, MORE_MS, OXIGRAPH, 1.0),
    (OURS, ROWS, OXIGRAPH, 1.0),
    *((OURS, name, RDFLIB, 10.0) for name in (LOOKUP, SAME, SOME_MS, MORE_MS, ROWS)),
    (CACHED, SAME, RDFLIB, 10.0),
)
PACKAGES = ("pyoxigraph", "oxigraph", "waitress", "flask", "rdflib-endpoint")


@dataclass
class Cell:
    """What was measured of one server, query and number of clients, round by round."""

    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)  # milliseconds of the processors for an answer
    once: bool = False  # each text was asked once, as there was no time for more

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cost(self) -> float:
        return statistics.median(self.costs)


Found = dict[tuple[str, int, str], Cell]  # by query, clients and server
Cold = dict[tuple[str, str], clients.Asked]  # by query and server


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="for each server, query, number of clients and round"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--saved", action=argparse.BooleanOptionalAction, default=True, help="ask the saved queries too"
    )
    parser.add_argument("--large", action="store_true", help="ask for a million rows, and nothing else")
    parser.add_argument("--plot", type=Path, help="where to draw the answers a second, as SVG")
    parser.add_argument("--data", type=Path, help="a folder of an earlier run, or where to leave the dataset")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = given.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        triples = dataset(folder, given.articles)
        print(f"{given.articles:,} generated articles, {triples:,} triples. {machine()}.\n")
        servers = [stack.enter_context(server) for server in contenders.servers(folder, whole=given.large)]
        for server in servers:
            server.wait_until_quiet()
        if given.large:
            print(large(servers, triples, given.rounds))
            return
        compare(servers, folder, given.clients, given.seconds, given.rounds, saved=given.saved, picture=given.plot)


def compare(
    servers: Sequence[Served],
    folder: Path,
    numbers: Sequence[int],
    seconds: float,
    rounds: int,
    *,
    saved: bool,
    picture: Path | None,
) -> None:
    """Ask everything and print what was found."""
    names = [server.name for server in servers]
    print(row("", *names) + "\n" + "|---" * (len(servers) + 1) + "|")
    print(row("from start to first answer", *(f"{server.start:.1f} s" for server in servers)))
    print(row("memory at rest", *(f"{server.memory() / 2**20:.0f} MiB" for server in servers)) + "\n")
    store = Store.read_only(str(folder / "oxigraph"))
    queries = choices.choose(store)
    print(row("queries", "texts", "milliseconds of the engine alone: least, median, most") + "\n|---|---|---|")
    for name, choice in queries.items():
        print(row(name, f"{len(choice.texts)}", ", ".join(f"{taken:.2f}" for taken in choice.milliseconds)))
    cold = ask_once_each(servers, queries)
    print(f"\nEach text once, after the start, {AT} clients: answers a second, half of them within milliseconds.\n")
    print(cold_table(cold, [name for name in queries if name != SAME], names))
    print("\n" + (differences(servers, queries, store) or "All servers give as many rows as the engine by itself."))
    print("\nAgain and again: answers a second (in brackets parts of those of oxigraph serve; of the hello).\n")
    found = measure(servers, queries, cold, numbers, seconds, rounds)
    print(table(found, names, lambda cell: f"{cell.rate:,.0f}"))
    print(f"\nMilliseconds of the processors for an answer at {AT} clients.\n")
    print(table({key: cell for key, cell in found.items() if key[1] == AT}, names, lambda cell: f"{cell.cost:.2f}", ""))
    print("\nEach text once, just after a release was published.\n")
    ours = [server for server in servers if server.name in (OURS, CACHED)]
    Releases(folder / "data").edit(_one_more, plain=True)
    print(cold_table(ask_once_each(ours, {LOOKUP: queries[LOOKUP]}), [LOOKUP], [server.name for server in ours]))
    lines = bars(found)
    if saved:
        kept = saved_queries(store)
        others = [server for server in servers if server.name != HELLO]
        first = ask_once_each(others, kept)
        again = measure(others, kept, first, [AT], seconds, max(1, rounds - 1))
        print(f"\nSaved queries, {AT} clients: answers a second (in brackets parts of those of oxigraph serve).\n")
        shown = {name: f"{name}, {choice.milliseconds[1]:.1f} ms" for name, choice in kept.items()}
        print(table(again, [server.name for server in others], lambda cell: f"{cell.rate:,.1f}", OXIGRAPH, shown))
        lines += saved_bars(again, kept)
    print(f"\n| at {AT} clients | aim | reached |\n|---|---|---|\n" + "\n".join(lines))
    if picture:
        plot(found, names, picture)


def row(*cells: str) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    """Return what was measured on, with what."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return f"{os.cpu_count()} processors, Python {platform.python_version()}, {', '.join(versions)}"


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


def saved_queries(store: Store) -> dict[str, Choice]:
    """Return the saved queries that can be asked as they are, with what they take the engine."""
    known = read_folder(QUERIES_FOLDER).items()
    found: dict[str, Choice] = {}
    for name, query in known:
        try:
            if not query.needs_service:
                found[name] = choices.timed(store, query.text)
        except (SyntaxError, ValueError, RuntimeError) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return found


def ask_once_each(servers: Sequence[Served], queries: Mapping[str, Choice]) -> Cold:
    """Ask each text once, for some seconds at most; a server that takes long at the first one is asked no other."""
    found: Cold = {}
    for name, choice in queries.items():
        for server in servers:
            messages = [clients.request(server.address, text) for text in choice.texts]
            try:
                asked = clients.ask_for(server.address, messages[:1], 1, COLD, again=False)
                if asked.seconds < LONG_ANSWER and messages[1:]:
                    asked = clients.ask_for(server.address, messages[1:], AT, COLD, again=False)
            except (clients.Failed, OSError) as error:
                print(f"{server.name} failed at {name}: {error}", file=sys.stderr)
                continue
            found[name, server.name] = asked
            print(f"{name}, each once, {server.name}: {asked.rate:,.1f}/s", file=sys.stderr, flush=True)
    return found


def cold_table(cold: Cold, queries: Sequence[str], names: Sequence[str]) -> str:
    """Return answers a second, and within how many milliseconds half of them came."""

    def cell(asked: clients.Asked | None) -> str:
        return f"{asked.rate:,.0f}, {1000 * statistics.median(asked.latencies):,.1f} ms" if asked else "fails"

    lines = [row("queries", *names), "|---" * (len(names) + 1) + "|"]
    return "\n".join(lines + [row(query, *(cell(cold.get((query, name))) for name in names)) for query in queries])


def differences(servers: Sequence[Served], queries: Mapping[str, Choice], store: Store) -> str:
    """Return which servers do not give as many rows as the engine, of some queries of each kind."""
    wrong = []
    for name, choice in queries.items():
        for text in choice.texts[:CHECKED]:
            solutions = store.query(text)
            assert isinstance(solutions, QuerySolutions)
            right = len(json.loads(solutions.serialize(format=QueryResultsFormat.JSON) or b"")["results"]["bindings"])
            for server in servers:
                found = right if server.name == HELLO else rows_of(server, text)
                if found != right:
                    wrong.append(f"{server.name} gives {found} rows for one of “{name}”, not {right}.")
    return " ".join(dict.fromkeys(wrong))


def rows_of(server: Served, text: str) -> int | None:
    """Return how many rows a server gives; None where it gives an error."""
    parts = urlsplit(server.address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=clients.PATIENCE)
    try:
        headers = {"Accept": clients.JSON, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", parts.path, urlencode({"query": text}), headers)
        answer = connection.getresponse()
        return len(json.loads(answer.read())["results"]["bindings"]) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def measure(
    servers: Sequence[Served],
    queries: Mapping[str, Choice],
    cold: Cold,
    numbers: Sequence[int],
    seconds: float,
    rounds: int,
) -> Found:
    """Ask everything in turns; a server that fails at a query is left out of that query, and said."""
    found: Found = {}
    for name, choice in queries.items():
        for number in numbers:
            for turn in range(rounds + 1):  # the first is to warm up
                for server in servers:
                    cell = found.setdefault((name, number, server.name), Cell())
                    asked = cold.get((name, server.name))
                    if asked is None or (turn > 1 and not cell.rates):
                        continue
                    takes = number / asked.rate
                    if takes > TOO_SLOW:
                        cell.rates, cell.once = [asked.rate], True
                    elif takes < SLOW or turn == 1:
                        _ask(server, name, choice, number, seconds if turn else seconds / 2, cell if turn else None)
            done = {server.name: found[name, number, server.name] for server in servers}
            rates = (f"{key} {cell.rate:,.0f}/s" for key, cell in done.items() if cell.rates)
            print(f"{name}, {number} clients: {', '.join(rates)}", file=sys.stderr, flush=True)
    return found


def _ask(server: Served, name: str, choice: Choice, number: int, seconds: float, cell: Cell | None) -> None:
    messages = [clients.request(server.address, text) for text in choice.texts]
    before = server.processor_seconds()
    try:
        asked = clients.ask_for(server.address, messages, number, seconds)
    except (clients.Failed, OSError) as error:
        print(f"{server.name} failed at {name}: {error}", file=sys.stderr)
        return
    if cell is not None:
        cell.rates.append(asked.rate)
        cell.costs.append(1000 * (server.processor_seconds() - before) / asked.answers)


def ratio(found: Found, name: str, number: int, one: str, other: str) -> float | None:
    """Return how many times as many answers a second one server gives as another, the median of the rounds."""
    ours, theirs = found.get((name, number, one), Cell()), found.get((name, number, other), Cell())
    if not ours.rates or not theirs.rates:
        return None
    if len(ours.rates) != len(theirs.rates):
        return ours.rate / theirs.rate
    return statistics.median(mine / its for mine, its in zip(ours.rates, theirs.rates, strict=True))


def table(
    found: Found,
    names: Sequence[str],
    shown: Callable[[Cell], str],
    beside: str = f"{OXIGRAPH}; {HELLO}",
    labels: Mapping[str, str] | None = None,
) -> str:
    """Return what was found, in brackets what part it is of that of the servers `beside`."""
    lines = [row("queries", "clients", *names), "|---" * (len(names) + 2) + "|"]
    for name, number in dict.fromkeys((name, number) for name, number, _ in found):
        cells = []
        for server in names:
            cell = found[name, number, server]
            parts = [ratio(found, name, number, server, other) for other in beside.split("; ") if other]
            inside = "; ".join("–" if part is None else f"{part:.2f}" for part in parts)
            values = cell.costs if not beside else cell.rates
            about = "about " if cell.once else ""
            cells.append(about + shown(cell) + (f" ({inside})" if inside else "") if values else "–")
        lines.append(row((labels or {}).get(name, name), str(number), *cells))
    return "\n".join(lines)


def bars(found: Found) -> list[str]:
    """Return what was aimed at beside what was reached."""
    lines = []
    for server, name, other, least in BARS:
        reached = ratio(found, name, AT, server, other)
        if reached is not None:
            lines.append(_bar(f"{name}: {server} / {other}", least, reached))
    return lines


def saved_bars(found: Found, queries: Mapping[str, Choice]) -> list[str]:
    """Return the same of the saved queries, by what they take the engine: the median of each kind, and the least."""
    lines = []
    for other, kind, span, least in (
        (OXIGRAPH, SOME_MS, SOME, 0.7),
        (OXIGRAPH, MORE_MS, range(MORE.start, sys.maxsize), 1.0),
        (RDFLIB, "all", range(sys.maxsize), 10.0),
    ):
        names = [name for name, choice in queries.items() if int(choice.milliseconds[1]) in span]
        ratios = [part for name in names if (part := ratio(found, name, AT, OURS, other)) is not None]
        if ratios:
            about = f"{len(ratios)} saved queries, {kind}: {OURS} / {other}, the median (the least: {min(ratios):.2f})"
            lines.append(_bar(about, least, statistics.median(ratios)))
    return lines


def _bar(what: str, aim: float, reached: float) -> str:
    return row(what, f"{aim:g}", f"{reached:.2f}" + ("" if reached >= aim else ": not reached"))


def _one_more(store: Store) -> None:
    number = NamedNode(f"urn:benchmark:{len(store)}")
    store.add(Quad(number, number, number, DefaultGraph()))


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
    """Draw the answers a second by clients, a picture for each query."""
    panels = []
    for query in dict.fromkeys(name for name, _, _ in found):
        series = {
            server: [
                (number, cell.rate)
                for (name, number, by), cell in found.items()
                if (name, by) == (query, server) and cell.rates
            ]
            for server in names
        }
        panels.append(Panel(query, "clients", "answers a second", series))
    draw(panels, path)


if __name__ == "__main__":
    main()
