"""Saved queries as RDF: SHACL's SPARQL executables, as the SIB's collections of examples have them."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from flask import Response
from pyoxigraph import Literal, NamedNode, Triple

from ontology.terms import BASE, OWL, RDF, RDFS, SCHEMA, XSD, Vocabulary
from server import rdf
from server.negotiation import Choice
from server.saved_query import Parameter, SavedQuery

SH = Vocabulary("http://www.w3.org/ns/shacl#")
SPEX = Vocabulary("https://purl.expasy.org/sparql-examples/ontology#")
COLLECTION = BASE + "queries"
TARGET = NamedNode(BASE + "sparql")

_KINDS = {"select": (SH.SPARQLSelectExecutable, SH.select), "ask": (SH.SPARQLAskExecutable, SH.ask)}
_PREFIX = re.compile(r"\bPREFIX\s+([\w.-]*):\s*<([^<>\s]*)>", re.IGNORECASE)


def iri(query: SavedQuery) -> NamedNode:
    """Return the IRI of a saved query, which is its own address under the base."""
    return NamedNode(f"{COLLECTION}/{query.name}")


def respond(queries: Iterable[SavedQuery], choice: Choice) -> Response:
    """Return the description of saved queries in a graph format."""
    response = rdf.written(triples(queries), choice)
    response.headers["Cache-Control"] = "no-cache"
    return response


def triples(queries: Iterable[SavedQuery]) -> Iterator[Triple]:
    """Yield the description of saved queries, and of the prefixes that they declare."""
    declared: dict[str, str] = {}
    for query in queries:
        declared |= _PREFIX.findall(query.text)
        yield from _executable(query)
    for prefix, namespace in sorted(declared.items()):
        node = _declaration(prefix)
        yield Triple(NamedNode(COLLECTION), SH.declare, node)
        yield Triple(node, RDF.type, SH.PrefixDeclaration)
        yield Triple(node, SH.prefix, Literal(prefix))
        yield Triple(node, SH.namespace, Literal(namespace, datatype=XSD.anyURI))
    yield Triple(NamedNode(COLLECTION), RDF.type, OWL.Ontology)
    yield Triple(NamedNode(COLLECTION), RDFS.label, Literal("Saved queries", language="en"))


def _executable(query: SavedQuery) -> Iterator[Triple]:
    node, (class_, text) = iri(query), _KINDS[query.form]
    yield Triple(node, RDF.type, SH.SPARQLExecutable)
    yield Triple(node, RDF.type, class_)
    yield Triple(node, RDFS.label, Literal(query.title, language="en"))
    yield Triple(node, RDFS.comment, Literal(query.question, language="en"))
    yield Triple(node, SCHEMA.keywords, Literal(query.group))
    yield Triple(node, SCHEMA.target, TARGET)
    yield Triple(node, SH.prefixes, NamedNode(COLLECTION))
    yield Triple(node, text, Literal(query.text))
    if query.needs_service:
        yield Triple(node, SPEX.federatesWith, NamedNode(query.needs_service))
    for order, parameter in enumerate(query.parameters.values()):
        yield from _parameter(node, parameter, order)


def _parameter(query: NamedNode, parameter: Parameter, order: int) -> Iterator[Triple]:
    """Yield a parameter as SHACL has it: the local name of its path is the name of the variable."""
    node = NamedNode(f"{query.value}#parameter-{parameter.name}")
    yield Triple(query, SH.parameter, node)
    yield Triple(node, RDF.type, SH.Parameter)
    yield Triple(node, SH.path, NamedNode(f"{query.value}#{parameter.name}"))
    yield Triple(node, SH.name, Literal(parameter.label, language="en"))
    yield Triple(node, SH.order, Literal(order))
    yield Triple(node, SH.optional, Literal(parameter.optional or bool(parameter.default)))
    if parameter.type == "iri":
        yield Triple(node, SH.nodeKind, SH.IRI)
    else:
        yield Triple(node, SH.datatype, XSD[parameter.type])
    if parameter.description:
        yield Triple(node, SH.description, Literal(parameter.description, language="en"))
    if parameter.class_:
        yield Triple(node, SH["class"], NamedNode(parameter.class_))
    if parameter.default:
        default = parameter.term(parameter.default)
        assert default is not None
        yield Triple(node, SH.defaultValue, default)


def _declaration(prefix: str) -> NamedNode:
    return NamedNode(f"{COLLECTION}#prefix-{quote(prefix, safe='')}")
