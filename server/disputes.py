"""The disputes of a release: supplier and recipient, with how many allege, deny and decline, as reports and sources."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from server.labels import Labels
from server.rows import plain
from server.site import site
from server.statements import STANCES
from server.store.engine import Engine

PREFIXES = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX schema: <https://schema.org/>
"""
# The day of a statement is the stated one, else its article's. (Truth in words: some engines give numbers for it.)
DAY = """OPTIONAL { ?statement ac:statedOn ?on } OPTIONAL { ?article schema:datePublished ?published }
  BIND(COALESCE(?on, ?published) AS ?day) BIND(IF(BOUND(?on), "true", "false") AS ?stated)"""
SOURCE = """OPTIONAL { ?statement ac:independentSource ?independent }
  OPTIONAL { ?statement ac:onBehalfOf ?behalf } OPTIONAL { ?statement ac:speaker ?speaker }
  BIND(COALESCE(?independent, ?behalf, ?speaker, ?article) AS ?source)"""
STANCE = "VALUES (?type ?stance) { " + " ".join(f'(ac:{kind} "{stance}")' for kind, stance in STANCES.items()) + " }"

# Transfers by direction; talks by their two parties, the lesser IRI first, because they have no direction.
_EVENTS = """{
    ?event a ac:ArmsTransfer ; ac:supplier ?one ; ac:recipient ?other . BIND("false" AS ?talks)
  } UNION {
    ?event a ac:TransferTalks ; ac:party|ac:supplier|ac:recipient ?one, ?other .
    FILTER(STR(?one) < STR(?other)) BIND("true" AS ?talks)
  }"""
DISPUTED = f"{_EVENTS} ?statement ac:about ?event ; ac:reportedIn ?article ; a ?type . {STANCE}"
_COUNTS = f"""{PREFIXES}
SELECT ?talks ?one ?other ?stance (COUNT(DISTINCT ?article) AS ?reports) (COUNT(DISTINCT ?source) AS ?sources)
WHERE {{ {DISPUTED} {SOURCE} }} GROUP BY ?talks ?one ?other ?stance"""
# Of those with a day only: one unbound value makes the least of a group unbound.
_DATES = f"""{PREFIXES}
SELECT ?talks ?one ?other ?stated (MIN(?day) AS ?first) (MAX(?day) AS ?last)
WHERE {{ {DISPUTED} {DAY} FILTER(BOUND(?day)) }} GROUP BY ?talks ?one ?other ?stated"""
_GOODS = f"""{PREFIXES}
SELECT ?talks ?one ?other ?goods (COUNT(DISTINCT ?statement) AS ?times)
WHERE {{ {_EVENTS} ?event ac:materiel ?goods . ?statement ac:about ?event . }}
GROUP BY ?talks ?one ?other ?goods ORDER BY DESC(?times) ?goods"""


Told = Mapping[str, str]  # a row as text, by the names of its variables


class Pair(NamedTuple):
    """What a dispute is about: deliveries from one to the other, or talks between the two (the lesser IRI first)."""

    talks: bool
    one: str
    other: str


class Day(NamedTuple):
    """A day, and whether the text states it; otherwise it is the article's."""

    date: str
    stated: bool


@dataclass(frozen=True)
class Count:
    """How many articles report it, and how many independent sources it rests on."""

    reports: int
    sources: int


@dataclass
class Dispute:
    """One supplier and recipient (or two parties to talks) and what is said of them."""

    pair: Pair
    one: str
    other: str
    goods: Sequence[str] = ()
    counts: dict[str, Count] = field(default_factory=dict)
    first: Day | None = None
    last: Day | None = None

    @property
    def title(self) -> str:
        """'Norway → Iceland', 'Talks between Iceland and Norway'."""
        return f"Talks between {self.one} and {self.other}" if self.pair.talks else f"{self.one} → {self.other}"

    @property
    def reports(self) -> int:
        """All reports of any kind, for the order of the table."""
        return sum(count.reports for count in self.counts.values())


def current() -> list[Dispute]:
    """Return the disputes of the current release, worked out once: for reading only.

    :raises QueryError: when the engine does not answer.
    """
    parts = site()
    return parts.disputes.get(parts.engine.release(), "all", lambda: read(parts.engine, parts.labels))


def read(engine: Engine, labels: Labels) -> list[Dispute]:
    """Return the disputes of the current release, those with most reports first.

    :raises QueryError: when the engine does not answer.
    """
    counts, goods, dates = _read(engine)
    known = labels.of({row[name] for row in [*counts, *goods] for name in ("one", "other", "goods") if name in row})
    named_goods: Mapping[Pair, list[str]] = defaultdict(list)
    for row in goods:
        named_goods[pair_of(row)].append(known[row["goods"]])
    disputes: dict[Pair, Dispute] = {}
    for row in counts:
        pair = pair_of(row)
        dispute = disputes.setdefault(pair, Dispute(pair, known[pair.one], known[pair.other], named_goods[pair]))
        dispute.counts[row["stance"]] = count(row)
    days: Mapping[Pair, list[Told]] = defaultdict(list)
    for row in dates:
        days[pair_of(row)].append(row)
    for pair, dispute in disputes.items():
        dispute.first, dispute.last = period(days[pair])
    return sorted(disputes.values(), key=lambda d: (-d.reports, d.one, d.other, d.pair.talks))


def _read(engine: Engine) -> list[list[Told]]:
    """Return counts, goods and days of all disputes, as `_COUNTS`, `_GOODS` and `_DATES` ask for them."""
    summary = engine.summary()
    if summary:
        counted = summary.counts(STANCES), summary.goods(), summary.days(STANCES)
        return [[dict(row) for row in rows] for rows in counted]
    return [[plain(row) for row in engine.select(query)] for query in (_COUNTS, _GOODS, _DATES)]


def count(row: Told) -> Count:
    """Return what a row counts as `?reports` and `?sources`."""
    return Count(int(row["reports"]), int(row["sources"]))


def period(rows: Sequence[Told]) -> tuple[Day | None, Day | None]:
    """Return the first and the last day of rows that give `?first` and `?last` by `?stated`; stated ones come first."""
    stated = {row["stated"] == "true": row for row in rows}
    first = [Day(day, s) for s in (True, False) if s in stated and (day := stated[s].get("first"))]
    last = [Day(day, s) for s in (True, False) if s in stated and (day := stated[s].get("last"))]
    return min(first, key=lambda d: d.date, default=None), max(last, key=lambda d: d.date, default=None)


def pair_of(row: Told) -> Pair:
    """Return the dispute that a row names by `?talks`, `?one` and `?other`."""
    return Pair(row["talks"] == "true", row["one"], row["other"])
