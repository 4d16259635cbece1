"""The interface for programs as OpenAPI 3.1, made from the tables that the code works by: /openapi.json and a page."""

import shlex
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from ontology.terms import ID, PREFIXES
from server import completion, editor, errors, search
from server.negotiation import FORMATS_OF_FORM, GRAPH_FORMATS, HTML, SOLUTION_FORMATS, Format
from server.saved_queries import LIST
from server.saved_query import LONGEST_VALUE, Parameter, SavedQuery
from server.site import site
from server.store import dumping
from server.streaming import LIMITS, RELEASE, TRUNCATED

bp = Blueprint("openapi", __name__)

Json = dict[str, Any]

VERSION = "3.1.0"
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
_TERM: Json = {
    "type": "object",
    "required": ["type", "value"],
    "properties": {"type": {"enum": ["uri", "literal", "bnode", "triple"]}, "datatype": {"type": "string"}},
}
_RESULTS: Json = {
    "description": "SPARQL 1.1 Query Results JSON Format",
    "type": "object",
    "required": ["head"],
    "properties": {
        "head": {"type": "object", "properties": {"vars": {"type": "array", "items": {"type": "string"}}}},
        "results": {
            "type": "object",
            "required": ["bindings"],
            "properties": {
                "bindings": {
                    "type": "array",
                    "items": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Term"}},
                }
            },
        },
        "boolean": {"type": "boolean"},
    },
    "anyOf": [{"required": ["results"]}, {"required": ["boolean"]}],
}


def _object(**properties: Any) -> Json:
    """Return the schema of an object that has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_HITS = _object(
    query=_TEXT,
    release=_TEXT,
    instead=_array(_object(word=_TEXT, words=_array(_TEXT))),
    results=_array(
        _object(iri=_TEXT, type=_TEXT, label=_TEXT, field=_TEXT, text=_TEXT, typeLabel=_TEXT, page=_MAYBE),
    ),
    more={"type": "boolean"},
)
_COMPLETIONS = _object(query=_TEXT, completions=_array(_object(term=_TEXT, iri=_TEXT, label=_TEXT, kind=_TEXT)))
_LIST = _object(
    queries=_array(
        _object(
            **dict.fromkeys(("name", "iri", "address", "title", "question", "group", "view"), _TEXT),
            needsService=_MAYBE,
            parameters=_array(
                _object(
                    **dict.fromkeys(("name", "label", "description", "type"), _TEXT),
                    optional={"type": "boolean"},
                    default=_MAYBE,
                    **{"class": _MAYBE},
                    choices=_array(_TEXT),
                )
            ),
        )
    )
)


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
        {"method": method.upper(), "path": path, "curl": _curl(path, method, operation), **operation}
        for path, methods in whole["paths"].items()
        for method, operation in methods.items()
    ]
    return render_template("api.html", operations=operations, tags=whole["tags"], iri_pattern=IRI)


def document(root: str = "") -> Json:
    """Return the whole description of the app at hand.

    :param root: the path below which the app is served.
    """
    settings = site().settings
    return {
        "openapi": VERSION,
        "info": {
            "title": settings.title,
            "version": "1",
            "summary": "Who says who arms whom: statements of news articles as linked data.",
            "description": "Everything here reads. Errors are problem documents (RFC 9457).",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": root or "/"}],
        "tags": [{"name": name} for name in ("SPARQL", "Saved queries", "Search", "Resources", "Files", "Service")],
        "paths": _paths(site().queries.values()),
        "components": {
            "schemas": {
                "Problem": _problem(),
                "Results": _RESULTS,
                "Term": _TERM,
                "Hits": _HITS,
                "Completions": _COMPLETIONS,
                "Suggestions": _object(query=_TEXT, suggestions=_array(_TEXT)),
                "SavedQueries": _LIST,
                "Health": _object(status=_TEXT),
            }
        },
    }


def _paths(queries: Iterable[SavedQuery]) -> Json:
    every = (*SOLUTION_FORMATS, *GRAPH_FORMATS)
    asking = [
        _query("default-graph-uri", _array(TYPES["iri"]), "Graphs that make the default graph of this query."),
        _query("named-graph-uri", _array(TYPES["iri"]), "Graphs that GRAPH sees in this query."),
        *_limits(),
    ]
    paths: Json = {
        "/sparql": {
            "get": _operation(
                "query",
                "SPARQL",
                "Answer a SPARQL 1.1 query; without one, describe the service.",
                [_query("query", _TEXT, "The query.", example=editor.FIRST_QUERY), *asking, _format((*every, HTML))],
                _answers((*every, HTML), headers=True),
                (400, 404, 406, 413, 429, 503),
            ),
            "post": _operation(
                "queryByPost",
                "SPARQL",
                "Answer a SPARQL 1.1 query that is too long for an address.",
                [_format((*every, HTML))],
                _answers((*every, HTML), headers=True),
                (400, 403, 404, 406, 413, 415, 429, 503),
            )
            | {
                "requestBody": {
                    "required": True,
                    "content": {
                        FORM: {"schema": {"type": "object", "required": ["query"], "properties": {"query": _TEXT}}},
                        "application/sparql-query": {"schema": _TEXT},
                    },
                }
            },
        },
        "/sparql/completions": {
            "get": _operation(
                "completions",
                "SPARQL",
                "Classes, properties and entities whose names begin so, as they stand in a query.",
                [_words(), _query("first", {"enum": list(completion.KINDS)}, "What comes first.")],
                _json("Completions"),
                (400, 503),
            )
        },
        "/queries": {
            "get": _operation(
                "savedQueries",
                "Saved queries",
                "All saved queries with their parameters; as RDF, SHACL's SPARQL executables.",
                [_format((HTML, LIST, *GRAPH_FORMATS))],
                _answers((HTML, LIST, *GRAPH_FORMATS), {"json": "SavedQueries"}),
                (404, 406, 429),
            )
        },
    }
    for query in queries:
        paths[f"/queries/{query.name}"] = {"get": _saved(query)}
    paths |= _of_search() | _of_resources() | _of_files() | _of_service()
    return paths


def _saved(query: SavedQuery) -> Json:
    formats = (*SOLUTION_FORMATS, HTML, *GRAPH_FORMATS)
    operation = _operation(
        query.name,
        "Saved queries",
        query.title,
        [*(_parameter(p) for p in query.parameters.values()), *_limits(), _format(formats)],
        _answers(formats, headers=True),
        (400, 404, 406, 429, 503),
    )
    return operation | {"description": query.question}


def _of_search() -> Json:
    return {
        "/search": {
            "get": _operation(
                "search",
                "Search",
                "Names, headlines and quotes that have the words, misspelt ones too.",
                [_words(), _release(), _format((HTML, search.JSON))],
                _answers((HTML, search.JSON), {"json": "Hits"}),
                (400, 404, 406, 503),
            )
        },
        "/search/suggestions": {
            "get": _operation(
                "suggestions",
                "Search",
                "Names for what is typed so far.",
                [_words(), _release()],
                _json("Suggestions"),
                (400, 404, 503),
            )
        },
    }


def _of_resources() -> Json:
    slug = {"type": "string", "pattern": SLUG}
    kind = _path("kind", {"enum": [k for k in KINDS if k != "article"]}, "What it is.", "person")
    name = _path("slug", slug, "The end of its IRI.", "vladimir-putin")
    publisher = _path("publisher", slug, "The publisher of the article.", "justunicorns-news")
    article = _path("slug", slug, "The article's id.", "001")
    ending = _path("format", {"enum": [f.name for f in GRAPH_FORMATS]}, "The format.", "ttl")
    see_other: Json = {"303": {"description": "Its page or its data, by Accept.", "headers": {"Location": _header()}}}
    paths: Json = {}
    for where, parameters, which in (
        ("{kind}/{slug}", [kind, name], "resource: an entity or a statement"),
        ("article/{publisher}/{slug}", [publisher, article], "article"),
    ):
        of = "Article" if "publisher" in where else ""
        paths[f"/id/{where}"] = {
            "get": _operation(
                f"resource{of}",
                "Resources",
                f"Where to find what is known of one {which}.",
                [*parameters, _release(), _format((HTML, *GRAPH_FORMATS))],
                see_other,
                (404, 406, 503),
            )
        }
        paths[f"/data/{where}.{{format}}"] = {
            "get": _operation(
                f"data{of}",
                "Resources",
                f"What is known of one {which}, as RDF.",
                [*parameters, ending, _release()],
                _answers(GRAPH_FORMATS, headers=True),
                (404, 503),
            )
        }
    paths["/ontology"] = {
        "get": _operation(
            "ontology",
            "Resources",
            "The ontology, as a page or as RDF.",
            [_release(), _format((HTML, *GRAPH_FORMATS))],
            _answers((HTML, *GRAPH_FORMATS)),
            (404, 406, 503),
        )
    }
    return paths


def _of_files() -> Json:
    dumps = dumping.DUMPS
    types = sorted({"application/gzip" if dump.compressed else dump.media_type for dump in dumps.values()})
    name = _path("name", {"enum": list(dumps)}, "The file.", next(iter(dumps)))
    files = {"200": {"description": "The file.", "content": {media_type: {} for media_type in types}}}
    graph = _query("graph", TYPES["iri"], "The graph.", required=True, example=PREFIXES["graph"] + "reference")
    return {
        "/dumps/{name}": {
            "get": _operation(
                "dump",
                "Files",
                "The whole dataset as a file, with ETag and ranges.",
                [name, _release()],
                files,
                (404, 503),
            )
        },
        "/graphs": {
            "get": _operation(
                "graph",
                "Files",
                "One graph (SPARQL 1.1 Graph Store HTTP Protocol).",
                [graph, _release(), _format(GRAPH_FORMATS)],
                _answers(GRAPH_FORMATS, headers=True),
                (400, 404, 406, 429, 503),
            )
        },
    }


def _of_service() -> Json:
    def health(path: str, identifier: str, summary: str) -> Json:
        down = {"503": {"description": "Not now.", "content": {"application/json": {"schema": _ref("Health")}}}}
        return {path: {"get": _operation(identifier, "Service", summary, [], _json("Health") | down, ())}}

    return (
        health("/health/live", "live", "Whether the process lives.")
        | health("/health/ready", "ready", "Whether it answers queries.")
        | {
            "/openapi.json": {
                "get": _operation("openapi", "Service", "This description.", [], _plain("application/json"), ())
            }
        }
    )


def _operation(
    identifier: str, tag: str, summary: str, parameters: list[Json], answers: Json, wrong: Iterable[int]
) -> Json:
    return {
        "operationId": identifier,
        "tags": [tag],
        "summary": summary,
        "parameters": parameters,
        "responses": answers | {str(status): _error(status) for status in wrong},
    }


def _parameter(parameter: Parameter) -> Json:
    schema = dict(TYPES[parameter.type])
    if parameter.choices:
        schema = {"type": "string", "enum": list(parameter.choices)}
    if parameter.default and parameter.type not in ("integer", "boolean"):
        schema["default"] = parameter.default
    if parameter.default and parameter.type in ("integer", "boolean"):
        schema["default"] = int(parameter.default) if parameter.type == "integer" else parameter.default == "true"
    required = not parameter.optional and not parameter.default
    if required and parameter.type == "string" and not parameter.choices:
        schema["pattern"] = r"\S"
    kind = f" Instances of {parameter.class_}." if parameter.class_ else ""
    words = f"{parameter.label}. {parameter.description}".strip() + kind
    return _query(parameter.name, schema, words, required=required)


def _limits() -> list[Json]:
    seconds = {"type": "number", "exclusiveMinimum": 0}
    return [_query("timeout", seconds, "Seconds; may only lower the server's limit."), _release()]


def _release() -> Json:
    return _query("release", _TEXT, "An older release.")


def _format(formats: Iterable[Format]) -> Json:
    names = {name for f in formats for name in (f.name, *f.also_named)}
    return _query("format", {"enum": sorted(names)}, "The format of the answer; else Accept decides.")


def _words() -> Json:
    return _query("q", {"type": "string", "maxLength": search.LONGEST}, "The words.", example="lav")


def _query(name: str, schema: Json, words: str, *, required: bool = False, example: object = None) -> Json:
    parameter: Json = {"name": name, "in": "query", "description": words, "required": required, "schema": schema}
    return parameter | ({"example": example} if example is not None else {})


def _path(name: str, schema: Json, words: str, example: str) -> Json:
    return _query(name, schema, words, required=True, example=example) | {"in": "path"}


def _answers(formats: Iterable[Format], schemas: Mapping[str, str] | None = None, *, headers: bool = False) -> Json:
    """Return the 200 with every media type that the formats may come as."""
    content: Json = {}
    for format in formats:
        schema = _schema(format, schemas or {})
        for media_type in (format.media_type, *format.aliases):
            known = content.setdefault(media_type, {"schema": schema})
            if known["schema"] != schema:  # JSON may be a result or JSON-LD
                content[media_type] = {}
    answer: Json = {"description": "The answer.", "content": content}
    if headers:
        answer["headers"] = {RELEASE: _header(), LIMITS: _header(), TRUNCATED: _header()}
    return {"200": answer}


def _schema(format: Format, schemas: Mapping[str, str]) -> Json:
    if format.name in schemas:
        return _ref(schemas[format.name])
    if format in FORMATS_OF_FORM["solutions"] and format.name == "json":
        return _ref("Results")
    if format.name == "jsonld":
        return {"type": ["array", "object"]}
    return {} if "xml" in format.media_type else _TEXT


def _json(name: str) -> Json:
    return {"200": {"description": "The answer.", "content": {"application/json": {"schema": _ref(name)}}}}


def _plain(media_type: str) -> Json:
    return {"200": {"description": "The answer.", "content": {media_type: {"schema": {"type": "object"}}}}}


def _header() -> Json:
    return {"schema": _TEXT}


def _problem() -> Json:
    schema = _object(
        type={"enum": ["about:blank", *sorted({problem.type for problem in errors.known()})]},
        title=_TEXT,
        status={"type": "integer"},
        detail=_TEXT,
        instance=_TEXT,
    )
    schema["properties"] |= {
        "line": {"type": "integer", "description": "Of a syntax error."},
        "column": {"type": "integer", "description": "Of a syntax error."},
        "parameter": {"type": "string", "description": "Of a saved query, whose value does not fit."},
        "id": {"type": "string", "description": "Of a defect; the server's log has the rest."},
    }
    return schema


def _error(status: int) -> Json:
    titles = list(dict.fromkeys(problem.title for problem in errors.known() if problem.status == status))
    words = "; ".join(titles) or HTTPStatus(status).phrase
    return {
        "description": words + ".",
        "content": {PROBLEM: {"schema": _ref("Problem")}, HTML.media_type: {"schema": _TEXT}},
    }


def _curl(path: str, method: str, operation: Json) -> str:
    """Return a command that asks the operation with its examples."""
    fields: list[tuple[str, object]] = []
    for parameter in operation["parameters"]:
        example = parameter.get("example", parameter["schema"].get("default"))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(example))
        elif example is not None:
            fields.append((parameter["name"], example))
    if method == "post":
        fields.append(("query", editor.FIRST_QUERY))
    address = request.host_url.rstrip("/") + request.script_root + path
    get = "--get " if fields and method == "get" else ""
    parts = [f"curl {get}{shlex.quote(address)}"]
    parts += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in fields]
    return " \\\n  ".join(parts)
