"""The shortcut past the framework: the same answers, header for header, and never one of a release that is gone."""

import itertools
import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from processes import Server, wait
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from server.app import create_app
from server.logs import FIELDS
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.releases import Releases

NORWAY = "SELECT ?p ?o WHERE { <https://w3id.org/armsclaims/id/state/norway> ?p ?o } ORDER BY ?p ?o"
SHORT = "SELECT ?x WHERE { VALUES ?x { 'é' } }"
QUERIES = [
    NORWAY,
    SHORT,
    "SELECT ?s ?p ?o WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 60",
    "ASK { ?s ?p ?o }",
    "CONSTRUCT { ?s a ?t } WHERE { ?s a ?t } ORDER BY ?s ?t LIMIT 3",
    "SELECT (RAND() > 2 AS ?no) WHERE {}",
    "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }",
    "SELECT ?x WHERE { ?x",
    "",
]
ACCEPTED = ["*/*", "application/sparql-results+json", "text/csv, */*;q=0.1", "text/turtle", "image/png", "text/html"]
ENCODINGS = ["identity", "gzip", "zstd;q=0.5, gzip;q=0.1"]
OTHERS: list[dict[str, str]] = [
    {},
    {"timeout": "5"},
    {"format": "tsv"},
    {"default-graph-uri": "http://e.example/none"},
    {"timeout": "0"},
    {"release": "none"},
]
DIRECT = {"Content-Type": "application/sparql-query"}
KEPT = "SELECT ?s WHERE { ?s ?p '3' }"
SLOW = {"If-Range": '"x"'}  # alone it means nothing, but requests with conditions are the framework's


@pytest.fixture
def app(flares: Path) -> Iterator[Flask]:
    """An app with a cache, and so few rows that long answers are cut."""
    with EmbeddedEngine(flares, workers=2, cache=1 << 24) as engine:
        yield create_app(Settings(data=flares, max_rows=2000, max_bytes=2 << 20), engine)


@contextmanager
def frameworks(app: Flask) -> Iterator[list[str]]:
    """Yield a list of the paths that the framework is asked for within the block."""
    paths: list[str] = []

    def note(_app: Flask, **_about: object) -> None:
        from flask import request

        paths.append(request.path)

    with request_started.connected_to(note, app):
        yield paths


def ask(client: FlaskClient, how: str, query: str, others: dict[str, str], **headers: str):
    """Return status, headers but for the identifier, and body; all that is left of a stream that breaks is its name."""
    fields = {"query": query, **others}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    match how:
        case "GET" | "HEAD":
            response = client.open("/sparql", method=how, query_string=fields, headers=named)
        case "form":
            response = client.post("/sparql", data=fields, headers=named)
        case _:
            response = client.post("/sparql", query_string=others, data=query.encode(), headers=named | DIRECT)
    try:
        body: bytes | str = response.get_data()
    except Exception as error:
        body = type(error).__name__
    assert response.headers["X-Request-ID"]
    return response.status, sorted(item for item in response.headers if item[0] != "X-Request-ID"), body


@pytest.mark.parametrize("how", ["GET", "form", "direct", "HEAD"])
def test_both_ways_give_the_same_header_for_header(app: Flask, how: str) -> None:
    client = app.test_client()
    cases = [
        *itertools.product(QUERIES[:4], ACCEPTED, ENCODINGS, OTHERS[:1]),
        *itertools.product(QUERIES, ACCEPTED[1:4:2], ENCODINGS[:1], OTHERS[:1]),
        *itertools.product(QUERIES[:1], ACCEPTED[:2], ENCODINGS[1:], OTHERS),
    ]
    for query, accept, encoding, others in cases if how != "HEAD" else cases[::9]:
        headers = {"Accept": accept, "Accept_Encoding": encoding}
        slow = ask(client, how, query, others, **headers, **SLOW)
        first = ask(client, how, query, others, **headers)
        again = ask(client, how, query, others, **headers)
        assert first == slow, (query, headers, others)
        assert again == slow, (query, headers, others)


def test_lookups_are_as_from_a_worker_header_for_header(flares: Path) -> None:
    iri = "<https://w3id.org/armsclaims/id/state/norway>"
    queries = [
        f"SELECT ?p ?o WHERE {{ {iri} ?p ?o }}",
        f"ASK {{ {iri} a ac:State }}",
        f"SELECT * {{ {iri} no:prefix ?o }}",
    ]
    settings = Settings(data=flares, max_rows=2000, max_bytes=2 << 20)
    with EmbeddedEngine(flares, workers=1) as engine, EmbeddedEngine(flares, workers=1) as other:
        lookups, other.lookups = engine.lookups, None
        clients = [create_app(settings, each).test_client() for each in (engine, other)]
        assert lookups
        ask(clients[0], "GET", queries[0], {})
        assert wait(lookups.is_open, 30)
        for query, accept, encoding, how in itertools.product(queries, ACCEPTED, ENCODINGS, ("GET", "form")):
            headers = {"Accept": accept, "Accept_Encoding": encoding}
            found, expected = (ask(client, how, query, {}, **headers) for client in clients)
            assert found == expected, (query, headers)
            assert ask(clients[0], how, query, {}, **headers) == expected


def test_saved_queries_too(app: Flask) -> None:
    client = app.test_client()
    for name, fields, accept in itertools.product(
        app.extensions["armsclaims"].queries, ("", "format=csv", "none=1"), ACCEPTED[1:4]
    ):
        path, headers = f"/queries/{name}?{fields}", {"Accept": accept}
        found = []
        for more in (SLOW, {}, {}):
            response = client.get(path, headers={**headers, **more})
            found.append(
                (response.status, sorted(h for h in response.headers if h[0] != "X-Request-ID"), response.data)
            )
        assert found[0][:2] == found[1][:2] == found[2][:2], path
        if accept != "text/html" and found[0][0] != "400 BAD REQUEST":
            assert found[0] == found[1] == found[2], path


def test_what_was_asked_like_this_before_goes_past_the_framework(app: Flask) -> None:
    client = app.test_client()
    with frameworks(app) as paths:
        for number in range(5):
            assert client.get("/sparql", query_string={"query": f"ASK {{ ?s ?p {number} }}"}).status_code == 200
            assert client.get("/queries/denials?format=json").status_code in (200, 404)
    assert paths.count("/sparql") == 1


def test_conditions_tokens_updates_and_what_changes_are_the_frameworks(app: Flask) -> None:
    client = app.test_client()
    tag = client.get("/sparql", query_string={"query": SHORT}).headers["ETag"]
    assert client.get("/sparql", query_string={"query": SHORT}).headers["ETag"] == tag
    with frameworks(app) as paths:
        for headers in ({"If-None-Match": tag}, {"Authorization": "Bearer x"}, {"Range": "bytes=0-1"}):
            status = client.get("/sparql", query_string={"query": SHORT}, headers=headers).status_code
            assert status == (304 if "If-None-Match" in headers else 200)
        assert client.post("/sparql", data={"update": "INSERT DATA {}"}).status_code == 403
        assert client.get("/sparql", query_string={"query": "SELECT (NOW() AS ?n) {}"}).status_code == 200
        assert client.get("/sparql", query_string=[("query", SHORT), ("query", SHORT)]).status_code == 400
    assert len(paths) == 6


def test_a_new_release_is_seen_at_once(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    releases.edit(lambda store: store.extend(_numbers(10)), plain=True)
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    with EmbeddedEngine(tmp_path, workers=1, cache=1 << 20) as engine:
        app = create_app(Settings(data=tmp_path, default_graph="plain"), engine)
        client = app.test_client()

        def asked() -> tuple[str, str]:
            answer = client.post("/sparql", data={"query": count})
            (row,) = answer.json["results"]["bindings"]
            return answer.headers["Armsclaims-Release"], row["n"]["value"]

        first = asked()
        with frameworks(app) as paths:
            assert asked() == asked() == first
            assert first[1] == "10"
            releases.edit(lambda store: store.extend(_numbers(12)), plain=True)
            second = asked()
            assert asked() == second
            assert second == (releases.current().id, "12")  # type: ignore[union-attr]
        assert not paths


def test_the_log_and_the_metrics_tell_the_same(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    client = app.test_client()
    caplog.set_level(logging.INFO, "server.access_log")
    lines = []
    for more in (SLOW, {}, {}):
        caplog.clear()
        client.get("/sparql", query_string={"query": NORWAY}, headers=more).close()
        (record,) = caplog.records
        fields = getattr(record, FIELDS)
        lines.append({n: v for n, v in fields.items() if n not in ("request_id", "milliseconds")})
    assert lines[0] == lines[1] == lines[2]
    assert {"query", "release", "bytes", "client"} <= lines[0].keys()
    figures = client.get("/metrics").text
    assert 'armsclaims_http_requests_total{room="sparql",status="200"} 3.0' in figures
    assert 'armsclaims_queries_total{outcome="ok"} 3.0' in figures
    assert 'armsclaims_cache_requests_total{outcome="hit"} 2.0' in figures
    assert 'armsclaims_cache_requests_total{outcome="miss"} 1.0' in figures


def from_address(client: FlaskClient, query: str, address: str) -> int:
    """Ask from an address; return the status."""
    with client.get("/sparql", query_string={"query": query}, environ_base={"REMOTE_ADDR": address}) as response:
        return response.status_code


def test_who_is_over_the_budget_is_refused_here_as_well(flares: Path) -> None:
    with EmbeddedEngine(flares, workers=1) as engine:
        client = create_app(Settings(data=flares, client_errors=2, client_seconds=1000), engine).test_client()

        def status(query: str, address: str) -> int:
            return from_address(client, query, address)

        one, other = "203.0.113.7", "203.0.113.8"
        assert [status(SHORT, one) for _ in range(3)] == [200] * 3
        assert [status("ASK {", one) for _ in range(2)] == [400] * 2
        assert [status(SHORT, one), status(SHORT, other), status(SHORT, "127.0.0.1")] == [429, 200, 200]


def test_the_seconds_of_a_query_that_is_stopped_here_are_charged(flares: Path) -> None:
    product = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    with EmbeddedEngine(flares, workers=1) as engine:
        app = create_app(Settings(data=flares, client_seconds=1, query_timeout=1.5), engine)
        client, address = app.test_client(), "203.0.113.9"
        assert [from_address(client, query, address) for query in (SHORT, product, SHORT)] == [200, 503, 429]


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server on a folder of its own, with one thread for requests."""
    folder = tmp_path_factory.mktemp("shortcut")
    Releases(folder).edit(lambda store: store.extend(_numbers(10)), plain=True)
    server = Server(root, folder, default_graph="plain", threads="1", workers="1", log_format="json")
    yield server
    server.stop()


def _numbers(count: int) -> Iterator[Quad]:
    for number in range(count):
        value = Literal(str(number))
        yield Quad(NamedNode(f"http://e.example/{number}"), NamedNode("http://e.example/is"), value, DefaultGraph())


def _message(query: str, more: str = "") -> bytes:
    return f"GET /sparql?{urlencode({'query': query})} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()


def _answers(connection: socket.socket, count: int) -> list[tuple[list[str], bytes]]:
    """Read so many answers; return the lines of each head, but for the date and the identifier, and its body."""
    found, received = [], b""
    while len(found) < count:
        head, end, rest = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        length = next((int(line.split()[1]) for line in lines if line.startswith("Content-Length:")), 0)
        if not end or len(rest) < length:
            part = connection.recv(65536)
            assert part
            received += part
            continue
        found.append(([line for line in lines if not line.startswith(("Date:", "X-Request-Id:"))], rest[:length]))
        received = rest[length:]
    return found


def test_answers_from_the_cache_keep_their_order_and_their_headers_on_one_connection(server: Server) -> None:
    query, long = "SELECT ?o WHERE { ?s ?p ?o } ORDER BY ?o", "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    slow = _message(query, 'If-Range: "x"\r\n')
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(slow + _message(query) + _message(query))
        first, *others = _answers(connection, 3)
        assert first[0][0] == "HTTP/1.1 200 OK"
        assert others == [first, first]
        connection.sendall(_message(query) + _message(long + " LIMIT 3") + 3 * _message(query) + slow)
        kept, new, *others = _answers(connection, 6)
        assert others == [kept] * 4
        assert kept == first
        assert len(json.loads(new[1])["results"]["bindings"]) == 3
        connection.sendall(_message(query, "Connection: close\r\n"))
        (last,) = _answers(connection, 1)
        assert (sorted({*last[0]} - {*first[0]}), last[1]) == (["Connection: close"], first[1])
        assert connection.recv(10) == b""


@pytest.mark.parametrize("again", [KEPT, "SELECT ?s WHERE { ?s ?p '4' }"])
def test_what_is_in_the_cache_or_looked_up_waits_for_no_thread(server: Server, again: str) -> None:
    query = KEPT
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(_message(query))
        (first,) = _answers(connection, 1)
        time.sleep(0.5)  # until the thread is done with its connection too; else it is the one to take what comes next
        slow = "SELECT (COUNT(*) AS ?n) WHERE { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(9)) + " }"
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as busy:
            busy.sendall(_message(slow))  # the one thread is taken
            connection.sendall(_message(again))
            (answer,) = _answers(connection, 1)
            assert answer == first if again == query else answer[0][0] == first[0][0]
