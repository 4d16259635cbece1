"""Real SPARQL servers to push to and to serve from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers import oxigraph, virtuoso

from server.store.pushing import GraphStore, push
from server.store.releases import Releases

ROWS = 30_000  # more than the triples of a graph, fewer than those of a cross product


@dataclass(frozen=True)
class Target:
    """Another server: its name, its endpoint, its graphs, and the file with user and password."""

    name: str
    endpoint: str
    graphs: str
    login: Path | None = None

    def push(self, data: Path) -> str:
        """Push the current release of a data folder; return what was done in words."""
        return str(push(Releases(data).require_current(), GraphStore(self.graphs, self.login)))


@contextmanager
def started(name: str, folder: Path) -> Iterator[Target]:
    """Start a server in an empty folder."""
    if name == "oxigraph":
        with oxigraph(folder, writable=True, union=True) as address:
            yield Target(name, f"{address}/query", f"{address}/store")
        return
    with virtuoso(folder, rows=ROWS) as server:
        login = folder / "login"
        login.write_text(f"{server.user}:{server.password}\n", "utf-8")
        yield Target(name, server.endpoint, server.graphs, login)
