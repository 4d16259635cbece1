"""Killed, raced, out of room: the release published last stays served and whole."""

import multiprocessing
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from article_examples import LOVELACE, Said, graph_of, write
from pyoxigraph import DefaultGraph, NamedNode

from ontology.terms import AC
from server.store import files
from server.store.derivation import is_shown
from server.store.errors import Locked, NoSpace, StoreError, Unwritable
from server.store.foundation import Foundation
from server.store.lock import locked
from server.store.releases import Changes, Release, Releases

# A server that has imported everything and opened no store, so that a child starts at once and with its own threads.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["server.store.releases", "article_examples"])

FOUNDATION = Path(__file__).parent / "foundation"
TRIO = ("one", "two", "three")


def at(folder: Path, timeout: float = 60.0) -> Releases:
    return Releases(folder / "data", foundation=Foundation(FOUNDATION), timeout=timeout)


def edition(folder: Path, number: int) -> Changes:
    """Three articles that all speak of the same number: a release with two numbers in it would be half of one."""
    put: dict[str, Path] = {}
    for name in TRIO:
        put |= write(folder / f"quads-{os.getpid()}", name, [Said(f"This is number {number}.", quantity=number)])
    return Changes(put=put)


def numbers(release: Release) -> list[str]:
    store = release.open()
    shown = {(q.subject, q.predicate, q.object) for q in store if is_shown(q.graph_name)}
    default = {(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, DefaultGraph())}
    assert default == shown
    assert release.manifest.triples == len(default)
    found = []
    for name in TRIO:
        [quad] = store.quads_for_pattern(None, AC.value, None, NamedNode(graph_of(name)))
        found.append(quad.object.value)
    return found


def publish_for_ever(folder: Path, begin: int, ready: Connection) -> None:
    for number in count(begin):
        start = time.monotonic()
        at(folder).publish(edition(folder, number))
        ready.send(time.monotonic() - start)


def run(target: Callable[..., None], *args: object) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    ours, theirs = processes.Pipe(duplex=False)
    child = processes.Process(target=target, args=(*args, theirs), daemon=True)
    child.start()
    theirs.close()
    return child, ours


def test_killed_at_any_moment_the_last_release_is_whole(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    at(tmp_path).publish(edition(tmp_path, 0))
    for moment in range(40):
        child, published = run(publish_for_ever, tmp_path, moment * 1000 + 1)
        assert published.poll(60)
        time.sleep(chance.uniform(0.0, 1.5 * published.recv()))  # into the second or the third publishing
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        [one_number] = set(numbers(at(tmp_path).current()))
        assert int(one_number) > moment * 1000, f"seed {seed}"
        if moment % 10 == 9:
            for release in at(tmp_path).list():
                assert len(set(numbers(release))) == 1, f"seed {seed}"
            at(tmp_path).prune(keep=1)
    last = at(tmp_path).publish(edition(tmp_path, 10**6))
    assert numbers(last) == ["1000000"] * 3


def publish_and_die(folder: Path, number: int, ready: Connection) -> None:
    """Die when the release is in its place and only the switch is missing."""
    files.point = lambda link, target: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    ready.send("ready")
    at(folder).publish(edition(folder, number))


def test_a_release_that_only_lacked_the_switch_is_taken_up(tmp_path: Path) -> None:
    first = at(tmp_path).publish(edition(tmp_path, 1))
    child, _ = run(publish_and_die, tmp_path, 2)
    child.join()
    assert at(tmp_path).current() == first
    assert len(at(tmp_path).list()) == 2
    third = at(tmp_path).publish(edition(tmp_path, 3))
    assert [numbers(release)[0] for release in at(tmp_path).list()] == ["1", "2", "3"]
    assert third.manifest.parent == at(tmp_path).list()[1].id


def forget_lovelace(folder: Path, ready: Connection) -> None:
    ready.send("ready")
    at(folder).forget(LOVELACE, "asked for")


def holding(folder: Path, text: str) -> list[Path]:
    needle = text.encode()
    return [path for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


def test_killed_while_forgetting_releases_open_and_the_next_writer_finishes(tmp_path: Path) -> None:
    chance = random.Random(7)
    origin = tmp_path / "origin"
    for number in range(3):
        at(origin).publish(edition(origin, number))
    assert holding(origin / "data" / "releases", "ada-lovelace")
    interrupted = 0
    for moment in range(8):
        folder = tmp_path / str(moment)
        shutil.copytree(origin / "data", folder / "data", symlinks=True)
        child, ready = run(forget_lovelace, folder)
        assert ready.poll(60)
        time.sleep(chance.uniform(0.0, 0.8))
        child.kill()
        child.join()
        for release in at(folder).list():
            assert len(release.open()) > 0
        if at(folder).tombstones():
            interrupted += at(folder).tombstones()[0].pending
            at(folder).prune()
            assert not at(folder).tombstones()[0].pending
            assert holding(folder / "data", "ada-lovelace") == []
            assert len(at(folder).list()) in (4, 5)  # two were published where it died at the very end
            assert at(folder).current().manifest.rewritten == ()
    assert interrupted > 0


def hold_the_lock(folder: Path, ready: Connection) -> None:
    with locked(folder, "publishing", 0):
        ready.send(os.getpid())
        time.sleep(600)


def test_a_held_lock_is_waited_for_and_then_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    child, ready = run(hold_the_lock, tmp_path / "data")
    pid = ready.recv()
    begin = time.monotonic()
    with pytest.raises(Locked, match=rf"process {pid} \(publishing since .* \(waited 0\.3 s\)"):
        at(tmp_path, timeout=0.3).publish(edition(tmp_path, 1))
    assert 0.3 <= time.monotonic() - begin < 2
    child.kill()
    child.join()
    assert numbers(at(tmp_path, timeout=0.3).publish(edition(tmp_path, 1))) == ["1"] * 3


def publish_five(folder: Path, prefix: str, ready: Connection) -> None:
    for number in range(5):
        put = write(folder / prefix, f"{prefix}-{number}", [Said(f"Said in {prefix} {number}.")])
        at(folder).publish(Changes(put=put))
    ready.send("done")


def test_publishers_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    children = [run(publish_five, tmp_path, prefix) for prefix in ("left", "right")]
    for child, ready in children:
        assert ready.poll(60)
        child.join()
    releases = at(tmp_path).list()
    assert [release.manifest.number for release in releases] == list(range(1, 11))
    assert [release.manifest.parent for release in releases] == [None, *(release.id for release in releases[:-1])]
    assert set(releases[-1].manifest.sources) == {graph_of(f"{p}-{n}") for p in ("left", "right") for n in range(5)}


def publish_in_little_room(folder: Path, ready: Connection) -> None:
    changes = edition(folder, 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
    try:
        at(folder).publish(changes)
    except StoreError as error:
        ready.send(error)


def test_no_room_left_is_one_clear_error(tmp_path: Path) -> None:
    first = at(tmp_path).publish(edition(tmp_path, 1))
    child, ready = run(publish_in_little_room, tmp_path)
    assert ready.poll(60)
    error = ready.recv()
    child.join()
    assert isinstance(error, NoSpace)
    assert "free some space or prune old releases" in str(error)
    assert at(tmp_path).current() == first
    assert numbers(first) == ["1"] * 3
    assert numbers(at(tmp_path).publish(edition(tmp_path, 3))) == ["3"] * 3


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(Unwritable, match="give a folder that you may write"):
        at(tmp_path).publish(edition(tmp_path, 1))
