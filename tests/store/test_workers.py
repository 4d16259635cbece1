"""The workers: whatever a query does, the server lives, says why, and answers the next one."""

import gc
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from engine_examples import DOUBLING, EVERYTHING, EX, MEDIA_TYPES, PRODUCT, ROWS, add_release, canary, quad
from test_guard import BOMBS, CALLS

from server.store.embedded import EmbeddedEngine
from server.store.engine import (
    Busy,
    Crashed,
    Gone,
    Limits,
    OutOfMemory,
    Query,
    QueryError,
    TimedOut,
    Unavailable,
)

TINY = f"SELECT ?o {{ <{EX}s7> ?p ?o }}"
DISGUISED = f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c OPTIONAL {{ ?a <{EX}none> ?d , ?g }} ?d ?e ?f . ?g ?h ?i }}"
MIB = 1024**2
AT_ONCE = 5.0  # seconds: far from the limits of queries, and long enough on a machine that is busy with other work


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    add_release(folder, "first", [quad(number) for number in range(ROWS)])
    return folder


@pytest.fixture
def engine(folder: Path) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine(folder, workers=2) as engine:
        yield engine


@pytest.fixture
def unguarded(folder: Path) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine(folder, workers=1, bounds=None) as engine:
        yield engine


def ask(engine: EmbeddedEngine, text: str, seconds: float = 30.0) -> bytes:
    return b"".join(engine.query(Query(text, limits=Limits(seconds=seconds)), MEDIA_TYPES))


def next_is_answered(engine: EmbeddedEngine) -> bool:
    """Return whether a small query is answered without a wait for others (on a busy machine processes start slowly)."""
    started = time.monotonic()
    (row,) = engine.select(TINY)
    return row["o"].value == "value 7" and time.monotonic() - started < 4.0


def processes_of(engine: EmbeddedEngine) -> set[int]:
    pool = engine.pool
    return {worker.process.pid for worker in [*pool.idle, *(turn.worker for turn in pool.running)]}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: object, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


# --- time


@pytest.mark.parametrize(
    "text",
    [PRODUCT, "SELECT ?a { ?a ?b ?c . ?d ?e ?f } ORDER BY RAND()", BOMBS["path steps"]],
    ids=["product", "order", "planner"],
)
def test_a_query_is_stopped_at_its_deadline(unguarded: EmbeddedEngine, text: str) -> None:
    ask(unguarded, TINY)
    started = time.monotonic()
    with pytest.raises(TimedOut, match=r"stopped after \d\.\d s; its limit is 1 s\. Ask for less"):
        ask(unguarded, text, seconds=1)
    assert 1.0 <= time.monotonic() - started < AT_ONCE
    assert next_is_answered(unguarded)


def test_a_stream_that_nobody_reads_ends_at_the_deadline_and_frees_its_place(engine: EmbeddedEngine) -> None:
    answer = engine.query(Query(EVERYTHING, limits=Limits(seconds=1)), MEDIA_TYPES)
    stream = iter(answer)
    next(stream)
    assert len(engine.pool.running) == 1
    assert wait_until(lambda: not engine.pool.running)
    with pytest.raises(TimedOut):
        list(stream)
    assert next_is_answered(engine)


def test_a_slow_reader_is_not_waited_for_beyond_the_deadline(engine: EmbeddedEngine) -> None:
    answer = engine.query(Query(EVERYTHING, limits=Limits(seconds=1)), MEDIA_TYPES)
    started = time.monotonic()
    with pytest.raises(TimedOut):
        list(map(lambda _: time.sleep(0.02), answer))  # noqa: C417 (a reader that takes its time)
    assert time.monotonic() - started < AT_ONCE


# --- clients that go away


def test_close_frees_the_worker_at_once(engine: EmbeddedEngine) -> None:
    answer = engine.query(Query(EVERYTHING), MEDIA_TYPES)
    assert answer.complete is False
    assert len(next(iter(answer))) > 1000
    (pid,) = [turn.worker.process.pid for turn in engine.pool.running]
    started = time.monotonic()
    answer.close()
    assert not alive(pid)
    assert not engine.pool.running
    assert time.monotonic() - started < AT_ONCE
    answer.close()
    assert next_is_answered(engine)


def test_a_query_whose_client_went_away_is_stopped(engine: EmbeddedEngine) -> None:
    started = time.monotonic()
    with pytest.raises(Gone):
        engine.query(Query(PRODUCT), MEDIA_TYPES, gone=lambda: time.monotonic() - started > 0.3)
    assert time.monotonic() - started < AT_ONCE
    assert not engine.pool.running


def test_a_dropped_stream_does_not_keep_its_place(engine: EmbeddedEngine) -> None:
    for _ in range(10):
        stream = iter(engine.query(Query(EVERYTHING), MEDIA_TYPES))
        next(stream)
        del stream
        gc.collect()
    assert not engine.pool.running


# --- depth and memory


def test_a_worker_does_not_answer_for_the_memory_of_a_large_parent(folder: Path) -> None:
    ballast = bytearray(300 * MIB)
    ballast[:: resource.getpagesize()] = b"x" * len(range(0, len(ballast), resource.getpagesize()))
    with EmbeddedEngine(folder, workers=1, memory=400 * MIB) as engine:
        ask(engine, TINY)
        before = processes_of(engine)
        ask(engine, TINY)
        assert processes_of(engine) == before
    del ballast


@pytest.mark.parametrize("name", ["round brackets", "curly brackets", "unions", "conjunctions", "sums", "expressions"])
def test_too_deep_a_query_kills_only_its_worker(unguarded: EmbeddedEngine, name: str) -> None:
    before = processes_of(unguarded)
    with pytest.raises(Crashed, match="nested too deeply"):
        ask(unguarded, BOMBS[name])
    assert next_is_answered(unguarded)
    assert len(processes_of(unguarded)) == len(before)
    assert len(processes_of(unguarded) - before) == 1


@pytest.mark.parametrize(
    "text",
    [
        DOUBLING,
        'SELECT (GROUP_CONCAT(?x) AS ?all) { ?s ?p ?o . ?a ?b ?c . BIND("' + "a" * 1000 + '" AS ?x) }',
        "SELECT ?s ?a { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
    ],
    ids=["doubling", "group_concat", "order"],
)
def test_a_query_that_eats_memory_is_told_so_and_the_server_stays_lean(folder: Path, text: str) -> None:
    with EmbeddedEngine(folder, workers=1, memory=400 * MIB) as engine:
        ask(engine, TINY)
        before = resident()
        with pytest.raises(OutOfMemory, match="more than the 400 MiB of memory"):
            ask(engine, text)
        assert resident() - before < 30 * MIB
        assert next_is_answered(engine)


def test_a_worker_that_needed_much_memory_is_replaced(folder: Path) -> None:
    with EmbeddedEngine(folder, workers=1, memory=400 * MIB) as engine:
        before = processes_of(engine)
        doubled = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(15))
        ask(engine, 'SELECT (STRLEN(?x15) AS ?n) { BIND("' + "a" * 1000 + f'" AS ?x0) {doubled} }}')
        assert len(processes_of(engine) - before) == 1
        assert next_is_answered(engine)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- workers that die


def test_a_worker_killed_while_idle_is_replaced(engine: EmbeddedEngine) -> None:
    for pid in processes_of(engine):
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not any(worker.alive for worker in engine.pool.idle))
    assert next_is_answered(engine)
    assert next_is_answered(engine)


def test_a_worker_killed_from_outside_while_answering_is_told(engine: EmbeddedEngine) -> None:
    def kill() -> None:
        assert wait_until(lambda: engine.pool.running)
        for turn in list(engine.pool.running):
            os.kill(turn.worker.process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(OutOfMemory, match="killed by the system"):
        ask(engine, PRODUCT)
    killer.join()
    assert next_is_answered(engine)


def test_a_stream_whose_worker_dies_ends_with_an_error(engine: EmbeddedEngine) -> None:
    stream = iter(engine.query(Query(EVERYTHING), MEDIA_TYPES))
    next(stream)
    for turn in list(engine.pool.running):
        os.kill(turn.worker.process.pid, signal.SIGKILL)
    with pytest.raises(QueryError, match="killed by the system"):
        list(stream)
    assert next_is_answered(engine)


def test_closing_the_engine_ends_queries_and_processes(folder: Path) -> None:
    engine = EmbeddedEngine(folder, workers=2)
    pids = processes_of(engine)
    closer = threading.Timer(0.5, engine.close)
    closer.start()
    with pytest.raises(Unavailable, match="closing"):
        ask(engine, PRODUCT)
    closer.join()
    assert wait_until(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("text", [PRODUCT, BOMBS["path steps"]], ids=["evaluating", "planning"])
def test_killing_the_server_leaves_no_worker(folder: Path, text: str) -> None:
    program = textwrap.dedent(f"""
        import threading, time
        from server.store.embedded import EmbeddedEngine
        engine = EmbeddedEngine({str(folder)!r}, workers=2, bounds=None, seconds=20)
        threading.Thread(target=engine.select, args=({text!r},), daemon=True).start()
        while not engine.pool.running:
            time.sleep(0.01)
        time.sleep(0.3)
        pool = engine.pool
        print(*(worker.process.pid for worker in [*pool.idle, *(turn.worker for turn in pool.running)]), flush=True)
        time.sleep(60)
    """)
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root) as server:
        assert server.stdout
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 4
        assert all(map(alive, pids))
        server.kill()
    assert wait_until(lambda: not any(map(alive, pids)))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_process_and_no_descriptor_is_left_after_a_hundred_rounds(folder: Path) -> None:
    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    children_before, descriptors_before = children(), descriptors()
    seen: set[int] = set()
    with EmbeddedEngine(folder, workers=1) as engine:
        for _ in range(100):
            seen |= processes_of(engine)
            with pytest.raises(Gone):
                engine.query(Query(PRODUCT), MEDIA_TYPES, gone=lambda: True)
        assert len(processes_of(engine)) == engine.pool.places + 1
    assert len(seen) >= 100
    assert not any(map(alive, seen))
    assert children() == children_before
    assert descriptors() == descriptors_before


# --- many at once


def test_many_threads_get_each_its_own_answer(engine: EmbeddedEngine) -> None:
    def value(number: int) -> str:
        return engine.select(f"SELECT ?o {{ <{EX}s{number}> ?p ?o }}")[0]["o"].value

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(value, range(200))) == [f"value {number}" for number in range(200)]


def test_twenty_long_queries_do_not_starve_a_short_one(engine: EmbeddedEngine) -> None:
    with ThreadPoolExecutor(20) as threads:
        long = [threads.submit(ask, engine, (PRODUCT, DISGUISED)[number % 2], 8) for number in range(20)]
        time.sleep(1.5)
        for _ in range(5):
            assert next_is_answered(engine)
        assert {type(one.exception()) for one in long} <= {TimedOut, Busy}
    assert not engine.pool.running


def test_an_evicted_query_is_answered_in_the_end(folder: Path) -> None:
    slow = f"""
        SELECT (COUNT(*) AS ?n) {{
            ?a <{EX}p1> ?c . OPTIONAL {{ ?a <{EX}none> ?d }} ?d ?e ?f .
            VALUES ?g {{ 1 2 }} FILTER(STRLEN(?c) + STRLEN(?f) > ?g)
        }}"""
    with EmbeddedEngine(folder, workers=1) as engine, ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(ask, engine, slow) for _ in range(3)]
        for _ in range(10):
            assert next_is_answered(engine)
            time.sleep(0.05)
        for answer in answers:
            assert json.loads(answer.result())["results"]["bindings"][0]["n"]["value"] == str(ROWS // 10 * ROWS * 2)


def test_streams_hold_no_place_that_short_queries_need(folder: Path) -> None:
    with EmbeddedEngine(folder, workers=1) as engine:
        first = engine.query(Query(EVERYTHING), MEDIA_TYPES)
        with pytest.raises(Busy):
            engine.query(Query(EVERYTHING, limits=Limits(seconds=1)), MEDIA_TYPES)
        assert next_is_answered(engine)
        first.close()
        second = engine.query(Query(EVERYTHING, limits=Limits(seconds=1)), MEDIA_TYPES)
        assert second.complete is False
        second.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the clock of another process")
def test_a_query_that_waits_for_the_processor_is_not_long_for_that(engine: EmbeddedEngine) -> None:
    ask(engine, TINY)
    turn = engine.pool.take(time.monotonic() + 10)
    time.sleep(0.4)  # its worker has nothing to do
    waited = time.monotonic() - turn.started
    assert 0 < turn.age() < waited / 2
    engine.pool.give_back(turn, healthy=True)


def test_a_full_queue_says_so_at_once(folder: Path) -> None:
    with EmbeddedEngine(folder, workers=1, queue=1) as engine, ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(ask, engine, PRODUCT, 2) for _ in range(8)]
        errors = [one.exception() for one in waiting]
    assert {type(error) for error in errors} == {TimedOut, Busy}
    assert any("try again soon" in str(error) for error in errors)


# --- the network


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp")
def test_a_worker_reaches_nobody_even_where_the_guard_is_off(unguarded: EmbeddedEngine) -> None:
    with canary() as (address, calls):
        for text in [*CALLS, f"SELECT * FROM <{address}from> {{ ?s ?p ?o }}"]:
            try:
                ask(unguarded, text.replace("http://evil.example/", address), seconds=5)
            except QueryError as error:
                assert str(error)  # noqa: PT017 (silent calls and errors are both good ends)
        assert calls == []
        with pytest.raises(QueryError, match="Permission denied"):
            ask(unguarded, f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")


def test_only_the_allowed_endpoint_is_called(folder: Path) -> None:
    with canary() as (address, calls), EmbeddedEngine(folder, workers=1, service_allow=[f"{address}sparql"]) as engine:
        for text in CALLS:
            with pytest.raises(QueryError):
                ask(engine, text.replace("http://evil.example/", address), seconds=5)
        assert calls == []
        (row,) = engine.select(f"SELECT ?x {{ SERVICE <{address}sparql> {{ ?s ?p ?x }} }}")
        assert (row["x"].value, calls) == ("far", ["/sparql"])
        assert next_is_answered(engine)


def test_a_dataset_is_never_fetched(engine: EmbeddedEngine) -> None:
    with canary() as (address, calls):
        query = Query("SELECT * { ?s ?p ?o }", default_graphs=[f"{address}a"], named_graphs=[f"{address}b"])
        assert json.loads(b"".join(engine.query(query, MEDIA_TYPES)))["results"]["bindings"] == []
        assert ask(engine, f"ASK FROM <{address}c> {{ ?s ?p ?o }}") == b'{"head":{},"boolean":false}'
        assert calls == []
