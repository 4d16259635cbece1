"""The seeds' release in real SPARQL servers, engines on them, and apps that serve from them and from the release."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from servers import oxigraph, virtuoso

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.pushing import GraphStore, push
from server.store.releases import Releases
from server.store.remote import RemoteEngine

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


@pytest.fixture(scope="session", params=["oxigraph", "virtuoso"])
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, seed_data: Path
) -> Iterator[Target]:
    """Each of the servers, with the seeds' release."""
    with started(request.param, tmp_path_factory.mktemp(request.param)) as server:
        assert server.push(seed_data) == "8 graphs written, 0 removed, 0 unchanged"
        yield server


@pytest.fixture(scope="session")
def remote(target: Target) -> Iterator[RemoteEngine]:
    """The engine on that server."""
    with RemoteEngine(target.endpoint, workers=2) as engine:
        yield engine


@pytest.fixture(scope="session")
def embedded(seed_data: Path) -> Iterator[EmbeddedEngine]:
    """The embedded engine on the same release."""
    with EmbeddedEngine(seed_data, workers=2) as engine:
        yield engine


@pytest.fixture(scope="session")
def there(target: Target, remote: RemoteEngine, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of an app that serves from the other server, with a data folder that holds no release."""
    settings = Settings(data=tmp_path_factory.mktemp("mirrored"), engine=target.endpoint, max_rows=20_000)
    return create_app(settings, remote).test_client()


@pytest.fixture(scope="session")
def here(seed_data: Path, embedded: EmbeddedEngine) -> FlaskClient:
    """A client of an app that serves the release itself."""
    return create_app(Settings(data=seed_data), embedded).test_client()
