"""Namespaces, IRIs of graphs and paths of the data files; imports nothing of ours.

The ontology's names are the same everywhere. Resources and graphs lie under the base, which a process takes from the
environment when it imports this module and keeps.
"""

import os
from pathlib import Path
from typing import TypeVar, cast

from pyoxigraph import NamedNode

FOLDER = Path(__file__).resolve().parent
ONTOLOGY_FILE = FOLDER / "armsclaims.ttl"
SHAPES_FILE = FOLDER / "shapes.ttl"
RULES_FOLDER = FOLDER / "rules"
REFERENCE_FOLDER = FOLDER / "reference"

SHIPPED_BASE = "https://w3id.org/armsclaims/"  # of the ontology and of the files that come with the project
BASE_VARIABLE = "ARMSCLAIMS_BASE"
BASE = (os.environ.get(BASE_VARIABLE) or SHIPPED_BASE).rstrip("/") + "/"
ONTOLOGY = SHIPPED_BASE + "ontology"
ID = BASE + "id/"
GRAPH = BASE + "graph/"


class Vocabulary:
    """A namespace whose attributes and items are its terms as `NamedNode`s."""

    def __init__(self, iri: str) -> None:
        self.iri = iri
        self._terms: dict[str, NamedNode] = {}

    def __getitem__(self, name: str) -> NamedNode:
        if name not in self._terms:
            self._terms[name] = NamedNode(self.iri + name)
        return self._terms[name]

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        term = self.__dict__[name] = self[name]  # so that it is found without asking the next time
        return term

    def __repr__(self) -> str:
        return f"Vocabulary({self.iri!r})"


AC = Vocabulary(ONTOLOGY + "#")
RDF = Vocabulary("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Vocabulary("http://www.w3.org/2000/01/rdf-schema#")
OWL = Vocabulary("http://www.w3.org/2002/07/owl#")
XSD = Vocabulary("http://www.w3.org/2001/XMLSchema#")
SKOS = Vocabulary("http://www.w3.org/2004/02/skos/core#")
PROV = Vocabulary("http://www.w3.org/ns/prov#")
SCHEMA = Vocabulary("https://schema.org/")
ORG = Vocabulary("http://www.w3.org/ns/org#")
OA = Vocabulary("http://www.w3.org/ns/oa#")
SEM = Vocabulary("http://semanticweb.cs.vu.nl/2009/11/sem/")
GEO = Vocabulary("http://www.w3.org/2003/01/geo/wgs84_pos#")
DCT = Vocabulary("http://purl.org/dc/terms/")
DCAT = Vocabulary("http://www.w3.org/ns/dcat#")
VOID = Vocabulary("http://rdfs.org/ns/void#")
SH = Vocabulary("http://www.w3.org/ns/shacl#")

PREFIXES: dict[str, str] = {
    "ac": AC.iri,
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "owl": OWL.iri,
    "xsd": XSD.iri,
    "skos": SKOS.iri,
    "prov": PROV.iri,
    "schema": SCHEMA.iri,
    "org": ORG.iri,
    "oa": OA.iri,
    "sem": SEM.iri,
    "geo": GEO.iri,
    "dct": DCT.iri,
    "dcat": DCAT.iri,
    "void": VOID.iri,
    "sh": SH.iri,
    "wd": "http://www.wikidata.org/entity/",
    "dbr": "http://dbpedia.org/resource/",
    "gn": "https://sws.geonames.org/",
    "state": ID + "state/",
    "person": ID + "person/",
    "body": ID + "body/",
    "organization": ID + "organization/",
    "outlet": ID + "outlet/",
    "place": ID + "place/",
    "materiel": ID + "materiel/",
    "event": ID + "event/",
    "meeting": ID + "meeting/",
    "transfer": ID + "transfer/",
    "talks": ID + "talks/",
    "statement": ID + "statement/",
    "article": ID + "article/",
    "law": ID + "law/",
    "membership": ID + "membership/",
    "role": ID + "role/",
    "body-kind": ID + "body-kind/",
    "graph": GRAPH,
}
# For RDF that we write: rdflib cannot read a prefixed name that ends in a full stop, as some of DBpedia's do.
WRITTEN_PREFIXES = {prefix: iri for prefix, iri in PREFIXES.items() if prefix != "dbr"}

REFERENCE_GRAPH = NamedNode(GRAPH + "reference")
ONTOLOGY_GRAPH = NamedNode(GRAPH + "ontology")
DERIVED_GRAPH = NamedNode(GRAPH + "derived")
CATALOGUE_GRAPH = NamedNode(GRAPH + "catalogue")
RETRACTED_GRAPH = NamedNode(GRAPH + "retracted")
ARTICLE_GRAPHS = GRAPH + "article/"

_Term = TypeVar("_Term")
_SHIPPED = (SHIPPED_BASE + "id/", SHIPPED_BASE + "graph/")


def rebased(term: _Term) -> _Term:
    """Return a term of a file that comes with the project as it is called under the base; others as they are."""
    if BASE != SHIPPED_BASE and isinstance(term, NamedNode) and term.value.startswith(_SHIPPED):
        return cast(_Term, NamedNode(BASE + term.value.removeprefix(SHIPPED_BASE)))
    return term


STATEMENT_KINDS = (
    "Allegation",
    "Denial",
    "Confirmation",
    "NoComment",
    "Silence",
    "NonConfirmation",
    "Report",
    "Warning",
    "Assessment",
)
