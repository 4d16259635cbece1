"""What the pages take from npm: versions and digests in one file, licences that go with ours, no ways to run text."""

import gzip
import json
import re
from pathlib import Path

import pytest

LICENCES = {"MIT", "ISC", "BSD-3-Clause", "Apache-2.0", "(MPL-2.0 OR Apache-2.0)"}
SAFE_FROM = {"@zazuko/yasgui-utils": (4, 6, 2), "dompurify": (3, 1, 3)}  # GHSA-c2j3-45gr-mqc4, CVE-2024-45801
ELSEWHERE = ("unpkg.com", "jsdelivr", "cdnjs", "googleapis")
CALLS_OUT = {"prefixes", "class", "property"}  # completers of the editor that ask prefix.cc and lov.linkeddata.es
RUNS_TEXT = re.compile(r"\beval\(|\bnew Function\b|\.(?:inner|outer)HTML\s*=|insertAdjacentHTML|document\.write")


@pytest.fixture(scope="module")
def shipped(root: Path) -> dict[str, dict[str, object]]:
    """The packages that come to the pages, by name, as the lock has them."""
    packages = json.loads((root / "server/editor/package-lock.json").read_text("utf-8"))["packages"]
    return {path.removeprefix("node_modules/"): one for path, one in packages.items() if path and not one.get("dev")}


def test_versions_are_pinned_with_digests_and_their_licences_go_with_ours(
    root: Path, shipped: dict[str, dict[str, object]]
) -> None:
    package = json.loads((root / "server/editor/package.json").read_text("utf-8"))
    asked = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())
    for name, one in shipped.items():
        assert str(one["integrity"]).startswith("sha512-"), name
        assert one["license"] in LICENCES, name
    for name, least in SAFE_FROM.items():
        assert tuple(map(int, str(shipped[name]["version"]).split("."))) >= least, name


def test_what_is_built_is_what_the_lock_says(root: Path, shipped: dict[str, dict[str, object]]) -> None:
    vendor = root / "server/static/vendor"
    if not (vendor / "yasqe.min.js").exists():
        pytest.skip("the editor is not built: make pages")
    licences = (vendor / "LICENSES.txt").read_text("utf-8")
    for name, one in shipped.items():
        assert f"{name} {one['version']} ({one['license']})\n" in licences
    text = "".join(path.read_text("utf-8") for path in vendor.glob("*.js"))
    assert [host for host in ELSEWHERE if host in text] == []


def test_what_draws_is_small_and_names_its_licences(root: Path) -> None:
    vendor = root / "server/static/vendor"
    if not (vendor / "d3.min.js").exists():
        pytest.skip("what draws is not built: make pages")
    code = (vendor / "d3.min.js").read_bytes()
    assert len(gzip.compress(code, 5, mtime=0)) < 45_000
    assert b"LICENSES.txt" in code.partition(b"\n")[0]
    land = json.loads((vendor / "land.json").read_text("utf-8"))
    assert land["type"] == "Topology"
    assert list(land["objects"]) == ["land"]
    assert {path.name for path in vendor.iterdir()} - {".built"} == {
        *("LICENSES.txt", "d3.min.js", "land.json", "yasqe.min.css", "yasqe.min.js"),
    }


def test_all_of_d3_that_is_called_is_in_the_bundle(root: Path) -> None:
    called = set(re.findall(r"\bd3\.(\w+)", (root / "server/static/charts.js").read_text("utf-8")))
    bundled = re.findall(r"export \{ (.*?) \}", (root / "server/editor/d3.js").read_text("utf-8"))
    assert called == {name for names in bundled for name in names.split(", ")}


def test_the_editor_has_no_completer_that_calls_out(root: Path) -> None:
    found = re.search(
        r"Yasqe\.defaults\.autocompleters = (\[.*?\])", (root / "server/static/editor.js").read_text("utf-8")
    )
    assert found
    completers = set(json.loads(found[1]))
    assert completers
    assert not completers & CALLS_OUT


def test_our_scripts_make_nodes_and_never_run_text(root: Path) -> None:
    scripts = list((root / "server/static").glob("*.js"))
    assert scripts
    assert [path.name for path in scripts if RUNS_TEXT.search(path.read_text("utf-8"))] == []
