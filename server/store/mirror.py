"""Another server's graphs as a release on this machine, for what needs one: the search index and the dumps.

DATA/mirror/<name of the release>/ is fetched once. Where the data folder has the release itself, as it does where
`armsclaims push` runs, nothing is fetched.
"""

import io
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from ontology.terms import BASE, CATALOGUE_GRAPH, GRAPH, VOID
from server.store import article_graphs, files, lease, publishing
from server.store.derivation import is_article_graph, keep_in_step
from server.store.engine import Engine, Limits, Query, Unavailable
from server.store.errors import told
from server.store.manifest import Manifest, Source, contents_of
from server.store.pieces import Pieces
from server.store.pooled import PLAIN_MEDIA_TYPES
from server.store.release import STORE, Release
from server.store.sources import Sources

NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{10}")  # of a release; a path is made of it
PATIENCE = 10.0  # seconds that a reader waits before it is told to come back
SECONDS = 600.0  # for one graph
TRIPLES = dict.fromkeys(("graph", "solutions", "boolean"), "application/n-triples")
_COUNTS = f"SELECT ?graph ?count WHERE {{ GRAPH {CATALOGUE_GRAPH} {{ ?graph {VOID.triples} ?count }} }}"


class Mirror:
    """The releases that another server shows, one at a time; safe for many threads."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        """Keep copies of what `engine` shows in the data folder `folder`."""
        self.folder = folder
        self.engine = engine
        self._lock = threading.Lock()
        self._fetching: threading.Thread | None = None
        self._failure: Exception | None = None
        self._shown = ""  # the release that was asked for last

    def release(self, patience: float = PATIENCE) -> Release:
        """Return the release that the server shows, fetched now if it is not here.

        :param patience: seconds to wait for that.
        :raises Unavailable: while it is fetched, or when the server does not answer.
        :raises StoreError: when the disk is full or the folder cannot be written.
        """
        name = self.engine.release()
        if not NAME.fullmatch(name):
            raise Unavailable("The engine does not say which release it holds: write to it with “armsclaims push”.")
        if name != self._shown:
            self._shown = name
            self._discard_others(name)
        return self._found(name) or self._fetched(name, patience)

    def _fetched(self, name: str, patience: float) -> Release:
        with self._lock:
            if self._fetching is None or not self._fetching.is_alive():
                self._failure = None
                self._fetching = threading.Thread(target=self._fetch, args=(name,), daemon=True)
                self._fetching.start()
            thread = self._fetching
        thread.join(patience)
        found = self._found(name)
        if found is not None:
            return found
        if self._failure is not None and not thread.is_alive():
            raise self._failure
        raise Unavailable("The graphs of the engine are being fetched for this. Try again in a minute.")

    @property
    def _mirrors(self) -> Path:
        return self.folder / "mirror"

    def _found(self, name: str) -> Release | None:
        for folder in (self.folder / "releases" / name, self._mirrors / name):
            if folder.is_dir():
                return Release.at(folder)
        return None

    def _fetch(self, name: str) -> None:
        try:
            with told(self.folder):
                self._mirrors.mkdir(parents=True, exist_ok=True)
                building = Path(tempfile.mkdtemp(dir=self._mirrors, prefix=".building-"))
                try:
                    self._build(building, name)
                    building.chmod(0o755)
                    building.rename(self._mirrors / name)
                    files.sync(self._mirrors)
                finally:
                    shutil.rmtree(building, ignore_errors=True)
        except Exception as error:  # whoever asks next gets it
            self._failure = error

    def _build(self, building: Path, name: str) -> None:
        """Write the release's store and manifest; one article is in memory at a time."""
        counts = self._counts()
        store = Store(str(building / STORE))
        sources: dict[str, Source] = {}
        store.bulk_extend(self._quads(counts, sources))
        keep_in_step(store, (quad for quad in store if quad.graph_name != CATALOGUE_GRAPH))
        if self._counts() != counts:
            raise Unavailable("The engine was written to while its graphs were fetched. Try again in a minute.")
        store.flush()
        size = publishing.count(store)
        del store
        made = datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        versions = dict.fromkeys(("ontology", "reference", "rules"), "")
        manifest = Manifest(
            id=name,
            number=1,
            created=made.isoformat(timespec="seconds"),
            base=BASE,
            parent=None,
            contents=contents_of(sources, versions),
            triples=size.triples,
            others=size.others,
            sources=Sources.of(sources),
            versions=versions,
        )
        publishing.describe(building / STORE, manifest).write(building)
        files.sync_tree(building)

    def _counts(self) -> dict[str, int]:
        """Return how many triples each graph has, as the push left it."""
        return {
            graph.value: int(count.value)
            for row in self.engine.select(_COUNTS)
            if isinstance(graph := row.get("graph"), NamedNode)
            and isinstance(count := row.get("count"), Literal)
            and graph.value.startswith(GRAPH)
        }

    def _quads(self, counts: dict[str, int], sources: dict[str, Source]) -> Iterator[Quad]:
        """Yield the quads of all graphs; what an article is like is put down in `sources`."""
        for iri, count in sorted(counts.items()):
            graph = NamedNode(iri)
            quads = self._graph(graph)
            if is_article_graph(graph):
                article = article_graphs.split(iri, quads)
                sources[iri] = replace(article.source({}), retracted=0)
                quads = iter(article.live)
            number = 0
            for number, quad in enumerate(quads, 1):  # noqa: B007 - the last one counts
                yield quad
            if number != count:
                raise Unavailable(
                    f"The engine gives {number} of the {count} triples of {iri}: raise its limit on the size of "
                    "results, or push again."
                )

    def _graph(self, graph: NamedNode) -> Iterator[Quad]:
        text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
        answer = self.engine.query(Query(text, limits=Limits(seconds=SECONDS)), PLAIN_MEDIA_TYPES)
        try:
            for quad in parse(io.BufferedReader(Pieces(answer)), RdfFormat.N_TRIPLES):
                yield Quad(quad.subject, quad.predicate, quad.object, graph)
        finally:
            answer.close()

    def _discard_others(self, name: str) -> None:
        """Remove the other mirrors, unless somebody reads them: what was forgotten may stand there."""
        for folder in self._mirrors.glob("*"):
            if folder.name != name and NAME.fullmatch(folder.name):
                with lease.unleased(folder) as free:
                    if free:
                        shutil.rmtree(folder)
