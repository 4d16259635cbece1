"""SPARQL 1.1 Protocol, Graph Store HTTP Protocol and Service Description: the W3C suites, over HTTP."""

import json
from pathlib import Path
from urllib.parse import quote

import pyoxigraph
import pytest
import rdflib
from manifests import SUITES, ProtocolTest, Request, protocol_tests
from rdflib.compare import isomorphic
from serving import PlainServer, Reply

PROTOCOL = "sparql11/protocol/manifest.ttl"
GRAPH_STORE = (
    "sparql11/graph-store-protocol/manifest-direct.ttl",
    "sparql11/graph-store-protocol/manifest-indirect.ttl",
)
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
EMPTY = "DROP ALL"
JSON = "application/sparql-results+json"
TABULAR = {JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"}
RDF_TYPES = {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"}


def parameters(*manifests: str) -> list:
    """The tests of these manifests, or one that skips where the suites are absent."""
    if not SUITES.is_dir():
        return [pytest.param(None, id="suites-missing")]
    return [pytest.param(test, id=test.name) for path in manifests for test in protocol_tests(SUITES / path)]


def send(server: PlainServer, request: Request, path: str) -> Reply:
    headers = dict(request.headers)
    return server.ask(request.method, path, headers, request.body)


def check(reply: Reply, request: Request) -> None:
    assert request.expects(reply.status), (request.method, request.path, reply.status, reply.body)
    media_type = reply.headers.get("content-type", "").partition(";")[0]
    if request.format in ("boolean", "tabular"):
        assert media_type in TABULAR
    elif request.format == "RDF":
        assert media_type in RDF_TYPES
    if request.boolean is not None:
        assert json.loads(reply.body)["boolean"] is request.boolean
    for name, value in request.response_headers.items():
        assert reply.headers[name.lower()] == value
    if request.response_body is not None:
        base = "http://www.example/"
        expected = rdflib.Graph().parse(data=request.response_body, format="turtle", publicID=base)
        assert isomorphic(rdflib.Graph().parse(data=reply.body, format="turtle", publicID=base), expected)


@pytest.mark.parametrize("test", parameters(PROTOCOL))
def test_protocol(test: ProtocolTest | None, server: PlainServer, suites: Path) -> None:
    assert test is not None
    if test.data:
        inserts = (f"GRAPH <{graph}> {{ {path.read_text('utf-8')} }}" for graph, path in test.data.items())
        server.update(f"{EMPTY} ; INSERT DATA {{ {' '.join(inserts)} }}")
    for request in test.requests:
        assert request.path.startswith("/sparql/")
        check(send(server, request, request.path.replace("/sparql/", "/sparql", 1)), request)


@pytest.mark.parametrize("test", parameters(*GRAPH_STORE))
def test_graph_store(test: ProtocolTest | None, server: PlainServer, suites: Path) -> None:
    assert test is not None
    server.update(EMPTY)
    values: dict[str, str] = {}
    for request in test.requests:
        path = request.path.replace("/gsp", "/graphs", 1)
        for name, value in values.items():
            path = path.replace(name, quote(value, safe=""))
        reply = send(server, request, path)
        check(reply, request)
        if request.location:
            values[request.location] = reply.headers["location"]


@pytest.fixture
def description(server: PlainServer) -> rdflib.Graph:
    reply = server.ask("GET", "/sparql")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/turtle; charset=utf-8"
    return rdflib.Graph().parse(data=reply.body, format="turtle")


@pytest.mark.parametrize("media_type", sorted(RDF_TYPES))
def test_service_description_returns_rdf(
    media_type: str, description: rdflib.Graph, server: PlainServer, suites: Path
) -> None:
    reply = server.ask("GET", "/sparql", {"Accept": media_type})
    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, media_type)
    rdf = pyoxigraph.RdfFormat.from_media_type(media_type)
    n_triples = pyoxigraph.serialize(pyoxigraph.parse(reply.body, rdf), format=pyoxigraph.RdfFormat.N_QUADS)
    assert isomorphic(rdflib.Graph().parse(data=n_triples, format="nt"), description)


def test_service_description_has_the_endpoint(description: rdflib.Graph, server: PlainServer, suites: Path) -> None:
    endpoint = rdflib.URIRef(f"http://127.0.0.1:{server.port}/sparql")
    assert list(description.subjects(SD.endpoint, endpoint)) != []


def test_service_description_conforms_to_the_schema(description: rdflib.Graph, suites: Path) -> None:
    """What the schema of the vocabulary demands: domains, ranges and the properties that a service has to have."""
    services = set(description.subjects(rdflib.RDF.type, SD.Service))
    assert len(services) == 1
    classes = {
        SD.supportedLanguage: {
            *(SD.SPARQL10Query, SD.SPARQL11Query, SD.SPARQL11Update),
            *(SD.SPARQLQuery, SD.SPARQLUpdate),  # of the draft of 1.2
        },
        SD.feature: {
            SD.DereferencesURIs,
            SD.UnionDefaultGraph,
            SD.RequiresDataset,
            SD.EmptyGraphs,
            SD.BasicFederatedQuery,
        },
    }
    for property, values in classes.items():
        found = set(description.objects(None, property))
        assert found
        assert found <= values
        assert set(description.subjects(property)) <= services
    formats = "http://www.w3.org/ns/formats/"
    for property in (SD.resultFormat, SD.inputFormat):
        assert set(description.subjects(property)) == services
        assert all(str(value).startswith(formats) for value in description.objects(None, property))
    (dataset,) = description.objects(None, SD.defaultDataset)
    assert (dataset, rdflib.RDF.type, SD.Dataset) in description
    (graph,) = description.objects(dataset, SD.defaultGraph)
    assert (graph, rdflib.RDF.type, SD.Graph) in description
