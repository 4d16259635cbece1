"""Dispute pages: who alleges, denies and declines side by side, with filters, and the feed of a dispute."""

import json
import re
from html import unescape
from xml.etree import ElementTree

import pyoxigraph
import pytest
from harness import ICELAND, NORWAY, TRANSFER, Story, english
from pyoxigraph import RdfFormat

from ontology.terms import AC, RDF, RDFS
from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.releases import Changes, Releases

PATH = "/disputes/state/norway/to/state/iceland"
ATOM = "{http://www.w3.org/2005/Atom}"
ID = "https://w3id.org/armsclaims/id/"


def words(html):
    """The text that a reader sees, tags and surplus space taken away."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def sides(client, query=None):
    response = client.get(PATH, query_string=query, headers={"Accept": "text/html"})
    assert response.status_code == 200
    text = words(response.text)
    return re.split(r" (?:Allege|Deny|Decline or silent) (?=\d|Nobody)", text[: text.index("A report is an article.")])


def test_the_front_page_leads_to_the_disputes(client):
    html = client.get("/").text
    assert f'<a href="{PATH}">Norway' in html
    feed = 'type="application/atom+xml" title="Norway → Iceland" href="/feeds/state/norway/to/state/iceland">'
    assert f'<link rel="alternate" {feed}' in html
    assert '<a href="/disputes/state/iceland/and/state/norway">Iceland' in html


def test_three_sides_stand_beside_each_other_with_both_counts(client):
    head, allege, deny, decline = sides(client)
    assert "Norway → Iceland signal flares First statement 2024-02-01 , last 2024-02-03 ." in head
    assert "Between the two also: Iceland – Norway (talks)" in head
    assert allege == (
        "1 report · 1 independent source Iceland Allegation 2024-02-01 worked out from the article’s date · "
        "Quantity ships Iceland's government said that Norway had shipped about 40 containers of flares. "
        "Fjord Post : Iceland says flares came by sea , 2024-02-01 "
        "Contradicted by Ministry of Foreign Affairs (Norway) Norway → Iceland, flares certain told as done "
        "review: machine"
    ).replace("Allegation", "allegation")
    assert deny.startswith(
        "1 report · 1 independent source Ministry of Foreign Affairs (Norway) for Norway denial 2024-02-03"
    )
    assert "Contradicts Iceland" in deny
    assert decline.strip() == "Nobody is told to have been asked, or to keep silent."


def test_contradictions_lead_to_each_other_on_the_page(client):
    html = client.get(PATH).text
    for name in ("flares-1-ships", "flares-2-denies"):
        assert html.count(f'id="{name}"') == 1
        assert f'<a href="#{name}"' in html


def test_quantities_are_drawn_by_day_and_are_a_table(client):
    html = client.get(PATH).text
    drawn = json.loads(html[html.index('<script type="application/json">') + 32 :].partition("</script>")[0])
    assert drawn["lanes"] == ["container, up to 40"]
    assert [(m["day"], m["text"], m["href"], m["colour"], m["share"]) for m in drawn["marks"]] == [
        ("2024-02-01", "Quantity ships, Iceland", "/page/statement/flares-1-ships", "allege", 100.0)
    ]
    text = words(html)
    assert (
        "How much Of what Who says Where 2024-02-01 Quantity ships Norway → Iceland, flares "
        "Iceland Iceland says flares came by sea , Fjord Post" in text
    )


@pytest.mark.parametrize(
    ("query", "alleged", "denied"),
    [
        ({"speaker": ID + "state/iceland"}, True, False),
        ({"speaker": "state:norway"}, False, True),  # those who speak for it
        ({"speaker": "none"}, False, False),
        ({"outlet": ID + "outlet/fjord-post"}, True, True),
        ({"outlet": "none"}, False, False),
        ({"from": "2024-02-02"}, False, True),
        ({"until": "2024-02-02"}, True, False),
        ({"from": "2024-02-02", "speaker": "state:iceland"}, False, False),
    ],
)
def test_filters_narrow_down_what_is_shown_and_counted(client, query, alleged, denied):
    head, allege, deny, _ = sides(client, query)
    assert "Only a part of the dispute is shown and counted" in head
    nobody = "Nobody that passes the form above."
    assert (allege == nobody, deny == nobody) == (not alleged, not denied)


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"speaker": "<x>> }"}, {"outlet": "no iri"}])
def test_a_filter_that_does_not_fit_is_told(client, query):
    response = client.get(PATH, query_string=query)
    assert response.status_code == 400
    assert next(iter(query)) in response.json["detail"]


def test_talks_have_one_page_in_either_order(client):
    first, second = (
        client.get(f"/disputes/state/{a}/and/state/{b}") for a, b in (("iceland", "norway"), ("norway", "iceland"))
    )
    assert first.status_code == second.status_code == 200
    assert "It also denied talks about them." in first.text
    assert first.text == second.text


@pytest.mark.parametrize(
    "path",
    [
        "/disputes/state/iceland/to/state/norway",
        "/disputes/state/norway/and/state/atlantis",
        "/disputes/state/norway/to/<",
        "/feeds/state/iceland/to/state/norway",
    ],
)
def test_a_dispute_that_nobody_speaks_of(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "Nothing is said here of" in response.json["detail"]


def test_the_feed_has_the_newest_statements_first(client):
    html = client.get(PATH).text
    feed = re.search(r'<link rel="alternate" type="application/atom\+xml" title="[^"]*" href="([^"]+)">', html)[1]
    response = client.get(feed)
    assert response.content_type == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(response.data)
    assert root.findtext(ATOM + "title") == "Norway → Iceland: who says what"
    assert root.findtext(ATOM + "updated") == "2024-02-03T00:00:00Z"
    entries = root.findall(ATOM + "entry")
    assert [entry.findtext(ATOM + "id") for entry in entries] == [
        ID + "statement/flares-2-denies",
        ID + "statement/flares-1-ships",
    ]
    assert entries[1].findtext(ATOM + "updated") == "2024-02-01T00:00:00Z"
    assert "about 40 containers of flares." in entries[1].findtext(ATOM + "summary")
    links = [link.get("href") for link in root.iter(ATOM + "link")]  # absolute: not all readers resolve others
    assert links == [
        "http://localhost/feeds/state/norway/to/state/iceland",
        f"http://localhost{PATH}",
        "http://localhost/page/statement/flares-2-denies",
        "http://localhost/page/statement/flares-1-ships",
    ]
    below = client.get(feed, base_url="https://example.org/claims/")
    assert b'<link rel="self" type="application/atom+xml" href="https://example.org/claims/feeds/' in below.data


@pytest.fixture
def both(tmp_path):
    """A client of an app on one article, in which two speakers say the same in one sentence, with an odd headline."""
    story = Story("both", "Both\x0b say & mean it", "2024-03-01", "Oslo and Reykjavik said that flares came by sea.")
    story.add(
        TRANSFER,
        (RDF.type, AC.ArmsTransfer),
        (RDFS.label, english("Norway → Iceland, flares")),
        (AC.supplier, NORWAY),
        (AC.recipient, ICELAND),
    )
    for name, speaker in (("one", NORWAY), ("other", ICELAND)):
        story.says(name, "Allegation", story.text, (AC.speaker, speaker), (AC.about, TRANSFER))
    story.says("third", "Allegation", "flares came by sea", (AC.about, TRANSFER))
    story.says("again", "Allegation", "Reykjavik said that flares", (AC.speaker, NORWAY), (AC.about, TRANSFER))
    path = tmp_path / "both.nq"
    pyoxigraph.serialize(story.quads(), str(path), RdfFormat.N_QUADS)
    Releases(tmp_path).publish(Changes(put={story.graph: path}))
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        yield create_app(Settings(data=tmp_path, queries=tmp_path), engine).test_client()


def test_speakers_of_one_sentence_share_a_card(both):
    html = both.get(PATH).text
    assert html.count('<li class="card allege">') == 3
    assert html.count("Oslo and Reykjavik said that flares came by sea.") == 1
    text = words(html)
    assert "Iceland allegation Norway allegation" in text or "Norway allegation Iceland allegation" in text


def test_a_source_that_says_it_twice_counts_once(both):
    assert "1 report · 3 independent sources" in words(both.get(PATH).text)
    assert "Norway → Iceland 1 report, 3 sources none" in words(both.get("/").text)


def test_signs_that_xml_does_not_know_do_not_break_the_feed(both):
    root = ElementTree.fromstring(both.get("/feeds/state/norway/to/state/iceland").data)
    assert "Both say & mean it" in root.findtext(f"{ATOM}entry/{ATOM}summary")


def test_a_transfer_leads_to_its_dispute(client):
    event = re.search(r'href="(/page/transfer/[^"]+)"', client.get(PATH).text)[1]
    assert f'Disputes</h2>\n<ul class="plain"><li><a href="{PATH}">' in client.get(event).text
