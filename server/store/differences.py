"""What two releases say differently: statements added, removed, retracted, corrected, article by article."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from typing import Literal as OneOf

from pyoxigraph import Literal, NamedNode, Quad, Store

from ontology.terms import (
    AC,
    DCT,
    PROV,
    RDF,
    RDFS,
    RETRACTED_GRAPH,
    SCHEMA,
)
from server.store import lease
from server.store.article_graphs import KINDS
from server.store.errors import UnknownRelease
from server.store.manifest import Manifest
from server.store.release import Release
from server.store.sources import Sources

Action = OneOf["added", "removed", "retracted", "corrected"]
ACTIONS: tuple[Action, ...] = ("added", "removed", "retracted", "corrected")

# What is not part of what a statement says: how it was made, and nodes that are named after it.
_APART = {
    p.value
    for p in (
        *(RDF.type, RDFS.label, AC.evidence, AC.review),
        *(PROV.wasGeneratedBy, PROV.wasDerivedFrom, PROV.wasRevisionOf, PROV.wasAttributedTo),
    )
}


@dataclass(frozen=True, slots=True)
class Named:
    """A resource and its label."""

    iri: str
    label: str


@dataclass(frozen=True, slots=True)
class Review:
    """What an editor decided on a statement: who, on which day (xsd:date), and why."""

    who: str
    when: str
    why: str


@dataclass(frozen=True, slots=True)
class Said:
    """A statement as one release has it; `values` maps the IRIs of its properties to what they say, in words."""

    iri: str
    kind: str
    label: str
    quote: str
    speakers: Sequence[Named]
    article: Named | None
    values: Mapping[str, Sequence[str]]
    revises: str | None = None
    reviews: Sequence[Review] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A statement that two releases have differently; `before` is None for an added one, `after` for one that went."""

    action: Action
    before: Said | None
    after: Said | None
    reviews: Sequence[Review] = ()

    @property
    def said(self) -> Said:
        """The statement as the newer release has it, else as the older one had it."""
        said = self.after or self.before
        assert said is not None
        return said

    @property
    def values(self) -> dict[str, tuple[Sequence[str], Sequence[str]]]:
        """Of a corrected statement the properties that differ: what they said before and say now."""
        if self.before is None or self.after is None:
            return {}
        before, after = self.before.values, self.after.values
        kinds = (
            {RDF.type.value: ((self.before.kind,), (self.after.kind,))} if self.before.kind != self.after.kind else {}
        )
        names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
        return kinds | {name: (before.get(name, ()), after.get(name, ())) for name in names}


@dataclass(frozen=True, slots=True)
class Overview:
    """What two manifests tell without looking at a statement: articles by what happened to them, and other parts."""

    added: Sequence[str] = ()  # graphs of articles
    removed: Sequence[str] = ()
    changed: Sequence[str] = ()
    parts: Sequence[str] = ()  # of what articles rest on: 'ontology', 'reference', 'rules', 'shapes'
    other_graphs: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # quads before and after
    statements: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # by kind, before and after

    @property
    def articles(self) -> list[str]:
        """The graphs of all articles that differ."""
        return sorted([*self.added, *self.removed, *self.changed])


def overview(old: Manifest | None, new: Manifest) -> Overview:
    """Return what the manifests of two releases tell of their difference; without an old one everything is new."""
    after, before = new.sources.differing(old.sources if old else Sources({}))
    was, now = old.statements if old else {}, new.statements
    versions = old.versions if old else {}
    graphs = old.others if old else {}
    names = {*graphs, *new.others} - before.keys() - after.keys()
    return Overview(
        sorted(after.keys() - before.keys()),
        sorted(before.keys() - after.keys()),
        sorted(graph for graph in after.keys() & before.keys() if before[graph].sha256 != after[graph].sha256),
        [part for part in ("ontology", "reference", "rules", "shapes") if versions.get(part) != new.versions.get(part)],
        {g: (graphs.get(g, 0), new.others.get(g, 0)) for g in sorted(names) if graphs.get(g) != new.others.get(g)},
        {kind: (was.get(kind, 0), now.get(kind, 0)) for kind in sorted({*was, *now})},
    )


def changes(old: Release | None, new: Release) -> Iterator[Change]:
    """Yield the statements that differ, article by article; memory holds one article of each release at a time.

    A statement that an editor corrected is a new one in the graph; here both are one change. So are two that say the
    same sentence, of the same kind and speaker, differently.

    :raises UnknownRelease: when a release was pruned just now.
    :raises Damaged: when a release has lost its store.
    """
    with ExitStack() as leases:
        for release in (old, new):
            if release:
                leases.enter_context(_lease(release))
        before, after = _Side(old), _Side(new)
        for graph in overview(old.manifest if old else None, new.manifest).articles:
            yield from _of_article(before, after, graph)


@contextmanager
def _lease(release: Release) -> Iterator[None]:
    try:
        descriptor = lease.take(release.folder)
    except FileNotFoundError:
        raise UnknownRelease(f"release {release.id} was pruned: compare others") from None
    try:
        yield
    finally:
        os.close(descriptor)


def as_json(change: Change) -> dict[str, Any]:
    """Return a change as JSON has it; `replaces` is the statement in whose place a correction came."""
    said, before = change.said, change.before
    replaces = before.iri if before and change.after and before.iri != said.iri else None
    return {
        "change": change.action,
        "statement": said.iri,
        "kind": said.kind,
        "label": said.label,
        "quote": said.quote,
        "speakers": [asdict(speaker) for speaker in said.speakers],
        "article": asdict(said.article) if said.article else None,
        "replaces": replaces,
        "values": {p: {"before": list(was), "after": list(now)} for p, (was, now) in change.values.items()},
        "reviews": [asdict(review) for review in change.reviews],
    }


def _of_article(before: "_Side", after: "_Side", graph: str) -> Iterator[Change]:
    was, now = before.live(graph), after.live(graph)
    gone = {iri: said for iri, said in was.items() if iri not in now}
    for iri, said in now.items():
        if iri in was:
            change = Change("corrected", was[iri], said, _new_reviews(was[iri], said))
            if change.values or change.reviews:
                yield change
        elif (revised := gone.pop(said.revises or "", None) or _alike(said, gone, now)) is not None:
            gone.pop(revised.iri, None)
            yield Change("corrected", revised, said, said.reviews)
        else:
            yield Change("added", None, said, said.reviews)
    retracted = after.retracted(graph) if gone else {}
    for iri, said in gone.items():
        if iri in retracted:
            yield Change("retracted", said, None, retracted[iri].reviews)
        else:
            yield Change("removed", said, None)


def _alike(said: Said, gone: Mapping[str, Said], now: Mapping[str, Said]) -> Said | None:
    """Return the only one that went of the same kind, speaker and sentence, where this is the only such new one."""

    def key(one: Said) -> tuple[object, ...]:
        return one.kind, one.quote, tuple(speaker.iri for speaker in one.speakers)

    alike = [one for one in gone.values() if key(one) == key(said)]
    new = [one for one in now.values() if key(one) == key(said)]
    return alike[0] if len(alike) == len(new) == 1 and said.quote else None


def _new_reviews(was: Said, now: Said) -> list[Review]:
    return [review for review in now.reviews if review not in was.reviews]


class _Side:
    """One of the two releases; None is the empty dataset before the first."""

    def __init__(self, release: Release | None) -> None:
        self._sources = release.manifest.sources if release else {}
        self._store = release.open() if release else Store()

    def live(self, graph: str) -> dict[str, Said]:
        """Return an article's statements in the order of their IRIs."""
        return self._statements(self._store.quads_for_pattern(None, None, None, NamedNode(graph)))

    def retracted(self, graph: str) -> dict[str, Said]:
        """Return an article's retracted statements."""
        source = self._sources.get(graph)
        if source is None or not source.article:
            return {}
        found = self._store.quads_for_pattern(None, AC.reportedIn, NamedNode(source.article), RETRACTED_GRAPH)
        quads = [
            q for one in list(found) for q in self._store.quads_for_pattern(one.subject, None, None, RETRACTED_GRAPH)
        ]
        return self._statements(quads)

    def _statements(self, quads: Iterable[Quad]) -> dict[str, Said]:
        facts: dict[str, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
        kinds: dict[str, str] = {}
        for quad in quads:
            if isinstance(quad.subject, NamedNode):
                facts[quad.subject.value][quad.predicate.value].append(quad.object)
                if quad.predicate == RDF.type and quad.object in KINDS:
                    kinds[quad.subject.value] = KINDS[quad.object]  # type: ignore[index]
        return {iri: self._said(iri, kinds[iri], facts[iri]) for iri in sorted(kinds)}

    def _said(self, iri: str, kind: str, own: Mapping[str, list[object]]) -> Said:
        def named(predicate: NamedNode) -> list[Named]:
            nodes = [term for term in own.get(predicate.value, ()) if isinstance(term, NamedNode)]
            return sorted((Named(node.value, self._label(node)) for node in nodes), key=lambda n: n.label)

        quotes, revised = own.get(AC.quote.value, []), named(PROV.wasRevisionOf)
        return Said(
            iri,
            kind,
            next(iter(self._words(own.get(RDFS.label.value, []))), iri),
            next(iter(self._words(quotes)), ""),
            named(AC.speaker),
            next(iter(named(AC.reportedIn)), None),
            {p: self._words(terms) for p, terms in own.items() if p not in _APART},
            revised[0].iri if revised else None,
            [self._review(NamedNode(review.iri)) for review in named(AC.review)],
        )

    def _words(self, terms: Iterable[object]) -> tuple[str, ...]:
        return tuple(sorted(self._label(t) if isinstance(t, NamedNode) else t.value for t in terms if _is_shown(t)))  # type: ignore[attr-defined]

    def _label(self, node: NamedNode) -> str:
        for predicate in (RDFS.label, SCHEMA.headline):
            labels = sorted(value for value in self._values(node, predicate))
            if labels:
                return labels[0]
        return node.value

    def _review(self, node: NamedNode) -> Review:
        whos = self._store.quads_for_pattern(node, PROV.wasAssociatedWith, None, None)
        who = next((self._label(quad.object) for quad in whos if isinstance(quad.object, NamedNode)), "")
        return Review(who, self._value(node, DCT.date), self._value(node, RDFS.comment))

    def _value(self, node: NamedNode, predicate: NamedNode) -> str:
        return next(iter(sorted(self._values(node, predicate))), "")

    def _values(self, node: NamedNode, predicate: NamedNode) -> list[str]:
        found = self._store.quads_for_pattern(node, predicate, None, None)
        return [quad.object.value for quad in found if isinstance(quad.object, Literal)]


def _is_shown(term: object) -> bool:
    return isinstance(term, NamedNode | Literal)
