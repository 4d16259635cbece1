"""What the dataset says of itself to programs: VoID and DCAT 3 at /.well-known/void and /catalogue, with its files."""

from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response, request, url_for
from pyoxigraph import Literal, NamedNode, Triple
from werkzeug.exceptions import NotFound

from ontology.terms import DCAT, DCT, ID, ONTOLOGY, OWL, PREFIXES, RDF, RDFS, SKOS, VOID, XSD, Vocabulary
from server import rdf, reading
from server.caching import PerRelease
from server.negotiation import CONSTRUCTED_FORMATS, choose
from server.rows import plain, text
from server.site import asked_release, site
from server.store import catalogue, dumping
from server.store.catalogue import DATASET, LICENCE
from server.store.dumping import Dump, File
from server.store.manifest import PLAIN
from server.store.release import Release
from server.streaming import RELEASE

bp = Blueprint("void", __name__)

EXAMPLES = 3
SPDX = Vocabulary("http://spdx.org/rdf/terms#")
FOAF = Vocabulary("http://xmlns.com/foaf/0.1/")
FORMATS = Vocabulary("http://www.w3.org/ns/formats/")
SPARQL_PROTOCOL = NamedNode("https://www.w3.org/TR/sparql11-protocol/")
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
VOCABULARIES = ("ac", "rdfs", "skos", "prov", "schema", "org", "oa", "dct", "dcat", "void")
FEATURES = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "N-Quads", "TriG")
LINKSETS = {
    "wikidata": ("Wikidata", "http://www.wikidata.org/entity/"),
    "dbpedia": ("DBpedia", "http://dbpedia.org/resource/"),
    "geonames": ("GeoNames", "https://sws.geonames.org/"),
}

_CLASSES = "SELECT ?term (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?term } GROUP BY ?term ORDER BY ?term"
_PROPERTIES = "SELECT ?term (COUNT(*) AS ?n) WHERE { ?s ?term ?o } GROUP BY ?term ORDER BY ?term"
_LINKS = f"""SELECT (COUNT(*) AS ?n) WHERE {{
  ?s {OWL.sameAs}|{SKOS.exactMatch} ?o FILTER(STRSTARTS(STR(?o), "%s"))
}}"""

_statistics: PerRelease[list[Triple]] = PerRelease()


@bp.get("/catalogue")
@bp.get("/.well-known/void")
def void() -> Response:
    """Describe the dataset, its releases, files and services as RDF, by Accept or ?format=."""
    choice = choose(CONSTRUCTED_FORMATS, request.accept_mimetypes, request.args.get("format"))
    release = reading.release()
    if release.manifest.default_graph == PLAIN:
        raise NotFound("A plain dataset is served as it was written, without a description.")
    response = rdf.written(_triples(release), choice)
    response.headers[RELEASE] = release.id
    response.headers["Cache-Control"] = "no-cache"  # the addresses in it are those of the host that was asked
    return response


def _triples(release: Release) -> Iterator[Triple]:
    here = f"{request.url_root}.well-known/void"
    yield from _of_catalogue(here)
    yield from _of_services(here)
    for manifest in (one.manifest for one in reading.latest()[::-1]):
        version = catalogue.release_iri(manifest.id)
        yield Triple(DATASET, DCAT.hasVersion, version)
        for quad in catalogue.describe(manifest):
            if manifest.id == release.id or quad.subject == version:
                yield quad.triple
    yield from _of_dataset(here, release)
    yield from _statistics_of(here, release)
    made = {file.dump.name: file for file in dumping.files(release)}
    for dump in dumping.available(release):
        yield from _of_distribution(here, release, dump, made.get(dump.name))


def _of_catalogue(here: str) -> Iterator[Triple]:
    node, publisher = NamedNode(f"{here}#catalogue"), NamedNode(f"{here}#publisher")
    title = Literal(site().settings.title, language="en")
    yield Triple(NamedNode(here), RDF.type, VOID.DatasetDescription)
    yield Triple(NamedNode(here), DCT.title, Literal(f"Description of {site().settings.title}", language="en"))
    yield Triple(NamedNode(here), FOAF.primaryTopic, DATASET)
    yield Triple(node, RDF.type, DCAT.Catalog)
    yield Triple(node, RDFS.label, title)
    yield Triple(node, DCT.title, title)
    yield Triple(node, DCT.license, LICENCE)
    yield Triple(node, DCT.publisher, publisher)
    yield Triple(node, FOAF.homepage, NamedNode(request.url_root))
    yield Triple(node, DCAT.dataset, DATASET)
    yield Triple(publisher, RDF.type, FOAF.Agent)
    yield Triple(publisher, FOAF.name, Literal(site().settings.title))


def _of_services(here: str) -> Iterator[Triple]:
    endpoint = NamedNode(url_for("sparql.sparql", _external=True, release=None))
    service = NamedNode(f"{endpoint.value}#service")
    yield Triple(NamedNode(f"{here}#catalogue"), DCAT.service, service)
    yield Triple(DATASET, VOID.sparqlEndpoint, endpoint)
    yield Triple(service, RDF.type, DCAT.DataService)
    yield Triple(service, DCT.title, Literal("SPARQL endpoint", language="en"))
    yield Triple(service, DCAT.endpointURL, endpoint)
    yield Triple(service, DCAT.endpointDescription, endpoint)
    yield Triple(service, DCT.conformsTo, SPARQL_PROTOCOL)
    yield Triple(service, DCAT.servesDataset, DATASET)
    yield Triple(service, DCT.license, LICENCE)


def _of_dataset(here: str, release: Release) -> Iterator[Triple]:
    current = catalogue.release_iri(release.id)
    for dataset in (DATASET, current):
        yield Triple(dataset, DCT.publisher, NamedNode(f"{here}#publisher"))
        yield Triple(dataset, VOID.uriSpace, Literal(ID))
        yield Triple(dataset, DCT.language, NamedNode("http://id.loc.gov/vocabulary/iso639-1/en"))
        yield Triple(dataset, DCT.conformsTo, NamedNode(ONTOLOGY))
        yield Triple(dataset, DCAT.landingPage, NamedNode(request.url_root))
        for prefix in VOCABULARIES:
            yield Triple(dataset, VOID.vocabulary, NamedNode(PREFIXES[prefix]))
        for feature in FEATURES:
            yield Triple(dataset, VOID.feature, FORMATS[feature])
    yield Triple(DATASET, FOAF.homepage, NamedNode(request.url_root))
    yield Triple(DATASET, RDFS.seeAlso, NamedNode(url_for("saved_queries.index", _external=True, release=None)))
    some = release.manifest.sources.some(EXAMPLES).values()
    for article in sorted(source.article for source in some if source.article):
        yield Triple(DATASET, VOID.exampleResource, NamedNode(article))


def _of_distribution(here: str, release: Release, dump: Dump, made: File | None) -> Iterator[Triple]:
    node = NamedNode(f"{here}#{dump.name}")
    address = NamedNode(f"{url_for('dumps.dump', name=dump.name, _external=True, release=release.id)}")
    title = f"{dump.name}: {dump.label}" + (f", packed ({dump.packing.removeprefix('.')})" if dump.packing else "")
    for dataset in (DATASET, catalogue.release_iri(release.id)):
        yield Triple(dataset, DCAT.distribution, node)
        if dump.part == "dataset":
            yield Triple(dataset, VOID.dataDump, address)
    yield Triple(node, RDF.type, DCAT.Distribution)
    yield Triple(node, DCT.title, Literal(title, language="en"))
    yield Triple(node, DCAT.downloadURL, address)
    yield Triple(node, DCAT.accessURL, NamedNode(url_for("dumps.index", _external=True, release=release.id)))
    yield Triple(node, DCAT.mediaType, _media_type(dump.content_type))
    if dump.packing:
        yield Triple(node, DCAT.compressFormat, _media_type(dump.media_type))
    yield Triple(node, DCT.issued, Literal(release.manifest.created, datatype=XSD.dateTime))
    yield Triple(node, DCT.license, LICENCE)
    if made:
        checksum = NamedNode(f"{here}#{dump.name}-sha256")
        yield Triple(node, DCAT.byteSize, Literal(str(made.size), datatype=XSD.nonNegativeInteger))
        yield Triple(node, SPDX.checksum, checksum)
        yield Triple(checksum, RDF.type, SPDX.Checksum)
        yield Triple(checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
        yield Triple(checksum, SPDX.checksumValue, Literal(made.sha256, datatype=XSD.hexBinary))


def _media_type(content_type: str) -> NamedNode:
    return NamedNode(MEDIA_TYPES + content_type.partition(";")[0])


def _statistics_of(here: str, release: Release) -> list[Triple]:
    """Return how many there are of each class, property and link; worked out once for the current release."""

    def count() -> list[Triple]:
        return list(_counted(here, catalogue.release_iri(release.id)))

    return count() if asked_release() else _statistics.get(release.id, (site().settings.data, here), count)


def _counted(here: str, dataset: NamedNode) -> Iterator[Triple]:
    engine = site().engine
    summary = engine.summary()
    for part, query, property, number in (
        ("class", _CLASSES, VOID["class"], VOID.entities),
        ("property", _PROPERTIES, VOID.property, VOID.triples),
    ):
        found = {} if summary else {row["term"]: int(row["n"]) for row in map(plain, engine.select(query))}
        rows = summary.tally(part) if summary else found
        yield Triple(dataset, VOID["classes" if part == "class" else "properties"], Literal(len(rows)))
        for term, count in rows.items():
            node = NamedNode(f"{here}#{part}-{quote(term, safe='')}")
            yield Triple(dataset, VOID[f"{part}Partition"], node)
            yield Triple(node, RDF.type, VOID.Dataset)
            yield Triple(node, property, NamedNode(term))
            yield Triple(node, number, Literal(count))
    for name, (label, space) in LINKSETS.items():
        node, there = NamedNode(f"{here}#links-{name}"), NamedNode(f"{here}#{name}")
        yield Triple(dataset, VOID.subset, node)
        yield Triple(node, RDF.type, VOID.Linkset)
        yield Triple(node, DCT.title, Literal(f"Links to {label}", language="en"))
        yield Triple(node, VOID.subjectsTarget, dataset)
        yield Triple(node, VOID.objectsTarget, there)
        yield Triple(node, VOID.linkPredicate, OWL.sameAs)
        yield Triple(node, VOID.linkPredicate, SKOS.exactMatch)
        yield Triple(node, VOID.triples, Literal(int(text(engine.select(_LINKS % space)[0], "n") or 0)))
        yield Triple(there, RDF.type, VOID.Dataset)
        yield Triple(there, VOID.uriSpace, Literal(space))
