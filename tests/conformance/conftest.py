"""The W3C suites, and one server for all protocol tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import PlainServer


@pytest.fixture(scope="session")
def suites(shared: Path) -> Path:
    """The folder of the W3C test suites."""
    folder = shared / "suites" / "w3c-sparql"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing: the W3C SPARQL test suites")
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainServer]:
    """A server of an empty plain dataset."""
    server = PlainServer(tmp_path_factory.mktemp("plain"))
    yield server
    server.stop()
