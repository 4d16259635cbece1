"""The front page: what this is, the disputes, the newest articles and where to ask."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from server import disputes, overview
from server.rows import iris, text
from server.saved_query import by_group
from server.site import site
from server.store.engine import Row

bp = Blueprint("front", __name__)

_NEWEST = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX schema: <https://schema.org/>
SELECT ?article ?headline ?outlet ?date (COUNT(?s) AS ?statements) WHERE {
  ?article a ac:Article ; schema:headline ?headline .
  OPTIONAL { ?article schema:publisher ?outlet }
  OPTIONAL { ?article schema:datePublished ?date }
  OPTIONAL { ?s ac:reportedIn ?article }
} GROUP BY ?article ?headline ?outlet ?date ORDER BY DESC(?date) ?article LIMIT 10"""
_TOTALS = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
SELECT ?articles ?statements WHERE {
  { SELECT (COUNT(*) AS ?articles) WHERE { ?a a ac:Article } }
  { SELECT (COUNT(*) AS ?statements) WHERE { ?s ac:reportedIn ?b } }
}"""


@dataclass(frozen=True)
class Article:
    """An article of the list of the newest."""

    iri: str
    headline: str
    outlet: str | None
    date: str | None
    statements: int


@bp.get("/")
def front() -> str:
    """Show the front page."""
    engine, labels = site().engine, site().labels
    rows = engine.select(_NEWEST)
    outlets = labels.of(iris(rows, "outlet"))
    totals = engine.select(_TOTALS)[0]
    return render_template(
        "front.html",
        disputes=disputes.current(),
        figures=overview.figures(first=True),
        articles=[_article(row, outlets) for row in rows],
        totals={name: int(text(totals, name) or 0) for name in ("articles", "statements")},
        groups=by_group(site().queries.values()),
    )


def _article(row: Row, outlets: dict[str, str]) -> Article:
    outlet = text(row, "outlet")
    return Article(
        text(row, "article") or "",
        text(row, "headline") or "",
        outlets.get(outlet) if outlet else None,
        text(row, "date"),
        int(text(row, "statements") or 0),
    )
