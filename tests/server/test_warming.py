"""What pages keep is worked out without a visitor, and a folder without a release stops nothing."""

import time

from harness import publish

from server.app import create_app
from server.settings import Settings
from server.store import search_index
from server.store.embedded import EmbeddedEngine
from server.store.releases import Releases
from server.warming import Warming


def test_the_first_release_is_worked_out_as_soon_as_it_is_there(tmp_path):
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        app = create_app(Settings(data=tmp_path, queries=tmp_path), engine)
        warming = Warming(app)
        warming.start()
        publish(tmp_path)
        release = Releases(tmp_path).current()
        end = time.monotonic() + 60
        while not (release.dumps / search_index.FILE).exists() and time.monotonic() < end:
            time.sleep(0.1)
        warming.stop()
        kept = app.extensions["armsclaims"].disputes.get(release.id, "all", list)
    assert [dispute.title for dispute in kept] == ["Norway → Iceland", "Talks between Iceland and Norway"]
