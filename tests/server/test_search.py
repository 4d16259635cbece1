"""Searching names, headlines and quotes, with words that are misspelt, hostile or not there."""

import re
from html import unescape

import pytest
from harness import publish

from server import search
from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.releases import Releases
from server.store.search_index import FILE

ID = "https://w3id.org/armsclaims/id/"
SHIPS = ID + "statement/flares-1-ships"
MINISTRY = ID + "body/ministry-of-foreign-affairs-norway"


def found(client, text):
    response = client.get("/search", query_string={"q": text, "format": "json"})
    assert response.status_code == 200
    return response.json


def iris(client, text):
    return [hit["iri"] for hit in found(client, text)["results"]]


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("Norway", ID + "state/norway"),  # a label
        ("nor", ID + "state/norway"),  # its beginning
        ("oslo's foreign min", MINISTRY),  # an alias
        ("flares came by sea", ID + "article/fjord-post/flares-1"),  # a headline
        ("shipped about 40 containers", SHIPS),  # a quote
        ("INLAND, ICELAND", ID + "state/iceland"),  # any of the words, where nothing has all
        ("Norwey", ID + "state/norway"),
        ("contaners of flares", SHIPS),
    ],
)
def test_what_has_the_words_is_found(client, text, iri):
    assert iri in iris(client, text)


def test_the_whole_name_comes_first_and_names_before_quotes(client):
    hits = found(client, "iceland")["results"]
    assert hits[0]["iri"] == ID + "state/iceland"
    fields = [hit["field"] == "quote" for hit in hits]
    assert fields == sorted(fields)
    assert len({hit["iri"] for hit in hits}) == len(hits)


def test_accents_do_not_matter(client):
    assert iris(client, "cote d'ivoire")[0] == iris(client, "Côte d’Ivoire")[0] == ID + "state/ivory-coast"


def test_json_says_what_where_and_what_was_corrected(client, release):
    answer = found(client, "shipd flares")
    assert answer["release"] == release.id
    assert answer["instead"] == [{"word": "shipd", "words": ["ship", "shipped", "ships"]}]
    hit = next(hit for hit in answer["results"] if hit["iri"] == SHIPS)
    assert hit["page"] == "/page/statement/flares-1-ships"
    assert (hit["field"], hit["typeLabel"]) == ("quote", "allegation")
    assert hit["text"] == "Iceland's government said that Norway had shipped about 40 containers of flares."


@pytest.mark.parametrize("text", ['"', "NEAR(a b)", "* OR *", "text:x", "%", "\\", "(", "a AND", "-", "\0", "北"])
def test_signs_are_no_syntax(client, text):
    assert client.get("/search", query_string={"q": text}).status_code == 200


def test_what_is_not_there_and_what_is_too_long(client):
    assert "Nothing has these words" not in client.get("/search").text
    assert "No name, headline or quote has “zzzzzz”" in unescape(client.get("/search?q=zzzzzz").text)
    response = client.get("/search", query_string={"q": "x" * 201})
    assert (response.status_code, "200 characters" in response.json["detail"]) == (400, True)
    assert client.get("/search?q=x", headers={"Accept": "image/png"}).status_code == 406


def test_a_hostile_headline_is_text(client):
    html = client.get("/search?q=angle+brackets").text
    assert "<img" not in html
    assert "</mark>&lt;" not in html
    assert "&lt;img src=x" in html
    assert "<script>alert" not in client.get("/search?q=alert").text


def test_labels_are_suggested(client):
    suggestions = client.get("/search/suggestions?q=norw").json["suggestions"]
    assert suggestions[:2] == ["Norway", "Norway → Iceland, flares"]
    assert "Denial denies" not in suggestions  # its quote names Norway, its label does not
    assert client.get("/search/suggestions").json["suggestions"] == []


def test_every_page_has_the_search(client):
    for path in ("/", "/queries", "/page/state/norway", "/nothing"):
        html = client.get(path, headers={"Accept": "text/html"}).text
        assert re.search(r'<form role="search" action="/search"', html)


def test_what_is_forgotten_is_found_no_more_in_any_release(tmp_path):
    release = publish(tmp_path)
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        client = create_app(Settings(data=tmp_path, queries=tmp_path), engine).test_client()
        assert SHIPS in iris(client, "containers")
        assert (release.dumps / FILE).exists()
        Releases(tmp_path).forget(SHIPS, reason="a test")
        assert not (release.dumps / FILE).exists()
        assert SHIPS not in iris(client, "containers")
        assert SHIPS not in iris(client, "Iceland")


def test_an_index_in_the_making_is_waited_for_or_told(tmp_path, monkeypatch):
    publish(tmp_path)
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        client = create_app(Settings(data=tmp_path, queries=tmp_path), engine).test_client()
        monkeypatch.setattr(search, "PATIENCE", 0.0)
        response = client.get("/search?q=norway")
        assert (response.status_code, "is being made" in response.json["detail"]) == (503, True)
        monkeypatch.setattr(search, "PATIENCE", 30.0)
        assert client.get("/search?q=norway").status_code == 200


def test_what_was_found_opens_as_a_query(client):
    html = client.get("/search?q=norway", headers={"Accept": "text/html"}).text
    link = unescape(re.search(r'<a href="(/sparql[^"]+)">Open these as a query', html)[1])
    assert "Norwegian" in client.get(link, headers={"Accept": "text/html"}).text
