"""The shapes: a well-formed article graph conforms, every single breakage is reported where it is, and in time."""

import time
from functools import cache
from pathlib import Path

import pyshacl
import pytest
import yaml
from rdflib import RDF, Dataset, Graph, URIRef
from rdflib.namespace import SH

from ontology import terms

CASES = Path(__file__).parent / "cases"
VALID = (CASES / "dispute.ttl").read_text(encoding="utf-8")
BREAKAGES: list[list[str]] = yaml.safe_load((CASES / "breakages.yaml").read_text(encoding="utf-8"))


@cache
def shapes() -> Graph:
    return Graph().parse(terms.SHAPES_FILE)


@cache
def ontology() -> Graph:
    return Graph().parse(terms.ONTOLOGY_FILE)


def validate(turtle: str) -> Graph:
    _, report, _ = pyshacl.validate(
        Graph().parse(data=turtle, format="turtle"), shacl_graph=shapes(), ont_graph=ontology(), inference="none"
    )
    assert isinstance(report, Graph)
    return report


def messages(report: Graph, focus: URIRef | None = None) -> list[str]:
    results = report.subjects(SH.focusNode, focus) if focus else report.subjects(RDF.type, SH.ValidationResult)
    return sorted(str(report.value(result, SH.resultMessage)) for result in results)


def test_a_well_formed_graph_conforms() -> None:
    assert messages(validate(VALID)) == []


def test_the_shapes_are_well_formed_shacl() -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=shapes(), meta_shacl=True)
    assert conforms, text


def test_the_shapes_need_no_sparql_and_no_network() -> None:
    text = terms.SHAPES_FILE.read_text(encoding="utf-8")
    assert "sh:sparql" not in text
    assert "sh:js" not in text
    assert "owl:imports" not in text


def test_every_constraint_says_what_is_wrong() -> None:
    for shape in shapes().subjects(RDF.type, SH.NodeShape):
        predicates = set(shapes().predicates(shape)) - {RDF.type, SH.property, SH.message}
        if any(not str(predicate).startswith(str(SH.target)) for predicate in predicates):
            assert shapes().value(shape, SH.message), shape
    for path in shapes().subjects(SH.path):
        alternatives = list(shapes().subjects(SH.property, path))
        if any(isinstance(owner, URIRef) for owner in alternatives):
            assert shapes().value(path, SH.message), (alternatives, shapes().value(path, SH.path))


def broken(old: str, new: str) -> str:
    assert old in VALID, f"the well-formed graph no longer has {old!r}"
    return VALID.replace(old, new.replace("@LONG@", "long " * 400))


@pytest.mark.parametrize(("old", "new", "focus", "words"), BREAKAGES)
def test_a_single_breakage_is_reported_at_its_node(old: str, new: str, focus: str, words: str) -> None:
    report = validate(broken(old, new))
    if focus.startswith("_:"):
        found = messages(report)
    else:
        namespaces = dict(Graph().parse(data=VALID, format="turtle").namespaces())
        prefix, _, name = focus.partition(":")
        found = messages(report, URIRef(namespaces[prefix] + name))
    assert [message for message in found if words in message], messages(report)


def test_the_table_of_breakages_provokes_every_message_of_the_shapes() -> None:
    told = {str(message) for message in shapes().objects(None, SH.message)}
    assert {message for message in told if not any(words in message for *_, words in BREAKAGES)} == set()


def test_warnings_are_only_where_articles_may_differ() -> None:
    report = validate(broken('ac:startDate "2019-05-01"^^xsd:date', 'ac:startDate "2019-06-01"^^xsd:date'))
    assert set(report.objects(None, SH.resultSeverity)) == {SH.Warning}


def test_five_articles_are_validated_within_seconds() -> None:
    articles = Dataset().graph(URIRef("urn:five"))
    for number in range(5):
        body = VALID
        for kind in ("statement", "evidence", "selector", "quantity", "transfer", "courier", "extraction"):
            body = body.replace(f" {kind}:", f" {kind}:{number}-").replace(f"\n{kind}:", f"\n{kind}:{number}-")
        articles.parse(data=body.replace(f"@prefix {number}-", "@prefix "), format="turtle")
    started = time.perf_counter()
    conforms, _, text = pyshacl.validate(articles, shacl_graph=shapes(), ont_graph=ontology(), inference="none")
    assert conforms, text
    assert time.perf_counter() - started < 10
