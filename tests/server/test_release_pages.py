"""Reads over time: everything as of ?release=, the list of releases, and what changed between two."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from harness import CHROMIUM, Story, publish, publish_corrections, serving, stories
from test_accessibility import AXE, RUN

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.releases import Releases

HTML = {"Accept": "text/html"}
DATA = Path(__file__).parent / "data"
QUOTE = "Iceland said that more flares had come from Norway."


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """A folder with two releases, and an engine on it."""
    folder = tmp_path_factory.mktemp("history")
    old, new = publish(folder), publish_corrections(folder)
    with EmbeddedEngine(folder, workers=2) as engine:
        yield folder, engine, old.id, new.id


@pytest.fixture
def client(history):
    folder, engine, _, _ = history
    return create_app(Settings(data=folder, queries=DATA / "queries"), engine).test_client()


@pytest.fixture
def old(history):
    return history[2]


@pytest.fixture
def new(history):
    return history[3]


def test_queries_graphs_files_and_data_are_those_of_the_release(client, old, new):
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s a ac:Allegation }"
    for address, now, then in (
        (f"/sparql?format=csv&query={count}", "n\r\n2\r\n", "n\r\n1\r\n"),
        ("/queries/who-denies?format=tsv", "denies", "talks"),
        ("/graphs?format=nt&graph=https://w3id.org/armsclaims/graph/article/fjord-post/flares-1", "Confirmed", "about"),
        ("/data/statement/flares-1-silent.ttl", "ReviewConfirmed", "ReviewMachine"),
        ("/dumps/ontology.ttl", "Denial", "Denial"),
        ("/search?format=json&q=seen", "flares-3", '"results":[]'),
    ):
        with client.get(address) as response:
            assert now in response.text, address
        response = client.get(f"{address}&release={old}" if "?" in address else f"{address}?release={old}")
        assert then in response.text, address
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers.get("Armsclaims-Release", old) == old
        response.close()
    for release, there in ((old, "hostile"), (new, "flares-3")):
        with client.get(f"/dumps/dataset.nt?release={release}") as response:
            assert [name for name in ("hostile", "flares-3") if name in response.text] == [there]


def test_a_page_says_that_it_is_old_and_its_links_and_forms_stay_there(client, old, new):
    for path in ("/", "/page/state/iceland", "/disputes/state/norway/to/state/iceland?from=2024-01-01", "/queries"):
        mark = "&" if "?" in path else "?"
        html = client.get(f"{path}{mark}release={old}", headers=HTML).text
        assert QUOTE not in html
        assert f'You are reading release <span class="date">{old}</span>' in html
        assert f'<a href="{path}">See this page as it is now</a>' in html
        assert f'href="/releases/{new}?from={old}"' in html
        links = set(map(unescape, re.findall(r'<a [^>]*href="(/[^"]+)"', html))) - {path}
        left = {
            link for link in links if f"release={old}" not in link and not link.startswith(("/static", "/releases"))
        }
        assert left - {"/api"} == set()
        assert f'<input type="hidden" name="release" value="{old}">' in html
        for link in links:
            assert link.count("?release=") + link.count("&release=") < 2, link
    html = client.get(f"/page/state/iceland?release={new}", headers=HTML).text
    assert "You are reading release" not in html  # it is the current one
    assert QUOTE in html


def test_counts_labels_and_choices_of_releases_do_not_mix(client, old):
    for _ in range(2):
        then = client.get(f"/?release={old}", headers=HTML).text
        now = client.get("/", headers=HTML).text
        assert "5 statements from 3 articles." in then
        assert "4 statements from 3 articles." in now
        assert "Flares seen again" in now
        assert "Flares seen again" not in then
    assert client.get(f"/id/statement/hostile-img?release={old}", headers=HTML).location.endswith(f"release={old}")
    assert client.get("/id/statement/hostile-img").status_code == 404


def test_a_release_that_is_not_there_is_not_found(client, old):
    for path in ("/", "/page/state/iceland", "/dumps/", "/search?q=x", "/sparql?query=ASK%7B%7D", "/graphs?default"):
        mark = "&" if "?" in path else "?"
        for name in ("19990101T000000Z-0000000000", "../../etc", "%3Cb%3E"):
            response = client.get(f"{path}{mark}release={name}")
            assert response.status_code == 404, (path, name)
            assert "/releases lists those that there are" in response.json["detail"]
        assert client.get(f"{path}{mark}release=x", headers=HTML).status_code == 404
    assert client.get(f"/?release={old}&release=x").status_code == 400
    assert client.put(f"/graphs?graph=http://a.example/&release={old}").status_code == 400


def test_answers_of_a_release_have_tags_that_end_when_it_is_written_anew(history, client, old):
    folder = history[0]
    address = f"/sparql?query=ASK%7B%7D&release={old}"
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/sparql?query=ASK%7B%7D").headers["ETag"] != tag
    Releases(folder).get(old).manifest.write(folder / "releases" / old)  # as forgetting does
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_the_list_of_releases(client, old, new):
    text = client.get("/releases", headers=HTML).text
    assert text.index(new) < text.index(old)
    assert "after review" in text
    latest, first = client.get("/releases", headers={"Accept": "application/json"}).json["releases"]
    assert (latest["id"], latest["parent"], latest["current"], latest["note"]) == (new, old, True, "after review")
    assert (first["articles"], first["statements"]) == (3, {"Allegation": 1, "Denial": 2, "NoComment": 1, "Report": 1})
    assert client.get("/releases", headers={"Accept": "image/png"}).status_code == 406


def test_what_changed_as_json_and_whole_as_lines(client, old, new):
    told = client.get(f"/releases/{new}?format=json").json
    assert (told["from"], told["to"], told["more"]) == (old, new, False)
    assert told["changedArticles"]["removed"] == ["https://w3id.org/armsclaims/id/article/fjord-post/hostile"]
    found = {(c["change"], c["statement"].rpartition("/")[2]) for c in told["changes"]}
    assert found == {
        ("added", "flares-3-again"),
        ("removed", "hostile-img"),
        ("retracted", "flares-2-talks"),
        ("corrected", "flares-1-silent"),
        ("corrected", "flares-1-ships-corrected"),
    }
    lines = [json.loads(line) for line in client.get(f"/releases/{new}?format=jsonl").text.splitlines()]
    assert lines[:-1] == told["changes"]
    assert lines[-1]["total"] == {"added": 1, "removed": 1, "retracted": 1, "corrected": 2}
    back = client.get(f"/releases/{old}?from={new}&format=json").json
    assert {c["statement"].rpartition("/")[2] for c in back["changes"] if c["change"] == "added"} == {
        "flares-1-ships",
        "flares-2-talks",
        "hostile-img",
    } - {"flares-1-ships"}
    assert client.get(f"/releases/{new}?from=x").status_code == 404
    assert client.get("/releases/x").status_code == 404


def test_the_page_of_what_changed_shows_words_who_and_why(client, old, new):
    html = client.get(f"/releases/{new}", headers=HTML).text
    assert QUOTE in html
    assert "<del>machine</del> → <ins>corrected</ins>" in html
    assert "<del>Quantity ships</del> → <ins>Quantity ships-corrected</ins>" in html
    assert "Reviewed by the desk on" in html
    assert "Compared with &lt;b&gt;the&lt;/b&gt; sources." in html
    assert f'href="/page/statement/hostile-img?release={old}"' in html
    assert 'href="/page/statement/flares-3-again"' in html
    assert "<img" not in html
    first = client.get(f"/releases/{old}", headers=HTML).text
    assert "everything is new" in first
    assert unescape(first).count("Denial") >= 2


def test_a_parent_that_was_pruned_is_told(tmp_path):
    publish(tmp_path)
    new = publish_corrections(tmp_path)
    Releases(tmp_path).prune(1)
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        client = create_app(Settings(data=tmp_path, queries=tmp_path), engine).test_client()
        assert "was pruned" in client.get(f"/releases/{new.id}", headers=HTML).text
        told = client.get(f"/releases/{new.id}?format=json").json
        assert (told["compared"], told["changes"]) == (False, [])


@pytest.fixture(scope="module")
def served(history):
    """The address of a server of the two releases, for a browser."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is missing: apt-get install chromium")
    folder, engine, _, _ = history
    with serving(create_app(Settings(data=folder, queries=DATA / "queries"), engine)) as address:
        yield address


def test_searching_in_an_old_release_stays_there(served, browser, old):
    page = browser.new_page()
    page.goto(f"{served}/?release={old}")
    with page.expect_response(lambda response: "/search/suggestions" in response.url) as suggested:
        page.locator("header input[type=search]").press_sequentially("nor")
    assert f"release={old}&q=nor" in suggested.value.url
    page.locator("header input[type=search]").press("Enter")
    page.wait_for_url("**/search?**")
    assert f"release={old}" in page.url
    page.close()


def test_pages_of_releases_are_quiet_accessible_and_fit_a_phone(served, browser, old, new):
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: told.append(request.url) if not request.url.startswith(served) else None)
    paths = ("/releases", f"/releases/{new}", f"/releases/{old}", f"/?release={old}", "/ontology", "/dumps/")
    for path in (*paths, "/page/statement/flares-1-ships-corrected", f"/page/event/hostile?release={old}"):
        page.goto(served + path, wait_until="networkidle")
        if AXE.exists():
            page.add_script_tag(path=str(AXE))
        for scheme, width in (("light", 1280), ("dark", 390)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            if AXE.exists():
                assert page.evaluate(RUN) == [], (path, scheme)
    assert told == []
    context.close()


def test_pages_tell_who_reviewed_a_statement_when_and_why(client, old):
    html = client.get("/page/statement/flares-1-silent", headers=HTML).text
    assert "review: confirmed" in html
    assert 'Confirmed by the desk on <span class="date">2024-02-05</span>: Compared with &lt;b&gt;the&lt;/b&gt;' in html
    html = client.get("/disputes/state/norway/to/state/iceland", headers=HTML).text
    assert "Corrected by the desk on" in html
    gone = client.get("/page/statement/flares-2-talks")
    assert gone.status_code == 410
    assert gone.json["detail"].startswith(
        "This statement was retracted by the desk on 2024-02-05: Compared with <b>the</b> sources. It lies in the graph"
    )
    assert client.get("/data/statement/flares-2-talks.ttl").status_code == 410
    corrected = client.get("/page/statement/flares-1-ships", headers=HTML)
    assert corrected.status_code == 410
    assert "This statement was corrected by the desk on 2024-02-05: Compared with" in corrected.text
    assert '/page/statement/flares-1-ships-corrected" title=' in corrected.text
    assert client.get("/page/statement/flares-1-ships").json["replacedBy"] == {
        "iri": "https://w3id.org/armsclaims/id/statement/flares-1-ships-corrected",
        "label": "Allegation ships-corrected",
    }
    assert client.get(f"/page/statement/flares-2-talks?release={old}", headers=HTML).status_code == 200


def test_pages_tell_that_articles_print_one_story(tmp_path):
    first = stories()[0]
    first.text += " ".join(f"word{number}" for number in range(80))
    copy = Story("flares-1-again", "Flares by sea, says Iceland", "2024-02-02", first.text)
    publish(tmp_path, [first, copy])
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        client = create_app(Settings(data=tmp_path, queries=tmp_path), engine).test_client()
        later = client.get("/page/article/fjord-post/flares-1-again", headers=HTML).text
        assert 'Prints the story of <a href="/page/article/fjord-post/flares-1"' in later
        assert "The same story is printed by" in client.get("/page/article/fjord-post/flares-1", headers=HTML).text
