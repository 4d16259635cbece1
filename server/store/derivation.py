"""What publishing derives: the default graph, as a set of triples, and the derived graph, by the ontology's rules."""

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, Store

from ontology.terms import ARTICLE_GRAPHS, DERIVED_GRAPH, ONTOLOGY_GRAPH, REFERENCE_GRAPH
from server.store import copies
from server.store.errors import BadRule

_SHOWN = {REFERENCE_GRAPH, ONTOLOGY_GRAPH, DERIVED_GRAPH}


def is_shown(graph: object) -> bool:
    """Tell whether the default graph holds the triples of this graph."""
    return graph in _SHOWN or is_article_graph(graph)


def is_article_graph(graph: object) -> bool:
    """Tell whether this is the graph of an article."""
    return isinstance(graph, NamedNode) and graph.value.startswith(ARTICLE_GRAPHS)


def keep_in_step(store: Store, touched: Iterable[Quad]) -> None:
    """Bring the default graph in step for every triple that was added to or removed from a named graph.

    Every triple is looked up, so the cost is that of the change and not of the dataset.
    """
    surplus: list[Quad] = []

    def missing() -> Iterator[Quad]:
        for quad in touched:
            copy = Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())
            holders = store.quads_for_pattern(quad.subject, quad.predicate, quad.object)
            wanted = any(is_shown(holder.graph_name) for holder in holders)
            if wanted and copy not in store:
                yield copy
            elif not wanted and copy in store:
                surplus.append(copy)

    store.bulk_extend(missing())
    for quad in surplus:
        store.remove(quad)


def derive(store: Store, rules: dict[str, str]) -> None:
    """Rebuild the derived graph: the default graph loses what was derived before, then every rule runs in order.

    Copies of one story come first, and a rule sees what the rules before it derived.

    :param rules: file name to CONSTRUCT query.
    :raises BadRule: when a rule does not parse, is no CONSTRUCT, or makes blank nodes.
    """
    before = list(store.quads_for_pattern(None, None, None, DERIVED_GRAPH))
    store.remove_graph(DERIVED_GRAPH)
    keep_in_step(store, before)
    _add(store, copies.find(store))
    for name, text in rules.items():
        _add(store, _run(store, name, text))


def _add(store: Store, quads: list[Quad]) -> None:
    store.bulk_extend(quads)
    keep_in_step(store, quads)


def _run(store: Store, name: str, text: str) -> list[Quad]:
    try:
        answer = store.query(text)
    except SyntaxError as error:
        raise BadRule(f"the rule {name} is not valid SPARQL: {error}: correct it") from error
    if not isinstance(answer, QueryTriples):
        raise BadRule(f"the rule {name} is not a CONSTRUCT query: rewrite it as one")
    quads = [Quad(triple.subject, triple.predicate, triple.object, DERIVED_GRAPH) for triple in answer]
    blank = next((q for q in quads if isinstance(q.subject, BlankNode) or isinstance(q.object, BlankNode)), None)
    if blank is not None:
        raise BadRule(f"the rule {name} makes blank nodes, which are not published: {blank}")
    return quads
