"""The JSON form: labels, ISO dates and offsets."""

import json
from datetime import date

import pytest
from extraction_examples import DELIVERY, TEXT, extraction

from loader import labels, report
from loader.records import Period
from ontology import reference

REFERENCE = reference.read()


def test_the_form() -> None:
    made = json.loads(json.dumps(report.as_json(extraction(), REFERENCE)))
    assert list(made) == ["article", "actors", "meetings", "transfers", "events", "statements", "unapplied"]
    assert made["article"] == {
        "path": "articles/cannons_1.txt",
        "iri": "https://w3id.org/armsclaims/id/article/the-gazette/cannons-1",
        "headline": "Cannons for a neighbour",
        "published": "2024-06-12",
        "sha256": extraction().article.sha256,
    }
    assert made["actors"][0] == {
        "iri": "https://w3id.org/armsclaims/id/organization/freedonia",
        "label": "Freedonia",
        "type": "Organization",
        "mentions": [[0, 9]],
    }
    assert made["meetings"][0]["participants"] == ["Freedonia", "Russia"]
    assert (made["meetings"][0]["place"], made["meetings"][0]["expectedPlace"]) == (None, "Ruritania")
    assert (made["meetings"][0]["start"], made["meetings"][0]["end"]) == ("2024-03-01", "2024-03-31")
    transfer = made["transfers"][0]
    assert (transfer["kind"], transfer["scope"], transfer["supplier"], transfer["recipient"], transfer["materiel"]) == (
        "ArmsTransfer", "arms", "Freedonia", "Russia", ["cannons"],
    )  # fmt: skip
    allegation, denial, assessment = made["statements"]
    assert (allegation["speaker"], allegation["onBehalfOf"], allegation["about"]) == (
        "Ministry of Sylvania", None, DELIVERY,
    )  # fmt: skip
    assert allegation["quantity"] == {"value": 7000, "max": None, "unit": "crate", "bound": "about"}
    assert allegation["statedOn"] == "2024-03"
    assert (denial["stance"], denial["quantity"], denial["reviewStatus"]) == ("negative", None, "machine")
    assert denial["reviews"] == []
    assert (assessment["speaker"], assessment["wouldViolate"]) == (None, "the Treaty of Ruritania")
    for statement in made["statements"]:
        evidence = statement["evidence"]
        assert TEXT[evidence["start"] : evidence["end"]] == evidence["exact"]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (None, None),
        (Period(None, None), None),
        (Period(date(2024, 3, 5), date(2024, 3, 5)), "2024-03-05"),
        (Period(date(2024, 2, 1), date(2024, 2, 29), "month"), "2024-02"),
        (Period(date(2024, 1, 1), date(2024, 12, 31), "year"), "2024"),
        (Period(date(2024, 3, 4), date(2024, 3, 10), "week"), "2024-03-04/2024-03-10"),
        (Period(date(2024, 3, 1), None, "interval"), "2024-03-01/"),
        (Period(None, date(2024, 3, 1), "interval"), "/2024-03-01"),
    ],
)
def test_iso(period: Period | None, expected: str | None) -> None:
    assert labels.iso(period) == expected


def test_a_publisher_or_law_that_the_reference_data_name_is_not_made_again() -> None:
    known = next((law for law in REFERENCE.laws.values()), None)
    if known is not None:
        assert labels.law("The " + known.label, REFERENCE).iri == known.iri
    assert labels.outlet("Nobody's Post", REFERENCE) == labels.Named(
        "https://w3id.org/armsclaims/id/outlet/nobodys-post", "Nobody's Post", known=False
    )
