"""Building the next release aside: changed graphs, validation, derivation, counts; whole before a reader sees it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad, Store

from ontology.terms import CATALOGUE_GRAPH, DERIVED_GRAPH, ONTOLOGY_GRAPH, REFERENCE_GRAPH, RETRACTED_GRAPH
from server.store import article_graphs, catalogue
from server.store.article_graphs import ArticleGraph
from server.store.derivation import derive, keep_in_step
from server.store.errors import BadGraph, Invalid, Violation
from server.store.forgetting import Forgetting
from server.store.foundation import Foundation, digest
from server.store.manifest import PLAIN, Manifest, Source, contents_of
from server.store.release import Release

Progress = Callable[[str], None]
Given = Mapping[str, Mapping[str, str]]  # graph to what the loader says of it: path, key, article

OWN_GRAPHS = (REFERENCE_GRAPH, ONTOLOGY_GRAPH, DERIVED_GRAPH, CATALOGUE_GRAPH, RETRACTED_GRAPH)


@dataclass(frozen=True)
class Changes:
    """What to change: `put` maps an article's graph to its new N-Quads file, `drop` names graphs to leave out."""

    put: Mapping[str, Path] = field(default_factory=dict)
    drop: frozenset[str] | set[str] = frozenset()


@dataclass(frozen=True)
class Edition:
    """The next release before it is built: what it adds to its parent, and what it will hold."""

    parent: Release | None
    changed: Mapping[str, Path]
    dropped: frozenset[str]
    sources: Mapping[str, Source]
    reference: list[Quad]
    foundation: Foundation
    forgetting: Forgetting

    @cached_property
    def versions(self) -> dict[str, str]:
        """The programs that made it and SHA-256 of the ontology, the reference data, the rules and the shapes."""
        return {
            **self.foundation.versions,
            "reference": digest(self.reference),
            "armsclaims": installed("armsclaims"),
            "pyoxigraph": installed("pyoxigraph"),
        }

    @cached_property
    def contents(self) -> str:
        """SHA-256 of what it holds, apart from what is derived from that."""
        return contents_of(self.sources, self.versions)

    def rests_on_the_same(self, *parts: str) -> bool:
        """Tell whether these parts of the foundation are those of the parent."""
        before = self.parent.manifest.versions if self.parent else {}
        return all(before.get(part) == self.versions[part] for part in parts)

    def article(self, graph: str) -> ArticleGraph:
        """Read a changed article.

        :raises BadGraph: when its file is no longer what was planned with.
        """
        article = read_article(graph, self.changed[graph], self.forgetting)
        if article.source({}).sha256 != self.sources[graph].sha256:
            raise BadGraph(f"{self.changed[graph]} was changed while it was published: publish again")
        return article


def read_article(graph: str, path: Path, forgetting: Forgetting) -> ArticleGraph:
    """Read an article's file as it will be published: less what is forgotten, the retracted apart.

    :raises BadGraph: when the file cannot be published.
    """
    quads = article_graphs.read(graph, path)
    if not quads:
        raise BadGraph(f"{path} has no quads: extract the article again, or drop <{graph}>")
    return article_graphs.split(graph, forgetting.keep(quads))


def plan(
    parent: Release | None, changes: Changes, given: Given, foundation: Foundation, forgetting: Forgetting
) -> Edition:
    """Read every graph to put once and find out what the next release will hold.

    :raises BadGraph: when a file cannot be published, or a graph to drop is not there.
    """
    before = parent.manifest.sources if parent else {}
    for graph in sorted(set(changes.drop) - before.keys()):
        raise BadGraph(f"the current release has no graph <{graph}> to drop: see `armsclaims releases`")
    sources = {graph: source for graph, source in before.items() if graph not in changes.drop}
    changed: dict[str, Path] = {}
    for graph, path in sorted(changes.put.items()):
        article = read_article(graph, path, forgetting)
        sources.pop(graph, None)
        if article.live or article.retracted:  # else all of it is forgotten
            about = dict(given.get(graph, {}))
            sources[graph] = article.source({**about, "path": forgetting.spare(about.get("path", ""))})
            if graph not in before or before[graph].sha256 != sources[graph].sha256:
                changed[graph] = path
    return Edition(
        parent,
        changed,
        frozenset(before.keys() - sources.keys()),
        dict(sorted(sources.items())),
        forgetting.keep(foundation.reference),
        foundation,
        forgetting,
    )


def validate(edition: Edition, progress: Progress) -> None:
    """Validate the changed articles; all of them where ontology, reference data or shapes have changed.

    :raises Invalid: when a shape is violated.
    """
    same = edition.rests_on_the_same("ontology", "reference", "shapes")
    articles: dict[str, Iterator[Quad]] = {}
    if not same and edition.parent:
        store = edition.parent.open()
        for graph in edition.sources.keys() - edition.changed.keys():
            articles[graph] = store.quads_for_pattern(None, None, None, NamedNode(graph))
    for graph in edition.changed:
        articles[graph] = _all_quads(edition, graph)
    from server.store import validation  # pyshacl and rdflib take 0.2 s, which plain datasets and readers need not wait

    violations = validation.validate(
        articles,
        foundation=[*edition.foundation.ontology, *edition.reference],
        shapes=edition.foundation.shapes,
        whole=not same,
    )
    grave = [violation for violation in violations if violation.severity == "Violation"]
    if grave:
        raise Invalid(grave)
    if violations:
        progress(f"{len(violations)} warnings: `armsclaims validate` lists them")


def violations_of(release: Release, foundation: Foundation) -> list[Violation]:
    """Validate a whole release against today's shapes, with the ontology and reference data that it holds."""
    store = release.open()

    def quads(graph: NamedNode) -> Iterator[Quad]:
        return store.quads_for_pattern(None, None, None, graph)

    from server.store import validation

    return validation.validate(
        {graph: quads(NamedNode(graph)) for graph in release.manifest.sources},
        foundation=[*quads(ONTOLOGY_GRAPH), *quads(REFERENCE_GRAPH)],
        shapes=foundation.shapes,
        whole=True,
    )


def _all_quads(edition: Edition, graph: str) -> Iterator[Quad]:
    article = edition.article(graph)
    yield from article.live
    yield from article.retracted


def fill(folder: Path, edition: Edition, progress: Progress) -> None:
    """Make the next release's store in `folder`: a checkpoint of the parent's with the changes, everything in step."""
    before = Store()
    if edition.parent:
        before = edition.parent.open()
        before.backup(str(folder))
    store = Store(str(folder))
    progress(f"loading {len(edition.changed)} articles")
    touched = [NamedNode(graph) for graph in sorted(edition.changed.keys() | edition.dropped)]
    retracted = list(before.quads_for_pattern(None, None, None, RETRACTED_GRAPH))
    for quad in article_graphs.retracted_among(retracted, _articles(edition.parent, touched)):
        store.remove(quad)
    for part, graph in (("ontology", ONTOLOGY_GRAPH), ("reference", REFERENCE_GRAPH)):
        if not edition.rests_on_the_same(part):
            touched.append(graph)
    for graph in touched:
        store.remove_graph(graph)
    store.bulk_extend(_added(edition))
    keep_in_step(store, chain(_quads_of(before, touched), _quads_of(store, touched)))
    progress(f"deriving by {len(edition.foundation.rules)} rules")
    derive(store, edition.foundation.rules)
    store.flush()


def _articles(release: Release | None, graphs: list[NamedNode]) -> list[NamedNode]:
    sources = release.manifest.sources if release else {}
    articles = (sources[graph.value].article for graph in graphs if graph.value in sources)
    return [NamedNode(article) for article in articles if article]


def _quads_of(store: Store, graphs: list[NamedNode]) -> Iterator[Quad]:
    for graph in graphs:
        yield from store.quads_for_pattern(None, None, None, graph)


def _added(edition: Edition) -> Iterator[Quad]:
    if not edition.rests_on_the_same("ontology"):
        yield from edition.foundation.ontology
    if not edition.rests_on_the_same("reference"):
        yield from edition.reference
    for graph in edition.changed:
        yield from _all_quads(edition, graph)


def describe(folder: Path, manifest: Manifest) -> Manifest:
    """Count what is in the store in `folder`, write its catalogue, and return the manifest with the counts.

    A plain dataset is only counted.
    """
    plain = manifest.default_graph == PLAIN
    store = Store.read_only(str(folder)) if plain else Store(str(folder))
    if plain:
        named = {str(g) if isinstance(g, BlankNode) else g.value: _count(store, g) for g in store.named_graphs()}
        manifest = replace(manifest, graphs=named, triples=len(store) - sum(named.values()))
    else:
        store.remove_graph(CATALOGUE_GRAPH)
        graphs = {graph: source.quads for graph, source in manifest.sources.items()}
        graphs |= {own.value: _count(store, own) for own in OWN_GRAPHS}
        manifest = replace(manifest, triples=len(store) - sum(graphs.values()))
        description = catalogue.describe(manifest)
        store.bulk_extend(description)
        manifest = replace(manifest, graphs={**graphs, CATALOGUE_GRAPH.value: len(set(description))})
        store.flush()
    del store
    for diary in folder.glob("LOG*"):  # RocksDB's, 140 kB in each release; nobody reads it
        diary.unlink()
    return manifest


def _count(store: Store, graph: NamedNode | BlankNode) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, None, None, graph))


def installed(distribution: str) -> str:
    """Return the version of an installed distribution, or "source" for a checkout that is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "source"
