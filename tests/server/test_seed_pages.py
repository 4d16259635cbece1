"""The pages on the seeds: all of them answer, stay light, and lead only to pages that are there."""

import gzip
import re
from html import unescape

import pytest

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.views import STATIC

MOST = 100_000  # bytes of a page without the editor, with its style and script, as they are sent


@pytest.fixture(scope="module")
def seeds(seed_data):
    with EmbeddedEngine(seed_data, workers=2) as engine:
        yield create_app(Settings(data=seed_data), engine).test_client()


def test_every_page_is_light_and_leads_to_pages_that_are_there(seeds):
    loaded = sum((STATIC / name).stat().st_size for name in ("site.css", "search.js", "icon.svg"))
    waiting, seen, heavy, broken = ["/"], {"/"}, {}, {}
    while waiting:
        path = waiting.pop(0)
        response = seeds.get(path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
        text = (gzip.decompress(response.data) if response.content_encoding else response.data).decode()
        if response.status_code != 200 and not re.search("wikidata|dbpedia", path):  # these need another server
            broken[path] = response.status_code
        if len(response.data) + loaded > MOST and not path.startswith("/sparql"):
            heavy[path] = len(response.data) + loaded
        for link in map(unescape, re.findall(r' href="(/[^"]*)"', text)):
            page = link.partition("#")[0]
            kind = page.split("/")[1].partition("?")[0]
            of_interest = kind in ("", "queries", "disputes", "feeds", "ontology", "search") or "/page/" in page
            if of_interest and "format=" not in page and page not in seen and depth(page, seen):
                seen.add(page)
                waiting.append(page)
    assert len(seen) > 100
    assert (broken, heavy) == ({}, {})


def depth(page, seen):
    """Whether there is still room among the pages of its kind: not every town of the reference data is looked at."""
    kind = page.split("/")[2:3]
    return sum(other.split("/")[2:3] == kind for other in seen) < 40
