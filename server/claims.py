"""The statements of one dispute that pass a filter: from the summaries of the release, else asked of the engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pyoxigraph import Literal, NamedNode

from ontology.terms import XSD
from server.disputes import DAY, PREFIXES, SOURCE, Pair, Told
from server.rows import iris, plain, text
from server.statements import STANCES as OF_PARTIES
from server.store.engine import Engine, Row
from server.store.summary import NOBODY, Wanted

STANCES = {**OF_PARTIES, "Report": "other", "Warning": "other", "Assessment": "other"}
_STANCE = "VALUES (?type ?stance) { " + " ".join(f'(ac:{kind} "{stance}")' for kind, stance in STANCES.items()) + " }"
_ABOUT = f"?statement ac:about ?event ; ac:reportedIn ?article ; a ?type . {_STANCE}"
_COUNTS = "SELECT ?stance (COUNT(DISTINCT ?article) AS ?reports) (COUNT(DISTINCT ?source) AS ?sources)"
_DAYS = "SELECT ?stated (MIN(?day) AS ?first) (MAX(?day) AS ?last)"


@dataclass(frozen=True)
class Filter:
    """Which of a dispute's statements are wanted: by speaker (or body spoken for), outlet and period."""

    speaker: str | None = None
    outlet: str | None = None
    since: date | None = None
    until: date | None = None

    def wanted(self) -> Wanted:
        """Return it as the summaries have it."""
        since, until = (day.isoformat() if day else None for day in (self.since, self.until))
        return Wanted(self.speaker, self.outlet, since, until)

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


class Claims(Protocol):
    """What is said in a dispute, as far as it is wanted."""

    def counts(self) -> Sequence[Told]:
        """Return for each stance `reports` and `sources`."""
        ...

    def days(self) -> Sequence[Told]:
        """Return the `first` and `last` day, by whether they are `stated`."""
        ...

    def first(self, stance: str, most: int) -> Sequence[str]:
        """Return the first statements of a stance, by day."""
        ...

    def counted(self, most: int) -> Sequence[str]:
        """Return the first statements with a quantity, by day."""
        ...

    def newest(self, most: int) -> Sequence[str]:
        """Return the statements that were published last."""
        ...

    def speakers(self) -> Sequence[str]:
        """Return who speaks or is spoken for."""
        ...

    def outlets(self) -> Sequence[str | None]:
        """Return which outlets report it, with None where an article has none."""
        ...

    def unattributed(self) -> bool:
        """Tell whether a statement has no speaker."""
        ...


def of(engine: Engine, pair: Pair, wanted: Filter | None = None) -> Claims:
    """Return what is said in a dispute, as far as it is wanted.

    :raises QueryError: when the engine does not answer.
    """
    wanted = wanted or Filter()
    summary = engine.summary()
    return summary.claims(pair, wanted.wanted(), STANCES) if summary else Asked(engine, pair, wanted)


class Asked:
    """The claims as the engine gives them."""

    def __init__(self, engine: Engine, pair: Pair, wanted: Filter) -> None:
        self._engine = engine
        self._event = event(pair)
        self._passes = wanted.pattern()

    def counts(self) -> list[Told]:
        """Return for each stance `reports` and `sources`."""
        return [plain(row) for row in self._select(_COUNTS, SOURCE, "GROUP BY ?stance")]

    def days(self) -> list[Told]:
        """Return the `first` and `last` day, by whether they are `stated`."""
        rows = self._select(_DAYS, "", "GROUP BY ?stated (BOUND(?day) AS ?dated)")
        return [plain(row) for row in rows if text(row, "first")]

    def first(self, stance: str, most: int) -> list[str]:
        """Return the first statements of a stance, by day."""
        return self._first(f'FILTER(?stance = "{stance}")', most)

    def counted(self, most: int) -> list[str]:
        """Return the first statements with a quantity, by day."""
        return self._first("?statement ac:quantity ?quantity .", most)

    def newest(self, most: int) -> list[str]:
        """Return the statements that were published last."""
        order = f"ORDER BY DESC(?published) DESC(?on) ?statement LIMIT {most}"
        rows = self._select("SELECT DISTINCT ?statement ?published ?on", "", order)
        return list(dict.fromkeys(iris(rows, "statement")))

    def speakers(self) -> list[str]:
        """Return who speaks or is spoken for."""
        return iris(self._said("DISTINCT ?x", "?statement ac:speaker|ac:onBehalfOf ?x }"), "x")

    def outlets(self) -> list[str | None]:
        """Return which outlets report it, with None where an article has none."""
        pattern = "?statement ac:reportedIn ?article . OPTIONAL { ?article schema:publisher ?x } } ORDER BY ?x"
        return [text(row, "x") for row in self._said("DISTINCT ?x", pattern)]

    def unattributed(self) -> bool:
        """Tell whether a statement has no speaker."""
        return bool(self._said("?statement", "FILTER NOT EXISTS { ?statement ac:speaker ?x } } LIMIT 1"))

    def _first(self, extra: str, most: int) -> list[str]:
        order = f"ORDER BY ?day ?article ?statement LIMIT {most}"
        return list(
            dict.fromkeys(iris(self._select("SELECT DISTINCT ?statement ?day ?article", extra, order), "statement"))
        )

    def _select(self, projection: str, extra: str, rest: str) -> list[Row]:
        pattern = f"{self._event} {_ABOUT} {extra} {DAY} {self._passes}"
        return self._engine.select(f"{PREFIXES} {projection} WHERE {{ {pattern} }} {rest}")

    def _said(self, projection: str, rest: str) -> list[Row]:
        pattern = f"{self._event} ?statement ac:about ?event ."
        return self._engine.select(f"{PREFIXES} SELECT {projection} WHERE {{ {pattern} {rest}")


def event(pair: Pair) -> str:
    """Return the part of a query that finds the events of a dispute."""
    one, other = NamedNode(pair.one), NamedNode(pair.other)
    if not pair.talks:
        return f"?event a ac:ArmsTransfer ; ac:supplier {one} ; ac:recipient {other} ."
    # A party may be told as such and as supplier, and would come twice.
    return f"""{{ SELECT DISTINCT ?event WHERE {{
      ?event a ac:TransferTalks ; ac:party|ac:supplier|ac:recipient {one} ; ac:party|ac:supplier|ac:recipient {other} .
    }} }}"""
