"""Pages and files served from another SPARQL server, and what an embedded store alone has."""

import re

import pytest
from flask.testing import FlaskClient
from pyoxigraph import BlankNode, RdfFormat, parse
from targets import Target

from server.saved_query import read_folder
from server.settings import QUERIES_FOLDER

HTML = {"Accept": "text/html"}
QUERIES = [f"/queries/{name}" for name, query in read_folder(QUERIES_FOLDER).items() if not query.needs_service]
PATHS = [
    *(
        "/",
        "/overview",
        "/browse",
        "/queries",
        "/sparql",
        "/ontology",
        "/openapi.json",
        "/sitemap.xml",
        "/search?q=vladivostok",
    ),
    *("/search?q=putn", "/search/suggestions?q=put", "/sparql/completions?q=kim"),
    *("/page/person/kim-jong-un", "/page/state/russia", "/page/meeting/kim-jong-un-visit-to-russia-2023"),
    *("/page/article/britwatch-news/000-eba41d22bd825ff2", "/page/place/vladivostok", "/page/materiel/technology"),
    *("/disputes/state/north-korea/to/state/russia", "/disputes/state/north-korea/and/state/russia"),
    *("/feeds/state/north-korea/to/state/russia", "/reconcile/suggest/entity?prefix=kim"),
    *QUERIES,
]


def read(page: str) -> str:
    """The text of a page without what tells of the history of releases."""
    page = re.sub(r"<h2 id=.releases.>.*?(?=<h2)", "", page, flags=re.DOTALL)
    page = re.sub(r"(· release ).*?(?=</p>)", "", page, flags=re.DOTALL)
    # Any one thing of a class is an example of it: each engine finds another first.
    return re.sub(r'<p class="facts">In the data: .*?</p>', "", page)


@pytest.mark.parametrize("path", PATHS)
def test_pages_read_the_same(there: FlaskClient, here: FlaskClient, path: str) -> None:
    found, expected = there.get(path, headers=HTML), here.get(path, headers=HTML)
    assert (found.status_code, found.content_type) == (200, expected.content_type)
    assert read(found.text) == read(expected.text)


def test_a_statement_has_its_page(there: FlaskClient, here: FlaskClient) -> None:
    page = here.get("/queries/contradicted-allegations", headers=HTML).text
    path = re.findall(r'href="(/page/statement/[^"?]+)', page)[0]
    found, expected = there.get(path, headers=HTML), here.get(path, headers=HTML)
    assert found.status_code == 200
    assert read(found.text) == read(expected.text)


def test_dumps_are_those_of_the_release_but_for_the_names_of_blank_nodes(there: FlaskClient, here: FlaskClient) -> None:
    named, all_named = (
        {
            quad
            for quad in parse(client.get("/dumps/dataset.nq", buffered=True).data, RdfFormat.N_QUADS)
            if not any(isinstance(term, BlankNode) for term in (quad.subject, quad.object))
        }
        for client in (there, here)
    )
    assert named == all_named
    assert len(named) > 10_000
    assert (
        there.get("/dumps/statements.csv", buffered=True).data == here.get("/dumps/statements.csv", buffered=True).data
    )
    assert there.get("/dumps/claims.ttl", buffered=True).data == here.get("/dumps/claims.ttl", buffered=True).data


def test_the_catalogue_is_told(there: FlaskClient) -> None:
    assert "Armsclaims-Release" in there.get("/.well-known/void").headers


def test_no_class_of_the_engine_is_offered(there: FlaskClient) -> None:
    assert there.get("/sparql/completions?q=denial").json
    assert "openlinksw" not in there.get("/sparql/completions?q=quad").text


@pytest.mark.parametrize("path", ["/releases", "/releases/x", "/?release=20200101T000000Z-0123456789"])
def test_older_releases_are_a_feature_of_the_embedded_store(there: FlaskClient, path: str) -> None:
    found = there.get(path, headers={"Accept": "application/json"})
    assert (found.status_code, found.content_type) == (501, "application/problem+json")
    assert found.json is not None
    assert found.json["detail"].startswith("Older releases can be read and compared where the dataset is embedded.")
    assert "/releases" not in there.get("/queries", headers=HTML).text


def test_writes_go_another_way(there: FlaskClient) -> None:
    found = there.post("/sparql", data={"update": "CLEAR ALL"}, headers={"Accept": "application/json"})
    assert found.status_code == 403
    assert found.json is not None
    assert "armsclaims push" in found.json["detail"]


def test_health_and_metrics_are_told(there: FlaskClient, target: Target) -> None:
    assert there.get("/health").status_code == 200
    metrics = there.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    assert "armsclaims_workers" in metrics
    assert "armsclaims_release_timestamp_seconds" in metrics
    assert target.endpoint not in metrics
