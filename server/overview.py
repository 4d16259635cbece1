"""The front page's timeline: meetings, and what is said in the disputes, a dot for each day and stance."""

from collections.abc import Sequence
from datetime import date, timedelta

from server.charts import Mark, Timeline, timeline
from server.dispute_pages import address
from server.disputes import DAY, DISPUTED, PREFIXES, Dispute, pair_of
from server.labels import Labels
from server.rows import iris, text
from server.store.engine import Engine
from server.tables import Cell, link

LANES = 6  # disputes
MOST_DAYS = 200
MOST_MEETINGS = 40
BEFORE = timedelta(days=90)  # how long before the first statement a meeting may have been
WORDS = {"allege": "alleging or confirming", "deny": "denying", "decline": "declining or silent"}

_DAYS = f"""{PREFIXES}
SELECT ?talks ?one ?other ?stance ?day (COUNT(DISTINCT ?statement) AS ?times) WHERE {{
  {DISPUTED} {DAY} FILTER(BOUND(?day))
}} GROUP BY ?talks ?one ?other ?stance ?day ORDER BY DESC(?day) ?one ?other ?stance LIMIT {MOST_DAYS}"""
# Described by several articles, a meeting begins on the first of the days that they give.
_MEETINGS = f"""{PREFIXES}
SELECT ?meeting (MIN(?start) AS ?day) WHERE {{
  VALUES ?kind {{ ac:Meeting ac:Visit ac:Summit ac:Talks }}
  ?meeting a ?kind ; ac:startDate ?start . FILTER EXISTS {{ ?statement ac:about ?meeting }}
}} GROUP BY ?meeting ORDER BY DESC(?day) ?meeting LIMIT {MOST_MEETINGS}"""


def read(engine: Engine, labels: Labels, disputes: Sequence[Dispute]) -> Timeline | None:
    """Return the timeline of the first of these disputes and of the latest meetings; None where there are no days.

    :raises QueryError: when the engine does not answer.
    """
    lanes = {dispute.pair: dispute for dispute in disputes[:LANES]}
    marks = []
    for row in engine.select(_DAYS):
        dispute, day = lanes.get(pair_of(row)), _day(text(row, "day"))
        if dispute and day:
            stance, times = text(row, "stance") or "", int(text(row, "times") or 0)
            said = f"{times} {'statement' if times == 1 else 'statements'} {WORDS[stance]}"
            href = address(dispute.pair, **{"from": day.isoformat(), "until": day.isoformat()})
            marks.append(Mark(day, dispute.title, [Cell(f"{dispute.title}: {said}", href=href)], stance))
    first = min((mark.day for mark in marks), default=date.min + BEFORE)
    meetings = engine.select(_MEETINGS)
    known = labels.of(iris(meetings, "meeting"))
    for row in meetings:
        iri, day = text(row, "meeting") or "", _day(text(row, "day"))
        if day and day >= first - BEFORE:
            marks.append(Mark(day, "Meetings", [Cell(known[iri], iri, link(iri))], "report"))
    order = [dispute.title for dispute in lanes.values()] + ["Meetings"]
    drawn = timeline(marks, len(marks))
    if drawn is None:
        return None
    return Timeline({lane: drawn.lanes[lane] for lane in order if lane in drawn.lanes}, drawn.ticks, drawn.left)


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        return None
