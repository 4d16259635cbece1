"""Labels of statements: several unnamed sources allege, one source alleges."""

import pytest

from loader import labels
from loader.records import Statement
from ontology.terms import ID


@pytest.mark.parametrize(
    ("iri", "name", "label"),
    [
        (ID + "source/one/u-s-officials", "U.S. officials", "U.S. officials deny"),
        (ID + "source/one/partners", "partners of Freedonia", "partners of Freedonia deny"),
        (ID + "source/one/people", "people familiar with the sales", "people familiar with the sales deny"),
        (ID + "source/one/official", "official of the United Nations", "official of the United Nations denies"),
        (ID + "source/one/press", "press", "press denies"),
        (ID + "state/united-states", "United States", "United States denies"),
    ],
)
def test_the_verb_agrees_with_the_speaker(iri, name, label):
    statement = Statement(ID + "statement/one", "Denial", (0, 1), speaker=iri)
    assert labels.of_statement(statement, {iri: name}) == label
