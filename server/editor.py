"""The SPARQL page: a form that works without scripts, the result with labels, and the saved queries as examples."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import NotFound

from ontology.terms import PREFIXES
from server import snippets, tables
from server.errors import problem_type, retry_after
from server.negotiation import CONSTRUCTED_FORMATS, SOLUTION_FORMATS
from server.saved_query import by_group
from server.site import asked_release, site
from server.store import guard
from server.store.engine import BadQuery, Query, QueryError
from server.streaming import ask
from server.views import STATIC

ROWS = 1000
KEPT = ("default-graph-uri", "named-graph-uri", "timeout")  # parameters that the next query of the form has too
COMMON_PREFIXES = ("ac", "rdfs", "schema", "skos", "state", "person", "xsd")
FIRST_QUERY = """SELECT ?statement ?kind ?speaker ?about ?date WHERE {
  ?statement a ?kind ; ac:reportedIn ?article .
  ?kind rdfs:subClassOf ac:Statement .
  OPTIONAL { ?statement ac:speaker ?speaker }
  OPTIONAL { ?statement ac:about ?about }
  OPTIONAL { ?statement ac:statedOn ?date }
}
ORDER BY DESC(?date)
LIMIT 50
"""


def page(text: str | None, query: Callable[[int], Query], example: str | None = None) -> Response:
    """Return the page with the result of the query, if there is one; an error keeps its status and its place.

    :param query: makes the query of the request, for at most so many rows.
    :param example: the name of a saved query to begin with, where there is no query yet.
    """
    table: tables.Table | None = None
    error: QueryError | None = None
    kept = [(name, value) for name in KEPT for value in request.values.getlist(name) if value]
    if text is not None:
        try:
            table = tables.from_answer(ask(query(ROWS), tables.MEDIA_TYPES), site().labels, ROWS)
        except QueryError as failed:
            error = failed
    response = make_response(
        render_template(
            "sparql.html",
            text=starting_query(example) if text is None else text,
            table=table,
            error=error,
            error_type=error and problem_type(error),
            error_line=_offending_line(text or "", error),
            kept=kept,
            away=_take_away(text, kept) if table else None,
            groups=by_group(site().queries.values()),
            prefixes=PREFIXES,
            formats=SOLUTION_FORMATS,
            graph_formats=CONSTRUCTED_FORMATS,
            has_editor=(STATIC / "vendor" / "yasqe.min.js").exists(),
        ),
        error.status if error else 200,
        retry_after(error),
    )
    response.vary.add("Accept")
    return response


def starting_query(example: str | None) -> str:
    """Return the query that the editor begins with: a saved one, or one that shows what there is.

    :raises NotFound: when there is no saved query of that name.
    """
    if example is not None:
        if example not in site().queries:
            raise NotFound(f"There is no saved query “{example}”. /queries lists them.")
        return site().queries[example].text
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in COMMON_PREFIXES) + "\n" + FIRST_QUERY


def _take_away(text: str | None, kept: list[tuple[str, str]]) -> dict[str, object]:
    """Return where the answer is to be had as a file, the address of its page, and the request as programs."""
    release = asked_release()
    others = kept + ([("release", release)] if release else [])
    address = request.script_root + "/sparql"
    graph = guard.form(text or "") in ("construct", "describe")

    def href(format: str) -> str:
        return f"{address}?{urlencode([('query', text or ''), *others, ('format', format)])}"

    host = request.host_url.rstrip("/")
    endpoint = host + address + (f"?{urlencode(others)}" if others else "")
    return {
        "downloads": [(f.label, href(f.name)) for f in (CONSTRUCTED_FORMATS if graph else SOLUTION_FORMATS)],
        "permalink": host + href("html"),
        "snippets": snippets.of_query(endpoint, text or ""),
    }


def _offending_line(text: str, error: QueryError | None) -> str | None:
    lines = text.splitlines()
    if isinstance(error, BadQuery) and error.line and error.line <= len(lines):
        return lines[error.line - 1]
    return None
