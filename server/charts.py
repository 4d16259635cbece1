"""What a result shows as bars, a timeline, a network or a map: the figures that static/charts.js draws with D3.

The header of a saved query says which columns go where (docs/saved-queries.md). Cells with no value take no part. What
is drawn also stands in a table or list of the same page, which is all that there is without scripts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from server.saved_query import MUTUAL, columns
from server.statements import STANCES
from server.tables import LABEL, Cell, Table

Chart = Mapping[str, tuple[str, ...]]
MOST_LANES = 30
MOST_NODES = 80

# The colour of a kind: a stance of the stylesheet. Kinds without one take those that are left, in their order.
COLOURS = {"accuses": "allege", "denies": "deny", "met": "report", "took place": "report"} | {
    kind.lower(): stance for kind, stance in STANCES.items()
}
OTHERS = ("report", "decline", "deny", "allege")


@dataclass(frozen=True)
class Bar:
    """What some bars are of, and how long they are; None where there is no number."""

    text: str
    href: str | None
    values: Sequence[float | None]


@dataclass(frozen=True)
class Bars:
    """Bars by what they are of, in groups that have a scale of their own; `names` are those of the values."""

    view: ClassVar[str] = "bar"
    names: Sequence[str]
    groups: Sequence[tuple[str, Sequence[Bar]]]


@dataclass(frozen=True)
class Mark:
    """What a timeline shows from a day until a day, in words, in a lane (by its number), in a colour.

    A day that is not known is None: an open end. `share` is an amount in percent of the greatest of the lane.
    """

    day: str | None
    until: str | None
    lane: int
    text: str
    href: str | None = None
    colour: str = "report"
    weight: float = 1
    share: float | None = None


@dataclass(frozen=True)
class Timeline:
    """Marks in lanes; `key` gives the meanings of their colours, `left` counts what has no day or no lane."""

    view: ClassVar[str] = "timeline"
    lanes: Sequence[str]
    marks: Sequence[Mark]
    key: Mapping[str, str]
    left: int = 0


@dataclass(frozen=True)
class Node:
    """Somebody in a network."""

    text: str
    href: str | None


@dataclass(frozen=True)
class Edge:
    """A tie from a node to another, by their numbers: its kind, its weight and what rows say of it."""

    source: int
    target: int
    kind: str
    colour: str
    mutual: bool
    weight: float
    words: str


@dataclass(frozen=True)
class Network:
    """Who is tied to whom; `left` counts the ties that are not drawn."""

    view: ClassVar[str] = "network"
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    key: Mapping[str, str]
    left: int = 0


@dataclass(frozen=True)
class Point:
    """A place: degrees east and north, its name and how many rows name it."""

    longitude: float
    latitude: float
    text: str
    href: str | None = None
    times: int = 1
    colour: str = "report"
    kind: str = ""


@dataclass(frozen=True)
class Map:
    """Places on a map."""

    view: ClassVar[str] = "map"
    points: Sequence[Point]
    key: Mapping[str, str]


Figure = Bars | Timeline | Network | Map


def draw(view: str, chart: Chart, table: Table) -> Figure | None:
    """Return what a view draws of a table; None for a view that is a table and where there is nothing to draw."""
    if not table.rows or table.boolean is not None:
        return None
    rows = [_Row(dict(zip(table.columns, row, strict=True))) for row in table.rows]
    match view:
        case "bar":
            return _bars(rows, chart)
        case "timeline":
            return _timeline(rows, chart)
        case "network":
            return _network(rows, chart)
        case "map":
            return _map(rows, chart)
    return None


class _Row:
    """The cells of a row by column; a column that is shown in another is found by its own name too."""

    def __init__(self, cells: Mapping[str, Cell | None]) -> None:
        self._cells = cells

    def cell(self, name: str) -> Cell | None:
        return self._cells.get(name) or self._cells.get(name.removesuffix(LABEL))

    def cells(self, names: Sequence[str]) -> list[Cell]:
        return [cell for name in names if (cell := self.cell(name)) and cell.text]

    def text(self, names: Sequence[str]) -> str:
        return ", ".join(cell.text for cell in self.cells(names))

    def number(self, names: Sequence[str]) -> float | None:
        cell = self.cell(names[0]) if names else None
        try:
            return float(cell.text) if cell else None
        except ValueError:
            return None


def _bars(rows: Sequence[_Row], chart: Chart) -> Bars | None:
    groups: dict[str, list[Bar]] = {}
    for row in rows:
        cells = row.cells(chart["label"])
        bar = Bar(_text(cells), _href(cells), [row.number([name]) for name in chart["values"]])
        groups.setdefault(row.text(chart.get("group", ())), []).append(bar)
    shown = [(name, bars) for name, bars in groups.items() if any(value for bar in bars for value in bar.values)]
    return Bars(chart["values"], shown) if shown else None


def _timeline(rows: Sequence[_Row], chart: Chart) -> Timeline | None:
    kinds = [row.text(chart.get("kind", ())) for row in rows]
    colours = _colours(kinds)
    lanes: dict[str, int] = {}
    marks = []
    for row, kind in zip(rows, kinds, strict=True):
        day, until = (_day(row.text(chart.get(part, ()))) for part in ("day", "until"))
        lane = lanes.setdefault(row.text(chart.get("lane", ())) or "unattributed", len(lanes)) if day else MOST_LANES
        if lane < MOST_LANES:
            cells = row.cells(chart["label"])
            weight = row.number(chart.get("weight", ())) or 1
            marks.append(Mark(day, until or day, lane, _text(cells), _href(cells), colours[kind], weight))
    if not marks:
        return None
    return Timeline([*lanes][:MOST_LANES], marks, _key(kinds, colours), len(rows) - len(marks))


def _network(rows: Sequence[_Row], chart: Chart) -> Network | None:
    kinds = [row.text(chart.get("kind", ())) for row in rows]
    colours = _colours(kinds)
    ties: dict[tuple[str, str, str, bool], tuple[float, list[str]]] = {}
    cells: dict[str, Cell] = {}
    for row, kind in zip(rows, kinds, strict=True):
        for edge in chart["edges"]:
            source, target, *label = columns(edge)
            one, other = row.cell(source), row.cell(target)
            if one and other and one.text and other.text:
                ends = one.iri or one.text, other.iri or other.text
                cells |= {ends[0]: one, ends[1]: other}
                tie = (*ends, kind, MUTUAL in edge.split())
                weight, words = ties.get(tie, (0, []))
                ties[tie] = (weight + (row.number(chart.get("weight", ())) or 1), [*words, row.text(label)])
    nodes = {end: number for number, end in enumerate(dict.fromkeys(end for tie in ties for end in tie[:2]))}
    edges = [
        Edge(
            nodes[one], nodes[other], kind, colours[kind], mutual, weight, "; ".join(filter(None, dict.fromkeys(said)))
        )
        for (one, other, kind, mutual), (weight, said) in ties.items()
        if max(nodes[one], nodes[other]) < MOST_NODES
    ]
    shown = [Node(cells[end].text, cells[end].href) for end in [*nodes][:MOST_NODES]]
    return Network(shown, edges, _key(kinds, colours), len(ties) - len(edges)) if edges else None


def _map(rows: Sequence[_Row], chart: Chart) -> Map | None:
    kinds = [row.text(chart.get("kind", ())) for row in rows]
    colours = _colours(kinds)
    points: dict[tuple[float, float, str], list[tuple[Cell, str]]] = {}
    for row, kind in zip(rows, kinds, strict=True):
        latitude, longitude = row.number(chart["latitude"]), row.number(chart["longitude"])
        cells = row.cells(chart["label"])
        if latitude is not None and longitude is not None and cells and abs(latitude) <= 90 and abs(longitude) <= 180:
            points.setdefault((longitude, latitude, cells[0].text), []).append((cells[0], kind))
    drawn = []
    for (longitude, latitude, text), named in points.items():
        most = Counter(kind for _, kind in named).most_common(1)[0][0]
        told = _joined((kind for _, kind in named), ", ")
        drawn.append(Point(longitude, latitude, text, named[0][0].href, len(named), colours[most], told))
    return Map(drawn, _key(kinds, colours)) if drawn else None


def _colours(kinds: Iterable[str]) -> dict[str, str]:
    """Return the colour of each kind."""
    found = {kind: COLOURS.get(kind.lower().replace(" ", "").replace("-", "")) or COLOURS.get(kind) for kind in kinds}
    left = iter([colour for colour in OTHERS if colour not in found.values()])
    return {kind: colour or (next(left, "report") if kind else "report") for kind, colour in found.items()}


def _key(kinds: Iterable[str], colours: Mapping[str, str]) -> dict[str, str]:
    """Return what the colours mean, in words."""
    words: dict[str, list[str]] = {}
    for kind in dict.fromkeys(kinds):
        if kind:
            words.setdefault(colours[kind], []).append(kind)
    return {colour: ", ".join(words[colour]) for colour in ("allege", "deny", "decline", "report") if colour in words}


def _joined(words: Iterable[str], between: str) -> str:
    return between.join(filter(None, dict.fromkeys(words)))


def _text(cells: Sequence[Cell]) -> str:
    return ", ".join(cell.text for cell in cells)


def _href(cells: Sequence[Cell]) -> str | None:
    return next((cell.href for cell in cells if cell.href), None)


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
