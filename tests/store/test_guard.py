"""The guard: what it refuses, what it lets through, and that no lexical trick gets past it."""

import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.store.engine import Refused
from server.store.guard import Bounds, Guard, tokens

WIKIDATA = "https://query.wikidata.org/sparql"

CALLS = [
    "SELECT * { SERVICE <http://evil.example/> { ?s ?p ?o } }",
    "SELECT * { service <http://evil.example/> { ?s ?p ?o } }",
    "SELECT * { SeRvIcE SILENT <http://evil.example/> { ?s ?p ?o } }",
    "SELECT * { SERVICESILENT<http://evil.example/>{ ?s ?p ?o } }",
    "SELECT * { SERVICE # a comment\n SILENT # and another {\n <http://evil.example/> #}\n { ?s ?p ?o } }",
    "SELECT * { SERVICE <htt\\u0070://evil.example/> { ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE <http://evil.example/> { ?s ?p ?o } }",
    "SELECT * { SERVICE ?endpoint { ?s ?p ?o } }",
    "SELECT * { VALUES ?e { <http://evil.example/> } SERVICE ?e { ?s ?p ?o } }",
    "SELECT * { SERVICE $endpoint { ?s ?p ?o } }",
    "SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }",
    "SELECT * { SERVICE <https://[::1]/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://2130706433/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://query.wikidata.org@evil.example/sparql> { ?s ?p ?o } }",
    "SELECT * { SERVICE <https://query.wikidata.org/sparql?x> { ?s ?p ?o } }",
    "SELECT * { SERVICE <https://query.wikidata.org/sparql/> { ?s ?p ?o } }",
    "BASE <http://evil.example/> SELECT * { SERVICE <sparql> { ?s ?p ?o } }",
    "PREFIX : <http://evil.example/> SELECT * { SERVICE :x { ?s ?p ?o } }",
    "PREFIX : <http://evil.example/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    "PREFIX : <http://evil.example/> SELECT * { SERVICESILENT:x { ?s ?p ?o } }",
    "PREFIX : <http://evil.example/> PREFIX service: <http://a/> SELECT * { service:x { ?s ?p ?o } }",
    "PREFIX : <http://evil.example/> SELECT * { ?s ?p trueSERVICE:x { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE <http://evil.example/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1SERVICE<http://evil.example/>{ ?s ?p ?o } }",
    "SELECT * { {}SERVICE<http://evil.example/>{ ?s ?p ?o } }",
    "SELECT * { OPTIONAL { SERVICE <http://evil.example/> { ?s ?p ?o } } }",
    "SELECT * { FILTER EXISTS { SERVICE <http://evil.example/> { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { SERVICE <http://evil.example/> { ?s ?p ?o } } } }",
    "ASK { GRAPH ?g { SERVICE <http://evil.example/> { ?s ?p ?o } } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <http://evil.example/> { ?s ?p ?o } }",
    # where a naive lexer takes a comparison for an IRI and what follows for a string or a comment
    "SELECT * { FILTER(1<'x>y' || EXISTS { SERVICE <http://evil.example/> {?x ?y ?z} }) #'\n}",
    "SELECT * { FILTER(true<'x>y' || EXISTS { SERVICE <http://evil.example/> {?x ?y ?z} }) #'\n}",
    "SELECT * { FILTER(EXISTS{}<'x>y' || EXISTS { SERVICE <http://evil.example/> {?x ?y ?z} }) #'\n}",
    "SELECT * { FILTER(\"a\"@en<'x>y' || EXISTS { SERVICE <http://evil.example/> {?x ?y ?z} }) #'\n}",
    "SELECT * { FILTER(1<#>'''\n2 && EXISTS { SERVICE <http://evil.example/> {?x ?y ?z} }) #'''\n}",
    "SELECT * { ?s <a:b\\'> ?o . SERVICE <http://evil.example/> {?x ?y ?z} #'\n}",
    "PREFIX a: <http://a/> SELECT * { ?s a:b\\' ?o . SERVICE <http://evil.example/> {?x ?y ?z} #'\n}",
    "PREFIX a: <http://a/> SELECT * { ?s a:b\u0300\\' ?o . SERVICE <http://evil.example/> {?x ?y ?z} #'\n}",
    "PREFIX a: <http://a/> SELECT * { ?s a:b\\# ?o . SERVICE <http://evil.example/> {?x ?y ?z} }",
    'SELECT * { VALUES ?x { """ "} SERVICE <http://evil.example/> {?x ?y ?z} }',
    "SELECT * { ?s ?p '\\'' . SERVICE <http://evil.example/> {?x ?y ?z} #'\n}",
    "SELECT * { # \r SERVICE <http://evil.example/> {?x ?y ?z} }",
]

HARMLESS = [
    'SELECT * { ?s ?p "SERVICE <http://evil.example/> { }" }',
    "SELECT * { ?s ?p '''a\n SERVICE <http://evil.example/> { }''' }",
    "SELECT * { ?s ?p ?o } # SERVICE <http://evil.example/> { }",
    'SELECT * { ?s <http://www.w3.org/2000/01/rdf-schema#label> "Federal Security Service" }',
    "SELECT * { ?s ?p <http://example.com/SERVICE> . FILTER(?o < 3) }",
    "PREFIX ex: <http://example.com/> SELECT * { ?s ex:service ?o . { ?s ex:SERVICE ?load } }",
    "PREFIX service: <http://example.com/> SELECT * { ?s service:x ?o . GRAPH service:g { ?s ?p ?o } }",
    "PREFIX service: <http://example.com/> SELECT * FROM service:g { ?s ?p ?o }",
    "PREFIX load: <http://example.com/> SELECT * { ?s load:x load:y }",
    "SELECT ?service ?load { ?service ?load ?silent }",
    'SELECT * { VALUES (?a ?b) { (<http://a#b> <http://c#d>) } ?s ?p "service" }',
    'SELECT * { ?s ?p ?o . FILTER(?p = <http://a#b> && ?o = "service") }',
    'SELECT * { ?s ?p "x"@service , "load" }',
]


@pytest.mark.parametrize("query", CALLS)
def test_every_call_is_refused(query: str) -> None:
    with pytest.raises(Refused, match="SERVICE"):
        Guard(service_allow=[WIKIDATA]).check(query)


@pytest.mark.parametrize("query", HARMLESS)
def test_the_words_alone_are_not_refused(query: str) -> None:
    assert Guard().check(query) is False


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ SERVICE <{WIKIDATA}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE SILENT <{WIKIDATA}> {{ ?s ?p ?o }} }}",
        "SELECT * { SERVICE <https://query.wikidata.org/sp\\u0061rql> { ?s ?p ?o } }",
        "PREFIX w: <https://query.wikidata.org/> SELECT * { SERVICE w:sparql { ?s ?p ?o } }",
        "PREFIX service: <https://query.wikidata.org/> SELECT * { SERVICE service:sparql { ?s ?p ?o } }",
        "SELECT * { SERVICE known:sparql { ?s ?p ?o } }",
    ],
)
def test_an_allowed_call_is_let_through_and_told(query: str) -> None:
    guard = Guard(service_allow=[WIKIDATA], prefixes={"known": "https://query.wikidata.org/"})
    assert guard.check(query) is True


def test_one_call_too_many_is_refused() -> None:
    query = f"SELECT * {{ SERVICE <{WIKIDATA}> {{ ?s ?p ?o }} SERVICE <http://evil.example/> {{ ?s ?p ?o }} }}"
    with pytest.raises(Refused, match=f"<http://evil.example/>.*Allowed here: <{WIKIDATA}>"):
        Guard(service_allow=[WIKIDATA]).check(query)


def test_a_prefix_declared_twice_names_no_endpoint() -> None:
    query = f"PREFIX w: <{WIKIDATA}> PREFIX w: <http://evil.example/> SELECT * {{ SERVICE w: {{ ?s ?p ?o }} }}"
    with pytest.raises(Refused, match="w:"):
        Guard(service_allow=[WIKIDATA]).check(query)


def test_load_is_refused() -> None:
    with pytest.raises(Refused, match="LOAD"):
        Guard().check("LOAD <http://evil.example/> INTO GRAPH <http://example.com/g>")


BOMBS = {
    "round brackets": "SELECT * { BIND(" + "(" * 5000 + "1" + ")" * 5000 + " AS ?x) }",
    "curly brackets": "SELECT * " + "{" * 3000 + "}" * 3000,
    "square brackets": "SELECT * { " + "[ <p:p> " * 3000 + "1" + "]" * 3000 + " }",
    "nested collections": "SELECT * { " + "( " * 3000 + "1" + ")" * 3000 + " <p:p> 1 }",
    "unions": "SELECT * { {?s ?p 1}" + " UNION {?s ?p 2}" * 10_000 + " }",
    "optionals": "SELECT * { ?s ?p 1" + " OPTIONAL {?s ?p ?o}" * 200 + " }",
    "conjunctions": "SELECT * { ?s ?p ?o FILTER(?o = 1" + " && ?o = 2" * 10_000 + ") }",
    "disjunctions": "SELECT * { ?s ?p ?o FILTER(?o = 1" + " || ?o = 2" * 3000 + ") }",
    "sums": "SELECT * { BIND(1" + " + 1" * 10_000 + " AS ?x) }",
    "negations": "SELECT * { BIND(" + "!" * 10_000 + "true AS ?x) }",
    "filters": "SELECT * { ?s ?p ?o " + "FILTER(?o) " * 10_000 + "}",
    "expressions": "SELECT " + " ".join(f"(1 AS ?x{i})" for i in range(3000)) + " { }",
    "path steps": "SELECT * { ?s <p:p>" + "/<p:p>" * 1000 + " ?o }",
    "triple patterns": "SELECT * { " + "?s ?p ?o . " * 1000 + "}",
    "objects": "SELECT * { ?s ?p " + "?o , " * 200 + "?o }",
    "members of a collection": "SELECT * { ?s ?p (" + "?o " * 400 + ") }",
    "characters": "SELECT * { ?s ?p '" + "x" * 1_000_000 + "' }",
    "more characters": "(" * 1_000_000,
}


@pytest.mark.parametrize("query", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_within_a_tenth_of_a_second(query: str) -> None:
    started = time.process_time()
    with pytest.raises(Refused, match="The query has"):
        Guard().check(query)
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { VALUES ?s { " + " ".join(f"<http://example.com/{i}>" for i in range(5000)) + " } ?s ?p ?o }",
        "SELECT * { VALUES (?s ?o) { " + " ".join(f"(<http://e/{i}> {i})" for i in range(3000)) + " } ?s ?p ?o }",
        "SELECT * { ?s ?p ?o FILTER(?o IN (" + ", ".join(map(str, range(5000))) + ")) }",
        "SELECT " + " ".join(f"?x{i}" for i in range(500)) + " { ?s ?p ?o }",
    ],
)
def test_long_lists_are_no_bombs(query: str) -> None:
    assert Guard().check(query) is False


def test_bounds_can_be_set() -> None:
    Guard(bounds=Bounds(depth=2)).check("SELECT * { { } }")
    with pytest.raises(Refused, match="more than 2 brackets"):
        Guard(bounds=Bounds(depth=2)).check("SELECT * { { { } } }")


QUOTES = ["'", '"', "'''", '"""', "\\", "\\'", '\\"', "\\u0022"]
SIGNS = ["<", ">", "<a", "#", "\n", "\r", " ", "{", "}", "(", ")", "[", "]", ":", ".", "-", "&&", "%4"]
WORDS = ["SERVICE", "a", "a:b", "?x", "<http://evil.example/>", "@en", "_:b", "1e", "true", "VALUES", "EXISTS"]
LETTERS = ["é", "\u0300", "\x00", "\U0010ffff"]
PIECES = st.sampled_from([*QUOTES, *SIGNS, *WORDS, *LETTERS])


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_tokens_are_the_whole_text_whatever_it_is(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text


@given(st.lists(PIECES, max_size=60).map("".join))
def test_the_guard_answers_whatever_the_text(text: str) -> None:
    try:
        assert Guard().check(text) is False
    except Refused as refusal:
        assert str(refusal)  # noqa: PT017 (being refused is one of two good ends)


UNBOUNDED = Guard(bounds=Bounds(length=10**9, depth=10**9, patterns=10**9, operators=10**9))


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4).map("".join))
@example("'''\n\\")
@example("\\'")
@example("a.")
def test_time_grows_with_the_length_only(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        started = time.process_time()
        with suppress(Refused):
            UNBOUNDED.check(text)
        return time.process_time() - started

    assert seconds(16_000) < 8 * seconds(4_000) + 0.1  # quadratic would be 16 times as long, and seconds
