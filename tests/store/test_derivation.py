"""The default graph as a set of triples, and the derived graph."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from ontology.terms import ARTICLE_GRAPHS, CATALOGUE_GRAPH, DERIVED_GRAPH, REFERENCE_GRAPH, RETRACTED_GRAPH
from server.store.derivation import derive, keep_in_step
from server.store.errors import BadRule

SHOWN = [NamedNode(ARTICLE_GRAPHS + "g/1"), NamedNode(ARTICLE_GRAPHS + "g/2"), REFERENCE_GRAPH]
HIDDEN = [RETRACTED_GRAPH, CATALOGUE_GRAPH]


def node(name: str) -> NamedNode:
    return NamedNode(f"http://example.org/{name}")


def triples(store: Store, graphs: list) -> set[tuple]:
    return {
        (q.subject, q.predicate, q.object) for graph in graphs for q in store.quads_for_pattern(None, None, None, graph)
    }


quads = st.builds(
    lambda s, o, graph: Quad(node(s), node("p"), node(o), graph),
    st.sampled_from("abc"),
    st.sampled_from("xy"),
    st.sampled_from(SHOWN + HIDDEN),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.lists(quads, max_size=6)), max_size=6))
def test_after_any_changes_the_default_graph_is_the_set_of_what_is_shown(changes: list) -> None:
    store = Store()
    for adding, touched in changes:
        for quad in touched:
            (store.add if adding else store.remove)(quad)
        keep_in_step(store, touched)
        assert triples(store, [DefaultGraph()]) == triples(store, SHOWN)


def example() -> Store:
    store = Store()
    store.add(Quad(node("a"), node("knows"), node("b"), SHOWN[0]))
    store.add(Quad(node("b"), node("knows"), node("c"), SHOWN[1]))
    keep_in_step(store, list(store))
    return store


def test_rules_run_in_order_and_see_what_was_derived_before() -> None:
    store = example()
    rules = {
        "1.rq": "CONSTRUCT { ?b <http://example.org/known> ?a } WHERE { ?a <http://example.org/knows> ?b }",
        "2.rq": "CONSTRUCT { ?b a <http://example.org/Famous> } WHERE { ?b <http://example.org/known> ?a }",
    }
    derive(store, rules)
    famous = store.quads_for_pattern(None, None, node("Famous"), DERIVED_GRAPH)
    assert {quad.subject.value[-1] for quad in famous} == {"b", "c"}
    assert triples(store, [DERIVED_GRAPH]) < triples(store, [DefaultGraph()])


def test_deriving_again_forgets_what_no_longer_follows() -> None:
    store = example()
    rule = {"1.rq": "CONSTRUCT { ?b <http://example.org/known> ?a } WHERE { ?a <http://example.org/knows> ?b }"}
    derive(store, rule)
    gone = Quad(node("a"), node("knows"), node("b"), SHOWN[0])
    store.remove(gone)
    keep_in_step(store, [gone])
    derive(store, rule)
    assert {q.subject.value[-1] for q in store.quads_for_pattern(None, node("known"), None, DefaultGraph())} == {"c"}
    derive(store, {})
    assert triples(store, [DERIVED_GRAPH]) == set()
    assert triples(store, [DefaultGraph()]) == triples(store, SHOWN)


def test_a_derived_triple_that_an_article_also_says_outlives_the_rule() -> None:
    store = example()
    derive(store, {"1.rq": "CONSTRUCT { ?a <http://example.org/knows> ?b } WHERE { ?a <http://example.org/knows> ?b }"})
    derive(store, {})
    assert triples(store, [DefaultGraph()]) == triples(store, SHOWN)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT * WHERE { ?s ?p ?o }", "wrong.rq is not a CONSTRUCT"),
        ("CONSTRUCT WHERE", "wrong.rq is not valid SPARQL"),
        ("CONSTRUCT { [] a <http://example.org/C> } WHERE { ?s ?p ?o }", "wrong.rq makes blank nodes"),
    ],
)
def test_a_bad_rule_is_named(text: str, complaint: str) -> None:
    with pytest.raises(BadRule, match=complaint):
        derive(example(), {"wrong.rq": text})
