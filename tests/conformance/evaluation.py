"""The W3C query and update tests: what to load, what to ask, what to expect, and whether two answers say the same."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import pyoxigraph as ox
from manifests import SUITES

BASE = "https://w3c.github.io/rdf-tests/sparql/"
MANIFESTS = (
    "sparql10/manifest.ttl",
    "sparql11/manifest-sparql11-query.ttl",
    "sparql11/manifest-sparql11-update.ttl",
    "sparql11/csv-tsv-res/manifest.ttl",
    "sparql11/json-res/manifest.ttl",
    "sparql12/manifest.ttl",
)
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)
RESULTS = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".csv": ox.QueryResultsFormat.CSV,
    ".tsv": ox.QueryResultsFormat.TSV,
}

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = tuple[tuple[str, Term], ...]  # variable and term, sorted by variable
Answer = bool | list[Row] | frozenset[str]  # ASK, SELECT, CONSTRUCT (canonical N-Quads)
Graphs = tuple[tuple[str | None, Path], ...]  # graph (None: the default graph) and file


@dataclass(frozen=True)
class Case:
    """One test: kind is the local name of its class; `graphs` is the dataset before, `after` that after an update."""

    name: str
    kind: str
    request: Path
    graphs: Graphs = ()
    result: Path | None = None
    after: Graphs = field(default=(), repr=False)

    @property
    def text(self) -> str:
        return self.request.read_text("utf-8")

    @property
    def base(self) -> str:
        return iri_of(self.request)

    @property
    def is_update(self) -> bool:
        return "Update" in self.kind

    @property
    def is_negative(self) -> bool:
        return self.kind.startswith("Negative")

    @property
    def is_evaluation(self) -> bool:
        return self.kind in ("QueryEvaluationTest", "UpdateEvaluationTest", "CSVResultFormatTest")


def iri_of(path: Path) -> str:
    return BASE + path.relative_to(SUITES).as_posix()


def cases() -> Iterator[Case]:
    """Yield every test of the manifests, in order."""
    seen: set[str] = set()
    for path in MANIFESTS:
        for case in _cases(SUITES / path):
            if case.name not in seen:
                seen.add(case.name)
                yield case


def _cases(path: Path) -> Iterator[Case]:
    store = ox.Store()
    store.bulk_load(path=path, format=ox.RdfFormat.TURTLE, base_iri=iri_of(path))
    for included in _objects(store, None, MF + "include"):
        for part in _members(store, included):
            yield from _cases(_file(part))
    for entries in _objects(store, None, MF + "entries"):
        for test in _members(store, entries):
            yield _case(store, test, path)


def _case(store: ox.Store, test: Term, path: Path) -> Case:
    kind = next(
        k.value.rpartition("#")[2]
        for k in _objects(store, test, RDF + "type")
        if k.value.endswith(("Test", "11", "12"))
    )
    (action,) = _objects(store, test, MF + "action")
    name = f"{path.parent.relative_to(SUITES).as_posix()}:{test.value.rpartition('#')[2]}"
    requests = [*_objects(store, action, QT + "query"), *_objects(store, action, UT + "request")]
    request = _file(requests[0] if requests else action)
    graphs = [(None, _file(data)) for data in _objects(store, action, QT + "data")]
    graphs += [(data.value, _file(data)) for data in _objects(store, action, QT + "graphData")]
    graphs += _dataset(store, action)
    results = _objects(store, test, MF + "result")
    is_file = results and isinstance(results[0], ox.NamedNode)
    after = () if is_file else tuple(graph for result in results for graph in _dataset(store, result))
    if kind == "QueryEvaluationTest":
        named = (urljoin(iri_of(request), found) for found in FROM.findall(request.read_text("utf-8")))
        graphs += [(iri, _file(ox.NamedNode(iri))) for iri in named]
    graphs = list(dict.fromkeys(graphs))
    return Case(name, kind, request, tuple(graphs), _file(results[0]) if is_file else None, after)


def _dataset(store: ox.Store, node: Term) -> list[tuple[str | None, Path]]:
    graphs: list[tuple[str | None, Path]] = [(None, _file(data)) for data in _objects(store, node, UT + "data")]
    for item in _objects(store, node, UT + "graphData"):
        (file,) = _objects(store, item, UT + "graph")
        (label,) = [quad.object for quad in store.quads_for_pattern(item, LABEL, None)]
        graphs.append((label.value, _file(file)))
    return graphs


def _objects(store: ox.Store, subject: Term | None, predicate: str) -> list:
    return [quad.object for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None)]


def _members(store: ox.Store, node: Term) -> list:
    members = []
    while firsts := _objects(store, node, RDF + "first"):
        members.append(firsts[0])
        (node,) = _objects(store, node, RDF + "rest")
    return members


def _file(iri: ox.NamedNode) -> Path:
    return SUITES / iri.value.removeprefix(BASE)


def load(store: ox.Store, graphs: Graphs) -> None:
    """Add files to the graphs of a store."""
    for graph, path in graphs:
        format = ox.RdfFormat.from_extension(path.suffix[1:])
        to = ox.DefaultGraph() if graph is None else ox.NamedNode(graph)
        if not isinstance(to, ox.DefaultGraph):
            store.add_graph(to)
        store.load(path=path, format=format, base_iri=graph or iri_of(path), to_graph=to)


def answer_of(results: object) -> Answer:
    """Return the results of a query in a form that can be compared."""
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    if isinstance(results, ox.QuerySolutions):
        names = [variable.value for variable in results.variables]
        return [tuple((n, plain(term)) for n in sorted(names) if (term := row[n]) is not None) for row in results]
    assert isinstance(results, ox.QueryTriples)
    return canonical(ox.Quad(t.subject, t.predicate, t.object) for t in results)


def canonical(quads: Iterable[ox.Quad]) -> frozenset[str]:
    """Return quads as lines, with canonical blank nodes and as a store keeps them."""
    store = ox.Store()
    store.extend(quads)
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(str(quad) for quad in dataset)


@cache
def plain(term: Term) -> Term:
    """Return a term as a store keeps it: numbers and dates lose what does not change their value."""
    if isinstance(term, ox.Triple):
        return ox.Triple(plain(term.subject), term.predicate, plain(term.object))
    if not isinstance(term, ox.Literal):
        return term
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p"), term))
    return next(iter(store)).object


def expected(case: Case) -> Answer:
    """Return the answer that the suite wants."""
    path = case.result
    assert path is not None
    if path.suffix in RESULTS:
        return answer_of(ox.parse_query_results(path=path, format=RESULTS[path.suffix]))
    format = ox.RdfFormat.from_extension(path.suffix[1:])
    store = ox.Store()
    store.load(path=path, format=format, base_iri=iri_of(path))
    for boolean in _objects(store, None, RS + "boolean"):
        return boolean.value == "true"
    tables = [q.subject for q in store.quads_for_pattern(None, None, ox.NamedNode(RS + "ResultSet"))]
    if not tables:
        return canonical(store)
    return [_solution(store, solution) for solution in _objects(store, tables[0], RS + "solution")]


def _solution(store: ox.Store, solution: Term) -> Row:
    pairs = []
    for binding in _objects(store, solution, RS + "binding"):
        (variable,) = _objects(store, binding, RS + "variable")
        (value,) = _objects(store, binding, RS + "value")
        pairs.append((variable.value, plain(value)))
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def same(one: Answer, other: Answer, *, distinct: bool = False) -> bool:
    """Tell whether two answers say the same, whatever the order of rows and the names of blank nodes.

    :param distinct: rows count once (for REDUCED, which may leave out duplicates or not).
    """
    if not isinstance(one, list) or not isinstance(other, list):
        return one == other
    if distinct:
        one, other = list(dict.fromkeys(one)), list(dict.fromkeys(other))
    if len(one) != len(other):
        return False
    known = Counter(row for row in one if not _blanks(row)) == Counter(row for row in other if not _blanks(row))
    return known and _match([row for row in one if _blanks(row)], [row for row in other if _blanks(row)], {})


def _blanks(row: Row) -> bool:
    return any("_:" in str(term) for _, term in row)


def _match(rows: list[Row], others: list[Row], names: dict[Term, Term]) -> bool:
    if not rows:
        return not others
    for number, other in enumerate(others):
        extended = _extended(rows[0], other, names)
        if extended is not None and _match(rows[1:], others[:number] + others[number + 1 :], extended):
            return True
    return False


def _extended(row: Row, other: Row, names: dict[Term, Term]) -> dict[Term, Term] | None:
    if [name for name, _ in row] != [name for name, _ in other]:
        return None
    names = dict(names)
    pairs = [(one, two) for (_, one), (_, two) in zip(row, other, strict=True)]
    while pairs:
        one, two = pairs.pop()
        if isinstance(one, ox.Triple) and isinstance(two, ox.Triple):
            pairs += [(one.subject, two.subject), (one.predicate, two.predicate), (one.object, two.object)]
        elif isinstance(one, ox.BlankNode) and isinstance(two, ox.BlankNode):
            if names.setdefault(one, two) != two or list(names.values()).count(two) > 1:
                return None
        elif one != two:
            return None
    return names
