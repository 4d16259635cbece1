"""A base of one's own: every IRI of a resource and a graph has it, pages and queries work as ever, and it stays."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

BASE = "https://example.org/claims/"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(root: Path) -> Run:
    """Call the command in a process of its own: the base is that of a process."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "armsclaims.cli", *arguments],
            cwd=root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.fixture(scope="module")
def data(run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The seeds, loaded with a base of one's own."""
    folder = str(tmp_path_factory.mktemp("based"))
    done = run("load", "seeds", "--data", folder, "--base", BASE.rstrip("/"))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(root: Path, data: str) -> Iterator[str]:
    """The address of a server of them."""
    command = [sys.executable, "-m", "armsclaims.cli", "serve", "--data", data, "--port", "0", "--workers", "2"]
    environment = {**os.environ, "ARMSCLAIMS_BASE": BASE}
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, process.stderr.read() if process.stderr else ""
        yield found[0]
        process.send_signal(signal.SIGTERM)


def get(address: str, accept: str = "text/html") -> tuple[str, str]:
    """Return the address that answers, after redirects, and what it says."""
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.url, response.read().decode()


def test_no_resource_and_no_graph_has_another_base(run: Run, data: str) -> None:
    dumped = run("dump", "nq", "--data", data, "--base", BASE, "-o", "-").stdout
    assert "https://w3id.org/armsclaims/id/" not in dumped
    assert "https://w3id.org/armsclaims/graph/" not in dumped
    assert f"<{BASE}id/person/vladimir-putin> <https://w3id.org/armsclaims/ontology#ofState>" in dumped
    assert f"<{BASE}graph/article/justunicorns-news/" in dumped


def test_pages_lead_to_pages_of_the_same_host(address: str) -> None:
    _, front = get(address)
    assert "https://w3id.org/armsclaims/id/" not in front
    place, page = get(f"{address}/id/person/vladimir-putin")
    assert place == f"{address}/page/person/vladimir-putin"
    assert f"{BASE}id/person/vladimir-putin" in page
    assert 'href="/page/state/russia"' in page
    assert 'href="/ontology#Person"' in page
    for link in sorted(set(re.findall(r'href="(/page/[^"]+)"', front)))[:5]:
        assert get(address + link)[0] == address + link


def test_saved_queries_and_their_parameters_work(address: str, run: Run, data: str) -> None:
    for value in ("state:russia", f"{BASE}id/state/russia"):
        _, table = get(f"{address}/queries/allegations-by-speaker?onlyRecipient={quote(value)}&format=csv", "text/csv")
        assert "North Korea" in table
    _, answer = get(f"{address}/sparql?query=" + quote("SELECT ?l { state:russia rdfs:label ?l }"), "text/csv")
    assert answer == "l\r\nRussia\r\n"


def test_a_data_folder_keeps_its_base(run: Run, data: str) -> None:
    for command in (["load", "seeds"], ["serve", "--check"], ["releases", "list"], ["query", "quantities"]):
        done = run(*command, "--data", data)
        assert done.returncode == 1
        assert f"has the base {BASE}, not https://w3id.org/armsclaims/: set ARMSCLAIMS_BASE={BASE}" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "base", ["claims", "ftp://example.org/", "https://example.org/a#b", "https://example.org/a b/"]
)
def test_what_is_no_base_is_told_in_one_line(run: Run, tmp_path: Path, base: str) -> None:
    for done, name in (
        (run("load", "seeds", "--data", str(tmp_path), "--base", base), "--base"),
        (run("serve", "--data", str(tmp_path), ARMSCLAIMS_BASE=base), "ARMSCLAIMS_BASE"),
    ):
        assert done.returncode == 1
        assert done.stderr == (
            f"Error: {name} is {base!r}, but must be an address such as https://example.org/claims/, without ? and #.\n"
        )
