"""The same request as curl, Python and R: what pages show is run against the running server."""

import csv
import io
import shutil
import subprocess
import sys
from html import unescape

import pytest

from server import snippets

NASTY = r"""# Don't 'quote' "me" \ $HOME `id` !! @file % & = + é
PREFIX ac: <https://w3id.org/armsclaims/ontology#>
SELECT ?s ("it's \"here\" \\ $x" AS ?text) WHERE { ?s a ac:Denial } ORDER BY ?s"""
TEXT = 'it\'s "here" \\ $x'
DENIALS = [f"https://w3id.org/armsclaims/id/statement/flares-2-{name}" for name in ("denies", "talks")]


def on_page(client, path, host, **fields):
    """The snippets of a page, as a reader of it copies them."""
    page = client.get(path, query_string=fields, headers={"Accept": "text/html"}, base_url=host).text
    found = {}
    start = page.index('class="away"')
    for part in page[start : page.index("</section>", start)].split("<h3>")[1:]:
        language, _, rest = part.partition("</h3>")
        found[language] = unescape(rest[rest.index("<code>") + 6 : rest.index("</code>")])
    return found


def run(language, code):
    if language == "curl" and not shutil.which("curl"):
        pytest.skip("curl is missing: apt-get install curl")
    command = {"curl": ["sh", "-c", code], "Python": [sys.executable, "-c", code]}
    done = subprocess.run(command[language], capture_output=True, text=True, timeout=60, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("language", ["curl", "Python"])
def test_a_query_runs_as_it_is_copied_from_the_page(client, address, language):
    output = run(language, on_page(client, "/sparql", address, query=NASTY)[language])
    if language == "curl":
        assert list(csv.reader(io.StringIO(output)))[1:] == [[one, TEXT] for one in DENIALS]
    else:
        assert all(one in output for one in DENIALS)
    if language == "Python":
        assert str({"s": DENIALS[0], "text": TEXT}) in output


@pytest.mark.parametrize("language", ["curl", "Python"])
def test_a_saved_query_runs_as_it_is_copied_from_the_page(client, address, language):
    fields = {"speaker": "body:ministry-of-foreign-affairs-norway", "since": "2024-02-03"}
    output = run(language, on_page(client, "/queries/who-denies", address, **fields)[language])
    assert all(one in output for one in DENIALS)


@pytest.mark.parametrize(("text", "answer"), [("ASK {}", "true"), ("DESCRIBE <urn:x>", "")])
def test_other_forms_ask_for_formats_that_they_have(client, address, text, answer):
    for language in ("curl", "Python"):
        assert answer in run(language, on_page(client, "/sparql", address, query=text)[language])


def test_texts_of_r_and_python_are_whole():
    of = snippets.of_query("http://localhost/sparql", 'ASK { ?s ?p "a\\\\b" }\r\n\'\'\'"""')
    assert '`query` = "ASK { ?s ?p \\"a\\\\\\\\b\\" }\\r\n\'\'\'\\"\\"\\""' in of["R"]
    assert repr('ASK { ?s ?p "a\\\\b" }\r\n\'\'\'"""') in of["Python"]
    compile(of["Python"], "snippet", "exec")


def test_what_a_query_is_asked_with_is_kept(client):
    page = client.get(
        "/sparql",
        query_string={"query": "SELECT * {?s ?p ?o} LIMIT 1", "timeout": "5", "default-graph-uri": "urn:g"},
        headers={"Accept": "text/html"},
    ).text
    kept = "default-graph-uri=urn%3Ag&amp;timeout=5"
    assert f"LIMIT+1&amp;{kept}&amp;format=csv" in page
    assert f"http://localhost/sparql?{kept}" in page
    assert '<input type="hidden" name="default-graph-uri" value="urn:g">' in page
