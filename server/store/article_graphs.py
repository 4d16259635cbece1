"""An article's graph on its way from a file of N-Quads into a release: checked, less what is retracted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Store, Triple

from ontology.terms import AC, ARTICLE_GRAPHS, GRAPH, OA, PROV, RDF, RETRACTED_GRAPH, STATEMENT_KINDS
from server.store.errors import BadGraph
from server.store.foundation import digest
from server.store.sources import Source

KINDS = {AC[kind]: kind for kind in STATEMENT_KINDS}
# From a statement to the nodes that are nothing without it.
PARTS = (AC.evidence, AC.quantity, OA.hasSelector, AC.review, PROV.wasAssociatedWith)
EVENTS = (AC.about, AC.inReturnFor)
UNFIT = (BlankNode, Triple)  # as subject or object


@dataclass(frozen=True, slots=True)
class ArticleGraph:
    """One article's quads: those to show, in the article's graph, and the retracted ones, in theirs."""

    graph: NamedNode
    live: list[Quad]
    retracted: list[Quad]

    def source(self, given: Mapping[str, str]) -> Source:
        """Return its entry in the manifest; `given` is what the loader says: path, key, article."""
        kinds = Counter(KINDS[q.object] for q in self.live if q.predicate == RDF.type and q.object in KINDS)  # type: ignore[index]
        articles = [str(q.subject)[1:-1] for q in self.live if q.predicate == RDF.type and q.object == AC.Article]
        return Source(
            path=given.get("path", ""),
            key=given.get("key", ""),
            article=given.get("article") or (articles[0] if articles else None),
            sha256=digest([*self.live, *self.retracted]),
            quads=len(self.live),
            retracted=len(self.retracted),
            statements=dict(sorted(kinds.items())),
        )


def read(graph: str, path: Path) -> list[Quad]:
    """Read the N-Quads file of one article, every quad of which has to be in `graph` and free of blank nodes.

    :raises BadGraph: when it is not so, with the line or the quad at fault.
    """
    if graph.startswith(GRAPH) and not graph.startswith(ARTICLE_GRAPHS):
        raise BadGraph(
            f"<{graph}> is not an article's graph: those start with {ARTICLE_GRAPHS}; publishing makes the others"
        )
    name = NamedNode(graph)
    store = Store()  # which normalises numbers and dates (xsd:nonNegativeInteger to xsd:integer): what readers will see
    try:
        store.bulk_load(path=path, format=RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise BadGraph(f"{path}, line {error.lineno}: {error.msg}: extract the article again") from error
    except FileNotFoundError as error:
        raise BadGraph(f"{path} is missing: extract the article again") from error
    for quad in store:
        if quad.graph_name != name:
            raise BadGraph(f"{path} has a quad in {quad.graph_name}, not in <{graph}>: {quad}")
        if isinstance(quad.subject, UNFIT) or isinstance(quad.object, UNFIT):
            raise BadGraph(f"{path} has a blank node or a triple term, give it an IRI: {quad}")
    return sorted(store, key=str)


def split(graph: str, quads: Iterable[Quad]) -> ArticleGraph:
    """Set the retracted statements, with their evidence and quantities, apart from the rest."""
    quads = list(quads)
    gone = [q.subject for q in quads if q.predicate == AC.reviewStatus and q.object == AC.ReviewRetracted]
    if not gone:
        return ArticleGraph(NamedNode(graph), quads, [])
    nodes = with_parts(gone, quads)
    live, retracted = [], []
    for quad in quads:
        if quad.subject in nodes or quad.object in nodes:
            retracted.append(Quad(quad.subject, quad.predicate, quad.object, RETRACTED_GRAPH))
        else:
            live.append(quad)
    return ArticleGraph(NamedNode(graph), live, retracted)


def with_parts(statements: Iterable[object], quads: Iterable[Quad], *, with_events: bool = False) -> set[object]:
    """Return the statements and those of their evidence, selectors and quantities that nothing else in `quads` uses.

    :param with_events: also the events that no other statement in `quads` is about.
    """
    parts: dict[object, set[object]] = defaultdict(set)
    users: dict[object, set[object]] = defaultdict(set)
    for quad in quads:
        if isinstance(quad.object, NamedNode) and (
            quad.predicate in PARTS or (with_events and quad.predicate in EVENTS)
        ):
            parts[quad.subject].add(quad.object)
            users[quad.object].add(quad.subject)
    nodes = set(statements)
    frontier = list(nodes)
    while frontier:
        for part in parts[frontier.pop()]:
            if part not in nodes and users[part] <= nodes:
                nodes.add(part)
                frontier.append(part)
    return nodes


def retracted_among(retracted: Sequence[Quad], articles: Iterable[NamedNode]) -> list[Quad]:
    """Return those of the retracted statements' quads that came from these articles."""
    wanted = set(articles)
    gone = [q.subject for q in retracted if q.predicate == AC.reportedIn and q.object in wanted]
    nodes = with_parts(gone, retracted)
    return [quad for quad in retracted if quad.subject in nodes or quad.object in nodes]
