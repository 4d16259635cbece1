"""Linked data: /id/… answers 303 to a page or to data, /page/… is for people, /data/….ttl for programs."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pyoxigraph import NamedNode
from werkzeug.exceptions import Gone, NotFound

from ontology.terms import AC, DCT, ID, PROV, RDFS, RETRACTED_GRAPH
from server import entities, rdf
from server.negotiation import GRAPH_FORMATS, HTML, Choice, choose
from server.rows import text
from server.site import site

bp = Blueprint("resources", __name__)

_KNOWN = "SELECT ?x ?p WHERE { ?x ?p ?o } LIMIT 1"
_DATA = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
CONSTRUCT { ?x ?p ?o . ?s ?to ?x . ?part ?q ?v } WHERE {
  { ?x ?p ?o } UNION { ?s ?to ?x } UNION { ?x ac:quantity|ac:evidence|(ac:evidence/oa:hasSelector) ?part . ?part ?q ?v }
}"""
_RETRACTED = f"""PREFIX ac: <{AC.iri}>
PREFIX prov: <{PROV.iri}>
PREFIX rdfs: <{RDFS.iri}>
SELECT ?x ?who ?day ?why WHERE {{ GRAPH {RETRACTED_GRAPH} {{
    ?x ac:reportedIn ?article OPTIONAL {{ ?x prov:wasInvalidatedBy ?review }}
  }} OPTIONAL {{
    GRAPH {RETRACTED_GRAPH} {{ ?review {DCT.date} ?day ; rdfs:comment ?why ; prov:wasAssociatedWith ?editor }}
    GRAPH ?any {{ ?editor rdfs:label ?who }}
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
    choice = choose((HTML, *GRAPH_FORMATS), request.accept_mimetypes, request.args.get("format"))
    if choice.format is HTML:
        place = url_for(".page", path=path)
    else:
        place = url_for(".data", path=f"{path}.{choice.format.name}")
    response = make_response(redirect(place, 303))
    response.vary.add("Accept")
    return response


@bp.get("/page/<path:path>")
def page(path: str) -> str:
    """Show what is known of a resource."""
    iri = _iri(path)
    entity = entities.read(site().engine, site().labels, iri)
    if entity is None:
        raise _missing(path, iri)
    label = " ".join(entity.label.split())
    return render_template(
        "entity.html",
        entity=entity,
        path=path,
        formats=GRAPH_FORMATS,
        as_query=OPEN_AS_QUERY.format(label=label, node=NamedNode(iri)),
    )


@bp.get("/data/<path:path>")
def data(path: str) -> Response:
    """Give what is known of a resource as RDF, in the format that the address ends in."""
    stem, _, extension = path.rpartition(".")
    format = next((f for f in GRAPH_FORMATS if f.name == extension), None)
    if format is None:
        endings = ", ".join("." + f.name for f in GRAPH_FORMATS)
        raise NotFound(f"Data has an address that ends in one of {endings}.")
    iri = _existing(stem)
    return rdf.respond(_DATA, {"x": NamedNode(iri)}, Choice(format, format.content_type))


def _existing(path: str) -> str:
    iri = _iri(path)
    if not site().engine.select(_KNOWN, {"x": NamedNode(iri)}):
        raise _missing(path, iri)
    return iri


def _missing(path: str, iri: str) -> Gone | NotFound:
    """Return that something is not known, or, for a statement that an editor retracted, who did so, when and why."""
    found = site().engine.select(_RETRACTED, {"x": NamedNode(iri)})
    if not found:
        return _unknown(path)
    who, day, why = (text(found[0], name) for name in ("who", "day", "why"))
    by = f" by {who} on {day}: {why.rstrip('.')}" if who and day and why else ""
    return Gone(
        f"This statement was retracted{by}. It lies in the graph {RETRACTED_GRAPH.value}, and in older releases."
    )


def _iri(path: str) -> str:
    try:
        return NamedNode(ID + path).value
    except ValueError:
        raise _unknown(path) from None


def _unknown(path: str) -> NotFound:
    return NotFound(f"Nothing is known here of “{path}”.")
