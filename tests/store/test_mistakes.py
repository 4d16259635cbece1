"""What a person is told about a query with a slip of the pen: the place, the text, and what was meant."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_guard import PIECES

from ontology.terms import PREFIXES
from server.store import mistakes
from server.store.diagnosis import bad_query
from server.store.engine import BadQuery

AC = "<https://w3id.org/armsclaims/ontology#>"
GROUPED = "the SELECT has a variable that is neither grouped nor inside an aggregate: name it in GROUP BY"


def told(text: str, predeclared: dict[str, str] = PREFIXES) -> BadQuery:
    with pytest.raises(SyntaxError) as error:
        ox.Store().query(text, prefixes=predeclared)
    return bad_query(str(error.value), text, PREFIXES, predeclared)


@pytest.mark.parametrize(
    ("text", "line", "column", "at", "clause"),
    [
        ("SELECT * { ?s acc:speaker 1 }", 1, 15, "acc:speaker", f"did you mean “ac:”, which is {AC}?"),
        ("ASK {\n ?s a\tschma:Claim }", 2, 7, "schma:Claim", "did you mean “schema:”, which is <https://schema.org/>?"),
        ("PREFIX foo: <http://f/> ASK { ?s fo:o 1 }", 1, 34, "fo:o", "did you mean “foo:”?"),
        ("ASK { ?s foaf:name 1 }", 1, 10, "foaf:name", "add the line PREFIX foaf: <http://xmlns.com/foaf/0.1/>."),
        ("ASK { ?s DC:date 1 }", 1, 10, "DC:date", "add the line PREFIX DC: <http://purl.org/dc/elements/1.1/>."),
        ("ASK { ?s zzzzzzzz:o 1 }", 1, 10, "zzzzzzzz:o", "not declared; add the line PREFIX zzzzzzzz: <…>."),
        ("SELEKT * { ?s ?p ?o }", 1, 1, "SELEKT", "did you mean SELECT?"),
        ("SELECT * { ?s ?p ?o } ORDRE BY ?s", 1, 23, "ORDRE", "did you mean ORDER?"),
        ("ASK { ?s ?p ?o FILTER(strstart(?o, 'a')) }", 1, 23, "strstart", "did you mean STRSTARTS?"),
        ("@prefix a: <http://a/> . ASK { }", 1, 1, "@prefix", "SPARQL writes PREFIX without @"),
        ("SELECT * {\n ?s ?p 'é }", 2, 8, "'é }", "this string does not end"),
        ("SELECT * { ?s <a b> ?o }", 1, 15, "<a b>", "no IRI has such a character"),
        ("SELECT * { ?s ?p ?o", 1, 10, "{", "this { is never closed."),
        ("SELECT * { ?s ?p ?o }}", 1, 22, "}", "there is no { that this } could close."),
        ("SELECT * { FILTER(1 } )", 1, 21, "}", "another bracket must be closed before this }."),
        (" \n ", 1, 1, "", "at the end of the line: the query is empty"),
        ("SELECT ?s (COUNT(?p) AS ?n) { ?s ?p 1 }", 1, 40, "", GROUPED),
        ("SELECT * { ?s ?p 1 } GROUP BY ?s", 1, 33, "", "SELECT * does not go with GROUP BY"),
        ("SELECT (1 AS ?x) { ?x ?y ?z }", 1, 30, "", "a name that is taken already"),
    ],
)
def test_a_slip_is_told_with_its_place_and_what_was_meant(
    text: str, line: int, column: int, at: str, clause: str
) -> None:
    error = told(text)
    assert (error.line, error.column, error.at) == (line, column, at)
    assert str(error).startswith(f"Line {line}, column {column}, at ")
    assert clause in str(error)


def test_a_prefix_that_is_not_predeclared_here_comes_with_its_line() -> None:
    error = told("ASK { ?s a skos:Concept }", {})
    assert "add the line PREFIX skos: <http://www.w3.org/2004/02/skos/core#>" in str(error)


def test_where_only_the_engine_knows_it_says_where() -> None:
    error = told("SELECT * { } LIMIT -1")
    assert (error.line, error.column, error.at) == (1, 20, "-1")


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_a_place_is_in_the_text_whatever_it_is(text: str) -> None:
    mistake = mistakes.find(text, {}, PREFIXES)
    assert mistake is None or text[mistake.offset :].startswith(mistake.text)
