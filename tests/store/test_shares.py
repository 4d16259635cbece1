"""Places are shared by clients: who has had least of the workers goes first, and others make room for him."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from engine_examples import EX, MEDIA_TYPES, PRODUCT, ROWS, add_release, quad

from server.store import shares
from server.store.embedded import EmbeddedEngine
from server.store.engine import Limits, Query, QueryError
from server.store.shares import MOST_CLIENTS, Shares
from server.store.workers import LONG, SHORT

SLOW = f"""SELECT (COUNT(*) AS ?n) {{
    ?a <{EX}p1> ?c . ?d ?e ?f . VALUES ?g {{ 1 2 }} FILTER(STRLEN(?c) + STRLEN(?f) > ?g)
}}"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    add_release(tmp_path, "first", [quad(number) for number in range(ROWS)])
    with EmbeddedEngine(tmp_path, workers=2, seconds=60) as engine:
        yield engine


def test_what_a_client_has_had_counts_half_after_a_minute() -> None:
    now = [0.0]
    had = Shares(lambda: now[0])
    had.add("one", 8)
    now[0] = 60
    assert had.had("one") == 4
    had.add("one", 2)
    now[0] = 120
    assert (had.had("one"), had.had("other")) == (3, 0)


def test_no_more_clients_are_known_than_so_many() -> None:
    had = Shares(lambda: 0.0)
    had.add("first", 1)
    for number in range(MOST_CLIENTS):
        had.add(str(number), 1)
    assert (had.had("first"), had.had("0")) == (0, 1)


@pytest.mark.parametrize("row", [SHORT, LONG])
def test_the_next_place_is_that_of_the_client_who_has_had_least(engine: EmbeddedEngine, row: int) -> None:
    pool = engine.pool
    pool.shares.add("greedy", 100)
    began: list[str] = []

    def ask(name: str) -> None:
        shares.client.set(name.partition(" ")[0])
        turn = pool.take(time.monotonic() + 30, row=row)
        began.append(name)
        pool.give_back(turn, healthy=True)

    names = ["greedy 1", "greedy 2", "modest 1", "modest 2"]
    with pool.lock:  # nobody moves on until all are here
        running = [pool.take(time.monotonic() + 30, row=row) for _ in range(pool.places if row == SHORT else 2)]
    threads = []
    for name in names:
        threads.append(threading.Thread(target=ask, args=(name,)))
        threads[-1].start()
        until = time.monotonic() + 10
        while pool.queued() < len(threads) and time.monotonic() < until:
            time.sleep(0.01)
    assert pool.queued() == len(names)
    pool.give_back(running[0], healthy=True)
    for thread in threads:
        thread.join(30)
    for turn in running[1:]:
        pool.give_back(turn, healthy=True)
    assert began[0] == "modest 1"
    assert sorted(began) == names
    assert began.index("modest 2") < began.index("greedy 2")


def test_a_long_query_comes_to_its_end_beside_clients_who_ask_endless_ones(engine: EmbeddedEngine) -> None:
    over = threading.Event()

    def attack(client: str) -> None:
        shares.client.set(client)
        while not over.is_set():
            with pytest.raises(QueryError):
                engine.query(Query(PRODUCT, limits=Limits(seconds=60)), MEDIA_TYPES, gone=over.is_set)

    def ask() -> bytes:
        shares.client.set("modest")
        return b"".join(engine.query(Query(SLOW, limits=Limits(seconds=60)), MEDIA_TYPES))

    with ThreadPoolExecutor(8) as threads:
        for number in range(6):
            threads.submit(attack, f"greedy {number}")
        time.sleep(1)
        try:
            answers = [threads.submit(ask).result() for _ in range(2)]
        finally:
            over.set()
    assert f'"{ROWS // 10 * ROWS * 2}"' in answers[0].decode()
    assert answers[0] == answers[1]
