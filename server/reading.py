"""Which release a request reads: the current one, or the one that `?release=` names, in everything that it looks up."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.exceptions import BadRequest

from server.labels import Labels
from server.site import KEY, PINNED, Site, asked_release, site
from server.store.engine import Answer, Engine, NoSuchRelease, Query, Row, Term, Unavailable
from server.store.manifest import FILE as MANIFEST
from server.store.release import Release
from server.store.releases import Releases
from server.store.summary import Summary

OVER_TIME = (
    *("front", "browse", "disputes", "search", "sparql", "graphs", "saved_queries", "resources", "ontology"),
    *("dumps", "void", "overview"),
)
NO_HISTORY = (
    "Older releases can be read and compared where the dataset is embedded. This server reads from another SPARQL "
    "server, which has the current one only."
)
_ANY = "SELECT ?x WHERE { } LIMIT 1"
_SAFE = "/:@!$&'()*+,;=~-._"  # of a path, as RFC 3986 has it


class PinnedEngine:
    """An engine whose queries see one release, unless they name another one themselves."""

    def __init__(self, engine: Engine, release: str) -> None:
        self._engine = engine
        self._release = release

    def query(self, query: Query, media_types: Mapping[str, str], gone: Callable[[], bool] | None = None) -> Answer:
        """Answer as `Engine.query` says."""
        return self._engine.query(replace(query, release=query.release or self._release), media_types, gone)

    def select(
        self, text: str, substitutions: Mapping[str, Term] | None = None, release: str | None = None
    ) -> list[Row]:
        """Return all solutions of a SELECT query, as `Engine.select` says."""
        return self._engine.select(text, substitutions, release or self._release)

    def is_prepared(self, query: Query) -> bool:
        """Tell whether the answer lies ready, as `Engine.is_prepared` says."""
        return self._engine.is_prepared(replace(query, release=query.release or self._release))

    def summary(self, release: str | None = None) -> Summary | None:
        """Return what is worked out of the release for pages, as `Engine.summary` says."""
        return self._engine.summary(release or self._release)

    def release(self) -> str:
        """Return the identifier of the release."""
        return self._release

    def close(self) -> None:
        """Do nothing: the engine behind it is the app's."""


def init_app(app: Flask) -> None:
    """Let every page, query and file of the app be read as of `?release=`, and its links lead on in that release."""
    app.before_request(_pin)
    app.url_defaults(_keep)
    app.after_request(_mark)


def release() -> Release:
    """Return the release on disk that this request reads.

    :raises Unavailable: when nothing was published yet.
    :raises UnknownRelease: when it was pruned just now.
    """
    if mirror := site().mirror:
        return mirror.release()
    releases, asked = Releases(site().settings.data), asked_release()
    found = releases.get(asked) if asked else releases.current()
    if found is None:
        raise Unavailable("There is no release yet: load some articles with “armsclaims load PATH”.")
    return found


def latest(most: int | None = None) -> list[Release]:
    """Return the releases that can be read, the latest first: all, or the last so many."""
    if site().mirror:
        return [release()]
    return Releases(site().settings.data).list()[::-1][:most]


def require_history() -> Releases:
    """Return the releases of the data folder.

    :raises HTTPException: 501 where the store is another server, which has no older ones.
    """
    if site().mirror:
        abort(501, NO_HISTORY)
    return Releases(site().settings.data)


def written(identifier: str | None) -> str:
    """Return what changes whenever an older release is written anew; '' for the current one, or where nothing tells."""
    identifier = identifier or asked_release()
    if identifier is None:
        return ""
    try:
        return str((site().settings.data / "releases" / identifier / MANIFEST).stat().st_mtime_ns)
    except FileNotFoundError:
        return ""


def published(identifier: str) -> str | None:
    """Return when a release was published, '2024-06-12 08:30:00 UTC'; None where its identifier does not tell."""
    try:
        made = datetime.strptime(identifier.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return f"{made:%Y-%m-%d %H:%M:%S} UTC"


def banner() -> dict[str, str | None] | None:
    """Return what a page says of an older release: which, when published, and where the current state is."""
    asked = asked_release()
    if asked is None:
        return None
    parts: Site = current_app.extensions[KEY]
    current = parts.engine.release()
    if asked == current:
        return None
    left = [(name, value) for name, value in request.args.items(multi=True) if name != "release"]
    here = request.script_root + quote(request.path, safe=_SAFE) + (f"?{urlencode(left)}" if left else "")
    return {"id": asked, "published": published(asked), "current": current, "here": here}


def _pin() -> None:
    """Let this request see the release that it asks for, and nothing of what is kept for the current one.

    Values of older releases are not kept at all, since something may be forgotten out of them.
    """
    asked = request.args.getlist("release")
    if not any(asked) or request.blueprint not in OVER_TIME:
        return
    if len(asked) > 1:
        raise BadRequest("The parameter “release” stands in the request more than once.")
    if request.method not in ("GET", "HEAD", "OPTIONS") and request.blueprint != "sparql":
        raise BadRequest("Releases do not change: a write makes the next one. Leave “release” out.")
    parts = site()
    try:
        parts.engine.select(_ANY, release=asked[0])
    except NoSuchRelease:
        if parts.mirror:
            abort(501, NO_HISTORY)
        raise NoSuchRelease(
            f"There is no release “{asked[0]}” here; it may have been pruned. /releases lists those that there are."
        ) from None
    pinned = PinnedEngine(parts.engine, asked[0])
    fresh = Site(parts.settings, pinned, parts.writer, Labels(pinned), parts.queries, parts.mirror)
    setattr(g, PINNED, fresh)


def _keep(endpoint: str, values: dict[str, object]) -> None:
    asked = asked_release()
    if asked and endpoint.partition(".")[0] in OVER_TIME:
        values.setdefault("release", asked)


def _mark(response: Response) -> Response:
    if asked_release():
        response.headers["X-Robots-Tag"] = "noindex"
    return response
