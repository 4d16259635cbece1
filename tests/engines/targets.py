"""Real SPARQL servers to push to and to serve from."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from servers import oxigraph, virtuoso

from server.store.pushing import GraphStore, push
from server.store.releases import Releases

NAMES = os.environ.get("ARMSCLAIMS_ENGINES", "oxigraph virtuoso").split()
# Virtuoso's own graphs are nobody's business (docs/engines.md).
HIDDEN = (
    "DB.DBA.RDF_DEFAULT_USER_PERMS_SET ('nobody', 0, 1)",
    "DB.DBA.RDF_GRAPH_GROUP_CREATE ('http://www.openlinksw.com/schemas/virtrdf#PrivateGraphs', 1)",
    *(
        f"DB.DBA.RDF_GRAPH_GROUP_INS ('http://www.openlinksw.com/schemas/virtrdf#PrivateGraphs', '{graph}')"
        for graph in (
            "http://www.openlinksw.com/schemas/virtrdf#",
            "http://localuriqaserver/sparql",
            "http://www.w3.org/ns/ldp#",
        )
    ),
)
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
def started(name: str, folder: Path, before: Target | None = None) -> Iterator[Target]:
    """Start a server in an empty folder, or once more where `before` was, with its graphs and its addresses."""
    if name == "oxigraph":
        port = before and urlsplit(before.endpoint).port
        with oxigraph(folder, writable=True, union=True, port=port) as address:
            yield Target(name, f"{address}/query", f"{address}/store")
        return
    with virtuoso(folder, rows=ROWS) as server:
        login = folder / "login"
        if not before:
            login.write_text(f"{server.user}:{server.password}\n", "utf-8")
            for statement in HIDDEN:
                server.sql(statement)
        yield Target(name, server.endpoint, server.graphs, login)
