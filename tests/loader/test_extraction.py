"""What the loader finds in hand-made sentences, one construction each, and what holds for every extraction."""

from datetime import date
from typing import Any

import pytest
import yaml

from loader import lexicons
from loader.extraction import extract
from loader.records import Article, Extraction
from loader.report import as_json
from ontology import reference, terms

CASES = yaml.safe_load((lexicons.FOLDER / "topics" / "arms.tests.yaml").read_text("utf-8"))
SCORED = ("Allegation", "Denial", "Confirmation", "NoComment")
ANY = "..."


def article(text: str) -> Article:
    iri = terms.ID + "article/the-gazette/sentence-1"
    return Article(
        "sentence-1",
        iri,
        terms.ARTICLE_GRAPHS + "the-gazette/sentence-1",
        "sentence-1.txt",
        text,
        "00",
        None,
        None,
        date(2024, 10, 1),
    )


def extraction(text: str) -> Extraction:
    return extract(article(text), reference.read())


def said(text: str) -> dict[str, Any]:
    return as_json(extraction(text), reference.read())


def parties(transfer: dict[str, Any] | None) -> str:
    if transfer is None:
        return "?"
    if transfer["supplier"] or transfer["recipient"]:
        return f"{transfer['supplier'] or '-'} > {transfer['recipient'] or '-'}"
    return "talks " + " and ".join(sorted(transfer["parties"]))


def claims(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    transfers = {one["iri"]: one for one in document["transfers"]}
    return [
        (one["kind"], one["speaker"] or "-", parties(transfers.get(one["about"])))
        for one in document["statements"]
        if one["kind"] in SCORED
    ]


def marked(case: dict[str, Any]) -> Any:
    missed = [pytest.mark.xfail(strict=True, reason=case["missed"])] if "missed" in case else []
    return pytest.param(case, id=case["construction"], marks=missed)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_construction(case: dict[str, Any]) -> None:
    wanted = [tuple(part.strip() for part in claim.split("|")) for claim in case["claims"]]
    found = claims(said(case["text"]))
    for kind, speaker, about in wanted:
        if about.startswith("talks "):
            about = "talks " + " and ".join(sorted(about[6:].split(" and ")))
        matching = [one for one in found if one[:2] == (kind, speaker) and about in (ANY, one[2])]
        assert matching, (kind, speaker, about, found)
        found.remove(matching[0])
    assert found == []


def test_the_same_article_gives_the_same_records() -> None:
    text = "Iran has sent drones and 200 missiles to Russia, officials said. Tehran denies it."
    assert extraction(text) == extraction(text)


def test_every_iri_is_used_once() -> None:
    found = extraction("Ukraine and Poland said Iran had sent drones to Russia. Iran and Russia denied the claims.")
    iris = [one.iri for group in (found.statements, found.transfers, found.meetings, found.actors) for one in group]
    assert len(iris) == len(set(iris))


def test_evidence_is_the_sentence_word_for_word() -> None:
    text = "It was cold.\n\nUkraine said Iran had sent drones to Russia. Nobody else spoke."
    (statement,) = [one for one in extraction(text).statements if one.kind == "Allegation"]
    assert text[slice(*statement.evidence)] == "Ukraine said Iran had sent drones to Russia."


def test_an_unnamed_source_is_of_this_article_and_has_its_affiliation() -> None:
    found = extraction("Two Ukrainian officials said Iran had sent drones to Russia.")
    (source,) = [one for one in found.actors if one.type == "AnonymousSource"]
    assert source.iri == terms.ID + "source/the-gazette/sentence-1/two-ukrainian-officials"
    assert source.affiliation == terms.ID + "state/ukraine"
    assert not source.known


def test_quantity_with_its_bound_and_unit() -> None:
    (statement,) = [
        one
        for one in said("Norway said that Iran had moved about 300 crates of rockets to Sudan.")["statements"]
        if one["kind"] == "Allegation"
    ]
    assert statement["quantity"] == {"value": 300, "max": None, "unit": "crate", "bound": "about"}


def test_what_was_given_in_return_with_both_quantities() -> None:
    text = "Ukraine said Iran had sent Russia 300 crates of shells and had got 40 trucks loaded with oil in return."
    found = {one["about"]: one["quantity"] for one in said(text)["statements"] if one["kind"] == "Allegation"}
    assert [(one["value"], one["unit"]) for _, one in sorted(found.items())] == [(300, "crate"), (40, "truck")]


def test_goods_for_goods_are_two_transfers_one_in_return_for_the_other() -> None:
    found = extraction("Latvia says North Korea has sent shells to Russia in exchange for satellite technology.")
    back, out = sorted(found.transfers, key=lambda one: one.in_return_for is None)
    assert (out.supplier, out.recipient) == (terms.ID + "state/north-korea", terms.ID + "state/russia")
    assert (back.supplier, back.recipient) == (out.recipient, out.supplier)
    assert back.in_return_for == out.iri
    assert out.in_return_for is None


def test_who_relays_the_words_of_another() -> None:
    statements = said("Sweden said that Iran denied selling missiles to Russia.")["statements"]
    assert [(one["kind"], one["speaker"], one["relayedBy"]) for one in statements] == [("Denial", "Iran", "Sweden")]


def test_date_of_the_saying() -> None:
    (statement,) = said("Ukraine said on Monday that Iran had sent drones to Russia.")["statements"]
    assert statement["statedOn"] == "2024-09-30"


def test_a_denial_by_a_third_party_is_marked() -> None:
    (denial,) = extraction("Hungary has denied that Iran sent missiles to Russia.").statements
    assert (denial.kind, denial.third_party, denial.stance) == ("Denial", True, "negative")


def test_where_a_visit_is_expected_is_not_where_it_took_place() -> None:
    (visit,) = said("Vladimir Putin will travel to Pyongyang next week to meet Kim Jong Un.")["meetings"]
    assert (visit["place"], visit["expectedPlace"], visit["status"]) == (None, "Pyongyang", "planned")
    assert visit["participants"] == ["Kim Jong Un", "Vladimir Putin"]
    assert (visit["start"], visit["end"]) == ("2024-10-07", "2024-10-13")


def test_silence_of_state_media_is_not_a_refusal_to_comment() -> None:
    text = "Ukraine said Iran had sent drones to Russia. Iranian state media remained silent about the claim."
    assert [one["kind"] for one in said(text)["statements"]] == ["Allegation", "Silence"]


def test_a_text_without_arms_says_nothing_about_them() -> None:
    found = extraction("The bakery on the corner sells bread to the whole street. Its owner declined to comment.")
    assert found.statements == ()
    assert found.transfers == ()


def test_nothing_in_an_empty_article() -> None:
    assert extraction("").statements == ()
