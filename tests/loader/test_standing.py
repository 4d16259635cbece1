"""Which pairs of supplier and recipient an article keeps, by what it tells of them as a whole."""

from datetime import date

import pytest

from loader import standing
from loader.extraction import extract, pairs
from loader.records import Article
from ontology import reference, terms

TOLD = (
    "Iran has sent drones to Russia, the United States said on Monday. Iran denied that it had sent drones to Russia. "
    "The White House said Iran had given Russia hundreds of drones. Iran also sent rockets to Syria, Israel said, and "
    "Syria used the rockets that Iran had sent. Some say arms of other countries may one day reach the border."
)


def article(text: str) -> Article:
    graph = terms.ARTICLE_GRAPHS + "the-gazette/pairs"
    return Article(
        "pairs", terms.ID + "article/the-gazette/pairs", graph, "pairs.txt", text, "00", None, None, date(2024, 10, 1)
    )


def test_marks_tell_how_often_and_by_whom_a_pair_is_told() -> None:
    marks = {(supplier, recipient): held for supplier, recipient, held in pairs(article(TOLD), reference.read())}
    assert {"alleged", "denied", "supplier is a state", "both named where it is told"} <= marks["Iran", "Russia"]
    assert "told once" not in marks["Iran", "Russia"]


def test_every_mark_has_a_weight() -> None:
    marks = {mark for *_, held in pairs(article(TOLD), reference.read()) for mark in held}
    assert marks <= set(standing.WEIGHTS)


def test_the_weights_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "WEIGHTS", {"always": -1.0, "alleged": 0.5, "told once": -0.25})
    assert standing.weigh({"alleged", "told once"}) == -0.75


def test_pairs_below_the_least_sum_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "FEW", 1)
    monkeypatch.setattr(standing, "WEIGHTS", dict.fromkeys(standing.WEIGHTS, 0.0) | {"denied": 1.0})
    monkeypatch.setattr(standing, "LEAST", 0.5)
    kept = {(one.supplier, one.recipient) for one in extract(article(TOLD), reference.read()).transfers}
    assert kept == {(terms.ID + "state/iran", terms.ID + "state/russia")}


def test_articles_of_few_pairs_are_not_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LEAST", 99.0)
    kept = extract(article("Iran has sent drones to Russia, Ukraine said."), reference.read()).transfers
    assert [(one.supplier, one.recipient) for one in kept] == [(terms.ID + "state/iran", terms.ID + "state/russia")]
