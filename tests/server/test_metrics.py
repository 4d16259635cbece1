"""The metrics: what they count, that they tell nothing else, and to whom."""

import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from processes import Server, wait
from prometheus_client.parser import text_string_to_metric_families

from server import metrics
from server.app import create_app
from server.metrics import CacheFigures
from server.settings import Settings
from server.store.embedded import EmbeddedEngine

ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
Figures = Callable[..., float | None]


@pytest.fixture
def figures(client: FlaskClient) -> Figures:
    """What the metrics say of a sample with these labels; None where it is not there."""

    def read(name: str, **labels: str) -> float | None:
        families = list(text_string_to_metric_families(client.get("/metrics").text))
        found = [s.value for family in families for s in family.samples if (s.name, s.labels) == (name, labels)]
        assert len(found) < 2
        return found[0] if found else None

    return read


def ask(client: FlaskClient, query: str, **more: str) -> int:
    with client.get("/sparql", query_string={"query": query, **more}) as response:
        return response.status_code


def test_queries_are_counted_by_outcome_and_timed(client: FlaskClient, figures: Figures) -> None:
    statuses = [
        ask(client, "ASK {}"),
        ask(client, "SELECT * WHERE { ?s ?p ?o } LIMIT 1"),
        ask(client, "ASK {"),
        ask(client, "ASK { SERVICE <http://e.example/> { } }"),
        ask(client, ENDLESS, timeout="0.5"),
    ]
    assert statuses == [200, 200, 400, 400, 503]
    outcomes = {
        kind: figures("armsclaims_queries_total", outcome=kind) for kind in ("ok", "BadQuery", "Refused", "TimedOut")
    }
    assert outcomes == {"ok": 2, "BadQuery": 1, "Refused": 1, "TimedOut": 1}
    assert figures("armsclaims_query_seconds_count") == 5
    assert figures("armsclaims_query_seconds_bucket", le="+Inf") == 5
    assert figures("armsclaims_query_seconds_bucket", le="0.25") == 4
    assert figures("armsclaims_http_requests_total", room="sparql", status="200") == 2
    assert figures("armsclaims_http_request_seconds_count", room="sparql") == 5


def test_a_stream_is_counted_at_its_end_with_what_ended_it(flares, engine: EmbeddedEngine) -> None:
    app = create_app(Settings(data=flares, max_rows=60_000), engine)
    found = metrics.of(app).registry
    product = {"query": "SELECT ?a ?b ?c ?d WHERE { ?a a ?b . ?c a ?d }", "format": "csv"}
    cut = app.test_client().get("/sparql", query_string=product)
    assert found.get_sample_value("armsclaims_query_seconds_count") == 0
    with pytest.raises(Exception, match="cut at its limit"):
        cut.get_data()
    left = app.test_client().get("/sparql", query_string=product)
    left.close()
    cut.close()
    assert found.get_sample_value("armsclaims_queries_total", {"outcome": "CutShort"}) == 1
    assert found.get_sample_value("armsclaims_queries_total", {"outcome": "Gone"}) == 1
    assert found.get_sample_value("armsclaims_query_seconds_count") == 2


def test_workers_queue_and_release_are_told(client: FlaskClient, figures: Figures, engine: EmbeddedEngine) -> None:
    assert wait(lambda: figures("armsclaims_workers", state="running") == 0)
    assert (figures("armsclaims_workers", state="idle") or 0) >= 3
    assert figures("armsclaims_queue_length") == 0
    before = figures("armsclaims_workers_replaced_total")
    assert ask(client, ENDLESS, timeout="0.5") == 503
    assert figures("armsclaims_workers_replaced_total") == (before or 0) + 1
    published = figures("armsclaims_release_timestamp_seconds") or 0
    assert f"{datetime.fromtimestamp(published, UTC):%Y%m%dT%H%M%SZ}" == engine.release().partition("-")[0]
    assert 0 <= (figures("armsclaims_release_age_seconds") or -1) < 36_000
    assert (figures("process_resident_memory_bytes") or 0) > 1_000_000


def test_writes_and_refusals_for_budgets_are_counted(flares, engine: EmbeddedEngine) -> None:
    app = create_app(Settings(data=flares, client_errors=1), engine)
    client, found = app.test_client(), metrics.of(app).registry
    update = {"update": "CLEAR ALL"}
    with client.post("/sparql", data=update, environ_base={"REMOTE_ADDR": "203.0.113.7"}) as response:
        assert response.status_code == 403  # nobody has a token
    with client.post("/sparql", data=update, environ_base={"REMOTE_ADDR": "203.0.113.7"}) as response:
        assert response.status_code == 429
    assert found.get_sample_value("armsclaims_updates_total", {"status": "403"}) == 1
    assert found.get_sample_value("armsclaims_budget_refusals_total") == 1


def test_a_cache_shows_its_figures_once_there_is_one(app: Flask, figures: Figures) -> None:
    assert figures("armsclaims_cache_requests_total", outcome="hit") is None
    metrics.of(app).watch_cache(lambda: CacheFigures(hits=7, misses=3, bytes=1024))
    assert figures("armsclaims_cache_requests_total", outcome="hit") == 7
    assert figures("armsclaims_cache_requests_total", outcome="miss") == 3
    assert figures("armsclaims_cache_bytes") == 1024


def test_metrics_and_health_tell_no_path_query_or_address(client: FlaskClient, flares) -> None:
    assert ask(client, "SELECT ?geheim WHERE { ?geheim ?p 'Geheimnis' }", geheim="Geheimnis") == 200
    client.get("/geheim/" + "x" * 50)
    for path in ("/metrics", "/health", "/health/live", "/health/ready"):
        text = client.get(path).text
        assert not re.search(r"geheim|203\.0\.113|127\.0\.0|SELECT|" + re.escape(str(flares)), text, re.IGNORECASE), (
            path
        )
    assert client.get("/health/live").json == {"status": "live"}
    assert client.get("/health/ready").json == {"status": "ready"}


@pytest.mark.parametrize(
    ("address", "headers", "settings", "status"),
    [
        ("127.0.0.1", {}, {}, 200),
        ("::1", {}, {}, 200),
        ("203.0.113.7", {}, {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, {}, 403),  # through a proxy that nobody has named
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, {}, 403),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.7"}, {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, {"trusted_proxies": ("127.0.0.1",)}, 403),
        ("10.1.2.3", {}, {"metrics_for": ("10.0.0.0/8",)}, 200),
        ("127.0.0.1", {}, {"metrics_for": ()}, 403),
    ],
)
def test_who_may_read_the_metrics(flares, engine: EmbeddedEngine, address, headers, settings, status) -> None:
    client = create_app(Settings(data=flares, **settings), engine).test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_what_is_no_request_is_counted_and_logged(root, flares) -> None:
    server = Server(root, flares, workers="1")
    try:
        assert server.raw(b"GARBAGE\r\n\r\n").startswith(b"HTTP/1.0 400")
        with contextlib.suppress(ConnectionError):  # it does not read on
            server.raw(b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000 + b"\r\n\r\n")
        assert wait(lambda: server.log().count("not a request") == 2)
        _, body = server.ask("/metrics")
        assert b'armsclaims_http_requests_total{room="none",status="400"} 1.0' in body
        assert b'armsclaims_http_requests_total{room="none",status="431"} 1.0' in body
        assert "xxx" not in server.log()
        assert "GARBAGE" not in server.log()
        assert server.ask("/sparql?" + urlencode({"query": "ASK {}"}))[0].status == 200
    finally:
        server.stop()


def test_the_cache_of_results_is_watched(flares: Path) -> None:
    with EmbeddedEngine(flares, workers=1, cache=1 << 20) as engine:
        client = create_app(Settings(data=flares), engine).test_client()
        for _ in range(2):
            assert client.get("/sparql?query=ASK+%7B%7D").status_code == 200
        text = client.get("/metrics").text
    assert 'armsclaims_cache_requests_total{outcome="hit"} 1.0' in text
    assert "armsclaims_cache_bytes" in text
