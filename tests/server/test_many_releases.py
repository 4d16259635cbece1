"""Release after release, with requests in between, leaves nothing behind in the process that answers."""

import gc
import os
import sys
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from benchmarks import held, visitors
from benchmarks.watching import children, open_files
from server.app import create_app
from server.settings import Settings
from server.site import KEY
from server.store.releases import Releases

ROUNDS = 4  # after those in which caches are filled and modules loaded
WARM = 2
KEEP = 2
PER_RELEASE = 16 * 1024  # bytes of Python's that count as none: the labels of a release alone take more
PAGES = ("/.well-known/void", "/disputes", "/dumps/", "/releases", "/sitemap.xml", "/metrics", *visitors.PAGES)
HTML = {"Accept": "text/html, */*"}


@dataclass
class Left:
    """What there is: bytes of Python's objects, open files of this process and of the workers, processes, answers."""

    bytes: int
    files: int
    workers: int
    processes: int
    answers: int


@pytest.fixture
def data(seed_data: Path, tmp_path: Path) -> Path:
    return held.data_folder(tmp_path / "data", seed_data)


@pytest.fixture
def client(data: Path) -> Iterator[FlaskClient]:
    app = create_app(Settings(data=data, workers=1))
    yield app.test_client()
    app.extensions[KEY].engine.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_release_after_release_leaves_nothing_behind(data: Path, client: FlaskClient) -> None:
    engine = client.application.extensions[KEY].engine
    pool, cache = engine.pool, engine.cache

    def ask() -> None:
        saved = [f"/queries/{name}?format={format}" for name in visitors.SAVED[:6] for format in ("csv", "html")]
        current = f"/releases/{Releases(data).require_current().id}"
        older = f"/queries/{visitors.SAVED[0]}?format=csv&release={Releases(data).list()[0].id}"
        lookups = [f"/sparql?{urlencode({'query': query})}" for query in visitors.LOOKUPS]
        for path in (*saved, *lookups, *PAGES, current, older):
            with client.get(path, headers=HTML) as answer:
                assert answer.status_code == 200, path
                answer.get_data()
        until = time.monotonic() + 30  # the store of the release is opened in the background
        while not engine.lookups.is_open() and time.monotonic() < until:
            time.sleep(0.01)

    def look() -> Left:
        gc.collect()
        workers = [worker.process.pid for worker in pool.idle]
        processes = len(children({os.getpid()}))
        files = sum(map(open_files, workers))
        return Left(tracemalloc.get_traced_memory()[0], open_files(os.getpid()), files, processes, cache.bytes)

    def another_release() -> None:
        """Publish the one before the current one again: of two kinds of contents each comes in turn."""
        releases = Releases(data)
        releases.roll_back(releases.list()[-2].id)
        releases.prune(KEEP)
        ask()

    ask()
    tracemalloc.start()
    try:
        looks = []
        for _ in range(WARM + ROUNDS):
            another_release()
            looks.append(look())
    finally:
        tracemalloc.stop()
    before, after = looks[WARM - 1], looks[-1]
    assert after.processes == before.processes
    assert after.files < before.files + ROUNDS  # less than one for each release
    assert after.workers <= before.workers + len(pool.idle)  # of those that have opened no release yet
    assert after.bytes - before.bytes < ROUNDS * PER_RELEASE
    assert after.answers <= before.answers * 1.1
    assert len(Releases(data).list()) <= KEEP + 1  # one that a worker still has open
