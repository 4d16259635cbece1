"""Conditional reads: an ETag of release, representation and code, and 304 before any query runs."""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache

from flask import Response, request

from server import reading
from server.site import site
from server.store.engine import Query
from server.store.publishing import installed
from server.store.results import changes
from server.streaming import RELEASE, describe

_DIGITS = 12


def of(query: Query, content_types: Iterable[str]) -> Callable[[str], str] | None:
    """Return what makes the entity tag of an answer from its release; None where that does not tell answers apart.

    That is so for functions such as RAND. Something may be forgotten out of an older release, which keeps its name, so
    that its tags also tell when it was last written. Tags are weak, since an engine may give rows in another order.

    :param content_types: those that the answer may have.
    """
    if request.method not in ("GET", "HEAD") or changes(query.text):
        return None
    written = reading.written(query.release)
    if query.release and not written:
        return None
    return tag_of(query, content_types, written)


def tag_of(query: Query, content_types: Iterable[str], written: str = "") -> Callable[[str], str]:
    """Return what makes the entity tag of an answer from its release, whatever the request.

    :param written: when an older release was last written.
    """
    bound = sorted(f"{name} {term}" for name, term in query.substitutions.items())
    graphs = [*query.default_graphs, "", *query.named_graphs]
    parts = [_version(), written, *content_types, describe(query.limits), query.text, *bound, "", *graphs]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_DIGITS]
    return lambda release: f"{release}.{digest}"


@cache
def _version() -> str:
    return installed("armsclaims")


def not_modified(tag: Callable[[str], str] | None) -> Response | None:
    """Return the 304 for a client that has the answer of this release already, else None."""
    if tag is None or not request.if_none_match:
        return None
    release = site().engine.release()
    if not request.if_none_match.contains_weak(tag(release)):
        return None
    response = Response(status=304, headers={RELEASE: release})
    mark(response, tag, release)
    return response


def mark(response: Response, tag: Callable[[str], str] | None, release: str) -> None:
    """Give a response its tag, and let caches ask before they use it."""
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    if tag is not None:
        response.set_etag(tag(release), weak=True)
