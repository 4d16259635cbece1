"""The servers that are measured beside each other on the same data, each with all its processes' time and memory."""

import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks import virtuoso as virtuoso_server
from benchmarks.clients import JSON
from benchmarks.processes import end
from benchmarks.virtuoso import free_port

OURS, CACHED, HELLO, OXIGRAPH = "armsclaims", "armsclaims, cached", "hello", "oxigraph serve"
RDFLIB, VIRTUOSO = "rdflib-endpoint", "virtuoso"
STARTED = 120.0  # seconds that a server may take to answer
QUIET = 0.1  # of a processor: a server that uses less has done what it does after a start
HELLO_APP = """import sys
from flask import Flask
from waitress import serve
app = Flask(__name__)
app.add_url_rule("/sparql", "hello", lambda: "hello", methods=["GET", "POST"])
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=64)
"""
RDFLIB_APP = """import sys
import uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
data = Dataset(default_union=False)
data.default_graph.parse(sys.argv[2], format="nt")
uvicorn.run(SparqlEndpoint(graph=data, path="/sparql"), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""


@dataclass(frozen=True)
class Served:
    """A server to ask: its name, the address of its endpoint, its process, and the seconds that its start took.

    `first` is what the first query took after that.
    """

    name: str
    address: str
    pid: int
    start: float
    first: float

    def processes(self) -> list[int]:
        """Return its process and those that stem from it."""
        parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
        found = [self.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def processor_seconds(self) -> float:
        """Return the processor time of all of them, those that have ended included."""
        ticks = 0
        for pid in self.processes():
            with suppress(OSError):
                ticks += sum(map(int, _fields(Path(f"/proc/{pid}"))[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Return the bytes of memory that all of them hold, what they share counted once."""
        kilobytes = 0
        for pid in self.processes():
            with suppress(OSError, StopIteration):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                kilobytes += int(next(line for line in lines if line.startswith("Pss:")).split()[1])
        return kilobytes * 1024

    def wait_until_quiet(self) -> None:
        """Wait till it has done what it does after a start."""
        end = time.monotonic() + STARTED
        while time.monotonic() < end:
            before = self.processor_seconds()
            time.sleep(1)
            if self.processor_seconds() - before < QUIET:
                return


def _fields(process: Path) -> list[str]:
    return (process / "stat").read_text().rpartition(")")[2].split()


def _parent(process: Path) -> int:
    with suppress(OSError):
        return int(_fields(process)[1])
    return 0


def servers(folder: Path, *, whole: bool = False) -> Iterator[AbstractContextManager[Served]]:
    """Yield the servers that can be started here, one after the other, and say which cannot.

    :param folder: what `benchmarks.endpoint.dataset` wrote.
    :param whole: whether ours gives answers of any length.
    """
    plain: list[str | Path] = ["--data", folder / "data", "--default-graph", "plain", "--log-level", "WARNING"]
    free = ["--client-seconds", "0", "--client-connections", "0"]
    ours: list[str | Path] = [sys.executable, "-m", "armsclaims.cli", "serve", *plain, *free]
    if whole:
        ours += ["--max-rows", "0", "--max-bytes", "0"]
    yield served(OURS, [*ours, "--cache-bytes", "0", "--port"])
    if not whole:
        yield served(CACHED, [*ours, "--port"])
        yield served(HELLO, [sys.executable, "-c", HELLO_APP])
    oxigraph = shutil.which("oxigraph", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if oxigraph:
        yield served(OXIGRAPH, [oxigraph, "serve-read-only", "--location", folder / "oxigraph", "--bind"], "/query")
    else:
        print("oxigraph is not installed (the extra bench): left out", file=sys.stderr)
    if shutil.which("virtuoso-t") and shutil.which("isql-vt"):
        yield _virtuoso(folder)
    else:
        print("Virtuoso is missing (Debian: apt-get install virtuoso-opensource-7): left out", file=sys.stderr)
    try:
        import rdflib_endpoint  # noqa: F401
    except ImportError:
        print("rdflib-endpoint is not installed (the extra bench): left out", file=sys.stderr)
    else:
        yield served(RDFLIB, [sys.executable, "-c", RDFLIB_APP, "PORT", folder / "data.nt"])


@contextmanager
def served(
    name: str, command: Sequence[str | Path], path: str = "/sparql", port: int | None = None, cwd: Path | None = None
) -> Iterator[Served]:
    """Run a server for as long as the block; its port comes where PORT stands, else last."""
    number = str(port or free_port())
    if port is not None:
        full = list(command)
    elif "PORT" in command:
        full = [number if part == "PORT" else part for part in command]
    else:
        full = [*command, f"127.0.0.1:{number}" if command[-1] == "--bind" else number]
    began = time.monotonic()
    with subprocess.Popen(full, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{number}{path}"
            while (first := _answers(address)) is None:
                if process.poll() is not None or time.monotonic() > began + STARTED:
                    raise SystemExit(f"{name} does not answer; it ended with {process.poll()}")
                time.sleep(0.01)
            yield Served(name, address, process.pid, time.monotonic() - began, first)
        finally:
            end(process)


@contextmanager
def _virtuoso(folder: Path) -> Iterator[Served]:
    """Run a Virtuoso on the data, loaded by its own bulk loader."""
    home = folder / f"virtuoso-{free_port()}"
    home.mkdir()
    port, sql = virtuoso_server.configure(home, folder, buffers=50_000, threads=64, rows=2_000_000, query_threads=16)
    with served(VIRTUOSO, virtuoso_server.COMMAND, port=port, cwd=home) as server:
        load = f"ld_dir('{folder}', 'data.nt', 'urn:benchmark'); rdf_loader_run(); checkpoint;"
        isql = ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={load}"]
        subprocess.run(isql, check=True, stdout=subprocess.DEVNULL, timeout=600)
        yield server
    shutil.rmtree(home)


def _answers(address: str) -> float | None:
    """Return the seconds that a query took; None where nobody answers."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    began = time.monotonic()
    try:
        connection.request("GET", f"{parts.path}?{urlencode({'query': 'ASK {}'})}", headers={"Accept": JSON})
        return time.monotonic() - began if connection.getresponse().status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
