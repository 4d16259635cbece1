"""The measure: what pairs with what, what is counted, intervals, files, the command, and the scorer that it follows."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from armsclaims.cli import main
from armsclaims.evaluating import mistakes
from loader import pipeline
from loader.agreement import Names
from loader.annotations import Reader
from loader.evaluation import BadAnnotation, Evaluation, evaluate
from loader.records import Extraction
from loader.report import as_json
from loader.scoring import Score, Tally, pair, score
from ontology import reference

NAMES = Names(reference.read())
TEXT = (
    "Kenya said that Peru had shipped 40 howitzers to Chad. “We sold nothing,” Peru’s defence ministry said. "
    "Peru and Kenya spoke of “a great deal of noise” when asked about it. Talks went on in Nairobi on 3 May 2022.\n"
    "Kenya repeated that Peru had shipped howitzers to Chad."
)
SHIPPED, SOLD, SPOKE, TALKS, REPEATED = (
    "Kenya said that Peru had shipped 40 howitzers to Chad.",
    "“We sold nothing,” Peru’s defence ministry said.",
    "Peru and Kenya spoke of “a great deal of noise” when asked about it.",
    "Talks went on in Nairobi on 3 May 2022.",
    "Kenya repeated that Peru had shipped howitzers to Chad.",
)


def wanted(kind: str, speaker: str | None, evidence: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "speaker": speaker, "about": "T1", "date": None, "evidence": evidence, **more}


def given(kind: str, speaker: str | None, evidence: str, **more: Any) -> dict[str, Any]:
    start = TEXT.index(evidence)
    return {"kind": kind, "speaker": speaker, "evidence": {"start": start, "end": start + len(evidence)}, **more}


def compare(gold: dict[str, Any], found: dict[str, Any], text: str = TEXT) -> Score:
    reader = Reader(text, NAMES)
    return score(reader.gold(gold), reader.extraction(found), NAMES)


def said(gold: list[dict[str, Any]], found: list[dict[str, Any]], **more: Any) -> dict[tuple[str, str], Tally]:
    return compare({"statements": gold, **more}, {"statements": found}).tallies


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


def transfer(supplier: str | None, recipient: str | None, **more: Any) -> dict[str, Any]:
    return {"supplier": supplier, "recipient": recipient, **more}


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


# ---- figures


def test_precision_recall_and_f1() -> None:
    tally = Tally(gold=4, found=5, hit=3)
    assert (tally.precision, tally.recall, tally.f1) == (0.6, 0.75, pytest.approx(2 / 3))
    assert (Tally(2, 0, 0).precision, Tally(0, 2, 0).recall, Tally(0, 0, 0).f1) == (None, None, None)
    assert Tally(1, 0, 0).f1 == 0


def scores(*hits: int) -> Evaluation:
    """Articles of ten statements each, of which so many were found, and nothing false."""
    return Evaluation(
        {str(n): Score(tallies={("statements", "all"): Tally(10, h, h)}) for n, h in enumerate(hits)}  # type: ignore[arg-type]
    )


def test_intervals_hold_the_figure_and_come_again_with_the_seed() -> None:
    result = scores(2, 8, 5, 9, 4, 7)
    row = ("statements", "all")
    intervals = result.intervals(500, seed=1)[row]
    low, high = intervals["recall"]
    assert 0.2 < low < result.total()[row].recall < high < 0.9  # type: ignore[operator]
    assert intervals["precision"] == (1, 1)
    assert result.intervals(500, seed=1)[row] == intervals
    assert result.intervals(500, seed=2)[row] != intervals


def test_articles_are_drawn_whole() -> None:
    """Two articles, one all right and one all wrong: a quarter of the draws holds only the one or only the other."""
    assert scores(0, 10).intervals(400, seed=3)["statements", "all"]["recall"] == (0, 1)
    assert scores(5).intervals(50, seed=3)["statements", "all"]["recall"] == (0.5, 0.5)


def test_what_has_no_value_has_no_interval() -> None:
    assert ("meetings", "all") not in scores(5).intervals(50, seed=0)
    assert scores(5).intervals(0, seed=0) == {}


# ---- files


ALLEGED = {"kind": "Allegation", "speaker": "Kenya", "evidence": {"start": 0, "end": len(SHIPPED)}}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Gold and text of one article, and an extraction of it."""
    gold, articles, found = tmp_path / "gold", tmp_path / "articles", tmp_path / "found.jsonl"
    gold.mkdir()
    articles.mkdir()
    (gold / "02.json").write_text(json.dumps({"statements": [wanted("Allegation", "Kenya", SHIPPED)]}), "utf-8")
    (articles / "02_howitzers.txt").write_text(TEXT, "utf-8")
    write(found, "elsewhere/02_howitzers.md", [ALLEGED])
    return gold, articles, found


def write(file: Path, path: str, statements: list[dict[str, Any]], **article: str) -> None:
    file.write_text(json.dumps({"article": {"path": path, **article}, "statements": statements}) + "\n\n", "utf-8")


def statements_of(gold: Path, articles: Path, found: Path, **more: Any) -> Tally:
    return evaluate(gold, articles, extracted=found, **more).total()["statements", "all"]


def test_gold_belongs_to_the_article_whose_name_begins_so(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    for other in ("021.txt", "2.txt", "02a.txt"):
        (articles / other).write_text(SOLD, "utf-8")
    assert statements_of(gold, articles, found) == Tally(1, 1, 1)


def test_gold_belongs_to_the_line_whose_id_it_is(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    (articles / "02_howitzers.txt").unlink()
    lines = [{"id": "01", "text": SOLD, "language": "en"}, {"id": "02", "text": TEXT, "language": "en"}]
    (articles / "all.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    write(found, "all.jsonl:2", [ALLEGED])
    assert statements_of(gold, articles, found) == Tally(1, 1, 1)


def test_what_was_not_extracted_counts_as_empty(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    write(found, "03.txt", [ALLEGED])
    assert statements_of(gold, articles, found) == Tally(1, 0, 0)


def test_an_article_that_cannot_be_read_counts_as_empty_and_is_told(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    (articles / "02_howitzers.txt").write_bytes(b"")
    told: list[str] = []
    assert statements_of(gold, articles, found, on_problem=told.append) == Tally(1, 0, 0)
    assert told == [f"{articles / '02_howitzers.txt'}: is empty"]


def test_only_some_gold(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    (gold / "05.json").write_text("not read", "utf-8")
    assert statements_of(gold, articles, found, only=["02"]) == Tally(1, 1, 1)
    with pytest.raises(BadAnnotation, match=r"has no 06\.json, 07\.json$"):
        statements_of(gold, articles, found, only=["07", "02", "06"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gold/02.json", "{", r"02\.json is not JSON: Expecting"),
        ("gold/02.json", "[]", r"02\.json must be one JSON object"),
        ("gold/02.json", '{"statements": {}}', r'02\.json: "statements" must be a list'),
        ("gold/02.json", '{"actors": ["Peru"]}', r'02\.json: "actors" must hold objects'),
        ("gold/02.json", '{"statements": [{"kind": "Denial"}]}', r"""02\.json: .* needs a text "evidence"$"""),
        ("gold/02.json", '{"meetings": [{"date": "May"}]}', r"02\.json: 'May' is no date: write YYYY, "),
        ("gold/03.json", "{}", r"no article in .* is named 03 or begins so"),
        ("articles/02.txt", SOLD, r"02\.json fits both .*02\.txt and .*02_howitzers\.txt"),
        ("found.jsonl", "{}", r'found\.jsonl:1 needs "article" with a "path"'),
        (
            "found.jsonl",
            '{"article": {"path": "02_howitzers.txt"}, "statements": [{"kind": "Denial", "evidence": "Peru"}]}',
            r'found\.jsonl: .* needs "evidence" with the numbers "start" and "end"',
        ),
        (
            "found.jsonl",
            '{"article": {"path": "02_howitzers.txt", "sha256": "0"}}',
            r"was made from another text of .*02_howitzers\.txt: extract it again",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(
    folders: tuple[Path, Path, Path], tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(BadAnnotation, match=message) as error:
        statements_of(*folders)
    assert "\n" not in str(error.value)


# ---- the command


@pytest.fixture
def annotated(tmp_path: Path) -> list[str]:
    """Gold and an article for the loader to read: the allegation stands in it, the denial does not."""
    (tmp_path / "gold").mkdir()
    (tmp_path / "articles").mkdir()
    text = "Kenya said on Tuesday that Iran had shipped about 200 rockets to Peru. Nobody else spoke of it at all."
    (tmp_path / "articles" / "7.md").write_text(f"---\npublished: 2022-05-04\nlanguage: en\n---\n\n{text}\n", "utf-8")
    alleged = text.partition(" Nobody")[0]
    statements = [
        wanted("Allegation", "Kenya", alleged, date="2022-05-03"),
        wanted("Denial", "Iran", "Nobody else spoke of it at all."),
    ]
    transfers = [transfer("Iran", "Peru", id="T1", quantity="about 200 rockets")]
    gold = {
        "statements": statements,
        "transfers": transfers,
        "actors": [{"name": n} for n in ("Iran", "Kenya", "Peru")],
    }
    (tmp_path / "gold" / "7.json").write_text(json.dumps(gold), "utf-8")
    return ["evaluate", str(tmp_path / "gold"), str(tmp_path / "articles")]


def test_the_command_runs_the_loader_and_prints_a_table(annotated: list[str]) -> None:
    done = CliRunner().invoke(main, [*annotated, "--errors", "--bootstrap", "20"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[:2] == ["7  missed  statements: Denial [Iran]", "    Nobody else spoke of it at all."]
    assert lines[2].split() == ["gold", "found", "hit", "P", "R", "F1", "95%", "of", "F1"]
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in lines[3:]}
    assert len(rows) == 15
    assert rows["statements", "all"] == ["2", "1", "1", "1.00", "0.50", "0.67", "0.67-0.67"]
    assert rows["statements", "NoComment"] == ["0", "0", "0", "-", "-", "-"]
    assert rows["transfers", "all"] == ["1", "1", "1", "1.00", "1.00", "1.00", "1.00-1.00"]
    assert rows["dates", "all"][:3] == rows["quantities", "all"][:3] == ["1", "1", "1"]


def test_the_command_prints_json(annotated: list[str]) -> None:
    done = CliRunner().invoke(main, [*annotated, "--json", "--errors", "--bootstrap", "20"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    figures = told["figures"]["statements"]["all"]
    assert figures["intervals"] == {name: [figures[name]] * 2 for name in ("precision", "recall", "f1")}
    assert (figures["gold"], figures["found"], figures["hit"], figures["recall"]) == (2, 1, 1, 0.5)
    assert told["figures"]["meetings"]["all"]["f1"] is None
    assert told["articles"]["7"]["figures"]["statements"]["Denial"]["gold"] == 1
    assert told["articles"]["7"]["mistakes"][0] == {
        "measure": "statements",
        "is": "missed",
        "what": "Denial [Iran]",
        "quote": "Nobody else spoke of it at all.",
    }


def test_the_command_tells_what_it_cannot_use(annotated: list[str]) -> None:
    done = CliRunner().invoke(main, [*annotated, "--only", "8"])
    assert done.exit_code == 1
    assert re.fullmatch(r"Error: .*gold has no 8\.json\n", done.stderr)


# ---- the scorer that the measure follows

# What the reference data call what the scorer's own tables do not know, and so take for another: here ours know more.
UNKNOWN_THERE = {
    "Czechia": "Czech Republic",
}


@pytest.mark.parametrize(
    ("gold", "articles", "only"),
    [("gold", "seeds", "000,001,002,003,004"), ("articles/gold", "articles", "02,15,18,26")],
)
def test_figures_are_those_of_the_shared_scorer(
    shared: Path, tmp_path: Path, gold: str, articles: str, only: str
) -> None:
    known, found = reference.read(), tmp_path / "found.jsonl"
    files = [file for file in sorted((shared / articles).glob("*.txt")) if file.stem.split("_")[0] in only.split(",")]
    with found.open("w", encoding="utf-8") as lines:
        for result in pipeline.extracted(files, reference=known):
            assert isinstance(result, Extraction)
            line = json.dumps(as_json(result, known), ensure_ascii=False)
            for ours, theirs in UNKNOWN_THERE.items():
                line = line.replace(json.dumps(ours), json.dumps(theirs))
            lines.write(line + "\n")
    command = [sys.executable, shared / "score_extraction.py", found, shared / gold, shared / articles, "--only", only]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^(\w+) +(\w+) +(\d+) +\d+ +\d+ +(\S+) +(\S+) +(\S+)$", table, re.MULTILINE)
    assert len(rows) == 13
    ours = evaluate(shared / gold, shared / articles, extracted=found, only=only.split(",")).total()
    for measure, kind, wanted_there, *rates in rows:
        tally = ours[measure, kind]
        assert tally.gold == int(wanted_there), (measure, kind)
        for rate, own in zip(rates, (tally.precision, tally.recall, tally.f1), strict=True):
            assert (rate == "-") == (own is None), (measure, kind)
            if own is not None:
                assert own == pytest.approx(float(rate), abs=0.02), (measure, kind)
