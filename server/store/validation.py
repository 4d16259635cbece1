"""SHACL validation: which article, and which sentence in it, breaks which shape."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from rdflib.namespace import RDF, SH
from rdflib.plugins.parsers.notation3 import BadSyntax

from ontology import terms
from ontology.terms import AC
from server.store.conformance import Conformance, Unknown
from server.store.errors import BadGraph, Violation

IS_A = terms.RDF.type
_Node = rdflib.term.Node
_Triple = tuple[_Node, _Node, _Node]


def validate(
    articles: Mapping[str, Iterable[Quad]], *, foundation: Iterable[Quad], shapes: str, whole: bool = False
) -> list[Violation]:
    """Validate every article's graph together with the ontology and the reference data.

    Each article is judged by itself, so that the verdict does not depend on what else is loaded. Nothing is inferred
    and nothing is fetched (no `owl:imports`, no SHACL-AF).

    :param articles: graph to its quads; each is read once, one after the other.
    :param foundation: the ontology's and the reference data's quads.
    :param shapes: the SHACL shapes, in Turtle.
    :param whole: validate the ontology and the reference data themselves as well.
    :returns: all violations, ordered by article and focus node; warnings and infos as well.
    :raises BadGraph: when the shapes themselves do not parse or cannot be evaluated.
    """
    if not articles and not whole:
        return []
    validator = Validator(shapes, foundation)
    found = validator.violations() if whole else []
    for quads in articles.values():
        found += validator.violations_of(list(quads))
    return in_order(found)


def in_order(found: Iterable[Violation]) -> list[Violation]:
    """Return violations by article and focus node."""
    return sorted(found, key=lambda violation: (violation.article or "", violation.focus, violation.message))


class Validator:
    """Judges articles, one by one: at a glance those that conform, by pyshacl those that may not."""

    def __init__(self, shapes: str, foundation: Iterable[Quad]) -> None:
        """Read the shapes; pyshacl gets the foundation when it is first asked.

        :raises BadGraph: when the shapes do not parse.
        """
        try:
            self.shapes = rdflib.Graph().parse(data=shapes, format="turtle")
        except BadSyntax as error:
            raise BadGraph(f"the shapes are not valid Turtle: {error}: correct shapes.ttl") from error
        self._foundation = list(foundation)
        self.glance: Conformance | None = None
        with suppress(Unknown):
            self.glance = Conformance(self.shapes, self._foundation)

    @cached_property
    def data(self) -> rdflib.Graph:
        """The foundation, to which an article's triples come and go."""
        data = rdflib.Graph(bind_namespaces="none")
        for quad in self._foundation:
            data.add(_triple(quad))
        return data

    def violations(self) -> list[Violation]:
        """Return what the shapes say of the foundation itself."""
        return self._judge([], None)

    def violations_of(self, article: Sequence[Quad]) -> list[Violation]:
        """Return what the shapes say of an article, with the foundation below it."""
        if self.glance and self.glance.conforms(article):
            return []
        return self._judge(article, {quad.subject for quad in article})

    def _judge(self, article: Sequence[Quad], focus: set[object] | None) -> list[Violation]:
        import pyshacl  # it takes 0.1 s, and good articles do without

        triples = list(map(_triple, article))
        # pyshacl stops at a literal that is not what its datatype says when a shape compares it.
        ill = [triple for triple in triples if isinstance(triple[2], rdflib.Literal) and triple[2].ill_typed]
        added = [triple for triple in triples if triple not in self.data and triple not in ill]
        for triple in added:
            self.data.add(triple)
        nodes = None if focus is None else [node.value for node in focus if isinstance(node, NamedNode)]
        conforms, report, text = pyshacl.validate(
            self.data,
            shacl_graph=self.shapes,
            focus_nodes=nodes,
            inplace=True,
            advanced=False,
            inference="none",
            do_owl_imports=False,
        )
        for triple in added:
            self.data.remove(triple)
        if not isinstance(report, rdflib.Graph):
            raise BadGraph(f"the shapes cannot be evaluated: {text}: correct shapes.ttl")
        results = [] if conforms else report.subjects(RDF.type, SH.ValidationResult)
        return [_ill_typed(triple, article) for triple in ill] + [
            _violation(report, result, article) for result in results if report.value(None, SH.detail, result) is None
        ]


def _ill_typed(triple: _Triple, article: Sequence[Quad]) -> Violation:
    subject, predicate, value = triple
    return Violation(
        article=_article(article),
        sentence=_sentence(str(subject), article),
        focus=str(subject),
        message=f"{value.n3()} is not what its datatype says: correct it. (property {_local(predicate)})",
        severity="Violation",
    )


def _article(article: Sequence[Quad]) -> str | None:
    return next((str(q.subject)[1:-1] for q in article if q.predicate == IS_A and q.object == AC.Article), None)


def _violation(report: rdflib.Graph, result: _Node, article: Sequence[Quad]) -> Violation:
    focus = str(report.value(result, SH.focusNode))
    messages = sorted(str(message) for message in report.objects(result, SH.resultMessage))
    path = report.value(result, SH.resultPath)
    value = report.value(result, SH.value)
    message = "; ".join(messages)
    if isinstance(path, rdflib.URIRef):
        message += f" (property {_local(path)}" + (f", value {value.n3()}" if value is not None else "") + ")"
    return Violation(
        article=_article(article),
        sentence=_sentence(focus, article),
        focus=focus,
        message=message,
        severity=_local(report.value(result, SH.resultSeverity)),
    )


def _sentence(focus: str, article: Sequence[Quad]) -> str | None:
    """Return the quote of the nearest statement that leads to the focus node, following links backwards."""
    quotes: dict[object, str] = {
        q.subject: q.object.value for q in article if q.predicate == AC.quote and isinstance(q.object, Literal)
    }
    users: dict[object, list[object]] = defaultdict(list)
    for quad in article:
        users[quad.object].append(quad.subject)
    seen: set[object] = set()
    frontier: list[object] = [NamedNode(focus)] if ":" in focus else []
    while frontier:
        for node in frontier:
            if node in quotes:
                return quotes[node]
        seen.update(frontier)
        frontier = [user for node in frontier for user in users[node] if user not in seen]
    return None


def _local(iri: object) -> str:
    return str(iri).rpartition("#")[2].rpartition("/")[2]


def _triple(quad: Quad) -> _Triple:
    return _term(quad.subject), _term(quad.predicate), _term(quad.object)


def _term(term: object) -> _Node:
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        if term.datatype == terms.XSD.string:  # for rdflib "about" and "about"^^xsd:string are two literals
            return rdflib.Literal(term.value)
        return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))
    raise TypeError(f"rdflib has no term for {term!r}")
