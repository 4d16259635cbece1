"""JSON Schemas of what programs get, by the names under which the OpenAPI description has them."""

from typing import Any

from server import errors

Json = dict[str, Any]


def object_of(**properties: Any) -> Json:
    """Return the schema of an object that has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def array_of(items: Json) -> Json:
    return {"type": "array", "items": items}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


TEXT: Json = {"type": "string"}
MAYBE: Json = {"type": ["string", "null"]}
TERM: Json = {
    "type": "object",
    "required": ["type", "value"],
    "properties": {"type": {"enum": ["uri", "literal", "bnode", "triple"]}, "datatype": {"type": "string"}},
}
RESULTS: Json = {
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


HITS = object_of(
    query=TEXT,
    release=TEXT,
    instead=array_of(object_of(word=TEXT, words=array_of(TEXT))),
    results=array_of(
        object_of(iri=TEXT, type=TEXT, label=TEXT, field=TEXT, text=TEXT, typeLabel=TEXT, page=MAYBE),
    ),
    more={"type": "boolean"},
)
COMPLETIONS = object_of(query=TEXT, completions=array_of(object_of(term=TEXT, iri=TEXT, label=TEXT, kind=TEXT)))
SAVED_QUERIES = object_of(
    queries=array_of(
        object_of(
            **dict.fromkeys(("name", "iri", "address", "title", "question", "group", "view"), TEXT),
            needsService=MAYBE,
            parameters=array_of(
                object_of(
                    **dict.fromkeys(("name", "label", "description", "type"), TEXT),
                    optional={"type": "boolean"},
                    default=MAYBE,
                    **{"class": MAYBE},
                    choices=array_of(TEXT),
                )
            ),
        )
    )
)
RELEASE = object_of(
    id=TEXT, created=TEXT, current={"type": "boolean"}, parent=MAYBE, note=MAYBE, writer=MAYBE, changes={}
)
CHANGES = object_of(
    **{"from": MAYBE}, to=TEXT, compared={"type": "boolean"}, more={"type": "boolean"}, changes=array_of({})
)


def problem() -> Json:
    """Return the schema of an error (RFC 9457): its `type` is one of those that the code knows."""
    schema = object_of(
        type={"enum": ["about:blank", *sorted({problem.type for problem in errors.known()})]},
        title=TEXT,
        status={"type": "integer"},
        detail=TEXT,
        instance=TEXT,
    )
    schema["properties"] |= {
        "line": {"type": "integer", "description": "Of a syntax error."},
        "column": {"type": "integer", "description": "Of a syntax error."},
        "parameter": {"type": "string", "description": "Of a saved query, whose value does not fit."},
        "id": {"type": "string", "description": "Of a defect; the server's log has the rest."},
    }
    return schema


def all_of_them() -> dict[str, Json]:
    """Return every schema by its name."""
    return {
        "Problem": problem(),
        "Results": RESULTS,
        "Term": TERM,
        "Hits": HITS,
        "Completions": COMPLETIONS,
        "Suggestions": object_of(query=TEXT, suggestions=array_of(TEXT)),
        "SavedQueries": SAVED_QUERIES,
        "Releases": object_of(releases=array_of(RELEASE)),
        "Changes": CHANGES,
        "Health": object_of(status=TEXT),
    }
