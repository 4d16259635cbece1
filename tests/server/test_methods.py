"""Every address there is: its methods and those that it has not, HEAD, OPTIONS, CORS, and what it cannot answer.

The table is made from the routes of the app, so that an address added tomorrow is tested too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.app import READABLE_FROM_ANYWHERE, create_app
from server.settings import Settings
from server.store import tokens

METHODS = {"DELETE", "GET", "PATCH", "POST", "PUT"}
EXAMPLES = {  # for routes with parameters
    "/static/<path:filename>": "/static/site.css",
    "/disputes/<path:one>/<any(to,and):kind>/<path:other>": "/disputes/state/norway/to/state/iceland",
    "/feeds/<path:one>/<any(to,and):kind>/<path:other>": "/feeds/state/norway/to/state/iceland",
    "/graphs/<path:name>": "/graphs/article/fjord-post/flares-1",
    "/graph/<path:name>": "/graph/article/fjord-post/flares-1",
    "/sitemap-<int:number>.xml": "/sitemap-1.xml",
    "/queries/<name>": "/queries/who-denies",
    "/id/<path:path>": "/id/state/norway",
    "/page/<path:path>": "/page/state/norway",
    "/data/<path:path>": "/data/state/norway.ttl",
    "/dumps/<name>": "/dumps/dataset.nt",
    "/releases/<identifier>": "/releases/none",
    "/reconcile/preview/<path:identifier>": "/reconcile/preview/none",
}
ASKED = {"/graphs": "?default", "/sparql": "?query=ASK{}"}  # what an address needs
NEGOTIATED = (
    "/graphs?default",
    "/id/state/norway",
    "/ontology",
    "/queries",
    "/queries/who-denies",
    "/sparql?query=ASK{}",
)


@pytest.fixture
def routes(app: Flask) -> dict[str, set[str]]:
    """The methods of each address."""
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert {rule for rule in rules if "<" in rule} - EXAMPLES.keys() == set(), "give these an example"
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        address = EXAMPLES.get(rule.rule, rule.rule)
        found.setdefault(address + ASKED.get(address, ""), set()).update(rule.methods or ())
    return found


def test_a_method_that_an_address_has_not_is_405_with_those_that_it_has(
    client: FlaskClient, routes: dict[str, set[str]]
) -> None:
    for address, methods in routes.items():
        for method in sorted(METHODS - methods):
            response = client.open(address, method=method)
            assert response.status_code == 405, (method, address)
            assert set(response.headers["Allow"].split(", ")) == methods, (method, address)
            assert response.content_type == "application/problem+json"
            assert response.json["status"] == 405


def test_options_tells_the_methods_and_head_all_but_the_body(client: FlaskClient, routes: dict[str, set[str]]) -> None:
    for address, methods in routes.items():
        options = client.options(address)
        assert (options.status_code, options.data) == (200, b""), address
        assert set(options.headers["Allow"].split(", ")) == methods
        if "GET" in methods:
            with client.get(address) as get, client.head(address) as head:
                assert (head.status_code, head.data) == (get.status_code, b""), address
                for name in ("Content-Type", "ETag", "Cache-Control", "Vary", "Location", "Armsclaims-Release"):
                    assert head.headers.get(name) == get.headers.get(name), (address, name)


def test_data_are_read_from_anywhere_without_credentials_and_pages_from_here(
    app: Flask, client: FlaskClient, routes: dict[str, set[str]]
) -> None:
    for rule in app.url_map.iter_rules():
        address = EXAMPLES.get(rule.rule, rule.rule)
        if "GET" not in (rule.methods or ()):
            continue
        is_data = rule.endpoint.partition(".")[0] in READABLE_FROM_ANYWHERE
        with client.get(address + ASKED.get(address, ""), headers={"Origin": "https://elsewhere.example"}) as response:
            allowed = response.headers.get("Access-Control-Allow-Origin")
            assert allowed == ("*" if is_data else None), address
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert "Set-Cookie" not in response.headers
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        preflight = client.options(address, headers={"Origin": "https://elsewhere.example"})
        assert "Authorization" not in preflight.headers.get("Access-Control-Allow-Headers", "")


def test_what_has_no_form_that_is_wanted_is_406_with_what_there_is(
    client: FlaskClient, routes: dict[str, set[str]]
) -> None:
    for address in NEGOTIATED:
        assert address in routes
        response = client.get(address, headers={"Accept": "image/png"})
        assert (response.status_code, response.content_type) == (406, "application/problem+json"), address
        assert "(?format=" in response.json["detail"]
    for address, methods in routes.items():
        if "GET" in methods:
            with client.get(address, headers={"Accept": "image/png"}) as response:
                assert response.status_code in (200, 303, 400, 404, 406), address


@pytest.fixture
def writable(tmp_path: Path) -> Iterator[tuple[FlaskClient, dict[str, str]]]:
    """A client of an app that may be written to, and the headers of a writer."""
    app = create_app(Settings(data=tmp_path, default_graph="plain", workers=1, max_body=1000, max_upload=1000))
    yield app.test_client(), {"Authorization": f"Bearer {tokens.add(tmp_path, 'ada')}"}
    app.extensions["armsclaims"].engine.close()


def test_bodies_of_a_wrong_type_are_415_and_too_long_ones_413(
    writable: tuple[FlaskClient, dict[str, str]], routes: dict[str, set[str]]
) -> None:
    client, headers = writable
    form = "application/x-www-form-urlencoded"
    for address, methods in routes.items():
        for method in sorted(methods & {"POST", "PUT"}):
            where = address.replace("?query=ASK{}", "")
            wrong = client.open(where, method=method, data=b"<>", content_type="image/png", headers=headers)
            assert (wrong.status_code, wrong.content_type) == (415, "application/problem+json"), (method, where)
            content_type = "text/turtle" if where.startswith("/graphs") else form
            long = client.open(where, method=method, data=b"#" * 2000, content_type=content_type, headers=headers)
            assert (long.status_code, long.content_type) == (413, "application/problem+json"), (method, where)
