"""What pages call things: by their label in the data, else in our words, whatever vocabulary they are of."""

import pytest
from pyoxigraph import NamedNode, Store

from ontology.terms import AC, ARTICLE_GRAPHS, DERIVED_GRAPH, PREFIXES, RDF, REFERENCE_GRAPH
from server import labels
from server.labels import called


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("https://schema.org/familyName", "family name"),
        ("http://www.w3.org/2004/02/skos/core#broader", "kind of"),
        ("http://www.w3.org/ns/org#Membership", "post held"),
        ("https://schema.org/knows", "schema:knows"),
        ("http://e.example/unheard-of", "http://e.example/unheard-of"),
    ],
)
def test_terms_of_other_vocabularies_have_names(iri, name):
    assert called(iri) == name


def test_the_label_in_the_data_goes_before_ours(engine):
    found = labels.Labels(engine).of(["https://w3id.org/armsclaims/ontology#Denial", PREFIXES["skos"] + "broader"])
    assert list(found.values()) == ["denial", "kind of"]


def test_every_property_and_class_that_pages_show_has_a_name(seed_store: Store):
    used = {
        term.value
        for quad in seed_store
        for term in (quad.predicate, quad.object if quad.predicate == RDF.type else None)
        if str(quad.graph_name).startswith((f"<{ARTICLE_GRAPHS}", str(REFERENCE_GRAPH), str(DERIVED_GRAPH)))
        and isinstance(term, NamedNode)
    }
    assert len(used) > 60
    assert [iri for iri in sorted(used) if not iri.startswith(AC.iri) and called(iri) == labels.short_name(iri)] == []
