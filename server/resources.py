"""Linked data: /id/… answers 303 to a page or to data, /page/… is for people, /data/….ttl for programs."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pyoxigraph import NamedNode
from werkzeug.exceptions import NotFound

from ontology.terms import ID
from server import entities, rdf
from server.negotiation import GRAPH_FORMATS, HTML, Choice, choose
from server.site import site

bp = Blueprint("resources", __name__)

_KNOWN = "SELECT ?x ?p WHERE { ?x ?p ?o } LIMIT 1"
_DATA = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
CONSTRUCT { ?x ?p ?o . ?s ?to ?x . ?part ?q ?v } WHERE {
  { ?x ?p ?o } UNION { ?s ?to ?x } UNION { ?x ac:quantity|ac:evidence|(ac:evidence/oa:hasSelector) ?part . ?part ?q ?v }
}"""
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
        raise _unknown(path)
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
        raise _unknown(path)
    return iri


def _iri(path: str) -> str:
    try:
        return NamedNode(ID + path).value
    except ValueError:
        raise _unknown(path) from None


def _unknown(path: str) -> NotFound:
    return NotFound(f"Nothing is known here of “{path}”.")
