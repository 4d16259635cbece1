"""The tests of the W3C suites as their manifests describe them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import rdflib
from rdflib import RDF, Literal, Namespace, URIRef
from rdflib.collection import Collection

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
HTS = Namespace("http://www.w3.org/2011/http-statusCodes#")
CNT = Namespace("http://www.w3.org/2011/content#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")

SHARED = Path(os.environ.get("ARMSCLAIMS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SUITES = SHARED / "suites" / "w3c-sparql"

CODES = {HTS.OK: 200, HTS.Created: 201, HTS.NoContent: 204, HTS.NotFound: 404}
CLASSES = {HTS.StatusCode2xx: 2, HTS.StatusCode3xx: 3, HTS.StatusCode4xx: 4}


@cache
def manifest(path: Path) -> rdflib.Graph:
    """Return the graph of one manifest."""
    return rdflib.Graph().parse(path, format="turtle", publicID=path.as_uri())


@dataclass
class Request:
    """A request and what is expected of its response."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    status: set[URIRef]
    boolean: bool | None = None
    format: str | None = None
    location: str | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str | None = None

    def expects(self, status: int) -> bool:
        """Tell whether this status is one of those expected."""
        return any(CODES.get(code) == status or CLASSES.get(code) == status // 100 for code in self.status)


@dataclass
class ProtocolTest:
    """A connection of the protocol's suites: data to load (graph to file) and the requests to make."""

    name: str
    data: dict[str, Path]
    requests: list[Request]


def protocol_tests(path: Path) -> Iterator[ProtocolTest]:
    """Yield the tests of a manifest of the protocol or of the graph store."""
    graph = manifest(path)
    for entries in graph.objects(None, MF.entries):
        for test in Collection(graph, entries):
            connection = graph.value(test, MF.action)
            data = {
                str(graph.value(item, rdflib.RDFS.label)): _file(graph.value(item, UT.graph))
                for item in graph.objects(test, UT.graphData)
            }
            requests = [_request(graph, node) for node in Collection(graph, graph.value(connection, HT.requests))]
            yield ProtocolTest(str(test).rpartition("#")[2], data, requests)


def _request(graph: rdflib.Graph, node: rdflib.term.Node) -> Request:
    response = graph.value(node, HT.resp)
    boolean = graph.value(response, MF.expectedBoolean)
    location = graph.value(response, MF.expectedLocation)
    expected = graph.value(response, MF.expectedFormat)
    body = _content(graph, node)
    encoding = str(graph.value(graph.value(node, HT.body), CNT.characterEncoding) or "UTF-8")
    return Request(
        str(graph.value(node, HT.methodName)),
        str(graph.value(node, HT.absolutePath)),
        _headers(graph, node),
        None if body is None else body.encode(encoding),
        {URIRef(code) for code in graph.objects(response, MF.expectedStatus)},
        None if boolean is None else bool(boolean.toPython()),
        None if expected is None else str(expected),
        None if location is None else str(location),
        _headers(graph, response),
        _content(graph, response),
    )


def _headers(graph: rdflib.Graph, node: rdflib.term.Node) -> dict[str, str]:
    headers = graph.value(node, HT.headers)
    items = Collection(graph, headers) if headers is not None and headers != RDF.nil else []
    return {str(graph.value(item, HT.fieldName)): str(graph.value(item, HT.fieldValue)) for item in items}


def _content(graph: rdflib.Graph, node: rdflib.term.Node) -> str | None:
    text = graph.value(graph.value(node, HT.body), CNT.chars)
    return None if not isinstance(text, Literal) else str(text)


def _file(iri: rdflib.term.Node | None) -> Path:
    return Path(str(iri).removeprefix("file://"))
