"""Clients that people have: armsclaims itself, SPARQLWrapper, rdflib's SPARQLStore and pandas, over HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pandas
import pytest
from flask import Flask
from rdflib import RDFS, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from waitress.server import create_server

import armsclaims
from armsclaims.claims import NoAnswer
from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine

NORWAY = URIRef("https://w3id.org/armsclaims/id/state/norway")
NAMES = f"SELECT ?name WHERE {{ <{NORWAY}> <{RDFS.label}> ?name }}"


DATA = Path(__file__).parent / "data"


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        server.task_dispatcher.shutdown()
        thread.join(10)


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


def test_a_part_of_an_answer_is_no_answer(flares: Path, engine: EmbeddedEngine) -> None:
    app = create_app(Settings(data=flares, queries=DATA / "queries", max_rows=3), engine)
    with serving(app) as address:
        claims = armsclaims.open_claims(f"{address}/sparql")
        with pytest.raises(NoAnswer, match="cut the answer short"):
            claims.query("SELECT ?s WHERE { ?s ?p ?o }")


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
