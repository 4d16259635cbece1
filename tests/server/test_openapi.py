"""The OpenAPI description: valid, complete, true of the running server by Schemathesis, and readable as a page."""

import json
import re
import urllib.parse
import urllib.request
from pathlib import Path

import jsonschema
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import missing_required_header, positive_data_acceptance
from schemathesis.specs.openapi.definitions import OPENAPI_31

from server import openapi
from server.saved_query import read_folder
from server.settings import Settings
from server.site import KEY, Site

QUERIES = Path(__file__).parent / "data" / "queries"
# People's pages, and what has a description of its own.
UNDESCRIBED = (
    *("/api", "/browse", "/page/", "/static/", "/dumps/", "/metrics", "/health"),
    *("/disputes", "/feeds/", "/overview", "/reconcile/", "/.well-known/", "/sitemap", "/robots.txt"),
)
SIDES = {"oneKind": "state", "one": "norway", "between": "to", "otherKind": "state", "other": "iceland"}
ANY_TEXT = (
    "/sparql",
    "/graphs",
    "/reconcile",
)  # where what the schema lets through is mostly no query, and no graph that there is


def described():
    """The description of an app with the saved queries of the tests; it needs no data."""
    app = Flask(__name__)
    app.extensions[KEY] = Site(Settings(queries=QUERIES), None, None, None, read_folder(QUERIES))
    with app.app_context():
        return openapi.document()


DESCRIPTION = described()


@schemathesis.serializer("application/sparql-query", "application/sparql-update", "application/n-triples")
def as_text(context, value):
    return str(value).encode("utf-8", "replace")


API = schemathesis.openapi.from_dict(DESCRIPTION)


@API.parametrize()
@settings(max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_the_server_does_as_its_description_says(address, case):
    excluded = []
    if case.path in ANY_TEXT:
        excluded += [positive_data_acceptance, missing_required_header]  # nobody has a token, so that 401 is a 403
    if re.fullmatch(r"0\.\d+|[\d.]+e-\d+", str((case.query or {}).get("timeout"))):
        excluded.append(not_a_server_error)  # 503: the query took too long
    case.call_and_validate(base_url=address, excluded_checks=excluded)


@pytest.mark.parametrize("path", ["/data/{kind}/{slug}.{format}", "/id/{kind}/{slug}"])
def test_what_is_known_is_answered_as_described(address, path):
    for format in ("ttl", "nt", "rdf", "jsonld"):
        for kind, slug in (("state", "norway"), ("statement", "flares-1-ships"), ("materiel", "flares")):
            parameters = {"kind": kind, "slug": slug} | ({"format": format} if "format" in path else {})
            case = API[path]["GET"].Case(path_parameters=parameters, query={"format": format})
            response = case.call_and_validate(base_url=address)
            assert response.status_code == (200 if "format" in path else 303)


@pytest.mark.parametrize(
    ("path", "parameters", "query"),
    [
        (
            "/data/article/{publisher}/{slug}.{format}",
            {"publisher": "fjord-post", "slug": "flares-1", "format": "ttl"},
            {},
        ),
        *(("/dumps/{name}", {"name": f"dataset.{ending}"}, {}) for ending in ("ttl", "trig.gz", "jsonld")),
        *(
            (f"/{kind}/{{oneKind}}/{{one}}/{{between}}/{{otherKind}}/{{other}}", SIDES, {})
            for kind in ("disputes", "feeds")
        ),
        ("/graphs", {}, {"graph": "https://w3id.org/armsclaims/graph/reference"}),
        ("/releases", {}, {"format": "json"}),
        *(
            ("/releases/{identifier}", {"identifier": "RELEASE"}, {"format": name})
            for name in ("json", "jsonl", "html")
        ),
        ("/search", {}, {"q": "norway flares", "format": "json"}),
        ("/search", {}, {"q": "norwey", "format": "json"}),
        ("/search/suggestions", {}, {"q": "norw"}),
        ("/sparql/completions", {}, {"q": "norw"}),
        *(("/reconcile", {}, asked) for asked in ({}, {"queries": '{"q0": {"query": "Norway"}}'})),
        *(("/queries", {}, {"format": name}) for name in ("json", "ttl", "html")),
        *(("/sparql", {}, {"query": "SELECT * {?s ?p ?o} LIMIT 3", "format": name}) for name in ("json", "xml", "csv")),
        *(("/sparql", {}, {"query": "DESCRIBE <urn:x>", "format": name}) for name in ("jsonld", "ttl", "rdf")),
    ],
)
def test_what_there_is_is_answered_as_described(address, release, path, parameters, query):
    named = {name: release.id if value == "RELEASE" else value for name, value in parameters.items()}
    response = API[path]["GET"].Case(path_parameters=named, query=query).call_and_validate(base_url=address)
    assert response.status_code == 200


def test_the_description_is_valid_and_the_one_that_the_server_gives(address):
    jsonschema.Draft202012Validator(OPENAPI_31).validate(DESCRIPTION)
    with urllib.request.urlopen(f"{address}/openapi.json") as answer:
        assert answer.headers.get_content_type() == "application/json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert json.load(answer) == DESCRIPTION


def test_every_route_is_described_or_a_page(app):
    paths = {re.sub(r"<(?:[^<>:]*:)?\w+>", "{}", rule.rule) for rule in app.url_map.iter_rules()}
    known = {re.sub(r"\{\w+\}", "{}", path) for path in DESCRIPTION["paths"]}
    known |= {
        "/id/{}",
        "/data/{}",
        "/queries/{}",
        "/graphs/{}",
        "/graph/{}",
    }  # for any number of segments, any query, any graph
    assert sorted(path for path in paths - known if path != "/" and not path.startswith(UNDESCRIBED)) == []


def test_parameters_of_saved_queries_have_types_choices_and_defaults():
    parameters = {p["name"]: p for p in DESCRIPTION["paths"]["/queries/by-quantity"]["get"]["parameters"]}
    assert parameters["least"]["schema"] == {
        "type": "integer",
        "minimum": -(10**18) + 1,
        "maximum": 10**18 - 1,
        "default": 30,
    }
    assert parameters["unit"]["schema"] == {"type": "string", "maxLength": 2000, "default": "container"}
    assert parameters["format"]["schema"] == {
        "enum": [
            *("csv", "html", "json", "jsonld", "nq", "nquads", "nt", "ntriples", "rdf"),
            *("trig", "tsv", "ttl", "turtle", "xml"),
        ]
    }
    (since,) = (p for p in DESCRIPTION["paths"]["/queries/who-denies"]["get"]["parameters"] if p["name"] == "since")
    assert since["schema"] == {"anyOf": [{"type": "string", "format": "date"}, {"const": ""}]}
    assert not since["required"]
    problems = DESCRIPTION["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    assert "https://w3id.org/armsclaims/problems#bad-parameter" in problems
    assert "/queries/elsewhere" not in DESCRIPTION["paths"]  # its service is not allowed here


NASTY = ("\0", "9" * 400, "-1e999", "../../etc/passwd", "\ufffe\u202e", "'\"><script>", "%ff", "{}", "a\r\nX: y")
ACCEPTS = ("image/png", "*/*;q=oops", "text/html;q=2,,;", "application/json;q=0", "text/turtle;level=\0")


def test_nothing_that_is_asked_makes_a_defect(app):
    """Whatever stands in paths, parameters and Accept, the answer is no 500, and an error is a problem document."""
    client = app.test_client()
    wrong = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        for value in NASTY:
            path = re.sub(r"<[^<>]+>", urllib.parse.quote(value, safe=""), rule.rule)
            fields = dict.fromkeys(("q", "query", "queries", "format", "release", "timeout", "graph", "first"), value)
            for query in (fields, {"q": value, "from": value, "since": value, "least": value, "speaker": value}):
                response = client.get(path, query_string=query)
                if response.status_code == 500 or (response.status_code >= 400 and "problem" not in response.mimetype):
                    wrong.append((path, query, response.status_code, response.mimetype))
        for accept in ACCEPTS:
            response = client.get(re.sub(r"<[^<>]+>", "x", rule.rule), headers={"Accept": accept})
            if response.status_code == 500:
                wrong.append((rule.rule, accept, response.status_code, response.mimetype))
    assert wrong == []


def test_the_page_shows_every_operation_with_a_command(client):
    page = client.get("/api").text
    for path, methods in DESCRIPTION["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page
    assert "--data-urlencode least=30" in page
