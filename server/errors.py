"""Every error in one shape: problem+json (RFC 9457), or the same as a page where the client prefers HTML."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from flask import Flask, Response, json, render_template, request
from werkzeug.exceptions import Gone, HTTPException
from werkzeug.wrappers import Response as WSGIResponse

from ontology.terms import SHIPPED_BASE
from server import access_log, logs
from server.saved_query import BadParameter
from server.store.engine import BadQuery, Busy, QueryError, Unavailable
from server.store.errors import (
    BadUpload,
    Invalid,
    Locked,
    NoSuchGraph,
    NotWritable,
    Outdated,
    StoreError,
    UnknownRelease,
)

log = logging.getLogger(__name__)

PROBLEMS = SHIPPED_BASE + "problems#"
NOT_AVAILABLE = "The store is not available"
TOLD: dict[type[StoreError], tuple[int, str]] = {
    UnknownRelease: (404, "There is no such release"),
    NoSuchGraph: (404, "There is no such graph"),
    BadUpload: (400, "The RDF cannot be read"),
    NotWritable: (403, "This cannot be written"),
    Outdated: (412, "The dataset has changed"),
    Invalid: (422, "The shapes are violated"),
}
RETRY_AFTER: dict[type[QueryError], str] = {Busy: "2", Unavailable: "5"}
Error = TypeVar("Error")


@dataclass(frozen=True)
class Known:
    """A kind of error: its IRI, its HTTP status and its title."""

    type: str
    status: int
    title: str


class Replaced(Gone):
    """What is gone, with the resource (IRI and label) that took its place."""

    def __init__(self, description: str, iri: str, label: str) -> None:
        super().__init__(description)
        self.replaced_by = {"iri": iri, "label": label}


def init_app(app: Flask) -> None:
    """Register the handlers for every kind of error."""
    app.register_error_handler(QueryError, query_failed)
    app.register_error_handler(StoreError, store_failed)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Exception, unexpected)


def query_failed(error: QueryError) -> Response:
    """Answer for a query without an answer; a syntax error tells its line and column."""
    fields: dict[str, object] = {}
    if isinstance(error, BadQuery) and error.line is not None:
        fields = {"line": error.line, "column": error.column, "at": error.at}
    elif isinstance(error, BadParameter):
        fields = {"parameter": error.parameter}
    response = problem(error.status, problem_type(error), error.title, str(error), fields)
    response.headers.update(retry_after(error))
    return response


def retry_after(error: QueryError | None) -> dict[str, str]:
    """Return the header that tells when to ask again, where that helps."""
    found = [seconds for kind, seconds in RETRY_AFTER.items() if isinstance(error, kind)]
    return {"Retry-After": found[0]} if found else {}


def store_failed(error: StoreError) -> Response:
    """Answer for a release that is not there or a data folder that fails; only the log names the folder."""
    if type(error) in TOLD:
        status, title = TOLD[type(error)]
        return problem(status, problem_type(error), title, str(error), {})
    if isinstance(error, Locked):
        response = problem(503, problem_type(error), "Another write is under way", "Try again in a moment.", {})
        response.headers["Retry-After"] = "5"
        return response
    log.error("the store failed at %s: %s", request.path, error)
    detail = "The store cannot be read or written right now; the log of the server says more."
    return problem(503, problem_type(error), NOT_AVAILABLE, detail, {})


def refused(error: HTTPException) -> WSGIResponse:
    """Answer for an HTTP error; its own headers (Allow, Retry-After …) stay."""
    if error.response is not None or error.code is None or error.code < 400:  # a redirect
        return error.get_response(request.environ)
    instead: dict[str, object] = {"replacedBy": error.replaced_by} if isinstance(error, Replaced) else {}
    response = problem(error.code, "about:blank", HTTPStatus(error.code).phrase, error.description or "", instead)
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def unexpected(error: Exception) -> Response:
    """Answer for a defect of ours: the log has the trace, the client an id to name it by."""
    identifier = logs.request_id.get() or access_log.new_id()
    log.error("unexpected error %s at %s", identifier, request.path, exc_info=error)
    detail = f"This is a defect of the server. Tell its keeper this number: {identifier}."
    return problem(500, "about:blank", "Internal Server Error", detail, {"id": identifier})


def problem_type(error: QueryError | StoreError) -> str:
    """Return the IRI of an error's kind, as docs/http.md lists them: …problems#timed-out."""
    return _type_of(type(error))


def known() -> list[Known]:
    """Return the kinds of error that queries and the store have."""
    kinds: list[type[StoreError]] = [StoreError, *_below(StoreError)]
    stored = [(kind, *TOLD.get(kind, (503, NOT_AVAILABLE))) for kind in kinds]
    return [
        *(Known(_type_of(kind), kind.status, kind.title) for kind in _below(QueryError)),
        *(Known(_type_of(kind), status, title) for kind, status, title in stored),
    ]


def _below(kind: type[Error]) -> Iterator[type[Error]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


def _type_of(kind: type[object]) -> str:
    return PROBLEMS + re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def problem(status: int, type_: str, title: str, detail: str, fields: dict[str, object]) -> Response:
    """Return the error as problem+json or as a page, by Accept."""
    body = {
        "type": type_,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.script_root + request.path,
        **fields,
    }
    wanted = request.accept_mimetypes.best_match(["application/problem+json", "application/json", "text/html"])
    if wanted == "text/html" and request.args.get("format", "html") == "html":
        response = Response(render_template("error.html", problem=body), mimetype="text/html")
    else:
        response = Response(json.dumps(body, ensure_ascii=False), mimetype="application/problem+json")
    response.status_code = status
    response.vary.add("Accept")
    return response
