"""The ontology at its own address: a page with every term, or the OWL by Accept."""

from collections import defaultdict
from dataclasses import dataclass, field

from flask import Blueprint, Response, make_response, render_template, request
from pyoxigraph import Literal, NamedNode

from ontology.terms import AC, ONTOLOGY_GRAPH, OWL, RDF, RDFS, SKOS
from server import rdf
from server.negotiation import CONSTRUCTED_FORMATS, HTML, choose
from server.site import site
from server.tables import Cell, cell

bp = Blueprint("ontology", __name__)

_GRAPH = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {ONTOLOGY_GRAPH} {{ ?s ?p ?o }} }}"
_TERMS = f"""SELECT ?s ?p ?o WHERE {{ GRAPH {ONTOLOGY_GRAPH} {{ ?s ?p ?o
  FILTER(STRSTARTS(STR(?s), "{AC.iri}") && !ISBLANK(?o)) }} }}"""
_SECTIONS = (
    ("Classes", {OWL.Class.value}),
    ("Properties", {OWL.ObjectProperty.value, OWL.DatatypeProperty.value, RDF.Property.value}),
)
_FACTS = {
    RDFS.subClassOf: "a kind of",
    OWL.equivalentClass: "the same as",
    RDFS.subPropertyOf: "a kind of",
    OWL.inverseOf: "inverse of",
    RDFS.domain: "of",
    RDFS.range: "value",
}


@dataclass
class Term:
    """One term of the ontology as its page shows it."""

    name: str
    iri: str
    label: str = ""
    definition: str = ""
    examples: list[str] = field(default_factory=list)
    facts: list[tuple[str, list[Cell | None]]] = field(default_factory=list)
    section: str = "Values"


@bp.get("/ontology")
def ontology() -> Response:
    """Show the ontology as a page, or give it as RDF, by Accept or ?format=."""
    choice = choose((HTML, *CONSTRUCTED_FORMATS), request.accept_mimetypes, request.args.get("format"))
    if choice.format is not HTML:
        return rdf.respond(_GRAPH, {}, choice)
    sections: dict[str, list[Term]] = {"Classes": [], "Properties": [], "Values": []}
    for term in _terms():
        sections[term.section].append(term)
    response = make_response(render_template("ontology.html", sections=sections, formats=CONSTRUCTED_FORMATS))
    response.vary.add("Accept")
    return response


def _terms() -> list[Term]:
    facts: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for row in site().engine.select(_TERMS):
        if (
            isinstance(row["s"], NamedNode)
            and isinstance(row["p"], NamedNode)
            and isinstance(row["o"], NamedNode | Literal)
        ):
            facts[row["s"].value][row["p"].value].append(row["o"])
    named = {o.value for own in facts.values() for terms in own.values() for o in terms if isinstance(o, NamedNode)}
    labels = site().labels.of(named)
    return sorted((_term(iri, own, labels) for iri, own in facts.items()), key=lambda term: term.name.lower())


def _term(iri: str, own: dict[str, list[NamedNode | Literal]], labels: dict[str, str]) -> Term:
    types = {t.value for t in own[RDF.type.value]}
    return Term(
        name=iri.removeprefix(AC.iri),
        iri=iri,
        label=next((t.value for t in own[RDFS.label.value]), ""),
        definition=next((t.value for t in own[SKOS.definition.value]), ""),
        examples=[t.value for t in own[SKOS.example.value]],
        facts=[
            (words, [cell(t, labels) for t in sorted(own[p.value], key=str)])
            for p, words in _FACTS.items()
            if own[p.value]
        ],
        section=next((name for name, kinds in _SECTIONS if kinds & types), "Values"),
    )
