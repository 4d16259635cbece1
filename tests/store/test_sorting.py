"""ORDER BY over values of many types: the engine's sort gives up on them, our answer does not."""

import csv
import io
from pathlib import Path
from random import Random

import pytest
from engine_examples import EX, add_release
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import XSD
from server.store import sorting
from server.store.embedded import EmbeddedEngine
from server.store.engine import Query

CSV = {"solutions": "text/csv"}


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("ORDER BY ?o LIMIT 3", 'ORDER BY ASC(IF(ISNUMERIC(?o), "", STR(DATATYPE(?o)))) ASC(?o)  LIMIT 3'),
        ("order by desc(?o)", 'order by DESC(IF(ISNUMERIC((?o)), "", STR(DATATYPE((?o))))) DESC((?o)) '),
        ("ORDER BY STR(?o)", 'ORDER BY ASC(IF(ISNUMERIC(STR(?o)), "", STR(DATATYPE(STR(?o))))) ASC(STR(?o)) '),
    ],
)
def test_each_condition_is_preceded_by_the_datatype_of_its_value(text: str, conditions: str) -> None:
    assert sorting.by_type(f"SELECT * {{}} {text}") == f"SELECT * {{}} {conditions}"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }",
        'SELECT * { ?s ?p "ORDER BY ?o" } # ORDER BY ?o',
        "SELECT ?order { ?order ?by ?o } LIMIT 3",
        "SELECT * { ?s ?p ?o } ORDER",
    ],
)
def test_what_does_not_sort_stays(text: str) -> None:
    assert sorting.by_type(text) == text


def test_several_conditions_in_a_subselect_and_outside_are_found() -> None:
    text = "SELECT * { { SELECT ?a { ?a ?b ?c } ORDER BY ?a DESC(?c) LIMIT 1 } } ORDER BY (?a) VALUES (?a) { (1) }"
    done = sorting.by_type(text)
    assert done.count("DATATYPE") == 3
    assert done.endswith("VALUES (?a) { (1) }")
    assert list(Store().query(done)) == []


def test_values_of_many_types_are_sorted(tmp_path: Path) -> None:
    """So many, and so mixed, that the engine's own sort notices that their order goes round in a circle."""
    values = [Literal(f"{n}.5", datatype=XSD.decimal) for n in range(400)]
    values += [Literal(str(n), datatype=XSD.integer) for n in range(200)]
    values += [Literal(f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}", datatype=XSD.date) for n in range(84)]
    values += [Literal(f"{n} guns") for n in range(400)] + [Literal(f"{n} guns", language="en") for n in range(400)]
    Random(1).shuffle(values)
    folder = tmp_path / "data"
    predicate = NamedNode(f"{EX}p")
    add_release(
        folder, "r1", [Quad(NamedNode(f"{EX}s{n}"), predicate, o, DefaultGraph()) for n, o in enumerate(values)]
    )
    with EmbeddedEngine(folder, workers=1) as engine:
        for direction in ("ASC", "DESC"):
            answer = engine.query(Query(f"SELECT ?o {{ ?s ?p ?o }} ORDER BY {direction}(?o)"), CSV)
            rows = [row[0] for row in csv.reader(io.StringIO(b"".join(answer).decode()))][1:]
            assert len(rows) == len(values)
            spread = [float(row) for row in rows if row.endswith(".5")]
            assert spread == sorted(spread, reverse=direction == "DESC")
