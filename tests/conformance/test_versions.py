"""What the service description says of SPARQL 1.2 and RDF 1.2, over HTTP: each claim has its query."""

import json

import pytest
import rdflib
from serving import PlainServer

TURTLE = """VERSION "1.2"
PREFIX : <http://e.example/>
:s :says <<( :a :b :c )>> .
<< :a :b :c ~ :r >> :since 2024 .
:s :name "שלום"@he--rtl ."""
PREFIX = "PREFIX : <http://e.example/> "
GRAPH = "/graphs?graph=http://e.example/g"


@pytest.fixture(scope="module")
def loaded(server: PlainServer) -> PlainServer:
    assert server.ask("PUT", GRAPH, {"Content-Type": "text/turtle"}, TURTLE).status in (201, 204)
    return server


def table(server: PlainServer, query: str) -> list[dict]:
    headers = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"}
    reply = server.ask("POST", "/sparql?default-graph-uri=http://e.example/g", headers, PREFIX + query)
    assert reply.status == 200, reply.body
    return json.loads(reply.body)["results"]["bindings"]


def test_the_description_names_the_versions_and_what_is_missing(server: PlainServer) -> None:
    described = rdflib.Graph().parse(data=server.ask("GET", "/sparql").body, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    versions = {str(version).rpartition("#")[2] for version in described.objects(None, sd.supportedVersion)}
    assert versions == {"version-1.0", "version-1.1", "version-1.2-basic", "version-1.2"}
    assert {sd.SPARQLQuery, sd.SPARQLUpdate} <= set(described.objects(None, sd.supportedLanguage))
    comment = str(described.value(next(described.subjects(sd.endpoint)), rdflib.RDFS.comment))
    assert "triple terms in JSON-LD" in comment


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT ?x { :s :says <<( ?x :b :c )>> }", [{"x": {"type": "uri", "value": "http://e.example/a"}}]),
        ("SELECT (SUBJECT(?t) AS ?x) { ?r rdf:reifies ?t }", [{"x": {"type": "uri", "value": "http://e.example/a"}}]),
        ("SELECT ?x { << :a :b :c >> :since ?y BIND(STR(?y) AS ?x) }", [{"x": {"type": "literal", "value": "2024"}}]),
        (
            "SELECT ?x { :s :name ?x FILTER(LANGDIR(?x) = 'rtl') }",
            [{"x": {"type": "literal", "value": "שלום", "xml:lang": "he", "its:dir": "rtl"}}],
        ),
        (
            'VERSION "1.2" SELECT (TRIPLE(:a, :b, 1) AS ?x) {}',
            [
                {
                    "x": {
                        "type": "triple",
                        "value": {
                            "subject": {"type": "uri", "value": "http://e.example/a"},
                            "predicate": {"type": "uri", "value": "http://e.example/b"},
                            "object": {
                                "type": "literal",
                                "value": "1",
                                "datatype": "http://www.w3.org/2001/XMLSchema#integer",
                            },
                        },
                    }
                }
            ],
        ),
    ],
)
def test_what_holds_of_sparql_1_2(loaded: PlainServer, query: str, rows: list[dict]) -> None:
    rdf = "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
    assert table(loaded, rdf + query if not query.startswith("VERSION") else query) == rows


@pytest.mark.parametrize(
    ("media_type", "found"),
    [
        ("text/turtle", b"<<( <http://e.example/a> <http://e.example/b> <http://e.example/c> )>>"),
        ("application/n-triples", b'"@he--rtl'),
        ("application/rdf+xml", b'rdf:parseType="Triple"'),
    ],
)
def test_graphs_of_rdf_1_2_are_read_as_they_were_written(loaded: PlainServer, media_type: str, found: bytes) -> None:
    reply = loaded.ask("GET", GRAPH, {"Accept": media_type})
    assert reply.status == 200
    assert found in reply.body


def test_json_ld_has_no_triple_terms_and_the_answer_says_so(loaded: PlainServer) -> None:
    reply = loaded.ask("GET", GRAPH, {"Accept": "application/ld+json"})
    assert (reply.status, json.loads(reply.body)["type"].rpartition("#")[2]) == (406, "inexpressible")
    assert "ask for Turtle" in json.loads(reply.body)["detail"]
