"""SPARQL 1.1 Protocol at /sparql: queries, updates with a token, the service description; in a browser the editor."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_options_header

from server import access, access_log, bodies, conditions, description, editor
from server.asking import LEARN, Lesson
from server.negotiation import FORMATS_OF_FORM, HTML, Choice, Format, find, not_acceptable
from server.site import asked_release, site
from server.store.engine import Limits, Query
from server.streaming import RELEASE, ask, respond

bp = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
MAX_FIELDS = 200
QUERY_DATASET = ("default-graph-uri", "named-graph-uri")


@dataclass(frozen=True)
class Operation:
    """A query (SPARQL 1.1 Protocol 2.1) or an update (2.2) as it came, and our timeout, release and format.

    Of an update the graphs are those of using-graph-uri and using-named-graph-uri.
    """

    text: str | None
    is_update: bool = False
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout: float | None = None
    release: str | None = None
    format: str | None = None
    example: str | None = None  # the name of a saved query to show in the editor


@bp.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query or carry out an update; without either describe the service, or show the editor to a browser."""
    operation = read_operation()
    if operation.is_update:
        return _update(operation)
    if wants_html(operation.format):
        return editor.page(operation.text, lambda rows: _query(operation, rows), operation.example)
    if operation.text is None and request.method != "POST":
        return description.respond(operation.format)
    if operation.text is None:
        raise BadRequest("The parameter “query” is missing: /sparql?query=SELECT… (SPARQL 1.1 Protocol 2.1).")
    query = _query(operation)
    return answer(query, operation.format)


def _update(operation: Operation) -> Response:
    who = access.require_writer()
    access_log.note_query(operation.text or "")
    written = site().writer.update(
        operation.text or "",
        operation.default_graphs,
        operation.named_graphs,
        who=who,
        expected=access.expected_releases(),
    )
    return Response(status=204, headers={RELEASE: written.release, "ETag": f'"{written.release}"'})


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
    content_types = tuple(choice.content_type for choice in choices.values() if choice)
    tag = conditions.of(query, content_types)
    known = conditions.not_modified(tag)
    if known is not None:
        return known
    result = ask(query, media_types)
    chosen: Choice | None = choices[result.form]
    if chosen is None:
        result.close()
        raise not_acceptable(FORMATS_OF_FORM[result.form], format_name)
    response = respond(result, chosen.content_type, query.limits)
    conditions.mark(response, tag, result.release)
    if result.complete and not result.truncated and not query.release and not asked_release():
        size = response.content_length or 0
        request.environ[LEARN] = Lesson(query, media_types, content_types, result.form, size)
    return response


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
    if request.method != "POST":
        return _operation(pairs, None)
    settings = site().settings
    media_type = parse_options_header(request.content_type)[0]
    if media_type == FORM:
        bodies.check_charset(request.content_type)
        return _operation(pairs + decode(bodies.data(settings.max_body), "the form"), None)
    if media_type == DIRECT:
        return _operation(pairs, bodies.text(settings.max_body, "the query"))
    if media_type == UPDATE:
        access.require_writer()  # before a body that may be long is read
        return _operation([*pairs, ("update", bodies.text(settings.max_upload, "the update"))], None)
    raise UnsupportedMediaType(f"POST a query as {FORM} or {DIRECT}, an update as {UPDATE}, not as “{media_type}”.")


def decode(data: bytes, where: str) -> list[tuple[str, str]]:
    """Return the fields of a query string or form, % decoded once.

    :raises BadRequest: when it is not UTF-8 or has more than `MAX_FIELDS` fields.
    """
    try:
        return parse_qsl(
            bodies.utf8(data, where), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS, separator="&"
        )
    except UnicodeDecodeError:
        raise BadRequest(f"The %-escapes in {where} are not UTF-8.") from None
    except ValueError:
        raise BadRequest(f"There are more than {MAX_FIELDS} fields in {where}.") from None


def _operation(pairs: list[tuple[str, str]], text: str | None) -> Operation:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    if "update" in fields:
        if "query" in fields or text is not None:
            raise BadRequest("A request is a query or an update, not both (SPARQL 1.1 Protocol 2).")
        return _update_operation(fields)
    texts = fields.get("query", []) + ([text] if text is not None else [])
    if len(texts) > 1:
        raise BadRequest("There is more than one query in the request (SPARQL 1.1 Protocol 2.1).")
    longest = site().settings.max_query_length
    if texts and len(texts[0]) > longest:
        raise RequestEntityTooLarge(
            f"The query has {len(texts[0])} characters; the limit is {longest}. Split it, so that each part has fewer "
            "values or patterns."
        )
    return Operation(
        texts[0] if texts else None,
        False,
        _iris(fields, "default-graph-uri"),
        _iris(fields, "named-graph-uri"),
        read_timeout(single(fields, "timeout")),
        single(fields, "release"),
        single(fields, "format"),
        single(fields, "example"),
    )


def _update_operation(fields: dict[str, list[str]]) -> Operation:
    if request.method != "POST":
        raise BadRequest("An update comes by POST, never by GET (SPARQL 1.1 Protocol 2.2).")
    if len(fields["update"]) > 1:
        raise BadRequest("There is more than one update in the request (SPARQL 1.1 Protocol 2.2).")
    for name in QUERY_DATASET:
        if name in fields:
            raise BadRequest(f"An update has using-graph-uri and using-named-graph-uri, not {name}.")
    graphs = _iris(fields, "using-graph-uri"), _iris(fields, "using-named-graph-uri")
    return Operation(fields["update"][0], True, *graphs)


def single(fields: dict[str, list[str]], name: str) -> str | None:
    """Return the value of a parameter that stands in the request at most once; None if it is missing or empty.

    :raises BadRequest: when it stands there more often.
    """
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
