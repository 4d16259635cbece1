"""One query put to another SPARQL server, from a worker process: its answer is read as it comes."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pyoxigraph as ox

from server.store import dialects, distinct, guard, rendering
from server.store.pieces import Pieces
from server.store.worker import Down, Rejected

SOLUTIONS = "application/sparql-results+json"
TRIPLES = "application/n-triples, text/plain;q=0.9, text/turtle;q=0.8"
RDF_FORMATS = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "text/ntriples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
}
ASKED = "__ASK_RETVAL"  # the column in which Virtuoso answers ASK
BLANK = (b'"bnode", "value": "nodeID://', b'"bnode", "value": "')  # Virtuoso's names of blank nodes are none
TOLD = 2000  # bytes of an error that are read
SHOWN = 200  # characters of it that are told
PARTIAL = ("X-SPARQL-MaxRows", "X-SQL-State")  # by which Virtuoso says that it gave a part only


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow no redirect: the setting names the server that is asked."""


_OPENER = build_opener(_Stay)


def evaluate(request: dict[str, Any]) -> ox.QuerySolutions | ox.QueryBoolean | Iterator[ox.Triple]:
    """Return the results of a request, which come as they are read; where the server cuts them, mark that there.

    :raises Down: when the server cannot be reached, fails or sends something else.
    :raises Rejected: when it refuses the query.
    """
    text = written(request["text"], request["query_prefixes"], request["substitutions"])
    if request["virtuoso"]:
        text = dialects.for_virtuoso(text)
    form = guard.form(request["text"])
    fields = [("query", text)]
    fields += [("default-graph-uri", iri) for iri in request["default_graphs"]]
    fields += [("named-graph-uri", iri) for iri in request["named_graphs"]]
    graph = form in ("construct", "describe")
    headers = {"Accept": TRIPLES if graph else SOLUTIONS, "Accept-Encoding": "identity"}
    if request["authorization"]:
        headers["Authorization"] = request["authorization"]
    asked = Request(request["endpoint"], urlencode(fields).encode(), headers)  # noqa: S310 - http or https by the setting
    try:
        answer = cast(BinaryIO, _OPENER.open(asked, timeout=request["seconds"]))
    except HTTPError as error:
        said = error.read(TOLD).decode("utf-8", "replace").strip()
        if error.code in (400, 413, 414, 422):
            raise Rejected(said) from error
        raise Down(f"{error.code} {error.reason}: {said.partition(chr(10))[0][:SHOWN]}") from error
    except (URLError, TimeoutError, ConnectionError) as error:
        raise Down(str(getattr(error, "reason", error))) from error
    if any(name in cast(Any, answer).headers for name in PARTIAL):
        request["cut"] = True
    if graph:
        return _triples(answer)
    results = _results(answer, form, virtuoso=request["virtuoso"])
    if isinstance(results, ox.QuerySolutions) and distinct.asked(request["text"]):
        return distinct.distinct(results)
    return results


def written(text: str, prefixes: dict[str, str], substitutions: dict[str, str]) -> str:
    """Return a query that another server understands as it stands: prefixes declared, variables bound by VALUES.

    The declarations stand in the first line, so that the lines of its errors are those of the query.
    """
    declared = "".join(f"PREFIX {name}: <{iri}> " for name, iri in prefixes.items() if f"{name}:" in text)
    if substitutions:
        text = rendering.with_values(text, substitutions)
    return declared + text


def basic(user: str, password: str) -> str:
    """Return the value of the header Authorization for a user (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _results(answer: BinaryIO, form: str | None, *, virtuoso: bool) -> ox.QuerySolutions | ox.QueryBoolean:
    content_type = cast(Any, answer).headers.get_content_type()
    if content_type not in (SOLUTIONS, "application/json"):
        raise Down(f"it answered a query with {content_type}")
    try:
        read = Pieces(line.replace(*BLANK) for line in answer) if virtuoso else cast(Any, answer)  # its lines are short
        results = ox.parse_query_results(io.BufferedReader(read), ox.QueryResultsFormat.JSON)
        if form == "ask" and isinstance(results, ox.QuerySolutions):
            return _boolean(any(str(row[ASKED].value) in ("1", "true") for row in results if row[ASKED] is not None))
    except (SyntaxError, OSError) as error:
        raise Down(f"its answer is not in the format of results: {error}") from error
    return results


def _boolean(value: bool) -> ox.QueryBoolean:
    results = ox.parse_query_results(json.dumps({"head": {}, "boolean": value}), ox.QueryResultsFormat.JSON)
    assert isinstance(results, ox.QueryBoolean)
    return results


def _triples(answer: BinaryIO) -> Iterator[ox.Triple]:
    content_type = cast(Any, answer).headers.get_content_type()
    if content_type not in RDF_FORMATS:
        raise Down(f"it answered a query with {content_type}")
    try:
        for quad in ox.parse(io.BufferedReader(cast(Any, answer)), RDF_FORMATS[content_type]):
            yield quad.triple
    except (SyntaxError, OSError) as error:
        raise Down(f"its answer is not the RDF that it says: {error}") from error
