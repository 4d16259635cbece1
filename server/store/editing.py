"""Writes to a copy of a release's store: updates and whole graphs; and what of them may become the next release."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Literal as OneOf

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from ontology.terms import BASE, GRAPH
from server.store import publishing
from server.store.derivation import is_article_graph
from server.store.errors import BadUpload, NoSuchGraph, NotWritable, Outdated, StoreError
from server.store.manifest import PLAIN, UNION_SET, Manifest
from server.store.publishing import Changes, Given
from server.store.release import Release

GraphName = NamedNode | BlankNode | DefaultGraph

DOCTYPE = re.compile(r"<!doctype", re.IGNORECASE)
KINDS = {
    UNION_SET: "a dataset whose default graph follows from its articles (DEFAULT_GRAPH=union-set)",
    PLAIN: "a dataset as it was written (DEFAULT_GRAPH=plain)",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """RDF as it came: its media type and its text."""

    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One write: a SPARQL update, or what the Graph Store Protocol does with one graph (None: the default graph)."""

    action: OneOf["update", "put", "post", "delete"]
    update: str = ""
    graph: str | None = None
    uploads: tuple[Upload, ...] = ()


def apply(store: Store, edit: Edit, prefixes: Mapping[str, str]) -> bool:
    """Carry out a write; return whether the graph was there before.

    Relative IRIs are resolved against the graph's name, in an update against the base of the project.

    :param prefixes: those that an update need not declare.
    :raises SyntaxError: when the update does not parse.
    :raises BadUpload: when the RDF does not parse.
    :raises NoSuchGraph: when there is nothing to delete.
    """
    if edit.action == "update":
        store.update(edit.update, base_iri=BASE, prefixes=dict(prefixes))
        return True
    graph = DefaultGraph() if edit.graph is None else NamedNode(edit.graph)
    existed = isinstance(graph, DefaultGraph) or store.contains_named_graph(graph)
    if edit.action == "delete":
        if not existed:
            raise NoSuchGraph(f"There is no graph {graph} to delete.")
        store.remove_graph(graph)
        return True
    quads = [quad for upload in edit.uploads for quad in read(upload, graph)]
    if edit.action == "put":
        store.clear_graph(graph)
    if isinstance(graph, NamedNode):
        store.add_graph(graph)
    store.extend(quads)
    return existed


def read(upload: Upload, graph: NamedNode | DefaultGraph) -> list[Quad]:
    """Parse RDF into quads of one graph; its blank nodes get names of their own.

    :raises BadUpload: when it does not parse, names graphs itself, or has a document type, which can hold entities.
    """
    format = RdfFormat.from_media_type(upload.media_type)
    if format is None:
        raise BadUpload(f"There is no parser for {upload.media_type}.")
    if format == RdfFormat.RDF_XML and DOCTYPE.search(upload.text):
        raise BadUpload("RDF/XML with <!DOCTYPE …> is refused, since it can define entities: write it without.")
    base = BASE if isinstance(graph, DefaultGraph) else graph.value
    try:
        triples = parse(upload.text, format, base_iri=base, without_named_graphs=True, rename_blank_nodes=True)
        return [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples]
    except SyntaxError as error:
        where = f"Line {error.lineno}: " if error.lineno else ""
        raise BadUpload(f"{where}{error.msg}") from error


def require_release(current: Release | None, expected: Collection[str] | None) -> None:
    """Check the condition of a conditional write.

    :raises Outdated: when the current release is none of those expected.
    """
    identifier = current.id if current else ""
    if expected is not None and identifier not in expected:
        raise Outdated(f"The current release is {identifier or 'none'}: read it again, and write on that condition.")


def require_kind(current: Release | None, wanted: str, folder: Path) -> None:
    """Check that a data folder holds no dataset of the other kind, which the write would spoil.

    :raises StoreError: when it does.
    """
    if current and current.manifest.default_graph != wanted:
        raise StoreError(
            f"{folder} holds {KINDS[current.manifest.default_graph]}, not {KINDS[wanted]}: choose another data folder"
        )


def changed_graphs(before: Store, after: Store, among: Collection[GraphName] | None = None) -> list[GraphName]:
    """Return the graphs whose triples, or whose very existence, differ.

    Copies of one store list their quads in the same order, so that they can be compared side by side.

    :param among: the graphs that may differ; without them all are compared, which takes time of the dataset's size.
    """
    if among is not None:
        return sorted((graph for graph in among if not _is_as_before(before, after, graph)), key=str)
    old, new = set(before.named_graphs()), set(after.named_graphs())
    changed: list[GraphName] = [graph for graph in (DefaultGraph(), *(old & new)) if not _same(before, after, graph)]
    return sorted([*changed, *(old ^ new)], key=str)


def touched_by(edit: Edit) -> list[GraphName] | None:
    """Return the graphs that a write may change; None where it may be any."""
    if edit.action == "update" or edit.graph is None:
        return None
    return [NamedNode(edit.graph)]


def _is_as_before(before: Store, after: Store, graph: GraphName) -> bool:
    named = not isinstance(graph, DefaultGraph)
    if named and before.contains_named_graph(graph) != after.contains_named_graph(graph):
        return False
    return _same(before, after, graph)


def _same(before: Store, after: Store, graph: GraphName) -> bool:
    pairs = zip_longest(*(store.quads_for_pattern(None, None, None, graph) for store in (before, after)))
    return all(one == other for one, other in pairs)


def changes_between(
    before: Store, after: Store, parent: Release | None, room: Path, among: Collection[GraphName] | None = None
) -> tuple[Changes, Given]:
    """Return what to publish so that the next release holds the named graphs of `after`.

    :param among: the graphs that may differ; without them all are compared.
    :param room: an empty folder for files of quads.
    :raises NotWritable: when a graph was changed that follows from others, or has blank nodes now.
    """
    sources = parent.manifest.sources if parent else {}
    put: dict[str, Path] = {}
    given: dict[str, dict[str, str]] = {}
    drop: set[str] = set()
    for number, graph in enumerate(changed_graphs(before, after, among)):
        name = _writable(graph)
        live = list(after.quads_for_pattern(None, None, None, graph))
        _check_terms(live)
        source = sources.get(name.value)
        if not live:
            drop |= {name.value} if source else set()
            continue
        if source:  # what the loader knows of it stays true, so that it need not be loaded again
            article = source.article or ""
            given[name.value] = {"path": source.path, "key": source.key, "article": article}
            live += _still_retracted(before, article, live, name)
        put[name.value] = room / f"{number}.nq"
        serialize(live, str(put[name.value]), RdfFormat.N_QUADS)
    return Changes(put, drop), given


def _writable(graph: GraphName) -> NamedNode:
    if isinstance(graph, DefaultGraph):
        raise NotWritable(
            "The default graph follows from the named graphs and is not written itself: name a graph, by "
            "GRAPH <…> { … } in an update, by ?graph=… at /graphs."
        )
    if isinstance(graph, BlankNode):
        raise NotWritable("Graphs have IRIs here, not blank nodes: name the graph.")
    if graph.value.startswith(GRAPH) and not is_article_graph(graph):
        raise NotWritable(f"The graph {graph} is made by publishing and is not written: write to an article's graph.")
    return graph


def _check_terms(quads: Sequence[Quad]) -> None:
    for quad in quads:
        if any(isinstance(term, BlankNode | Triple) for term in (quad.subject, quad.object)):
            raise NotWritable(f"Blank nodes and triple terms are not published; give this an IRI: {quad}")


def _still_retracted(before: Store, article: str, live: Sequence[Quad], graph: NamedNode) -> list[Quad]:
    """Return the article's retracted statements, but those that the write brings back, as quads of its graph."""
    back = {quad.subject for quad in live}
    quads = publishing.retracted_of(before, NamedNode(article)) if article else []
    return [Quad(q.subject, q.predicate, q.object, graph) for q in quads if q.subject not in back]


def plain_manifest(store: Store, parent: Release | None, writer: str | None, note: str) -> Manifest:
    """Return the manifest of a plain dataset, without its name and counts."""
    return Manifest(
        id="",
        number=0,
        created="",
        parent=parent.id if parent else None,
        contents=_contents(store),
        note=note,
        writer=writer,
        versions={name: publishing.installed(name) for name in ("armsclaims", "pyoxigraph")},
        default_graph=PLAIN,
    )


def _contents(store: Store) -> str:
    """Return a digest of the set of quads and graphs: the sum of the SHA-256 of each, in whatever order they come."""
    total = sum(int.from_bytes(hashlib.sha256(str(item).encode()).digest()) for item in store)
    total += sum(int.from_bytes(hashlib.sha256(f"graph {name}".encode()).digest()) for name in store.named_graphs())
    return f"{total % 2**256:064x}"
