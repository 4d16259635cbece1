"""The measure: what pairs with what, what is counted, intervals, files, the command, and the scorer that it follows."""

from typing import Any

import pytest
from evaluation_examples import (
    NAMES,
    REPEATED,
    SHIPPED,
    SOLD,
    SPOKE,
    TALKS,
    TEXT,
    compare,
    given,
    said,
    transfer,
    wanted,
)

from armsclaims.evaluating import mistakes
from loader.annotations import Reader
from loader.evaluation import Evaluation
from loader.scoring import Tally, pair

# ---- statements


def test_a_statement_with_its_speaker_is_a_hit() -> None:
    tallies = said([wanted("Allegation", "Kenya", SHIPPED)], [given("Allegation", "Nairobi", SHIPPED)])
    assert tallies["statements", "all"] == tallies["statements", "Allegation"] == Tally(1, 1, 1)
    assert tallies["detected", "all"] == Tally(1, 1, 1)
    assert ("statements", "Denial") not in tallies


@pytest.mark.parametrize("speaker", ["Peru", "Kenyan Air Freight", "South Kenya Traders", None])
def test_a_wrong_speaker_is_no_hit_but_the_statement_is_detected(speaker: str | None) -> None:
    tallies = said([wanted("Allegation", "Kenya", SHIPPED)], [given("Allegation", speaker, SHIPPED)])
    assert tallies["statements", "all"] == Tally(1, 1, 0)
    assert tallies["detected", "all"] == Tally(1, 1, 1)


def test_a_wrong_kind_is_neither() -> None:
    tallies = said([wanted("Denial", "Kenya", SHIPPED)], [given("Allegation", "Kenya", SHIPPED)])
    assert tallies["statements", "Denial"] == Tally(1, 0, 0)
    assert tallies["statements", "Allegation"] == Tally(0, 1, 0)
    assert tallies["detected", "all"] == Tally(1, 1, 0)


def test_another_sentence_is_neither() -> None:
    tallies = said([wanted("Allegation", "Kenya", SHIPPED)], [given("Allegation", "Kenya", REPEATED)])
    assert tallies["detected", "all"] == Tally(1, 1, 0)


def test_kinds_on_which_two_readers_differ_do_not_count() -> None:
    tallies = said([wanted("Assessment", "Kenya", SHIPPED)], [given("Warning", "Kenya", SHIPPED)])
    assert tallies == {}


def test_either_of_two_names_of_the_speaker_will_do() -> None:
    gold = [wanted("Denial", "Peru", SOLD, speaker_detail="Peru's defence ministry")]
    found = [given("Denial", "Defence ministry (Peru)", SOLD, onBehalfOf="Peru")]
    assert said(gold, found)["statements", "all"] == Tally(1, 1, 1)
    assert said(gold, [given("Denial", "Defence ministry (Peru)", SOLD)])["statements", "all"] == Tally(1, 1, 1)
    assert said([wanted("Denial", "Peru", SOLD)], found)["statements", "all"] == Tally(1, 1, 1)


def test_nobody_agrees_with_nobody_only() -> None:
    nobody, somebody = given("Allegation", None, SHIPPED), given("Allegation", "Kenya", SHIPPED)
    assert said([wanted("Allegation", None, SHIPPED)], [nobody])["statements", "all"] == Tally(1, 1, 1)
    assert said([wanted("Allegation", None, SHIPPED)], [somebody])["statements", "all"] == Tally(1, 1, 0)
    assert said([wanted("Allegation", "Kenya", SHIPPED)], [nobody])["statements", "all"] == Tally(1, 1, 0)
    on_behalf = given("Allegation", None, SHIPPED, onBehalfOf="Peru")
    assert said([wanted("Allegation", None, SHIPPED)], [on_behalf])["statements", "all"] == Tally(1, 1, 0)


@pytest.mark.parametrize("speaker", [None, "unnamed Kenyan officials", "Kenya"])
def test_unnamed_speakers_of_gold_may_be_described_or_left_out(speaker: str | None) -> None:
    gold = wanted("Allegation", None, SHIPPED, speaker_detail="unnamed Kenyan officials")
    assert said([gold], [given("Allegation", speaker, SHIPPED)])["statements", "all"] == Tally(1, 1, 1)


def test_statements_on_two_transfers_in_one_sentence_count_once() -> None:
    gold = [wanted("Allegation", "Kenya", SHIPPED), wanted("Allegation", "Kenya", SHIPPED, about="T2")]
    found = [given("Allegation", "Kenya", SHIPPED, about="a"), given("Allegation", "Kenya", SHIPPED[:20], about="b")]
    assert said(gold, found)["statements", "all"] == Tally(1, 1, 1)


def test_two_speakers_in_one_sentence_are_two_statements_of_which_one_is_detected() -> None:
    gold = [wanted("NoComment", "Kenya", SPOKE), wanted("NoComment", "Peru", SPOKE)]
    tallies = said(gold, [given("NoComment", "Peru", SPOKE)])
    assert tallies["statements", "all"] == Tally(2, 1, 1)
    assert tallies["detected", "all"] == Tally(1, 1, 1)


def test_quotation_marks_and_blanks_of_evidence_make_no_difference() -> None:
    text = TEXT.replace("We sold", "We\u00a0 sold")
    gold = {"statements": [wanted("Denial", "Peru", '"We sold nothing,"')]}
    found = {"statements": [{"kind": "Denial", "speaker": "Peru", "evidence": {"start": 55, "end": 75}}]}
    assert compare(gold, found, text).tallies["statements", "all"] == Tally(1, 1, 1)


def test_touching_evidence_does_not_overlap() -> None:
    gold, found = wanted("Allegation", "Kenya", SHIPPED[:18]), given("Allegation", "Kenya", SHIPPED[18:])
    assert said([gold], [found])["detected", "all"] == Tally(1, 1, 0)


def test_evidence_that_the_article_lacks_is_told_and_missed() -> None:
    annotation = Reader(TEXT, NAMES).gold({"statements": [wanted("Denial", "Chad", "Chad denied it.")]})
    assert annotation.problems == ("the article does not say 'Chad denied it.'",)
    assert said([wanted("Denial", "Chad", "Chad denied it.")], [])["statements", "all"] == Tally(1, 0, 0)


# ---- what is optional


@pytest.mark.parametrize("evidence", [SHIPPED, TALKS])
def test_implicit_statements_need_not_be_found_and_are_not_false(evidence: str) -> None:
    gold = [wanted("Allegation", "Kenya", SHIPPED, implicit=True), wanted("Denial", "Peru", SOLD)]
    tallies = said(gold, [given("Allegation", "Kenya", evidence)])
    assert tallies["statements", "Denial"] == Tally(1, 0, 0)
    assert tallies.get(("statements", "Allegation"), Tally()) == Tally(0, evidence == TALKS, 0)


@pytest.mark.parametrize("scope", ["troops", "dual-use", "nuclear"])
def test_statements_on_other_goods_need_not_be_found(scope: str) -> None:
    transfers = [{"id": "T1", "supplier": "Peru", "recipient": "Chad", "scope": scope}]
    tallies = said([wanted("Allegation", "Kenya", SHIPPED)], [], transfers=transfers)
    assert tallies == {}


def test_a_statement_is_optional_only_if_all_that_fall_together_are() -> None:
    gold = [wanted("Allegation", "Kenya", SHIPPED, implicit=True), wanted("Allegation", "Kenya", SHIPPED)]
    assert said(gold, [])["statements", "all"] == Tally(1, 0, 0)


def test_an_optional_item_takes_nothing_from_one_that_counts() -> None:
    both = f"{SHIPPED} {SOLD}"
    gold = [wanted("Allegation", "Kenya", both, implicit=True), wanted("Allegation", "Kenya", SHIPPED)]
    assert said(gold, [given("Allegation", "Kenya", SHIPPED)])["statements", "all"] == Tally(1, 1, 1)


# ---- pairing


def test_as_many_pairs_as_there_can_be() -> None:
    """The first gold item fits both sentences and must leave the first of them to the second."""
    gold = [wanted("Denial", "Peru", f"{SHIPPED} {SOLD}"), wanted("Denial", "Peru", SHIPPED)]
    found = [given("Denial", "Peru", SHIPPED), given("Denial", "Peru", SOLD)]
    assert said(gold, found)["statements", "all"] == Tally(2, 2, 2)


def test_a_chain_of_pairs_moves_up() -> None:
    items = Reader(TEXT, NAMES).gold({"actors": [{"name": name} for name in ("Peru", "Chad", "Kenya")]}).actors
    fits = {("Peru", 0), ("Peru", 1), ("Chad", 0), ("Chad", 2), ("Kenya", 0)}
    pairs = pair(items, [0, 1, 2], lambda one, other: (one.name, other) in fits)  # type: ignore[list-item]
    assert pairs == {1: 0, 2: 1, 0: 2}


def test_one_found_item_is_not_two_hits() -> None:
    gold = [wanted("Denial", "Peru", SHIPPED), wanted("Denial", "Peru", SOLD)]
    found = [given("Denial", "Peru", f"{SHIPPED} {SOLD}")]
    assert said(gold, found)["statements", "all"] == Tally(2, 1, 1)


# ---- transfers, meetings, actors


def test_transfers_are_pairs_of_supplier_and_recipient() -> None:
    gold = [transfer("Peru", "Chad", goods=["howitzers"]), transfer("Peru", "Chad", goods=["shells"])]
    found = [transfer("Lima", "Chad", iri="a"), transfer("Chad", "Peru", iri="b"), transfer("Peru", None, iri="c")]
    assert compare({"transfers": gold}, {"transfers": found}).tallies["transfers", "all"] == Tally(1, 3, 1)


def test_talks_without_supplier_and_recipient_pair_with_their_like() -> None:
    gold, found = [transfer(None, None)], [transfer(None, None, iri="a", kind="TransferTalks")]
    assert compare({"transfers": gold}, {"transfers": found}).tallies["transfers", "all"] == Tally(1, 1, 1)


def test_transfers_of_other_goods_are_optional() -> None:
    gold = [transfer("Peru", "Chad", scope="nuclear"), transfer("Peru", "Kenya", scope="troops")]
    found = [transfer("Peru", "Chad", iri="a"), transfer("Peru", "Jordan", iri="b")]
    assert compare({"transfers": gold}, {"transfers": found}).tallies["transfers", "all"] == Tally(0, 1, 0)


@pytest.mark.parametrize(
    ("participants", "start", "end", "hit"),
    [
        (["Peru", "Kenya"], "2022-05-03", "2022-05-03", True),
        (["Chad", "Nairobi", "Lima"], "2022-05-31", "2022-06-02", True),
        (["Peru", "Kenya"], None, None, True),
        (["Peru", "Kenya"], "2022-04-01", None, False),
        (["Peru", "Kenya"], "2022-06-01", "2022-06-02", False),
        (["Peru"], "2022-05-03", "2022-05-03", False),
        (["Peru", "Kenyan Railways"], "2022-05-03", "2022-05-03", False),
    ],
)
def test_a_meeting_needs_all_who_met_and_days_that_overlap(
    participants: list[str], start: str | None, end: str | None, hit: bool
) -> None:
    gold = [{"kind": "Talks", "participants": ["Peru", "Kenya"], "date": "2022-05"}]
    found = [{"kind": "Meeting", "participants": participants, "start": start, "end": end}]
    assert compare({"meetings": gold}, {"meetings": found}).tallies["meetings", "all"] == Tally(1, 1, hit)


def test_a_meeting_without_a_day_fits_any() -> None:
    gold = [{"kind": "Talks", "participants": ["Peru"], "date": None}]
    found = [{"kind": "Talks", "participants": ["Peru"], "start": "1990-01-01", "end": "1990-01-01"}]
    assert compare({"meetings": gold}, {"meetings": found}).tallies["meetings", "all"] == Tally(1, 1, 1)


def test_actors_count_once_and_unnamed_sources_not_at_all() -> None:
    gold = {"actors": [{"name": "Peru"}, {"name": "Kenya"}]}
    found = [("Peru", "State"), ("Lima", "State"), ("Chad", "State"), ("two sources", "AnonymousSource")]
    actors = [{"label": label, "type": kind} for label, kind in found]
    assert compare(gold, {"actors": actors}).tallies["actors", "all"] == Tally(2, 2, 1)


# ---- days and quantities


@pytest.mark.parametrize(
    ("gold", "found", "tally"),
    [
        ("2022-05-03", "2022-05-03", Tally(1, 1, 1)),
        ("2022-05-02/2022-05-08", "2022-05-02/2022-05-08", Tally(1, 1, 1)),
        ("2022-05", "2022-05-01/2022-05-31", Tally(1, 1, 1)),
        ("2024-02", "2024-02-01/2024-02-29", Tally(1, 1, 1)),
        ("2022", "2022-01-01/2022-12-31", Tally(1, 1, 1)),
        ("2022-05-02/2022-05-08", "2022-05-03", Tally(1, 1, 0)),
        ("2022-05-03", None, Tally(1, 0, 0)),
        (None, "2022-05-03", Tally(0, 1, 0)),
        (None, None, Tally()),
    ],
)
def test_the_day_of_a_statement_is_right_if_it_is_the_same(gold: str | None, found: str | None, tally: Tally) -> None:
    tallies = said([wanted("Denial", "Peru", SOLD, date=gold)], [given("Denial", "Peru", SOLD, statedOn=found)])
    assert tallies.get(("dates", "all"), Tally()) == tally


def test_days_of_statements_without_a_partner_do_not_count() -> None:
    gold = [wanted("Denial", "Chad", SOLD, date="2022-05-03")]
    assert ("dates", "all") not in said(gold, [given("Denial", "Peru", SOLD, statedOn="2022-05-03")])


@pytest.mark.parametrize(
    ("words", "quantity", "hit"),
    [
        ("about 40 howitzers", {"value": 40, "max": None, "unit": "howitzer", "bound": "about"}, True),
        ("30 to 40 howitzers", {"value": 30, "max": 40, "unit": "howitzer", "bound": "exactly"}, True),
        ("40", {"value": 40, "max": None, "unit": "howitzer", "bound": "exactly"}, True),
        ("dozens", {"value": 24, "max": None, "unit": "howitzer", "bound": "at least"}, True),
        ("40 howitzers", {"value": 40, "max": None, "unit": "howitzer", "bound": "about"}, False),
        ("40 howitzers", {"value": 40, "max": None, "unit": "tank", "bound": "exactly"}, False),
        ("40 howitzers", {"value": 30, "max": 40, "unit": "howitzer", "bound": "exactly"}, False),
        ("half of what there was", {"value": 0.5, "max": None, "unit": "howitzer", "bound": "exactly"}, False),
    ],
)
def test_a_quantity_has_its_number_bound_and_unit(words: str, quantity: dict[str, Any], hit: bool) -> None:
    gold = {"transfers": [transfer("Peru", "Chad", id="T1", quantity=words)]}
    found = {
        "transfers": [transfer("Peru", None, iri="a")],
        "statements": [given("Allegation", "Kenya", SHIPPED, about="a", quantity=quantity)],
    }
    assert compare(gold, found).tallies["quantities", "all"] == Tally(1, 1, hit)
    found["transfers"] = [transfer("Jordan", "Chad", iri="a")]
    assert compare(gold, found).tallies["quantities", "all"] == Tally(1, 1, 0)


# ---- mistakes


def test_each_mistake_is_told_with_its_sentence() -> None:
    gold = {
        "statements": [wanted("Denial", "Peru", SOLD), wanted("Allegation", "Kenya", REPEATED)],
        "transfers": [transfer("Peru", "Chad", id="T1")],
        "meetings": [{"kind": "Talks", "participants": ["Chad"], "place": "Nairobi", "date": None, "evidence": TALKS}],
        "actors": [{"name": "Chad", "mentions": ["Chadian", "Chad"]}],
    }
    found = {
        "statements": [given("Denial", "Chad", SOLD, about="a"), given("Allegation", "Kenya", REPEATED)],
        "transfers": [transfer("Chad", None, iri="a")],
        "actors": [{"label": "Nairobi Port", "type": "Organization", "mentions": [[TEXT.index("Nairobi"), 0]]}],
    }
    plain_sold = '"We sold nothing," Peru\'s defence ministry said.'
    assert list(mistakes(Evaluation({"7": compare(gold, found)}))) == [
        "7  missed  statements: Denial [Peru]",
        "    “We sold nothing,” Peru’s defence ministry said.",
        "7  false   statements: Denial [Chad]",
        f"    {plain_sold}",
        "7  missed  transfers: Peru → Chad",
        f"    {SOLD}",
        "7  false   transfers: Chad → nobody",
        f"    {plain_sold}",
        "7  missed  meetings: Talks of Chad, Nairobi, undated",
        f"    {TALKS}",
        "7  missed  actors: Chad",
        f"    {SHIPPED}",
        "7  false   actors: Nairobi Port",
        f"    {TALKS}",
    ]
