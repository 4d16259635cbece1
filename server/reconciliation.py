"""The Reconciliation Service API 0.2: tables of officials, agencies and weapons are matched against the graph.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from pyoxigraph import NamedNode
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from ontology.terms import AC, ID, ONTOLOGY
from server import candidates, entities, reading, search
from server.candidates import CLASSES, GROUPS, Asked, Candidate, Property, Value
from server.site import site
from server.store import search_index

bp = Blueprint("reconciliation", __name__, url_prefix="/reconcile")

BATCH = 100  # queries of one request
ROWS = 1000  # things that one request extends
LONGEST = 300  # characters of a name
MOST = 50  # candidates of a query, and suggestions
SUGGESTED = 10
PREVIEW = (430, 220)  # pixels
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
FRAMED_ANYWHERE = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors *"


@bp.route("", methods=["GET", "POST"], strict_slashes=False)
def service() -> Response:
    """Answer a batch of queries (`queries`), of extensions (`extend`), or say what this service can do."""
    if request.method == "POST" and request.mimetype not in FORMS:
        raise UnsupportedMediaType(f"POST a batch as {' or '.join(FORMS)}, not as “{request.mimetype}”.")
    if "queries" in request.values:
        return _reconcile(_json("queries"))
    if "extend" in request.values:
        return _extend(_json("extend"))
    return jsonify(_manifest())


@bp.get("/suggest/entity")
def suggest_entity() -> Response:
    """Suggest things whose names begin with `prefix`."""
    prefix = _prefix()
    hits = search_index.named(_index(), prefix, [AC[cls].value for cls in CLASSES], 200) if prefix else []
    things: dict[str, tuple[str, str]] = {}  # class and label, the best first
    for hit in sorted(hits, key=lambda hit: (-candidates.similarity(prefix, hit.text), hit.label, hit.iri)):
        things.setdefault(hit.iri, (hit.type.removeprefix(AC.iri), hit.label))
    shown = _page(list(things.items()))
    words = candidates.described(site().engine, site().labels, [(iri, cls) for iri, (cls, _) in shown])
    return jsonify(
        result=[
            {"id": iri.removeprefix(ID), "name": label, "description": words[iri], "notable": [_type(cls)]}
            for iri, (cls, label) in shown
        ]
    )


@bp.get("/suggest/type")
def suggest_type() -> Response:
    """Suggest classes whose labels have `prefix`."""
    prefix = _prefix().lower()
    types = [_type(cls) for cls in (*GROUPS, *CLASSES)]
    return jsonify(result=_page([one for one in types if prefix in one["name"].lower() or prefix in one["id"].lower()]))


@bp.get("/suggest/property")
def suggest_property() -> Response:
    """Suggest properties whose labels have `prefix`."""
    prefix = _prefix().lower()
    fit = [one for one in candidates.properties().values() if prefix in one.label.lower() or prefix in one.id]
    return jsonify(result=_page([{"id": one.id, "name": one.label} for one in fit]))


@bp.get("/properties")
def propose_properties() -> Response:
    """Propose the properties that things of a type can be extended with."""
    cls = request.args.get("type") or None
    if cls is not None:
        _classes([cls])
    limit = _whole(request.args.get("limit"), "limit", len(candidates.properties()))
    found = [{"id": one.id, "name": one.label} for one in candidates.properties_of(cls)[:limit]]
    return jsonify({"properties": found, "limit": limit} | ({"type": cls} if cls else {}))


@bp.get("/preview/<path:identifier>")
def preview(identifier: str) -> Response:
    """Show one thing in a small frame on another site."""
    entity = entities.read(site().engine, site().labels, _iri(identifier))
    if entity is None:
        raise NotFound(f"There is no “{identifier}” here.")
    response = make_response(render_template("preview.html", entity=entity))
    response.headers["Content-Security-Policy"] = FRAMED_ANYWHERE
    return response


def _manifest() -> dict[str, Any]:
    def here(endpoint: str, **parts: Any) -> str:
        return url_for(f"reconciliation.{endpoint}", _external=True, **parts)

    root = here("service")
    template = url_for("resources.resource", path="ID", _external=True).replace("ID", "{{id}}")
    return {
        "versions": ["0.2"],
        "name": f"{site().settings.title}: actors, places and materiel",
        "identifierSpace": ID,
        "schemaSpace": ONTOLOGY + "#",
        "documentation": url_for("ontology.ontology", _external=True),
        "view": {"url": template},
        "defaultTypes": [_type(cls) for cls in ("Actor", "Person", "GovernmentBody", "Materiel", "Place")],
        "preview": {
            "url": here("preview", identifier="ID").replace("ID", "{{id}}"),
            "width": PREVIEW[0],
            "height": PREVIEW[1],
        },
        "suggest": {
            name: {"service_url": root, "service_path": f"/suggest/{name}"} for name in ("entity", "type", "property")
        },
        "extend": {"propose_properties": {"service_url": root, "service_path": "/properties"}, "property_settings": []},
    }


def _reconcile(batch: Mapping[str, Any]) -> Response:
    if len(batch) > BATCH:
        raise BadRequest(f"There are {len(batch)} queries in this batch; send at most {BATCH} at a time.")
    engine, path = site().engine, _index()
    found = {key: candidates.find(engine, path, _asked(key, query)) for key, query in batch.items()}
    words = candidates.described(engine, site().labels, {(one.iri, one.cls) for all_ in found.values() for one in all_})
    return jsonify({key: {"result": [_result(one, words[one.iri]) for one in all_]} for key, all_ in found.items()})


def _asked(key: str, query: Any) -> Asked:
    if not isinstance(query, dict):
        raise BadRequest(f"Query “{key}” is no object with “query”, “type”, “limit” and “properties”.")
    name, types = query.get("query", ""), query.get("type") or []
    if not isinstance(name, str) or len(name) > LONGEST:
        raise BadRequest(f"The name in query “{key}” must be a text of at most {LONGEST} characters.")
    wanted: dict[str, list[str]] = {}
    for one in _list(query.get("properties"), f"the properties of query “{key}”"):
        if not isinstance(one, dict) or one.get("pid") not in candidates.properties():
            raise BadRequest(
                f"Query “{key}” has an unknown property; /reconcile/suggest/property lists those there are."
            )
        given = one.get("v")
        for value in given if isinstance(given, list) else [given]:
            wanted.setdefault(one["pid"], []).append(_text(value))
    if not name.strip() and not wanted:
        raise BadRequest(f"Query “{key}” has neither a name (“query”) nor “properties”.")
    most = _whole(query.get("limit"), "limit", SUGGESTED)
    return Asked(name, _classes([types] if isinstance(types, str) else _list(types, "type")), wanted, most)


def _index() -> Path:
    return search.index(reading.release())


def _classes(types: Sequence[Any]) -> tuple[str, ...]:
    """Return the classes that fit any of these types; all where none is given."""
    named = [str(one).removeprefix(AC.iri).removeprefix("ac:") for one in types]
    unknown = [one for one in named if one not in CLASSES and one not in GROUPS]
    if unknown:
        raise BadRequest(f"There is no type “{unknown[0]}” here; /reconcile/suggest/type lists those there are.")
    return tuple(cls for one in named for cls in GROUPS.get(one, (one,))) or CLASSES


def _result(one: Candidate, words: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.label,
        "description": words,
        "score": one.score,
        "features": [{"id": name, "value": value} for name, value in one.features.items()],
        "match": one.match,
        "type": [_type(one.cls)],
    }


def _extend(query: Mapping[str, Any]) -> Response:
    ids = [_text(one) for one in _list(query.get("ids"), "ids")]
    if len(ids) > ROWS:
        raise BadRequest(f"There are {len(ids)} ids; send at most {ROWS} at a time.")
    wanted: list[Property] = []
    for one in _list(query.get("properties"), "properties"):
        if not isinstance(one, dict) or one.get("id") not in candidates.properties():
            raise BadRequest("There is no such property to extend by; /reconcile/properties lists those there are.")
        wanted.append(candidates.properties()[one["id"]])
    iris = {identifier: _iri(identifier) for identifier in ids}
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {identifier: {} for identifier in ids}
    for prop in wanted:
        known = candidates.values(site().engine, set(iris.values()), prop)
        for identifier, iri in iris.items():
            rows[identifier][prop.id] = [_cell(value) for value in known.get(iri, [])]
    return jsonify(meta=[{"id": prop.id, "name": prop.label} for prop in wanted], rows=rows)


def _cell(value: Value) -> dict[str, Any]:
    if value.iri and value.iri.startswith(ID):
        return {"id": value.iri.removeprefix(ID), "name": value.text}
    if value.number:
        return {"int": int(value.text)} if value.text.lstrip("-").isdigit() else {"float": float(value.text)}
    return {"str": value.text}


def _type(cls: str) -> dict[str, str]:
    return {"id": cls, "name": site().labels.of([AC[cls].value])[AC[cls].value]}


def _iri(identifier: str) -> str:
    try:
        return NamedNode(ID + identifier.removeprefix(ID)).value
    except ValueError:
        raise BadRequest(f"“{identifier}” cannot be an identifier of this service.") from None


def _json(name: str) -> dict[str, Any]:
    try:
        given = json.loads(request.values[name])
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadRequest(f"The parameter “{name}” is no JSON: {error}.") from None
    if not isinstance(given, dict):
        raise BadRequest(f"The parameter “{name}” must be a JSON object.")
    return given


def _list(given: Any, what: str) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise BadRequest(f"{what} must be a list.")
    return given


def _text(value: Any) -> str:
    """Return a value of a query as text; that of a thing is its identifier."""
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return str(value["id"])
    if isinstance(value, str | int | float):
        return str(value)[:LONGEST]
    raise BadRequest("A value must be a text, a number, or an object with an “id”.")


def _whole(given: Any, name: str, default: int) -> int:
    if given in (None, ""):
        return default
    try:
        number = int(given)
    except (ValueError, TypeError, OverflowError):
        raise BadRequest(f"“{name}” must be a whole number.") from None
    if number < 1:
        raise BadRequest(f"“{name}” must be at least 1.")
    return min(number, MOST)


def _prefix() -> str:
    prefix = request.args.get("prefix", "").strip()
    if len(prefix) > LONGEST:
        raise BadRequest(f"The prefix is longer than {LONGEST} characters.")
    return prefix


def _page(found: list[Any]) -> list[Any]:
    cursor = request.args.get("cursor") or "0"
    if not cursor.isdecimal():
        raise BadRequest("“cursor” must be a whole number from 0.")
    return found[int(cursor) :][:SUGGESTED]
