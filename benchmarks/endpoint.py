"""The endpoint beside others on the same data: queries answered a second, at 1 to 64 clients.

`python -m benchmarks.endpoint --articles 1000` makes a dataset up, serves it by `armsclaims serve` (with and without
its cache of results), by `oxigraph serve`, by `rdflib-endpoint` where it is installed, and by a Flask app on the same
WSGI server that only says hello; asks each the same queries in turns, and prints how many were answered a second, as
ratios to `oxigraph serve`.
"""

import argparse
import http.client
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, serialize

from benchmarks.generator import Generator
from loader import emit
from ontology import reference as reference_data
from ontology.terms import ONTOLOGY_FILE, PREFIXES, REFERENCE_FOLDER
from server.saved_query import read_folder
from server.settings import QUERIES_FOLDER
from server.store.releases import Releases

JSON = "application/sparql-results+json"
HELLO = """import sys
from flask import Flask
from waitress import serve
app = Flask(__name__)
app.add_url_rule("/sparql", "hello", lambda: "hello", methods=["GET", "POST"])
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=64)
"""
RDFLIB = """import sys
import uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
data = Dataset(default_union=False)
data.default_graph.parse(sys.argv[2], format="nt")
uvicorn.run(SparqlEndpoint(graph=data, path="/sparql"), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""
DECLARED = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
SIZES = {  # queries by what they take the engine: well below 1 ms, some ms, tens of ms, many rows
    "lookup": "SELECT ?p ?o WHERE { state:russia ?p ?o }",
    "some ms": "SELECT ?kind (COUNT(?s) AS ?n) WHERE { ?s ac:speaker state:russia ; a ?kind } GROUP BY ?kind",
    "tens of ms": "SELECT ?who (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s ac:speaker ?who ; ac:about ?event . "
    "?event ac:recipient ?state } GROUP BY ?who ORDER BY DESC(?n) LIMIT 10",
    "many rows": "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 20000",
}


@dataclass(frozen=True)
class Served:
    """A server to ask: its name, the address of its endpoint, and whether it takes our queries."""

    name: str
    address: str
    sparql: bool = True


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each server, query and number of clients")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--saved", action="store_true", help="ask the saved queries too")
    given = parser.parse_args()
    queries = {name: DECLARED + text for name, text in SIZES.items()}
    if given.saved:
        queries |= {name: query.text for name, query in read_folder(QUERIES_FOLDER).items() if not query.needs_service}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        triples = dataset(folder, given.articles)
        print(f"{given.articles} articles, {triples:,} triples in the default graph; {os.cpu_count()} processors")
        servers = [stack.enter_context(server) for server in servers_of(folder)]
        print(table(servers, queries, given.clients, given.seconds, given.rounds))


def dataset(folder: Path, articles: int) -> int:
    """Write a plain release, a store of Oxigraph's and a file of N-Triples with the same triples; return how many."""
    reference = reference_data.read()
    lines = folder / "data.nt"
    with lines.open("wb") as out:
        for extraction in Generator().extractions(articles):
            serialize((quad.triple for quad in emit.quads(extraction, reference)), out, RdfFormat.N_TRIPLES)
    store = Store(str(folder / "oxigraph"))
    store.bulk_load(path=str(lines), format=RdfFormat.N_TRIPLES)
    for path in (ONTOLOGY_FILE, *sorted(REFERENCE_FOLDER.glob("*.ttl"))):
        store.bulk_load(path=str(path), format=RdfFormat.TURTLE)
    store.flush()
    count = len(store)
    store.dump(output=str(lines), format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())

    def fill(release: Store) -> None:
        release.bulk_extend(Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in store)

    Releases(folder / "data").edit(fill, plain=True)
    return count


def servers_of(folder: Path) -> Iterator["ExitStack"]:
    """Return the servers that can be started here, one after the other."""
    plain = [
        "--data",
        folder / "data",
        "--default-graph",
        "plain",
        "--client-seconds",
        "0",
        "--client-connections",
        "0",
    ]
    ours = [sys.executable, "-m", "armsclaims.cli", "serve", *plain, "--log-level", "WARNING"]
    yield served("armsclaims", [*ours, "--cache-bytes", "0", "--port"])
    yield served("armsclaims, cached", [*ours, "--port"])
    yield served("hello", [sys.executable, "-c", HELLO], sparql=False)
    oxigraph = shutil.which("oxigraph", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if oxigraph:
        yield served(
            "oxigraph serve", [oxigraph, "serve-read-only", "--location", folder / "oxigraph", "--bind"], "/query"
        )
    try:
        import rdflib_endpoint  # noqa: F401
    except ImportError:
        print("rdflib-endpoint is not installed (the extra bench): left out", file=sys.stderr)
    else:
        yield served("rdflib-endpoint", [sys.executable, "-c", RDFLIB, "PORT", folder / "data.nt"])


@contextmanager
def served(name: str, command: Sequence[str | Path], path: str = "/sparql", sparql: bool = True) -> Iterator[Served]:
    """Run a server for as long as the block; its port comes where PORT stands, else last."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = str(one.getsockname()[1])
    if "PORT" in command:
        full = [port if part == "PORT" else part for part in command]
    else:
        full = [*command, f"127.0.0.1:{port}" if command[-1] == "--bind" else port]
    with subprocess.Popen(full, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}{path}"
            for _ in range(1200):
                if process.poll() is not None:
                    raise SystemExit(f"{name} ended with {process.returncode}")
                if _answers(address):
                    break
                time.sleep(0.1)
            yield Served(name, address, sparql)
        finally:
            process.terminate()


def table(
    servers: Sequence[Served], queries: dict[str, str], clients: Sequence[int], seconds: float, rounds: int
) -> str:
    """Ask everything in turns and return the results as Markdown."""
    lines = ["| query | clients | " + " | ".join(server.name for server in servers) + " |"]
    lines.append("|---" * (len(servers) + 2) + "|")
    for name, query in queries.items():
        for number in clients:
            rates: dict[str, list[float]] = {server.name: [] for server in servers}
            for _ in range(rounds):
                for server in servers:
                    rates[server.name].append(rate(server, query, number, seconds))
            medians = {server: statistics.median(found) for server, found in rates.items()}
            base = medians.get("oxigraph serve", 0.0)
            cells = [f"{value:,.0f}/s" + (f" ({value / base:.2f})" if base else "") for value in medians.values()]
            lines.append(f"| {name} | {number} | " + " | ".join(cells) + " |")
            print(lines[-1], file=sys.stderr)
    return "\n".join(lines)


def rate(server: Served, query: str, clients: int, seconds: float) -> float:
    """Return how many queries a server answers in a second with so many clients, each waiting for its answer."""
    processes = min(clients, 2)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        shares = [
            (server.address, query, clients // processes + (n < clients % processes), seconds) for n in range(processes)
        ]
        return sum(pool.starmap(_ask_for, shares)) / seconds


def _ask_for(address: str, query: str, clients: int, seconds: float) -> int:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(clients) as threads:
        return sum(threads.map(lambda _: _client(address, query, seconds), range(clients)))


def _client(address: str, query: str, seconds: float) -> int:
    parts = urlsplit(address)
    body = urlencode({"query": query})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": JSON}
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
    answered, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{address} answered {answer.status}")
        answered += 1
    connection.close()
    return answered


def _answers(address: str) -> bool:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    try:
        connection.request("GET", f"{parts.path}?{urlencode({'query': 'ASK {}'})}", headers={"Accept": JSON})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
