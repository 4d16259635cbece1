"""Errors: one shape, problem+json or a page by Accept; a defect shows an id and nothing of the inside."""

import logging
from urllib.parse import quote

import pytest

from server.errors import problem_type
from server.store.engine import QueryError


def test_a_syntax_error_tells_line_and_column(client):
    response = client.get("/sparql", query_string={"query": "SELECT *\nWHERE { ?s <a b> ?o }"})
    assert response.status_code == 400
    problem = response.json
    assert (problem["line"], problem["column"], problem["at"]) == (2, 12, "<a b>")
    assert problem["type"] == "https://w3id.org/armsclaims/problems#bad-query"
    assert problem["title"] == "The query is not valid SPARQL"
    assert (problem["status"], problem["instance"]) == (400, "/sparql")


def test_a_timeout_is_503_and_says_the_limit(client):
    endless = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    response = client.get("/sparql", query_string={"query": endless, "timeout": "0.5"})
    assert response.status_code == 503
    assert response.json["type"] == "https://w3id.org/armsclaims/problems#timed-out"
    assert "0.5 s" in response.json["detail"]
    page = client.get("/sparql", query_string={"query": endless, "timeout": "0.5"}, headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "The query took too long" in page.text
    assert "<table" not in page.text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/page/nothing", "/queries/nothing", "/dumps/nothing.ttl", "/data/x.docx"]
)
def test_unknown_addresses_are_404_in_both_shapes(client, path):
    response = client.get(path)
    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert set(response.json) == {"type", "title", "status", "detail", "instance"}
    page = client.get(path, headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "<h1>Not Found</h1>" in page.text


def test_a_defect_shows_an_id_that_the_log_has(app, caplog):
    def broken():
        raise RuntimeError("secret inside")

    app.add_url_rule("/broken", view_func=broken)
    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/broken")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json["id"] in caplog.text
    assert "RuntimeError: secret inside" in caplog.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/{}", 404),
        ("/page/{}", 404),
        ("/id/{}", 404),
        ("/data/{}.ttl", 404),
        ("/queries/{}", 404),
        ("/dumps/{}", 404),
        ("/releases/{}", 404),
        ("/disputes/{}/to/state/iceland", 404),
        ("/feeds/{}/to/state/iceland", 404),
        ("/sparql?query={}", 400),
        ("/sparql?query=ASK%7B%7D&timeout={}", 400),
        ("/sparql?query=ASK%7B%7D&default-graph-uri={}", 400),
        ("/?release={}", 404),
        ("/disputes/state/norway/to/state/iceland?from={}", 400),
        ("/search?q={}", 200),
    ],
)
def test_no_page_gives_markup_back_that_came_with_the_request(client, path, status):
    markup = "<script>alert(1)</script>\"'"
    response = client.get(path.format(quote(markup)), headers={"Accept": "text/html"})
    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert "<script>alert" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_documentation_names_every_kind_of_error(root):
    def kinds(kind):
        return [kind, *(k for sub in kind.__subclasses__() for k in kinds(sub))]

    documented = (root / "docs" / "http.md").read_text("utf-8")
    for kind in kinds(QueryError)[1:]:
        assert f"`{problem_type(kind.__new__(kind)).partition('#')[2]}`" in documented, kind


def test_every_answer_has_the_headers_of_safety(client):
    for path in ("/", "/sparql", "/nowhere", "/static/site.css", "/health", "/data/state/norway.ttl"):
        with client.get(path, headers={"Accept": "*/*"}) as response:
            headers = response.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_reads_may_come_from_anywhere_and_pages_that_are_not_data_may_not(client):
    assert client.get("/dumps/").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/").headers
    assert "Access-Control-Allow-Origin" not in client.get("/health").headers
