"""What publishing derives: the default graph, as a set of triples, and the derived graph, by the ontology's rules."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple

from ontology.terms import AC, ARTICLE_GRAPHS, DERIVED_GRAPH, ONTOLOGY_GRAPH, REFERENCE_GRAPH
from server.store import copies, copy_changes
from server.store.rules import Rule, stepwise

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
            copy = _in_default(quad)
            wanted = _is_wanted(store, quad)
            if wanted and copy not in store:
                yield copy
            elif not wanted and copy in store:
                surplus.append(copy)

    store.bulk_extend(missing())
    for quad in surplus:
        store.remove(quad)


def derive(store: Store, rules: Mapping[str, str], progress: Callable[[str], None] = lambda _: None) -> None:
    """Rebuild the derived graph: the default graph loses what was derived before, then every rule runs in order.

    Copies of one story come first, and a rule sees what the rules before it derived.

    :param rules: file name to CONSTRUCT query.
    :raises BadRule: when a rule does not parse, is no CONSTRUCT, or makes blank nodes.
    """
    before = list(store.quads_for_pattern(None, None, None, DERIVED_GRAPH))
    if before:
        store.remove_graph(DERIVED_GRAPH)
        keep_in_step(store, before)
    progress("deriving: copies of one story")
    _add(store, (quad.triple for quad in copies.find(store)))
    for name, text in rules.items():
        progress(f"deriving: {name}")
        _add(store, Rule(name, text).triples(store))


def _add(store: Store, triples: Iterable[Triple]) -> None:
    graphs = (DERIVED_GRAPH, DefaultGraph())
    store.bulk_extend(Quad(t.subject, t.predicate, t.object, graph) for t in triples for graph in graphs)


class Ledger:
    """A store that is changed a little, with its default graph in step; it remembers which triples came and went."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.quads: set[Quad] = set()  # of named graphs that were added or removed
        self.counts: dict[object, int] = {}  # graph to how many quads more or less it has
        self.came: set[Quad] = set()  # of the default graph
        self.went: set[Quad] = set()

    @property
    def triples(self) -> set[Quad]:
        """What the default graph has gained or lost, all things considered."""
        return self.came | self.went

    def change(self, added: Iterable[Quad], removed: Iterable[Quad]) -> None:
        """Add quads to named graphs and remove others."""
        added, removed = set(added), set(removed)
        come = {quad for quad in added - removed if quad not in self.store}
        gone = {quad for quad in removed - added if quad in self.store}
        for quad in gone:
            self.store.remove(quad)
        self.store.extend(come)
        forget_empty(self.store, {quad.graph_name for quad in gone})
        for graph, by in [(q.graph_name, 1) for q in come] + [(q.graph_name, -1) for q in gone]:
            self.counts[graph] = self.counts.get(graph, 0) + by
        self.quads |= come | gone
        for quad in gone:
            copy = _in_default(quad)
            if copy in self.store and not _is_wanted(self.store, quad):
                self.store.remove(copy)
                _note(copy, self.went, self.came)
        shown = {_in_default(quad) for quad in come if is_shown(quad.graph_name)}
        new = [copy for copy in shown if copy not in self.store]
        self.store.extend(new)
        for copy in new:
            _note(copy, self.came, self.went)


def forget_empty(store: Store, graphs: Iterable[object]) -> None:
    """Take the names of those graphs that have nothing in them out of the list of graphs."""
    for graph in graphs:
        if isinstance(graph, NamedNode) and next(store.quads_for_pattern(None, None, None, graph), None) is None:
            store.remove_graph(graph)


def _note(quad: Quad, here: set[Quad], there: set[Quad]) -> None:
    if quad in there:
        there.remove(quad)
    else:
        here.add(quad)


def can_follow(rules: Mapping[str, str]) -> bool:
    """Tell whether the derived graph can be kept up with changes by these rules, or has to be rebuilt each time."""
    all_rules = [Rule(name, text) for name, text in rules.items()]
    return stepwise(all_rules) and not any(AC.copyOf.value in rule.makes for rule in all_rules)


def follow(before: Store, ledger: Ledger, rules: Mapping[str, str], *, all_dated: bool | None = None) -> None:
    """Bring the derived graph in step with what has changed; the result is that of `derive`, quad for quad.

    Around the nodes of changed triples each rule runs twice: on the store as it was, which tells what may no longer
    follow, and as it is, which tells what does. What may no longer follow stays where any rule still makes it.

    :param before: the store as it was, with its derived graph whole.
    :param ledger: the store as it is; its derived graph is brought up.
    :param all_dated: whether all articles of `before` have a day, where that is known.
    :raises BadRule: as `derive` does.
    """
    store = ledger.store
    gone, come = copy_changes.changes(before, store, ledger.triples, all_dated=all_dated)
    ledger.change(come, gone)
    all_rules = [Rule(name, text) for name, text in rules.items()]
    for rule in all_rules:
        assert rule.reads is not None
        nodes = {
            quad.subject
            for quad in ledger.triples
            if quad.predicate.value in rule.reads and isinstance(quad.subject, NamedNode)
        }
        if not nodes:
            continue
        was, now = _found(rule, before, store, nodes)
        doubtful = was - now
        still = {triple for other in all_rules for triple in _made_again(other, store, doubtful)}
        ledger.change(_derived(now), _derived(doubtful - still))


def _found(rule: Rule, before: Store, store: Store, nodes: set[NamedNode]) -> tuple[set[Triple], set[Triple]]:
    """Return what a rule found around these nodes, and what it finds now."""
    if not rule.focuses:
        return rule.triples(before), rule.triples(store)
    was: set[Triple] = set()
    now: set[Triple] = set()
    for variable in rule.focuses:
        around = rule.hanging_on(before, variable, nodes) | rule.hanging_on(store, variable, nodes)
        was |= rule.around(before, variable, around)
        now |= rule.around(store, variable, around)
    return was, now


def _made_again(rule: Rule, store: Store, triples: set[Triple]) -> set[Triple]:
    """Return those of the triples that a rule makes."""
    wanted = {triple for triple in triples if triple.predicate.value in rule.makes}
    if not wanted:
        return set()
    if not rule.focuses:
        return wanted & rule.triples(store)
    ends = {end for t in wanted for end in (t.subject, t.object) if isinstance(end, NamedNode)}
    return {triple for variable in rule.focuses for triple in rule.around(store, variable, ends)} & wanted


def _derived(triples: Iterable[Triple]) -> Iterator[Quad]:
    return (Quad(t.subject, t.predicate, t.object, DERIVED_GRAPH) for t in triples)


def _in_default(quad: Quad) -> Quad:
    return Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())


def _is_wanted(store: Store, quad: Quad) -> bool:
    holders = store.quads_for_pattern(quad.subject, quad.predicate, quad.object)
    return any(is_shown(holder.graph_name) for holder in holders)
