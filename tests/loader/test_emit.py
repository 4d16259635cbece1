"""Emission: what an extraction becomes in the graph, triple by triple, against docs/data-model.md and the shapes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyshacl
import pytest
from extraction_examples import CANNONS, DELIVERY, FREEDONIA, RUSSIA, SYLVANIA, TEXT, extraction
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse
from rdflib import Graph, URIRef

from loader import LOADER_VERSION, emit
from loader.records import Actor, Extraction, Period, Quantity
from ontology import reference, terms
from ontology.terms import AC, DCT, OA, PROV, RDF, RDFS, SCHEMA, SKOS, XSD

REFERENCE = reference.read()
ARTICLE = NamedNode(terms.ID + "article/the-gazette/cannons-1")
ALLEGATION = NamedNode(terms.ID + "statement/cannons-1-aaaaaaaaaa")
QUANTITY = NamedNode(terms.ID + "quantity/cannons-1-aaaaaaaaaa")


def described(quads: Iterable[Quad], node: NamedNode | str) -> dict[str, set[str]]:
    """What the quads say of a resource: local name of the property to the values as text."""
    wanted = node if isinstance(node, NamedNode) else NamedNode(node)
    found: dict[str, set[str]] = {}
    for quad in quads:
        if quad.subject == wanted:
            name = quad.predicate.value.replace("#", "/").rsplit("/", 1)[1]
            found.setdefault(name, set()).add(quad.object.value)
    return found


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return emit.quads(extraction(), REFERENCE)


def test_a_statement_whole(quads: list[Quad]) -> None:
    sentence = "Freedonia had shipped about 7,000 crates of cannons, Sylvania’s ministry said in March."
    assert described(quads, ALLEGATION) == {
        "type": {AC.Allegation.value},
        "label": {"Ministry of Sylvania alleges: Freedonia → Russia, cannons (2024-03)"},
        "speaker": {SYLVANIA},
        "reportedIn": {ARTICLE.value},
        "about": {DELIVERY},
        "statedOn": {"2024-03-01"},
        "statedUntil": {"2024-03-31"},
        "datePrecision": {AC.PrecisionMonth.value},
        "dateBasis": {AC.DateDerived.value},
        "stance": {AC.StancePositive.value},
        "certainty": {AC.CertaintyCertain.value},
        "realis": {AC.RealisDone.value},
        "quantity": {QUANTITY.value},
        "reviewStatus": {AC.ReviewMachine.value},
        "quote": {sentence},
        "evidence": {terms.ID + "evidence/cannons-1-aaaaaaaaaa"},
        "wasDerivedFrom": {ARTICLE.value},
        "wasGeneratedBy": {terms.ID + "extraction/the-gazette/cannons-1"},
    }


def test_a_quantity_and_the_types_of_its_literals(quads: list[Quad]) -> None:
    values = {quad.predicate: quad.object for quad in quads if quad.subject == QUANTITY}
    assert values == {
        RDF.type: AC.Quantity,
        RDFS.label: Literal("about 7,000 crates", language="en"),
        AC.value: Literal("7000", datatype=XSD.decimal),
        AC.unit: Literal("crate"),
        AC.bound: Literal("about"),
    }


def test_a_range_has_a_maximum() -> None:
    one = extraction()
    ranged = replace(one.statements[0], quantity=Quantity(Decimal("0.5"), "ton", "exactly", Decimal(2)))
    found = described(emit.quads(replace(one, statements=(ranged,)), REFERENCE), QUANTITY)
    assert (found["value"], found["maximum"], found["label"]) == ({"0.5"}, {"2"}, {"0.5 to 2 tons"})


def test_evidence_points_into_the_text_and_shows_what_stands_around(quads: list[Quad]) -> None:
    evidence = described(quads, terms.ID + "evidence/cannons-1-bbbbbbbbbb")
    assert evidence["hasSource"] == {ARTICLE.value}
    selector = described(quads, next(iter(evidence["hasSelector"])))
    assert selector["type"] == {OA.TextQuoteSelector.value, OA.TextPositionSelector.value}
    (start,), (end,), (exact,) = selector["start"], selector["end"], selector["exact"]
    assert TEXT[int(start) : int(end)] == exact == "Freedonia denies it."
    assert selector["prefix"] == {TEXT[int(start) - 32 : int(start)]}
    assert selector["suffix"] == {" It would break the Treaty of Ru"}


def test_the_article_and_how_it_was_read(quads: list[Quad]) -> None:
    assert described(quads, ARTICLE) == {
        "type": {AC.Article.value},
        "label": {"Cannons for a neighbour"},
        "headline": {"Cannons for a neighbour"},
        "publisher": {terms.ID + "outlet/the-gazette"},
        "datePublished": {"2024-06-12"},
        "publishedHow": {"stated"},
        "sha256": {extraction().article.sha256},
        "url": {"https://gazette.example/cannons"},
        "creditText": {"AP"},
        "rights": {"open"},
        "articleBody": {TEXT},
        "wasDerivedFrom": {terms.ID + "original/abababababababab"},
    }
    activity = described(quads, terms.ID + "extraction/the-gazette/cannons-1")
    assert activity["used"] == {ARTICLE.value}
    assert activity["loaderVersion"] == {LOADER_VERSION}
    assert described(quads, terms.ID + "original/abababababababab")["label"] == {"cannons.html"}


@pytest.mark.parametrize("rights", [None, "all rights reserved", "Open access"])
def test_the_text_is_published_only_where_rights_are_open(rights: str | None) -> None:
    found = emit.quads(extraction(rights=rights), REFERENCE)
    assert "articleBody" not in described(found, ARTICLE)
    assert not any(TEXT.strip() in quad.object.value for quad in found)


def test_unknown_things_are_described_and_known_ones_only_named(quads: list[Quad]) -> None:
    assert described(quads, SYLVANIA) == {
        "type": {AC.GovernmentBody.value},
        "label": {"Ministry of Sylvania"},
        "affiliation": {RUSSIA},
    }
    assert described(quads, CANNONS)["broader"] == {terms.ID + "materiel/arms"}
    assert described(quads, terms.ID + "place/ruritania")["type"] == {AC.Place.value}
    assert described(quads, RUSSIA) == {}
    assert described(quads, terms.ID + "place/vladivostok") == {}


def test_an_anonymous_source_has_its_affiliation() -> None:
    iri = terms.ID + "source/cannons-1-officials"
    source = Actor(iri, "two officials", "AnonymousSource", known=False, affiliation=RUSSIA)
    found = emit.quads(replace(extraction(), actors=(source,)), REFERENCE)
    assert described(found, iri) == {
        "type": {AC.AnonymousSource.value},
        "label": {"two officials"},
        "affiliation": {RUSSIA},
    }


def test_events_have_their_attributes_in_the_articles_graph(quads: list[Quad]) -> None:
    meeting = described(quads, terms.ID + "meeting/freedonia--russia--2024-03")
    assert meeting["participant"] == {FREEDONIA, RUSSIA}
    assert (meeting["expectedPlace"], "place" in meeting) == ({terms.ID + "place/ruritania"}, False)
    delivery = described(quads, DELIVERY)
    assert (delivery["supplier"], delivery["recipient"], delivery["materiel"]) == ({FREEDONIA}, {RUSSIA}, {CANNONS})
    assert (delivery["startDate"], "endDate" in delivery) == ({"2024-01-01"}, False)
    assert {quad.graph_name.value for quad in quads} == {terms.ARTICLE_GRAPHS + "the-gazette/cannons-1"}


def test_what_is_left_out_stays_empty(quads: list[Quad]) -> None:
    assessment = described(quads, terms.ID + "statement/cannons-1-cccccccccc")
    assert "speaker" not in assessment
    assert "statedOn" not in assessment
    assert "thirdParty" not in assessment
    assert assessment["label"] == {"Unattributed assesses: Freedonia → Russia, cannons"}


def test_a_law_that_nobody_knows_is_made_and_a_known_publisher_is_only_named(quads: list[Quad]) -> None:
    law = terms.ID + "law/the-treaty-of-ruritania"
    assert described(quads, terms.ID + "statement/cannons-1-cccccccccc")["wouldViolate"] == {law}
    assert described(quads, law)["type"] == {AC.LegalInstrument.value}
    assert described(quads, terms.ID + "outlet/the-gazette")["type"] == {AC.MediaOutlet.value}


def test_a_day_of_saying_with_an_open_end_closes_with_the_articles_day() -> None:
    one = extraction()
    since = replace(one.statements[0], stated=Period(date(2024, 5, 1), None, "interval", "stated"))
    found = described(emit.quads(replace(one, statements=(since,)), REFERENCE), ALLEGATION)
    assert (found["statedOn"], found["statedUntil"]) == ({"2024-05-01"}, {"2024-06-12"})
    until = replace(one.statements[0], stated=Period(None, date(2024, 5, 1), "interval", "stated"))
    found = described(emit.quads(replace(one, statements=(until,)), REFERENCE), ALLEGATION)
    assert not {"statedOn", "statedUntil", "datePrecision", "dateBasis"} & found.keys()


def test_an_article_without_anything_known_still_has_a_label() -> None:
    bare = extraction(
        headline=None, publisher=None, published=None, published_how=None, url=None, credit=None, original=None
    ).article
    found = described(emit.quads(Extraction(bare), REFERENCE), ARTICLE)
    assert found.keys() == {"type", "label", "sha256", "rights", "articleBody"}
    assert found["label"] == {"cannons_1"}


def test_the_same_input_gives_the_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    one = extraction()
    turned = replace(one, actors=one.actors[::-1], statements=one.statements[::-1])
    emit.write(one, REFERENCE, tmp_path / "a.nq")
    emit.write(turned, REFERENCE, tmp_path / "b.nq")
    first, second = (tmp_path / "a.nq").read_bytes(), (tmp_path / "b.nq").read_bytes()
    assert first == second
    assert first.splitlines() == sorted(first.splitlines())
    assert set(parse(first, RdfFormat.N_QUADS)) == set(emit.quads(one, REFERENCE))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.nq", "b.nq"]


def test_every_resource_has_a_type_and_a_label_and_there_are_no_blank_nodes(quads: list[Quad]) -> None:
    assert not any(isinstance(term, BlankNode) for quad in quads for term in (quad.subject, quad.object))
    for node in {quad.subject for quad in quads}:
        assert {"type", "label"} <= described(quads, node).keys(), node


def test_the_graph_satisfies_the_shapes(quads: list[Quad], root: Path) -> None:
    data = Graph()
    data.parse(data="\n".join(f"{q.subject} {q.predicate} {q.object} ." for q in quads), format="nt")
    known = f"""
        <{RUSSIA}> a <{AC.State.value}> ; <{RDFS.label.value}> "Russia"@en .
        <{terms.ID}materiel/arms> a <{AC.Materiel.value}> ; <{RDFS.label.value}> "arms"@en ;
            <{SKOS.prefLabel.value}> "arms"@en ; <{SKOS.topConceptOf.value}> <{terms.ID}materiel/scheme> .
        <{terms.ID}materiel/scheme> a <{SKOS.ConceptScheme.value}> ; <{RDFS.label.value}> "goods"@en .
    """
    data.parse(data=known, format="turtle")
    ontology = Graph().parse(terms.ONTOLOGY_FILE, format="turtle")
    shapes = Graph().parse(terms.SHAPES_FILE, format="turtle")
    conforms, _, report = pyshacl.validate(data, shacl_graph=shapes, ont_graph=ontology, inference="none")
    assert conforms, report
    data.remove((URIRef(ALLEGATION.value), URIRef(AC.stance.value), None))
    assert not pyshacl.validate(data, shacl_graph=shapes, ont_graph=ontology, inference="none")[0]


def test_the_version_is_that_of_the_distribution(root: Path) -> None:
    assert f'version = "{LOADER_VERSION}"' in (root / "pyproject.toml").read_text("utf-8")


def test_terms_that_the_model_names_are_used(quads: list[Quad]) -> None:
    used = {quad.predicate for quad in quads}
    assert {SCHEMA.sha256, PROV.used, PROV.wasGeneratedBy, OA.exact, OA.start, DCT.rights} <= used
