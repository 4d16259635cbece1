"""A result as bars, a timeline, a network or a map, for templates that draw it without scripts; the table stays.

The header of a saved query says which columns go where (docs/saved-queries.md). Cells with no value take no part.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from server.statements import STANCES
from server.tables import LABEL, Cell, Table

Chart = Mapping[str, tuple[str, ...]]
TICKS = 5
MOST_LANES = 30
MOST_NODES = 40  # on each side of a network
EDGE = 5  # percent of a timeline that stays free on either side

_STANCES = {kind.lower(): stance for kind, stance in STANCES.items()}


@dataclass(frozen=True)
class Value:
    """One bar: its column's number from 1, its text, and its length in percent of the longest of its group."""

    series: int
    text: str
    percent: float


@dataclass(frozen=True)
class Bars:
    """Bars by what they are of, in groups that have a scale of their own."""

    names: Sequence[str]
    groups: Mapping[str, Sequence[tuple[Sequence[Cell], Sequence[Value]]]]


@dataclass(frozen=True)
class Mark:
    """What a timeline shows on a day: in which lane, in which words (the first may be a link), with which stance.

    Where it has an amount, its dot stands the higher in its lane the more it is.
    """

    day: date
    lane: str
    cells: Sequence[Cell]
    stance: str
    amount: float | None = None


@dataclass(frozen=True)
class Dot:
    """A row on a timeline, `at` percent of its width, `above` so many others of its day and lane.

    `share` is its amount in percent of the greatest of its lane.
    """

    at: float
    above: int
    day: str
    cells: Sequence[Cell]
    stance: str
    share: float | None = None


@dataclass(frozen=True)
class Timeline:
    """Rows by day, in lanes; `ticks` are days with their places in percent; `left` counts rows without a day."""

    lanes: Mapping[str, Sequence[Dot]]
    ticks: Sequence[tuple[float, str]]
    left: int

    @property
    def stances(self) -> set[str]:
        """The stances of its dots."""
        return {dot.stance for dots in self.lanes.values() for dot in dots}


@dataclass(frozen=True)
class Edge:
    """A line from a node on the left to one on the right, by their positions; how often, and with which words."""

    source: int
    target: int
    times: int
    words: str


@dataclass(frozen=True)
class Network:
    """Who is tied to whom: the nodes on the left and on the right, and the lines between them."""

    sources: Sequence[Cell]
    targets: Sequence[Cell]
    edges: Sequence[Edge]


@dataclass(frozen=True)
class Point:
    """A place on a map: degrees east and south (SVG counts downwards), its name and how many rows name it."""

    x: float
    y: float
    cell: Cell
    times: int


@dataclass(frozen=True)
class Map:
    """Places on a graticule; the box is west, north (counted downwards), width and height in degrees."""

    points: Sequence[Point]
    box: tuple[float, float, float, float]
    meridians: Sequence[int] = field(default_factory=tuple)
    parallels: Sequence[int] = field(default_factory=tuple)


def draw(view: str, chart: Chart, table: Table) -> Bars | Timeline | Network | Map | None:
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

    def number(self, name: str) -> float | None:
        cell = self.cell(name)
        try:
            return float(cell.text) if cell else None
        except ValueError:
            return None


def _bars(rows: Sequence[_Row], chart: Chart) -> Bars | None:
    names = chart["values"]
    grouped: dict[str, list[_Row]] = {}
    for row in rows:
        grouped.setdefault(row.text(chart.get("group", ())), []).append(row)
    groups = {}
    for group, members in grouped.items():
        longest = max((n for row in members for name in names if (n := row.number(name)) is not None), default=0)
        if longest > 0:
            groups[group] = [(row.cells(chart["label"]), _values(row, names, longest)) for row in members]
    return Bars(names, groups) if groups else None


def _values(row: _Row, names: Sequence[str], longest: float) -> list[Value]:
    numbers = [(series, row.number(name)) for series, name in enumerate(names, 1)]
    return [
        Value(s, f"{n:,g}" if n < 1e6 else f"{n:,.0f}", 100 * max(n, 0) / longest) for s, n in numbers if n is not None
    ]


def _timeline(rows: Sequence[_Row], chart: Chart) -> Timeline | None:
    marks = []
    for row in rows:
        day = _day(row.text(chart["day"]))
        kind = row.text(chart.get("kind", ())).lower().replace(" ", "").replace("-", "")
        lane = row.text(chart.get("lane", ())) or "unattributed"
        if day:
            marks.append(Mark(day, lane, row.cells(chart["label"]), _STANCES.get(kind, "report")))
    return timeline(marks, len(rows))


def timeline(marks: Sequence[Mark], rows: int) -> Timeline | None:
    """Return a timeline of marks in the order of their days, out of so many rows; None without marks."""
    if not marks:
        return None
    first, last = min(mark.day for mark in marks), max(mark.day for mark in marks)
    days = max((last - first).days, 1)

    def place(day: date) -> float:
        return round(EDGE + (100 - 2 * EDGE) * (day - first).days / days, 2)

    most: dict[str, float] = defaultdict(float)
    for mark in marks:
        most[mark.lane] = max(most[mark.lane], mark.amount or 0)
    lanes: dict[str, list[Dot]] = {}
    for mark in sorted(marks, key=lambda mark: mark.day):
        lane, day = lanes.setdefault(mark.lane, []), mark.day.isoformat()
        above = sum(other.day == day for other in lane)
        share = None if mark.amount is None else round(100 * mark.amount / (most[mark.lane] or 1), 1)
        lane.append(Dot(place(mark.day), above, day, mark.cells, mark.stance, share))
    steps = min(TICKS, days)
    ticks = dict.fromkeys(first + timedelta(days=round(days * n / steps)) for n in range(steps + 1))
    shown = dict(list(lanes.items())[:MOST_LANES])
    return Timeline(
        shown,
        [(place(day), day.isoformat()) for day in ticks if day <= last],
        rows - sum(len(dots) for dots in shown.values()),
    )


def _network(rows: Sequence[_Row], chart: Chart) -> Network | None:
    ends: Counter[tuple[str, str]] = Counter()
    words: dict[tuple[str, str], list[str]] = {}
    cells: dict[str, Cell] = {}
    edges = [name.split() for name in chart["edges"]]
    for row in rows:
        for source, target, *label in edges:
            ones, others = row.cells([source]), row.cells([target])
            if ones and others:
                pair = (ones[0].text, others[0].text)
                cells |= {ones[0].text: ones[0], others[0].text: others[0]}
                ends[pair] += 1
                words.setdefault(pair, []).append(row.text(label))
    sources = list(dict.fromkeys(source for source, _ in ends))[:MOST_NODES]
    targets = list(dict.fromkeys(target for _, target in ends))[:MOST_NODES]
    lines = [
        Edge(sources.index(s), targets.index(t), times, "; ".join(filter(None, dict.fromkeys(words[s, t]))))
        for (s, t), times in ends.items()
        if s in sources and t in targets
    ]
    return Network([cells[s] for s in sources], [cells[t] for t in targets], lines) if lines else None


def _map(rows: Sequence[_Row], chart: Chart) -> Map | None:
    found: Counter[tuple[float, float, str]] = Counter()
    cells: dict[str, Cell] = {}
    for row in rows:
        latitude, longitude = (row.number(chart[name][0]) for name in ("latitude", "longitude"))
        labels = row.cells(chart["label"])
        if (
            latitude is None
            or longitude is None
            or not labels
            or not (-90 <= latitude <= 90 and -180 <= longitude <= 180)
        ):
            continue
        cells[labels[0].text] = labels[0]
        found[longitude, -latitude, labels[0].text] += 1
    return plot([Point(x, y, cells[name], times) for (x, y, name), times in found.items()])


def plot(points: Sequence[Point]) -> Map | None:
    """Return a map of the surroundings of points; None without points."""
    if not points:
        return None
    margin = 8
    west = max(min(p.x for p in points) - margin, -180)
    east = min(max(p.x for p in points) + margin, 180)
    north = max(min(p.y for p in points) - margin, -90)
    south = min(max(p.y for p in points) + margin, 90)
    step = 30 if east - west > 90 else 10
    return Map(
        points,
        (west, north, east - west, south - north),
        [x for x in range(-180, 181, step) if west < x < east],
        [y for y in range(-90, 91, step) if north < y < south],
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Period:
    """What lasted from `start` to `end`, in percent of the drawing; an open end has no last day."""

    cells: Sequence[Cell]
    words: str
    start: float
    end: float


@dataclass(frozen=True)
class Periods:
    """Periods one below the other, and the first and the last day among theirs."""

    rows: Sequence[Period]
    first: str
    last: str


def periods(rows: Sequence[tuple[Sequence[Cell], str, str | None, str | None]]) -> Periods | None:
    """Return periods by cells, words, first and last day (xsd:date); None where fewer than two have a first day.

    Where no first day is known a period begins with the drawing; where no last day is known it runs to its edge.
    """
    if sum(since is not None for _, _, since, _ in rows) < 2:
        return None
    days = sorted(_ordinal(day) for _, _, *ends in rows for day in ends if day)
    first, last = days[0], max(days[-1], days[0] + 1)
    share = 100 if all(until for *_, until in rows) else 100 - 2 * EDGE  # of the width, what has known days

    def at(day: str | None, otherwise: float) -> float:
        return round(share * (_ordinal(day) - first) / (last - first), 2) if day else otherwise

    drawn = [Period(cells, words, at(since, 0.0), at(until, 100.0)) for cells, words, since, until in rows]
    return Periods(drawn, date.fromordinal(first).isoformat(), date.fromordinal(last).isoformat())


def _ordinal(day: str) -> int:
    return date.fromisoformat(day[:10]).toordinal()
