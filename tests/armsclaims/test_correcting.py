"""Corrections from end to end: the example of docs/corrections.md, loaded, asked for, withdrawn."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyoxigraph import NamedNode, Store

from armsclaims.cli import main
from ontology.terms import AC, RETRACTED_GRAPH
from server.store.releases import Releases

PREFIXES = "PREFIX ac: <https://w3id.org/armsclaims/ontology#> PREFIX prov: <http://www.w3.org/ns/prov#>"


@pytest.fixture(scope="module")
def example(root: Path) -> dict[str, str]:
    """The code blocks of the page, by language."""
    page = (root / "docs" / "corrections.md").read_text("utf-8")
    return dict(re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL))


def load(folder: Path, data: Path) -> Result:
    return CliRunner().invoke(main, ["load", str(folder), "--data", str(data)])


def store_of(data: Path) -> Store:
    return Releases(data).require_current().open()


def rows(store: Store, query: str) -> list[tuple[str, ...]]:
    return sorted(tuple(term.value for term in row) for row in store.query(query))


def test_the_example_of_the_page_is_applied_and_asked_for(example: dict[str, str], tmp_path: Path) -> None:
    articles, data = tmp_path / "articles", tmp_path / "data"
    articles.mkdir()
    (articles / "harbour.txt").write_text(example["text"], "utf-8")
    (articles / "harbour.corrections.md").write_text(example["markdown"], "utf-8")
    loaded = load(articles, data)
    assert (loaded.exit_code, "corrections not applied" in loaded.output) == (0, False), loaded.output
    store = store_of(data)
    status = (
        PREFIXES
        + "SELECT ?kind ?status { ?s a ?kind ; ac:reviewStatus ?status ; ac:quote ?q FILTER(CONTAINS(?q, %s)) }"
    )
    assert rows(store, status % '"7,000"') == [(AC.Allegation.value, AC.ReviewCorrected.value)]
    assert rows(store, status % '"Russia denied"') == [(AC.Denial.value, AC.ReviewConfirmed.value)]
    assert (AC.Warning.value, AC.ReviewConfirmed.value) in rows(store, status % '"no comment on"')
    assert rows(store, example["sparql"]) == [
        (
            example["text"].split("\n")[0],
            "the foreign desk",
            "2024-06-20",
            "The minister called it likely; Monday was the 10th.",
        )
    ]
    revised = PREFIXES + "SELECT ?new ?old { GRAPH ?g { ?new prov:wasRevisionOf ?old } }"
    ((new, old),) = rows(store, revised)
    assert (NamedNode(new), AC.certainty, AC.CertaintyProbable) in {
        (q.subject, q.predicate, q.object) for q in store.quads_for_pattern(NamedNode(new), None, None)
    }
    assert {q.graph_name for q in store.quads_for_pattern(NamedNode(old), None, None)} == {RETRACTED_GRAPH}

    # What is withdrawn leaves no trace, and what has not changed costs nothing.
    before = Releases(data).require_current().id
    assert "1 unchanged" in load(articles, data).output
    assert Releases(data).require_current().id == before
    (articles / "harbour.corrections.md").unlink()
    assert load(articles, data).exit_code == 0
    store = store_of(data)
    assert list(store.quads_for_pattern(None, None, None, RETRACTED_GRAPH)) == []
    assert list(store.quads_for_pattern(None, AC.review, None)) == []
    assert rows(store, status % '"7,000"') == [(AC.Allegation.value, AC.ReviewMachine.value)]


def test_one_that_does_not_fit_is_told_at_every_load_and_the_rest_is_applied(
    example: dict[str, str], tmp_path: Path
) -> None:
    articles, data = tmp_path / "articles", tmp_path / "data"
    articles.mkdir()
    (articles / "harbour.txt").write_text(example["text"], "utf-8")
    decided = example["markdown"].replace("quote: Russia denied that", "quote: Russia agreed that")
    (articles / "harbour.corrections.md").write_text(decided, "utf-8")
    for number in range(2):
        loaded = load(articles, data)
        assert loaded.exit_code == 1
        assert (
            f"? {articles / 'harbour.txt'}: correction 1 (confirm Denial “Russia agreed that”) quotes what the"
            in loaded.output
        )
        assert "1 corrections not applied" in loaded.output
        assert ("published: " in loaded.output) == (number == 0)
    assert (
        len(list(store_of(data).quads_for_pattern(None, AC.reviewStatus, AC.ReviewCorrected))) == 2
    )  # default graph too
    extracted = CliRunner().invoke(main, ["extract", str(articles)])
    assert extracted.exit_code == 1
    assert "Russia agreed that" in extracted.output
