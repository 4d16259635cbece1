"""What the views of saved queries draw from a table of results."""

import re
from html import unescape

import pytest

from server import charts
from server.tables import Cell, Table


def table(columns, *rows):
    """A table of texts; None is a cell without a value."""
    cells = [[None if text is None else Cell(text, href=f"/page/{text}") for text in row] for row in rows]
    return Table(columns.split(), cells, "r")


def texts(cells):
    return [cell.text for cell in cells]


def test_bars_are_as_long_as_their_numbers_within_their_group():
    drawn = charts.draw(
        "bar",
        {"label": ("who",), "values": ("many", "few"), "group": ("unit",)},
        table(
            "who many few unit",
            ("Norway", "7000", "10", "container"),
            ("Iceland", "3500", None, "container"),
            ("Norway", "2", "no number", "ship"),
            ("Iceland", "0", None, "train"),
        ),
    )
    assert drawn.names == ("many", "few")
    assert list(drawn.groups) == ["container", "ship"]
    first, second = drawn.groups["container"]
    assert (texts(first[0]), [(v.series, v.text, round(v.percent, 2)) for v in first[1]]) == (
        ["Norway"],
        [(1, "7,000", 100.0), (2, "10", 0.14)],
    )
    assert [v.percent for v in second[1]] == [50.0]
    assert [v.percent for _, values in drawn.groups["ship"] for v in values] == [100.0]


def test_a_timeline_places_days_in_lanes_and_counts_what_has_no_day():
    drawn = charts.draw(
        "timeline",
        {"day": ("day",), "label": ("what",), "lane": ("who",), "kind": ("kind",)},
        table(
            "day what who kind",
            ("2024-01-11", "b", "Norway", "no comment"),
            ("2024-01-01", "a", "Iceland", "allegation"),
            ("2024-01-11", "c", "Norway", "denial"),
            ("2024-01-06", "d", None, "assessment"),
            (None, "e", "Norway", "denial"),
            ("soon", "f", "Norway", "denial"),
        ),
    )
    lanes = {lane: [(d.at, d.above, d.stance, texts(d.cells)) for d in dots] for lane, dots in drawn.lanes.items()}
    assert lanes == {
        "Iceland": [(5.0, 0, "allege", ["a"])],
        "unattributed": [(50.0, 0, "report", ["d"])],
        "Norway": [(95.0, 0, "decline", ["b"]), (95.0, 1, "deny", ["c"])],
    }
    assert drawn.left == 2
    assert drawn.ticks[0] == (5.0, "2024-01-01")
    assert drawn.ticks[-1] == (95.0, "2024-01-11")


def test_a_timeline_of_one_day():
    drawn = charts.draw("timeline", {"day": ("day",), "label": ("what",)}, table("day what", ("2024-01-01", "a")))
    assert drawn.ticks == [(5.0, "2024-01-01")]


def test_a_network_joins_equal_names_and_counts_rows():
    drawn = charts.draw(
        "network",
        {"edges": ("supplier recipient goods", "denier supplier")},
        table(
            "supplier recipient goods denier",
            ("Norway", "Iceland", "flares", None),
            ("Norway", "Iceland", "ships", "Iceland"),
            (None, "Iceland", "ships", None),
        ),
    )
    assert (texts(drawn.sources), texts(drawn.targets)) == (["Norway", "Iceland"], ["Iceland", "Norway"])
    assert [(e.source, e.target, e.times, e.words) for e in drawn.edges] == [
        (0, 0, 2, "flares; ships"),
        (1, 1, 1, ""),
    ]


def test_a_map_has_the_places_once_with_south_downwards():
    drawn = charts.draw(
        "map",
        {"latitude": ("lat",), "longitude": ("long",), "label": ("place",)},
        table(
            "lat long place",
            ("59.9", "10.7", "Oslo"),
            ("59.9", "10.7", "Oslo"),
            ("64.1", "-21.9", "Reykjavik"),
            ("95", "0", "nowhere"),
            (None, "0", "unknown"),
        ),
    )
    assert [(p.x, p.y, p.cell.text, p.times) for p in drawn.points] == [
        (10.7, -59.9, "Oslo", 2),
        (-21.9, -64.1, "Reykjavik", 1),
    ]
    west, north, width, height = drawn.box
    assert (round(west, 1), round(north, 1), round(width, 1), round(height, 1)) == (-29.9, -72.1, 48.6, 20.2)
    assert drawn.meridians == [-20, -10, 0, 10]


@pytest.mark.parametrize("view", ["bar", "timeline", "network", "map", "table"])
def test_nothing_is_drawn_of_nothing(view):
    chart = {
        "label": ("a",),
        "values": ("b",),
        "day": ("b",),
        "edges": ("a b",),
        "latitude": ("b",),
        "longitude": ("b",),
    }
    assert charts.draw(view, chart, table("a b")) is None
    assert charts.draw(view, chart, table("a b", ("x", None))) is None


def test_a_page_draws_the_chart_above_the_table(client):
    page = client.get("/queries/by-quantity", headers={"Accept": "text/html"}).text
    bars, result = page.index('class="chart bars"'), page.index('class="results"')
    assert bars < result
    assert '<rect class="s1" width="100.0%" height="12"/>' in page[bars:result]
    assert "Allegation ships 40" in " ".join(unescape(re.sub(r"<[^>]+>", " ", page[bars:result])).split())
    assert "style=" not in page


def test_periods_lie_between_the_first_and_the_last_day_and_open_ends_reach_the_edge():
    rows = [([], "Minister", "2020-01-01", "2020-12-31"), ([], "Envoy", "2021-01-01", None), ([], "Clerk", None, None)]
    drawn = charts.periods(rows)
    assert (drawn.first, drawn.last) == ("2020-01-01", "2021-01-01")
    assert [(p.words, p.start, p.end) for p in drawn.rows] == [
        ("Minister", 0.0, 89.75),
        ("Envoy", 90.0, 100.0),
        ("Clerk", 0.0, 100.0),
    ]
    assert charts.periods(rows[1:]) is None
