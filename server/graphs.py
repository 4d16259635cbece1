"""SPARQL 1.1 Graph Store HTTP Protocol at /graphs: whole graphs, read by anyone, written with a token."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote
from uuid import uuid4

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType
from werkzeug.http import parse_options_header

from ontology.terms import ARTICLE_GRAPHS, GRAPH
from server import access, bodies, conditions
from server.negotiation import CONSTRUCTED_FORMATS, JSON, JSON_LD, N_TRIPLES, RDF_XML, TURTLE, choose
from server.site import site
from server.sparql import decode, single
from server.store.editing import Edit, Upload
from server.store.engine import Query
from server.store.writing import Written
from server.streaming import RELEASE, ask, respond

bp = Blueprint("graphs", __name__)

MULTIPART = "multipart/form-data"
UPLOADS = {
    **{format.media_type: format.media_type for format in (TURTLE, N_TRIPLES, RDF_XML, JSON_LD)},
    "application/x-turtle": TURTLE.media_type,
}
_SAFE = "/:@!$&'()*+,;=~-._"  # of a path, as RFC 3986 has it


@bp.get("/graphs")
@bp.get("/graphs/<path:name>")
@bp.get("/graph/<path:name>")
def read(name: str | None = None) -> Response:
    """Answer with the triples of a graph; 404 where there is none of that name."""
    fields = _fields()
    graph = _graph(fields, name)
    if graph is None and "default" not in fields:
        raise BadRequest("Name a graph: /graphs?graph=IRI, or /graphs?default for the default graph.")
    choice = choose(CONSTRUCTED_FORMATS, request.accept_mimetypes, single(fields, "format"))
    release = single(fields, "release")
    where = "?s ?p ?o"
    if graph is not None:
        if not site().engine.select(f"SELECT (1 AS ?there) WHERE {{ GRAPH {graph} {{ }} }}", release=release):
            raise NotFound(f"There is no graph {graph} here.")
        where = f"GRAPH {graph} {{ {where} }}"
    limits = replace(site().limits(), rows=None)  # a part of a graph is no graph
    query = Query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {where} }}", limits=limits, release=release)
    media_types = {"graph": choice.format.media_type, "solutions": JSON.media_type, "boolean": JSON.media_type}
    tag = conditions.of(query, [choice.content_type])
    known = conditions.not_modified(tag)
    if known is not None:
        return known
    answer = ask(query, media_types)
    response = respond(answer, choice.content_type, limits)
    conditions.mark(response, tag, answer.release)
    return response


@bp.put("/graphs")
@bp.put("/graphs/<path:name>")
def put(name: str | None = None) -> Response:
    """Let a graph consist of the triples of the body."""
    who = access.require_writer()
    graph = _graph_to_write(name)
    return _write(Edit("put", graph=graph, uploads=tuple(_uploads())), who)


@bp.post("/graphs")
@bp.post("/graphs/<path:name>")
def post(name: str | None = None) -> Response:
    """Add the triples of the body to a graph; where none is named, to a new one, whose IRI is the Location."""
    who = access.require_writer()
    fields = _fields()
    if name is None and not {"graph", "default"} & fields.keys():
        iri = f"{ARTICLE_GRAPHS}posted/{uuid4().hex}"
        response = _write(Edit("post", graph=iri, uploads=tuple(_uploads())), who)
        response.headers["Content-Location"] = request.script_root + "/graphs/" + iri.removeprefix(GRAPH)
        return response
    return _write(Edit("post", graph=_graph_to_write(name), uploads=tuple(_uploads())), who)


@bp.delete("/graphs")
@bp.delete("/graphs/<path:name>")
def delete(name: str | None = None) -> Response:
    """Take a graph out of the dataset."""
    who = access.require_writer()
    return _write(Edit("delete", graph=_graph_to_write(name)), who)


def _write(edit: Edit, who: str) -> Response:
    written: Written = site().writer.write(edit, who=who, expected=access.expected_releases())
    response = Response(status=204 if written.existed else 201, headers={RELEASE: written.release})
    response.headers["ETag"] = f'"{written.release}"'
    if not written.existed and edit.graph is not None:
        response.headers["Location"] = edit.graph
    return response


def _fields() -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in decode(request.query_string, "the address"):
        fields.setdefault(name, []).append(value)
    return fields


def _graph(fields: dict[str, list[str]], name: str | None) -> NamedNode | None:
    """Return the graph that a request names by its path or by `?graph=`; None for the default graph or none.

    :raises BadRequest: when it names more than one, or one that is no absolute IRI.
    """
    iri = single(fields, "graph")
    if ("graph" in fields) + ("default" in fields) + (name is not None) > 1:
        raise BadRequest("Name one graph: by the path, by ?graph=IRI, or by ?default.")
    if name is not None:
        return NamedNode(GRAPH + quote(name, safe=_SAFE))
    if "graph" not in fields:
        return None
    try:
        return NamedNode(iri or "")
    except ValueError as error:
        raise BadRequest(f"The parameter “graph” is not an absolute IRI: {error}.") from None


def _graph_to_write(name: str | None) -> str | None:
    fields = _fields()
    graph = _graph(fields, name)
    if graph is None and "default" not in fields:
        raise BadRequest("Name a graph: /graphs?graph=IRI, or /graphs?default for the default graph.")
    return graph.value if graph else None


def _uploads() -> Iterator[Upload]:
    """Yield the RDF of the body, or of each file of a form.

    :raises HTTPException: 400, 413 or 415.
    """
    limit = site().settings.max_upload
    if request.mimetype != MULTIPART:
        yield Upload(_media_type(request.content_type), bodies.text(limit, "the body"))
        return
    bodies.refuse_encoding()
    with bodies.bounded(limit):
        files = list(request.files.items(multi=True))
    for _, file in files:
        yield Upload(_media_type(file.content_type), bodies.utf8(file.read(), f"the file “{file.filename}”"))


def _media_type(content_type: str | None) -> str:
    bodies.check_charset(content_type)
    media_type = parse_options_header(content_type)[0].lower()
    if media_type not in UPLOADS:
        raise UnsupportedMediaType(f"RDF comes as {', '.join(UPLOADS)}, not as “{media_type}”.")
    return UPLOADS[media_type]
