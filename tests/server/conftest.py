"""The small dataset as a release, an app on it with the embedded engine, and the saved queries of the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from harness import CHROMIUM, publish, serving
from playwright.sync_api import Browser, sync_playwright

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.store.releases import Release, Releases

DATA = Path(__file__).parent / "data"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


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


@pytest.fixture(scope="module")
def address(flares: Path, engine: EmbeddedEngine) -> Iterator[str]:
    """The address of a server of the app, for a browser."""
    with serving(create_app(Settings(data=flares, queries=DATA / "queries"), engine)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium that calls nobody of itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()
