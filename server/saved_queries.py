"""The saved queries as pages with forms, and as REST calls: /queries/<name>?parameter=value, by Accept or ?format=."""

from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from pyoxigraph import Literal, NamedNode
from werkzeug.exceptions import BadRequest, NotFound

from ontology.terms import ARTICLE_GRAPHS
from server import charts, errors, executables, snippets, tables
from server.negotiation import CONSTRUCTED_FORMATS, HTML, SOLUTION_FORMATS, Format, choose
from server.paging import pages
from server.rows import text
from server.saved_query import RESERVED, BadParameter, Parameter, SavedQuery, by_group
from server.site import asked_release, site
from server.sparql import answer, decode, read_timeout
from server.store.engine import Query, QueryError, Refused, Term
from server.store.summary import Summary
from server.streaming import ask

bp = Blueprint("saved_queries", __name__)

LIST = Format("json", "application/json", "JSON")
ROWS = 200  # that are drawn and shown; a file has all
PAGE = 30  # of them on one page
MOST_OPTIONS = 600

# Of all that the reference data know, those that articles name.
_INSTANCES = f"""PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?class ?value (MIN(STR(?name)) AS ?label) (LCASE(MIN(STR(?name))) AS ?place) WHERE {{
  {{ SELECT DISTINCT ?value WHERE {{
    GRAPH ?graph {{ ?subject ?property ?value }}
    FILTER(?property != rdf:type && ISIRI(?value) && STRSTARTS(STR(?graph), "{ARTICLE_GRAPHS}"))
  }} }}
  ?value a ?type ; rdfs:label ?name . ?type rdfs:subClassOf* ?class .
}} GROUP BY ?class ?value ORDER BY ?place ?value LIMIT {MOST_OPTIONS + 1}"""

_KINDS = "SELECT ?class ?kind WHERE { ?kind <http://www.w3.org/2000/01/rdf-schema#subClassOf>* ?class }"


@bp.get("/queries")
def index() -> Response:
    """List the saved queries by group: as a page, as JSON with their parameters, or all of them as RDF."""
    choice = choose((HTML, LIST, *CONSTRUCTED_FORMATS), request.accept_mimetypes, request.args.get("format"))
    queries = site().queries.values()
    if choice.format in CONSTRUCTED_FORMATS:
        return executables.respond(queries, choice)
    if choice.format is LIST:
        response = jsonify(queries=[_as_json(query) for query in queries])
    else:
        page = render_template("queries.html", groups=by_group(queries), formats=(LIST, *CONSTRUCTED_FORMATS))
        response = make_response(page)
    response.vary.add("Accept")
    return response


@bp.get("/.well-known/sparql-examples")
def examples() -> Response:
    """Give all saved queries as RDF where programs that know the SIB's examples look for them."""
    choice = choose(CONSTRUCTED_FORMATS, request.accept_mimetypes, request.args.get("format"))
    return executables.respond(site().queries.values(), choice)


@bp.get("/queries/<name>")
def saved_query(name: str) -> Response:
    """Run a saved query: as a page with its form, or in the format asked for; as RDF it is what the query itself is."""
    query = site().queries.get(name)
    if query is None:
        raise NotFound(f"There is no saved query “{name}”. /queries lists them.")
    values, own = _fields()
    choice = choose((*SOLUTION_FORMATS, HTML, *CONSTRUCTED_FORMATS), request.accept_mimetypes, own.get("format"))
    if choice.format is HTML:
        return _page(query, values, own)
    if choice.format in CONSTRUCTED_FORMATS:
        if values:
            query.terms(values)  # what does not fit is told, though a description has no use for it
        return executables.respond([query], choice)
    check_service(query)
    return answer(_query(query, query.terms(values), own), own.get("format"))


def check_service(query: SavedQuery) -> None:
    """Return if the query may call the service that it needs.

    :raises Refused: when the settings do not allow it.
    """
    told = _closed(query)
    if told:
        raise Refused(told)


def _closed(query: SavedQuery) -> str | None:
    """Return why the query cannot be asked here; None where the settings allow the service that it needs, if any."""
    service = query.needs_service
    if not service or service in site().settings.service_allow:
        return None
    return (
        f"This query asks {service}, and this server calls no other server unless its keeper allows it: "
        f"ARMSCLAIMS_SERVICE_ALLOW={service}"
    )


def _page(query: SavedQuery, values: dict[str, str], own: dict[str, str]) -> Response:
    table: tables.Table | None = None
    error: QueryError | None = None
    bound = query.text
    shown = {name: values.get(name, parameter.default) for name, parameter in query.parameters.items()}
    closed = _closed(query)
    waits = closed or (not values and any(not p.optional and not p.default for p in query.parameters.values()))
    if not waits:
        try:
            terms = query.terms(values)
            bound = query.bound(terms)
            shown |= {name: term.value for name, term in terms.items() if isinstance(term, NamedNode | Literal)}
            result = ask(_query(query, terms, own, ROWS), tables.MEDIA_TYPES)
            table = tables.from_answer(result, site().labels, ROWS)
        except QueryError as failed:
            error = failed
    paged = pages(own.get("page"), len(table.rows) if table else 0, PAGE)
    page = render_template(
        "query.html",
        query=query,
        shown=shown,
        options={p.name: options(p) for p in query.parameters.values()},
        bad=error.parameter if isinstance(error, BadParameter) else None,
        table=table.page(paged.number, PAGE) if table else None,
        pages=paged,
        here=_here(query, shown),
        closed=closed,
        chart=charts.draw(query.view, query.chart, table) if table else None,
        error=error,
        bound=bound,
        away=_take_away(query, shown),
        descriptions=CONSTRUCTED_FORMATS,
        iri=executables.iri(query).value,
    )
    response = make_response(page, error.status if error else 200, errors.retry_after(error))
    response.vary.add("Accept")
    return response


def _fields() -> tuple[dict[str, str], dict[str, str]]:
    values: dict[str, str] = {}
    own: dict[str, str] = {}
    for name, value in decode(request.query_string, "the address"):
        fields = own if name in RESERVED else values
        if name in fields:
            raise BadRequest(f"The parameter “{name}” stands in the request more than once.")
        fields[name] = value
    return values, own


def _query(query: SavedQuery, terms: dict[str, Term], own: dict[str, str], rows: int | None = None) -> Query:
    return query.query(
        terms, limits=site().limits(read_timeout(own.get("timeout")), rows), release=own.get("release") or None
    )


def options(parameter: Parameter) -> list[tuple[str, str]]:
    """Return what a parameter is chosen from as value and label; nothing where there is too much for a list."""
    if parameter.choices:
        return [(choice, choice) for choice in parameter.choices]
    if not parameter.class_ and not parameter.choices_query:
        return []
    query = parameter.choices_query or _INSTANCES
    bound = {"class": NamedNode(parameter.class_)} if parameter.class_ else {}
    engine = site().engine
    release = engine.release()

    def ask() -> list[tuple[str, str]]:
        summary = engine.summary(release)
        if summary and parameter.class_ and not parameter.choices_query:
            return _of_class(parameter.class_, summary, release)
        rows = engine.select(query, bound, release)
        found = dict.fromkeys((value, text(row, "label") or "") for row in rows if (value := text(row, "value")))
        if len(found) > MOST_OPTIONS:
            return []
        known = site().labels.of([row["value"].value for row in rows if isinstance(row["value"], NamedNode)], release)
        return [(value, label or known.get(value, value)) for value, label in found]

    return site().choices.get(release, (query, *bound.values()), ask)


def _of_class(class_: str, summary: Summary, release: str) -> list[tuple[str, str]]:
    rows = site().engine.select(_KINDS, {"class": NamedNode(class_)}, release)
    found = summary.options([kind for row in rows if (kind := text(row, "kind"))], MOST_OPTIONS + 1)
    return found if len(found) <= MOST_OPTIONS else []


def _as_json(query: SavedQuery) -> dict[str, object]:
    parameters = [
        {"name": p.name, "label": p.label, "description": p.description, "type": p.type}
        | {"optional": p.optional, "default": p.default or None, "class": p.class_}
        | {"choices": list(p.choices)}
        for p in query.parameters.values()
    ]
    return {
        "name": query.name,
        "iri": executables.iri(query).value,
        "address": url_for("saved_queries.saved_query", name=query.name),
        "title": query.title,
        "question": query.question,
        "group": query.group,
        "view": query.view,
        "needsService": query.needs_service,
        "parameters": parameters,
    }


def _address(query: SavedQuery, shown: dict[str, str]) -> tuple[str, dict[str, str]]:
    fields = {**shown, "release": asked_release() or ""}
    return f"{request.script_root}/queries/{query.name}", {name: value for name, value in fields.items() if value}


def _here(query: SavedQuery, shown: dict[str, str]) -> str:
    """Return the address of the page up to where further fields follow."""
    address, fields = _address(query, shown)
    return f"{address}?{urlencode(fields)}&" if fields else f"{address}?"


def _take_away(query: SavedQuery, shown: dict[str, str]) -> dict[str, object]:
    """Return where the answer is to be had as a file, the address of its page, and the request as programs."""
    address, fields = _address(query, shown)

    def href(format: str) -> str:
        return f"{address}?{urlencode({**fields, 'format': format})}"

    host = request.host_url.rstrip("/")
    return {
        "downloads": [(f.label, href(f.name)) for f in SOLUTION_FORMATS],
        "permalink": host + address + (f"?{urlencode(fields)}" if fields else ""),
        "snippets": snippets.of_saved_query(host + address, fields, query.form),
    }
