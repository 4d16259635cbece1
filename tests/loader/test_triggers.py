"""Articles that cannot say anything are not parsed, and none that says something is among them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from benchmarks.generator import Generator
from loader import extraction, lexicons, parsing
from loader.gazetteer import Gazetteer
from loader.records import Article, Correction, Extraction, Review
from loader.triggers import Triggers
from ontology import reference, terms
from ontology.reference import Reference

DATA = Path(__file__).parent / "data"
SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def known() -> Reference:
    return reference.read()


@pytest.fixture(scope="module")
def triggers(known: Reference) -> Triggers:
    return Triggers(known, Gazetteer(known))


def article(text: str) -> Article:
    return Article(
        "x", f"{terms.ID}article/x", f"{terms.ARTICLE_GRAPHS}x", "x.txt", text, "0" * 64, published=date(2024, 1, 1)
    )


def made_up() -> Iterator[str]:
    yield from (values["text"] for values, said in Generator(7).articles(60) if not said)


def of_the_seeds() -> Iterator[str]:
    for path in sorted(SEEDS.glob("*.md")):
        body = path.read_text("utf-8").split("---\n", 2)[2]
        yield from (part for part in re.split(r"(?<=[.!?”])\s+", body) if len(part.split()) > 3)


@pytest.mark.parametrize("name", ["arms.tests", "announcements", "encounters", "chains", "withholding"])
def test_what_says_something_is_parsed(triggers: Triggers, name: str) -> None:
    folder = DATA if (DATA / f"{name}.yaml").exists() else lexicons.FOLDER / "topics"
    cases = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    texts = [case["text"] for case in cases if case.get("claims") or case.get("meetings")]
    assert [text for text in texts if not triggers.in_text(text)] == []


def test_what_is_not_parsed_says_nothing(triggers: Triggers, known: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    passed_over = [text for text in (*of_the_seeds(), *made_up()) if not triggers.in_text(text)]
    assert len(passed_over) > 30
    monkeypatch.setattr(Triggers, "in_text", lambda _self, _text: True)  # so that the parser reads them after all

    for text in passed_over:
        read = extraction.extract(article(text), known)
        assert (read.statements, read.meetings, read.transfers, read.events) == ((), (), (), ()), text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Iran has no word on it.", False),
        ("The council painted its hall.", False),
        ("Iran sent them missiles.", True),
        ("The rebels were being rearmed.", True),
        ("The F-16s are gone.", True),
        ("The two presidents of France and Chad met.", True),
        ("The two sisters met.", False),
        ("He is in Moscow now.", True),
        ("Moscow is cold.", False),
        ("", False),
    ],
)
def test_words(triggers: Triggers, text: str, expected: bool) -> None:
    assert triggers.in_text(text) is expected


def test_an_article_without_triggers_names_nobody(known: Reference) -> None:
    one = article("Alice Brown painted the hall of Lentorwick, the council said.")
    assert extraction.extract(one, known) == Extraction(one)


def test_an_article_with_corrections_is_always_parsed(known: Reference) -> None:
    review = Review("add", "the desk", date(2024, 1, 2), "missed")
    one = article("Alice Brown painted the hall of Lentorwick, the council said.")
    corrected = replace(one, corrections=(Correction(1, "Report", "painted", review),))
    assert [actor.label for actor in extraction.extract(corrected, known).actors] != []


def test_every_form_of_a_lemma_is_known() -> None:
    forms = parsing.forms(frozenset({"send", "meet", "shell", "supply", "go"}))
    assert forms >= {"send", "sends", "sent", "sending", "met", "meeting", "shells", "supplies", "supplied", "gone"}
