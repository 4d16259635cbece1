"""A result of a million rows, over real HTTP: it goes through the server without staying in it."""

import http.client
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from processes import Server, resident
from pyoxigraph import Literal, NamedNode, Quad, Store

from server.store.releases import Releases

MIB = 1024**2
SIDE = 1000  # the rows are its square
PADDING = "x" * 40


def fill(store: Store) -> None:
    a, b = NamedNode("http://e.example/a"), NamedNode("http://e.example/b")
    store.extend([Quad(one, one, Literal(f"number {n} {PADDING}")) for n in range(SIDE) for one in (a, b)])


def read(server: Server, query: str) -> tuple[int, int]:
    """Read an answer bit by bit; return its lines and the most memory that the serving process had meanwhile."""
    lines = most = 0
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)) as connection:
        connection.request("GET", "/sparql?" + urlencode({"query": query, "format": "csv"}))
        response = connection.getresponse()
        assert response.status == 200
        parts = 0
        while part := response.read(1024 * 1024):
            lines += part.count(b"\n")
            parts += 1
            if parts % 8 == 1:
                most = max(most, resident(server.answering()))
    return lines, most


def test_a_million_rows_stream_through_flat_memory(root: Path, tmp_path: Path) -> None:
    Releases(tmp_path).edit(fill, plain=True)
    server = Server(
        root, tmp_path, default_graph="plain", workers="2", max_rows="0", max_bytes="0", query_timeout="600"
    )
    query = "SELECT ?x ?y WHERE { <http://e.example/a> ?p ?x . <http://e.example/b> ?q ?y }"
    try:
        _, before = read(server, query + " LIMIT 60000")  # what is loaded once and kept
        lines, most = read(server, query)
    finally:
        server.stop()
    assert lines == SIDE**2 + 1
    assert most - before < 24 * MIB  # of 110 MB of rows
