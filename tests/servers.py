"""Other SPARQL servers for tests, each a real process on a port of its own: Oxigraph's own server and Virtuoso."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from benchmarks.processes import end
from benchmarks.virtuoso import COMMAND, configure, free_port

STARTED = 120.0  # seconds that a server may take to answer


@dataclass(frozen=True)
class Virtuoso:
    """A Virtuoso: the addresses of its SPARQL endpoint and of the one that authenticates, and its SQL port."""

    endpoint: str
    updates: str
    port: int
    folder: Path
    user: str = "dba"
    password: str = "dba"

    @property
    def graphs(self) -> str:
        """The address of its graphs (Graph Store Protocol), for whom it knows."""
        return f"{self.endpoint}-graph-crud-auth"

    def sql(self, text: str) -> str:
        """Run SQL through isql and return what it prints."""
        command = ["isql-vt", f"127.0.0.1:{self.port}", self.user, self.password, f"exec={text}"]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


@contextmanager
def oxigraph(
    folder: Path, data: Path | None = None, *, writable: bool = False, union: bool = False, port: int | None = None
) -> Iterator[str]:
    """Serve a folder with Oxigraph's own server; yield its address without a path.

    :param union: whether its default graph is the union of the named ones.
    """
    program = shutil.which("oxigraph", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert program, "the package oxigraph is among those for development"
    if data:
        subprocess.run([program, "load", "--location", folder, "--file", data], check=True, capture_output=True)
    address = f"127.0.0.1:{port or free_port()}"
    command = [program, "serve" if writable else "serve-read-only", "--location", folder, "--bind", address]
    with running([*command, *(["--union-default-graph"] if union else [])], f"http://{address}/query"):
        yield f"http://{address}"


@contextmanager
def virtuoso(folder: Path, *, rows: int = 1_000_000) -> Iterator[Virtuoso]:
    """Start a Virtuoso in an empty folder, or again in one where one was, on the same ports.

    The test is skipped where the machine has none.

    :param rows: how many it gives at most.
    """
    if not shutil.which("virtuoso-t") or not shutil.which("isql-vt"):
        pytest.skip("Virtuoso is missing (Debian: apt-get install virtuoso-opensource-7)")
    if not (folder / "virtuoso.ini").exists():
        configure(folder, folder, buffers=20_000, threads=20, rows=rows, query_threads=1)
    configuration = ConfigParser()
    configuration.read(folder / "virtuoso.ini", "utf-8")
    address = f"http://{configuration['HTTPServer']['ServerPort']}"
    port = int(configuration["Parameters"]["ServerPort"].rpartition(":")[2])
    with running([*COMMAND], f"{address}/sparql", cwd=folder):
        yield Virtuoso(f"{address}/sparql", f"{address}/sparql-auth", port, folder)


@contextmanager
def claims(data: Path, *options: str | Path) -> Iterator[str]:
    """Serve a data folder with `armsclaims serve`; yield its address without a path."""
    port = free_port()
    command = [sys.executable, "-m", "armsclaims.cli", "serve", "--data", data, "--port", str(port), *options]
    with running(command, f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running(command: list[str | Path], answers_at: str, cwd: Path | None = None) -> Iterator[None]:
    """Run a server within the block, from when it answers."""
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + STARTED
            while not answers(answers_at):
                assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
                assert time.monotonic() < deadline, f"{command[0]} does not answer"
                time.sleep(0.1)
            yield
        finally:
            end(process)


def answers(address: str) -> bool:
    """Tell whether somebody answers there, whatever it is."""
    try:
        with urlopen(address, timeout=5):
            return True
    except HTTPError:
        return True
    except (URLError, ConnectionError, TimeoutError):
        return False
