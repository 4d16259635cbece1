"""The real server over real HTTP: start and stop, limits on the wire, clients that leave, paths that try tricks."""

import contextlib
import http.client
import json
import socket
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from processes import Server, busy, exists, wait

from server import serving
from server.serving import CannotServe
from server.settings import Settings

ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
PRODUCT = "SELECT ?a ?b ?c ?d WHERE { ?a a ?b . ?c a ?d }"


@pytest.fixture(scope="module")
def server(root, flares):
    running = Server(
        root, flares, queries=str(Path(__file__).parent / "data" / "queries"), workers="2", max_rows="100000"
    )
    yield running
    running.stop()


def test_it_answers_a_query(server):
    response, body = server.ask("/sparql?" + urlencode({"query": "ASK { ?s ?p ?o }"}))
    assert response.status == 200
    assert json.loads(body) == {"head": {}, "boolean": True}
    assert response.getheader("Server") == "armsclaims"


def test_a_query_past_its_deadline_is_stopped_and_the_next_one_answered(server):
    began = time.monotonic()
    response, body = server.ask("/sparql?" + urlencode({"query": ENDLESS, "timeout": "0.5"}))
    assert response.status == 503
    assert 0.4 < time.monotonic() - began < 10
    assert json.loads(body)["title"] == "The query took too long"
    assert server.ask("/sparql?" + urlencode({"query": "ASK { ?s ?p ?o }"}))[0].status == 200


def test_a_client_that_goes_away_frees_its_worker(server):
    before = {pid: busy(pid) for pid in server.workers()}
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(f"GET /sparql?{urlencode({'query': ENDLESS})} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def working():
        return {pid for pid in server.workers() if busy(pid) - before.get(pid, 0) > 20}

    assert wait(working), "no worker took the query up"
    at_work = working()
    connection.close()
    assert wait(lambda: not at_work & server.workers(), 5), "the worker goes on for nobody"
    assert server.ask("/sparql?" + urlencode({"query": "ASK { ?s ?p ?o }"}))[0].status == 200


def test_a_client_that_leaves_in_the_middle_of_a_stream_frees_its_worker(server):
    before = {pid: busy(pid) for pid in server.workers()}
    endless = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(
        f"GET /sparql?{urlencode({'query': endless, 'format': 'csv'})} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    )
    assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK")
    streaming = {pid for pid in server.workers() if busy(pid) - before.get(pid, 0) > 5}
    connection.close()
    assert wait(lambda: not streaming & server.workers() or all(not growing(pid) for pid in streaming), 8)


def growing(pid: int) -> bool:
    first = busy(pid)
    time.sleep(0.3)
    return busy(pid) - first > 10


def test_a_long_answer_that_is_cut_is_no_well_formed_message(root, flares):
    server = Server(root, flares, max_rows="60000", workers="1")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/sparql?" + urlencode({"query": PRODUCT, "format": "csv"}))
            response = connection.getresponse()
            assert response.status == 200
            assert response.getheader("Armsclaims-Limits") == "seconds=30, rows=60000, bytes=268435456"
            assert response.getheader("Armsclaims-Truncated") is None
            with pytest.raises(http.client.IncompleteRead) as error:
                response.read()
            assert len(error.value.partial) > 1_000_000
        response, body = server.ask("/sparql?" + urlencode({"query": PRODUCT + " LIMIT 3", "format": "csv"}))
        assert response.getheader("Armsclaims-Truncated") == "no"
        assert len(body.splitlines()) == 4
        assert wait(lambda: "broken=CutShort" in server.log())
        assert "Traceback" not in server.log()
    finally:
        server.stop()


def test_a_short_answer_that_is_cut_says_so_in_its_header(root, flares):
    server = Server(root, flares, max_rows="3", workers="1")
    try:
        response, body = server.ask("/sparql?" + urlencode({"query": PRODUCT, "format": "csv"}))
        assert response.getheader("Armsclaims-Truncated") == "rows"
        assert len(body.splitlines()) == 4
    finally:
        server.stop()


def test_a_big_body_is_413_plain_and_chunked(server):
    for headers in ({}, {"Transfer_Encoding": "chunked"}):
        body = b"x" * 1_500_000
        if headers:
            body = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        response, answer = server.ask("/sparql", "POST", body, Content_Type="application/sparql-query", **headers)
        assert response.status == 413
        assert json.loads(answer)["status"] == 413
    # Far beyond the limit the server does not read on: the client sees the 413, or only that it was cut off.
    with contextlib.suppress(ConnectionError):
        response, _ = server.ask("/sparql", "POST", b"x" * 5_000_000, Content_Type="application/sparql-query")
        assert response.status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/id/../../etc/passwd",
        "/id/%2e%2e/%2e%2e/etc/passwd",
        "/page/..%2f..%2fetc%2fpasswd",
        "/page/state/%00",
        "/data/../settings.py.ttl",
        "/static/../settings.py",
        "/static/%2e%2e/settings.py",
        "/static/..%2fsettings.py",
        "/dumps/..%2f..%2fmanifest.json",
        "//evil.example/",
        "//evil.example/id/state/norway",
        "/\\evil.example",
        "/id//evil.example",
        "/id/state/norway%0d%0aSet-Cookie:%20a=b",
        "/dumps/dataset.nt%0d%0aSet-Cookie:%20a=b",
        "/dumps/dataset.nt?release=%0d%0aSet-Cookie:%20a=b",
        "/graphs?graph=http://e/%0d%0aSet-Cookie:%20a=b",
        "/queries/../../settings",
        "/queries/%2e%2e",
        "/page/%ff%fe",
    ],
)
def test_tricks_with_paths_end_in_404_and_never_lead_away(server, path):
    answer = server.raw(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status in (400, 404), head
    assert b"root:" not in body
    assert b"dataclass" not in body
    assert b"\r\nset-cookie" not in head.lower()
    assert b"evil.example" not in head


def test_the_host_header_names_nothing(server):
    answer = server.raw(
        b"GET /id/state/norway HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
        b"Accept: text/turtle\r\nConnection: close\r\n\r\n"
    )
    assert b"\r\nLocation: /data/state/norway.ttl\r\n" in answer
    data = server.raw(b"GET /data/state/norway.ttl HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert b"evil.example" not in data
    assert b"https://w3id.org/armsclaims/id/state/" in data


def test_a_page_over_http(server):
    response, body = server.ask("/page/state/norway", Accept="text/html")
    assert response.status == 200
    assert b"<h1" in body
    assert response.getheader("X-Content-Type-Options") == "nosniff"


def test_a_dump_over_http_in_parts(server):
    whole, data = server.ask("/dumps/dataset.nt")
    assert whole.status == 200
    part, bytes_ = server.ask("/dumps/dataset.nt", Range="bytes=5-9")
    assert (part.status, bytes_) == (206, data[5:10])


def test_sigterm_stops_it_and_its_workers(root, flares):
    server = Server(root, flares, workers="2")
    server.ask("/sparql?" + urlencode({"query": "ASK { ?s ?p ?o }"}))
    workers = server.workers()
    assert workers
    assert server.stop() == 0
    assert wait(lambda: not any(exists(pid) for pid in workers))


def test_a_busy_port_is_told_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe) as error:
            serving.check(Settings(data=tmp_path, port=port))
    assert str(error.value) == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. "
        "Stop what uses the port or choose another by --port or PORT=."
    )
    serving.check(Settings(data=tmp_path / "new", port=port))


def test_a_bad_data_folder_and_a_bad_host_are_told_in_one_line(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(CannotServe, match=r"^The data folder .*/file cannot be used: File exists\. Choose another"):
        serving.check(Settings(data=file, port=0))
    with pytest.raises(CannotServe, match=r"^The address no\.such\.host\.invalid:0 is not known"):
        serving.check(Settings(data=tmp_path, host="no.such.host.invalid", port=0))
