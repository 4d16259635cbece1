"""The seeds' release in real SPARQL servers, engines on them, and apps that serve from them and from the release."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from targets import NAMES, Target, started

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.mirror import Mirror
from server.store.remote import RemoteEngine


@pytest.fixture(scope="session", params=NAMES)
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
    Mirror(settings.data, remote).release(patience=300)  # search asks for it, and is told to come back while it comes
    return create_app(settings, remote).test_client()


@pytest.fixture(scope="session")
def here(seed_data: Path, embedded: EmbeddedEngine) -> FlaskClient:
    """A client of an app that serves the release itself."""
    return create_app(Settings(data=seed_data), embedded).test_client()
