"""Writing a release to another SPARQL server, graph by graph, by the Graph Store HTTP Protocol."""

import hashlib
import io
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    OpenerDirector,
    Request,
    build_opener,
)

from pyoxigraph import Literal, NamedNode, RdfFormat, Store, Triple, parse, serialize

from ontology.terms import (
    AC,
    CATALOGUE_GRAPH,
    DCT,
    DERIVED_GRAPH,
    ONTOLOGY_GRAPH,
    REFERENCE_GRAPH,
    RETRACTED_GRAPH,
    SCHEMA,
    VOID,
)
from server.store import lease
from server.store.errors import StoreError
from server.store.release import Release
from server.store.remote import credentials

TRIES = 4
SECONDS = 300.0  # for one graph
TURTLE = "text/turtle"  # N-Triples is Turtle, and every server reads that
_WHOLE = (ONTOLOGY_GRAPH, REFERENCE_GRAPH, DERIVED_GRAPH)  # besides the graphs of articles


class CannotPush(StoreError):
    """The other server does not take the graphs; the text says which, and what it answered."""


@dataclass(frozen=True)
class Pushed:
    """How many graphs were written, removed, and left since they had not changed."""

    written: int = 0
    removed: int = 0
    same: int = 0

    def __str__(self) -> str:
        return f"{self.written} graphs written, {self.removed} removed, {self.same} unchanged"


class GraphStore:
    """The graphs of another server."""

    def __init__(self, address: str, login: Path | None = None) -> None:
        """Speak to the Graph Store at `address`; `login` is a file with `user:password`."""
        self.address = address
        self._opener = _opener(address, login)

    def get(self, graph: NamedNode) -> list[Triple]:
        """Return the triples of a graph; none where there is no such graph."""
        body = self._send("GET", graph, None, (404,))
        return [quad.triple for quad in parse(body, RdfFormat.TURTLE)]

    def put(self, graph: NamedNode, triples: Iterable[Triple]) -> None:
        """Replace a graph."""
        out = io.BytesIO()
        serialize(triples, out, RdfFormat.N_TRIPLES)
        self._send("PUT", graph, out.getvalue(), ())

    def delete(self, graph: NamedNode) -> None:
        """Remove a graph."""
        self._send("DELETE", graph, None, (404,))

    def _send(self, method: str, graph: NamedNode, body: bytes | None, fine: tuple[int, ...]) -> bytes:
        address = f"{self.address}?{urlencode({'graph': graph.value})}"
        headers = {"Accept": TURTLE} if method == "GET" else {"Accept": "*/*", "Content-Type": TURTLE}
        request = Request(address, body, headers, method=method)  # noqa: S310 - http or https by the setting
        for attempt in range(1, TRIES + 1):
            try:
                with self._opener.open(request, timeout=SECONDS) as answer:
                    return bytes(answer.read())
            except HTTPError as error:
                if error.code in fine:
                    return b""
                if error.code < 500 or attempt == TRIES:
                    said = error.read(500).decode("utf-8", "replace").strip()
                    raise CannotPush(f"{method} {graph}: {self.address} answered {error.code}: {said}") from error
            except (URLError, TimeoutError, ConnectionError) as error:
                if attempt == TRIES:
                    raise CannotPush(f"{self.address} does not answer ({error}); push again when it does") from error
            time.sleep(0.5 * 2**attempt)
        raise AssertionError("the last try returns or raises")


def push(release: Release, target: GraphStore, progress: Callable[[str], None] = lambda _: None) -> Pushed:
    """Make the graphs of another server those of a release: changed ones are written, those that are gone removed.

    What is retracted stays behind, since the other server shows the union of its graphs. The name of the release comes
    last, so that what breaks off on the way is pushed again the next time.

    :raises CannotPush: when the other server does not answer or refuses.
    """
    with lease.held(release.folder):
        store = release.open()
        retracted = {quad.triple for quad in store.quads_for_pattern(None, None, None, RETRACTED_GRAPH)}
        there = _digests(target.get(CATALOGUE_GRAPH))
        written, same, digests, counts = 0, 0, dict[str, str](), dict[str, int]()
        graphs = [*_WHOLE, *(NamedNode(graph) for graph in sorted(release.manifest.sources))]
        for number, graph in enumerate(graphs, 1):
            triples = _shown(store, graph, retracted)
            digests[graph.value], counts[graph.value] = _digest(triples), len(triples)
            if there.get(graph.value) == digests[graph.value]:
                same += 1
                continue
            target.put(graph, triples)
            written += 1
            if not number % 100:
                progress(f"{number} of {len(graphs)} graphs")
        gone = sorted(there.keys() - digests.keys())
        for iri in gone:
            target.delete(NamedNode(iri))
        target.put(CATALOGUE_GRAPH, _catalogue(release, store, digests, counts))
    return Pushed(written, len(gone), same)


def _shown(store: Store, graph: NamedNode, retracted: set[Triple]) -> list[Triple]:
    triples = (quad.triple for quad in store.quads_for_pattern(None, None, None, graph))
    return sorted((triple for triple in triples if triple not in retracted), key=str)


def _digest(triples: Iterable[Triple]) -> str:
    sha256 = hashlib.sha256()
    for triple in triples:
        sha256.update(f"{triple}\n".encode())
    return sha256.hexdigest()


def _digests(catalogue: Iterable[Triple]) -> dict[str, str]:
    return {
        t.subject.value: t.object.value
        for t in catalogue
        if t.predicate == SCHEMA.sha256 and isinstance(t.subject, NamedNode) and isinstance(t.object, Literal)
    }


def _catalogue(release: Release, store: Store, digests: dict[str, str], counts: dict[str, int]) -> list[Triple]:
    """Return the description of the dataset, the name of the release, and a digest and the size of every graph."""
    told = [quad.triple for quad in store.quads_for_pattern(None, None, None, CATALOGUE_GRAPH)]
    told += [
        Triple(CATALOGUE_GRAPH, DCT.identifier, Literal(release.id)),
        Triple(CATALOGUE_GRAPH, AC.loaderVersion, Literal(release.manifest.versions.get("armsclaims", ""))),
    ]
    told += [Triple(NamedNode(graph), SCHEMA.sha256, Literal(digest)) for graph, digest in digests.items()]
    return told + [Triple(NamedNode(graph), VOID.triples, Literal(count)) for graph, count in counts.items()]


def _opener(address: str, login: Path | None) -> OpenerDirector:
    if login is None:
        return build_opener()
    passwords = HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, address, *credentials(login))
    return build_opener(HTTPDigestAuthHandler(passwords), HTTPBasicAuthHandler(passwords))
