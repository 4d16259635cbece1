"""Clients that people have: armsclaims itself, SPARQLWrapper, rdflib's SPARQLStore and pandas, over HTTP."""

from pathlib import Path
from urllib.parse import urlencode

import pandas
import pytest
import servers
from rdflib import RDFS, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper

import armsclaims
from armsclaims.claims import NoAnswer

NORWAY = URIRef("https://w3id.org/armsclaims/id/state/norway")
NAMES = f"SELECT ?name WHERE {{ <{NORWAY}> <{RDFS.label}> ?name }}"


def test_armsclaims_asks_an_endpoint(address: str) -> None:
    claims = armsclaims.open_claims(f"{address}/sparql")
    assert list(claims.query("SELECT ?name ?no WHERE { state:norway rdfs:label ?name }")) == [
        {"name": Literal("Norway", lang="en")}
    ]
    assert list(claims.query(NAMES).to_pandas()["name"]) == ["Norway"]
    assert "speakerLabel" in claims.query("allegations-by-speaker").columns


def test_armsclaims_tells_why_an_endpoint_does_not_answer(address: str) -> None:
    with pytest.raises(NoAnswer, match=r"answered 400: Line 2, column"):
        armsclaims.open_claims(f"{address}/sparql").query("SELECT ?x WHERE {\n SELEKT }")
    with pytest.raises(NoAnswer, match="answered 404"):
        armsclaims.open_claims(f"{address}/sparql", release="nonsense").query(NAMES)
    with pytest.raises(NoAnswer, match="did not answer"):
        armsclaims.open_claims("http://127.0.0.1:9/sparql").query(NAMES)


def test_a_part_of_an_answer_is_no_answer(flares: Path) -> None:
    with (
        servers.claims(flares, "--max-rows", "3") as address,
        pytest.raises(NoAnswer, match="cut the answer short"),
    ):
        armsclaims.open_claims(f"{address}/sparql").query("SELECT ?s WHERE { ?s ?p ?o }")


def test_sparqlwrapper(address: str) -> None:
    client = SPARQLWrapper(f"{address}/sparql")
    client.setQuery(NAMES)
    client.setReturnFormat(JSON)
    client.setMethod(POST)
    bindings = client.queryAndConvert()["results"]["bindings"]
    assert bindings == [{"name": {"type": "literal", "value": "Norway", "xml:lang": "en"}}]
    client.setQuery(f"DESCRIBE <{NORWAY}>")
    client.setReturnFormat(TURTLE)
    assert "Norway" in client.queryAndConvert().decode()


def test_rdflibs_sparql_store(address: str) -> None:
    graph = Graph(store=SPARQLStore(f"{address}/sparql"))
    assert [row.name for row in graph.query(NAMES)] == [Literal("Norway", lang="en")]
    assert list(graph.objects(NORWAY, RDFS.label)) == [Literal("Norway", lang="en")]


def test_pandas_reads_csv(address: str) -> None:
    frame = pandas.read_csv(f"{address}/sparql?{urlencode({'query': NAMES, 'format': 'csv'})}")
    assert list(frame["name"]) == ["Norway"]
