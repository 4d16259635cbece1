"""ETags of release, representation and code; 304 without a query; tags as the condition of a write."""

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.settings import Settings
from server.store import tokens
from server.store.release import Release

DENIALS = "SELECT ?s WHERE { ?s a <https://w3id.org/armsclaims/ontology#Denial> } ORDER BY ?s"


def get(client: FlaskClient, accept: str = "text/csv", tag: str | None = None, **fields: str):
    headers = {"Accept": accept} | ({"If-None-Match": tag} if tag else {})
    return client.get("/sparql", query_string={"query": DENIALS, **fields}, headers=headers)


def test_a_client_that_has_the_answer_gets_304(client: FlaskClient, release: Release) -> None:
    first = get(client)
    tag = first.headers["ETag"]
    assert tag.startswith(f'W/"{release.id}.')
    assert first.headers["Cache-Control"] == "no-cache"
    again = get(client, tag=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert "Accept" in again.headers["Vary"]
    assert (
        client.head("/sparql", query_string={"query": DENIALS}, headers={"If-None-Match": 'W/"x"'}).status_code == 200
    )


def test_the_tag_differs_by_format_query_limits_and_dataset(client: FlaskClient) -> None:
    tags = [
        get(client).headers["ETag"],
        get(client, "text/tab-separated-values").headers["ETag"],
        get(client, timeout="1").headers["ETag"],
        get(client, query=DENIALS + " LIMIT 1").headers["ETag"],
        get(client, **{"default-graph-uri": "http://e.example/"}).headers["ETag"],
        get(client, **{"named-graph-uri": "http://e.example/"}).headers["ETag"],
    ]
    assert len(set(tags)) == len(tags)
    assert all(get(client, "application/sparql-results+xml", tag=tag).status_code == 200 for tag in tags)


@pytest.mark.parametrize("call", ["RAND()", "now ( )", "UUID()", "STRUUID()", "BNODE()"])
def test_what_changes_by_itself_has_no_tag(client: FlaskClient, call: str) -> None:
    assert "ETag" not in get(client, query=f"SELECT ({call} AS ?x) WHERE {{ }}").headers


def test_the_tag_of_an_older_release_ends_when_something_is_forgotten_out_of_it(
    client: FlaskClient, release: Release
) -> None:
    tag = get(client, release=release.id).headers["ETag"]
    assert get(client, release=release.id, tag=tag).status_code == 304
    os.utime(release.folder / "manifest.json")  # as forgetting does, which writes it anew
    assert get(client, release=release.id, tag=tag).status_code == 200


def test_after_a_write_the_tag_is_another_and_a_graph_read_is_the_condition_of_a_write(tmp_path: Path) -> None:
    secret = tokens.add(tmp_path, "ada")
    app = create_app(Settings(data=tmp_path, default_graph="plain", workers=1))
    client = app.test_client()

    def put(condition: str, number: int):
        headers = {"Authorization": f"Bearer {secret}", "If-Match": condition}
        return client.put("/graphs?default", data=f"<a> <b> {number} .", content_type="text/turtle", headers=headers)

    before = client.get("/graphs?default").headers["ETag"]
    assert put(before, 1).status_code == 204
    assert put(before, 2).status_code == 412
    now = client.get("/graphs?default", headers={"If-None-Match": before})
    assert (now.status_code, "1" in now.text) == (200, True)
    assert client.get("/graphs?default", headers={"If-None-Match": now.headers["ETag"]}).status_code == 304
    app.extensions["armsclaims"].engine.close()
