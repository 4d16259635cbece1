"""SPARQL 1.1 Protocol, the query operation, at /sparql; in a browser the editor."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.http import parse_options_header

from server import editor
from server.negotiation import FORMATS_OF_FORM, HTML, Choice, Format, find, not_acceptable
from server.site import site
from server.store.engine import Limits, Query
from server.streaming import ask, respond

bp = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
MAX_FIELDS = 200


@dataclass(frozen=True)
class Operation:
    """A query operation as it came: SPARQL 1.1 Protocol 2.1, and our timeout, release and format."""

    text: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout: float | None = None
    release: str | None = None
    format: str | None = None
    example: str | None = None  # the name of a saved query to show in the editor


@bp.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query, or show the editor where HTML is the best the client takes."""
    operation = read_operation()
    if wants_html(operation.format):
        return editor.page(operation.text, lambda rows: _query(operation, rows), operation.timeout, operation.example)
    if operation.text is None:
        raise BadRequest("The parameter “query” is missing: /sparql?query=SELECT… (SPARQL 1.1 Protocol 2.1).")
    query = _query(operation)
    return answer(query, operation.format)


def answer(query: Query, format_name: str | None) -> Response:
    """Run a query and answer in the format that its form and the request ask for.

    :raises NotAcceptable: when the form of the result has no format that the client takes.
    """
    choices = {form: find(formats, request.accept_mimetypes, format_name) for form, formats in FORMATS_OF_FORM.items()}
    if not any(choices.values()):
        raise not_acceptable(_all_formats(), format_name)
    media_types = {
        form: (choice.format if choice else FORMATS_OF_FORM[form][0]).media_type for form, choice in choices.items()
    }
    result = ask(query, media_types)
    chosen: Choice | None = choices[result.form]
    if chosen is None:
        result.close()
        raise not_acceptable(FORMATS_OF_FORM[result.form], format_name)
    return respond(result, chosen.content_type, query.limits)


def wants_html(format_name: str | None) -> bool:
    """Return whether a page is the best answer to this request."""
    best = find((*_all_formats(), HTML), request.accept_mimetypes, format_name)
    return best is not None and best.format is HTML


def _all_formats() -> list[Format]:
    return list(dict.fromkeys(format for formats in FORMATS_OF_FORM.values() for format in formats))


def _query(operation: Operation, rows: int | None = None) -> Query:
    limits: Limits = site().limits(operation.timeout, rows)
    return Query(
        operation.text or "", operation.default_graphs, operation.named_graphs, limits=limits, release=operation.release
    )


def read_operation() -> Operation:
    """Read the operation from the request.

    :raises HTTPException: 400, 403, 413 or 415, with what to do.
    """
    pairs = decode(request.query_string, "the address")
    text: str | None = None
    if request.method == "POST":
        media_type, options = parse_options_header(request.content_type)
        if options.get("charset", "utf-8").lower().replace("-", "") != "utf8":
            raise UnsupportedMediaType(f"The charset must be UTF-8, not {options['charset']}.")
        if media_type == FORM:
            pairs += decode(request.get_data(), "the form")
        elif media_type == DIRECT:
            text = _utf8(request.get_data(), "the query")
        elif media_type == UPDATE:
            raise _no_updates()
        else:
            raise UnsupportedMediaType(f"POST a query as {FORM} or {DIRECT}, not as “{media_type}”.")
    return _operation(pairs, text)


def decode(data: bytes, where: str) -> list[tuple[str, str]]:
    """Return the fields of a query string or form, % decoded once.

    :raises BadRequest: when it is not UTF-8 or has more than `MAX_FIELDS` fields.
    """
    try:
        return parse_qsl(
            _utf8(data, where), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS, separator="&"
        )
    except UnicodeDecodeError:
        raise BadRequest(f"The %-escapes in {where} are not UTF-8.") from None
    except ValueError:
        raise BadRequest(f"There are more than {MAX_FIELDS} fields in {where}.") from None


def _utf8(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The byte at {error.start} in {where} is not UTF-8.") from None


def _operation(pairs: list[tuple[str, str]], text: str | None) -> Operation:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    if "update" in fields:
        if "query" in fields or text is not None:
            raise BadRequest("A request is a query or an update, not both (SPARQL 1.1 Protocol 2).")
        raise _no_updates()
    texts = fields.get("query", []) + ([text] if text is not None else [])
    if len(texts) > 1:
        raise BadRequest("There is more than one query in the request (SPARQL 1.1 Protocol 2.1).")
    longest = site().settings.max_query_length
    if texts and len(texts[0]) > longest:
        raise RequestEntityTooLarge(f"The query has {len(texts[0])} characters; the limit is {longest}.")
    return Operation(
        texts[0] if texts else None,
        _iris(fields, "default-graph-uri"),
        _iris(fields, "named-graph-uri"),
        read_timeout(_single(fields, "timeout")),
        _single(fields, "release"),
        _single(fields, "format"),
        _single(fields, "example"),
    )


def _single(fields: dict[str, list[str]], name: str) -> str | None:
    values = fields.get(name, [])
    if len(values) > 1:
        raise BadRequest(f"The parameter “{name}” stands in the request more than once.")
    return values[0] or None if values else None


def _iris(fields: dict[str, list[str]], name: str) -> tuple[str, ...]:
    values = tuple(fields.get(name, []))
    for value in values:
        try:
            NamedNode(value)
        except ValueError as error:
            raise BadRequest(f"The parameter “{name}” is not an absolute IRI: {error}.") from None
    return values


def read_timeout(text: str | None) -> float | None:
    """Return the seconds of a parameter `timeout`; None where it is not given.

    :raises BadRequest: when it is no number of seconds.
    """
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise BadRequest(f"timeout is in seconds and more than 0, not “{text}”.")
    return seconds


def _no_updates() -> HTTPException:
    return Forbidden("This endpoint answers queries only; it takes no updates.")
