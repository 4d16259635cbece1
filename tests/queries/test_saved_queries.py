"""The saved queries on the seeds' release: every row that the articles warrant, and none that contradicts them."""

import csv
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyoxigraph import Store

from ontology.terms import AC, RDFS
from server.saved_query import SavedQuery, read_folder

ROOT = Path(__file__).resolve().parents[2]
QUERIES = read_folder(ROOT / "queries")
LOCAL = sorted(name for name, query in QUERIES.items() if query.needs_service is None)
EXPECTED: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("expected.yaml").read_text("utf-8"))
QUOTES = {"claim": "quote", "allegation": "allegationQuote", "denial": "denialQuote"}
GOODS = {"goods", "outGoods", "backGoods"}

Row = dict[str, str]
Ask = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def ask(seed_store: Store) -> Ask:
    """Answer a saved query on the seeds as rows of lexical forms, without what is unbound."""

    @cache
    def answer(name: str, given: tuple[tuple[str, str], ...]) -> list[Row]:
        query = QUERIES[name]
        solutions = seed_store.query(query.bound(query.terms(dict(given))))
        names = [variable.value for variable in solutions.variables]
        return [{n: solution[n].value for n in names if solution[n] is not None} for solution in solutions]

    return lambda name, **given: answer(name, tuple(given.items()))


@cache
def words_of_claims() -> dict[str, str]:
    with (ROOT / "tests" / "gold" / "coverage.tsv").open(encoding="utf-8") as file:
        return {line["claim"]: line["words"] for line in csv.DictReader(file, delimiter="\t")}


def is_of_claim(quote: str, claim: str) -> bool:
    """Whether a quote and the words of a claim are of one sentence."""
    words = words_of_claims()[claim]
    return quote in words or words in quote


def fits(row: Row, key: str, expected: Any) -> bool:
    if key in QUOTES:
        return is_of_claim(row[QUOTES[key]], expected)
    if isinstance(expected, list):
        return any(fits(row, key, one) for one in expected)
    if key in GOODS:
        return set(expected.split(", ")) <= set(row.get(key, "").split(", "))
    return row.get(key) == expected


def expected_rows() -> Iterator[Any]:
    for name, rows in EXPECTED.items():
        for number, row in enumerate(rows):
            reason = row.pop("missed", None)
            marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
            of = "-".join(row[key] for key in QUOTES if key in row) or "count"
            yield pytest.param(name, row.pop("given", {}), row, id=f"{name}-{number}-{of}", marks=marks)


@pytest.mark.parametrize(("name", "given", "expected"), list(expected_rows()))
def test_row_is_found(ask: Ask, name: str, given: dict[str, str], expected: dict[str, Any]) -> None:
    rows = ask(name, **given)
    found = [row for row in rows if all(fits(row, key, value) for key, value in expected.items())]
    of_claim = [row for row in rows if all(fits(row, key, expected[key]) for key in QUOTES if key in expected)]
    assert found, f"rows of the same claim: {of_claim}"


def test_the_questions_of_the_issue_each_have_a_query_with_expected_rows() -> None:
    assert sorted(EXPECTED) == LOCAL
    assert len(LOCAL) >= 15
    assert {name: query.needs_service for name, query in QUERIES.items() if query.needs_service} == {
        "dbpedia-speakers": "https://dbpedia.org/sparql",
        "wikidata-heads-of-state": "https://query.wikidata.org/sparql",
    }


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_query_is_ordered_explained_and_labelled(query: SavedQuery) -> None:
    assert "ORDER BY" in query.text
    assert query.question.endswith(("?", "?)", ".)"))
    selected = query.text.split("WHERE")[0]
    for shown in ("speaker", "supplier", "recipient", "article", "law"):
        if f"?{shown} " in selected:
            assert f"?{shown}Label" in selected
    if "COUNT(" in selected:
        assert "AS ?reports" in selected
        assert "AS ?independentSources" in selected
    else:
        assert query.needs_service or "uote" in selected


def test_queries_on_meetings_name_every_kind_of_meeting(seed_store: Store) -> None:
    solutions = seed_store.query(f"SELECT ?kind {{ ?kind <{RDFS.subClassOf.value}>* <{AC.Meeting.value}> }}")
    kinds = {solution["kind"].value.removeprefix(AC.iri) for solution in solutions}  # type: ignore[union-attr]
    named = [
        set(found.replace("ac:", "").split())
        for query in QUERIES.values()
        for found in re.findall(r"\{([^{}]*ac:Meeting[^{}]*)\}", query.text)
    ]
    assert len(named) >= 4
    assert all(one == kinds for one in named)  # a path to the superclass is beyond Virtuoso


@pytest.mark.parametrize("name", LOCAL)
def test_rows_are_distinct_and_show_whether_a_person_looked(ask: Ask, name: str) -> None:
    rows = ask(name)
    assert len({tuple(sorted(row.items())) for row in rows}) == len(rows)
    for row in rows:
        if "quote" in row:
            assert row["review"] == "machine"
            assert row["articleLabel"]


@pytest.mark.parametrize("name", LOCAL)
def test_parameters_left_empty_ask_about_everything(seed_store: Store, ask: Ask, name: str) -> None:
    everything = list(seed_store.query(QUERIES[name].text))
    assert len(everything) >= len(ask(name))


# ---- rows that would contradict the articles


def of(rows: list[Row], **columns: str) -> list[Row]:
    return [row for row in rows if all(row.get(key) == value for key, value in columns.items())]


def test_nobody_else_is_made_supplier_of_what_iran_and_chinese_companies_gave(ask: Ask) -> None:
    rows = ask("allegations-by-speaker")
    for claim, suppliers in {"003-26": {"Iran"}, "003-27": {"State-owned Chinese defense companies"}}.items():
        named = {row.get("supplierLabel") for row in rows if is_of_claim(row["quote"], claim)}
        assert "North Korea" not in named
        assert named <= suppliers | {"Chinese state-owned defense companies"}
    assert of(rows, supplierLabel="China") == []  # "nothing indicates that" is no allegation


def test_talks_between_two_have_neither_supplier_nor_recipient(ask: Ask) -> None:
    rows = ask("allegations-by-speaker")
    for claim in ("000-01", "000-06", "000-11", "003-05", "003-07", "003-20", "003-21"):
        for row in rows:
            if is_of_claim(row["quote"], claim):
                assert "supplierLabel" not in row, claim
                assert "recipientLabel" not in row, claim


def test_a_denial_contradicts_only_what_it_denies(ask: Ask) -> None:
    for row in ask("contradicted-allegations"):
        assert row["denierLabel"] in ("North Korea", "Russia")
        is_of_talks = is_of_claim(row["denialQuote"], "000-12")
        assert is_of_talks or is_of_claim(row["denialQuote"], "004-05")
        assert row["scope"] == ("talks on a transfer" if is_of_talks else "arms transfer")
        assert row.get("supplierLabel") in (None, "North Korea")
        assert row.get("recipientLabel") in (None, "Russia")


def test_nobody_denies_a_visit_and_no_comment_is_no_denial(ask: Ask) -> None:
    rows = ask("no-comment-silence-denial")
    for row in of(rows, kindLabel="denial"):
        assert row["speakerLabel"] in ("North Korea", "Russia")
        assert row.get("aboutKind") in ("talks on a transfer", "arms transfer")
    for claim in ("000-09", "003-10", "003-11"):
        assert {row["kindLabel"] for row in rows if is_of_claim(row["quote"], claim)} <= {"no comment", "silence"}


def test_statements_about_the_visit_stay_in_their_days(ask: Ask) -> None:
    rows = ask("said-about-a-visit")
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
    assert {row["day"] for row in rows} <= {"2023-09-04", "2023-09-05", "2023-09-10", "2023-09-11", "2023-09-12"}
    assert of(rows, kindLabel="denial") == []
    early = [row for row in rows if row["day"] < "2023-09-11"]
    assert of(early, kindLabel="confirmation", partyLabel="Russia") == []
    assert of(early, kindLabel="confirmation", partyLabel="North Korea") == []


def test_named_speakers_are_not_anonymous(ask: Ask) -> None:
    for row in ask("anonymous-or-no-source"):
        assert row["sourcing"] == ("anonymous source" if "speaker" in row else "no source")
        assert row.get("speakerLabel") not in ("Shin Won-sik", "Dmitry Peskov", "Ramon Pacheco Pardo", "Kremlin")


def test_only_credited_media_are_cited(ask: Ask) -> None:
    credited = {
        "Associated Press",
        "Korean Central News Agency",
        "media in South Korea",
        "South Korean media",
        "The New York Times",
        "NHK",
        "Vedomosti",
    }
    assert {row["citedByLabel"] for row in ask("reporting-chain") if "citedByLabel" in row} <= credited


def test_an_expected_venue_is_no_venue(ask: Ask) -> None:
    for row in of(ask("meetings-expected-and-held"), status="took place", placeLabel="Vladivostok"):
        assert row["start"].startswith("2019")


def test_a_second_visit_is_no_third_summit(ask: Ask) -> None:
    rows = ask("visits-and-summits")
    assert of(rows, counted="visits to", whomLabel="North Korea") == []
    assert [row for row in rows if int(row["number"]) > 2] == []
    assert ask("visits-and-summits", asOf="2018-12-31") == []


def test_sources_are_at_most_as_many_as_statements_and_reports_as_articles(ask: Ask) -> None:
    for row in ask("sources-of-allegations"):
        assert 1 <= int(row["reports"]) <= 5
        assert int(row["deniers"]) <= 2
        if row.get("supplierLabel") not in (None, "North Korea"):
            assert row["deniers"] == "0"


def test_goods_flow_the_way_the_articles_say(ask: Ask) -> None:
    for row in ask("exchanges"):
        assert row.get("outSupplierLabel") in (None, "North Korea")
        assert row.get("backSupplierLabel") in (None, "Russia")


def test_containers_are_units_of_what_was_sent_and_of_what_came_back(ask: Ask) -> None:
    containers = {
        (row["value"], row["bound"], row.get("supplierLabel")) for row in ask("quantities", onlyUnit="container")
    }
    assert containers <= {("7000", "about", "North Korea"), ("9000", "more than", "Russia")}


def test_russia_gives_technology_and_north_korea_gets_it(ask: Ask) -> None:
    for row in ask("technology-transfers"):
        assert row["supplierLabel"] == "Russia"
        assert row.get("recipientLabel") in (None, "North Korea")
        if is_of_claim(row["quote"], "002-15"):
            assert row["position"] == "doubts or denies"


def test_other_suppliers_leave_out_the_one_and_keep_the_negation(ask: Ask) -> None:
    rows = ask("other-suppliers")
    assert of(rows, supplierLabel="North Korea") == []
    assert of(rows, supplierLabel="Russia") == []
    assert of(rows, supplierLabel="China", stance="positive") == []
    assert of(rows, supplierLabel="Iran", stance="negative") == []
    assert len(of(ask("other-suppliers", onlyRecipient=""), supplierLabel="Russia")) > 0


def test_each_law_stands_with_its_own_claim(ask: Ask) -> None:
    claims = {
        "US sanctions": ["003-19"],
        "UN Security Council resolutions": ["004-08"],
        "UN Security Council resolutions on North Korea": ["004-08"],
        "Commitments regarding arms sales": ["002-10"],
    }
    for row in ask("laws-violated"):
        assert any(is_of_claim(row["quote"], claim) for claim in claims[row["lawLabel"]])


def test_spokespersons_speak_for_their_own_body(ask: Ask) -> None:
    bodies = {
        "Dmitry Peskov": "Kremlin",
        "Adrienne Watson": "United States National Security Council",
        "John Kirby": "United States National Security Council",
        "Sergei Shoigu": "Ministry of Defence of the Russian Federation",
        "Shin Won-sik": "Ministry of National Defense (South Korea)",
    }
    rows = ask("spokespersons")
    for row in rows:
        assert row["bodyLabel"] == bodies.get(row["speakerLabel"], row["bodyLabel"])
    days = [row["day"] for row in of(rows, speakerLabel="Dmitry Peskov")]
    assert days == sorted(days)


def test_only_what_is_missing_is_called_missing(ask: Ask) -> None:
    rows = ask("missing-and-derived")
    for claim, gap in (
        ("004-19", "no supplier"),
        ("004-19", "no source"),
        ("003-26", "no supplier"),
        ("004-19", "no date"),
    ):
        assert [row for row in of(rows, gap=gap) if is_of_claim(row["quote"], claim)] == []


def test_a_state_whose_people_meet_does_not_meet_itself(ask: Ask) -> None:
    pairs = {(row["oneLabel"], row["otherLabel"]) for row in ask("who-met-whom")}
    assert ("Kim Jong Un", "Russia") not in pairs
    assert ("North Korea", "Kim Jong Un") not in pairs
    assert not {pair for pair in pairs if pair[0] == pair[1] or pair[::-1] in pairs}
    assert {row["oneLabel"] for row in ask("who-met-whom", onlyParticipant="person:to-lam")} == {"To Lam"}


def test_nobody_accuses_or_denies_itself(ask: Ask) -> None:
    rows = ask("who-accuses-whom")
    assert [row for row in rows if row.get("source", "none") == row.get("target")] == []
    assert {row["sourceLabel"] for row in of(rows, relation="denies")} == {"North Korea", "Russia"}
    assert of(rows, relation="accuses", targetLabel="China") == []


def test_days_are_the_newest_first_and_stay_in_the_period(ask: Ask) -> None:
    days = [row["day"] for row in ask("day-by-day")]
    assert days == sorted(days, reverse=True)
    within = ask("day-by-day", **{"from": "2024-01-01", "until": "2024-03-31"})
    assert {row["day"] for row in within} == {"2024-03-01"}
