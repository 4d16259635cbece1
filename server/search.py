"""Searching names, headlines and quotes: a page, JSON, and suggestions as somebody types."""

import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from pyoxigraph import NamedNode
from werkzeug.exceptions import BadRequest

from server import reading
from server.negotiation import HTML, Format, choose
from server.site import site
from server.store import search_index
from server.store.engine import Unavailable
from server.store.release import Release
from server.tables import link

bp = Blueprint("search", __name__)

SHOWN = 50
SUGGESTED = 8
LONGEST = 200  # characters
PATIENCE = 10.0  # seconds to wait for an index in the making
JSON = Format("json", "application/json", "JSON")

_QUERY = """SELECT ?thing ?property ?value WHERE {{
  VALUES ?thing {{
    {found}
  }}
  ?thing ?property ?value .
}}
"""

_building: dict[str, threading.Thread] = {}
_lock = threading.Lock()


@bp.get("/search")
def search() -> Response:
    """Show what has the words of `?q=`, as a page or as JSON."""
    choice = choose((HTML, JSON), request.accept_mimetypes, request.args.get("format"))
    text = text_asked_for()
    release = reading.release()
    hits = search_index.find(index(release), text, SHOWN) if text else search_index.Hits()
    types = site().labels.of(hit.type for hit in hits.hits)
    if choice.format is JSON:
        response = jsonify(
            query=text,
            release=release.id,
            instead=[{"word": word, "words": others} for word, others in hits.instead],
            results=[_as_json(hit, types) for hit in hits.hits],
            more=hits.more,
        )
    else:
        response = make_response(
            render_template("search.html", text=text, hits=hits, types=types, as_query=_as_query(hits))
        )
    response.vary.add("Accept")
    return response


@bp.get("/search/suggestions")
def suggestions() -> Response:
    """Give the names that fit what is typed so far as JSON."""
    text = text_asked_for()
    hits = search_index.find(index(reading.release()), text, SUGGESTED) if text else search_index.Hits()
    return jsonify(query=text, suggestions=list(dict.fromkeys(hit.label for hit in hits.hits if hit.field != "quote")))


def _as_query(hits: search_index.Hits) -> str:
    """Return a query that begins with what was found, which is how a search enters SPARQL."""
    return _QUERY.format(
        found="\n    ".join(str(NamedNode(iri)) for iri in dict.fromkeys(hit.iri for hit in hits.hits))
    )


def text_asked_for() -> str:
    text = " ".join(request.args.get("q", "").split())
    if len(text) > LONGEST:
        raise BadRequest(f"The search is longer than {LONGEST} characters. Search for fewer words.")
    return text


def _as_json(hit: search_index.Hit, types: dict[str, str]) -> dict[str, Any]:
    return asdict(hit) | {"typeLabel": types[hit.type], "page": link(hit.iri)}


def index(release: Release) -> Path:
    """Return the index of a release; a big one is made while the client is told to come back."""
    path = release.dumps / search_index.FILE
    if not path.exists():
        with _lock:
            thread = _building.get(release.contents)
            if thread is None or not thread.is_alive():
                thread = threading.Thread(target=search_index.file, args=(release,), daemon=True)
                _building[release.contents] = thread
                thread.start()
        thread.join(PATIENCE)
        if thread.is_alive():
            raise Unavailable("The search index of this release is being made. Search again in a minute.")
        with _lock:
            _building.pop(release.contents, None)
    return search_index.file(release)
