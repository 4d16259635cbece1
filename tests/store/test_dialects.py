"""What Virtuoso is asked in place of a query."""

import pytest
from pyoxigraph import Literal

from server.store.dialects import for_virtuoso, is_virtuoso


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("SELECT * { VALUES ?x { <urn:a> } ?x ?p ?o }", "SELECT * { BIND(<urn:a> AS ?x) ?x ?p ?o }"),
        (
            'SELECT * { VALUES ?x { <urn:a> } VALUES ?y { "b } c"@en } ?x ?p ?y }',
            'SELECT * { BIND(<urn:a> AS ?x) BIND("b } c"@en AS ?y) ?x ?p ?y }',
        ),
        ("SELECT * { VALUES ?x { <urn:a> <urn:b> } ?x ?p ?o }", None),
        ("SELECT * { ?x ?p ?o VALUES ?x { <urn:a> } }", None),
        ("SELECT * { VALUES ?x { <urn:a> } ?y <urn:p>* ?x }", None),
    ],
)
def test_values_of_one_term_give_way_where_a_group_begins(text: str, asked: str | None) -> None:
    assert for_virtuoso(text) == (asked or text)


def test_a_virtuoso_gives_numbers_for_what_is_true() -> None:
    assert is_virtuoso(Literal(1))
    assert not is_virtuoso(Literal(True))
    assert not is_virtuoso(None)
