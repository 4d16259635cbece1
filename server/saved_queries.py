"""The saved queries as pages with forms, and as REST calls: /queries/<name>?parameter=value, by Accept or ?format=."""

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request, url_for
from pyoxigraph import Literal, NamedNode
from werkzeug.exceptions import BadRequest, NotFound

from ontology.terms import ARTICLE_GRAPHS
from server import charts, tables
from server.negotiation import SOLUTION_FORMATS
from server.saved_query import RESERVED, BadParameter, Parameter, SavedQuery, by_group
from server.site import site
from server.sparql import answer, decode, read_timeout, wants_html
from server.store.engine import Query, QueryError, Refused, Term
from server.streaming import ask

bp = Blueprint("saved_queries", __name__)

ROWS = 300  # of a page; a file has all
MOST_OPTIONS = 600

# Of all that the reference data know, those that articles name.
_OPTIONS = f"""PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?class ?x (MIN(STR(?name)) AS ?label) WHERE {{
  {{ SELECT DISTINCT ?x WHERE {{
    GRAPH ?graph {{ ?subject ?property ?x }}
    FILTER(?property != rdf:type && ISIRI(?x) && STRSTARTS(STR(?graph), "{ARTICLE_GRAPHS}"))
  }} }}
  ?x a ?type ; rdfs:label ?name . ?type rdfs:subClassOf* ?class .
}} GROUP BY ?class ?x ORDER BY LCASE(?label) ?x LIMIT {MOST_OPTIONS + 1}"""


@bp.get("/queries")
def index() -> str:
    """List the saved queries by group, each with its question."""
    return render_template("queries.html", groups=by_group(site().queries.values()))


@bp.get("/queries/<name>")
def saved_query(name: str) -> Response:
    """Run a saved query: as a page with its form, or in the format asked for."""
    query = site().queries.get(name)
    if query is None:
        raise NotFound(f"There is no saved query “{name}”. /queries lists them.")
    values, own = _fields()
    if not wants_html(own.get("format")):
        check_service(query)
        return answer(_query(query, query.terms(values), own), own.get("format"))
    return _page(query, values, own)


def check_service(query: SavedQuery) -> None:
    """Return if the query may call the service that it needs.

    :raises Refused: when the settings do not allow it.
    """
    service = query.needs_service
    if service and service not in site().settings.service_allow:
        raise Refused(
            f"This query asks {service}, and this server calls no other server unless its keeper allows it: "
            f"ARMSCLAIMS_SERVICE_ALLOW={service}"
        )


def _page(query: SavedQuery, values: dict[str, str], own: dict[str, str]) -> Response:
    table: tables.Table | None = None
    error: QueryError | None = None
    bound = query.text
    shown = {name: values.get(name, parameter.default) for name, parameter in query.parameters.items()}
    waits = not values and any(not p.optional and not p.default for p in query.parameters.values())
    if not waits:
        try:
            terms = query.terms(values)
            bound = query.bound(terms)
            shown |= {name: term.value for name, term in terms.items() if isinstance(term, NamedNode | Literal)}
            check_service(query)
            result = ask(_query(query, terms, own, ROWS), tables.MEDIA_TYPES)
            table = tables.from_answer(result, site().labels, ROWS)
        except QueryError as failed:
            error = failed
    arguments = urlencode({name: value for name, value in shown.items() if value})
    page = render_template(
        "query.html",
        query=query,
        shown=shown,
        options={p.name: _options(p) for p in query.parameters.values() if p.class_},
        bad=error.parameter if isinstance(error, BadParameter) else None,
        table=table,
        chart=charts.draw(query.view, query.chart, table) if table else None,
        error=error,
        bound=bound,
        address=url_for("saved_queries.saved_query", name=query.name) + (f"?{arguments}" if arguments else ""),
        formats=SOLUTION_FORMATS,
    )
    response = make_response(page, error.status if error else 200)
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
    return Query(
        query.bound(terms),
        limits=site().limits(read_timeout(own.get("timeout")), rows),
        release=own.get("release") or None,
    )


def _options(parameter: Parameter) -> list[tuple[str, str]]:
    """Return the instances of the parameter's class as IRI and label; none where they are too many for a list."""
    engine, class_ = site().engine, NamedNode(parameter.class_ or "")
    release = engine.release()

    def ask() -> list[tuple[str, str]]:
        rows = engine.select(_OPTIONS, {"class": class_}, release)
        options = [
            (row["x"].value, row["label"].value)
            for row in rows
            if isinstance(row["x"], NamedNode) and isinstance(row["label"], Literal)
        ]
        return options if len(options) <= MOST_OPTIONS else []

    return site().choices.get(release, class_, ask)
