"""SPARQL 1.1 Protocol, the query operation (section 2.1), in the app."""

import json
from urllib.parse import quote

import pytest

ASK = "ASK { }"
DENIALS = "PREFIX ac: <https://w3id.org/armsclaims/ontology#> SELECT ?s WHERE { ?s a ac:Denial } ORDER BY ?s"
DENIAL_IRIS = [
    "https://w3id.org/armsclaims/id/statement/flares-2-denies",
    "https://w3id.org/armsclaims/id/statement/flares-2-talks",
]
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"


def subjects(response):
    return [row["s"]["value"] for row in json.loads(response.data)["results"]["bindings"]]


def test_a_query_comes_by_get_by_form_and_as_a_body(client, release):
    for response in (
        client.get("/sparql", query_string={"query": DENIALS}),
        client.post("/sparql", data={"query": DENIALS}),
        client.post("/sparql", data=DENIALS, content_type=DIRECT),
        client.post("/sparql", data=DENIALS.encode(), content_type=DIRECT + "; charset=UTF-8"),
    ):
        assert response.status_code == 200
        assert response.content_type == "application/sparql-results+json"
        assert subjects(response) == DENIAL_IRIS
        assert response.headers["Armsclaims-Release"] == release.id
        assert response.headers["Armsclaims-Truncated"] == "no"
        assert response.headers["Armsclaims-Limits"] == "seconds=30, rows=100000, bytes=268435456"
        assert response.content_length == len(response.data)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("accept", "query", "content_type", "body"),
    [
        ("application/sparql-results+json", ASK, "application/sparql-results+json", b'{"head":{},"boolean":true}'),
        ("text/csv", DENIALS, "text/csv; charset=utf-8", "s\r\n" + "\r\n".join(DENIAL_IRIS) + "\r\n"),
        (
            "text/tab-separated-values",
            DENIALS,
            "text/tab-separated-values; charset=utf-8",
            "?s\n" + "\n".join(f"<{iri}>" for iri in DENIAL_IRIS) + "\n",
        ),
        (
            "application/n-triples",
            "CONSTRUCT { <http://e/a> <http://e/b> 1 } WHERE { }",
            "application/n-triples",
            b'<http://e/a> <http://e/b> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
        ),
        (
            "text/turtle",
            "DESCRIBE <https://w3id.org/armsclaims/id/materiel/flares>",
            "text/turtle; charset=utf-8",
            None,
        ),
        ("application/rdf+xml", "CONSTRUCT WHERE { ?s a ?o } LIMIT 1", "application/rdf+xml", None),
        ("application/ld+json", "CONSTRUCT WHERE { ?s a ?o } LIMIT 1", "application/ld+json", None),
        ("application/sparql-results+xml", DENIALS, "application/sparql-results+xml", None),
        ("application/json", DENIALS, "application/json; charset=utf-8", None),
    ],
)
def test_every_form_of_result_has_its_formats(client, accept, query, content_type, body):
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})
    assert (response.status_code, response.content_type) == (200, content_type)
    if body is not None:
        assert response.data == (body.encode() if isinstance(body, str) else body)


def test_a_format_that_the_form_does_not_have_is_406(client):
    response = client.get("/sparql", query_string={"query": DENIALS}, headers={"Accept": "text/turtle"})
    assert response.status_code == 406
    assert "text/csv (?format=csv)" in response.json["detail"]
    assert client.get("/sparql", query_string={"query": ASK, "format": "png"}).status_code == 406
    csv = client.get("/sparql", query_string={"query": DENIALS, "format": "csv"}, headers={"Accept": "text/html"})
    assert csv.content_type == "text/csv; charset=utf-8"


def get(query_string):
    return {"method": "GET", "query_string": query_string}


def post(data, content_type=None, query_string=""):
    return {"method": "POST", "data": data, "content_type": content_type, "query_string": query_string}


@pytest.mark.parametrize(
    ("asked", "status", "detail"),
    [
        (post("", FORM), 400, "The parameter “query” is missing"),
        (get("query=ASK{}&query=ASK{}"), 400, "more than one query"),
        (post("query=ASK{}", FORM, "query=ASK{}"), 400, "more than one query"),
        (post("ASK{}", DIRECT, "query=ASK{}"), 400, "more than one query"),
        (post("ASK{}", "text/plain"), 415, "POST a query as"),
        (post("ASK{}"), 415, "POST a query as"),
        (post("ASK{}", DIRECT + "; charset=latin-1"), 415, "charset must be UTF-8"),
        (post(b"ASK{ ?s ?p '\xff' }", DIRECT), 400, "byte at 12 in the query is not UTF-8"),
        (get("query=ASK%7B%7D%FF"), 400, "%-escapes in the address are not UTF-8"),
        (post("update=DROP ALL", FORM), 403, "takes no updates"),
        (post("DROP ALL", "application/sparql-update"), 403, "takes no updates"),
        (get("update=DROP+ALL"), 400, "never by GET"),
        (post("update=DROP ALL&query=ASK{}", FORM), 400, "not both"),
        (post("DROP ALL", DIRECT), 400, "Line 1"),
        (get("query=ASK{}&default-graph-uri=here"), 400, "“default-graph-uri” is not an absolute IRI"),
        (get("query=ASK{}&timeout=soon"), 400, "timeout is in seconds"),
        (get("query=ASK{}&timeout=inf"), 400, "timeout is in seconds"),
        (get("query=ASK{}&timeout=1&timeout=2"), 400, "more than once"),
        (post("ASK { # " + "x" * 100_000 + "\n}", DIRECT), 413, "the limit is 100000"),
        (post("x" * 1_048_577, DIRECT), 413, "1048577 bytes; the limit is 1048576 bytes. Send less"),
        (get("query=ASK{}" + "&named-graph-uri=urn:x" * 200), 400, "more than 200 fields"),
    ],
)
def test_what_the_protocol_refuses(client, asked, status, detail):
    response = client.open("/sparql", **asked)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert detail in response.json["detail"]


def test_a_percent_sign_is_decoded_once(client):
    query = 'SELECT ("a%41b" AS ?s) WHERE { }'
    assert subjects(client.get("/sparql?query=" + quote(query))) == ["a%41b"]
    assert subjects(client.post("/sparql", data={"query": query})) == ["a%41b"]
    assert subjects(client.post("/sparql", data=query, content_type=DIRECT)) == ["a%41b"]


def test_plus_is_a_space_and_other_letters_survive(client):
    assert subjects(client.get("/sparql?query=SELECT+('%E2%86%92+%2B'+AS+?s)+%7B%7D")) == ["→ +"]


def test_other_methods_are_405_and_options_tell(client):
    response = client.delete("/sparql")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    response = client.options("/sparql", headers={"Origin": "https://elsewhere.example"})
    assert response.status_code == 200
    assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert response.headers["Access-Control-Allow-Headers"] == "Accept, Content-Type"


def test_head_has_the_headers_and_no_body(client):
    response = client.head("/sparql", query_string={"query": ASK})
    assert (response.status_code, response.data) == (200, b"")
    assert response.content_length == len(b'{"head":{},"boolean":true}')


def test_the_dataset_of_the_protocol_reaches_the_engine(client):
    count = "SELECT (COUNT(*) AS ?s) WHERE { ?x a <https://w3id.org/armsclaims/ontology#Denial> }"
    graph = "https://w3id.org/armsclaims/graph/article/fjord-post/flares-"

    def counted(query, **graphs):
        return subjects(client.get("/sparql", query_string={"query": query, **graphs}))

    assert counted(count) == ["2"]
    assert counted(count, **{"default-graph-uri": graph + "1"}) == ["0"]
    assert counted(count, **{"default-graph-uri": [graph + "1", graph + "2"]}) == ["2"]
    named = "SELECT (COUNT(DISTINCT ?g) AS ?s) WHERE { GRAPH ?g { ?x ?p ?o } }"
    assert counted(named, **{"named-graph-uri": [graph + "1", graph + "2"]}) == ["2"]


def test_a_timeout_lowers_the_limit_and_never_raises_it(client):
    def limits(**fields):
        return client.get("/sparql", query_string={"query": ASK, **fields}).headers["Armsclaims-Limits"]

    assert limits(timeout="1.5") == "seconds=1.5, rows=100000, bytes=268435456"
    assert limits(timeout="1000") == "seconds=30, rows=100000, bytes=268435456"


def test_a_release_may_be_asked_by_name(client, release):
    answered = client.get("/sparql", query_string={"query": ASK, "release": release.id})
    assert answered.headers["Armsclaims-Release"] == release.id
    unknown = client.get("/sparql", query_string={"query": ASK, "release": "20200101T000000Z-0000000000"})
    assert unknown.status_code == 404
    assert unknown.json["type"] == "https://w3id.org/armsclaims/problems#no-such-release"
