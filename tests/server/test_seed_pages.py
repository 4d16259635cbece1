"""The pages on the seeds: all of them answer, stay light, and lead only to pages that are there."""

import gzip
import re
from html import unescape

import pytest

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.views import STATIC

MOST = 100_000  # bytes of a page without the editor, with all that it loads, as they are sent

PACKED = {"Accept-Encoding": "gzip"}
PAGES = ("", "overview", "queries", "disputes", "feeds", "ontology", "search", "browse", "releases", "api")


@pytest.fixture(scope="module")
def seeds(seed_data):
    with EmbeddedEngine(seed_data, workers=2) as engine:
        yield create_app(Settings(data=seed_data), engine).test_client()


def test_every_page_is_light_and_leads_to_pages_that_are_there(seeds):
    static = [file.relative_to(STATIC).as_posix() for file in STATIC.rglob("*.*") if file.suffix != ".built"]
    sizes = {name: len(seeds.get(f"/static/{name}", headers=PACKED).data) for name in static}
    waiting, seen, heavy, broken = ["/", "/dumps/"], {"/"}, {}, {}
    while waiting:
        path = waiting.pop(0)
        response = seeds.get(path, headers={"Accept": "text/html", **PACKED})
        packed = response.headers.get("Content-Encoding") == "gzip"
        text = (gzip.decompress(response.data) if packed else response.data).decode()
        if response.status_code != 200:
            broken[path] = response.status_code
        loaded = set(re.findall(r'(?:src|href|data-land)="/static/([^"?]+)', text))
        weight = len(response.data) + sum(sizes[name] for name in loaded)
        if weight > MOST and not path.startswith("/sparql"):
            heavy[path] = weight
        for link in map(unescape, re.findall(r' href="(/[^"]*)"', text)):
            page = link.partition("#")[0]
            kind = page.split("/")[1].partition("?")[0]
            of_interest = kind in PAGES or "/page/" in page
            if of_interest and "format=" not in page and page not in seen and depth(page, seen):
                seen.add(page)
                waiting.append(page)
    assert len(seen) > 100
    assert (broken, heavy) == ({}, {})


def depth(page, seen):
    """Whether there is still room among the pages of its kind: not every town of the reference data is looked at."""
    kind = page.split("/")[2:3]
    return sum(other.split("/")[2:3] == kind for other in seen) < 40
