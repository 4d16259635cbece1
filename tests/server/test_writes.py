"""Writing over HTTP: who may, by which token, on what condition; whole graphs and updates; what is refused."""

import gzip
import io
import json
import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from harness import publish

from server.app import create_app
from server.settings import Settings
from server.store import tokens
from server.store.embedded import EmbeddedEngine
from server.store.errors import StoreError
from server.store.releases import Releases

UPDATE = "application/sparql-update"
TURTLE = "text/turtle"
NOTE = "INSERT DATA { GRAPH <http://e.example/notes> { <http://e.example/a> <http://e.example/b> 1 } }"
ASK = "ASK { GRAPH <http://e.example/notes> { <http://e.example/a> ?b 1 } }"


class Plain:
    """A client of an app on an empty plain dataset."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        settings = Settings(data=folder, default_graph="plain", workers=1, **settings)  # type: ignore[arg-type]
        self.app = create_app(settings)
        self.client: FlaskClient = self.app.test_client()
        self.secret = tokens.add(folder, "ada") if not tokens.read(folder) else ""

    def write(self, method: str, address: str, body=None, content_type: str | None = None, **headers: str):
        headers = {"Authorization": f"Bearer {self.secret}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.client.open(address, method=method, data=body, content_type=content_type, headers=headers)


@pytest.fixture
def plain(tmp_path: Path):
    site = Plain(tmp_path, max_upload=100_000)
    yield site
    site.app.extensions["armsclaims"].engine.close()


def test_nobody_writes_until_a_token_is_set(flares: Path, engine: EmbeddedEngine, client: FlaskClient) -> None:
    for response in (
        client.post("/sparql", data=NOTE, content_type=UPDATE),
        client.post("/sparql", data={"update": NOTE}),
        client.put("/graphs?graph=http://e.example/g", data="", content_type=TURTLE),
        client.post("/graphs?default", data="", content_type=TURTLE),
        client.delete("/graphs?graph=http://e.example/g", headers={"Authorization": "Bearer x"}),
    ):
        assert response.status_code == 403
        assert "armsclaims tokens add NAME" in response.json["detail"]
        assert "Access-Control-Allow-Origin" not in response.headers


def test_a_write_needs_a_token_that_somebody_has(plain: Plain, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    without = plain.client.post("/sparql", data=NOTE, content_type=UPDATE)
    assert (without.status_code, without.headers["WWW-Authenticate"]) == (401, "Bearer realm=armsclaims")
    for value in ("Bearer wrong", f"Basic {plain.secret}", "Bearer", f"Bearer {plain.secret}x"):
        assert plain.write("POST", "/sparql", NOTE, UPDATE, Authorization=value).status_code == 401
    assert plain.write("POST", "/sparql", NOTE, UPDATE).status_code == 204
    tokens.revoke(plain.folder, "ada")
    tokens.add(plain.folder, "charles")
    assert plain.write("POST", "/sparql", NOTE, UPDATE).status_code == 401
    assert plain.secret not in caplog.text


def test_only_digests_of_tokens_are_kept_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    secret = tokens.add(tmp_path, "ada")
    file = tmp_path / "tokens.json"
    assert secret not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert tokens.holder(tokens.read(tmp_path), secret) == "ada"
    assert tokens.holder(tokens.read(tmp_path), secret[:-1]) is None
    with pytest.raises(StoreError, match="there is a token of 'ada' already"):
        tokens.add(tmp_path, "ada")
    with pytest.raises(StoreError, match="cannot be a name"):
        tokens.add(tmp_path, "ada <script>")
    with pytest.raises(StoreError, match="there is no token of 'charles'; there are: ada"):
        tokens.revoke(tmp_path, "charles")


def test_tokens_are_compared_in_constant_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ada", "charles", "mary"):
        tokens.add(tmp_path, name)
    compared = []
    compare = tokens.hmac.compare_digest
    monkeypatch.setattr(tokens.hmac, "compare_digest", lambda a, b: compared.append(a) or compare(a, b))
    assert tokens.holder(tokens.read(tmp_path), "wrong") is None
    assert len(compared) == 3


def test_after_an_update_the_next_read_sees_it_and_the_release_names_the_writer(plain: Plain) -> None:
    response = plain.write("POST", "/sparql", NOTE, UPDATE)
    release = Releases(plain.folder).current()
    assert response.status_code == 204
    assert response.headers["Armsclaims-Release"] == release.id
    assert release.manifest.writer == "ada"
    assert plain.client.get("/sparql", query_string={"query": ASK}).json["boolean"] is True
    form = plain.write("POST", "/sparql", {"update": "CLEAR ALL"})
    assert form.status_code == 204
    assert plain.client.get("/sparql", query_string={"query": ASK}).json["boolean"] is False
    old = plain.client.get("/sparql", query_string={"query": ASK, "release": release.id})
    assert old.json["boolean"] is True


@pytest.mark.parametrize(
    ("method", "address", "body", "content_type", "status", "told"),
    [
        ("GET", "/sparql?update=CLEAR+ALL", None, None, 400, "never by GET"),
        ("POST", "/sparql", "update=CLEAR+ALL&query=ASK{}", "application/x-www-form-urlencoded", 400, "not both"),
        ("POST", "/sparql?query=ASK{}", "CLEAR ALL", UPDATE, 400, "not both"),
        ("POST", "/sparql", "update=CLEAR+ALL&update=x", "application/x-www-form-urlencoded", 400, "more than one"),
        ("POST", "/sparql", {"query": "CLEAR ALL"}, None, 400, "Line 1"),
        ("POST", "/sparql", "CLEAR XYZ", UPDATE, 400, "Line 1"),
        ("POST", "/sparql", b"CLEAR \xff", UPDATE, 400, "not UTF-8"),
        ("POST", "/sparql", "LOAD <http://127.0.0.1:9/x>", UPDATE, 400, "LOAD is not allowed"),
        ("POST", "/sparql?default-graph-uri=http://e/", "CLEAR ALL", UPDATE, 400, "using-graph-uri"),
        ("POST", "/sparql", "CLEAR ALL", UPDATE + "; charset=latin1", 415, "UTF-8"),
        ("POST", "/sparql", "CLEAR ALL #" + "x" * 100_000, UPDATE, 413, "the limit is 100000 bytes. Send less"),
        ("PUT", "/graphs", "<a> <b> 1 .", TURTLE, 400, "Name a graph"),
        ("PUT", "/graphs?graph=not-absolute", "<a> <b> 1 .", TURTLE, 400, "not an absolute IRI"),
        ("PUT", "/graphs?default&graph=http://e/", "<a> <b> 1 .", TURTLE, 400, "Name one graph"),
        ("PUT", "/graphs?default", "<a> <b> 1 .", "text/plain", 415, "RDF comes as"),
        ("PUT", "/graphs?default", "<a> <b> 1 .", "application/n-quads", 415, "RDF comes as"),
        ("PUT", "/graphs?default", "<a> <b> ", TURTLE, 400, "Line 1"),
        ("PUT", "/graphs?default", b"<a> <b> '\xff' .", TURTLE, 400, "not UTF-8"),
        ("PUT", "/graphs?default", "<!DocType r [<!ENTITY a 'b'>]><r/>", "application/rdf+xml", 400, "DOCTYPE"),
        (
            "PUT",
            "/graphs?default",
            '{"@context": "http://127.0.0.1:9/"}',
            "application/ld+json",
            400,
            "remote contexts",
        ),
        ("PUT", "/graphs?default", "#" + "x" * 100_000, TURTLE, 413, "the limit is 100000 bytes. Send less"),
        ("DELETE", "/graphs?graph=http://e.example/none", None, None, 404, "There is no graph"),
        ("PATCH", "/graphs?default", "", UPDATE, 405, ""),
        ("PUT", "/sparql", "CLEAR ALL", UPDATE, 405, ""),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(
    plain: Plain, method: str, address: str, body: object, content_type: str | None, status: int, told: str
) -> None:
    before = Releases(plain.folder).current().id
    response = plain.write(method, address, body, content_type)
    assert response.status_code == status, response.data
    assert response.content_type == "application/problem+json"
    assert told in response.json["detail"]
    assert Releases(plain.folder).current().id == before


def test_packed_bodies_are_bounded_when_unpacked(plain: Plain) -> None:
    def put(data: bytes, encoding: str = "gzip"):
        return plain.write("PUT", "/graphs?default", data, TURTLE, Content_Encoding=encoding)

    assert put(gzip.compress(b"<a> <b> 1 .")).status_code == 204
    assert put(gzip.compress(b"#" * 10**8)).status_code == 413  # a hundred kilobytes that become a hundred megabytes
    assert put(gzip.compress(b"<a> <b> 1 .")[:-4]).status_code == 400
    assert put(b"<a> <b> 1 .").status_code == 400
    assert put(b"", "br").status_code == 415


def test_a_graph_is_put_read_added_to_and_deleted(plain: Plain) -> None:
    graph = "/graphs?graph=http://e.example/notes"
    assert plain.client.get(graph).status_code == 404
    first = plain.write("PUT", graph, "<#a> <#b> 1 .", TURTLE)
    assert (first.status_code, first.headers["Location"]) == (201, "http://e.example/notes")
    assert plain.write("PUT", graph, "<#a> <#b> 2 .", TURTLE).status_code == 204
    assert plain.write("POST", graph, "<http://e.example/notes#a> <#b> 3 .", "application/x-turtle").status_code == 204
    got = plain.client.get(graph, headers={"Accept": "application/n-triples"})
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    assert sorted(got.text.splitlines()) == [
        f'<http://e.example/notes#a> <http://e.example/notes#b> "{n}"^^{integer} .' for n in (2, 3)
    ]
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert plain.client.head(graph).status_code == 200
    assert plain.client.get(graph, headers={"Accept": "text/csv"}).status_code == 406
    old = plain.client.get(graph + f"&release={first.headers['Armsclaims-Release']}&format=nt")
    assert old.text == f'<http://e.example/notes#a> <http://e.example/notes#b> "1"^^{integer} .\n'
    assert plain.write("DELETE", graph).status_code == 204
    assert plain.client.get(graph).status_code == 404


def test_a_path_names_a_graph_of_the_project_and_a_post_to_none_makes_one(plain: Plain) -> None:
    assert plain.write("PUT", "/graphs/article/gazette/one", "<> <b> 1 .", TURTLE).status_code == 201
    by_name = plain.client.get("/graphs?graph=https://w3id.org/armsclaims/graph/article/gazette/one&format=nt")
    assert by_name.text.startswith("<https://w3id.org/armsclaims/graph/article/gazette/one> ")
    made = plain.write("POST", "/graphs", "<a> <b> 1 .", TURTLE)
    assert made.status_code == 201
    assert made.headers["Location"].startswith("https://w3id.org/armsclaims/graph/article/posted/")
    assert plain.client.get(made.headers["Content-Location"]).status_code == 200
    for path in ("/graphs/..%2f..%2fetc/passwd", "/graphs/%00", "/graphs/a%0d%0ab"):
        assert plain.client.get(path).status_code in (400, 404)


def test_a_form_of_files_is_one_write(plain: Plain) -> None:
    files = {
        "one": (io.BytesIO(b"<#a> <#b> 1 ."), "one.ttl", TURTLE),
        "two": (
            io.BytesIO(b"<http://e.example/x> <http://e.example/y> <http://e.example/z> ."),
            "two.nt",
            "application/n-triples",
        ),
    }
    assert plain.write("POST", "/graphs?graph=http://e.example/g", files, "multipart/form-data").status_code == 201
    assert len(Releases(plain.folder).list()) == 2
    assert len(plain.client.get("/graphs?graph=http://e.example/g&format=nt").text.splitlines()) == 2


def test_a_write_on_condition_of_the_release_comes_in_time_or_too_late(plain: Plain) -> None:
    first = plain.write("POST", "/sparql", NOTE, UPDATE)
    for condition in (first.headers["ETag"], f'"{first.headers["Armsclaims-Release"]}", "other"', "*"):
        response = plain.write("POST", "/graphs?default", f"<a> <{len(condition)}> 1 .", TURTLE, If_Match=condition)
        assert response.status_code == (204 if condition in (first.headers["ETag"], "*") else 412)
        if condition == first.headers["ETag"]:
            late = plain.write("PUT", "/graphs?default", "<a> <b> 1 .", TURTLE, If_Match=condition)
            assert late.status_code == 412
            assert late.json["type"] == "https://w3id.org/armsclaims/problems#outdated"


@pytest.mark.parametrize(
    "headers", [{"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_pages_of_other_sites_may_not_write(plain: Plain, headers: dict[str, str]) -> None:
    response = plain.write("POST", "/sparql", {"update": "CLEAR ALL"}, **headers)
    assert (response.status_code, response.json["detail"]) == (403, "Pages of other sites may not write here.")
    preflight = plain.client.options("/graphs", headers={"Origin": "https://evil.example"})
    assert "Authorization" not in preflight.headers["Access-Control-Allow-Headers"]


def test_a_derived_dataset_tells_what_cannot_be_written_and_what_violates_the_shapes(tmp_path: Path) -> None:
    publish(tmp_path)
    secret = tokens.add(tmp_path, "ada")
    app = create_app(Settings(data=tmp_path, workers=1))
    client = app.test_client()

    def put(graph: str, turtle: str):
        headers = {"Authorization": f"Bearer {secret}"}
        return client.put(f"/graphs?{graph}", data=turtle, content_type=TURTLE, headers=headers)

    derived = put("default", "<a> <b> 1 .")
    assert (derived.status_code, derived.json["type"].rpartition("#")[2]) == (403, "not-writable")
    wrong = put(
        "graph=https://w3id.org/armsclaims/graph/article/gazette/one",
        "<http://e.example/s> a <https://w3id.org/armsclaims/ontology#Allegation> .",
    )
    assert (wrong.status_code, wrong.json["type"].rpartition("#")[2]) == (422, "invalid")
    assert "http://e.example/s" in wrong.json["detail"]
    app.extensions["armsclaims"].engine.close()


def test_the_description_tells_whether_updates_are_on(plain: Plain, client: FlaskClient) -> None:
    update = "http://www.w3.org/ns/sparql-service-description#SPARQL11Update"
    assert update in plain.client.get("/sparql?format=nt").text
    assert update not in client.get("/sparql?format=nt").text
    assert client.get("/sparql", headers={"Accept": "text/html"}).content_type == "text/html; charset=utf-8"
    assert client.get("/sparql", headers={"Accept": "text/csv"}).status_code == 406
    assert json.loads(client.get("/sparql", headers={"Accept": "application/ld+json"}).data)
