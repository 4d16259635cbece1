"""Corrections: what editors decide in a file beside the article, from its form to the statements it changes."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from extraction_examples import DELIVERY, FREEDONIA, RUSSIA, SYLVANIA, extraction

from loader import corrections, identity, pipeline, revision, sources
from loader.corrections import BadCorrections
from loader.records import Article, Extraction, Period, Quantity, Review, SetAside, Statement
from ontology import reference, terms

REFERENCE = reference.read()
DESK = {"who": "the desk", "when": date(2024, 6, 20), "why": "The text does not say so."}
DENIED = "Freedonia denies it"
BROKEN = "It would break the Treaty"


def applied(*listed: dict[str, object]) -> Extraction:
    made = extraction()
    decided = corrections.read({**DESK, "corrections": list(listed)})
    return revision.apply(replace(made, article=replace(made.article, corrections=decided)), REFERENCE)


def statements(made: Extraction, *, words: str = "") -> list[Statement]:
    return [one for one in made.statements if words in made.article.text[slice(*one.evidence)]]


def test_nothing_to_correct_changes_nothing() -> None:
    assert revision.apply(extraction(), REFERENCE) == extraction()


@pytest.mark.parametrize(("action", "status"), [("confirm", "confirmed"), ("retract", "retracted")])
def test_a_statement_is_confirmed_or_retracted_by_kind_and_words(action: str, status: str) -> None:
    made = applied({action: "Denial", "quote": DENIED})
    assert made.unapplied == ()
    before = {one.iri: one for one in extraction().statements}
    (denial,) = [one for one in made.statements if one.kind == "Denial"]
    assert denial == replace(
        before[denial.iri],
        review_status=status,
        reviews=(Review(action, "the desk", date(2024, 6, 20), "The text does not say so."),),
    )
    assert [one for one in made.statements if one.kind != "Denial"] == [
        one for one in extraction().statements if one.kind != "Denial"
    ]


def test_a_corrected_statement_is_a_revision_of_the_one_that_is_retracted() -> None:
    made = applied({"correct": "Denial", "quote": DENIED, "to": {"kind": "NoComment", "speaker": "Russia"}})
    assert made.unapplied == ()
    old, new = sorted(statements(made, words=DENIED), key=lambda one: one.kind)
    assert (old.kind, old.speaker, old.review_status) == ("Denial", FREEDONIA, "retracted")
    assert (new.kind, new.speaker, new.review_status, new.stance) == ("NoComment", RUSSIA, "corrected", "none")
    assert new.revision_of == old.iri != new.iri
    assert new.evidence == old.evidence


def test_a_correction_that_leaves_the_identity_alone_makes_a_new_statement_too() -> None:
    made = extraction()
    (denial,) = [one for one in made.statements if one.kind == "Denial"]
    iri = identity.said(made.article, "Denial", denial.speaker, denial.about, denial.evidence)
    values = {
        "certainty": "probable",
        "statedOn": "2024-02",
        "quantity": {"value": 70, "max": 90, "unit": "crate", "bound": "about"},
    }
    decided = corrections.read({**DESK, "corrections": [{"correct": "Denial", "quote": DENIED, "to": values}]})
    made = replace(made, article=replace(made.article, corrections=decided), statements=(replace(denial, iri=iri),))
    old, new = revision.apply(made, REFERENCE).statements
    assert (old.iri, old.review_status, old.certainty) == (iri, "retracted", denial.certainty)
    assert (new.iri, new.revision_of, new.certainty) == (f"{iri}-corrected", iri, "probable")
    assert new.stated == Period(date(2024, 2, 1), date(2024, 2, 29), "month", "stated")
    assert new.quantity == Quantity(Decimal(70), "crate", "about", Decimal(90))


def test_a_correction_that_the_loader_needs_no_longer_confirms() -> None:
    made = applied({"correct": "Allegation", "quote": DENIED, "to": {"kind": "Denial"}})
    assert made.unapplied == ()
    assert [one.review_status for one in statements(made, words=DENIED)] == ["confirmed"]
    made = applied({"correct": "Denial", "quote": DENIED, "to": {"stance": "negative"}})
    assert [one.review_status for one in statements(made, words=DENIED)] == ["confirmed"]


def test_a_missing_statement_is_added_with_what_it_is_about() -> None:
    made = applied(
        {
            "add": "Warning",
            "quote": BROKEN,
            "speaker": "the Ministry of Sylvania",
            "about": {"supplier": "North Korea", "recipient": "Russia", "goods": ["artillery shells"], "period": 2024},
            "realis": "planned",
        }
    )
    assert made.unapplied == ()
    (added,) = [one for one in made.statements if one.kind == "Warning"]
    assert (added.speaker, added.stance, added.realis, added.review_status) == (
        SYLVANIA,
        "positive",
        "planned",
        "confirmed",
    )
    transfer = {one.iri: one for one in made.transfers}[str(added.about)]
    assert (transfer.kind, transfer.supplier, transfer.recipient) == (
        "ArmsTransfer",
        terms.ID + "state/north-korea",
        RUSSIA,
    )
    assert [one.label for one in made.materiel if one.iri in transfer.materiel] == ["artillery shells"]
    assert transfer.period == Period(date(2024, 1, 1), date(2024, 12, 31), "year", "stated")
    assert terms.ID + "state/north-korea" in {one.iri for one in made.actors}
    assert made.article.text[slice(*added.evidence)] == "It would break the Treaty of Ruritania."


def test_an_added_statement_is_about_an_event_that_the_article_has() -> None:
    about = {"supplier": "Freedonia", "recipient": "Russia", "goods": "cannons"}
    made = applied({"add": "Warning", "quote": BROKEN, "speaker": None, "about": about})
    (added,) = [one for one in made.statements if one.kind == "Warning"]
    assert (added.speaker, added.about) == (None, DELIVERY)
    assert made.transfers == extraction().transfers
    made = applied({"add": "Warning", "quote": BROKEN, "speaker": None, "about": {"event": made.transfers[0].label}})
    assert made.unapplied == ()


def test_meetings_talks_and_new_names_can_be_added() -> None:
    made = applied(
        {
            "add": "Report",
            "quote": DENIED,
            "speaker": {"name": "two port officials", "type": "AnonymousSource", "affiliation": "Norway"},
            "about": {
                "participants": ["Norway", {"name": "The Harbour Guild", "type": "Organization"}],
                "meeting": "Visit",
                "host": "Norway",
                "place": "Oslo",
                "period": "2024-05-02",
            },
        },
        {
            "add": "Report",
            "quote": BROKEN,
            "speaker": "two port officials",
            "about": {"parties": ["Norway", "Chile"], "goods": [{"name": "steam cannons", "broader": "arms"}]},
        },
    )
    assert made.unapplied == ()
    actors = {one.label: one for one in made.actors}
    officials, guild = actors["two port officials"], actors["The Harbour Guild"]
    assert officials.iri == terms.ID + "source/the-gazette/cannons-1/two-port-officials"
    assert officials.affiliation == terms.ID + "state/norway"
    assert (guild.iri, guild.known) == (terms.ID + "organization/the-harbour-guild", False)
    (visit,) = [one for one in made.meetings if one.kind == "Visit"]
    assert visit.participants == (guild.iri, terms.ID + "state/norway")
    assert (visit.host, visit.place) == (terms.ID + "state/norway", terms.ID + "place/oslo")
    (talks,) = [one for one in made.transfers if one.kind == "TransferTalks"]
    assert talks.parties == (terms.ID + "state/chile", terms.ID + "state/norway")
    (goods,) = [one for one in made.materiel if one.label == "steam cannons"]
    assert (goods.known, goods.broader) == (False, terms.ID + "materiel/arms")


def test_an_addition_that_the_loader_needs_no_longer_confirms() -> None:
    (denial,) = [one for one in extraction().statements if one.kind == "Denial"]
    about = next(one.label for one in extraction().transfers if one.iri == denial.about)
    made = applied({"add": "Denial", "quote": DENIED, "speaker": "Freedonia", "about": {"event": about}})
    assert made.unapplied == ()
    assert [(one.iri, one.review_status) for one in statements(made, words=DENIED)] == [(denial.iri, "confirmed")]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"confirm": "Denial", "quote": "Freedonia denied it"}, "quotes what the article does not say; copy words"),
        (
            {"confirm": "Denial", "quote": "Freedonia"},
            "quotes what the article says 2 times; quote more, or give prefix",
        ),
        ({"confirm": "Report", "quote": DENIED}, "fits no statement; the loader reads Denial there"),
        ({"confirm": "Denial", "quote": DENIED, "speaker": "Russia"}, "fits no statement"),
        ({"confirm": "Denial", "quote": DENIED, "about": {"supplier": "Russia"}}, "fits no statement"),
        ({"confirm": "Denial", "quote": DENIED, "speaker": "Nobody Atall"}, 'know "Nobody Atall"; write {name:'),
        ({"add": "Denial", "quote": BROKEN, "speaker": None, "about": {"event": "X"}}, 'no event is called "X"'),
        (
            {
                "add": "Denial",
                "quote": BROKEN,
                "speaker": None,
                "about": {"supplier": "Norway", "goods": "steam cannons"},
            },
            'the goods "steam cannons"; write {name: "steam cannons", broader: arms}',
        ),
        ({"correct": "Denial", "quote": BROKEN, "to": {"realis": "done"}}, "fits no statement"),
    ],
)
def test_what_does_not_fit_is_told_and_the_rest_is_applied(given: dict[str, object], why: str) -> None:
    made = applied(given, {"retract": "Denial", "quote": DENIED})
    (told,) = made.unapplied
    assert told.startswith("correction 1 (")
    assert why in told
    assert [one.review_status for one in statements(made, words=DENIED)] == ["retracted"]
    assert len(made.statements) == len(extraction().statements)


def test_several_statements_in_one_sentence_are_told_apart() -> None:
    made = extraction()
    (denial,) = [one for one in made.statements if one.kind == "Denial"]
    other = replace(denial, iri=denial.iri + "x", speaker=RUSSIA, about=made.meetings[0].iri)
    made = replace(made, statements=(*made.statements, other))

    def by(**where: object) -> list[str]:
        listed = [{"retract": "Denial", "quote": DENIED, **where}]
        decided = corrections.read({**DESK, "corrections": listed})
        done = revision.apply(replace(made, article=replace(made.article, corrections=decided)), REFERENCE)
        return [*done.unapplied, *(one.iri for one in done.statements if one.review_status == "retracted")]

    assert by() == [f"correction 1 (retract Denial “{DENIED}”) fits 2 statements; add speaker or about to say which"]
    assert by(speaker="Russia") == [other.iri]
    assert by(speaker="Freedonia") == [denial.iri]
    assert by(about={"participants": ["Russia"]}) == [other.iri]
    assert by(about={"goods": "cannons"}) == [denial.iri]


def test_decisions_follow_each_other_and_what_is_retracted_is_gone() -> None:
    made = applied(
        {"confirm": "Denial", "quote": DENIED, "why": "One."},
        {"retract": "Denial", "quote": DENIED, "why": "Two."},
        {"confirm": "Denial", "quote": DENIED, "why": "Three."},
    )
    (denial,) = statements(made, words=DENIED)
    assert [one.why for one in denial.reviews] == ["One.", "Two."]
    assert denial.review_status == "retracted"
    assert made.unapplied == (
        f"correction 3 (confirm Denial “{DENIED}”) fits no statement; the loader reads no statement there",
    )


def test_quotes_match_across_lines_and_kinds_of_marks_and_by_their_neighbours() -> None:
    made = applied({"confirm": "Allegation", "quote": "of   cannons,\nSylvania's ministry"})
    assert made.unapplied == ()
    made = applied({"confirm": "Denial", "quote": "Freedonia", "suffix": "denies it"})
    assert made.unapplied == ()


# ---- the form of the file


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "needs front matter with 'corrections:'"),
        ({"corrections": ["retract"]}, "needs front matter with 'corrections:'"),
        ({"corrections": [], "author": "x"}, "has no use for author"),
        ({"corrections": [{"quote": "x"}]}, "correction 1: give exactly one of confirm, retract, correct, add"),
        ({"corrections": [{"add": "Denial", "retract": "Denial"}]}, "correction 1: give exactly one of"),
        ({"corrections": [{"retract": "Lie", "quote": "x"}]}, "the kind is 'Lie'; write one of Allegation, Denial"),
        ({"corrections": [{"retract": "Denial"}]}, "quote is missing"),
        ({"corrections": [{"retract": "Denial", "quote": "long " * 500}]}, "quote has 2,499 characters"),
        ({"corrections": [{"retract": "Denial", "quote": "x", "why": ""}]}, "why must be a text"),
        ({"corrections": [{"retract": "Denial", "quote": "x", "who": None}]}, "who is missing"),
        ({"corrections": [{"retract": "Denial", "quote": "x", "when": None}]}, "when is missing"),
        ({"corrections": [{"retract": "Denial", "quote": "x", "when": "2999-01-01"}]}, "when: 2999-01-01 lies in the"),
        ({"corrections": [{"retract": "Denial", "quote": "x", "iri": "y"}]}, "no use for iri where one is to retract"),
        ({"corrections": [{"correct": "Denial", "quote": "x"}]}, "give what is right, as in"),
        ({"corrections": [{"correct": "Denial", "quote": "x", "to": {"stance": 1}}]}, "stance is 1; write one of pos"),
        ({"corrections": [{"correct": "Denial", "quote": "x", "to": {"colour": 1}}]}, "there is no use for colour"),
        ({"corrections": [{"add": "Denial", "quote": "x", "speaker": "y"}]}, "an added statement needs about"),
        ({"corrections": [{"add": "Denial", "quote": "x", "speaker": {"type": "Person"}, "about": None}]}, "is a name"),
        (
            {"corrections": [{"add": "Denial", "quote": "x", "speaker": None, "about": {"seller": "y"}}]},
            "about is a map",
        ),
        (
            {"corrections": [{"confirm": "Denial", "quote": "x", "about": {"supplier": "y", "parties": []}}]},
            "about is a",
        ),
        ({"corrections": [{"confirm": "Denial", "quote": "x", "about": {"period": "May"}}]}, "'May' is no period"),
    ],
)
def test_a_wrong_form_is_told_with_its_number(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadCorrections) as told:
        corrections.read({**DESK, **given})
    assert complaint in str(told.value)
    assert "\n" not in str(told.value)


FILE = """---
who: the desk
when: 2024-06-20
corrections:
  - retract: Denial
    quote: Russia denied
    why: He was asked about something else.
---
Notes for colleagues, which nobody reads by machine.
"""


def write(folder: Path, article: str, text: str, decided: str | None = FILE) -> None:
    (folder / article).write_text(text, "utf-8")
    if decided is not None:
        (folder / article).with_suffix(".corrections.md").write_text(decided, "utf-8")


def test_the_file_lies_beside_the_article_and_is_none_itself(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "Russia denied that it had received any weapons from the north of the country.")
    (read,) = sources.read_all([tmp_path])
    assert isinstance(read, Article)
    (decided,) = read.corrections
    assert (decided.kind, decided.quote, decided.review.action) == ("Denial", "Russia denied", "retract")
    (aside,) = sources.read(tmp_path / "a.corrections.md")
    assert isinstance(aside, SetAside)
    assert "load that one" in aside.reason
    (tmp_path / "a.txt").unlink()
    (orphan,) = sources.read_all([tmp_path])
    assert isinstance(orphan, SetAside)
    assert "the article that they are of is not beside it" in orphan.reason


@pytest.mark.parametrize(
    "decided", ["", "no front matter", "---\ncorrections: [\n---\n", FILE.replace("retract", "undo")]
)
def test_an_article_waits_for_corrections_that_can_be_read(tmp_path: Path, decided: str) -> None:
    write(tmp_path, "a.txt", "Russia denied that it had received any weapons from the north of the country.", decided)
    (aside,) = sources.read_all([tmp_path])
    assert isinstance(aside, SetAside)
    assert aside.reason.startswith("a.corrections.md: ")


def test_lines_of_a_file_are_corrected_by_their_ids(tmp_path: Path) -> None:
    text = "Russia denied that it had received any weapons from the north of the country."
    lines = "\n".join(json.dumps({"id": name, "text": text}) for name in ("one", "two"))
    values = yaml.safe_load(FILE.split("---")[1])
    named = [{**values["corrections"][0], "article": name} for name in ("two", "three")]
    write(tmp_path, "a.jsonl", lines, f"---\n{yaml.safe_dump({**values, 'corrections': named})}---\n")
    one, two, left = sources.read_all([tmp_path])
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert (len(one.corrections), len(two.corrections)) == (0, 1)
    assert left == SetAside(str(tmp_path / "a.corrections.md"), "corrects three, which a.jsonl lacks")
    write(tmp_path, "a.jsonl", lines)
    (aside,) = sources.read_all([tmp_path])
    assert isinstance(aside, SetAside)
    assert "give each correction 'article: ID'" in aside.reason


def test_an_article_with_corrections_that_do_not_fit_is_never_settled(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "The weather over the mountains was fine. Russia denied that it had received weapons.\n",
          FILE.replace("Russia denied", "Chile denied"))  # fmt: skip
    known: dict[str, str] = {}
    for _ in range(2):
        (outcome,) = pipeline.run([tmp_path], out=tmp_path / "quads", known=known, reference=REFERENCE)
        assert outcome.status == "extracted"
        assert len(outcome.unapplied) == 1
        assert outcome.graph is not None
        assert outcome.key is not None
        known[outcome.graph] = outcome.key
