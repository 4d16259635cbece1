"""One thing of a release for each term of the ontology that it uses: the examples of the ontology's page."""

from collections.abc import Iterable

from pyoxigraph import NamedNode

from ontology.terms import AC, RDF
from server.labels import Labels
from server.rows import text
from server.store.engine import Engine
from server.tables import Cell, link

BATCH = 30  # terms asked for in one query
# The first that the index has: no scan. The ontology's own axioms use the terms too, and are no examples.
_EXAMPLE = '{{ SELECT ({term} AS ?term) ?x WHERE {{ ?x {pattern} FILTER(!STRSTARTS(STR(?x), "{own}")) }} LIMIT 1 }}'


def examples(engine: Engine, labels: Labels, classes: Iterable[str], properties: Iterable[str]) -> dict[str, Cell]:
    """Return, by the IRI of a class or property, something that is of the class or has the property.

    :raises QueryError: when the engine does not answer.
    """
    patterns = {iri: f"{RDF.type} {NamedNode(iri)}" for iri in classes}
    patterns |= {iri: f"{NamedNode(iri)} ?value" for iri in properties}
    parts = [
        _EXAMPLE.format(term=NamedNode(iri), pattern=pattern, own=AC.iri) for iri, pattern in sorted(patterns.items())
    ]
    found: dict[str, str] = {}
    for start in range(0, len(parts), BATCH):
        query = f"SELECT ?term ?x WHERE {{ {' UNION '.join(parts[start : start + BATCH])} }}"
        found |= {text(row, "term") or "": text(row, "x") or "" for row in engine.select(query)}
    known = labels.of(filter(None, found.values()))
    return {term: Cell(known[iri], iri, link(iri)) for term, iri in found.items() if iri}
