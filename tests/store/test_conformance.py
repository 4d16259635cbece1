"""The quick look at an article never passes what the shapes refuse, and does pass what is good."""

from functools import cache
from pathlib import Path

import pytest
import rdflib
import yaml
from article_examples import Said, quads_of
from pyoxigraph import Quad, RdfFormat, parse

from ontology.terms import AC, ONTOLOGY_FILE, SHAPES_FILE
from server.store.conformance import Conformance
from server.store.foundation import Foundation
from server.store.validation import Validator

CASES = Path(__file__).parent.parent / "ontology" / "cases"
VALID = (CASES / "dispute.ttl").read_text("utf-8")
BREAKAGES: list[list[str]] = yaml.safe_load((CASES / "breakages.yaml").read_text("utf-8"))


@cache
def glance() -> Conformance:
    return Conformance(rdflib.Graph().parse(SHAPES_FILE), parse(path=ONTOLOGY_FILE, format=RdfFormat.TURTLE))


def article(turtle: str) -> list[Quad]:
    return list(parse(turtle, RdfFormat.TURTLE))


def test_every_shape_of_the_ontology_is_understood() -> None:
    assert Validator(SHAPES_FILE.read_text("utf-8"), []).glance is not None


def test_good_articles_pass(foundation: Foundation) -> None:
    assert glance().conforms(article(VALID))
    quick = Validator(foundation.shapes, [*foundation.ontology, *foundation.reference]).glance
    assert quick is not None
    assert quick.conforms(quads_of("one", [Said("Three gears were sent.", quantity=3)]))


@pytest.mark.parametrize(("old", "new", "focus", "words"), BREAKAGES)
def test_what_the_shapes_refuse_is_never_passed(old: str, new: str, focus: str, words: str) -> None:
    """Pyshacl reports each of these: tests/ontology/test_shapes.py sees to that."""
    assert old in VALID
    assert not glance().conforms(article(VALID.replace(old, new.replace("@LONG@", "long " * 400))))


@pytest.mark.parametrize("predicate", [AC.stance, AC.evidence, AC.reportedIn, AC.reviewStatus])
def test_a_statement_that_lacks_what_it_needs_is_not_passed(predicate: object) -> None:
    assert not glance().conforms([quad for quad in article(VALID) if quad.predicate != predicate])
