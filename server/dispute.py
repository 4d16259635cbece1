"""One dispute whole: who alleges, denies and declines in which words, how much, and what is given in return."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyoxigraph import Literal, NamedNode

from ontology.terms import XSD
from server import statements
from server.charts import Mark, Timeline
from server.disputes import DAY, PREFIXES, SOURCE, Count, Day, Pair, count, period
from server.labels import Labels
from server.rows import iris, text
from server.statements import STANCES, Found, Named, Statement
from server.store.engine import Engine, Row
from server.tables import link

SHOWN = 40  # statements in a column
ROWS = 100  # of the other tables
KEY = {
    "allege": "alleges, confirms",
    "deny": "denies",
    "decline": "declines or is silent",
    "report": "says something else",
}
NOBODY = "none"  # the choice of statements without a speaker, of articles without an outlet

_OTHERS = ("Report", "Warning", "Assessment")
_STANCE = (
    "VALUES (?type ?stance) { "
    + " ".join(f'(ac:{kind} "{stance}")' for kind, stance in [*STANCES.items(), *((k, "other") for k in _OTHERS)])
    + " }"
)
_ABOUT = f"?statement ac:about ?event ; ac:reportedIn ?article ; a ?type . {_STANCE}"
_AMOUNT = "?statement ac:quantity ?quantity . ?quantity ac:value ?value ; ac:unit ?unit ."
_AMOUNTS = "SELECT DISTINCT ?statement ?day ?value ?unit ?stance"
_COUNTS = "SELECT ?stance (COUNT(DISTINCT ?article) AS ?reports) (COUNT(DISTINCT ?source) AS ?sources)"


@dataclass(frozen=True)
class Filter:
    """Which of a dispute's statements are wanted: by speaker (or body spoken for), outlet and period."""

    speaker: str | None = None
    outlet: str | None = None
    since: date | None = None
    until: date | None = None

    def pattern(self) -> str:
        """Return the part of a query that lets only these pass; it comes after the day and the speaker are bound."""
        parts = []
        if self.speaker == NOBODY:
            parts.append("FILTER NOT EXISTS { ?statement ac:speaker ?anybody }")
        elif self.speaker:
            parts.append(f"FILTER EXISTS {{ ?statement ac:speaker|ac:onBehalfOf {NamedNode(self.speaker)} }}")
        if self.outlet == NOBODY:
            parts.append("FILTER NOT EXISTS { ?article schema:publisher ?any }")
        elif self.outlet:
            parts.append(f"FILTER EXISTS {{ ?article schema:publisher {NamedNode(self.outlet)} }}")
        for day, sign in ((self.since, ">="), (self.until, "<=")):
            if day:
                parts.append(f"FILTER(?day {sign} {Literal(day.isoformat(), datatype=XSD.date)})")
        return " ".join(parts)


@dataclass(frozen=True)
class Exchange:
    """A transfer that is said to be given for another, in how many reports and by how many sources."""

    given: Named
    received: Named
    count: Count


@dataclass(frozen=True)
class Column:
    """Statements in groups: those that one sentence makes, by several speakers, stand together."""

    groups: Sequence[Sequence[Statement]]
    more: bool = False


@dataclass(frozen=True)
class Whole:
    """What the page of a dispute shows; the columns are keyed 'allege', 'deny', 'decline' and 'other'."""

    columns: Mapping[str, Column]
    counts: Mapping[str, Count]
    first: Day | None
    last: Day | None
    quantities: Found
    amounts: Timeline | None  # those of the quantities that have a day
    exchanges: Sequence[Exchange]

    @property
    def shown(self) -> dict[str, Statement]:
        """The statements of the columns by their IRIs."""
        return {s.iri: s for column in self.columns.values() for group in column.groups for s in group}


@dataclass(frozen=True)
class Choices:
    """What a dispute's statements can be filtered by: speakers and bodies spoken for, and outlets."""

    speakers: Sequence[Named]
    outlets: Sequence[Named]
    unattributed: bool
    unpublished: bool


def choices(engine: Engine, labels: Labels, pair: Pair) -> Choices | None:
    """Return the choices of a dispute; None where nothing is said of the pair.

    :raises QueryError: when the engine does not answer.
    """

    def said(projection: str, rest: str) -> list[Row]:
        return engine.select(
            f"{PREFIXES} SELECT {projection} WHERE {{ {_event(pair)} ?statement ac:about ?event . {rest}"
        )

    outlets = said(
        "DISTINCT ?x", "?statement ac:reportedIn ?article . OPTIONAL { ?article schema:publisher ?x } } ORDER BY ?x"
    )
    if not outlets:
        return None
    named = said("DISTINCT ?x", "?statement ac:speaker|ac:onBehalfOf ?x }")
    unattributed = said("?statement", "FILTER NOT EXISTS { ?statement ac:speaker ?x } } LIMIT 1")
    known = labels.of(iris([*named, *outlets], "x"))
    return Choices(
        _sorted(iris(named, "x"), known),
        _sorted(iris(outlets, "x"), known),
        bool(unattributed),
        any(text(row, "x") is None for row in outlets),
    )


def read(engine: Engine, labels: Labels, pair: Pair, wanted: Filter) -> Whole:
    """Return what is said in a dispute, as far as the filter lets it pass.

    :raises QueryError: when the engine does not answer.
    """
    event, passes = _event(pair), wanted.pattern()

    def select(projection: str, extra: str, rest: str) -> list[Row]:
        return engine.select(f"{PREFIXES} {projection} WHERE {{ {event} {_ABOUT} {extra} {DAY} {passes} }} {rest}")

    counts = {text(row, "stance") or "": count(row) for row in select(_COUNTS, SOURCE, "GROUP BY ?stance")}
    days = select(
        "SELECT ?stated (MIN(?day) AS ?first) (MAX(?day) AS ?last)",
        "",
        "GROUP BY ?stated (BOUND(?day) AS ?dated)",
    )

    def found(extra: str, most: int) -> list[str]:
        rows = select(
            "SELECT DISTINCT ?statement ?day ?article", extra, f"ORDER BY ?day ?article ?statement LIMIT {most + 1}"
        )
        return iris(rows, "statement")

    columns = {stance: found(f'FILTER(?stance = "{stance}")', SHOWN) for stance in counts}
    counted = found("?statement ac:quantity ?quantity .", ROWS)
    wanted_iris = dict.fromkeys(iri for column in [*columns.values(), counted] for iri in column)
    by_iri = {s.iri: s for s in statements.read(engine, labels, list(wanted_iris))}
    first, last = period(days)
    return Whole(
        {stance: _column(_first(column, by_iri, SHOWN)) for stance, column in columns.items()},
        counts,
        first,
        last,
        _first(counted, by_iri, ROWS),
        _amounts(select(_AMOUNTS, _AMOUNT, f"ORDER BY ?day ?statement LIMIT {ROWS}"), by_iri),
        _exchanges(engine, labels, pair),
    )


def _amounts(rows: Sequence[Row], by_iri: Mapping[str, Statement]) -> Timeline | None:
    """Return the numbers by day, with a lane and a scale for each unit."""
    units: dict[str, list[tuple[str, Statement, str, float]]] = defaultdict(list)
    for row in rows:
        statement = by_iri.get(text(row, "statement") or "")
        if statement and (day := text(row, "day")):
            number = float(text(row, "value") or 0)
            units[text(row, "unit") or ""].append((day, statement, text(row, "stance") or "", number))
    lanes, marks = [], []
    for lane, (unit, figures) in enumerate(units.items()):
        most = max(figure for *_, figure in figures)
        lanes.append(f"{unit}, up to {most:,g}")
        for on, statement, stance, figure in figures:
            who = ", ".join(n.label for n in statement.people["speaker"]) or "unattributed"
            colour, share = "report" if stance == "other" else stance, round(100 * figure / (most or 1), 1)
            words = f"{statement.quantity}, {who}"
            marks.append(Mark(on, on, lane, words, link(statement.iri), colour, share=share))
    key = {colour: words for colour, words in KEY.items() if colour in {mark.colour for mark in marks}}
    return Timeline(lanes, marks, key) if marks else None


def newest(engine: Engine, labels: Labels, pair: Pair, most: int) -> list[Statement]:
    """Return the statements of a dispute that were published last.

    :raises QueryError: when the engine does not answer.
    """
    rows = engine.select(
        f"""{PREFIXES} SELECT DISTINCT ?statement ?published ?on WHERE {{ {_event(pair)} {_ABOUT} {DAY} }}
        ORDER BY DESC(?published) DESC(?on) ?statement LIMIT {most}"""
    )
    return statements.read(engine, labels, list(dict.fromkeys(iris(rows, "statement"))))


def _event(pair: Pair) -> str:
    one, other = NamedNode(pair.one), NamedNode(pair.other)
    if not pair.talks:
        return f"?event a ac:ArmsTransfer ; ac:supplier {one} ; ac:recipient {other} ."
    # A party may be told as such and as supplier, and would come twice.
    return f"""{{ SELECT DISTINCT ?event WHERE {{
      ?event a ac:TransferTalks ; ac:party|ac:supplier|ac:recipient {one} ; ac:party|ac:supplier|ac:recipient {other} .
    }} }}"""


def _exchanges(engine: Engine, labels: Labels, pair: Pair) -> list[Exchange]:
    if pair.talks:
        return []
    one, other = NamedNode(pair.one), NamedNode(pair.other)
    rows = engine.select(
        f"""{PREFIXES}
        SELECT ?given ?received (COUNT(DISTINCT ?article) AS ?reports) (COUNT(DISTINCT ?source) AS ?sources) WHERE {{
          {{ ?given ac:supplier {one} ; ac:recipient {other} ; ac:inReturnFor ?received }} UNION
          {{ ?received ac:supplier {one} ; ac:recipient {other} . ?given ac:inReturnFor ?received }}
          ?statement ac:about ?given ; ac:reportedIn ?article . {SOURCE}
        }} GROUP BY ?given ?received ORDER BY DESC(?reports) ?given ?received LIMIT {ROWS}"""
    )
    known = labels.of(iris(rows, "given", "received"))

    def named(row: Row, name: str) -> Named:
        iri = text(row, name) or ""
        return Named(iri, known.get(iri, iri))

    return [Exchange(named(row, "given"), named(row, "received"), count(row)) for row in rows]


def _first(found: Sequence[str], by_iri: Mapping[str, Statement], most: int) -> Found:
    return Found([by_iri[iri] for iri in dict.fromkeys(found[:most])], len(found) > most)


def _column(found: Found) -> Column:
    groups: dict[tuple[object, ...], list[Statement]] = {}
    for s in found.statements:
        alike = (s.article, s.quote, s.kind, s.stated_on, s.stated_until, s.certainty, s.realis, s.review, s.quantity)
        others = [n.iri for role, named in s.people.items() if role not in ("speaker", "onBehalfOf") for n in named]
        groups.setdefault((*alike, *others, *(n.iri for n in s.contradicted_by)), []).append(s)
    return Column(list(groups.values()), found.more)


def _sorted(found: Sequence[str], known: Mapping[str, str]) -> list[Named]:
    return sorted((Named(iri, known[iri]) for iri in dict.fromkeys(found)), key=lambda n: n.label.lower())
