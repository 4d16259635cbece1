"""Building the next release aside: changed graphs, validation, derivation, counts; whole before a reader sees it.

A small change costs what it costs, however large the release is: the store is a checkpoint of the last one, in which
the quads that differ are exchanged and what follows from them is brought up. A first release, a large change and a
change of what all rests on are loaded in bulk, and everything that follows is made anew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store

from ontology.terms import AC, CATALOGUE_GRAPH, DERIVED_GRAPH, ONTOLOGY_GRAPH, REFERENCE_GRAPH, RETRACTED_GRAPH
from server.store import article_graphs, catalogue, staging, summaries
from server.store.article_graphs import retracted_among
from server.store.derivation import Ledger, can_follow, derive, follow, forget_empty, keep_in_step
from server.store.errors import BadGraph, Invalid, Violation
from server.store.forgetting import Forgetting
from server.store.foundation import Foundation, digest
from server.store.manifest import PLAIN, Manifest, contents_of
from server.store.release import DUMPS, Release
from server.store.sources import Sources
from server.store.staging import Given, Progress, Staged

__all__ = ["Changes", "Given", "Progress"]

FEW = 300  # changed articles that are brought in one by one; more are loaded in bulk
OWN_GRAPHS = (REFERENCE_GRAPH, ONTOLOGY_GRAPH, DERIVED_GRAPH, CATALOGUE_GRAPH, RETRACTED_GRAPH)


@dataclass(frozen=True)
class Changes:
    """What to change: `put` maps an article's graph to its new N-Quads file, `drop` names graphs to leave out.

    With `rebuild`, everything that follows from the articles is made anew.
    """

    put: Mapping[str, Path] = field(default_factory=dict)
    drop: frozenset[str] | set[str] = frozenset()
    rebuild: bool = False


@dataclass(frozen=True)
class Ground:
    """What articles rest on, and whether it is what they rested on in the parent."""

    parent: Release | None
    foundation: Foundation
    forgetting: Forgetting

    @cached_property
    def reference(self) -> list[Quad]:
        """The reference data, less what is forgotten."""
        return self.forgetting.keep(self.foundation.reference)

    @cached_property
    def versions(self) -> dict[str, str]:
        """The programs that publish and SHA-256 of the ontology, the reference data, the rules and the shapes."""
        return {
            **self.foundation.versions,
            **({"reference": digest(self.reference)} if self.forgetting else {}),
            "armsclaims": installed("armsclaims"),
            "pyoxigraph": installed("pyoxigraph"),
        }

    def is_the_same(self, *parts: str) -> bool:
        """Tell whether these parts are those of the parent."""
        before = self.parent.manifest.versions if self.parent else {}
        return all(before.get(part) == self.versions[part] for part in parts)

    @cached_property
    def judge(self) -> Callable[[list[Quad]], list[Violation]]:
        """What judges an article by the shapes; made when it is first asked for."""
        from server.store.validation import Validator  # it takes 0.2 s, which plain datasets and readers need not wait

        validator = Validator(self.foundation.shapes, [*self.foundation.ontology, *self.reference])
        if not self.is_the_same("ontology", "reference", "shapes"):
            self._of_itself.extend(validator.violations())
        return validator.violations_of

    @cached_property
    def _of_itself(self) -> list[Violation]:
        return []

    def violations(self) -> list[Violation]:
        """Return what the shapes say of the ontology and the reference data, if these have changed."""
        if not self.is_the_same("ontology", "reference", "shapes"):
            _ = self.judge
        return self._of_itself


@dataclass(frozen=True)
class Edition:
    """The next release before it is built: what it adds to its parent, and what it will hold."""

    parent: Release | None
    ground: Ground
    staged: Staged
    dropped: frozenset[str]
    sources: Sources
    rebuild: bool = False

    @property
    def versions(self) -> dict[str, str]:
        """What made it and what it rests on."""
        return self.ground.versions

    @cached_property
    def contents(self) -> str:
        """SHA-256 of what it holds, apart from what is derived from that."""
        return contents_of(self.sources, self.versions)

    @property
    def changes_nothing(self) -> bool:
        """Whether it would hold what its parent holds."""
        if not self.parent or self.rebuild:
            return False
        manifest = self.parent.manifest
        return self.contents == contents_of(manifest.sources, manifest.versions)

    @property
    def touched(self) -> list[str]:
        """The graphs that the parent has otherwise, or has not."""
        return sorted(self.staged.changed.keys() | self.dropped)


@dataclass(frozen=True)
class Counts:
    """Triples in the default graph, and quads in the named graphs that are no article's."""

    triples: int
    others: Mapping[str, int]


def plan(
    parent: Release | None,
    changes: Changes,
    given: Given,
    foundation: Foundation,
    forgetting: Forgetting,
    room: Path,
    progress: Progress,
) -> Edition:
    """Read every graph to put, judge those that changed, and find out what the next release will hold.

    :param room: an empty folder.
    :raises BadGraph: when a file cannot be published, or a graph to drop is not there.
    """
    before = parent.manifest.sources if parent else Sources({})
    for graph in sorted(changes.drop):
        if graph not in before:
            raise BadGraph(f"the current release has no graph <{graph}> to drop: see `armsclaims releases`")
    ground = Ground(parent, foundation, forgetting)
    staged = staging.stage(
        changes.put,
        before,
        given,
        forgetting=forgetting,
        judge=lambda quads: ground.judge(quads),
        path=room / "staged.nq",
        progress=progress,
    )
    dropped = frozenset(changes.drop) - changes.put.keys() | staged.gone
    sources = before.changed({**staged.renewed, **staged.changed}, dropped)
    return Edition(parent, ground, staged, dropped, sources, changes.rebuild)


def validate(edition: Edition, progress: Progress) -> None:
    """Refuse what the shapes do; all articles are judged where ontology, reference data or shapes have changed.

    :raises Invalid: when a shape is violated.
    """
    ground = edition.ground
    violations = [*edition.staged.violations, *ground.violations()]
    if edition.parent and not ground.is_the_same("ontology", "reference", "shapes"):
        store = edition.parent.open()
        others = [graph for graph in edition.sources if graph not in edition.staged.changed]
        for graph in staging.told(others, len(others), "validating", progress):
            violations += ground.judge(list(store.quads_for_pattern(None, None, None, NamedNode(graph))))
    violations.sort(key=lambda violation: (violation.article or "", violation.focus, violation.message))
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


def fill(folder: Path, edition: Edition, progress: Progress) -> Counts:
    """Make the next release's store in `folder`: a checkpoint of the parent's with the changes, everything in step.

    Its summaries come to lie beside it.
    """
    progress(f"loading {len(edition.staged.changed)} articles")
    rules = edition.ground.foundation.rules
    dumps, articles = folder.parent / DUMPS, edition.sources.tally.articles
    if edition.parent is None:
        store = Store(str(folder))
        _load(store, edition)
    else:
        before = edition.parent.open()
        before.backup(str(folder))
        store = Store(str(folder))
        few = len(edition.touched) <= FEW and not edition.rebuild
        if few and edition.ground.is_the_same("ontology", "reference", "rules") and can_follow(rules):
            ledger = Ledger(store)
            ledger.change(edition.staged.quads(), _replaced(before, edition))
            follow(before, ledger, rules, all_dated=summaries.all_dated(edition.parent.dumps))
            store.flush()
            touched = ledger.quads | ledger.triples
            summaries.publish(dumps, store, articles, before=before, parent=edition.parent.dumps, touched=touched)
            return _counted_on(edition.parent.manifest, ledger)
        _exchange(before, store, edition)
    progress(f"deriving by {len(rules)} rules")
    derive(store, rules, progress)
    store.flush()
    progress("summarising")
    summaries.publish(dumps, store, articles)
    return count(store)


def _load(store: Store, edition: Edition) -> None:
    ground = edition.ground
    edition.staged.load_into(store)
    store.bulk_extend(_shown([*ground.foundation.ontology, *ground.reference]))


def _exchange(before: Store, store: Store, edition: Edition) -> None:
    """Exchange whole graphs; what the default graph may have lost with them is looked up."""
    ground = edition.ground
    replaced = list(_replaced(before, edition))
    parts = {"ontology": ONTOLOGY_GRAPH, "reference": REFERENCE_GRAPH}
    changed = [graph for part, graph in parts.items() if not ground.is_the_same(part)]
    for graph in changed:
        replaced += before.quads_for_pattern(None, None, None, graph)
    for quad in replaced:
        store.remove(quad)
    edition.staged.load_into(store)
    foundation = [*ground.foundation.ontology, *ground.reference]
    store.bulk_extend(_shown(quad for quad in foundation if quad.graph_name in changed))
    forget_empty(store, {quad.graph_name for quad in replaced})
    keep_in_step(store, replaced)


def _replaced(before: Store, edition: Edition) -> Iterator[Quad]:
    """Yield what the parent has in the graphs that change, and what it has set apart of their articles."""
    sources = edition.parent.manifest.sources if edition.parent else Sources({})
    for graph in edition.touched:
        if graph in sources:
            yield from before.quads_for_pattern(None, None, None, NamedNode(graph))
            article = sources[graph].article
            if article and sources[graph].retracted:
                yield from retracted_of(before, NamedNode(article))


def retracted_of(store: Store, article: NamedNode) -> list[Quad]:
    """Return what was set apart of an article's statements."""
    near: set[Quad] = set()
    frontier: list[object] = [
        quad.subject for quad in store.quads_for_pattern(None, AC.reportedIn, article, RETRACTED_GRAPH)
    ]
    seen: set[object] = set()
    while frontier:
        node = frontier.pop()
        if node in seen or not isinstance(node, NamedNode):
            continue
        seen.add(node)
        about = list(store.quads_for_pattern(node, None, None, RETRACTED_GRAPH))
        near.update(about, store.quads_for_pattern(None, None, node, RETRACTED_GRAPH))
        frontier += [quad.object for quad in about if quad.predicate in article_graphs.PARTS]
    return retracted_among(sorted(near, key=str), [article])


def _shown(quads: Iterable[Quad]) -> Iterator[Quad]:
    for quad in quads:
        yield quad
        yield Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())


def _counted_on(manifest: Manifest, ledger: Ledger) -> Counts:
    others = {own.value: manifest.others.get(own.value, 0) + ledger.counts.get(own, 0) for own in OWN_GRAPHS}
    return Counts(manifest.triples + len(ledger.came) - len(ledger.went), others)


def count(store: Store) -> Counts:
    """Count what is in a store."""
    return Counts(_count(store, "?s ?p ?o"), {g.value: _count(store, f"GRAPH {g} {{ ?s ?p ?o }}") for g in OWN_GRAPHS})


def _count(store: Store, pattern: str) -> int:
    answer = store.query(f"SELECT (COUNT(*) AS ?count) WHERE {{ {pattern} }}")
    assert isinstance(answer, QuerySolutions)
    [solution] = answer
    assert isinstance(solution["count"], Literal)
    return int(solution["count"].value)


def describe(folder: Path, manifest: Manifest) -> Manifest:
    """Write the catalogue of the store in `folder`, and return the manifest with its size.

    A plain dataset is only counted.
    """
    if manifest.default_graph == PLAIN:
        store = Store.read_only(str(folder))
        graphs = list(store.named_graphs())
        named = {str(g) if isinstance(g, BlankNode) else g.value: _size(store, g) for g in graphs}
        manifest = replace(manifest, others=named, triples=len(store) - sum(named.values()))
    else:
        store = Store(str(folder))
        store.remove_graph(CATALOGUE_GRAPH)
        description = set(catalogue.describe(manifest))
        store.extend(description)
        manifest = replace(manifest, others={**manifest.others, CATALOGUE_GRAPH.value: len(description)})
        store.flush()
    del store
    for diary in folder.glob("LOG*"):  # RocksDB's, 140 kB in each release; nobody reads it
        diary.unlink()
    return manifest


def _size(store: Store, graph: NamedNode | BlankNode) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, None, None, graph))


def installed(distribution: str) -> str:
    """Return the version of an installed distribution, or "source" for a checkout that is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "source"
