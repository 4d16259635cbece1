"""Answers that are cut at a limit, in every format: a short one says so in its header, a long one never ends well."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.negotiation import CONSTRUCTED_FORMATS, CSV, SOLUTION_FORMATS, Format
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.engine import CutShort

PAIRS = "{ ?s ?p ?o . ?x ?y ?z }"
SELECT = f"SELECT ?s ?p ?o ?x WHERE {PAIRS}"
CONSTRUCT = f"CONSTRUCT {{ ?s ?y ?o . ?x ?p ?z }} WHERE {PAIRS}"
EVERY = [(SELECT, format) for format in SOLUTION_FORMATS] + [(CONSTRUCT, format) for format in CONSTRUCTED_FORMATS]
NAMES = [format.name if query == SELECT else f"graph-{format.name}" for query, format in EVERY]
every_format = pytest.mark.parametrize(("query", "format"), EVERY, ids=NAMES)


def items_of(format: Format, body: bytes) -> int:
    """Return how many rows or triples a well-formed answer has."""
    if format.name == "csv":
        return len(list(csv.reader(io.StringIO(body.decode())))) - 1
    if format in CONSTRUCTED_FORMATS:
        return len(list(ox.parse(body, ox.RdfFormat.from_media_type(format.media_type), base_iri="http://e.example/")))
    return len(list(ox.parse_query_results(body, ox.QueryResultsFormat.from_media_type(format.media_type))))


def client_with(flares: Path, engine: EmbeddedEngine, **limits: int) -> FlaskClient:
    return create_app(Settings(data=flares, **limits), engine).test_client()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def seven(flares: Path, engine: EmbeddedEngine) -> FlaskClient:
    return client_with(flares, engine, max_rows=7)


@pytest.fixture(scope="module")
def small(flares: Path, engine: EmbeddedEngine) -> FlaskClient:
    return client_with(flares, engine, max_rows=0, max_bytes=5000)


@pytest.fixture(scope="module")
def large(flares: Path, engine: EmbeddedEngine) -> FlaskClient:
    return client_with(flares, engine, max_rows=0, max_bytes=3_000_000)


@every_format
def test_rows_are_cut_where_the_answer_stays_whole_and_told(seven: FlaskClient, query: str, format: Format) -> None:
    response = seven.get("/sparql", query_string={"query": query, "format": format.name})
    assert (response.status_code, response.headers["Armsclaims-Truncated"]) == (200, "rows")
    assert response.headers["Armsclaims-Limits"] == "seconds=30, rows=7, bytes=268435456"
    assert items_of(format, response.data) == 7


@pytest.mark.parametrize(
    ("end", "told", "rows"),
    [
        ("LIMIT 7", "no", 7),
        ("LIMIT 5\nOFFSET 3 ", "no", 5),
        ("limit 8", "rows", 7),
        ("# LIMIT 3", "rows", 7),
        ("LIMIT 20 # LIMIT 3", "rows", 7),
    ],
)
def test_a_limit_of_the_query_s_own_cuts_nothing(seven: FlaskClient, end: str, told: str, rows: int) -> None:
    response = seven.get("/sparql", query_string={"query": f"{SELECT} {end}", "format": "csv"})
    assert (response.headers["Armsclaims-Truncated"], items_of(CSV, response.data)) == (told, rows)


@every_format
def test_bytes_are_cut_where_the_answer_stays_whole_and_told(small: FlaskClient, query: str, format: Format) -> None:
    response = small.get("/sparql", query_string={"query": query, "format": format.name})
    assert (response.status_code, response.headers["Armsclaims-Truncated"]) == (200, "bytes")
    assert response.headers["Armsclaims-Limits"] == "seconds=30, bytes=5000"
    assert 2000 < len(response.data) <= 5000
    assert items_of(format, response.data) > 3


@every_format
def test_a_long_answer_announces_its_limits_and_breaks_off_at_them(
    large: FlaskClient, query: str, format: Format
) -> None:
    response = large.get("/sparql", query_string={"query": query, "format": format.name}, buffered=False)
    assert response.headers["Armsclaims-Limits"] == "seconds=30, bytes=3000000"
    assert "Armsclaims-Truncated" not in response.headers
    assert "Content-Length" not in response.headers
    received: list[bytes] = []

    def read(chunks: Iterator[bytes]) -> None:
        received.extend(chunks)

    with pytest.raises(CutShort, match="limit of 3000000 bytes"):
        read(response.iter_encoded())
    response.close()
    assert 1_000_000 < sum(map(len, received)) <= 3_000_000


@every_format
def test_a_whole_answer_says_that_it_is_whole(seven: FlaskClient, query: str, format: Format) -> None:
    response = seven.get("/sparql", query_string={"query": query + " LIMIT 1", "format": format.name})
    assert response.headers["Armsclaims-Truncated"] == "no"
    assert 1 <= items_of(format, response.data) <= 2


@pytest.mark.parametrize("query", [SELECT, CONSTRUCT], ids=["table", "graph"])
def test_a_page_says_it_in_words(seven: FlaskClient, query: str) -> None:
    page = seven.get("/sparql", query_string={"query": query, "format": "html"})
    assert page.status_code == 200
    assert "first 7 rows" in " ".join(page.text.split())
