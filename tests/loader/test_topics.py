"""The topic files by the sentences beside each (docs/new-topic.md); those on arms are in test_extraction.py."""

from datetime import date
from typing import Any

import pytest
import yaml

from loader import lexicons
from loader.extraction import extract
from loader.records import Article
from ontology import reference, terms

SHIPPED = {
    "arms": "arms transfers",
    "meetings": "meetings and visits",
    "technology": "military technology",
    "sanctions": "sanctions",
    "exercises": "joint exercises and launches",
}
TUESDAY = date(2024, 10, 1)


def cases() -> list[Any]:
    """Each sentence of each file of tests, named after the file and its construction."""
    files = sorted(lexicons.FOLDER.glob("topics/*.tests.yaml"))
    return [
        pytest.param(case, id=f"{path.stem.removesuffix('.tests')}: {case['construction']}")
        for path in files
        if path.stem != "arms.tests"
        for case in yaml.safe_load(path.read_text("utf-8"))
    ]


def told(text: str) -> list[str]:
    """Each statement of the text: kind, speaker or "-", and the label of what it is about."""
    article = Article(
        "t", f"{terms.ID}article/t/t", f"{terms.ARTICLE_GRAPHS}t/t", "t.txt", text, "0", published=TUESDAY
    )
    found = extract(article, reference.read())
    names = {one.iri: one.label for one in (*found.actors, *found.meetings, *found.transfers, *found.events)}
    return sorted(
        f"{one.kind} | {names.get(one.speaker or '', '-')} | {names.get(one.about or '', '-')}"
        for one in found.statements
    )


@pytest.mark.parametrize("case", cases())
def test_what_the_sentences_beside_a_topic_file_say(case: dict[str, Any]) -> None:
    assert told(case["text"]) == sorted(case["claims"])


def test_the_topics_that_are_shipped() -> None:
    titles = {name: lexicons.read(f"topics/{name}").get("title") for name in SHIPPED}
    assert titles == SHIPPED


def test_a_topic_that_extends_another_adds_to_it() -> None:
    assert "knowhow" in lexicons.read("topics/arms")["goods"]["technology"].split()
    assert lexicons.read("topics/arms")["title"] == "arms transfers"
