"""What the dataset says of itself, what a resource's address answers, and what leads programs on."""

import hashlib
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import rdflib
from flask.testing import FlaskClient
from harness import HOSTILE_LABEL
from playwright.sync_api import Browser
from pyoxigraph import DefaultGraph, RdfFormat, Store, parse
from pyshacl import validate

from ontology.terms import ID
from server import discovery
from server.app import create_app
from server.settings import Settings

DATA = Path(__file__).parent / "data"
HTML = {"Accept": "text/html"}
FORMATS = ("ttl", "nt", "rdf", "jsonld", "nq", "trig")
MEDIA_TYPES = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "nq": "application/n-quads",
    "trig": "application/trig",
}
SHIPS = "statement/flares-1-ships"


@pytest.fixture
def described(client: FlaskClient) -> Store:
    """The description of the dataset after two files were made."""
    for name in ("dataset.ttl.gz", "statements.csv"):
        with client.get(f"/dumps/{name}") as response:
            assert response.status_code == 200
    store = Store()
    store.load(client.get("/.well-known/void").data, format=RdfFormat.TURTLE)
    return store


def ask(store: Store, query: str) -> bool:
    prefixes = {
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
        "void": "http://rdfs.org/ns/void#",
        "spdx": "http://spdx.org/rdf/terms#",
        "ac": "https://w3id.org/armsclaims/ontology#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
    return bool(store.query(f"ASK {{ {query} }}", prefixes=prefixes))


def test_the_description_is_what_void_and_dcat_ask_for(described: Store) -> None:
    graph = rdflib.Graph()
    for quad in described:
        graph.parse(data=f"{quad.triple} .", format="nt")
    conforms, _, told = validate(graph, shacl_graph=str(DATA / "description-shapes.ttl"), inference="none")
    assert conforms, told
    assert (None, rdflib.RDF.type, rdflib.DCAT.Distribution) in graph


def test_it_says_how_much_there_is_where_and_of_which_version(described: Store, release, client: FlaskClient) -> None:
    data, version = f"<{ID}dataset/armsclaims>", f"<{ID}release/{release.id}>"
    assert ask(described, f"{data} dcat:hasCurrentVersion {version} ; dcat:hasVersion {version}")
    assert ask(described, f'{version} dcat:version "{release.id}" ; void:triples {release.manifest.triples}')
    assert ask(described, f"{data} void:sparqlEndpoint <http://localhost/sparql>")
    assert ask(described, f"{data} void:dataDump <http://localhost/dumps/dataset.nq.zst?release={release.id}>")
    assert ask(described, f"{version} void:classPartition [ void:class ac:Denial ; void:entities 2 ]")
    assert ask(described, f"{version} void:propertyPartition [ void:property ac:quote ; void:triples 5 ]")
    assert ask(
        described,
        f"[] void:subjectsTarget {version} ; void:objectsTarget/void:uriSpace "
        '"http://www.wikidata.org/entity/" ; void:triples ?n . FILTER(?n > 50)',
    )
    with client.get("/dumps/dataset.ttl.gz") as response:
        size, digest = len(response.data), hashlib.sha256(response.data).hexdigest()
    file = "<http://localhost/.well-known/void#dataset.ttl.gz>"
    assert ask(described, f'{file} dcat:byteSize {size} ; spdx:checksum/spdx:checksumValue "{digest}"^^xsd:hexBinary')
    types = "https://www.iana.org/assignments/media-types"
    assert ask(
        described, f"{file} dcat:mediaType <{types}/text/turtle> ; dcat:compressFormat <{types}/application/gzip>"
    )


def test_the_description_comes_in_every_format(client: FlaskClient) -> None:
    for name, media_type in MEDIA_TYPES.items():
        response = client.get("/catalogue", headers={"Accept": media_type})
        assert response.mimetype == media_type
        found = list(parse(response.data, format=RdfFormat.from_extension(name)))
        assert len(found) > 500


def test_data_of_a_resource_is_its_bounded_description_with_labels(client: FlaskClient) -> None:
    found = {}
    for name in FORMATS:
        response = client.get(f"/data/{SHIPS}.{name}")
        assert response.mimetype == MEDIA_TYPES[name]
        quads = set(parse(response.data, format=RdfFormat.from_extension(name)))
        assert {quad.graph_name for quad in quads} == {DefaultGraph()}
        found[name] = {str(quad.triple) for quad in quads}
    assert all(triples == found["ttl"] for triples in found.values())
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    assert f'<{ID}state/iceland> {label} "Iceland"@en' in found["ttl"]
    assert f'<{ID}evidence/flares-1-ships> {label} "Evidence ships"@en' in found["ttl"]
    assert any(t.startswith(f"<{ID}selector/flares-1-ships> <http://www.w3.org/ns/oa#exact> ") for t in found["ttl"])
    assert not any(t.startswith(f"<{ID}statement/flares-2-denies>") and label not in t for t in found["ttl"])
    turtle = client.get(f"/data/{SHIPS}.ttl").text
    assert turtle == client.get(f"/data/{SHIPS}.ttl").text, "in one order"


def test_addresses_answer_303_and_200_by_accept(client: FlaskClient) -> None:
    for name, media_type in MEDIA_TYPES.items():
        response = client.get(f"/id/{SHIPS}", headers={"Accept": media_type})
        assert (response.status_code, response.headers["Location"]) == (303, f"/data/{SHIPS}.{name}")
        assert client.get("/ontology", headers={"Accept": media_type}).mimetype == media_type
        graph = client.get("/graph/article/fjord-post/flares-1", headers={"Accept": media_type})
        assert (graph.status_code, graph.mimetype) == (200, media_type)
        assert client.head("/graph/article/fjord-post/flares-1", headers={"Accept": media_type}).data == b""
    assert client.get(f"/id/{SHIPS}", headers=HTML).headers["Location"] == f"/page/{SHIPS}"
    assert client.get(f"/id/{SHIPS}", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/graph/article/none", headers={"Accept": "text/turtle"}).status_code == 404
    assert client.get("/id/dataset/armsclaims", headers={"Accept": "text/turtle"}).status_code == 303
    assert b"hasCurrentVersion" in client.get("/data/dataset/armsclaims.ttl").data
    assert client.get("/page/dataset/armsclaims").headers["Location"] == "/dumps/"


def test_pages_and_data_lead_on_by_links(client: FlaskClient) -> None:
    for place in ("/", "/browse", "/dumps/", "/queries", f"/page/{SHIPS}", f"/data/{SHIPS}.ttl"):
        response = client.get(place, headers=HTML)
        links = response.headers["Link"]
        assert '</.well-known/void>; rel="describedby"; type="text/turtle"' in links
        assert '</sparql>; rel="service-desc"' in links
        assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in links
        if response.mimetype == "text/html":
            assert '<link rel="describedby" href="/.well-known/void" type="text/turtle">' in response.text
    assert f'<{ID}{SHIPS}>; rel="describes"' in links
    assert f'</page/{SHIPS}>; rel="alternate"; type="text/html"' in links
    assert f'</data/{SHIPS}.jsonld>; rel="alternate"; type="application/ld+json"' in links


def structured(page: str) -> dict:
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(block)


def test_search_engines_are_told_what_a_page_is_about(client: FlaskClient) -> None:
    dataset, site = structured(client.get("/").text)["@graph"]
    assert (dataset["@type"], dataset["@id"]) == ("Dataset", f"{ID}dataset/armsclaims")
    assert dataset["distribution"][0]["contentUrl"] == "http://localhost/dumps/dataset.ttl.gz"
    assert site["potentialAction"]["target"]["urlTemplate"] == "http://localhost/search?q={search_term_string}"
    claim = structured(client.get(f"/page/{SHIPS}").text)
    assert claim["@type"] == "Claim"
    assert claim["claimInterpreter"] == [{"@id": f"{ID}state/iceland", "name": "Iceland"}]
    assert claim["appearance"]["headline"] == "Iceland says flares came by sea"
    article = structured(client.get("/page/article/fjord-post/flares-1").text)
    assert (article["@type"], article["datePublished"]) == ("NewsArticle", "2024-02-01")
    assert article["publisher"]["name"] == "Fjord Post"
    assert structured(client.get("/page/state/norway").text)["@type"] == "Country"


def test_a_hostile_headline_stays_data(client: FlaskClient) -> None:
    page = client.get("/page/article/fjord-post/hostile").text
    assert structured(page)["headline"] == "</title></script><script>alert('headline')</script>"
    assert "<script>alert" not in page
    assert HOSTILE_LABEL not in client.get("/page/event/hostile").text


def test_the_browser_has_no_complaint(address: str, browser: Browser) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for place in ("/", "/browse", "/dumps/", f"/page/{SHIPS}", "/page/article/fjord-post/hostile"):
        page.goto(address + place, wait_until="networkidle")
    page.close()
    assert complaints == []


def test_crawlers_find_the_site_map(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    robots = client.get("/robots.txt")
    assert robots.mimetype == "text/plain"
    assert "Sitemap: http://localhost/sitemap.xml\n" in robots.text + "\n"
    listed = pages(client, "/sitemap.xml")
    assert "http://localhost/page/state/norway" in listed
    assert f"http://localhost/page/{SHIPS}" in listed
    assert not any("/page/selector/" in page for page in listed)
    monkeypatch.setattr(discovery, "URLS", 100)
    parts = pages(client, "/sitemap.xml")
    assert parts[:2] == ["http://localhost/sitemap-0.xml", "http://localhost/sitemap-1.xml"]
    assert "http://localhost/" in pages(client, "/sitemap-0.xml")
    assert client.get("/sitemap-1.xml").status_code == 200
    assert client.get("/sitemap-999.xml").status_code == 404


def pages(client: FlaskClient, place: str) -> list[str]:
    response = client.get(place)
    assert response.mimetype == "application/xml"
    root = ET.fromstring(response.data)
    return [element.text or "" for element in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_everything_can_be_browsed_by_class(client: FlaskClient) -> None:
    classes = client.get("/browse", headers=HTML).text
    denials = "/browse?class=https://w3id.org/armsclaims/ontology%23Denial"
    assert f'href="{denials}"' in classes
    page = client.get(denials, headers=HTML).text
    assert 'href="/page/statement/flares-2-denies"' in page
    assert "2 things." in page
    assert client.get("/browse?class=http://e.example/", headers=HTML).status_code == 404
    for wrong in ("0", "2", "x", "9" * 30):
        assert client.get(denials + f"&page={wrong}", headers=HTML).status_code == 400


def test_a_plain_dataset_is_not_described(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, default_graph="plain")
    client = create_app(settings).test_client()
    assert client.get("/.well-known/void").status_code == 404
    assert client.get("/", headers=HTML).status_code == 200


def test_an_article_leads_to_its_graph_in_every_format(client: FlaskClient) -> None:
    page = client.get("/page/article/fjord-post/flares-1", headers=HTML).text
    found = re.search(r'<a href="([^"]+)">The article&#39;s graph</a>|<a href="([^"]+)">The article\'s graph</a>', page)
    assert found
    place = found[1] or found[2]
    assert place in ("/graph/article/fjord-post/flares-1", "/graphs/article/fjord-post/flares-1")
    counts = {
        len(set(parse(client.get(f"{place}?format={name}").data, format=RdfFormat.from_extension(name))))
        for name in FORMATS
    }
    assert len(counts) == 1
