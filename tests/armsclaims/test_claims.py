"""Claims asked from Python: rdflib terms and data frames, of a release; endpoints are tested with the server."""

from datetime import date
from pathlib import Path

import pandas
import polars
import pytest
from rdflib import Literal, URIRef

import armsclaims
from armsclaims.claims import Claims
from server.saved_query import BadParameter

RUSSIA = URIRef("https://w3id.org/armsclaims/id/state/russia")
NUMBERS = """SELECT * WHERE { VALUES (?whole ?part ?mixed ?odd ?day ?open ?flag) {
    (1 1.5 1 1 "2024-06-12"^^xsd:date UNDEF true) (2 2.5 2.5 "x" "2024-06-13"^^xsd:date UNDEF false) } }"""


@pytest.fixture(scope="module")
def claims(seed_data: Path) -> Claims:
    return armsclaims.open_claims(seed_data)


def test_solutions_are_rdflib_terms(claims: Claims) -> None:
    solutions = claims.query("SELECT ?s ?name ?none WHERE { VALUES ?s { state:russia } ?s rdfs:label ?name }")
    assert solutions.columns == ["s", "name", "none"]
    assert list(solutions) == [{"s": RUSSIA, "name": Literal("Russia", lang="en")}]


def test_a_saved_query_takes_its_parameters(claims: Claims) -> None:
    all_, some = (
        claims.query("allegations-by-speaker"),
        claims.query("allegations-by-speaker", onlySupplier="https://w3id.org/armsclaims/id/state/north-korea"),
    )
    assert 0 < len(some) < len(all_)
    assert {str(row["supplierLabel"]) for row in some} == {"North Korea"}
    with pytest.raises(BadParameter, match="shoe"):
        claims.query("allegations-by-speaker", shoe=44)
    with pytest.raises(ValueError, match="Only saved queries have parameters"):
        claims.query("SELECT ?s WHERE { ?s ?p ?o }", s=1)


def test_pandas_has_numbers_truth_values_and_days(claims: Claims) -> None:
    frame = claims.query(NUMBERS).to_pandas().sort_values("whole")
    assert {name: str(type_) for name, type_ in frame.dtypes.items()} == {
        "whole": "Int64",
        "part": "Float64",
        "mixed": "Float64",
        "odd": "string",
        "day": "datetime64[s]",
        "open": "string",
        "flag": "boolean",
    }
    assert list(frame["whole"]) == [1, 2]
    assert frame["day"].max() == pandas.Timestamp("2024-06-13")
    assert frame["open"].isna().all()


def test_polars_has_them_too(claims: Claims) -> None:
    frame = claims.query(NUMBERS).to_polars().sort("whole")
    assert dict(frame.schema) == {
        "whole": polars.Int64,
        "part": polars.Float64,
        "mixed": polars.Float64,
        "odd": polars.String,
        "day": polars.Date,
        "open": polars.String,
        "flag": polars.Boolean,
    }
    assert frame["day"].to_list() == [date(2024, 6, 12), date(2024, 6, 13)]
    assert frame["odd"].to_list() == ["1", "x"]


def test_no_solution_is_an_empty_frame_with_columns(claims: Claims) -> None:
    nothing = claims.query("SELECT ?a ?b WHERE { FILTER(false) }")
    assert list(nothing.to_pandas().columns) == nothing.to_polars().columns == ["a", "b"]
    assert len(nothing.to_pandas()) == len(nothing.to_polars()) == 0


def test_what_is_no_select_is_told(claims: Claims) -> None:
    with pytest.raises(ValueError, match="for ASK use the dataset"):
        claims.query("ASK { ?s ?p ?o }")
