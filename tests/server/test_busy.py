"""Where a query finds no place everything says when to come back; places are shared by the addresses of clients."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine

DATA = Path(__file__).parent / "data"
QUERY = "SELECT ?s ?p ?o WHERE { ?s ?p ?o . ?o ?q ?x }"
HTML = {"Accept": "text/html"}
PAGES = (
    *("/queries/places", "/browse", "/disputes", "/ontology", "/sitemap.xml"),
    f"/sparql?{urlencode({'query': QUERY})}",
)


@pytest.fixture
def engine(flares: Path) -> Iterator[EmbeddedEngine]:
    """An engine of the small dataset, with one place, where nobody may wait."""
    with EmbeddedEngine(flares, workers=1, queue=0) as engine:
        yield engine


@pytest.fixture
def client(flares: Path, engine: EmbeddedEngine) -> FlaskClient:
    return create_app(Settings(data=flares, queries=DATA / "queries"), engine).test_client()


def test_pages_and_answers_that_find_no_place_say_when_to_come_back(
    engine: EmbeddedEngine, client: FlaskClient
) -> None:
    turns = [engine.pool.take(time.monotonic() + 30) for _ in range(engine.pool.places)]
    answers = {path: client.get(path, headers=HTML) for path in PAGES}
    answers["as data"] = client.get("/sparql", query_string={"query": QUERY}, headers={"Accept": "text/csv"})
    told = {path: (answer.status_code, answer.headers.get("Retry-After")) for path, answer in answers.items()}
    for turn in turns:
        engine.pool.give_back(turn, healthy=True)
    assert told == dict.fromkeys(answers, (503, "2"))
    assert client.get(PAGES[-1], headers=HTML).status_code == 200


@pytest.mark.parametrize(
    ("address", "known_as"),
    [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("127.0.0.2", "127.0.0.2")],
)
def test_what_an_address_has_had_of_the_workers_is_known(
    engine: EmbeddedEngine, client: FlaskClient, address: str, known_as: str
) -> None:
    shares = engine.pool.shares
    assert shares.had(known_as) == 0
    client.get("/sparql", query_string={"query": f"{QUERY} OFFSET 1"}, environ_base={"REMOTE_ADDR": address})
    had = shares.had(known_as)
    assert had > 0
    client.get("/sparql", query_string={"query": f"{QUERY} OFFSET 2"}, environ_base={"REMOTE_ADDR": "203.0.113.8"})
    assert 0 < shares.had(known_as) <= had
