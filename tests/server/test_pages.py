"""Pages and linked data: labels before IRIs, statements with their sentences, nothing hostile ever more than text."""

import json
import re
from html import unescape

import pyoxigraph
import pytest
from harness import HOSTILE_IRI, HOSTILE_LABEL, SCRIPT_IRI
from pyoxigraph import Literal, NamedNode, RdfFormat

from server import editor
from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine

HTML = {"Accept": "text/html"}
ID = "https://w3id.org/armsclaims/id/"


def page(client, path):
    response = client.get(path, headers=HTML)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    return response.text


def words(html):
    """The text that a reader sees, tags and surplus space taken away."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_front_page_counts_reports_and_sources(client):
    text = words(page(client, "/"))
    assert "5 statements from 3 articles." in text
    table = text[text.index("Transfer Allege") : text.index("A report is an article.")]
    assert table.split("Last ", 1)[1] == (
        "Norway → Iceland 1 report, 1 source 1 report, 1 source none signal flares 2024-02-01 2024-02-03 "
        "Iceland – Norway talks about arms none 1 report, 1 source none not said 2024-02-03 "
    )
    assert text.index("Oslo denies it all") < text.index("Iceland says flares came by sea")
    assert text.index("Denials Who denies") < text.index("Quantities Big deliveries")


def test_an_actor_page_has_names_statements_events_and_links_out(client):
    html = page(client, "/page/body/ministry-of-foreign-affairs-norway")
    text = words(html)
    assert "Also: Oslo's foreign ministry" in text
    assert '<a href="http://www.wikidata.org/entity/Q1509829"' in html
    assert "“" not in html  # quotation marks are the style's, the sentence is the data's
    assert text.index("Said by Ministry") < text.index("The ministry in Oslo denied that Norway had sent flares.")
    assert "Visit to Reykjavik" in text
    assert "review: machine" in text
    assert '<a href="/page/state/norway" title="' + ID + 'state/norway">Norway</a>' in html


def test_a_state_page_tells_what_is_said_about_it_by_way_of_events(client):
    text = words(page(client, "/page/state/iceland"))
    said = text[text.index("Said about Iceland") : text.index("Said by Iceland")]
    assert "Iceland's government said that Norway had shipped about 40 containers of flares." in said
    assert "It also denied talks about them." in said
    assert "Meetings and transfers" in text


def test_a_party_has_its_disputes_and_a_place_its_map(client):
    text = words(page(client, "/page/state/iceland"))
    assert (
        "Disputes Norway → Iceland allege: 1 report, 1 source; deny: 1 report, 1 source "
        "Iceland – Norway talks about arms deny: 1 report, 1 source Said about Iceland" in text
    )
    html = page(client, "/page/place/vladivostok")
    assert '"latitude": 43.1056' in html
    assert '"longitude": 131.8735' in html
    assert "Vladivostok 43.11, 131.87" in words(html)


def test_a_statement_page_shows_who_when_where_and_the_sentence(client):
    text = words(page(client, "/page/statement/flares-1-ships"))
    for part in (
        "Iceland's government said that Norway had shipped about 40 containers of flares.",
        "2024-02-01 (date worked out)",
        "about Norway → Iceland, flares",
        "Iceland says flares came by sea , Fjord Post , 2024-02-01",
        "Quantity ships",
        "review: machine",
    ):
        assert part in text


def test_an_article_with_open_rights_shows_its_text_with_the_evidence_marked(client):
    html = page(client, "/page/article/fjord-post/flares-1")
    assert html.count("<mark>") == 2
    assert (
        '<mark>Iceland&#39;s government said that Norway had shipped about 40 containers of flares.<sup><a href="#s1"'
        in html
    )
    assert "Nobody else has seen them." in html
    assert "id: flares-1" not in html
    assert html.count("Iceland says flares came by sea</") == 1  # the headline, not again as the text's own heading


def test_an_article_without_open_rights_shows_quotes_only(client):
    html = page(client, "/page/article/fjord-post/flares-2")
    assert "<mark>" not in html
    assert "The ministry in Oslo denied that Norway had sent flares." in html


def test_hostile_labels_quotes_and_links_are_text(client):
    for path in ("/", "/page/event/hostile", "/page/article/fjord-post/hostile", "/page/statement/hostile-img"):
        html = page(client, path)
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "onmouseover='" not in html
        assert 'href="javascript' not in html
        assert 'href="data:' not in html
    html = page(client, "/page/event/hostile")
    assert HOSTILE_LABEL in unescape(html)
    assert f'<span title="{SCRIPT_IRI}">' in html
    assert 'href="http://e.example/a&#39;onmouseover=&#39;alert(1)"' in html


def test_a_hostile_iri_in_a_result_table_is_text(client):
    query = f'SELECT ?x ?y ?z WHERE {{ BIND(<{HOSTILE_IRI}> AS ?x) BIND(<{SCRIPT_IRI}> AS ?y) BIND("<b>" AS ?z) }}'
    html = client.get("/sparql", query_string={"query": query}, headers=HTML).text
    result = html[html.index('id="result"') :]
    assert "onmouseover='" not in result
    assert 'href="javascript' not in result
    assert "<b>" not in result
    assert "&lt;b&gt;" in result


@pytest.mark.parametrize(
    ("accept", "place"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "/page/state/norway"),
        ("text/turtle", "/data/state/norway.ttl"),
        ("application/ld+json, text/html;q=0.5", "/data/state/norway.jsonld"),
        ("application/rdf+xml", "/data/state/norway.rdf"),
        ("application/n-triples", "/data/state/norway.nt"),
        ("*/*", "/page/state/norway"),
    ],
)
def test_an_iri_leads_to_the_page_or_the_data(client, accept, place):
    response = client.get("/id/state/norway", headers={"Accept": accept, "Host": "evil.example"})
    assert (response.status_code, response.headers["Location"]) == (303, place)
    assert "Accept" in response.headers["Vary"]


def test_an_iri_that_is_not_known_or_has_no_such_format(client):
    assert client.get("/id/state/atlantis").status_code == 404
    assert client.get("/data/state/atlantis.ttl").status_code == 404
    assert client.get("/id/state/norway", headers={"Accept": "image/png"}).status_code == 406


def test_data_of_a_statement_holds_its_evidence_in_every_format(client):
    start = (
        NamedNode(ID + "selector/flares-1-ships"),
        NamedNode("http://www.w3.org/ns/oa#start"),
        Literal("57", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
    )
    graphs = []
    for extension, media_type, format in (
        ("ttl", "text/turtle; charset=utf-8", RdfFormat.TURTLE),
        ("nt", "application/n-triples", RdfFormat.N_TRIPLES),
        ("rdf", "application/rdf+xml", RdfFormat.RDF_XML),
        ("jsonld", "application/ld+json", RdfFormat.JSON_LD),
    ):
        response = client.get(f"/data/statement/flares-1-ships.{extension}")
        assert response.content_type == media_type
        assert response.headers["Armsclaims-Truncated"] == "no"
        graphs.append({(q.subject, q.predicate, q.object) for q in pyoxigraph.parse(response.data, format=format)})
    assert start in graphs[0]
    assert graphs[0] == graphs[1] == graphs[2] == graphs[3]
    turtle = client.get("/data/statement/flares-1-ships.ttl").text
    assert "@prefix ac: <https://w3id.org/armsclaims/ontology#> ." in turtle
    assert "@prefix dcat:" not in turtle


def test_a_page_names_its_data_and_can_be_opened_as_a_query(client, engine):
    html = page(client, "/page/state/norway")
    assert '<link rel="alternate" type="text/turtle" href="/data/state/norway.ttl">' in html
    link = unescape(re.search(r'<a href="(/sparql[^"]+)">Open as query', html)[1])
    result = client.get(link, headers=HTML)
    assert result.status_code == 200
    assert "Norwegian" in result.text


def test_the_ontology_is_a_page_and_rdf(client):
    html = page(client, "/ontology")
    assert '<section id="Denial"' in html
    assert "ac:Denial" in html
    response = client.get("/ontology", headers={"Accept": "text/turtle"})
    triples = set(pyoxigraph.parse(response.data, format=RdfFormat.TURTLE))
    assert any(q.subject == NamedNode("https://w3id.org/armsclaims/ontology#Denial") for q in triples)


def test_the_editor_shows_result_and_query_without_scripts(client):
    query = (
        "PREFIX ac: <https://w3id.org/armsclaims/ontology#> SELECT ?s ?who WHERE { ?s a ac:Denial ; ac:speaker ?who }"
    )
    html = page(client, "/sparql?query=" + query.replace("#", "%23").replace("?", "%3F"))
    text = words(html)
    assert "2 rows" in text
    assert f'title="{ID}statement/flares-2-talks">Denial talks</a>' in html
    assert "Ministry of Foreign Affairs (Norway)" in text
    assert "<textarea" in html
    assert query in unescape(html)


def test_the_editor_tells_a_cut_result_and_errors_in_words(flares, engine, monkeypatch):
    client = create_app(Settings(data=flares, queries=flares, max_rows=3), engine).test_client()
    cut = client.get("/sparql", query_string={"query": "SELECT * WHERE { ?s ?p ?o }"}, headers=HTML).text
    assert "Only a part of the result." in cut
    assert "The first 3 rows are shown and there are more." in cut
    long = "SELECT ?a (CONCAT(STR(?b), STR(?c), STR(?d), STR(?a)) AS ?e) WHERE { ?a a ?b . ?c a ?d }"
    client = create_app(Settings(data=flares, queries=flares, max_bytes=2_000_000), engine).test_client()
    with monkeypatch.context() as patch:
        patch.setattr(editor, "ROWS", 20_000)
        cut = client.get("/sparql", query_string={"query": long}, headers=HTML).text
    assert "rows are shown and there are more." in cut
    assert cut.count("<tr>") > 1000
    wrong = client.get("/sparql", query_string={"query": "SELECT *\nWHERE { ?s <a b> ?o }"}, headers=HTML)
    assert wrong.status_code == 400
    assert "The query is not valid SPARQL" in wrong.text
    assert "WHERE { ?s &lt;a b&gt; ?o }\n           ^" in wrong.text
    ask = client.get("/sparql", query_string={"query": "ASK { }"}, headers=HTML).text
    assert "The answer is <strong>yes</strong>" in ask


def test_a_saved_query_is_an_example_in_the_editor(client):
    assert 'href="/sparql?example=who-denies"' in page(client, "/sparql")
    assert "VALUES ?speaker { UNDEF }" in page(client, "/sparql?example=who-denies")
    assert client.get("/sparql?example=nothing", headers=HTML).status_code == 404


def test_health(client):
    for path in ("/health", "/health/ready", "/health/live"):
        response = client.get(path)
        assert (response.status_code, json.loads(response.data)["status"]) in ((200, "ready"), (200, "live"))


def test_the_editor_works_where_its_script_is_not_built(client, tmp_path, monkeypatch):
    monkeypatch.setattr(editor, "STATIC", tmp_path)
    html = page(client, "/sparql")
    assert "yasqe" not in html
    assert "<textarea" in html


def test_without_a_release_pages_say_what_to_do(tmp_path):
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        client = create_app(Settings(data=tmp_path, queries=tmp_path), engine).test_client()
        for path in ("/", "/sparql?query=ASK{}", "/dumps/", "/health"):
            response = client.get(path, headers=HTML)
            assert response.status_code == 503
        assert "load some articles" in client.get("/", headers=HTML).text
        assert client.get("/health/live").status_code == 200
        assert client.get("/sparql", headers=HTML).status_code == 200
