"""The cache of whole answers: what it keeps, for how long, and what it never keeps."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_examples import add_release, quad

from server.store.calls import EmbeddedAnswer
from server.store.embedded import EmbeddedEngine
from server.store.engine import CutShort, Limits, Query
from server.store.results import OVERHEAD, SHARE, ResultCache

ALL = "SELECT * WHERE { ?s ?p ?o }"
CSV = {"solutions": "text/csv", "boolean": "text/csv", "graph": "text/turtle"}
TSV = CSV | {"solutions": "text/tab-separated-values"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    add_release(tmp_path, "first", [quad(1), quad(2)])
    with EmbeddedEngine(tmp_path, workers=1, cache=1 << 20) as engine:
        yield engine


def body(engine: EmbeddedEngine, query: Query, media_types: dict[str, str] = CSV) -> bytes:
    return b"".join(engine.query(query, media_types))


def counted(engine: EmbeddedEngine) -> tuple[int, int]:
    return engine.cache.hits, engine.cache.misses


def test_the_same_question_is_answered_once(engine: EmbeddedEngine) -> None:
    first = engine.query(Query(ALL), CSV)
    again = engine.query(Query(ALL), CSV)
    assert b"".join(first) == b"".join(again)
    assert (again.form, again.media_type, again.release, again.complete) == ("solutions", "text/csv", "first", True)
    assert counted(engine) == (1, 1)
    engine.pool.close()  # nobody is needed for what is kept
    assert len(body(engine, Query(ALL)).splitlines()) == 3


def test_another_format_parameter_dataset_or_limit_is_another_question(engine: EmbeddedEngine) -> None:
    body(engine, Query(ALL))
    body(engine, Query(ALL), TSV)
    body(engine, Query(ALL, default_graphs=("http://example.org/g",)))
    body(engine, Query(ALL, named_graphs=("http://example.org/g",)))
    body(engine, Query(ALL, substitutions={"s": quad(1).subject}))
    body(engine, Query(ALL, substitutions={"s": quad(2).subject}))
    body(engine, Query(ALL, limits=Limits(rows=1000)))
    assert counted(engine) == (0, 7)
    body(engine, Query(ALL, limits=Limits(seconds=5)))  # how long it may take changes no answer
    assert counted(engine) == (1, 7)


def test_a_new_release_is_another_question_and_answers_of_the_old_one_go(
    engine: EmbeddedEngine, tmp_path: Path
) -> None:
    assert len(body(engine, Query(ALL)).splitlines()) == 3
    one = engine.cache.bytes
    add_release(tmp_path, "second", [quad(1), quad(2), quad(3)])
    assert len(body(engine, Query(ALL)).splitlines()) == 4
    assert one < engine.cache.bytes < 2 * one
    for _ in range(2):  # who asks for the old one by its name is answered, the second time from the cache
        assert len(body(engine, Query(ALL, release="first")).splitlines()) == 3
    assert counted(engine) == (1, 3)


def test_what_is_forgotten_is_not_remembered_here(engine: EmbeddedEngine, tmp_path: Path) -> None:
    assert len(body(engine, Query(ALL)).splitlines()) == 3
    add_release(tmp_path / "aside", "first", [quad(1)])  # forgetting exchanges the store under the same name
    store = tmp_path / "releases" / "first" / "store"
    store.rename(tmp_path / "old")
    (tmp_path / "aside" / "releases" / "first" / "store").rename(store)
    assert len(body(engine, Query(ALL)).splitlines()) == 2


def test_a_store_that_comes_in_place_of_one_is_another_even_with_its_inode(
    engine: EmbeddedEngine, tmp_path: Path
) -> None:
    """A file system gives the inode of what is gone to what comes next."""
    before = engine._state(Query(ALL))
    store = tmp_path / "releases" / "first" / "store"
    os.utime(store, ns=(0, 0))
    assert engine._state(Query(ALL)) != before


@pytest.mark.parametrize("changing", ["NOW()", "rand()", "UUID ()", "struuid()", "now #of the clock\n()", "BNODE()"])
def test_what_has_another_value_each_time_is_not_kept(engine: EmbeddedEngine, changing: str) -> None:
    query = Query(f"SELECT ({changing} AS ?x) WHERE {{ }}")
    assert body(engine, query) != body(engine, query)
    assert counted(engine) == (0, 0)


def test_words_that_run_together_are_seen_too(engine: EmbeddedEngine) -> None:
    body(engine, Query(f"{ALL} ORDER BYRAND()"))
    assert counted(engine) == (0, 0)


def test_what_is_cut_is_not_kept(engine: EmbeddedEngine) -> None:
    query = Query(ALL, limits=Limits(rows=1))
    assert engine.query(query, CSV).truncated
    assert engine.query(query, CSV).truncated
    assert engine.cache.hits == 0


def answer(size: int) -> EmbeddedAnswer:
    return EmbeddedAnswer("solutions", "text/csv", "r", True, False, None, iter([b"x" * size]), lambda: None)


def test_the_cache_never_holds_more_than_it_may() -> None:
    cache = ResultCache(100 * OVERHEAD)
    for number in range(1000):
        cache.keep(number, answer(OVERHEAD), 0)
        assert cache.bytes <= cache.most
    assert cache.get(0) is None
    assert cache.get(999) is not None
    cache.keep("big", answer(50 * OVERHEAD), 0)
    assert cache.get("big") is None
    assert cache.get(999) is not None


def test_what_is_asked_for_stays_longest() -> None:
    cache = ResultCache(40 * OVERHEAD)
    for number in range(100):
        cache.keep(number, answer(OVERHEAD), 0)
        assert cache.get(0) is not None


def test_threads_do_not_lose_count() -> None:
    cache = ResultCache(20 * OVERHEAD)

    def work(name: int) -> None:
        for number in range(300):
            cache.keep((name % 2, number % 30), answer(10), 0)
            cache.get((name % 2, number % 30))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.hits + cache.misses == 2400
    assert cache.bytes == sum(kept.size for kept in cache._kept.values()) <= cache.most


MANY = [quad(number) for number in range(100)]
LONG = "SELECT * WHERE { ?s ?p ?o . ?x ?y ?z . ?a ?b ?c } LIMIT 15000"  # of some MB: a stream


@pytest.fixture
def roomy(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    add_release(tmp_path, "many", MANY)
    with EmbeddedEngine(tmp_path, workers=1, cache=1 << 26) as engine:
        yield engine


def test_a_stream_that_ended_whole_is_kept_and_known_to_be_whole(roomy: EmbeddedEngine) -> None:
    first = roomy.query(Query(LONG), CSV)
    assert not first.complete
    told = b"".join(first)
    assert len(told) > 1 << 20
    again = roomy.query(Query(LONG), CSV)
    assert (again.complete, again.truncated, b"".join(again) == told) == (True, False, True)
    assert (counted(roomy), roomy.cache.collecting) == ((1, 1), 0)


def test_a_stream_that_is_cut_or_left_is_not_kept(roomy: EmbeddedEngine) -> None:
    cut = Query(LONG, limits=Limits(bytes=1_500_000))
    for _ in range(2):
        with pytest.raises(CutShort):
            body(roomy, cut)
        left = roomy.query(Query(LONG), CSV)
        assert next(iter(left))
        left.close()
        del left
    assert (roomy.cache.bytes, roomy.cache.collecting, counted(roomy)) == (0, 0, (0, 4))


def test_a_stream_that_is_too_long_for_the_cache_is_not_collected(engine: EmbeddedEngine, tmp_path: Path) -> None:
    add_release(tmp_path, "many", MANY)
    answer = engine.query(Query(LONG), CSV)
    most = 0
    for _ in answer:
        most = max(most, engine.cache.collecting)
    assert most <= (1 << 20) // SHARE
    assert (engine.cache.bytes, engine.cache.collecting) == (0, 0)


def test_an_answer_that_is_known_to_be_long_leaves_at_once_until_the_data_change(tmp_path: Path) -> None:
    def first_bytes() -> int:
        answer = engine.query(Query(LONG), CSV)
        assert not answer.complete
        parts = list(answer)
        assert sum(map(len, parts)) > 1 << 20
        return len(parts[0])

    add_release(tmp_path, "many", MANY)
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        sizes = [first_bytes(), first_bytes(), first_bytes()]
        add_release(tmp_path, "more", [*MANY, quad(100)])
        sizes.append(first_bytes())
    assert [size < 32 * 1024 for size in sizes] == [False, True, True, False]
