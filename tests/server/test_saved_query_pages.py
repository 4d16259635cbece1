"""Saved queries over HTTP: the list, the form with its drop-downs, the table, the REST call, and typed errors."""

import csv
import io
import re
from html import unescape

import pytest
from pyoxigraph import RdfFormat, Store

from server import saved_queries
from server.app import create_app
from server.saved_query import BadSavedQuery
from server.settings import Settings

HTML = {"Accept": "text/html"}
MINISTRY = "https://w3id.org/armsclaims/id/body/ministry-of-foreign-affairs-norway"
DENIES = "https://w3id.org/armsclaims/id/statement/flares-2-denies"
TALKS = "https://w3id.org/armsclaims/id/statement/flares-2-talks"


def rows(response):
    return list(csv.reader(io.StringIO(response.text)))[1:]


def test_the_list_has_groups_titles_and_questions(client):
    page = client.get("/queries", headers=HTML).text
    assert page.index("<h2>Denials</h2>") < page.index("Which denials are there") < page.index("<h2>Quantities</h2>")


def test_a_query_is_a_rest_call(client, release):
    response = client.get("/queries/who-denies?format=csv")
    assert response.content_type == "text/csv; charset=utf-8"
    assert rows(response) == [[DENIES, MINISTRY, "2024-02-03"], [TALKS, MINISTRY, "2024-02-03"]]
    assert response.headers["Armsclaims-Release"] == release.id
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert rows(client.get("/queries/who-denies?format=csv&since=2024-02-04")) == []
    assert len(rows(client.get("/queries/who-denies", query_string={"format": "csv", "speaker": MINISTRY}))) == 2
    assert rows(client.get("/queries/who-denies?format=csv&speaker=state:iceland")) == []
    assert client.get("/queries/who-denies", headers={"Accept": "image/png"}).status_code == 406


def test_defaults_hold_unless_a_value_is_given(client):
    assert len(rows(client.get("/queries/by-quantity?format=csv"))) == 1
    assert rows(client.get("/queries/by-quantity?format=csv&least=41")) == []
    assert rows(client.get("/queries/by-quantity?format=csv&unit=ship")) == []


def test_a_page_has_the_form_the_table_and_the_files(client):
    page = client.get(
        "/queries/who-denies", query_string={"speaker": MINISTRY, "since": "2024-01-01"}, headers=HTML
    ).text
    assert f'<option value="{MINISTRY}" selected>Ministry of Foreign Affairs (Norway)</option>' in page
    assert 'value="2024-01-01" type="date"' in page
    assert '<a href="/page/statement/flares-2-denies" title="' + DENIES + '">Denial denies</a>' in page
    assert "2 rows" in page
    assert "since=2024-01-01&amp;format=csv" in page
    assert f"VALUES ?speaker {{ <{MINISTRY}> }}" in unescape(page)


def test_drop_downs_offer_what_articles_name_by_label(client):
    page = client.get("/queries/who-denies", headers=HTML).text
    choices = page[page.index("<select") : page.index("</select>")]
    assert [line for line in choices.splitlines() if "<option" in line and "any" not in line] == [
        '<option value="https://w3id.org/armsclaims/id/outlet/fjord-post">Fjord Post</option>',
        '<option value="https://w3id.org/armsclaims/id/state/iceland">Iceland</option>',
        f'<option value="{MINISTRY}">Ministry of Foreign Affairs (Norway)</option>',
        '<option value="https://w3id.org/armsclaims/id/state/norway">Norway</option>',
    ]


def test_drop_downs_are_filled_by_a_query_too(client):
    page = client.get("/queries/by-quantity", headers=HTML).text
    select = page[page.index('<select id="p-unit"') : page.index("</select>", page.index('<select id="p-unit"'))]
    assert '<option value="container" selected>container</option>' in select


def test_the_list_is_json_too(client):
    queries = {query["name"]: query for query in client.get("/queries?format=json").json["queries"]}
    assert list(queries) == ["who-denies", "elsewhere", "by-quantity", "by-day", "places", "who-to-whom"]
    query = queries["who-denies"]
    assert query["iri"] == "https://w3id.org/armsclaims/queries/who-denies"
    assert (query["address"], query["title"], query["group"]) == ("/queries/who-denies", "Who denies", "Denials")
    assert query["parameters"][1] == {
        "name": "since",
        "label": "On or after",
        "description": "",
        "type": "date",
        "optional": True,
        "default": None,
        "class": None,
        "choices": [],
    }


def graph(client, path, **arguments):
    response = client.get(path, **arguments)
    assert response.mimetype == "text/turtle"
    store = Store()
    store.load(response.data, RdfFormat.TURTLE)
    return store


def test_a_saved_query_describes_itself_as_an_executable_that_runs(client, flares, release):
    described = graph(client, "/queries/who-denies", headers={"Accept": "text/turtle"})
    rows = described.query(
        """PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX schema: <https://schema.org/>
        SELECT ?text ?comment ?keyword ?prefix ?namespace WHERE {
          <https://w3id.org/armsclaims/queries/who-denies> a sh:SPARQLExecutable, sh:SPARQLSelectExecutable ;
            sh:select ?text ; rdfs:comment ?comment ; schema:keywords ?keyword ;
            sh:prefixes/sh:declare [ sh:prefix ?prefix ; sh:namespace ?namespace ] }""",
        prefixes={"rdfs": "http://www.w3.org/2000/01/rdf-schema#"},
    )
    ((text, comment, keyword, prefix, namespace),) = ([term.value for term in row] for row in rows)
    assert (comment, keyword) == ("Which denials are there, by whom and since when?", "Denials")
    assert (prefix, namespace) == ("ac", "https://w3id.org/armsclaims/ontology#")
    assert len(list(release.open().query(text))) == 2
    parameters = described.query(
        """PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT ?path ?name ?optional ?type WHERE { <https://w3id.org/armsclaims/queries/who-denies> sh:parameter ?p .
          ?p a sh:Parameter ; sh:path ?path ; sh:name ?name ; sh:optional ?optional ; sh:order ?order .
          { ?p sh:datatype ?type } UNION { ?p sh:class ?type } } ORDER BY ?order"""
    )
    assert [[term.value for term in row] for row in parameters] == [
        [
            "https://w3id.org/armsclaims/queries/who-denies#speaker",
            *("Speaker", "true", "https://w3id.org/armsclaims/ontology#Actor"),
        ],
        [
            "https://w3id.org/armsclaims/queries/who-denies#since",
            *("On or after", "true", "http://www.w3.org/2001/XMLSchema#date"),
        ],
    ]
    assert not list(described.query("SELECT * { ?s ?p ?o FILTER(ISBLANK(?s) || ISBLANK(?o)) }"))


def test_all_saved_queries_are_one_file(client):
    every = graph(client, "/queries?format=ttl")
    executables = every.query("SELECT ?x { ?x a <http://www.w3.org/ns/shacl#SPARQLExecutable> } ORDER BY ?x")
    assert [row["x"].value.rpartition("/")[2] for row in executables] == [
        *("by-day", "by-quantity", "elsewhere", "places", "who-denies", "who-to-whom")
    ]
    service = every.query("SELECT ?s { ?x <https://purl.expasy.org/sparql-examples/ontology#federatesWith> ?s }")
    assert [row["s"].value for row in service] == ["https://sparql.example/"]
    at_once = client.get("/.well-known/sparql-examples", headers={"Accept": "text/turtle"})
    assert at_once.data == client.get("/queries?format=ttl").data
    for name in ("nt", "rdf", "jsonld", "trig"):
        assert client.get(f"/queries?format={name}").status_code == 200


@pytest.mark.parametrize(
    ("fields", "parameter"),
    [
        ({"since": "yesterday"}, "since"),
        ({"speaker": "no iri"}, "speaker"),
        ({"speaker": "http://e/> } ; DROP ALL #"}, "speaker"),
        ({"until": "2024-01-01"}, "until"),
        ({"since": "2" * 1_000_00}, "since"),
    ],
)
def test_a_bad_value_is_400_with_its_parameter(client, fields, parameter):
    response = client.get("/queries/who-denies", query_string={"format": "json", **fields})
    assert response.status_code == 400
    assert response.json["parameter"] == parameter
    assert response.json["type"] == "https://w3id.org/armsclaims/problems#bad-parameter"
    page = client.get("/queries/who-denies", query_string=fields, headers=HTML)
    assert page.status_code == 400
    assert f"The parameter “{parameter}”" in page.text
    assert "<table" not in page.text


def test_a_timeout_is_a_number_of_seconds(client):
    for timeout in ("-1", "nan", "soon"):
        assert client.get(f"/queries/who-denies?format=csv&timeout={timeout}").status_code == 400
    answered = client.get("/queries/who-denies?format=csv&timeout=2")
    assert answered.headers["Armsclaims-Limits"] == "seconds=2, rows=100000, bytes=268435456"


def test_a_parameter_twice_is_400(client):
    assert client.get("/queries/who-denies?format=csv&since=2024-01-01&since=2024-01-02").status_code == 400


def test_an_attack_in_a_value_is_text(client):
    attack = '"><script>alert(1)</script>'
    page = client.get("/queries/by-quantity", query_string={"unit": attack}, headers=HTML).text
    assert "<script>alert" not in page
    assert unescape(page).count(attack.replace('"', '\\"')) == 2  # the bound query, the program in R
    assert "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_query_that_needs_a_service_says_so(client, flares, engine):
    for headers, status in ((HTML, 200), ({}, 400)):
        response = client.get("/queries/elsewhere", headers=headers)
        assert response.status_code == status
        assert "ARMSCLAIMS_SERVICE_ALLOW=https://sparql.example/" in response.text


def test_a_long_result_goes_on_on_further_pages(client, monkeypatch):
    monkeypatch.setattr(saved_queries, "PAGE", 1)
    first = client.get("/queries/who-denies?since=2024-01-01", headers=HTML).text
    assert "2 rows, page 1 of 2" in first
    assert first.count("<tr>") == 2
    following = unescape(re.search(r'<a href="([^"]+)">2</a>', first)[1])
    second = client.get(following, headers=HTML).text
    assert "2 rows, page 2 of 2" in second
    rows = [re.findall("<tr>.*</tr>", page)[1] for page in (first, second)]
    assert rows[0] != rows[1]
    assert client.get("/queries/who-denies?page=3", headers=HTML).status_code == 400


def test_a_bad_file_stops_the_start(tmp_path, engine):
    (tmp_path / "bad.rq").write_text("#+ title: Bad\nSELECT", encoding="utf-8")
    with pytest.raises(BadSavedQuery, match=r"bad\.rq:1: “question” is missing"):
        create_app(Settings(data=tmp_path, queries=tmp_path), engine)
