"""What a release says about itself in RDF: a DCAT dataset with VoID statistics, in the graph of the catalogue."""

from collections.abc import Iterator
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Quad

from ontology.terms import AC, CATALOGUE_GRAPH, DCAT, DCT, ID, PROV, RDF, RDFS, VOID, XSD
from server.store.manifest import Manifest

DATASET = NamedNode(ID + "dataset/armsclaims")
LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
TITLE = "Who says who arms whom"
DESCRIPTION = (
    "Statements about arms transfers that news articles report, each with its speaker, its date and the sentence that "
    "proves it. The data say what articles say, not what is true."
)
QUOTING = (
    "The data are licensed under CC BY 4.0. Quoted sentences remain their authors': at most one sentence stands as "
    "evidence for one statement, with its source, and an article's whole text only where its rights are open. Names of "
    "states and coordinates of capitals are from GeoNames (CC BY 4.0)."
)
SOURCE = NamedNode("https://www.geonames.org/")


def release_iri(identifier: str) -> NamedNode:
    """Return the IRI of a release."""
    return NamedNode(f"{ID}release/{identifier}")


def describe(manifest: Manifest) -> list[Quad]:
    """Return the description of the dataset and of this release of it."""
    return [Quad(subject, predicate, value, CATALOGUE_GRAPH) for subject, predicate, value in _triples(manifest)]


def _triples(manifest: Manifest) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
    release = release_iri(manifest.id)
    issued = Literal(manifest.created, datatype=XSD.dateTime)
    for subject, title in ((DATASET, TITLE), (release, f"{TITLE}: release {manifest.id}")):
        yield subject, RDF.type, DCAT.Dataset
        yield subject, RDF.type, VOID.Dataset
        yield subject, RDFS.label, Literal(title, language="en")
        yield subject, DCT.title, Literal(title, language="en")
        yield subject, DCT.description, Literal(DESCRIPTION, language="en")
        yield subject, DCT.license, LICENCE
        yield subject, DCT.rights, Literal(QUOTING, language="en")
        yield subject, DCT.source, SOURCE
    yield DATASET, DCAT.hasCurrentVersion, release
    yield DATASET, DCT.modified, issued
    yield release, DCAT.isVersionOf, DATASET
    yield release, DCAT.version, Literal(manifest.id)
    yield release, DCT.issued, issued
    if manifest.parent:
        yield release, DCAT.previousVersion, release_iri(manifest.parent)
    if manifest.writer:
        writer = NamedNode(f"{ID}writer/{quote(manifest.writer, safe='')}")
        yield release, PROV.wasAttributedTo, writer
        yield writer, RDF.type, PROV.Agent
        yield writer, RDFS.label, Literal(manifest.writer)
    if manifest.note:
        yield release, RDFS.comment, Literal(manifest.note)
    yield release, VOID.triples, Literal(manifest.triples)
    yield release, VOID.documents, Literal(manifest.articles)
    for kind, number in manifest.statements.items():
        part = NamedNode(f"{release.value}/{kind}")
        yield release, VOID.classPartition, part
        yield part, RDF.type, VOID.Dataset
        yield part, RDFS.label, Literal(f"{kind} statements of release {manifest.id}", language="en")
        yield part, VOID["class"], AC[kind]
        yield part, VOID.entities, Literal(number)
