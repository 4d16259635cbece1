"""The history of the dataset: /releases lists the releases, /releases/<id> what changed since its parent or ?from=."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from werkzeug.exceptions import NotFound

from ontology.terms import AC
from server import reading
from server.caching import PerRelease
from server.negotiation import HTML, Format, choose
from server.site import site
from server.store import differences
from server.store.differences import ACTIONS, Change, Overview
from server.store.release import Release
from server.tables import link

bp = Blueprint("releases", __name__)

SHOWN = 100  # changes on a page
NAMED = 20  # articles, by headline
MOST = 1000  # in a JSON document; as JSON Lines all come
JSON = Format("json", "application/json", "JSON")
JSON_LINES = Format("jsonl", "application/x-ndjson", "JSON Lines", ("application/jsonl",))

_found: PerRelease[list[Change]] = PerRelease(20)


@dataclass(frozen=True)
class Comparison:
    """Two releases, what their manifests tell of their difference, and the first changes; `more` when there are more.

    `old` is None before the first release; `whole` is false where the parent was pruned, so that nothing is compared.
    """

    old: Release | None
    new: Release
    overview: Overview
    changes: Sequence[Change] = ()
    more: bool = False
    whole: bool = True


@bp.get("/releases")
def index() -> Response:
    """List the releases, the latest first, as a page or as JSON."""
    choice = choose((HTML, JSON), request.accept_mimetypes, request.args.get("format"))
    releases = reading.require_history()
    current, listed = releases.current(), releases.list()[::-1]
    if choice.format is JSON:
        response = jsonify(releases=[_described(release, current) for release in listed])
    else:
        response = make_response(
            render_template("releases.html", releases=listed, current=current, known={release.id for release in listed})
        )
    response.vary.add("Accept")
    return response


@bp.get("/releases/<identifier>")
def release(identifier: str) -> Response:
    """Tell what changed in a release since its parent or `?from=`, as a page, as JSON, or whole as JSON Lines."""
    choice = choose((HTML, JSON, JSON_LINES), request.accept_mimetypes, request.args.get("format"))
    releases = reading.require_history()
    listed = releases.list()
    known = {one.id: one for one in listed}
    new = known.get(identifier)
    wanted = request.args.get("from") or (new.manifest.parent if new else None)
    for asked in (identifier, request.args.get("from")):
        if asked and asked not in known:
            raise NotFound(f"There is no release “{asked}” here; it may have been pruned. /releases lists the others.")
    assert new is not None
    pruned = wanted is not None and wanted not in known
    old = known[wanted] if wanted and not pruned else None
    if choice.format is JSON_LINES and not pruned:
        response = Response(_lines(old, new), content_type=choice.content_type)
    else:
        current = releases.current()
        compared = _compare(old, new, SHOWN if choice.format is HTML else MOST, pruned)
        if choice.format is HTML:
            response = make_response(_page(compared, listed[::-1], current, wanted))
        else:
            response = jsonify(_summary(compared) | _described(new, current) | {"changes": _changes(compared)})
    response.vary.add("Accept")
    return response


def _compare(old: Release | None, new: Release, most: int, pruned: bool) -> Comparison:
    if pruned:
        return Comparison(None, new, Overview(), whole=False)
    key = (site().settings.data, *((one.id, one.contents) for one in (old, new) if one), most)
    found = _found.get(site().engine.release(), key, lambda: list(islice(differences.changes(old, new), most + 1)))
    told = differences.overview(old.manifest if old else None, new.manifest)
    return Comparison(old, new, told, found[:most], len(found) > most)


def _page(compared: Comparison, listed: list[Release], current: Release | None, wanted: str | None) -> str:
    new, old = compared.new, compared.old
    kinds = {AC[kind].value for kind in [*compared.overview.statements, *(c.said.kind for c in compared.changes)]}
    properties = {p for change in compared.changes for p in change.values}
    newest = current.id if current else None
    articles = _articles(compared)
    headlines: dict[str, str] = {}
    for what, found in articles.items():
        where = old if what == "removed" else new
        headlines |= site().labels.of(found[:NAMED], where.id if where else None)

    def there(iri: str, now: bool) -> str | None:
        """Where something is shown as one of the two releases has it."""
        in_release = new.id if now else old.id if old else None
        address = link(iri)
        return address if in_release == newest or not address else f"{address}?release={quote(in_release or '')}"

    return render_template(
        "release.html",
        compared=compared,
        new=new,
        old=old,
        wanted=wanted,
        releases=listed,
        is_current=new.id == newest,
        published=reading.published(new.id),
        groups={action: [c for c in compared.changes if c.action == action] for action in ACTIONS},
        names=site().labels.of(kinds | properties),
        articles=articles,
        headlines=headlines,
        named=NAMED,
        there=there,
        formats=(JSON, JSON_LINES),
        kind_iri=lambda kind: AC[kind].value,
    )


def _articles(compared: Comparison) -> dict[str, list[str]]:
    """Return the IRIs of the articles that differ, by what happened to them."""
    told, new = compared.overview, compared.new.manifest.sources
    old = compared.old.manifest.sources if compared.old else new
    return {
        what: [sources[graph].article or graph for graph in graphs]
        for what, graphs, sources in (
            *(("added", told.added, new), ("changed", told.changed, new)),
            ("removed", told.removed, old),
        )
        if graphs
    }


def _described(release: Release, current: Release | None) -> dict[str, Any]:
    manifest = release.manifest
    return {
        "id": release.id,
        "created": manifest.created,
        "current": current is not None and release.id == current.id,
        "parent": manifest.parent,
        "note": manifest.note,
        "writer": manifest.writer,
        "rewritten": list(manifest.rewritten),
        **manifest.totals,
        "changes": url_for(".release", identifier=release.id),
    }


def _summary(compared: Comparison) -> dict[str, Any]:
    told = compared.overview
    return {
        "from": compared.old.id if compared.old else None,
        "to": compared.new.id,
        "compared": compared.whole,
        "more": compared.more,
        "changedArticles": _articles(compared),
        "changedParts": list(told.parts),
        "statementsBeforeAndAfter": {kind: list(pair) for kind, pair in told.statements.items()},
    }


def _changes(compared: Comparison) -> list[dict[str, Any]]:
    return [differences.as_json(change) for change in compared.changes]


def _lines(old: Release | None, new: Release) -> Iterator[bytes]:
    """Yield what differs as JSON, a change a line; the last line counts them, so that a part is known as one."""
    counts = dict.fromkeys(ACTIONS, 0)
    for change in differences.changes(old, new):
        counts[change.action] += 1
        yield json.dumps(differences.as_json(change), ensure_ascii=False).encode() + b"\n"
    end = {"from": old.id if old else None, "to": new.id, "total": counts}
    yield json.dumps(end).encode() + b"\n"
