"""The small dataset as a release, an app on it with an engine in this process, and the saved queries of the tests."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from harness import InProcess, publish

from server.app import create_app
from server.settings import Settings
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
    return Releases(flares).require_current()


@pytest.fixture
def engine(release: Release) -> InProcess:
    """An engine on it in this process."""
    return InProcess(release)


@pytest.fixture
def app(flares: Path, engine: InProcess) -> Flask:
    """The app on it, with the saved queries of the tests."""
    return create_app(Settings(data=flares, queries=DATA / "queries"), engine)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the app."""
    return app.test_client()
