"""Which queries look long: those whose patterns share no variable, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_guard import PIECES

from server.store.estimates import Experience, is_long

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


def test_a_query_that_took_long_is_known_until_it_does_no_more() -> None:
    experience = Experience()
    assert not experience.took_long("ASK {}")
    experience.note("ASK {}", long=True)
    assert experience.took_long("ASK {}")
    experience.note("ASK {}", long=False)
    assert not experience.took_long("ASK {}")


def test_no_more_than_a_thousand_queries_are_known_and_none_that_is_very_long() -> None:
    experience = Experience()
    for number in range(1001):
        experience.note(f"ASK {{ {number} }}", long=True)
    experience.note("ASK {" + 5000 * " " + "}", long=True)
    assert not experience.took_long("ASK { 0 }")
    assert experience.took_long("ASK { 1 }")
    assert not experience.took_long("ASK {" + 5000 * " " + "}")
