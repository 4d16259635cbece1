"""What the guard refuses in updates, and USING written into them."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from server.store import updates
from server.store.engine import BadQuery, Refused
from server.store.guard import BOUNDS, Guard

GUARD = Guard()
TRIPLE = "<http://e/a> <http://e/b> 1 . "


@pytest.mark.parametrize(
    "update",
    [
        "LOAD <http://127.0.0.1:9/x>",
        "load silent <http://127.0.0.1:9/x> INTO GRAPH <http://e/g>",
        "LOADSILENT<http://127.0.0.1:9/x>",
        "PREFIX : <http://127.0.0.1:9/> LOAD:x",
        "PREFIX a: <http://127.0.0.1:9/>LOADSILENTa:x",
        "BASE<http://127.0.0.1:9/>#\nLOAD<x>",
        "CREATE GRAPH <http://e/g>;LOAD<file:///etc/passwd>",
        "INSERT DATA { } ; # a comment\n LoAd <http://127.0.0.1:9/x>",
        "LO\\u0041D <http://127.0.0.1:9/x>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/x> { ?s ?p ?o } }",
        "INSERT { ?s ?p ?o } WHERE { SERVICESILENT<http://127.0.0.1:9/x>{ ?s ?p ?o } }",
        "INSERT DATA { } ; DELETE { ?s ?p ?o } WHERE { SERVICE ?x { ?s ?p ?o } }",
        "INSERT DATA { <http://e/a> <http://e/b> " + "(" * 5000 + ")" * 5000 + " }",
        "INSERT { } WHERE { " + "?s ?p ?o . " * 1000 + "}",
    ],
)
def test_what_calls_out_or_is_too_deep_is_refused(update):
    with pytest.raises(Refused):
        updates.check(GUARD, update)


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { " + TRIPLE * 1000 + "}",
        "DELETEDATA{" + TRIPLE * 1000 + "}",
        'INSERT DATA { <http://e/a> <http://e/b> "LOAD <http://e/c> ; SERVICE <http://e/c> { }" }',
        "# LOAD <http://e/c>\nCLEAR ALL",
        "PREFIX load: <http://e/> CLEAR GRAPH load:x ; ADD load:a TO load:b",
        "INSERT DATA { <http://e/loads> <http://e/service> <http://e/x> }",
    ],
)
def test_what_only_looks_like_it_is_not(update):
    assert updates.check(GUARD, update) is False


def test_a_block_of_data_ends_at_its_bracket():
    with pytest.raises(Refused, match=f"more than {BOUNDS.patterns}"):
        updates.check(GUARD, "INSERT DATA { } ; DELETE WHERE { " + "?s ?p ?o . " * 200 + "}")


def store() -> Store:
    quads = [
        Quad(NamedNode(f"http://e/{name}"), NamedNode("http://e/p"), Literal(1), NamedNode(f"http://e/{name}"))
        for name in ("one", "two", "three")
    ]
    result = Store()
    result.extend(quads)
    return result


def subjects(store: Store, graph: str) -> list[str]:
    return sorted(quad.subject.value for quad in store.quads_for_pattern(None, None, None, NamedNode(graph)))


@pytest.mark.parametrize(
    ("update", "copied"),
    [
        ("INSERT { GRAPH <http://e/copy> { ?s ?p ?o } } WHERE { ?s ?p ?o }", ["http://e/one", "http://e/two"]),
        ("INSERT{GRAPH<http://e/copy>{?s ?p ?o}}WHERE{GRAPH ?g{?s ?p ?o}}", ["http://e/three"]),
        (
            "DELETE { ?s ?p ?o } INSERT { GRAPH <http://e/copy> { ?s ?p ?o } } # WHERE { } \nwhere\n{ ?s ?p ?o }",
            ["http://e/one", "http://e/two"],
        ),
        (
            "CLEAR SILENT GRAPH <http://e/copy> ; INSERT DATA { GRAPH <http://e/copy> { <http://e/x> a <http://e/y>} }",
            ["http://e/x"],
        ),
    ],
)
def test_the_dataset_of_the_protocol_is_what_where_sees(update, copied):
    dataset = store()
    dataset.update(updates.with_dataset(update, ["http://e/one", "http://e/two"], ["http://e/three"]))
    assert subjects(dataset, "http://e/copy") == copied


def test_delete_where_sees_it_too():
    dataset = store()
    text = "DELETE WHERE # all of it }\n{ GRAPH ?g { ?s ?p ?o } } ; INSERT DATA { <http://e/a> <http://e/b> 1 }"
    dataset.update(updates.with_dataset(text, [], ["http://e/one"]))
    assert subjects(dataset, "http://e/one") == []
    assert subjects(dataset, "http://e/two") == ["http://e/two"]
    assert len(dataset) == 3


@pytest.mark.parametrize(
    "update",
    [
        "WITH <http://e/one> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DELETE { ?s ?p ?o } USING <http://e/one> WHERE { ?s ?p ?o }",
        "DELETEWHERE{ ?s ?p ?o }",
    ],
)
def test_a_dataset_named_twice_or_glued_words_are_an_error(update):
    with pytest.raises(BadQuery):
        updates.with_dataset(update, ["http://e/one"], [])


def test_without_a_dataset_an_update_stays_as_it_is():
    assert updates.with_dataset("WITH <http://e/one> DELETE { } WHERE { }", [], []).startswith("WITH")
