"""The model at a glance: the classes of the ontology as boxes with their properties, from its domains and ranges."""

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTHS = (310, 300, 220)  # of the columns, in pixels
GAP = 70  # between columns
BETWEEN = 16  # boxes
LINE = 17  # of text
PADDING = 10
LETTER = 6.6  # how wide one is, about


@dataclass(frozen=True)
class Line:
    """A line of text in a box; `heads` a row of properties, `name` is the term to lead to."""

    text: str
    y: int
    name: str | None = None
    is_title: bool = False


@dataclass(frozen=True)
class Box:
    """One class with its kinds and its properties."""

    name: str
    x: int
    y: int
    width: int
    height: int
    lines: Sequence[Line]


@dataclass(frozen=True)
class Edge:
    """A line from a row of properties to the class of their values."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Diagram:
    """Boxes and edges in a drawing of this size."""

    width: int
    height: int
    boxes: Sequence[Box]
    edges: Sequence[Edge]


@dataclass(frozen=True)
class Property:
    """A property that leads from one class to another."""

    name: str
    label: str
    domain: str
    range: str


def draw(
    labels: Mapping[str, str], parents: Mapping[str, str], properties: Iterable[Property], lists: Iterable[str]
) -> Diagram | None:
    """Return the drawing, with the class that has most properties at the left; None where there are none.

    :param labels: names of classes to their labels.
    :param parents: names of classes to the class of ours that they are a kind of; kinds share the box of the topmost.
    :param lists: names of classes whose members the ontology lists: they are told, and get no box.
    """
    rows: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for property in sorted(properties, key=lambda p: p.label):
        rows[_top(property.domain, parents)][_top(property.range, parents)].append(property.label)
    if not rows:
        return None
    first = max(sorted(rows), key=lambda name: sum(map(len, rows[name].values())))
    return _laid_out(_columns(first, rows, set(lists)), rows, labels, _kinds(labels, parents))


def _top(name: str, parents: Mapping[str, str]) -> str:
    seen = {name}
    while name in parents and parents[name] not in seen:
        name = parents[name]
        seen.add(name)
    return name


def _kinds(labels: Mapping[str, str], parents: Mapping[str, str]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in labels:
        if name in parents:
            kinds[_top(name, parents)].append(labels[name])
    return kinds


def _columns(first: str, rows: Mapping[str, Mapping[str, list[str]]], lists: set[str]) -> list[list[str]]:
    """Return the classes by how many properties lead to them from the first; those with most of their own first."""
    columns, seen = [[first]], {first} | lists
    while columns[-1] and len(columns) < len(WIDTHS):
        following = dict.fromkeys(range for name in columns[-1] for range in rows.get(name, {}) if range not in seen)
        columns.append(sorted(following, key=lambda name: -len(rows.get(name, {}))))
        seen |= following.keys()
    return [column for column in columns if column]


def _laid_out(
    columns: list[list[str]],
    rows: Mapping[str, Mapping[str, list[str]]],
    labels: Mapping[str, str],
    kinds: Mapping[str, list[str]],
) -> Diagram:
    boxes: dict[str, Box] = {}
    starts: dict[tuple[str, str], int] = {}
    x = 1
    for number, (column, width) in enumerate(zip(columns, WIDTHS, strict=False), 1):
        y, following = 1, columns[number] if number < len(columns) else []
        for name in column:
            lines = [Line(labels.get(name, name), y + PADDING + 13, name, is_title=True)]

            def write(text: str, name: str | None, lines: list[Line] = lines, width: int = width) -> int:
                top = lines[-1].y + LINE
                for part in textwrap.wrap(text, int((width - 2 * PADDING) / LETTER), subsequent_indent="\u2003"):
                    lines.append(Line(part, lines[-1].y + LINE, name))
                return top

            if kinds.get(name):
                write("kinds: " + ", ".join(sorted(kinds[name])), None)
            order = {range: place for place, range in enumerate(following)}  # so that fewer lines cross
            for range, own in sorted(rows.get(name, {}).items(), key=lambda row: (order.get(row[0], 99), row[0])):
                starts[name, range] = write(f"{', '.join(own)} → {labels.get(range, range)}", range)
            height = lines[-1].y - y + PADDING
            boxes[name] = Box(name, x, y, width, height, lines)
            y += height + BETWEEN
        x += width + GAP
    edges = [
        Edge(boxes[one].x + boxes[one].width, y - 4, boxes[other].x, boxes[other].y + PADDING + 8)
        for (one, other), y in starts.items()
        if other in boxes and boxes[other].x > boxes[one].x
    ]
    ends = [(box.x + box.width, box.y + box.height) for box in boxes.values()]
    return Diagram(max(x for x, _ in ends) + 1, max(y for _, y in ends) + 1, list(boxes.values()), edges)
