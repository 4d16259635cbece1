"""Data folders, a canary that notes every call, and queries that hurt."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

EX = "http://example.com/"
MEDIA_TYPES = {
    "solutions": "application/sparql-results+json",
    "boolean": "application/sparql-results+json",
    "graph": "application/n-triples",
}
PRODUCT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
DOUBLING = (
    'SELECT ?x34 { BIND("' + "a" * 40 + '" AS ?x0) '
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(34))
    + " }"
)  # fmt: skip
EVERYTHING = "SELECT ?s ?p ?o { ?s ?p ?o . ?x ?y ?z }"  # ROWS squared rows
ROWS = 2000


def quad(number: int, graph: str | None = None) -> Quad:
    return Quad(
        NamedNode(f"{EX}s{number}"),
        NamedNode(f"{EX}p{number % 10}"),
        Literal(f"value {number}"),
        NamedNode(graph) if graph else DefaultGraph(),
    )


def add_release(folder: Path, identifier: str, quads: list[Quad]) -> None:
    """Write a release in the layout of a data folder and let `current` point to it."""
    path = folder / "releases" / identifier / "store"
    path.mkdir(parents=True)
    store = Store(str(path))
    store.bulk_extend(quads)
    store.flush()
    del store
    aside = folder / ".current"
    aside.symlink_to(f"releases/{identifier}")
    aside.replace(folder / "current")


@contextmanager
def canary() -> Iterator[tuple[str, list[str]]]:
    """Serve on the loopback; yield the server's address and the list of the calls it gets."""
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls.append(self.path)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"far"}}]}}'
            self.send_response(200)
            self.send_header("content-type", "application/sparql-results+json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
