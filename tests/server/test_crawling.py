"""A crawler that follows links from the front page reaches everything that the store holds and finds no dead link.

It opens the page of every entity. Of their data, and of the addresses that lead to both, it opens the first few of a
kind, and of the others it sees that the store has them; ARMSCLAIMS_CRAWL=all opens these too, which takes minutes.
"""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from flask import Flask
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from ontology.terms import ID
from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine

HOST = "http://localhost"
OPENED = 10**9 if os.environ.get("ARMSCLAIMS_CRAWL") == "all" else 10  # of one kind
OTHER_FORMATS = (".nt", ".rdf", ".jsonld", ".nq", ".trig")
NEEDS_A_SETTING = {"/queries/wikidata-heads-of-state", "/queries/dbpedia-speakers"}  # which lets SERVICE call others


class Links(HTMLParser):
    """The addresses that a page leads to; what a form would send is not among them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("href", "src"):
            if address := given.get(name):
                self.found.add(address)


class Crawler:
    """Visits the addresses of a host once; `held` are the IRIs that the store has."""

    def __init__(self, app: Flask, held: set[str]) -> None:
        self.held = held
        self.kinds: Counter[str] = Counter()
        self.app = app
        self.seen = {"/": "the start"}
        self.new = ["/"]
        self.dead: list[tuple[str, int, str]] = []

    def run(self) -> None:
        with ThreadPoolExecutor(3) as pool:
            while self.new:
                wave, self.new = self.new, []
                for address, links in zip(wave, pool.map(self.visit, wave), strict=True):
                    for link in links:
                        self.note(link, address)

    def visit(self, address: str) -> set[str]:
        with self.app.test_client().get(address, headers={"Accept": "text/html, */*;q=0.5"}) as response:
            if response.status_code >= 400:
                self.dead.append((address, response.status_code, self.seen[address]))
                return set()
            if "release=" in address:
                return set()  # an older release has the same pages again
            found = {response.headers["Location"]} if "Location" in response.headers else set()
            if response.mimetype == "text/html":
                found |= Links(response.text).found
            elif address == "/.well-known/void":
                found |= iris(response.data)
        return {urldefrag(urljoin(HOST + address, link))[0] for link in found}

    def note(self, link: str, page: str) -> None:
        parts = urlsplit(HOST + "/id/" + link.removeprefix(ID) if link.startswith(ID) else link)
        if f"{parts.scheme}://{parts.netloc}" != HOST:
            return
        address = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.path == "/sparql" and parts.query:
            return  # any query at all
        if parts.path.startswith("/data/") and parts.path.endswith(OTHER_FORMATS):
            return  # written from the same triples; one format of each will do
        if address not in self.seen:
            self.seen[address] = page
            _, place, kind, *_ = (*parts.path.split("/"), "", "")
            if place not in ("page", "data", "id"):
                self.new.append(address)
                return
            self.kinds[f"{place}/{kind}"] += 1
            if place == "page" or self.kinds[f"{place}/{kind}"] <= OPENED:
                self.new.append(address)
            elif (
                ID + unquote(parts.path.split("/", 2)[2].removesuffix(".ttl" if place == "data" else ""))
                not in self.held
            ):
                self.dead.append((address, 404, page))


def iris(turtle: bytes) -> set[str]:
    return {
        term.value
        for quad in parse(turtle, format=RdfFormat.TURTLE)
        for term in (quad.subject, quad.object)
        if isinstance(term, NamedNode)
    }


@pytest.fixture(scope="module")
def held(seed_store: Store) -> set[str]:
    """The IRIs of ours that the store says something of."""
    subjects = {quad.subject.value for quad in seed_store if isinstance(quad.subject, NamedNode)}
    return {iri for iri in subjects if iri.startswith(ID)}


@pytest.fixture(scope="module")
def crawled(seed_data: Path, held: set[str]) -> Iterator[Crawler]:
    """The seeds' site, visited."""
    with EmbeddedEngine(seed_data, workers=3) as engine:
        settings = Settings(data=seed_data, client_seconds=0, client_errors=0)
        crawler = Crawler(create_app(settings, engine), held)
        crawler.run()
        yield crawler


def test_no_link_is_dead(crawled: Crawler) -> None:
    assert [dead for dead in crawled.dead if urlsplit(dead[0]).path not in NEEDS_A_SETTING] == []


def test_everything_is_reached(crawled: Crawler, held: set[str]) -> None:
    reached = {ID + unquote(urlsplit(address).path).partition("/page/")[2] for address in crawled.seen}
    reached |= {ID + unquote(urlsplit(address).path).partition("/id/")[2] for address in crawled.seen}
    assert len(held) > 2000
    assert held - reached == set()


def test_every_graph_answers_at_its_own_address(crawled: Crawler, seed_store: Store) -> None:
    client = crawled.app.test_client()
    for graph in seed_store.named_graphs():
        with client.get(urlsplit(str(graph)[1:-1]).path.removeprefix("/armsclaims")) as response:
            held = sum(1 for _ in seed_store.quads_for_pattern(None, None, None, graph))
            assert len(list(parse(response.data, format=RdfFormat.TURTLE))) == held
