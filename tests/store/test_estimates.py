"""Which queries look long: those whose patterns share no variable, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_guard import PIECES

from server.store.estimates import is_long

MANY = " ".join(map(str, range(30)))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?a ?b ?c . ?d ?e ?f }",
        "SELECT * { ?a ?b ?c OPTIONAL { ?d ?e ?f } }",
        "SELECT (COUNT(*) AS ?n) { { SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a ?d } }",
        "SELECT * { ?a ?b ?c . ?d ?e ?f FILTER(?a != ?d) }",
        "ASK { ?a <p:p> 1 ; <p:q> ?b . [] <p:p> ?c , ?d }",
        f"SELECT * {{ VALUES ?a {{ {MANY} }} VALUES ?b {{ {MANY} }} }}",
        "SELECT * { ?a (!<p:p>)* ?b }",
        "SELECT * { BIND('a' AS ?x) " + " ".join(f"BIND(CONCAT(?x, 'a') AS ?x{n})" for n in range(11)) + " }",
    ],
)
def test_what_multiplies_looks_long(text: str) -> None:
    assert is_long(text)


@pytest.mark.parametrize(
    "text",
    [
        "ASK { }",
        "SELECT * { ?a ?b ?c }",
        "SELECT ?x ?y { ?a ?b ?c . ?c ?d ?e . OPTIONAL { ?e ?f ?g } } GROUP BY ?x ?y",
        "SELECT * { { ?a <p:p> ?b } UNION { ?a <p:q> ?c } }",
        "SELECT * { VALUES ?lone { UNDEF } ?a ?b ?c FILTER(!BOUND(?lone) || ?a = ?lone) }",
        "SELECT * { ?a ?b ?c . BIND(COALESCE(?other, 'none') AS ?d) }",
        "SELECT * { ?a ?b ?c GRAPH ?g { ?a <p:p> ?d } }",
        "SELECT * { ?a <p:p>*/<p:q>+ ?b . BIND(IRI(STR(?b)) AS ?c) ?c <p:r> ?d }",
        "SELECT * { ?a ?b ?c FILTER NOT EXISTS { ?c <p:p> ?d } }",
        f"SELECT * {{ VALUES (?a ?b) {{ {'(1 2) ' * 30} }} ?a ?p ?b }}",
    ],
)
def test_what_hangs_together_does_not(text: str) -> None:
    assert not is_long(text)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    assert is_long(text) in (True, False)
