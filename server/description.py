"""The SPARQL 1.1 and 1.2 Service Description of the endpoint, for GET without a query."""

import pyoxigraph
from flask import Response, request
from pyoxigraph import Literal, NamedNode, Triple

from ontology.terms import DCT, RDF, RDFS, VOID, Vocabulary
from server.negotiation import CONSTRUCTED_FORMATS, GRAPH_FORMATS, SOLUTION_FORMATS, choose
from server.site import site
from server.store import tokens
from server.store.catalogue import DATASET, LICENCE
from server.store.manifest import PLAIN

SD = Vocabulary("http://www.w3.org/ns/sparql-service-description#")
FORMATS = Vocabulary("http://www.w3.org/ns/formats/")
SPARQL = Vocabulary("http://www.w3.org/ns/sparql#")
ENTAILMENT = Vocabulary("http://www.w3.org/ns/entailment/")
VERSIONS = ("1.0", "1.1", "1.2-basic", "1.2")

RESULT_FORMATS = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdf": "RDF_XML",
    "jsonld": "JSON-LD",
    "nq": "N-Quads",
    "trig": "TriG",
}
UNION_SET = (
    "The default graph holds, as a set, the triples of the articles, of what is derived from them, of the reference "
    "data and of the ontology; it follows from the named graphs and cannot be written."
)
ON_VERSIONS = (
    "Of SPARQL 1.2 and RDF 1.2, which are drafts, there are triple terms, reifiers, texts with a direction, VERSION "
    "and the new functions; missing are the reuse of an aggregate's variable in the same SELECT, and triple terms in "
    "JSON-LD."
)
AS_WRITTEN = "The dataset is served as it was written; its default graph is a graph of its own."


def respond(format_name: str | None) -> Response:
    """Return the description in the graph format that the request asks for."""
    choice = choose(GRAPH_FORMATS, request.accept_mimetypes, format_name)
    rdf = pyoxigraph.RdfFormat.from_media_type(choice.format.media_type)
    assert rdf is not None
    prefixes = {"sd": SD.iri, "format": FORMATS.iri, "rdfs": RDFS.iri, "void": VOID.iri, "dct": DCT.iri}
    body = pyoxigraph.serialize(triples(request.base_url), format=rdf, prefixes=prefixes)
    response = Response(body, content_type=choice.content_type)
    response.headers["Cache-Control"] = "no-cache"  # the address in it is the one that was asked
    response.vary.add("Accept")
    return response


def triples(endpoint: str) -> list[Triple]:
    """Return the description of the service at this address."""
    settings = site().settings
    plain = settings.default_graph == PLAIN
    service, dataset, default = (NamedNode(f"{endpoint}#{part}") for part in ("service", "dataset", "default-graph"))
    languages = [SD.SPARQL10Query, SD.SPARQL11Query, SD.SPARQLQuery]
    if tokens.read(settings.data):
        languages += [SD.SPARQL11Update, SD.SPARQLUpdate]
    features = [SD.EmptyGraphs] if plain else []
    if settings.service_allow:
        features.append(SD.BasicFederatedQuery)
    names = [RESULT_FORMATS[format.name] for format in (*SOLUTION_FORMATS, *CONSTRUCTED_FORMATS)]
    inputs = [RESULT_FORMATS[format.name] for format in GRAPH_FORMATS]
    result = [
        Triple(service, RDF.type, SD.Service),
        Triple(service, SD.endpoint, NamedNode(endpoint)),
        Triple(service, RDFS.label, Literal(settings.title, language="en")),
        Triple(service, SD.defaultDataset, dataset),
        Triple(dataset, RDF.type, SD.Dataset),
        Triple(dataset, SD.defaultGraph, default),
        Triple(default, RDF.type, SD.Graph),
        Triple(default, RDFS.comment, Literal(AS_WRITTEN if plain else UNION_SET, language="en")),
        *(Triple(service, SD.supportedLanguage, language) for language in languages),
        *(Triple(service, SD.supportedVersion, SPARQL[f"version-{version}"]) for version in VERSIONS),
        Triple(service, RDFS.comment, Literal(ON_VERSIONS, language="en")),
        Triple(service, SD.defaultEntailmentRegime, ENTAILMENT.Simple),
        *(Triple(service, SD.feature, feature) for feature in features),
        *(Triple(service, SD.resultFormat, FORMATS[name]) for name in names),
        *(Triple(service, SD.inputFormat, FORMATS[name]) for name in inputs),
    ]
    if not plain:
        result += [Triple(default, RDF.type, VOID.Dataset), Triple(default, DCT.isPartOf, DATASET)]
        result += [Triple(dataset, DCT.license, LICENCE)]
    return result
