"""The network is closed: whatever is asked, written or validated, a listener on this machine hears nobody."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from processes import Server

from server.store import tokens

NOTES = "/graphs?graph=http://e.example/notes"
ARTICLE = "/graphs?graph=https://w3id.org/armsclaims/graph/article/fjord-post/flares-2"
TURTLE, RDF_XML, JSON_LD = "text/turtle", "application/rdf+xml", "application/ld+json"
UPDATE = "application/sparql-update"

SERVICES = [
    "SERVICE <{0}> {{ ?s ?p ?o }}",
    "service silent <{0}> {{ ?s ?p ?o }}",
    "SERVICESILENT<{0}>{{ ?s ?p ?o }}",
    "SERVICE#{{\n<{0}>#}}\n{{ ?s ?p ?o }}",
    "\\u0053ERVICE <{0}> {{ ?s ?p ?o }}",
    "SERVICE <\\u0068ttp:{1}> {{ ?s ?p ?o }}",
    "VALUES ?e {{ <{0}> }} SERVICE ?e {{ ?s ?p ?o }}",
    "BIND(IRI('{0}') AS ?e) SERVICE SILENT ?e {{ ?s ?p ?o }}",
    "FILTER EXISTS {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "OPTIONAL {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
    "?s ?p ?o MINUS {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "{{ SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }} UNION {{ ?s ?p ?o }}",
    "GRAPH ?g {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "SERVICE e:x {{ ?s ?p ?o }}",
    "SERVICE <http://user@{2}/> {{ ?s ?p ?o }}",
    "SERVICE <http://[::ffff:127.0.0.1]:{3}/> {{ ?s ?p ?o }}",
    "SERVICE <http://2130706433:{3}/> {{ ?s ?p ?o }}",
    "FILTER(1<'x>y' || EXISTS {{ SERVICE <{0}> {{?x ?y ?z}} }}) #'\n",
]
LOADS = [
    "LOAD <{0}>",
    "load silent <{0}> INTO GRAPH <http://e.example/g>",
    "LOADSILENT<{0}>",
    "PREFIX e: <{0}> LOAD e:x",
    "\\u004cOAD <{0}>",
    "CLEAR ALL ; # \nLOAD <{0}>",
]


class Listener:
    """Counts who connects, and lets everybody go again."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.heard = 0
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        while True:
            connection, _ = self.socket.accept()
            with connection:
                if connection.recv(4) == b"stop":
                    return
                self.heard += 1

    def stop(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"stop")
        self.thread.join(10)
        self.socket.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.stop()


@pytest.fixture(scope="module")
def folder(flares: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(flares, tmp_path_factory.mktemp("closed") / "data", symlinks=True))


@pytest.fixture(scope="module")
def server(root: Path, folder: Path) -> Iterator[Server]:
    server = Server(root, folder, workers="1", queries=str(Path(__file__).parent / "data" / "queries"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def writer(server: Server, folder: Path):
    secret = tokens.add(folder, "ada")

    def write(method: str, path: str, body: str, content_type: str) -> tuple[int, str]:
        headers = {"Content_Type": content_type, "Authorization": f"Bearer {secret}"}
        response, answer = server.ask(path, method, body.encode(), **headers)
        return response.status, json.loads(answer)["detail"] if answer else ""

    return write


def filled(template: str, listener: Listener) -> str:
    host = f"127.0.0.1:{listener.port}"
    return template.format(f"http://{host}/", f"//{host}/", host, listener.port)


def test_service_in_every_disguise_is_refused_in_queries_and_updates(
    server: Server, writer, listener: Listener
) -> None:
    prefix = f"PREFIX e: <http://127.0.0.1:{listener.port}/> "
    for template in SERVICES:
        pattern = filled(template, listener)
        for form in ("SELECT *", "ASK", "CONSTRUCT { ?s ?p ?o } WHERE", "DESCRIBE ?s WHERE"):
            query = f"{prefix}{form} {{ {pattern} }}"
            response, body = server.ask("/sparql?" + urlencode({"query": query}))
            assert (response.status, "SERVICE" in json.loads(body)["detail"]) == (400, True), query
        update = f"{prefix}INSERT {{ GRAPH <http://e.example/g> {{ ?s ?p ?o }} }} WHERE {{ {pattern} }}"
        status, detail = writer("POST", "/sparql", update, UPDATE)
        assert (status, "SERVICE" in detail) == (400, True), update
    assert listener.heard == 0


def test_load_in_every_disguise_is_refused(writer, listener: Listener) -> None:
    for template in LOADS:
        status, detail = writer("POST", "/sparql", filled(template, listener), UPDATE)
        assert (status, "LOAD is not allowed" in detail) == (400, True), template
    assert listener.heard == 0


def test_datasets_are_those_of_the_store(server: Server, writer, listener: Listener) -> None:
    there = filled("{0}", listener)
    for clause in (f"FROM <{there}>", f"FROM NAMED <{there}>"):
        query = f"SELECT * {clause} {{ ?s ?p ?o }}"
        response, body = server.ask("/sparql?" + urlencode({"query": query}))
        assert (response.status, json.loads(body)["results"]["bindings"]) == (200, [])
    for name in ("default-graph-uri", "named-graph-uri"):
        response, body = server.ask("/sparql?" + urlencode({"query": "ASK { ?s ?p ?o }", name: there}))
        assert (response.status, json.loads(body)["boolean"]) == (200, False)
    used = urlencode({"using-graph-uri": there})
    nothing = "INSERT { GRAPH <http://e.example/g> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    assert writer("POST", f"/sparql?{used}", nothing, UPDATE)[0] == 204
    assert server.ask("/graphs?" + urlencode({"graph": there}))[0].status == 404
    assert server.ask("/queries/who-denies?" + urlencode({"format": "csv", "speaker": there}))[0].status in (200, 400)
    assert listener.heard == 0


def test_uploads_fetch_nothing(writer, listener: Listener) -> None:
    there = filled("{0}", listener)
    contexts = [[there], {"@import": there}, {"x": {"@context": there, "@id": "http://e.example/x"}}]
    for context in contexts:
        text = json.dumps({"@context": context, "@id": "http://e.example/a", "x": {"@id": "http://e.example/b"}})
        status, _ = writer("PUT", NOTES, text, JSON_LD)
        assert status in (204, 400), context
    status, detail = writer("PUT", NOTES, json.dumps({"@context": there}), JSON_LD)
    assert (status, "remote contexts" in detail) == (400, True)
    entity = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{there}">]><r>&x;</r>'
    assert writer("PUT", NOTES, entity, RDF_XML)[0] == 400
    boundary = "multipart/form-data; boundary=b"
    part = f'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\nContent-Type: {JSON_LD}\r\n\r\n'
    body = part + json.dumps({"@context": there}) + "\r\n--b--\r\n"
    assert writer("POST", NOTES, body, boundary)[0] == 400
    assert listener.heard == 0


def test_imports_and_shapes_in_the_data_fetch_nothing(writer, listener: Listener) -> None:
    there = filled("{0}", listener)
    hostile = f"""
        PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        <http://e.example/all> a owl:Ontology ; owl:imports <{there}> ; sh:shapesGraph <{there}shapes> .
        <http://e.example/shape> a sh:NodeShape ; sh:targetClass owl:Ontology ; sh:sparql <http://e.example/rule> .
        <http://e.example/rule> a sh:SPARQLConstraint ; sh:message "called" ;
            sh:select "SELECT $this WHERE {{ SERVICE <{there}> {{ ?s ?p ?o }} }}" ."""
    assert writer("PUT", NOTES, hostile, TURTLE)[0] in (201, 204)
    assert writer("POST", ARTICLE, hostile, TURTLE)[0] == 204  # validated together with ontology and shapes
    assert listener.heard == 0


def test_the_listener_hears(listener: Listener) -> None:
    before = listener.heard
    with socket.create_connection(("127.0.0.1", listener.port)) as connection:
        connection.sendall(b"GET ")
        connection.recv(1)
    assert listener.heard == before + 1
