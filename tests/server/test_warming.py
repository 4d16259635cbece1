"""What pages keep is worked out without a visitor, and a folder without a release stops nothing."""

import re
import time
from contextlib import contextmanager

from harness import publish

from server import warming
from server.app import create_app
from server.settings import Settings
from server.store import dumping, search_index
from server.store.embedded import EmbeddedEngine
from server.store.releases import Releases
from server.warming import Warming


@contextmanager
def warm(data, engine, **settings):
    """Watch a data folder's releases; give the app."""
    app = create_app(Settings(data=data, queries=data, **settings), engine)
    watching = Warming(app)
    watching.start()
    try:
        yield app
    finally:
        watching.stop()


def wait(reached, seconds=60):
    end = time.monotonic() + seconds
    while not (answer := reached()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def test_the_first_release_is_worked_out_as_soon_as_it_is_there(tmp_path):
    with EmbeddedEngine(tmp_path, workers=1) as engine, warm(tmp_path, engine) as app:
        publish(tmp_path)
        release = Releases(tmp_path).current()
        assert wait(lambda: (release.dumps / search_index.FILE).exists())
        kept = wait(lambda: app.extensions["armsclaims"].disputes._values.get("all"))
    assert [dispute.title for dispute in kept] == ["Norway → Iceland", "Talks between Iceland and Norway"]


def test_files_of_a_release_that_lasts_are_made_with_their_sums_and_the_data_page_has_them(tmp_path, monkeypatch):
    monkeypatch.setattr(warming, "LASTING", 0.0)
    release = publish(tmp_path)
    offered = dumping.available(release)
    with EmbeddedEngine(tmp_path, workers=1) as engine, warm(tmp_path, engine) as app:
        assert wait(lambda: len(dumping.files(release)) == len(offered))
        page = app.test_client().get("/dumps/").text
    told = re.findall(r'<th scope="row">(\S+)</th><td class="number">([\d,]+)</td><td><code>(\w{64})<', page)
    files = {file.dump.name: file for file in dumping.files(release)}
    assert [(name, f"{file.size:,}", file.sha256) for name, file in files.items()] == told


def test_files_of_a_large_release_wait_for_somebody_who_asks(tmp_path, monkeypatch):
    monkeypatch.setattr(warming, "LASTING", 0.0)
    release = publish(tmp_path)
    with EmbeddedEngine(tmp_path, workers=1) as engine, warm(tmp_path, engine, dump_triples=10) as app:
        assert wait(lambda: (release.dumps / search_index.FILE).exists())
        time.sleep(1.5)
        assert "0 of 43 are made" in app.test_client().get("/dumps/").text
    assert dumping.files(release) == []
