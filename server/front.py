"""The front page: what this is, the disputes, the newest articles and where to ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from server import disputes, overview
from server.rows import plain
from server.saved_query import by_group
from server.site import site

bp = Blueprint("front", __name__)

NEWEST = 10  # articles
DISPUTES = 50

_NEWEST = f"""PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX schema: <https://schema.org/>
SELECT ?article ?headline ?outlet ?date (COUNT(?s) AS ?statements) WHERE {{
  ?article a ac:Article ; schema:headline ?headline .
  OPTIONAL {{ ?article schema:publisher ?outlet }}
  OPTIONAL {{ ?article schema:datePublished ?date }}
  OPTIONAL {{ ?s ac:reportedIn ?article }}
}} GROUP BY ?article ?headline ?outlet ?date ORDER BY DESC(?date) ?article LIMIT {NEWEST}"""
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
    summary = engine.summary()
    rows = summary.newest(NEWEST) if summary else [plain(row) for row in engine.select(_NEWEST)]
    totals = summary.totals() if summary else plain(engine.select(_TOTALS)[0])
    outlets = labels.of(outlet for row in rows if (outlet := dict(row).get("outlet")))
    return render_template(
        "front.html",
        disputes=disputes.current(),
        most=DISPUTES,
        figures=overview.figures(first=True),
        articles=[_article(dict(row), outlets) for row in rows],
        totals={name: int(totals[name]) for name in ("articles", "statements")},
        groups=by_group(site().queries.values()),
    )


def _article(row: Mapping[str, Any], outlets: dict[str, str]) -> Article:
    return Article(
        row["article"],
        row["headline"],
        outlets.get(row.get("outlet") or ""),
        row.get("date") or None,
        int(row["statements"]),
    )
