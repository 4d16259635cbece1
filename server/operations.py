"""The parts of an OpenAPI description, from the tables of the code: operations, parameters, answers and errors."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from ontology.terms import ID, PREFIXES
from server import errors, search
from server.json_schemas import TEXT, Json, ref
from server.negotiation import HTML, JSON, JSON_LD, Format
from server.saved_query import LONGEST_VALUE, Parameter
from server.streaming import LIMITS, RELEASE, TRUNCATED

PROBLEM = "application/problem+json"
FORM = "application/x-www-form-urlencoded"
IRI = r"^<?[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*>?$"
SLUG = r"^[A-Za-z0-9][A-Za-z0-9._~-]*$"
KINDS = tuple(sorted(iri.removeprefix(ID).strip("/") for iri in PREFIXES.values() if iri.startswith(ID)))
TYPES: Mapping[str, Json] = {
    "iri": {"type": "string", "pattern": IRI, "maxLength": LONGEST_VALUE},
    "string": {"type": "string", "maxLength": LONGEST_VALUE},
    "integer": {"type": "integer", "minimum": -(10**18) + 1, "maximum": 10**18 - 1},
    "decimal": {"type": "string", "pattern": r"^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$"},
    "date": {"type": "string", "format": "date"},
    "boolean": {"type": "boolean"},
}
HEADER: Json = {"schema": TEXT}


def operation(
    identifier: str, tag: str, summary: str, parameters: Sequence[Json], answers: Json, wrong: Iterable[int] = ()
) -> Json:
    """Return an operation that answers thus, or with errors of these statuses."""
    return {
        "operationId": identifier,
        "tags": [tag],
        "summary": summary,
        "parameters": list(parameters),
        "responses": answers | {str(status): error(status) for status in wrong},
    }


def in_query(name: str, schema: Json, words: str, *, required: bool = False, example: object = None) -> Json:
    """Return a parameter that stands behind the question mark."""
    parameter: Json = {"name": name, "in": "query", "description": words, "required": required, "schema": schema}
    return parameter if example is None else parameter | {"example": example}


def in_path(name: str, schema: Json, words: str, example: str) -> Json:
    """Return a parameter that is a part of the path."""
    return in_query(name, schema, words, required=True, example=example) | {"in": "path"}


def of_saved_query(parameter: Parameter) -> Json:
    """Return a parameter of a saved query, with its type, its choices and its default."""
    schema: Json = {"type": "string", "enum": list(parameter.choices)} if parameter.choices else TYPES[parameter.type]
    default: object = parameter.default
    if parameter.default and parameter.type in ("integer", "boolean"):
        default = int(parameter.default) if parameter.type == "integer" else parameter.default == "true"
    required = not parameter.optional and not parameter.default
    if required and schema == TYPES["string"]:
        schema = schema | {"pattern": r"\S"}
    if parameter.optional and schema != TYPES["string"]:
        schema = {"anyOf": [schema, {"const": ""}]}  # a form sends what is left open as empty
    if parameter.default:
        schema = schema | {"default": default}
    words = [
        f"{parameter.label}.",
        parameter.description,
        f"Instances of {parameter.class_}." if parameter.class_ else "",
    ]
    return in_query(parameter.name, schema, " ".join(filter(None, words)), required=required)


def timeout() -> Json:
    """Return the parameter that lowers the limit of time."""
    seconds: Json = {"type": "number", "exclusiveMinimum": 0}
    return in_query("timeout", seconds, "Seconds; may only lower the server's limit.")


def release() -> Json:
    """Return the parameter that names an older release."""
    return in_query("release", TEXT, "An older release, as /releases lists them.")


def words() -> Json:
    """Return the parameter that is searched for."""
    return in_query("q", {"type": "string", "maxLength": search.LONGEST}, "The words.", example="lav")


def format_of(formats: Iterable[Format]) -> Json:
    """Return the parameter that chooses one of these formats."""
    names = sorted({name for f in formats for name in (f.name, *f.also_named)})
    return in_query("format", {"enum": names}, "The format of the answer; else Accept decides.")


def answers(formats: Iterable[Format], schemas: Mapping[str, str] | None = None, *, headers: bool = False) -> Json:
    """Return the 200 with every media type that the formats may come as.

    :param schemas: the schemas of formats, by the names of both.
    """
    content: Json = {}
    for format in formats:
        schema = _schema(format, schemas or {})
        for media_type in (format.media_type, *format.aliases):
            if content.setdefault(media_type, schema) != schema:  # JSON may be a result or JSON-LD
                content[media_type] = {}
    answer: Json = {
        "description": "The answer.",
        "content": {media_type: {"schema": schema} for media_type, schema in content.items()},
    }
    if headers:
        answer["headers"] = {RELEASE: HEADER, LIMITS: HEADER, TRUNCATED: HEADER}
    return {"200": answer}


def json_answer(schema: Json) -> Json:
    """Return the 200 that is JSON of this schema."""
    return {"200": {"description": "The answer.", "content": {"application/json": {"schema": schema}}}}


def error(status: int) -> Json:
    """Return an error: a problem document, or a page, named by all that may be the matter."""
    titles = dict.fromkeys(kind.title for kind in errors.known() if kind.status == status)
    return {
        "description": ("; ".join(titles) or HTTPStatus(status).phrase) + ".",
        "content": {PROBLEM: {"schema": ref("Problem")}, HTML.media_type: {"schema": TEXT}},
    }


def _schema(format: Format, schemas: Mapping[str, str]) -> Json:
    if format.name in schemas:
        return ref(schemas[format.name])
    if format is JSON:
        return ref("Results")
    if format is JSON_LD:
        return {"type": ["array", "object"]}
    return {} if "xml" in format.media_type else TEXT
