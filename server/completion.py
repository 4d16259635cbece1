"""What the editor of the SPARQL page offers for the beginning of a name: classes, properties and entities by label."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request
from pyoxigraph import Literal, NamedNode
from werkzeug.exceptions import BadRequest

from ontology.terms import AC, ONTOLOGY_GRAPH, OWL, PREFIXES, RDF, RDFS
from server import reading, search
from server.labels import called, short_name
from server.site import site
from server.store import search_index

bp = Blueprint("completion", __name__)

OFFERED = 20
SAMPLED = 1_000_000  # triples that are looked through for the classes and properties in use
KINDS = ("class", "property")

# Terms of the ontology, and whatever else the data use, since a query may ask for that too.
_TERMS = f"""SELECT DISTINCT ?term ?kind ?label WHERE {{
  {{ GRAPH {ONTOLOGY_GRAPH} {{ ?term a ?type }}
    VALUES (?type ?kind) {{ ({OWL.Class} "class") ({OWL.ObjectProperty} "property") ({OWL.DatatypeProperty} "property")
      ({OWL.NamedIndividual} "value") }} }}
  UNION {{ SELECT DISTINCT ?term ("class" AS ?kind) WHERE {{
    {{ SELECT ?term WHERE {{ ?s {RDF.type} ?term }} LIMIT {SAMPLED} }} }} }}
  UNION {{ SELECT DISTINCT ?term ("property" AS ?kind) WHERE {{
    {{ SELECT ?term WHERE {{ ?s ?term ?o }} LIMIT {SAMPLED} }} }} }}
  OPTIONAL {{ ?term {RDFS.label} ?label }}
  FILTER(ISIRI(?term))
}} ORDER BY ?term"""
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[\w-]*[A-Za-z0-9_])?", re.ASCII)  # safe in a prefixed name as it stands
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+|\w+")


@dataclass(frozen=True)
class Completion:
    """One offer: the term as it stands in a query, its IRI, its label, and what it is."""

    term: str
    iri: str
    label: str
    kind: str


@bp.get("/sparql/completions")
def completions() -> Response:
    """Give the terms whose label or name begins with `?q=` as JSON; those of the kind `?first=` come first."""
    text = search.text_asked_for()
    first = request.args.get("first")
    if first is not None and first not in KINDS:
        raise BadRequest(f"“first” is one of {', '.join(KINDS)}, not “{first}”.")
    found = [*_terms(text), *_entities(text)] if text else []
    found.sort(key=lambda completion: completion.kind != first)  # stable: else as found
    offers = [{"term": c.term, "iri": c.iri, "label": c.label, "kind": c.kind} for c in found[:OFFERED]]
    return jsonify(query=text, completions=offers)


def as_term(iri: str) -> str:
    """Return an IRI as it stands in a query: as a prefixed name where that needs no escapes."""
    prefix, _, local = short_name(iri).partition(":")
    if prefix in PREFIXES and PREFIXES[prefix] + local == iri and _LOCAL.fullmatch(local):
        return f"{prefix}:{local}"
    return f"<{iri}>"


def _terms(text: str) -> Iterator[Completion]:
    """Yield the classes and properties, those of ours first, one of whose words begins with the text."""
    wanted = text.lower()
    for completion in all_terms():
        local = completion.iri[max(completion.iri.rfind("#"), completion.iri.rfind("/")) + 1 :]
        names = [completion.label, local, completion.term, *completion.label.split(), *_WORDS.findall(local)]
        if any(name.lower().startswith(wanted) for name in names):
            yield completion


def all_terms() -> list[Completion]:
    """Return the classes and properties that are offered, those of ours first."""
    engine = site().engine
    release = engine.release()

    def ask() -> list[Completion]:
        terms: dict[str, Completion] = {}
        for row in engine.select(_TERMS, release=release):
            term, kind, label = row["term"], row["kind"], row.get("label")
            if isinstance(term, NamedNode) and isinstance(kind, Literal):
                name = label.value if isinstance(label, Literal) else called(term.value)
                terms.setdefault(term.value, Completion(as_term(term.value), term.value, name, kind.value))
        return sorted(terms.values(), key=lambda c: (not c.iri.startswith(AC.iri), c.label.lower()))

    return site().terms.get(release, "terms", ask)


def _entities(text: str) -> Iterator[Completion]:
    """Yield what the search finds by a name as it is spelt, labels before aliases; statements have no name."""
    hits = search_index.find(search.index(reading.release()), text, OFFERED * 2)
    named = [hit for hit in hits.hits if hit.field != "quote" and not hits.instead]
    kinds = site().labels.of({hit.type for hit in named})
    for hit in sorted(named, key=lambda hit: hit.field == "alias"):
        yield Completion(as_term(hit.iri), hit.iri, hit.label, kinds[hit.type])
