"""Reading the summaries of a release (`server.store.summaries`): its lists in their order, its counts, page by page."""

# ruff: noqa: S608 - what queries are put together of is ours; what comes from outside is bound

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ontology.terms import AC
from server.store.summaries import ABOUT, BY, FILE, VERSION

SAID = {"by": BY, "about": ABOUT}
NOBODY = "none"  # in a filter: statements without a speaker, articles without an outlet

Row = Mapping[str, Any]

TALKS = "IIF(talks, 'true', 'false') AS talks"  # as SPARQL writes them
STATED = "IIF(s.said <> '', 'true', 'false') AS stated"

_SAID = """SELECT n.iri FROM mention m JOIN statement s ON s.id = m.statement
  JOIN node n ON n.id = s.id JOIN node a ON a.id = s.article
WHERE m.thing = (SELECT id FROM node WHERE iri = ?) AND m.role = ? ORDER BY m.day, a.iri, n.iri LIMIT ?"""
_EVENTS = """SELECT DISTINCT n.iri AS event, e.class, e.first AS start, e.last AS end
FROM part p JOIN event e ON e.id = p.event
  JOIN node n ON n.id = e.id
WHERE p.thing = (SELECT id FROM node WHERE iri = ?) AND p.role <> 'target'
ORDER BY e.first, n.iri, e.last LIMIT ?"""
_PAIR = """one = (SELECT id FROM node WHERE iri = :one) AND other = (SELECT id FROM node WHERE iri = :other)
  AND talks = :talks"""
# The statements on an event of a dispute, as far as a filter lets them pass.
_CLAIMS = f"""SELECT DISTINCT s.id, s.kind, s.article, s.said, s.published, s.day, s.attributed, s.counted
  FROM disputed d JOIN about b ON b.event = d.event JOIN statement s ON s.id = b.statement WHERE {_PAIR} {{passes}}"""
_COUNTS = f"""SELECT {TALKS}, one.iri AS one, other.iri AS other, s.kind, s.article, x.source
FROM disputed d JOIN about b ON b.event = d.event JOIN statement s ON s.id = b.statement
  JOIN source x ON x.statement = s.id JOIN node one ON one.id = d.one JOIN node other ON other.id = d.other"""
_GOODS = f"""SELECT {TALKS}, one.iri AS one, other.iri AS other, g.iri AS goods, COUNT(DISTINCT b.statement) AS times
FROM disputed d JOIN part p ON p.event = d.event AND p.role = 'materiel' JOIN about b ON b.event = d.event
  JOIN node one ON one.id = d.one JOIN node other ON other.id = d.other JOIN node g ON g.id = p.thing
GROUP BY d.talks, d.one, d.other, p.thing ORDER BY times DESC, g.iri"""
_OPTIONS = """SELECT n.iri AS value, m.label FROM member m JOIN thing t ON t.id = m.thing JOIN node n ON n.id = t.id
WHERE t.named AND m.label <> '' AND m.class IN (SELECT id FROM node WHERE iri IN ({holders})) LIMIT ?"""
# A page far back: its labels by the index alone, then only what has one of these labels is looked up and sorted.
_MEMBERS = """WITH class AS (SELECT id FROM node WHERE iri = :iri),
  page AS (SELECT label FROM member WHERE class = (SELECT id FROM class) ORDER BY label LIMIT :most OFFSET :offset),
  ends AS (SELECT MIN(label) AS first, MAX(label) AS last FROM page)
SELECT n.iri AS x, m.label FROM member m JOIN node n ON n.id = m.thing
WHERE m.class = (SELECT id FROM class) AND m.label BETWEEN (SELECT first FROM ends) AND (SELECT last FROM ends)
ORDER BY m.label, n.iri LIMIT :most OFFSET :offset - (
  SELECT COUNT(*) FROM member WHERE class = (SELECT id FROM class) AND label < (SELECT first FROM ends))"""
_THINGS = """node n WHERE EXISTS (SELECT 1 FROM member m
  WHERE m.thing = n.id AND m.class IN (SELECT id FROM node WHERE iri IN ({holders})))"""
_NEWEST = """SELECT n.iri AS article, a.headline, o.iri AS outlet, a.published AS date,
  (SELECT COUNT(*) FROM statement s WHERE s.article = a.id) AS statements
FROM article a JOIN node n ON n.id = a.id LEFT JOIN node o ON o.id = a.outlet
WHERE a.headline IS NOT NULL ORDER BY a.published DESC, n.iri LIMIT ?"""


@dataclass(frozen=True)
class Wanted:
    """Which statements of a dispute: of a speaker (or body spoken for), of an outlet, between two days."""

    speaker: str | None = None
    outlet: str | None = None
    since: str | None = None
    until: str | None = None

    def passes(self) -> str:
        """Return the conditions on a statement `s`."""
        parts = []
        if self.speaker == NOBODY:
            parts.append("AND NOT s.attributed")
        elif self.speaker:
            parts.append(
                "AND s.id IN (SELECT statement FROM voice WHERE actor = (SELECT id FROM node WHERE iri = :speaker))"
            )
        if self.outlet == NOBODY:
            parts.append("AND s.article NOT IN (SELECT id FROM article WHERE outlet IS NOT NULL)")
        elif self.outlet:
            parts.append(
                "AND s.article IN (SELECT id FROM article WHERE outlet = (SELECT id FROM node WHERE iri = :outlet))"
            )
        if self.since:
            parts.append("AND s.day >= :since")
        if self.until:
            parts.append("AND s.day <> '' AND s.day <= :until")
        return " ".join(parts)


class Summary:
    """The summaries of one release; safe for threads."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"

    @classmethod
    def of(cls, dumps: Path) -> "Summary | None":
        """Return the summaries among the dumps of a release; None where there are none that we can read."""
        if not (dumps / FILE).is_file():
            return None
        summary = cls(dumps / FILE)
        return summary if summary._rows("PRAGMA user_version")[0]["user_version"] == VERSION else None

    def said(self, iri: str, which: str, most: int) -> list[str]:
        """Return the first statements 'by' or 'about' something, by day."""
        return [row["iri"] for row in self._rows(_SAID, (iri, SAID[which], most))]

    def events(self, iri: str, most: int) -> list[Row]:
        """Return the first events in which something takes part: `event`, `type`, `start` and `end`."""
        return [
            {"event": row["event"], "type": AC[row["class"]].value}
            | {name: row[name] for name in ("start", "end") if row[name]}
            for row in self._rows(_EVENTS, (iri, most))
        ]

    def counts(self, stances: Mapping[str, str]) -> list[Row]:
        """Return for each dispute and stance `reports` and `sources`.

        :param stances: kinds of statements to stances; others do not count.
        """
        stance, values = _stance(stances)
        return self._rows(
            f"""SELECT talks, one, other, {stance} AS stance, COUNT(DISTINCT article) AS reports,
              COUNT(DISTINCT source) AS sources FROM ({_COUNTS}) AS s WHERE stance IS NOT NULL
            GROUP BY talks, one, other, stance""",
            values,
        )

    def days(self, stances: Mapping[str, str]) -> list[Row]:
        """Return for each dispute the `first` and the `last` day, those that are `stated` and those of articles."""
        stance, values = _stance(stances)
        return self._rows(
            f"""SELECT {TALKS}, one.iri AS one, other.iri AS other, {STATED}, MIN(s.day) AS first,
              MAX(s.day) AS last, {stance} AS stance
            FROM disputed d JOIN about b ON b.event = d.event JOIN statement s ON s.id = b.statement
              JOIN node one ON one.id = d.one JOIN node other ON other.id = d.other
            WHERE s.day <> '' AND stance IS NOT NULL GROUP BY d.talks, d.one, d.other, stated""",
            values,
        )

    def goods(self) -> list[Row]:
        """Return for each dispute its `goods`, and how many times something is said of them, the most first."""
        return self._rows(_GOODS)

    def claims(self, pair: tuple[bool, str, str], wanted: Wanted, stances: Mapping[str, str]) -> "Claims":
        """Return what is said in one dispute, as far as it is wanted."""
        return Claims(self, pair, wanted, stances)

    def classes(self) -> list[tuple[str, int]]:
        """Return the classes that things of ours are of, and how many each has."""
        rows = self._rows("SELECT term, number FROM tally WHERE of = 'ours' ORDER BY term")
        return [(row["term"], row["number"]) for row in rows]

    def tally(self, of: str) -> dict[str, int]:
        """Return the number of triples by 'property', or of things by 'class'."""
        return {
            row["term"]: row["number"]
            for row in self._rows("SELECT term, number FROM tally WHERE of = ? ORDER BY term", (of,))
        }

    def members(self, iri: str, most: int, offset: int) -> list[tuple[str, str]]:
        """Return members of a class with their labels ('' where there is none), by label."""
        return [(row["x"], row["label"]) for row in self._rows(_MEMBERS, {"iri": iri, "most": most, "offset": offset})]

    def options(self, classes: Sequence[str], most: int) -> list[tuple[str, str]]:
        """Return things of these classes that articles name, with their labels, by label."""
        query = _OPTIONS.format(holders=", ".join("?" * len(classes)))
        found = {(row["value"], row["label"]) for row in self._rows(query, (*classes, most))}
        return sorted(found, key=lambda one: (one[1].lower(), one[0]))

    def newest(self, most: int) -> list[Row]:
        """Return the articles of the last days: `article`, `headline`, `outlet`, `date`, and how many `statements`."""
        return self._rows(_NEWEST, (most,))

    def totals(self) -> dict[str, int]:
        """Return how many articles and statements there are."""
        row = self._rows(
            "SELECT (SELECT COUNT(*) FROM article) AS articles, (SELECT COUNT(*) FROM statement) AS statements"
        )[0]
        return dict(row)

    def number(self, classes: Sequence[str]) -> int:
        """Return how many things of ours are of any of these classes."""
        holders = ", ".join("?" * len(classes))
        query = f"""SELECT COUNT(DISTINCT thing) AS number FROM member
        WHERE class IN (SELECT id FROM node WHERE iri IN ({holders}))"""
        return int(self._rows(query, classes)[0]["number"])

    def things(self, classes: Sequence[str], most: int, since: str = "") -> list[str]:
        """Return things of ours that are of any of these classes, by their IRIs, from one on."""
        query = f"SELECT n.iri FROM {_THINGS.format(holders=', '.join('?' * len(classes)))} AND n.iri >= ?"
        rows = self._rows(f"{query} ORDER BY n.iri LIMIT ?", (*classes, since, most))
        return [row["iri"] for row in rows]

    def every(self, classes: Sequence[str], step: int) -> list[str]:
        """Return the first and then each so-manieth of `things`, where parts of them begin."""
        things = _THINGS.format(holders=", ".join("?" * len(classes)))
        query = f"SELECT n.iri, ROW_NUMBER() OVER (ORDER BY n.iri) AS place FROM {things}"
        rows = self._rows(f"SELECT iri FROM ({query}) WHERE place % ? = 1 ORDER BY iri", (*classes, step))
        return [row["iri"] for row in rows]

    def _rows(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        with closing(sqlite3.connect(self._address, uri=True)) as database:
            found = database.execute(query, values)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found]


class Claims:
    """The statements of one dispute that pass a filter."""

    def __init__(
        self, summary: Summary, pair: tuple[bool, str, str], wanted: Wanted, stances: Mapping[str, str]
    ) -> None:
        self._summary = summary
        stance, self._values = _stance(stances)
        claims = _CLAIMS.format(passes=wanted.passes())
        self._claims = f"WITH s AS ({claims}), c AS (SELECT *, {stance} AS stance FROM s)"
        talks, one, other = pair
        self._values |= {
            **{"talks": talks, "one": one, "other": other, "speaker": wanted.speaker},
            **{"outlet": wanted.outlet, "since": wanted.since, "until": wanted.until},
        }

    def counts(self) -> list[Row]:
        """Return for each stance `reports` and `sources`."""
        return self._rows(
            """SELECT stance, COUNT(DISTINCT article) AS reports, COUNT(DISTINCT source) AS sources
            FROM c JOIN source x ON x.statement = c.id WHERE stance IS NOT NULL GROUP BY stance"""
        )

    def days(self) -> list[Row]:
        """Return the `first` and `last` day, by whether they are `stated`."""
        return self._rows(
            f"""SELECT {STATED}, MIN(day) AS first, MAX(day) AS last FROM c AS s
            WHERE stance IS NOT NULL AND day <> '' GROUP BY stated"""
        )

    def first(self, stance: str, most: int) -> list[str]:
        """Return the first statements of a stance, by day."""
        return self._statements("stance = :stance", most, stance=stance)

    def counted(self, most: int) -> list[str]:
        """Return the first statements with a quantity, by day."""
        return self._statements("counted AND stance IS NOT NULL", most)

    def newest(self, most: int) -> list[str]:
        """Return the statements that were published last."""
        rows = self._rows(
            """SELECT n.iri FROM c JOIN node n ON n.id = c.id WHERE stance IS NOT NULL
            ORDER BY published DESC, said DESC, n.iri LIMIT :most""",
            most=most,
        )
        return [row["iri"] for row in rows]

    def speakers(self) -> list[str]:
        """Return who speaks or is spoken for."""
        return [
            row["iri"]
            for row in self._rows(
                "SELECT DISTINCT n.iri FROM c JOIN voice v ON v.statement = c.id JOIN node n ON n.id = v.actor"
            )
        ]

    def outlets(self) -> list[str | None]:
        """Return which outlets report it, with None where an article has none."""
        return [
            row["iri"]
            for row in self._rows(
                """SELECT DISTINCT n.iri FROM c LEFT JOIN article a ON a.id = c.article
                LEFT JOIN node n ON n.id = a.outlet ORDER BY n.iri"""
            )
        ]

    def unattributed(self) -> bool:
        """Tell whether a statement has no speaker."""
        return bool(self._rows("SELECT 1 FROM c WHERE NOT attributed LIMIT 1"))

    def _statements(self, condition: str, most: int, **values: Any) -> list[str]:
        rows = self._rows(
            f"""SELECT n.iri FROM c JOIN node n ON n.id = c.id JOIN node a ON a.id = c.article
            WHERE {condition} ORDER BY day, a.iri, n.iri LIMIT :most""",
            most=most,
            **values,
        )
        return [row["iri"] for row in rows]

    def _rows(self, query: str, **values: Any) -> list[Row]:
        return self._summary._rows(f"{self._claims} {query}", self._values | values)


def _stance(stances: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return an expression for the stance of a statement `s`, and its values."""
    names = {kind: f"kind{number}" for number, kind in enumerate(stances)}
    cases = " ".join(f"WHEN :{name} THEN :{name}_" for name in names.values())
    values: dict[str, Any] = {name: kind for kind, name in names.items()}
    values |= {f"{name}_": stances[kind] for kind, name in names.items()}
    return f"CASE s.kind {cases} END", values
