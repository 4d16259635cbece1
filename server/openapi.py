"""The interface for programs as OpenAPI 3.1, made from the tables that the code works by: /openapi.json and a page."""

import shlex
from collections.abc import Iterable
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request

from ontology.terms import CATALOGUE_GRAPH, DERIVED_GRAPH, GRAPH, ONTOLOGY_GRAPH, PREFIXES, REFERENCE_GRAPH
from server import completion, editor, json_schemas, release_pages, search
from server.json_schemas import TEXT, Json, array_of, ref
from server.negotiation import CONSTRUCTED_FORMATS, GRAPH_FORMATS, HTML, SOLUTION_FORMATS
from server.operations import (
    FORM,
    HEADER,
    IRI,
    KINDS,
    SLUG,
    TYPES,
    answers,
    error,
    format_of,
    in_path,
    in_query,
    json_answer,
    of_saved_query,
    operation,
    release,
    timeout,
    words,
)
from server.saved_queries import LIST
from server.saved_query import SavedQuery
from server.site import site
from server.sparql import DIRECT, UPDATE
from server.store import dumping
from server.store.summary import NOBODY

bp = Blueprint("openapi", __name__)

VERSION = "3.1.0"
TAGS = ("SPARQL", "Saved queries", "Disputes", "Search", "Resources", "Releases", "Files", "Service")
WHOLE_GRAPHS = (REFERENCE_GRAPH, ONTOLOGY_GRAPH, DERIVED_GRAPH, CATALOGUE_GRAPH)
WRITES: Json = {"security": [{"token": []}]}
REFUSED_WRITES = (400, 401, 403, 412, 413, 415, 422, 503)


@bp.get("/openapi.json")
def openapi() -> Response:
    """Give the description of the interface as OpenAPI."""
    response = jsonify(document(request.script_root))
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/api")
def page() -> str:
    """Show the description of the interface to people."""
    whole = document(request.script_root)
    operations = [
        {"method": method.upper(), "path": path, "curl": _curl(path, method, one), **one}
        for path, methods in whole["paths"].items()
        for method, one in methods.items()
    ]
    statuses = sorted({int(status) for one in operations for status in one["responses"] if status >= "400"})
    errors = {status: error(status)["description"] for status in statuses}
    return render_template("api.html", operations=operations, tags=TAGS, iri_pattern=IRI, errors=errors)


def document(root: str = "") -> Json:
    """Return the whole description of the app at hand.

    :param root: the path below which the app is served.
    """
    return {
        "openapi": VERSION,
        "info": {
            "title": site().settings.title,
            "version": "1",
            "summary": "Who says who arms whom: statements of news articles as linked data.",
            "description": "Reading needs no key. Errors are problem documents (RFC 9457).",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": root or "/"}],
        "tags": [{"name": name} for name in TAGS],
        "paths": {
            **_of_sparql(),
            **_of_saved_queries(site().queries.values()),
            **_of_search(),
            **_of_disputes(),
            **_of_reconciliation(),
            **_of_resources(),
            **_of_releases(),
            **_of_files(),
            **_of_service(),
        },
        "components": {
            "schemas": json_schemas.all_of_them(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _of_sparql() -> Json:
    formats = (*SOLUTION_FORMATS, *CONSTRUCTED_FORMATS, HTML)
    graphs = [
        in_query("default-graph-uri", array_of(TYPES["iri"]), "Graphs that make the default graph of this query."),
        in_query("named-graph-uri", array_of(TYPES["iri"]), "Graphs that GRAPH sees in this query."),
    ]
    text = in_query("query", TEXT, "The query.", required=True, example=editor.FIRST_QUERY.strip())
    body: Json = {
        FORM: {"schema": {"type": "object", "required": ["query"], "properties": {"query": TEXT}}},
        DIRECT: {"schema": TEXT},
        UPDATE: {"schema": TEXT},
    }
    get = operation(
        "query",
        "SPARQL",
        "Answer a SPARQL 1.1 query; without one the service describes itself as RDF.",
        [text, *graphs, timeout(), release(), format_of(formats)],
        answers(formats, headers=True),
        (400, 404, 406, 413, 429, 503),
    )
    post = operation(
        "queryByPost",
        "SPARQL",
        "Answer a SPARQL 1.1 query that is too long for an address, or carry out an update, which needs a token.",
        [format_of(formats)],
        answers(formats, headers=True) | {"204": {"description": "The update is published."}},
        (404, 406, 429, *REFUSED_WRITES),
    )
    offers = operation(
        "completions",
        "SPARQL",
        "Classes, properties and entities whose names begin so, as they stand in a query.",
        [words(), in_query("first", {"enum": list(completion.KINDS)}, "What comes first.")],
        json_answer(ref("Completions")),
        (400, 503),
    )
    return {
        "/sparql": {"get": get, "post": post | {"requestBody": {"required": True, "content": body}}},
        "/sparql/completions": {"get": offers},
    }


def _of_saved_queries(queries: Iterable[SavedQuery]) -> Json:
    """Return the paths of the saved queries, but for those that call a service that the settings do not allow."""
    formats = (HTML, LIST, *CONSTRUCTED_FORMATS)
    every = operation(
        "savedQueries",
        "Saved queries",
        "All saved queries with their parameters; as RDF, SHACL's SPARQL executables.",
        [release(), format_of(formats)],
        answers(formats, {"json": "SavedQueries"}),
        (400, 404, 406, 429),
    )
    allowed = site().settings.service_allow
    callable_here = [query for query in queries if not query.needs_service or query.needs_service in allowed]
    return {"/queries": {"get": every}} | {f"/queries/{query.name}": {"get": _saved(query)} for query in callable_here}


def _saved(query: SavedQuery) -> Json:
    formats = (*SOLUTION_FORMATS, HTML, *CONSTRUCTED_FORMATS)
    parameters = [*map(of_saved_query, query.parameters.values()), timeout(), release(), format_of(formats)]
    described = operation(
        query.name,
        "Saved queries",
        query.title,
        parameters,
        answers(formats, headers=True),
        (400, 404, 406, 429, 503),
    )
    return described | {"description": query.question}


def _of_search() -> Json:
    formats = (HTML, search.JSON)
    found = operation(
        "search",
        "Search",
        "Names, headlines and quotes that have the words, misspelt ones too.",
        [words(), release(), format_of(formats)],
        answers(formats, {"json": "Hits"}),
        (400, 404, 406, 503),
    )
    names = operation(
        "suggestions",
        "Search",
        "Names for what is typed so far.",
        [words(), release()],
        json_answer(ref("Suggestions")),
        (400, 404, 503),
    )
    return {"/search": {"get": found}, "/search/suggestions": {"get": names}}


def _of_disputes() -> Json:
    sides = [
        in_path("oneKind", {"enum": list(KINDS)}, "The kind of the supplier, or of a party to talks.", "state"),
        in_path("one", {"type": "string", "pattern": SLUG}, "Its name.", "north-korea"),
        in_path("between", {"enum": ["to", "and"]}, "to: deliveries; and: talks of the two.", "to"),
        in_path("otherKind", {"enum": list(KINDS)}, "The kind of the recipient, or of the other party.", "state"),
        in_path("other", {"type": "string", "pattern": SLUG}, "Its name.", "russia"),
    ]
    actor: Json = {"anyOf": [TYPES["iri"], {"enum": [NOBODY, ""]}]}
    date: Json = {"anyOf": [TYPES["date"], {"const": ""}]}
    narrowed = [
        in_query("speaker", actor, f"Who speaks or is spoken for; “{NOBODY}” for unattributed statements."),
        in_query("outlet", actor, f"Who published it; “{NOBODY}” where nobody knows."),
        in_query("from", date, "The first day."),
        in_query("until", date, "The last day."),
    ]
    page = operation(
        "dispute",
        "Disputes",
        "Who alleges, who denies, who declines or keeps silent, as a page.",
        [*sides, *narrowed, release()],
        answers((HTML,)),
        (400, 404, 503),
    )
    feed = operation(
        "feed",
        "Disputes",
        "The statements of a dispute that were published last, as an Atom feed (RFC 4287).",
        [*sides, release()],
        {"200": {"description": "The feed.", "content": {"application/atom+xml": {"schema": {}}}}},
        (400, 404, 503),
    )
    place = "{oneKind}/{one}/{between}/{otherKind}/{other}"
    return {f"/disputes/{place}": {"get": page}, f"/feeds/{place}": {"get": feed}}


def _of_reconciliation() -> Json:
    answer, wrong = json_answer({"type": "object"}), (400, 404, 503)
    queries, extend = "Names to match, as JSON: queries by keys of yours.", "Things and properties to fetch, as JSON."
    get = operation(
        "reconcile",
        "Search",
        "Match names, or extend what is matched (Reconciliation Service API 0.2); without either the manifest.",
        [
            in_query("queries", TEXT, queries, example='{"q0": {"query": "Lavrov", "type": "Person"}}'),
            in_query("extend", TEXT, extend),
        ],
        answer,
        wrong,
    )
    form: Json = {"type": "object", "properties": {"queries": TEXT, "extend": TEXT}}
    post = operation(
        "reconcileByPost", "Search", "The same, for batches of up to 100 names.", [], answer, (*wrong, 413, 415)
    )
    return {"/reconcile": {"get": get, "post": post | {"requestBody": {"content": {FORM: {"schema": form}}}}}}


def _of_resources() -> Json:
    slug: Json = {"type": "string", "pattern": SLUG}
    kinds: Json = {"enum": [kind for kind in KINDS if kind != "article"]}
    entity = [
        in_path("kind", kinds, "What it is.", "person"),
        in_path("slug", slug, "The end of its IRI.", "vladimir-putin"),
    ]
    article = [
        in_path("publisher", slug, "The publisher.", "justunicorns-news"),
        in_path("slug", slug, "The end of the article's IRI.", "004-799f9b8c3eae584f"),
    ]
    ending = in_path("format", {"enum": [f.name for f in GRAPH_FORMATS]}, "The format.", "ttl")
    formats = (HTML, *GRAPH_FORMATS)
    paths: Json = {}
    for suffix, where, parameters, what in (
        ("", "{kind}/{slug}", entity, "an entity or a statement"),
        ("OfArticle", "article/{publisher}/{slug}", article, "an article"),
    ):
        see_other: Json = {"303": {"description": "Its page or its data, by Accept.", "headers": {"Location": HEADER}}}
        place = operation(
            f"resource{suffix}",
            "Resources",
            f"Where to find what is known of {what}.",
            [*parameters, release(), format_of(formats)],
            see_other,
            (400, 404, 406, 503),
        )
        data = operation(
            f"data{suffix}",
            "Resources",
            f"What is known of {what}, as RDF.",
            [*parameters, ending, release()],
            answers(GRAPH_FORMATS, headers=True),
            (400, 404, 503),
        )
        paths |= {f"/id/{where}": {"get": place}, f"/data/{where}.{{format}}": {"get": data}}
    terms = operation(
        "ontology",
        "Resources",
        "The ontology, as a page or as RDF.",
        [release(), format_of(formats)],
        answers(formats),
        (400, 404, 406, 503),
    )
    return paths | {"/ontology": {"get": terms}}


def _of_releases() -> Json:
    formats = (HTML, release_pages.JSON)
    every = operation(
        "releases",
        "Releases",
        "All releases.",
        [format_of(formats)],
        answers(formats, {"json": "Releases"}),
        (406, 503),
    )
    identifier = in_path(
        "identifier", {"type": "string", "pattern": SLUG}, "The release.", "20240612T080000Z-0123456789"
    )
    changes = operation(
        "changes",
        "Releases",
        "What changed in a release since its parent, or since another one.",
        [identifier, in_query("from", TEXT, "The other release."), format_of((*formats, release_pages.JSON_LINES))],
        answers((*formats, release_pages.JSON_LINES), {"json": "Changes"}),
        (404, 406, 503),
    )
    return {"/releases": {"get": every}, "/releases/{identifier}": {"get": changes}}


def _of_files() -> Json:
    dumps = dumping.DUMPS
    types = sorted({dump.media_type.partition(";")[0] for dump in dumps.values()})
    name = in_path("name", {"enum": list(dumps)}, "The file.", next(iter(dumps)))
    whole = operation(
        "dump",
        "Files",
        "The whole dataset as a file, with ETag and ranges.",
        [name, release()],
        {"200": {"description": "The file.", "content": {media_type: {} for media_type in types}}},
        (400, 404, 503),
    )
    ends = {"enum": [graph.value.removeprefix(GRAPH) for graph in WHOLE_GRAPHS]}
    itself = operation(
        "graphItself",
        "Files",
        "One graph at its own address; that of an article is /graph/article/PUBLISHER/ID.",
        [in_path("name", ends, "The end of its IRI.", ends["enum"][0]), release(), format_of(CONSTRUCTED_FORMATS)],
        answers(CONSTRUCTED_FORMATS, headers=True),
        (400, 404, 406, 429, 503),
    )
    catalogue = operation(
        "catalogue",
        "Files",
        "What the dataset says of itself: VoID and DCAT 3, with every file, as at /.well-known/void.",
        [release(), format_of(CONSTRUCTED_FORMATS)],
        answers(CONSTRUCTED_FORMATS),
        (400, 404, 406, 503),
    )
    return {
        "/catalogue": {"get": catalogue},
        "/dumps/{name}": {"get": whole},
        "/graphs": _of_graphs(),
        "/graph/{name}": {"get": itself},
    }


def _of_graphs() -> Json:
    graph = in_query("graph", TYPES["iri"], "The graph.", required=True, example=PREFIXES["graph"] + "reference")
    read = operation(
        "graph",
        "Files",
        "One graph (SPARQL 1.1 Graph Store HTTP Protocol).",
        [graph, release(), format_of(CONSTRUCTED_FORMATS)],
        answers(CONSTRUCTED_FORMATS, headers=True),
        (400, 404, 406, 429, 503),
    )
    body: Json = {"required": True, "content": {f.media_type: {"schema": TEXT} for f in GRAPH_FORMATS}}
    published: Json = {"204": {"description": "It is published."}}
    made: Json = {"201": {"description": "The graph is new and published."}}
    paths: Json = {"get": read}
    for method, words_, has_body in (
        ("put", "Let a graph consist of the triples of the body.", True),
        ("post", "Add the triples of the body to a graph.", True),
        ("delete", "Take a graph out of the dataset.", False),
    ):
        write = operation(
            f"{method}Graph",
            "Files",
            words_,
            [graph],
            published | made if has_body else published,
            (404, *REFUSED_WRITES),
        )
        paths[method] = write | WRITES | ({"requestBody": body} if has_body else {})
    return paths


def _of_service() -> Json:
    down: Json = {"503": {"description": "Not now.", "content": {"application/json": {"schema": ref("Health")}}}}
    health = json_answer(ref("Health")) | down
    return {
        "/health/live": {"get": operation("live", "Service", "Whether the process lives.", [], health)},
        "/health/ready": {"get": operation("ready", "Service", "Whether it answers queries.", [], health)},
        "/openapi.json": {
            "get": operation("openapi", "Service", "This description.", [], json_answer({"type": "object"}))
        },
    }


def _curl(path: str, method: str, described: Json) -> str:
    """Return a command of curl that asks the operation with its examples."""
    fields: list[tuple[str, object]] = []
    for parameter in described["parameters"]:
        example = parameter.get("example", parameter["schema"].get("default"))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(example))
        elif example is not None:
            fields.append((parameter["name"], str(example).lower() if isinstance(example, bool) else example))
    host = request.host_url.rstrip("/") + request.script_root
    address = shlex.quote(host + path)
    if method in ("put", "delete") or "security" in described:
        (name, value), *_ = fields
        address = shlex.quote(f"{host}{path}?{urlencode({name: value})}")
        file = ["-H 'Content-Type: text/turtle'", "--data-binary @FILE.ttl"] if "requestBody" in described else []
        return " \\\n  ".join([f"curl -X {method.upper()} {address}", '-H "Authorization: Bearer $TOKEN"', *file])
    if method == "post":
        fields.append(("query", editor.FIRST_QUERY.strip()))
    get = "--get " if fields and method == "get" else ""
    return " \\\n  ".join(
        [f"curl {get}{address}", *(f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in fields)]
    )
