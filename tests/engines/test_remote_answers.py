"""Another SPARQL server as the store: saved queries, query forms and limits give what the embedded one gives."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, RdfFormat, parse
from targets import Target
from werkzeug.test import TestResponse

from server.app import create_app
from server.saved_query import read_folder
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.engine import CutShort, Limits, Query, TimedOut
from server.store.remote import RemoteEngine

QUERIES = read_folder(Path(__file__).resolve().parents[2] / "queries")
LOCAL = sorted(name for name, query in QUERIES.items() if query.needs_service is None)
KIM = "https://w3id.org/armsclaims/id/person/kim-jong-un"
PUTIN = "https://w3id.org/armsclaims/id/person/vladimir-putin"
MEDIA_TYPES = {"solutions": "text/csv", "boolean": "text/csv", "graph": "text/turtle"}
GRAPHS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}


@pytest.mark.parametrize("defaults", [True, False], ids=["defaults", "everything"])
@pytest.mark.parametrize("name", LOCAL)
def test_saved_query_gives_the_same_rows(
    remote: RemoteEngine, embedded: EmbeddedEngine, name: str, defaults: bool
) -> None:
    query = QUERIES[name]
    text = query.bound(query.terms({}) if defaults else {})
    assert remote.select(text) == embedded.select(text)


@pytest.mark.parametrize(
    ("name", "parameters", "lines"),
    [
        ("allegations-by-speaker", {"onlySpeaker": KIM}, 1),
        ("allegations-by-speaker", {"onlySupplier": "https://w3id.org/armsclaims/id/state/iran"}, 2),
        ("meetings-expected-and-held", {"participant": PUTIN, "onlyOther": KIM}, 31),
        ("meetings-expected-and-held", {"participant": KIM, "onlyOther": KIM}, 1),
    ],
)
def test_parameters_bind_the_same(
    there: FlaskClient, here: FlaskClient, name: str, parameters: Mapping[str, str], lines: int
) -> None:
    found, expected = (
        client.get(f"/queries/{name}", query_string={**parameters, "format": "csv"}) for client in (there, here)
    )
    assert (found.status_code, found.text.count("\n")) == (200, lines)
    assert found.text == expected.text


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
def test_rows_come_in_every_format(there: FlaskClient, here: FlaskClient, format: str) -> None:
    query = "SELECT ?kind (COUNT(DISTINCT ?s) AS ?n) { ?s a ?kind ; ac:reportedIn ?a } GROUP BY ?kind ORDER BY ?kind"
    asked = {"query": query, "format": format}
    found, expected = (client.get("/sparql", query_string=asked) for client in (there, here))
    assert (found.status_code, found.content_type) == (200, expected.content_type)
    assert found.text == expected.text


@pytest.mark.parametrize("format", ["json", "xml"])
@pytest.mark.parametrize(("pattern", "answer"), [("?s a ac:Denial", "true"), ("?s a ac:Nothing", "false")])
def test_ask_is_answered(there: FlaskClient, format: str, pattern: str, answer: str) -> None:
    found = there.get("/sparql", query_string={"query": f"ASK {{ {pattern} }}", "format": format})
    assert found.status_code == 200
    assert answer in found.text


@pytest.mark.parametrize("format", GRAPHS)
def test_construct_comes_in_every_format(there: FlaskClient, here: FlaskClient, format: str) -> None:
    query = "CONSTRUCT { ?s ac:speaker ?who ; ac:quote ?quote } { ?s a ac:Denial ; ac:speaker ?who ; ac:quote ?quote }"
    found, expected = (
        {quad.triple for quad in parse(answer.data, GRAPHS[format])}
        for answer in (
            client.get("/sparql", query_string={"query": query, "format": format}) for client in (there, here)
        )
    )
    assert found == expected
    assert len(found) >= 4


@pytest.mark.parametrize("format", GRAPHS)
def test_describe_comes_in_every_format(there: FlaskClient, here: FlaskClient, format: str) -> None:
    found, expected = (
        {quad.triple for quad in parse(answer.data, GRAPHS[format])}
        for answer in (
            client.get("/sparql", query_string={"query": f"DESCRIBE <{KIM}>", "format": format})
            for client in (there, here)
        )
    )
    assert expected <= found  # what else it tells of a thing is up to a server


def test_blank_nodes_come_in_rows(there: FlaskClient) -> None:
    query = "SELECT ?b ?p { ?b ?p ?o FILTER(ISBLANK(?b)) } LIMIT 3"
    found = there.get("/sparql", query_string={"query": query, "format": "csv"})
    assert [line[:2] for line in found.text.splitlines()[1:]] == ["_:"] * 3


def test_a_mistake_in_a_query_is_told(there: FlaskClient) -> None:
    found = there.get("/sparql", query_string={"query": "SELECT * { ?s ?p }", "format": "json"})
    assert found.status_code == 400
    assert found.content_type == "application/problem+json"


def test_a_cut_answer_says_so(there: FlaskClient) -> None:
    whole = there.get("/sparql", query_string={"query": "SELECT ?s ?p { ?s ?p ?o } LIMIT 20", "format": "json"})
    assert whole.headers["Armsclaims-Truncated"] == "no"
    cut = there.get("/sparql", query_string={"query": "SELECT (1 AS ?one) { ?s ?p ?o . ?z a ?c }", "format": "csv"})
    assert cut.headers["Armsclaims-Truncated"].startswith("rows")
    assert cut.text.count("\n") == 1 + 20_000


def test_a_cut_by_the_other_server_is_told(target: Target, remote: RemoteEngine) -> None:
    if target.name != "virtuoso":
        return  # Oxigraph never cuts
    answer = remote.query(Query("SELECT (1 AS ?one) { ?s ?p ?o . ?z a ?c }"), MEDIA_TYPES)
    assert (answer.complete, answer.truncated, answer.truncated_by) == (True, True, "rows")


def test_an_answer_is_cut_at_its_limit_of_bytes(target: Target, remote: RemoteEngine, tmp_path: Path) -> None:
    def asked(limit: int) -> TestResponse:
        settings = Settings(data=tmp_path, engine=target.endpoint, max_rows=0, max_bytes=limit)
        asked = {"query": "SELECT ?s ?p ?q { ?s ?p ?o . ?o ?q ?z }", "format": "csv"}
        return create_app(settings, remote).test_client().get("/sparql", query_string=asked, buffered=False)

    with asked(5000) as whole:
        assert (whole.status_code, whole.headers["Armsclaims-Truncated"]) == (200, "bytes")
        assert 2000 < len(whole.data) <= 5000
        assert whole.text.endswith("\n")
    received: list[bytes] = []
    with asked(2_000_000) as long, pytest.raises(CutShort, match="limit of 2000000 bytes"):
        received.extend(long.iter_encoded())
    assert 500_000 < sum(map(len, received)) <= 2_000_000


def test_a_slow_query_ends_at_its_deadline(remote: RemoteEngine) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?c) != STR(?f) && STR(?f) != STR(?i)) }"
    with pytest.raises(TimedOut):
        remote.query(Query(slow, limits=Limits(seconds=1)), MEDIA_TYPES)
    (row,) = remote.select("SELECT (1 AS ?one) {}")
    assert isinstance(row["one"], Literal)
