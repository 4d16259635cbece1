"""What every template may use: the site's title and release, links for IRIs, dates and formats."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, url_for

from server import reading
from server.dispute_pages import address
from server.site import asked_release, site
from server.store.engine import QueryError
from server.tables import link

STATIC = Path(__file__).resolve().parent / "static"


def init_app(app: Flask) -> None:
    """Give the templates their globals and filters."""
    app.context_processor(_context)
    app.jinja_env.filters["link"] = link
    app.jinja_env.filters["in_words"] = in_words
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["has_asset"] = lambda name: (STATIC / name).exists()
    app.jinja_env.globals["dispute_address"] = address
    app.jinja_env.globals["asked_release"] = asked_release


def in_words(variable: str) -> str:
    """Return the name of a variable as a heading: 'stated on' for statedOn, 'supplier' for supplierLabel."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", variable).lower()
    return words.removesuffix(" label") or words


def asset(name: str) -> str:
    """Return the address of a static file, with a digest that changes when the file does."""
    return url_for("static", filename=name, v=_digest(name, (STATIC / name).stat().st_mtime_ns))


@cache
def _digest(name: str, _changed: int) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def _context() -> dict[str, Any]:
    return {
        "site_title": site().settings.title,
        "release": _release,
        "history": site().mirror is None,  # whether older releases can be read
        "banner": reading.banner,
    }


def _release() -> str | None:
    """The release that pages are made from; None where there is none, so that error pages can be made too."""
    try:
        return site().engine.release()
    except QueryError:
        return None
