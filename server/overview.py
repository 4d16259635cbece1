"""The overview: what saved queries draw, in the order that their headers give; the first stands on the front page."""

from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request

from server import charts, tables
from server.caching import PerRelease
from server.charts import Figure
from server.saved_query import SavedQuery
from server.site import asked_release, site
from server.store.engine import Query, QueryError, TimedOut
from server.streaming import ask

bp = Blueprint("overview", __name__)

ROWS = 200  # that are drawn
PATIENCE = 1.0  # seconds that a page waits for a drawing whose rows are still being worked out for a large release

_late: PerRelease[bool] = PerRelease()  # those that took longer


@dataclass(frozen=True)
class Shown:
    """A saved query and what it draws: nothing where it finds nothing, or an error where the store gave no answer.

    Where `waits`, its rows are still being worked out for this release.
    """

    query: SavedQuery
    figure: Figure | None = None
    cut: bool = False  # whether there are more rows than are drawn
    error: QueryError | None = None
    waits: bool = False


@bp.get("/overview")
def overview() -> str:
    """Show what the saved queries with a place on the overview draw."""
    return render_template("overview.html", figures=figures())


def figures(first: bool = False) -> list[Shown]:
    """Return what the saved queries of the overview draw of the release, or only the first of them."""
    placed = sorted((query.overview, name) for name, query in site().queries.items() if query.overview is not None)
    return [_shown(site().queries[name]) for _, name in placed[: 1 if first else None]]


def _shown(query: SavedQuery) -> Shown:
    # The links lead to where the reader is: below a prefix, or in an older release.
    key = (query.name, request.script_root, asked_release())
    release = site().engine.release()
    try:
        return site().figures.get(release, key, lambda: _draw(query, release))
    except _Late:
        return Shown(query, waits=True)
    except QueryError as error:
        return Shown(query, error=error)


class _Late(Exception):
    """No page waits so long; the figure is drawn when its rows lie ready."""


def _draw(query: SavedQuery, release: str) -> Shown:
    """Return what it draws.

    :raises _Late: where its rows will lie ready, do not yet, and take long.
    """
    engine = site().engine
    asked = query.query(query.terms({}), limits=site().limits(rows=ROWS), release=release)
    if asked_release() or engine.summary(release) is None or engine.is_prepared(asked):
        return _answered(query, asked)
    key = (site().settings.data, query.name)
    if _late.get(release, key, lambda: False):
        raise _Late
    try:
        return _answered(query, replace(asked, limits=site().limits(PATIENCE, ROWS)))
    except TimedOut:
        _late.put(release, key, True)
        raise _Late from None


def _answered(query: SavedQuery, asked: Query) -> Shown:
    table = tables.from_answer(ask(asked, tables.MEDIA_TYPES), site().labels, ROWS)
    return Shown(query, charts.draw(query.view, query.chart, table), table.truncated)
