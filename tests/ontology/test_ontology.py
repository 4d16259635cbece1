"""The ontology: two parsers read it, every term is documented, OWL 2 RL finds contradictions where they are seeded."""

import re
from collections.abc import Iterator
from pathlib import Path

import owlrl
import pyoxigraph
import pytest
from rdflib import RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL

from ontology import terms

AC = Namespace(terms.AC.iri)
ERRORS = Namespace("http://www.daml.org/2002/03/agents/agent-ont#")
REPOSITORY = terms.FOLDER.parent
ONTOLOGY = URIRef("https://w3id.org/armsclaims/ontology")
PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in terms.PREFIXES.items())


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(terms.ONTOLOGY_FILE)


def own_terms(graph: Graph) -> set[URIRef]:
    return {s for s in graph.subjects() if isinstance(s, URIRef) and s.startswith(AC)}


def contradictions(graph: Graph) -> list[str]:
    """What OWL 2 RL finds wrong; owlrl adds a node of type ErrorMessage for each contradiction."""
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return sorted(str(message) for message in graph.objects(None, ERRORS.error))


def python_files() -> Iterator[Path]:
    for folder in ("armsclaims", "benchmarks", "loader", "ontology", "server", "tests"):
        yield from (REPOSITORY / folder).rglob("*.py")


@pytest.mark.parametrize("path", [terms.ONTOLOGY_FILE, terms.SHAPES_FILE], ids=lambda path: path.name)
def test_both_parsers_read_the_same_number_of_triples(path: Path) -> None:
    triples = len(set(pyoxigraph.parse(path=path)))
    assert triples > 500
    assert len(Graph().parse(path)) == triples


def test_every_own_term_has_label_definition_example_and_home(ontology: Graph) -> None:
    for term in own_terms(ontology):
        for needed in (RDFS.label, SKOS.definition, SKOS.example):
            assert any(str(text).strip() for text in ontology.objects(term, needed)), (term, needed)
        assert ontology.value(term, RDFS.isDefinedBy) == ONTOLOGY, term


def test_no_two_terms_share_a_definition(ontology: Graph) -> None:
    definitions = [str(ontology.value(term, SKOS.definition)) for term in own_terms(ontology)]
    assert len(definitions) == len(set(definitions))


def test_every_term_of_the_data_model_exists(ontology: Graph) -> None:
    text = (REPOSITORY / "docs" / "data-model.md").read_text(encoding="utf-8")
    named = {AC[name] for name in re.findall(r"\bac:(\w+)", text)}
    assert len(named) > 60
    assert named - own_terms(ontology) == set()


def test_every_term_that_python_names_exists(ontology: Graph) -> None:
    named = {
        (AC[name], path.relative_to(REPOSITORY).as_posix())
        for path in python_files()
        for name in re.findall(r"\bAC\.([A-Za-z]\w*)", path.read_text(encoding="utf-8"))
        if name != "iri"
    }
    assert {(term, path) for term, path in named if term not in own_terms(ontology)} == set()


@pytest.mark.parametrize("folder", [terms.RULES_FOLDER, REPOSITORY / "queries"], ids=lambda folder: folder.name)
def test_every_term_that_queries_name_exists(ontology: Graph, folder: Path) -> None:
    named = {
        (AC[name], path.name)
        for path in folder.glob("*.rq")
        for name in re.findall(r"\bac:([A-Za-z]\w*)", path.read_text(encoding="utf-8"))
    }
    assert {(term, path) for term, path in named if term not in own_terms(ontology)} == set()


def test_every_term_that_the_shapes_name_exists(ontology: Graph) -> None:
    shapes = Graph().parse(terms.SHAPES_FILE)
    named = {node for triple in shapes for node in triple if isinstance(node, URIRef) and node.startswith(AC)}
    assert named - own_terms(ontology) == set()


def test_kinds_of_statement_are_those_of_the_code(ontology: Graph) -> None:
    assert set(ontology.subjects(RDFS.subClassOf, AC.Statement)) == {AC[kind] for kind in terms.STATEMENT_KINDS}


def test_header_names_version_licence_and_quoting_policy(ontology: Graph) -> None:
    assert (ONTOLOGY, RDF.type, OWL.Ontology) in ontology
    version = ontology.value(ONTOLOGY, OWL.versionInfo)
    assert ontology.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{version}")
    assert ontology.value(ONTOLOGY, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert "Quoting policy" in str(ontology.value(ONTOLOGY, DCTERMS.rights))


def test_nothing_is_imported_over_the_network(ontology: Graph) -> None:
    assert list(ontology.objects(None, OWL.imports)) == []


def test_ontology_and_reference_data_are_consistent(ontology: Graph) -> None:
    graph = Graph()
    graph += ontology
    for path in sorted(terms.REFERENCE_FOLDER.glob("*.ttl")):
        graph.parse(path)
    assert contradictions(graph) == []


@pytest.mark.parametrize(
    "seeded",
    [
        "state:norway a ac:State, ac:Person .",
        "statement:1 a ac:Denial, ac:Allegation .",
        "statement:1 a ac:Denial ; ac:stance ac:StancePositive .",
        "statement:1 a ac:NoComment ; ac:stance ac:StanceNegative .",
        "statement:1 ac:reviewStatus ac:ReviewMachine, ac:ReviewRetracted .",
        "transfer:1 a ac:ArmsTransfer, ac:Visit .",
        "transfer:1 a ac:ArmsTransfer, ac:TransferTalks .",
        "transfer:1 ac:inReturnFor transfer:1 .",
        "statement:1 ac:speaker event:1 . event:1 a ac:Event .",
        "state:norway ac:capital place:oslo . place:oslo ac:ofState state:norway .",
        "state:norway a ac:State ; owl:sameAs wd:Q20 . place:norway a ac:Place ; owl:sameAs wd:Q20 .",
        "person:1 a ac:Person . person:1 a ac:MediaOutlet .",
        "statement:1 ac:contradicts statement:2 . statement:2 a ac:NoComment .",
    ],
)
def test_seeded_contradictions_are_found(ontology: Graph, seeded: str) -> None:
    graph = Graph().parse(data=PREFIXES + seeded, format="turtle")
    graph += ontology
    assert contradictions(graph) != []


@pytest.mark.parametrize(
    ("given", "inferred"),
    [
        ("statement:1 ac:speaker person:1 .", "person:1 ac:speakerOf statement:1 ."),
        ("statement:1 a ac:Denial .", "statement:1 ac:stance ac:StanceNegative ; a schema:Claim ."),
        ("event:1 ac:sameEventAs event:2 .", "event:2 ac:sameEventAs event:1 ; a sem:Event ."),
        ("statement:1 ac:speaker state:norway .", "statement:1 prov:wasAttributedTo state:norway ."),
        ("article:1 a ac:Article .", "article:1 a schema:NewsArticle, prov:Entity ."),
        ("transfer:1 ac:supplier state:norway .", "transfer:1 sem:hasActor state:norway . state:norway a prov:Agent ."),
    ],
)
def test_alignment_carries_over(ontology: Graph, given: str, inferred: str) -> None:
    graph = Graph().parse(data=PREFIXES + given, format="turtle")
    graph += ontology
    assert contradictions(graph) == []
    assert set(Graph().parse(data=PREFIXES + inferred, format="turtle")) - set(graph) == set()


def test_labels_and_definitions_are_english(ontology: Graph) -> None:
    for term in own_terms(ontology):
        for text in (*ontology.objects(term, RDFS.label), *ontology.objects(term, SKOS.definition)):
            assert isinstance(text, Literal)
            assert text.language == "en", term
