"""The ontology at its own address: a page with every term, or the OWL by Accept."""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from flask import Blueprint, Response, make_response, render_template, request
from pyoxigraph import Literal, NamedNode

from ontology.terms import AC, ONTOLOGY_GRAPH, OWL, RDF, RDFS, SKOS
from server import rdf, usage
from server.diagram import Diagram, Property, draw
from server.negotiation import CONSTRUCTED_FORMATS, HTML, choose
from server.site import site
from server.tables import Cell, cell, link

bp = Blueprint("ontology", __name__)

Facts = dict[str, dict[str, list[NamedNode | Literal]]]  # subject to property to values

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
    example: Cell | None = None  # something in the data
    section: str = "Values"


@bp.get("/ontology")
def ontology() -> Response:
    """Show the ontology as a page, or give it as RDF, by Accept or ?format=."""
    choice = choose((HTML, *CONSTRUCTED_FORMATS), request.accept_mimetypes, request.args.get("format"))
    if choice.format is not HTML:
        return rdf.respond(_GRAPH, {}, choice)
    facts = _facts()
    sections: dict[str, list[Term]] = {"Classes": [], "Properties": [], "Values": []}
    for term in _terms(facts):
        sections[term.section].append(term)
    response = make_response(
        render_template(
            "ontology.html",
            sections=sections,
            names={term.iri: term.name for terms in sections.values() for term in terms},
            diagram=_diagram(facts),
            formats=CONSTRUCTED_FORMATS,
        )
    )
    response.vary.add("Accept")
    return response


def _facts() -> Facts:
    facts: Facts = defaultdict(lambda: defaultdict(list))
    for row in site().engine.select(_TERMS):
        if (
            isinstance(row["s"], NamedNode)
            and isinstance(row["p"], NamedNode)
            and isinstance(row["o"], NamedNode | Literal)
        ):
            facts[row["s"].value][row["p"].value].append(row["o"])
    return facts


def _of(facts: Facts, *types: NamedNode) -> list[str]:
    return [iri for iri, own in facts.items() if set(types) & set(own[RDF.type.value])]


def _diagram(facts: Facts) -> Diagram | None:
    classes, own = _of(facts, OWL.Class), len(AC.iri)

    def first(iri: str, predicate: NamedNode) -> str | None:
        """The one of our classes that a term names by a property, without its namespace."""
        named = sorted(t.value for t in facts[iri][predicate.value] if isinstance(t, NamedNode))
        return next((iri[own:] for iri in named if iri in classes), None)

    properties = [
        Property(iri[own:], _label(facts[iri]) or iri[own:], domain, range)
        for iri in _of(facts, OWL.ObjectProperty)
        if (domain := first(iri, RDFS.domain)) and (range := first(iri, RDFS.range))
    ]
    members = {t.value[own:] for own_facts in facts.values() for t in own_facts[RDF.type.value]} & {
        iri[own:] for iri in classes
    }
    return draw(
        {iri[own:]: _label(facts[iri]) or iri[own:] for iri in classes},
        {iri[own:]: parent for iri in classes if (parent := first(iri, RDFS.subClassOf))},
        properties,
        members,
    )


def _label(own: dict[str, list[NamedNode | Literal]]) -> str:
    return next((t.value for t in own[RDFS.label.value]), "")


def _terms(facts: Facts) -> list[Term]:
    named = {o.value for own in facts.values() for terms in own.values() for o in terms if isinstance(o, NamedNode)}
    labels = site().labels.of(named)
    properties = _of(facts, OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property)
    examples = site().examples.get(
        site().engine.release(),
        "all",
        lambda: usage.examples(site().engine, site().labels, _of(facts, OWL.Class), properties),
    )
    # Kept from whichever request came first, which may have had another prefix or none.
    here = {iri: replace(example, href=link(example.iri or "")) for iri, example in examples.items()}
    terms = [_term(iri, own, labels, here.get(iri)) for iri, own in facts.items()]
    return sorted(terms, key=lambda term: term.name.lower())


def _term(iri: str, own: dict[str, list[NamedNode | Literal]], labels: dict[str, str], example: Cell | None) -> Term:
    types = {t.value for t in own[RDF.type.value]}
    return Term(
        name=iri.removeprefix(AC.iri),
        iri=iri,
        label=_label(own),
        definition=next((t.value for t in own[SKOS.definition.value]), ""),
        examples=[t.value for t in own[SKOS.example.value]],
        facts=[
            (words, [cell(t, labels) for t in sorted(own[p.value], key=str)])
            for p, words in _FACTS.items()
            if own[p.value]
        ],
        example=example,
        section=next((name for name, kinds in _SECTIONS if kinds & types), "Values"),
    )
