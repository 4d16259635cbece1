"""A dispute at its own address, /disputes/<supplier>/to/<recipient> or …/and/… for talks, and its Atom feed."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request, url_for
from pyoxigraph import Literal, NamedNode
from werkzeug.exceptions import NotFound

from ontology.terms import BASE, ID
from server import dispute, disputes
from server.claims import Filter
from server.disputes import Dispute, Pair
from server.paging import pages
from server.saved_query import BadParameter, Parameter
from server.site import site
from server.store.summary import NOBODY

bp = Blueprint("disputes", __name__)

ENTRIES = 50  # of a feed
PAGE = 100  # disputes
_DATES = {
    "from": Parameter("from", "From", "date", optional=True),
    "until": Parameter("until", "Until", "date", optional=True),
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_FIELDS = ("speaker", "outlet", *_DATES)


def address(pair: Pair, endpoint: str = "disputes.page", **narrowed: Any) -> str | None:
    """Return where a dispute has its page or, by endpoint, its feed; None where a party is not a resource of ours.

    :param narrowed: values of its filter, such as `until`.
    """
    if not (pair.one.startswith(ID) and pair.other.startswith(ID)):
        return None
    kind = "and" if pair.talks else "to"
    return url_for(endpoint, one=pair.one.removeprefix(ID), kind=kind, other=pair.other.removeprefix(ID), **narrowed)


@bp.get("/disputes")
def index() -> str:
    """List the disputes, those with most reports first, page by page."""
    every = disputes.current()
    paged = pages(request.args.get("page"), len(every), PAGE)
    start = (paged.number - 1) * PAGE
    return render_template("disputes.html", disputes=every[start : start + PAGE], pages=paged)


@bp.get("/disputes/<path:one>/<any(to,and):kind>/<path:other>")
def page(one: str, kind: str, other: str) -> str:
    """Show a dispute: three columns, quantities, exchanges, with filters."""
    engine, labels = site().engine, site().labels
    pair = _pair(one, kind, other)
    choices = dispute.choices(engine, labels, pair)
    if choices is None:
        raise _unknown(one, kind, other)
    given = {name: request.args.get(name, "").strip() for name in _FIELDS}
    whole = dispute.read(engine, labels, pair, _filter(given))
    known = labels.of([pair.one, pair.other])
    parties = {pair.one, pair.other}
    between = [d for d in disputes.current() if d.pair.one in parties and d.pair.other in parties]
    return render_template(
        "dispute.html",
        dispute=next((d for d in between if d.pair == pair), Dispute(pair, known[pair.one], known[pair.other])),
        whole=whole,
        choices=choices,
        given=given,
        filtered=urlencode({name: value for name, value in given.items() if value}),
        related=[d for d in between if d.pair != pair],
        here=address(pair),
        feed=address(pair, "disputes.feed"),
    )


@bp.get("/feeds/<path:one>/<any(to,and):kind>/<path:other>")
def feed(one: str, kind: str, other: str) -> Response:
    """Give the statements of a dispute that were published last as an Atom feed (RFC 4287)."""
    engine, labels = site().engine, site().labels
    pair = _pair(one, kind, other)
    entries = dispute.newest(engine, labels, pair, ENTRIES)
    if not entries:
        raise _unknown(one, kind, other)
    known = labels.of([pair.one, pair.other])
    page = address(pair) or ""
    body = render_template(
        "dispute.atom.xml",
        dispute=Dispute(pair, known[pair.one], known[pair.other]),
        id=f"{BASE}disputes/{pair.one.removeprefix(ID)}/{kind}/{pair.other.removeprefix(ID)}",
        page=page,
        here=address(pair, "disputes.feed"),
        entries=entries,
        updated=max((s.published or "" for s in entries), default="") or "1970-01-01",
    )
    response = make_response(_NOT_XML.sub("", body))
    response.content_type = "application/atom+xml; charset=utf-8"
    return response


def _filter(given: dict[str, str]) -> Filter:
    return Filter(
        _resource("speaker", given["speaker"]),
        _resource("outlet", given["outlet"]),
        *(_day(name, given[name]) for name in _DATES),
    )


def _day(name: str, value: str) -> date | None:
    term = _DATES[name].term(value)
    return date.fromisoformat(term.value) if isinstance(term, Literal) else None


def _resource(name: str, value: str) -> str | None:
    if not value or value == NOBODY:
        return value or None
    term = Parameter(name, name, "iri").term(value)
    if not isinstance(term, NamedNode):
        raise BadParameter(name, "must be an IRI")
    return term.value


def _pair(one: str, kind: str, other: str) -> Pair:
    try:
        parties = NamedNode(ID + one).value, NamedNode(ID + other).value
    except ValueError:
        raise _unknown(one, kind, other) from None
    # Talks have no direction: either order leads to them.
    return Pair(True, *sorted(parties)) if kind == "and" else Pair(False, *parties)


def _unknown(one: str, kind: str, other: str) -> NotFound:
    what = "talks about arms between" if kind == "and" else "a delivery of arms from"
    return NotFound(f"Nothing is said here of {what} “{one}” {kind} “{other}”. The front page lists the disputes.")
