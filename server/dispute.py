"""One dispute whole: who alleges, denies and declines in which words, how much, and what is given in return."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from server import claims, statements
from server.charts import Mark, Timeline
from server.claims import STANCES, Filter
from server.disputes import PREFIXES, SOURCE, Count, Day, Pair, count, period
from server.labels import Labels
from server.rows import iris, plain, text
from server.statements import Found, Named, Statement
from server.store.engine import Engine
from server.tables import link

SHOWN = 25  # statements in a column
ROWS = 100  # of the other tables
KEY = {
    "allege": "alleges, confirms",
    "deny": "denies",
    "decline": "declines or is silent",
    "report": "says something else",
}

_EXCHANGED = f"""{PREFIXES}
SELECT DISTINCT ?given ?received WHERE {{{{
  ?given ac:inReturnFor ?received .
  {{{{ ?given ac:supplier {{one}} ; ac:recipient {{other}} }}}} UNION
  {{{{ ?received ac:supplier {{one}} ; ac:recipient {{other}} }}}}
}}}} ORDER BY ?given ?received"""
_REPORTS = f"""{PREFIXES}
SELECT ?given (COUNT(DISTINCT ?article) AS ?reports) (COUNT(DISTINCT ?source) AS ?sources) WHERE {{{{
  VALUES ?given {{{{ {{iris}} }}}}
  ?statement ac:about ?given ; ac:reportedIn ?article . {SOURCE.replace("{", "{{").replace("}", "}}")}
}}}} GROUP BY ?given"""
_AMOUNTS = f"""{PREFIXES} SELECT ?statement ?value ?unit WHERE {{{{ VALUES ?statement {{{{ {{iris}} }}}}
  ?statement ac:quantity ?quantity . ?quantity ac:value ?value ; ac:unit ?unit .
}}}} ORDER BY ?statement ?value ?unit"""


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
    said = claims.of(engine, pair)
    speakers, told_by = said.speakers(), said.outlets()
    if not told_by:
        return None
    outlets = [iri for iri in told_by if iri]
    known = labels.of([*speakers, *outlets])
    return Choices(_sorted(speakers, known), _sorted(outlets, known), said.unattributed(), None in told_by)


def read(engine: Engine, labels: Labels, pair: Pair, wanted: Filter) -> Whole:
    """Return what is said in a dispute, as far as the filter lets it pass.

    :raises QueryError: when the engine does not answer.
    """
    said = claims.of(engine, pair, wanted)
    counts = {row["stance"]: count(row) for row in said.counts()}
    columns = {stance: said.first(stance, SHOWN + 1) for stance in counts}
    counted = said.counted(ROWS + 1)
    wanted_iris = dict.fromkeys(iri for column in [*columns.values(), counted] for iri in column)
    by_iri = {s.iri: s for s in statements.read(engine, labels, list(wanted_iris))}
    first, last = period(said.days())
    quantities = _first(counted, by_iri, ROWS)
    return Whole(
        {stance: _column(_first(column, by_iri, SHOWN)) for stance, column in columns.items()},
        counts,
        first,
        last,
        quantities,
        _amounts(engine, quantities.statements),
        _exchanges(engine, labels, pair),
    )


def _amounts(engine: Engine, counted: Sequence[Statement]) -> Timeline | None:
    """Return the numbers by day, with a lane and a scale for each unit."""
    units: dict[str, list[tuple[str, Statement, str, float]]] = defaultdict(list)
    figures_of = statements.by_iri(engine, _AMOUNTS, [s.iri for s in counted if s.day], "statement")
    for statement in counted:
        for row in figures_of.get(statement.iri, ()):
            told = (statement.day or "", statement, STANCES[statement.kind], float(text(row, "value") or 0))
            units[text(row, "unit") or ""].append(told)
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
    return statements.read(engine, labels, claims.of(engine, pair).newest(most))


def _exchanges(engine: Engine, labels: Labels, pair: Pair) -> list[Exchange]:
    if pair.talks:
        return []
    rows = engine.select(_EXCHANGED.format(one=NamedNode(pair.one), other=NamedNode(pair.other)))
    reports = statements.by_iri(engine, _REPORTS, list(dict.fromkeys(iris(rows, "given"))), "given")
    known = labels.of(iris(rows, "given", "received"))
    found = []
    for row in rows:
        given, received = text(row, "given") or "", text(row, "received") or ""
        for counted in reports.get(given, ()):
            exchanged = Named(given, known.get(given, given)), Named(received, known.get(received, received))
            found.append(Exchange(*exchanged, count(plain(counted))))
    return sorted(found, key=lambda one: -one.count.reports)[:ROWS]


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
