"""The overview: what saved queries draw, in the order that their headers give; the first stands on the front page."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from server import charts, tables
from server.charts import Figure
from server.saved_query import SavedQuery
from server.site import asked_release, site
from server.store.engine import QueryError
from server.streaming import ask

bp = Blueprint("overview", __name__)

ROWS = 200  # that are drawn


@dataclass(frozen=True)
class Shown:
    """A saved query and what it draws: nothing where it finds nothing, or an error where the store gave no answer."""

    query: SavedQuery
    figure: Figure | None = None
    cut: bool = False  # whether there are more rows than are drawn
    error: QueryError | None = None


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
    try:
        return site().figures.get(site().engine.release(), key, lambda: _draw(query))
    except QueryError as error:
        return Shown(query, error=error)


def _draw(query: SavedQuery) -> Shown:
    asked = query.query(query.terms({}), limits=site().limits(rows=ROWS), release=site().engine.release())
    table = tables.from_answer(ask(asked, tables.MEDIA_TYPES), site().labels, ROWS)
    return Shown(query, charts.draw(query.view, query.chart, table), table.truncated)
