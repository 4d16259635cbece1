"""The Python API: a release as an rdflib Dataset, and the example of the documentation."""

import re
from pathlib import Path

import pytest
from rdflib import Dataset, URIRef

import armsclaims
from server.store.errors import StoreError
from server.store.releases import Releases


def test_the_current_release_opens_as_a_dataset(seed_data: Path) -> None:
    dataset = armsclaims.open_release(seed_data)
    assert isinstance(dataset, Dataset)
    rows = dataset.query("SELECT ?name WHERE { state:north-korea rdfs:label ?name }")
    assert [str(row.name) for row in rows] == ["North Korea"]  # type: ignore[union-attr]


def test_the_default_graph_is_a_set_and_articles_are_named_graphs(seed_data: Path) -> None:
    dataset = armsclaims.open_release(seed_data)
    articles = Releases(seed_data).require_current().manifest.sources
    assert {graph.identifier for graph in dataset.graphs()} >= {URIRef(graph) for graph in articles}
    count = "SELECT (COUNT(*) AS ?n) WHERE { state:russia a ?class . FILTER(?class = ac:State) }"
    assert [int(row.n) for row in dataset.query(count)] == [1]  # type: ignore[union-attr,call-overload]


def test_a_release_is_read_only(seed_data: Path) -> None:
    dataset = armsclaims.open_release(seed_data)
    thing = URIRef("https://example.org/thing")
    with pytest.raises(RuntimeError):
        dataset.add((thing, thing, thing))


def test_an_unknown_release_is_an_error(seed_data: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no release 'nonsense'"):
        armsclaims.open_release(seed_data, "nonsense")
    with pytest.raises(StoreError, match="no release yet"):
        armsclaims.open_release(tmp_path)


def test_the_examples_of_the_documentation_run(
    root: Path, seed_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = (root / "docs" / "python-api.md").read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 2
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(seed_data)
    for example in examples:
        exec(example, {})
        printed = capsys.readouterr().out.splitlines()
        assert {line.partition(" — ")[0] for line in printed} == {"North Korea", "Russia"}
