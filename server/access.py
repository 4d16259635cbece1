"""Who may write, and on what condition: bearer tokens (RFC 6750), origins, If-Match on the release."""

from urllib.parse import urlsplit

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from server.site import site
from server.store import tokens

REALM = "armsclaims"


def require_writer() -> str:
    """Return the name of the token that this request writes with.

    :raises Forbidden: when writing is off, the store is another server, or a page of another site asks.
    :raises Unauthorized: when there is no token in the request, or one that nobody has.
    """
    g.writes = True
    if site().mirror:
        raise Forbidden(
            "This server reads from another SPARQL server and takes no updates: articles get there by "
            "“armsclaims load” and “armsclaims push”."
        )
    known = tokens.read(site().settings.data)
    if not known:
        raise Forbidden(
            "This server takes no updates: nobody has a token. Its keeper makes one by “armsclaims tokens add NAME”."
        )
    _refuse_other_sites()
    challenge = WWWAuthenticate("bearer", {"realm": REALM})
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        raise Unauthorized("Writing needs a token: send “Authorization: Bearer …”.", www_authenticate=challenge)
    name = tokens.holder(known, authorization.token)
    if name is None:
        challenge = WWWAuthenticate("bearer", {"realm": REALM, "error": "invalid_token"})
        raise Unauthorized("This token is not known; it may have been revoked.", www_authenticate=challenge)
    return name


def _refuse_other_sites() -> None:
    """Refuse what a browser sends for a page of another site; programs send neither header."""
    site_of_fetch = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    other_origin = origin is not None and urlsplit(origin).netloc != request.host
    if site_of_fetch not in ("same-origin", "none") or other_origin:
        raise Forbidden("Pages of other sites may not write here.")


def expected_releases() -> list[str] | None:
    """Return the releases of which If-Match names one; None where the write has no condition.

    Its entity tags are those of any answer of ours, or the bare identifier of a release.
    """
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return [tag.partition(".")[0] for tag in request.if_match.as_set(include_weak=True)]
