"""The small dataset as a release, an app on it with the embedded engine, and the saved queries of the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from harness import publish

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.releases import Release, Releases

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def flares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the small dataset in one release."""
    folder = tmp_path_factory.mktemp("flares")
    publish(folder)
    return folder


@pytest.fixture(scope="session")
def release(flares: Path) -> Release:
    """The release of the small dataset."""
    current = Releases(flares).current()
    assert current is not None
    return current


@pytest.fixture(scope="session")
def engine(flares: Path) -> Iterator[EmbeddedEngine]:
    """The embedded engine on it, with two workers."""
    with EmbeddedEngine(flares, workers=2) as engine:
        yield engine


@pytest.fixture
def app(flares: Path, engine: EmbeddedEngine) -> Flask:
    """The app on it, with the saved queries of the tests."""
    return create_app(Settings(data=flares, queries=DATA / "queries"), engine)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the app."""
    return app.test_client()
