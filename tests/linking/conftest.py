"""A real SPARQL server with an excerpt in Wikidata's model: Oxigraph's own."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

EXCERPT = Path(__file__).parent / "wikidata.ttl"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def wikidata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the stand-in for Wikidata's query service."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    assert program, "the package oxigraph is among those for development"
    folder, port = tmp_path_factory.mktemp("wikidata"), free_port()
    subprocess.run([program, "load", "--location", folder, "--file", EXCERPT], check=True, capture_output=True)
    command = [program, "serve-read-only", "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}/query"
            for _ in range(600):
                if answers(address):
                    break
                time.sleep(0.05)
            yield address
        finally:
            process.terminate()


def answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5):
            return True
    except HTTPError:  # it wants a query
        return True
    except (URLError, ConnectionError):
        return False
