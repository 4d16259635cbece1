"""A client that uses up its seconds or errors gets 429 for a while; others, and this machine, do not."""

from pathlib import Path

import pytest

from server.app import create_app
from server.budgets import MOST_CLIENTS, Budgets, client_of
from server.settings import Settings
from server.store.embedded import EmbeddedEngine


def test_an_account_is_refilled_over_a_minute_and_never_beyond_its_limit() -> None:
    now = [0.0]
    budgets = Budgets(30, 10, lambda: now[0])
    assert budgets.wait("a") is None
    budgets.spend("a", 40, 0)
    assert budgets.wait("a") == ("30 seconds of answering", 20)
    assert budgets.wait("b") is None
    now[0] = 19
    assert budgets.wait("a") is not None
    now[0] = 21
    assert budgets.wait("a") is None
    now[0] = 10_000
    budgets.spend("a", 29, 11)
    assert budgets.wait("a") == ("10 errors", 12)


def test_no_limit_is_no_limit_and_old_accounts_are_forgotten() -> None:
    budgets = Budgets(0, 0)
    budgets.spend("a", 10**6, 10**6)
    assert budgets.wait("a") is None
    limited = Budgets(1, 1)
    limited.spend("a", 100, 0)
    for number in range(MOST_CLIENTS):
        limited.spend(str(number), 0, 0)
    assert limited.wait("a") is None


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
    ],
)
def test_an_address_draws_on_one_account(address: str, client: str | None) -> None:
    assert client_of(address) == client


def test_errors_of_one_address_end_in_429_with_the_time_to_wait(flares: Path, engine: EmbeddedEngine) -> None:
    app = create_app(Settings(data=flares, client_errors=3), engine)
    client = app.test_client()

    def ask(query: str, address: str):
        response = client.get("/sparql", query_string={"query": query}, environ_base={"REMOTE_ADDR": address})
        response.close()
        return response

    assert [ask("ASK {", "203.0.113.7").status_code for _ in range(4)] == [400, 400, 400, 429]
    over = ask("ASK {}", "203.0.113.7")
    assert (over.status_code, over.content_type) == (429, "application/problem+json")
    assert 1 <= int(over.headers["Retry-After"]) <= 60
    assert "3 errors for a minute" in over.json["detail"]
    assert ask("ASK {}", "203.0.113.8").status_code == 200
    assert [ask("ASK {", "127.0.0.1").status_code for _ in range(5)] == [400] * 5
    assert client.get("/dumps/", environ_base={"REMOTE_ADDR": "203.0.113.7"}).status_code == 200


def test_seconds_of_one_address_end_in_429_too(flares: Path, engine: EmbeddedEngine) -> None:
    client = create_app(Settings(data=flares, client_seconds=1), engine).test_client()
    product = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"

    def ask(query: str, address: str = "203.0.113.7"):
        response = client.get(
            "/sparql", query_string={"query": query, "timeout": "3"}, environ_base={"REMOTE_ADDR": address}
        )
        response.close()
        return response

    assert ask(product).status_code == 503
    over = ask("ASK {}")
    assert over.status_code == 429
    assert "1 seconds of answering for a minute" in over.json["detail"]
    assert int(over.headers["Retry-After"]) > 60  # it used three times its minute
    assert ask("ASK {}", "203.0.113.8").status_code == 200
