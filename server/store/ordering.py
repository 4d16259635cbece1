"""The order in which dumps are read: article by article, statement by statement with its evidence, types first.

The order follows from what is said alone, so equal datasets give equal bytes. No more than an article or, of what is
not an article, `AT_ONCE` triples are in memory at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from ontology.terms import (
    AC,
    ARTICLE_GRAPHS,
    DCAT,
    DERIVED_GRAPH,
    OA,
    ONTOLOGY_GRAPH,
    OWL,
    RDF,
    RDFS,
    REFERENCE_GRAPH,
    SCHEMA,
    SKOS,
    STATEMENT_KINDS,
)

AT_ONCE = 200_000  # triples of a graph that are brought into order; more come as they are stored, by subject

Node = NamedNode | BlankNode | Triple
Graph = NamedNode | BlankNode | DefaultGraph
Block = list[Triple]  # a subject with what belongs to it alone
Keep = Callable[[Quad], bool]
_Subjects = Mapping[Node, Block]
_Parts = Mapping[Node, list[Node]]

_FIRST = {RDF.type: "0", RDFS.label: "1", SKOS.prefLabel: "2", SKOS.altLabel: "3"}  # other properties by IRI
_HEADS = {AC.Article, OWL.Ontology, DCAT.Catalog, SKOS.ConceptScheme}  # what a section begins with
_STATEMENTS = {AC[kind] for kind in STATEMENT_KINDS}
_PARTS = {AC.evidence, AC.quantity, AC.review, OA.hasSelector}  # properties that lead to what belongs to the subject


@dataclass(frozen=True)
class Section:
    """Blocks that belong together, under a title."""

    title: str
    blocks: Iterable[Block]


def article_graphs(store: Store) -> list[NamedNode]:
    """Return the graphs of the articles, sorted."""
    named = (graph for graph in store.named_graphs() if isinstance(graph, NamedNode))
    return sorted((graph for graph in named if graph.value.startswith(ARTICLE_GRAPHS)), key=str)


def graphs(store: Store) -> list[NamedNode | BlankNode]:
    """Return all named graphs: the articles' first, sorted."""
    articles = article_graphs(store)
    seen = set(articles)
    return [*articles, *sorted((graph for graph in store.named_graphs() if graph not in seen), key=str)]


def graph(store: Store, name: Graph, keep: Keep | None = None) -> Section:
    """Return what a graph holds, less what is not to be kept."""
    quads = store.quads_for_pattern(None, None, None, name)
    triples = (_triple(quad) for quad in quads if keep is None or keep(quad))
    first = list(islice(triples, AT_ONCE))
    if len(first) < AT_ONCE:
        return Section(_title(first), _blocks(first))
    stored = groupby(chain(first, triples), key=lambda triple: triple.subject)  # the store has them by subject
    return Section("", ([*sorted(block, key=_by_property)] for _, block in stored))


def of(triples: Iterable[Triple]) -> Section:
    """Return triples that lie in memory in the order of reading."""
    return Section("", _blocks(dict.fromkeys(triples)))


def union(store: Store) -> Iterator[Section]:
    """Yield what the default graph holds where it follows from the others, each subject once: where it is at home.

    The first article of those that speak of a subject is its home, unless the ontology or the reference data is.
    """
    common = (ONTOLOGY_GRAPH, REFERENCE_GRAPH)

    def said(subject: Node) -> Iterator[Quad]:
        return store.quads_for_pattern(subject, None, None, DefaultGraph())

    return _by_home(store, (*article_graphs(store), *common[::-1], DERIVED_GRAPH), common, said)


def claims(store: Store) -> Iterator[Section]:
    """Yield what the articles say and what follows from it, each subject once, without ontology and reference data."""

    def said(subject: Node) -> Iterator[Quad]:
        return (quad for quad in store.quads_for_pattern(subject, None, None, None) if is_claim(quad))

    return _by_home(store, (*article_graphs(store), DERIVED_GRAPH), (), said)


def is_claim(quad: Quad) -> bool:
    """Tell whether an article says this, or whether it follows from what articles say."""
    if quad.graph_name == DERIVED_GRAPH:
        return quad.predicate != SKOS.broaderTransitive
    return isinstance(quad.graph_name, NamedNode) and quad.graph_name.value.startswith(ARTICLE_GRAPHS)


def _by_home(
    store: Store, graphs: Iterable[NamedNode], common: Sequence[NamedNode], said: Callable[[Node], Iterator[Quad]]
) -> Iterator[Section]:
    """Yield each subject of graphs, articles' first, where it is at home: in a common one, else in the first."""
    homes = _Homes(store, common)
    for graph in graphs:
        stored = groupby(store.quads_for_pattern(None, None, None, graph), key=lambda quad: quad.subject)
        here = (subject for subject, _ in stored if homes.are_here(subject, graph))  # the store has them by subject
        triples = {_triple(quad) for subject in here for quad in said(subject)}
        if triples:
            yield Section(_title(triples), _blocks(triples))


class _Homes:
    """Tells whether a graph is the home of its subjects, graph by graph in their order.

    To look up all graphs of a subject takes as long as there are articles that speak of it, and as many times. What is
    in one article only is found to be so at once; all else is remembered, which are few.
    """

    def __init__(self, store: Store, common: Sequence[NamedNode]) -> None:
        self._store = store
        self._common = common
        self._known: dict[Node, NamedNode] = {}

    def are_here(self, subject: Node, graph: NamedNode) -> bool:
        """Return whether a subject of a graph is at home in it."""
        home = self._known.get(subject)
        if home is None:
            home, others = self._find(subject, graph)
            if others:
                self._known[subject] = home
        return home == graph

    def _find(self, subject: Node, graph: NamedNode) -> tuple[NamedNode, bool]:
        """Return the home of a subject that comes for the first time, and whether other graphs have it too."""
        for one in self._common:
            if next(self._store.quads_for_pattern(subject, None, None, one), None):
                return one, True
        if not graph.value.startswith(ARTICLE_GRAPHS):
            return _first_article(self._store, subject) or graph, False
        named = (quad.graph_name for quad in self._store.quads_for_pattern(subject, None, None, None))
        return graph, any(isinstance(g, NamedNode) and g != graph and g.value.startswith(ARTICLE_GRAPHS) for g in named)


def _first_article(store: Store, subject: Node) -> NamedNode | None:
    named = (quad.graph_name for quad in store.quads_for_pattern(subject, None, None, None))
    articles = (g for g in named if isinstance(g, NamedNode) and g.value.startswith(ARTICLE_GRAPHS))
    return min(articles, key=lambda graph: graph.value, default=None)


def _title(triples: Iterable[Triple]) -> str:
    titles = (t.object.value for t in triples if t.predicate == SCHEMA.headline and isinstance(t.object, Literal))
    return " ".join(min(titles, default="").split())


def _blocks(triples: Iterable[Triple]) -> Iterator[Block]:
    """Yield each subject's triples with those of what belongs to it, in the order of reading."""
    by_subject: defaultdict[Node, Block] = defaultdict(list)
    for triple in triples:
        by_subject[triple.subject].append(triple)
    for said in by_subject.values():
        said.sort(key=_by_property)
    parts = {subject: _parts(said, by_subject) for subject, said in by_subject.items()}
    owned = {part for found in parts.values() for part in found}
    written: set[Node] = set()
    for subject in sorted(by_subject, key=lambda s: (s in owned, _rank(s, by_subject, parts))):
        block: Block = []
        belonging = [subject]  # a list of a thousand items is a thousand parts deep
        while belonging:
            part = belonging.pop()
            if part not in written:
                written.add(part)
                block += by_subject[part]
                belonging += reversed(parts[part])
        if block:
            yield block


def _parts(block: Block, by_subject: _Subjects) -> list[Node]:
    """Return the described nodes that belong to a subject."""
    nodes = ((triple.predicate, triple.object) for triple in block if isinstance(triple.object, NamedNode | BlankNode))
    return [node for by, node in nodes if node in by_subject and (by in _PARTS or isinstance(node, BlankNode))]


def _rank(subject: Node, by_subject: _Subjects, parts: _Parts) -> tuple[int, int, str, str]:
    """Where a subject comes: what the section is about, then statements as in the text, then the rest by type."""
    types = [t.object for t in by_subject[subject] if t.predicate == RDF.type]
    name = str(types[0]) if types else ""
    if _HEADS.intersection(types):
        return 0, 0, name, str(subject)
    if _STATEMENTS.intersection(types):
        return 1, _position(subject, by_subject, parts), "", str(subject)
    return 2 if types else 3, 0, name, str(subject)


def _position(statement: Node, by_subject: _Subjects, parts: _Parts) -> int:
    """Return where the sentence of a statement begins in the article."""
    selectors = (selector for evidence in parts[statement] for selector in parts[evidence])
    starts = (t.object for selector in selectors for t in by_subject[selector] if t.predicate == OA.start)
    return min((int(s.value) for s in starts if isinstance(s, Literal) and s.value.isdecimal()), default=0)


def _by_property(triple: Triple) -> tuple[str, str, bool, str]:
    predicate, value = triple.predicate, triple.object
    return _FIRST.get(predicate, "9"), predicate.value, isinstance(value, Literal), str(value)


def _triple(quad: Quad) -> Triple:
    return Triple(quad.subject, quad.predicate, quad.object)
