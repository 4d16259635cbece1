"""How long each saved query and each kind of page takes, and how that grows with the articles.

    python -m benchmarks.plans --articles 1000 10000     # makes datasets up and publishes them
    python -m benchmarks.plans DATA…                     # takes data folders as they are
    python -m benchmarks.plans DATA --queries            # and names the queries behind each page, with their times

Asked is the app itself, one request at a time, without the cache of answers; of each kind of page the heaviest that the
data have: the state of which most is said, the dispute with most statements, the article with most of them. "First" is
the first request after a start, "then" the median of the following ones. What the server prepares of each release is
there before, as it is for visitors; with --bare it is not, and every page and query asks the engine. Times are those of
the processors (of the app and of its workers), so that other work on the machine does not count; --clock takes the
clock's.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.generator import Generator
from loader import emit, pipeline
from ontology.terms import ID, PREFIXES
from server import reading
from server.app import create_app
from server.engines import engine_of
from server.rows import text
from server.settings import Settings
from server.site import site
from server.store import prepared, search_index, summaries
from server.store.dumping import made
from server.store.embedded import EmbeddedEngine
from server.store.engine import Answer, CutShort, Engine, Query, Row, Term
from server.store.releases import Changes, Releases
from server.store.summary import Summary

AIM = 100.0  # milliseconds
HTML, JSON = "text/html", "application/sparql-results+json"
TURTLE = "text/turtle"
OF_CLASS = {  # what a parameter of a class is given: of these most is said
    **{"Actor": "state", "State": "state", "Person": "visitor", "Materiel": "goods", "Place": "place"},
    **{"Statement": "denial", "Allegation": "statement", "MediaOutlet": "outlet", "Meeting": "meeting"},
}
LOOKS = 10_000_000  # bytes of an answer that are read

_MOST = {  # what has most of something: the heaviest page of its kind
    "state": "SELECT ?x (COUNT(?s) AS ?n) WHERE { ?e ac:supplier|ac:recipient ?x . ?s ac:about ?e } "
    "GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "place": "SELECT ?x (COUNT(?e) AS ?n) WHERE { ?e ac:place ?x } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "goods": "SELECT ?x (COUNT(?e) AS ?n) WHERE { ?e ac:materiel ?x . ?s ac:about ?e } "
    "GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "outlet": "SELECT ?x (COUNT(?a) AS ?n) WHERE { ?a schema:publisher ?x } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "transfer": "SELECT ?x (COUNT(?s) AS ?n) WHERE { ?x a ac:ArmsTransfer . ?s ac:about ?x } "
    "GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "meeting": "SELECT ?x (COUNT(?s) AS ?n) WHERE { ?x a ac:Summit . ?s ac:about ?x } "
    "GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "article": "SELECT ?x (COUNT(?s) AS ?n) WHERE { ?s ac:reportedIn ?x } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "statement": "SELECT ?x (COUNT(?s) AS ?n) WHERE { ?s ac:contradicts ?x } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "denial": "SELECT ?x (COUNT(?s) AS ?n) WHERE { ?x ac:contradicts ?s } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "relayed": "SELECT ?x WHERE { ?x ac:relayedBy|ac:citedBy ?y } ORDER BY ?x LIMIT 1",
    "visitor": "SELECT ?x (COUNT(?e) AS ?n) WHERE { ?e ac:participant ?x } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "person": "SELECT ?x WHERE { ?x a ac:Person } ORDER BY ?x LIMIT 1",
}
_PAIRS = {
    "to": "SELECT ?one ?other (COUNT(?s) AS ?n) WHERE { ?e a ac:ArmsTransfer ; ac:supplier ?one ; "
    "ac:recipient ?other . ?s ac:about ?e } GROUP BY ?one ?other ORDER BY DESC(?n) ?one ?other LIMIT 1",
    "and": "SELECT ?one ?other (COUNT(?s) AS ?n) WHERE { ?e a ac:TransferTalks ; ac:party ?one ; ac:party ?other . "
    "FILTER(STR(?one) < STR(?other)) ?s ac:about ?e } GROUP BY ?one ?other ORDER BY DESC(?n) ?one ?other LIMIT 1",
}


@dataclass
class Timing:
    """One request: milliseconds at first and then, bytes of the answer, and the slowest queries behind it."""

    first: float
    then: float
    size: int
    status: int
    queries: Sequence[tuple[float, str]] = ()


@dataclass
class Watched:
    """An engine that remembers what it was asked, and how long each took."""

    engine: Engine
    clock: Callable[[], float]
    asked: list[tuple[float, str]] = field(default_factory=list)

    def query(self, query: Query, media_types: Mapping[str, str], gone: Callable[[], bool] | None = None) -> Answer:
        with self._timed(query.text):
            return self.engine.query(query, media_types, gone)

    def select(
        self, text: str, substitutions: Mapping[str, Term] | None = None, release: str | None = None
    ) -> list[Row]:
        with self._timed(text):
            return self.engine.select(text, substitutions, release)

    def release(self) -> str:
        return self.engine.release()

    def is_prepared(self, query: Query) -> bool:
        return self.engine.is_prepared(query)

    def summary(self, release: str | None = None) -> Summary | None:
        return self.engine.summary(release)

    def close(self) -> None:
        self.engine.close()

    @contextmanager
    def _timed(self, text: str) -> Iterator[None]:
        began = self.clock()
        try:
            yield
        finally:
            self.asked.append(((self.clock() - began) * 1000, " ".join(text.split())))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="*", help="data folders")
    parser.add_argument("--articles", type=int, nargs="+", default=[], help="sizes of datasets to make up")
    parser.add_argument("--times", type=int, default=3, help="requests after the first")
    parser.add_argument("--bare", action="store_true", help="without what is prepared for each release")
    parser.add_argument("--clock", action="store_true", help="take the time of the clock")
    parser.add_argument("--only", default="", help="only what has this in its name")
    parser.add_argument("--queries", action="store_true", help="name the queries behind each page, with their times")
    given = parser.parse_args()
    with ExitStack() as stack:
        folders = list(given.data)
        for number in given.articles:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            publish(folder, number)
            folders.append(folder)
        columns = {}
        for folder in folders:
            manifest = Releases(folder).require_current().manifest
            clock = time.perf_counter if given.clock else processors
            name = f"{manifest.articles:,} articles" + (", bare" if given.bare else "")
            columns[name] = measured(folder, given.times, given.only, clock, given.bare)
        print(table(columns))
        if given.queries:
            print(explained(list(columns.values())[-1]))


def publish(folder: Path, articles: int) -> None:
    """Publish so many generated articles in a data folder."""
    generator = Generator()
    quads = folder / "quads"
    quads.mkdir()
    put = {}
    for extraction in generator.extractions(articles):
        path = quads / pipeline.file_name(extraction.article.graph)
        emit.write(extraction, generator.reference, path)
        put[extraction.article.graph] = path
    Releases(folder).publish(Changes(put=put))


def processors() -> float:
    """Return the seconds that this process and its living children have had of the processors."""
    total = 0
    for process in [str(os.getpid()), *_children(os.getpid())]:
        for task in Path("/proc", process, "task").glob("*/schedstat"):
            with suppress(OSError):
                total += int(task.read_text().split()[0])
    return total / 1e9


def _children(process: int) -> list[str]:
    found = []
    for path in Path("/proc", str(process), "task").glob("*/children"):
        with suppress(OSError):
            found += path.read_text().split()
    return found


class Bare(EmbeddedEngine):
    """An engine without anything prepared."""

    def summary(self, release: str | None = None) -> None:
        """Return nothing."""

    def _prepared(self, query: Query) -> None:
        pass


def measured(
    folder: Path, times: int, only: str = "", clock: Callable[[], float] = processors, bare: bool = False
) -> dict[str, Timing]:
    """Return the times of everything that a server on this data folder is asked, by name."""
    settings = Settings(data=folder, cache_bytes=0, query_timeout=600.0)
    found: dict[str, Timing] = {}
    with ExitStack() as stack:
        engine = Watched(Bare(folder, seconds=600.0) if bare else engine_of(settings), clock)
        stack.callback(engine.close)
        app = create_app(settings, engine)
        client = app.test_client()
        client.get("/healthz")
        if not bare:
            _prepare(app, only)
        for name, (address, accept) in addresses(engine, client).items():
            if only in name:
                found[name] = timing(client, engine, address, accept, times)
                print(f"{name}: {found[name].first:.0f} {found[name].then:.0f} ms", file=sys.stderr, flush=True)
    return found


def _prepare(app: Flask, only: str) -> None:
    with app.test_request_context("/"):
        release = reading.release()
        if not (release.dumps / summaries.FILE).exists():
            made(release, summaries.FILE, lambda path: summaries.write(path, release.open()))
        wholes = [
            whole
            for query in site().queries.values()
            if only in f"page of query {query.name}" or only in "front page"
            if (whole := query.query(query.defaults()).whole)
        ]
        began = time.process_time()
        if prepared.missing(release.dumps, wholes):
            prepared.make(release.folder, wholes)
            print(f"prepared answers: {time.process_time() - began:.1f} s of the processor")
        if "search" in only or "suggestions" in only or not only:
            search_index.file(release)


def timing(client: FlaskClient, engine: Watched, address: str, accept: str, times: int) -> Timing:
    """Ask for an address at first and then so many times."""
    taken: list[float] = []
    size = status = 0
    for _ in range(times + 1):
        engine.asked.clear()
        began = engine.clock()
        answer = client.get(address, headers={"Accept": accept})
        size, status = 0, answer.status_code
        with suppress(CutShort):  # at the server's limit of rows, which is what a client gets too
            for chunk in answer.iter_encoded():
                size += len(chunk)
        answer.close()
        taken.append((engine.clock() - began) * 1000)
        if taken[-1] > 20_000:
            break
    return Timing(taken[0], statistics.median(taken[1:] or taken), size, status, sorted(engine.asked)[::-1][:6])


def addresses(engine: Engine, client: FlaskClient) -> dict[str, tuple[str, str]]:
    """Return what to ask for: address and media type by name."""
    prologue = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
    pages: dict[str, tuple[str, str]] = {
        "front page": ("/", HTML),
        "overview": ("/overview", HTML),
        "list of queries": ("/queries", HTML),
        "examples as RDF": ("/.well-known/sparql-examples", TURTLE),
        "classes": ("/browse", HTML),
        "members of a class": (f"/browse?class={quote(PREFIXES['ac'] + 'Allegation', safe='')}", HTML),
        "members of a class, page 3": (f"/browse?class={quote(PREFIXES['ac'] + 'Article', safe='')}&page=3", HTML),
        "members of a class, page 300": (f"/browse?class={quote(PREFIXES['ac'] + 'Article', safe='')}&page=300", HTML),
        "list of disputes": ("/disputes", HTML),
        "list of disputes, page 3": ("/disputes?page=3", HTML),
        "search": ("/search?q=Norway", HTML),
        "search of two words": ("/search?q=denies%20rockets", HTML),
        "search, misspelt": ("/search?q=Norwey", HTML),
        "suggestions": ("/search/suggestions?q=Nor", "application/json"),
        "suggestions, one letter": ("/search/suggestions?q=s", "application/json"),
        "completions": ("/sparql/completions?q=sup", "application/json"),
        "reconciliation": ("/reconcile?queries=" + quote('{"q0": {"query": "Norway"}}'), "application/json"),
        "preview of reconciliation": ("/reconcile/preview?id=state/norway", HTML),
        "extension of data": (
            "/reconcile?extend=" + quote('{"ids": ["state/norway"], "properties": [{"id": "statements"}]}'),
            "application/json",
        ),
        "ontology": ("/ontology", HTML),
        "data": ("/dumps/", HTML),
        "graphs": ("/graphs", HTML),
        "API": ("/api", HTML),
        "description (VoID, DCAT)": ("/.well-known/void", TURTLE),
        "site map": ("/sitemap.xml", "application/xml"),
        "part of the site map": ("/sitemap-1.xml", "application/xml"),
        "last part of the site map": ("/sitemap-2.xml", "application/xml"),
        "releases": ("/releases", HTML),
        "what changed in a release": ("/releases/" + engine.release(), HTML),
        "what changed in a release, as JSON": ("/releases/" + engine.release(), "application/json"),
        "SPARQL page": ("/sparql", HTML),
    }
    found: dict[str, str] = {}
    for kind, query in _MOST.items():
        rows = engine.select(prologue + query)
        iri = text(rows[0], "x") if rows else None
        if iri:
            found[kind] = iri
        if iri and kind not in ("relayed", "visitor"):
            pages[f"page of a {kind}"] = ("/page/" + quote(iri.removeprefix(ID), safe="/-._~"), HTML)
            pages[f"data of a {kind}"] = (f"/data/{quote(iri.removeprefix(ID), safe='/-._~')}.ttl", TURTLE)
    for kind, query in _PAIRS.items():
        rows = engine.select(prologue + query)
        if rows:
            one, other = ((text(rows[0], name) or "").removeprefix(ID) for name in ("one", "other"))
            what = "talks" if kind == "and" else "deliveries"
            pages[f"dispute on {what}"] = (f"/disputes/{one}/{kind}/{other}", HTML)
            narrowed = f"?speaker={quote(ID + one, safe='')}&from=2018-01-01&until=2018-12-31"
            pages[f"dispute on {what}, narrowed"] = (f"/disputes/{one}/{kind}/{other}{narrowed}", HTML)
            pages[f"feed on {what}"] = (f"/feeds/{one}/{kind}/{other}", "application/atom+xml")
    answer = client.get("/queries?format=json").get_json()
    for query in answer["queries"]:
        if not query["needsService"]:
            address = f"/queries/{query['name']}"
            pages[f"query {query['name']}"] = (address, JSON)
            pages[f"page of query {query['name']}"] = (address, HTML)
            chosen = _chosen(query["parameters"], found)
            if chosen:
                pages[f"query {query['name']}, chosen"] = (f"{address}?{urlencode(chosen)}", JSON)
                pages[f"page of query {query['name']}, chosen"] = (f"{address}?{urlencode(chosen)}", HTML)
    return pages


def _chosen(parameters: Sequence[Mapping[str, Any]], most: Mapping[str, str]) -> dict[str, str]:
    """Return other values than the defaults: the first parameter for a kind of thing takes what has most of it."""
    chosen: dict[str, str] = {}
    for parameter in parameters:
        kind = OF_CLASS.get(str(parameter["class"]).removeprefix(PREFIXES["ac"]), "")
        if kind in most and most[kind] not in chosen.values():
            chosen[parameter["name"]] = most[kind]
        elif parameter["type"] == "date" and (chosen or not parameter["class"]):
            chosen[parameter["name"]] = "2016-01-01" if parameter["name"] == "from" else "2019-12-31"
        elif parameter["choices"]:
            chosen[parameter["name"]] = parameter["choices"][0]
        elif parameter["name"] == "onlyStatement" and "relayed" in most:
            chosen[parameter["name"]] = most["relayed"]
        elif chosen and parameter["optional"]:
            chosen[parameter["name"]] = ""
    return chosen


def table(columns: Mapping[str, Mapping[str, Timing]]) -> str:
    """Return the times as Markdown; what is above the aim is in bold."""
    lines = ["| | " + " | ".join(f"{size}: first | then | size" for size in columns) + " |"]
    lines.append("|---" + "|---:" * (3 * len(columns)) + "|")
    for name in dict.fromkeys(name for column in columns.values() for name in column):
        cells = []
        for column in columns.values():
            one = column.get(name)
            told = [_ms(one.first), _ms(one.then), _size(one)] if one else ["", "", ""]
            cells += told
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def explained(timings: Mapping[str, Timing]) -> str:
    """Return the slowest queries behind each request."""
    lines = []
    for name, one in timings.items():
        lines.append(f"{name}: {one.then:.1f} ms")
        lines += [f"    {ms:.1f} ms  {query[-160:]}" for ms, query in one.queries]
    return "\n".join(lines)


def _ms(value: float) -> str:
    told = f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"
    return f"**{told}**" if value > AIM else told


def _size(one: Timing) -> str:
    return f"{one.size / 1000:,.0f} kB" if one.status == 200 else f"status {one.status}"


if __name__ == "__main__":
    main()
