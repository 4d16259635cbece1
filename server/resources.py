"""Linked data: /id/… answers 303 to a page or to data, /page/… is for people, /data/….ttl for programs."""

from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pyoxigraph import NamedNode
from werkzeug.exceptions import Gone, NotFound

from ontology.terms import AC, CATALOGUE_GRAPH, DCT, GRAPH, ID, OA, PROV, RDFS, RETRACTED_GRAPH
from server import entities, rdf
from server.errors import Replaced
from server.negotiation import CONSTRUCTED_FORMATS, HTML, Choice, choose
from server.rows import text
from server.site import site
from server.store import tombstones

bp = Blueprint("resources", __name__)

_KNOWN = f"""SELECT ?x ?p WHERE {{
  {{ ?x ?p ?o }} UNION {{ GRAPH {CATALOGUE_GRAPH} {{ ?x ?p ?o }} }}
}} LIMIT 1"""
# The concise bounded description, with the parts that have a name of their own and the labels of what is mentioned.
_DATA = f"""PREFIX ac: <{AC.iri}>
PREFIX oa: <{OA.iri}>
PREFIX rdfs: <{RDFS.iri}>
CONSTRUCT {{ ?x ?p ?o . ?o rdfs:label ?name . ?part ?q ?v . ?v rdfs:label ?label }} WHERE {{
  {{ ?x ?p ?o OPTIONAL {{ ?o rdfs:label ?name }} }}
  UNION {{ GRAPH {CATALOGUE_GRAPH} {{ ?x ?p ?o OPTIONAL {{ ?o rdfs:label ?name }} }} }}
  UNION {{
    ?x ac:quantity|ac:evidence|ac:review|(ac:evidence/oa:hasSelector) ?part .
    ?part ?q ?v OPTIONAL {{ ?v rdfs:label ?label }}
  }}
}}"""
_CATALOGUED = {"dataset": "dumps.index", "release": "releases.release", "writer": "releases.index"}  # their pages
_RETRACTED = f"""PREFIX ac: <{AC.iri}>
PREFIX prov: <{PROV.iri}>
PREFIX rdfs: <{RDFS.iri}>
SELECT ?x ?who ?day ?why ?now WHERE {{ GRAPH {RETRACTED_GRAPH} {{ ?x ac:reportedIn ?article }}
  OPTIONAL {{ GRAPH {RETRACTED_GRAPH} {{ ?now prov:wasRevisionOf ?x }} ?now ac:review ?correction }}
  OPTIONAL {{ GRAPH {RETRACTED_GRAPH} {{ ?x prov:wasInvalidatedBy ?retraction }} }}
  BIND(COALESCE(?retraction, ?correction) AS ?review)
  OPTIONAL {{
    GRAPH ?one {{ ?review {DCT.date} ?day ; rdfs:comment ?why ; prov:wasAssociatedWith ?editor }}
    GRAPH ?other {{ ?editor rdfs:label ?who }}
}} }} LIMIT 1"""
OPEN_AS_QUERY = """# Everything that is said with {label} in it
SELECT ?subject ?property ?value WHERE {{
  {{ BIND({node} AS ?subject) {node} ?property ?value }}
  UNION
  {{ BIND({node} AS ?value) ?subject ?property {node} }}
}}
"""


@bp.get("/id/<path:path>")
def resource(path: str) -> Response:
    """Send the client on by 303 (httpRange-14): browsers to the page, others to the data in their format."""
    _existing(path)
    choice = choose((HTML, *CONSTRUCTED_FORMATS), request.accept_mimetypes, request.args.get("format"))
    if choice.format is HTML:
        place = url_for(".page", path=path)
    else:
        place = url_for(".data", path=f"{path}.{choice.format.name}")
    response = make_response(redirect(place, 303))
    response.vary.add("Accept")
    return response


@bp.get("/page/<path:path>")
def page(path: str) -> str | Response:
    """Show what is known of a resource."""
    iri = _iri(path)
    kind, _, rest = path.partition("/")
    if kind in _CATALOGUED:
        _existing(path)
        if kind == "release":
            return make_response(redirect(url_for("releases.release", identifier=rest.partition("/")[0]), 303))
        return make_response(redirect(url_for(_CATALOGUED[kind]), 303))
    entity = entities.read(site().engine, site().labels, iri)
    if entity is None:
        raise _missing(path, iri)
    label = " ".join(entity.label.split())
    return render_template(
        "entity.html",
        entity=entity,
        path=path,
        formats=CONSTRUCTED_FORMATS,
        graph=_graph_of(path),
        as_query=OPEN_AS_QUERY.format(label=label, node=NamedNode(iri)),
    )


@bp.get("/data/<path:path>")
def data(path: str) -> Response:
    """Give what is known of a resource as RDF, in the format that the address ends in."""
    stem, _, extension = path.rpartition(".")
    format = next((f for f in CONSTRUCTED_FORMATS if f.name == extension), None)
    if format is None:
        endings = ", ".join("." + f.name for f in CONSTRUCTED_FORMATS)
        raise NotFound(f"Data has an address that ends in one of {endings}.")
    iri = _existing(stem)
    return rdf.respond(_DATA, {"x": NamedNode(iri)}, Choice(format, format.content_type))


def _graph_of(path: str) -> str | None:
    """Return the address of the graph that bears an article's name, where there is one."""
    if not path.startswith("article/"):
        return None
    graph = NamedNode(GRAPH + quote(path, safe="/-._~"))
    if not site().engine.select(f"SELECT (1 AS ?there) WHERE {{ GRAPH {graph} {{ }} }}"):
        return None
    return url_for("graphs.read", name=path)


def _existing(path: str) -> str:
    iri = _iri(path)
    if not site().engine.select(_KNOWN, {"x": NamedNode(iri)}):
        raise _missing(path, iri)
    return iri


def _missing(path: str, iri: str) -> Gone | NotFound:
    """Return that something is not known, or, for a statement that an editor retracted, who did so, when and why.

    What was forgotten is gone, without a word about it.
    """
    if any(tombstones.hashed(iri) in stone.iris for stone in tombstones.read(site().settings.data)):
        return Gone("This was taken out of the dataset for good. Nothing is known of it here any more.")
    found = site().engine.select(_RETRACTED, {"x": NamedNode(iri)})
    if not found:
        return _unknown(path)
    who, day, why, now = (text(found[0], name) for name in ("who", "day", "why", "now"))
    done = "corrected" if now else "retracted"
    by = f" by {who} on {day}: {why.rstrip('.')}" if who and day and why else ""
    said = f"This statement was {done}{by}. It lies in the graph {RETRACTED_GRAPH.value}, and in older releases."
    return Replaced(said, now, site().labels.of([now])[now]) if now else Gone(said)


def _iri(path: str) -> str:
    try:
        return NamedNode(ID + path).value
    except ValueError:
        raise _unknown(path) from None


def _unknown(path: str) -> NotFound:
    return NotFound(f"Nothing is known here of “{path}”.")
