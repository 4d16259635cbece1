"""Federation both ways: our saved queries call a service that is allowed, and other engines call our endpoint."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from rdflib import Graph
from servers import Virtuoso, claims, oxigraph, virtuoso

from server.engines import engine_of
from server.saved_query import read_folder
from server.settings import Settings
from server.store.engine import Refused

COMUNICA = Path(__file__).parents[1] / "clients/node_modules/.bin/comunica-sparql"
PREFIXES = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
DENIERS = "?denial a ac:Denial ; ac:speaker ?speaker . ?speaker rdfs:label ?who ."


@pytest.fixture(scope="module")
def endpoint(seed_data: Path) -> Iterator[str]:
    """The endpoint of a server of the seeds."""
    with claims(seed_data) as address:
        yield f"{address}/sparql"


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Virtuoso]:
    """A Virtuoso that may call services."""
    with virtuoso(tmp_path_factory.mktemp("virtuoso")) as server:
        server.sql(
            'GRANT EXECUTE ON DB.DBA.SPARQL_SINV_IMP TO "SPARQL"; GRANT SELECT ON DB.DBA.SPARQL_SINV_2 TO "SPARQL";'
        )
        yield server


def federated(endpoint: str) -> str:
    return f"{PREFIXES}SELECT DISTINCT ?who WHERE {{ SERVICE <{endpoint}> {{ {DENIERS} }} }} ORDER BY ?who"


def asked(address: str, query: str) -> list[str]:
    request = Request(address, urlencode({"query": query}).encode(), {"Accept": "application/sparql-results+json"})
    with urlopen(request, timeout=60) as answer:
        return [one["who"]["value"] for one in json.load(answer)["results"]["bindings"]]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "wikidata-heads-of-state",
            {("Russia", "recipient", "a head of state"), ("Russia", "supplier", "a head of state")},
        ),
        ("dbpedia-speakers", {("Dmitry Peskov", "1900-01-01", "Atlantis")}),
    ],
)
def test_a_saved_query_joins_with_a_service(seed_data: Path, wikidata: str, name: str, rows: set) -> None:
    query = read_folder(Settings().queries)[name]
    text = query.text.replace(f"SERVICE <{query.needs_service}>", f"SERVICE <{wikidata}>")
    assert text != query.text
    engine = engine_of(Settings(data=seed_data, service_allow=(wikidata,)), workers=1)
    try:
        found = engine.select(text)
    finally:
        engine.close()
    columns = {
        "wikidata-heads-of-state": ("stateLabel", "role", "headLabel"),
        "dbpedia-speakers": ("personLabel", "born", "birthPlace"),
    }[name]
    assert {tuple(row[c].value if c in row else None for c in columns) for row in found} == rows


def test_a_service_that_is_not_allowed_is_refused(seed_data: Path, wikidata: str) -> None:
    engine = engine_of(Settings(data=seed_data), workers=1)
    try:
        with pytest.raises(Refused):
            engine.select(f"SELECT * {{ SERVICE <{wikidata}> {{ ?s ?p ?o }} }}")
    finally:
        engine.close()


def test_rdflib_calls_our_endpoint(endpoint: str) -> None:
    assert [str(row.who) for row in Graph().query(federated(endpoint))] == ["North Korea", "Russia"]


def test_oxigraph_calls_our_endpoint(endpoint: str, tmp_path: Path) -> None:
    with oxigraph(tmp_path, writable=True) as address:
        assert asked(f"{address}/query", federated(endpoint)) == ["North Korea", "Russia"]


def test_virtuoso_calls_our_endpoint(endpoint: str, other: Virtuoso) -> None:
    assert asked(other.endpoint, federated(endpoint)) == ["North Korea", "Russia"]


@pytest.mark.skipif(not COMUNICA.exists() or not shutil.which("node"), reason="Comunica or Node is not installed")
def test_comunica_asks_our_endpoint(endpoint: str) -> None:
    query = f"{PREFIXES}SELECT DISTINCT ?who WHERE {{ {DENIERS} }} ORDER BY ?who"
    command = ["node", COMUNICA, endpoint, query, "-t", "application/sparql-results+json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert [one["who"]["value"] for one in json.loads(done.stdout)["results"]["bindings"]] == ["North Korea", "Russia"]
