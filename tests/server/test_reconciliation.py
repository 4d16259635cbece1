"""The Reconciliation Service API 0.2, against its JSON schemas and as OpenRefine calls it."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

SCHEMAS = "https://reconciliation-api.github.io/specs/0.2/schemas/"


@pytest.fixture(scope="session")
def schemas(shared: Path) -> dict[str, Draft7Validator]:
    """The validators of the specification by the names of their files."""
    read = {path.stem: json.loads(path.read_text()) for path in (shared / "suites/reconciliation-0.2").glob("*.json")}
    registry: Registry = Registry()
    for name, schema in read.items():
        for iri in (f"{SCHEMAS}{name}.json", schema.get("$id", name)):
            registry = registry.with_resource(iri, Resource.from_contents(schema, default_specification=DRAFT7))
    registry = registry.with_resource(
        "http://swagger.io/v2/schema.json", Resource.from_contents(read["openapi"], default_specification=DRAFT7)
    )
    return {name: Draft7Validator(schema, registry=registry) for name, schema in read.items()}


def reconciled(client: FlaskClient, **query: object) -> list[dict]:
    answer = client.post("/reconcile", data={"queries": json.dumps({"q0": query})})
    assert answer.status_code == 200, answer.text
    return answer.json["q0"]["result"]


def extended(client: FlaskClient, ids: list[str], *properties: str) -> dict:
    query = {"ids": ids, "properties": [{"id": name} for name in properties]}
    answer = client.post("/reconcile", data={"extend": json.dumps(query)})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_manifest(client: FlaskClient, schemas) -> None:
    answer = client.get("/reconcile")
    schemas["manifest"].validate(answer.json)
    assert answer.json["identifierSpace"] == "https://w3id.org/armsclaims/id/"
    assert answer.json["view"]["url"] == "http://localhost/id/{{id}}"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_batch_by_get_and_post_fits_the_schema(client: FlaskClient, schemas) -> None:
    batch = {
        "a": {"query": "Lavrov", "type": "Person", "limit": 3, "type_strict": "any"},
        "b": {"query": "Kalashnikov", "type": ["Materiel"], "properties": [{"pid": "wikidata", "v": "Q37116"}]},
        "c": {"query": "nothing of that name at all qqq"},
    }
    schemas["reconciliation-query-batch"].validate(batch)
    posted = client.post("/reconcile", data={"queries": json.dumps(batch)})
    assert client.get("/reconcile", query_string={"queries": json.dumps(batch)}).json == posted.json
    schemas["reconciliation-result-batch"].validate(posted.json)
    assert list(posted.json) == ["a", "b", "c"]
    assert posted.json["c"] == {"result": []}
    assert all(one["type"][0]["id"] == "Person" for one in posted.json["a"]["result"])


@pytest.mark.parametrize(
    ("name", "type_", "identifier"),
    [
        ("Vladimir Putin", "Person", "person/vladimir-putin"),
        ("PUTIN, Vladimir", "Person", "person/vladimir-putin"),
        ("North Korea", "State", "state/north-korea"),
        ("DPRK", "State", "state/north-korea"),
        ("Côte d’Ivoire", "Actor", "state/ivory-coast"),
        ("Russian Ministry of Defence", "GovernmentBody", "body/ministry-of-defence-of-the-russian-federation"),
        ("Vladivostok", "Place", "place/vladivostok"),
    ],
)
def test_a_name_or_an_alias_is_a_match(client: FlaskClient, name: str, type_: str | None, identifier: str) -> None:
    first = reconciled(client, query=name, **({"type": type_} if type_ else {}))[0]
    assert (first["id"], first["match"]) == (identifier, True)


def test_a_state_comes_before_its_territory_and_neither_is_sure(client: FlaskClient) -> None:
    found = reconciled(client, query="North Korea")
    assert [(one["id"], one["match"]) for one in found[:2]] == [
        ("state/north-korea", False),
        ("place/north-korea", False),
    ]


def test_a_misspelt_name_is_a_candidate_and_no_match(client: FlaskClient) -> None:
    first = reconciled(client, query="Vladimr Puttin", type="Person")[0]
    assert (first["id"], first["match"]) == ("person/vladimir-putin", False)
    assert 80 < first["score"] < 97


def test_a_family_name_alone_is_no_match(client: FlaskClient) -> None:
    first = reconciled(client, query="Putin", type="Person")[0]
    assert first["id"] == "person/vladimir-putin"
    assert first["description"] == "person, Russia"


def test_what_is_named_alike_is_told_apart_by_a_property(client: FlaskClient) -> None:
    def best(state: str) -> tuple[str, bool]:
        first = reconciled(
            client,
            query="ministry of foreign affairs",
            type="GovernmentBody",
            properties=[{"pid": "state", "v": state}],
        )[0]
        return first["id"], first["features"][1]["value"] == 100.0

    assert best("Russia") == ("body/ministry-of-foreign-affairs-of-the-russian-federation", True)
    assert best("Iran") == ("body/ministry-of-foreign-affairs-iran", True)


def test_properties_alone_find_candidates(client: FlaskClient) -> None:
    [first] = reconciled(client, type="Person", properties=[{"pid": "wikidata", "v": "Q7747"}])
    assert (first["id"], first["match"]) == ("person/vladimir-putin", True)
    found = reconciled(client, type="Place", properties=[{"pid": "state", "v": {"id": "state/north-korea"}}], limit=50)
    assert "place/pyongyang" in {one["id"] for one in found}


def test_data_extension_gives_ids_of_wikidata(client: FlaskClient, schemas) -> None:
    query = {"ids": ["person/vladimir-putin", "state/north-korea", "person/nobody"], "properties": [{"id": "wikidata"}]}
    schemas["data-extension-query"].validate(query)
    answer = extended(client, query["ids"], "wikidata", "state", "post", "iso-3166-alpha-3", "statements-by")
    schemas["data-extension-response"].validate(answer)
    assert [one["id"] for one in answer["meta"]] == ["wikidata", "state", "post", "iso-3166-alpha-3", "statements-by"]
    putin = answer["rows"]["person/vladimir-putin"]
    assert putin["wikidata"] == [{"str": "Q7747"}]
    assert putin["state"] == [{"id": "state/russia", "name": "Russia"}]
    assert {"str": "President"} in putin["post"]
    assert putin["iso-3166-alpha-3"] == [{"str": "RUS"}]
    assert answer["rows"]["state/north-korea"]["iso-3166-alpha-3"] == [{"str": "PRK"}]
    assert answer["rows"]["person/nobody"] == {name["id"]: [] for name in answer["meta"]}


def test_suggestions_fit_the_schemas(client: FlaskClient, schemas) -> None:
    things = client.get("/reconcile/suggest/entity?prefix=vladim").json
    schemas["suggest-entities-response"].validate(things)
    assert things["result"][0]["name"].startswith("Vladim")
    assert len(client.get("/reconcile/suggest/entity?prefix=m").json["result"]) == 10
    first, second = (client.get(f"/reconcile/suggest/entity?prefix=min&cursor={n}").json["result"] for n in (0, 10))
    assert not {one["id"] for one in first} & {one["id"] for one in second}
    types = client.get("/reconcile/suggest/type?prefix=pers").json
    schemas["suggest-types-response"].validate(types)
    assert types["result"] == [{"id": "Person", "name": "person"}]
    properties = client.get("/reconcile/suggest/property?prefix=wiki").json
    schemas["suggest-properties-response"].validate(properties)
    assert properties["result"] == [{"id": "wikidata", "name": "Wikidata id"}]


def test_properties_are_proposed_by_type(client: FlaskClient, schemas) -> None:
    answer = client.get("/reconcile/properties?type=Materiel&limit=20").json
    schemas["data-extension-property-proposal"].validate(answer)
    assert {one["id"] for one in answer["properties"]} >= {"wikidata", "broader"}
    assert "post" not in {one["id"] for one in answer["properties"]}
    assert client.get("/reconcile/properties?type=Banana").status_code == 400


def test_the_preview_may_be_framed(client: FlaskClient) -> None:
    answer = client.get("/reconcile/preview/person/vladimir-putin")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "<h1>Vladimir Putin</h1>" in answer.text
    assert "Wikidata Q7747" in answer.text
    assert client.get("/reconcile/preview/person/nobody").status_code == 404
    assert client.get("/reconcile/preview/person/%3Cscript%3E").status_code == 400


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("queries", "{", "no JSON"),
        ("queries", "[]", "must be a JSON object"),
        ("queries", '{"q": 1}', "no object"),
        ("queries", '{"q": {}}', "neither a name"),
        ("queries", '{"q": {"query": 7}}', "at most 300 characters"),
        ("queries", '{"q": {"query": "a", "type": "Banana"}}', "no type “Banana”"),
        ("queries", '{"q": {"query": "a", "limit": 0}}', "at least 1"),
        ("queries", '{"q": {"query": "a", "limit": "many"}}', "whole number"),
        ("queries", '{"q": {"query": "a", "properties": [{"pid": "shoe size", "v": 44}]}}', "unknown property"),
        ("queries", '{"q": {"query": "a", "properties": [{"pid": "post", "v": null}]}}', "a text, a number"),
        ("queries", json.dumps({str(n): {"query": "a"} for n in range(101)}), "at most 100"),
        ("queries", "[" * 100_000, "no JSON"),
        ("extend", '{"ids": "x", "properties": []}', "must be a list"),
        ("extend", '{"ids": ["person/x"], "properties": [{"id": "shoe size"}]}', "no such property"),
        ("extend", '{"ids": ["person/x> ?p"], "properties": [{"id": "state"}]}', "cannot be an identifier"),
    ],
)
def test_rubbish_is_refused_with_a_reason(client: FlaskClient, field: str, value: str, words: str) -> None:
    answer = client.post("/reconcile", data={field: value})
    assert answer.status_code == 400
    assert words in answer.json["detail"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=60).filter(str.strip))
def test_no_name_breaks_it(client: FlaskClient, name: str) -> None:
    for one in reconciled(client, query=name):
        assert 0 <= one["score"] <= 100
