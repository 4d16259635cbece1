"""What the views of saved queries draw from a table of results."""

import json
import re
from html import unescape

import pytest

from server import charts
from server.tables import Cell, Table


def table(columns, *rows):
    """A table of texts; None is a cell without a value."""
    cells = [[None if text is None else Cell(text, href=f"/page/{text}") for text in row] for row in rows]
    return Table(columns.split(), cells, "r")


def test_bars_have_the_numbers_of_their_group():
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
    assert [(group, [(b.text, b.href, b.values) for b in bars]) for group, bars in drawn.groups] == [
        ("container", [("Norway", "/page/Norway", [7000.0, 10.0]), ("Iceland", "/page/Iceland", [3500.0, None])]),
        ("ship", [("Norway", "/page/Norway", [2.0, None])]),
    ]


def test_a_timeline_has_days_in_lanes_and_counts_what_has_no_day():
    drawn = charts.draw(
        "timeline",
        {
            "day": ("day",),
            "until": ("until",),
            "label": ("what",),
            "lane": ("who",),
            "kind": ("kind",),
            "weight": ("times",),
        },
        table(
            "day until what who kind times",
            ("2024-01-11", None, "b", "Norway", "no comment", "3"),
            ("2024-01-01", "2024-01-31", "a", "Iceland", "allegation", None),
            ("2024-01-11", None, "c", "Norway", "denial", "1"),
            ("2024-01-06", None, "d", None, "assessment", "1"),
            (None, None, "e", "Norway", "denial", "1"),
            ("soon", None, "f", "Norway", "denial", "1"),
        ),
    )
    assert drawn.lanes == ["Norway", "Iceland", "unattributed"]
    assert [(m.day, m.until, drawn.lanes[m.lane], m.text, m.href, m.colour, m.weight) for m in drawn.marks] == [
        ("2024-01-11", "2024-01-11", "Norway", "b", "/page/b", "decline", 3.0),
        ("2024-01-01", "2024-01-31", "Iceland", "a", "/page/a", "allege", 1),
        ("2024-01-11", "2024-01-11", "Norway", "c", "/page/c", "deny", 1.0),
        ("2024-01-06", "2024-01-06", "unattributed", "d", "/page/d", "report", 1.0),
    ]
    assert drawn.key == {"allege": "allegation", "deny": "denial", "decline": "no comment", "report": "assessment"}
    assert drawn.left == 2


def test_a_timeline_of_many_lanes_tells_what_it_leaves_out():
    rows = [("2024-01-01", "a", f"lane {n}") for n in range(charts.MOST_LANES + 5)]
    drawn = charts.draw(
        "timeline", {"day": ("day",), "label": ("what",), "lane": ("who",)}, table("day what who", *rows)
    )
    assert (len(drawn.lanes), len(drawn.marks), drawn.left) == (charts.MOST_LANES, charts.MOST_LANES, 5)


def test_a_network_adds_up_rows_of_the_same_ends_and_kind():
    drawn = charts.draw(
        "network",
        {"edges": ("supplier recipient goods", "denier -- supplier"), "kind": ("kind",), "weight": ("reports",)},
        table(
            "supplier recipient goods denier kind reports",
            ("Norway", "Iceland", "flares", None, "accuses", "2"),
            ("Norway", "Iceland", "ships", "Iceland", "accuses", "3"),
            ("Norway", "Iceland", "ships", None, "speaks for", None),
            (None, "Iceland", "ships", None, "accuses", "1"),
        ),
    )
    assert [(n.text, n.href) for n in drawn.nodes] == [("Norway", "/page/Norway"), ("Iceland", "/page/Iceland")]
    assert [(e.source, e.target, e.kind, e.colour, e.mutual, e.weight, e.words) for e in drawn.edges] == [
        (0, 1, "accuses", "allege", False, 5.0, "flares; ships"),
        (1, 0, "accuses", "allege", True, 3.0, ""),
        (0, 1, "speaks for", "report", False, 1, "ships"),
    ]
    assert drawn.key == {"allege": "accuses", "report": "speaks for"}


def test_equal_names_of_two_things_are_two_nodes():
    rows = [[Cell("officials", f"http://e/{n}"), Cell("Norway", "http://e/norway")] for n in (1, 2)]
    drawn = charts.draw("network", {"edges": ("who whom",)}, Table(["who", "whom"], rows, "r"))
    assert [node.text for node in drawn.nodes] == ["officials", "Norway", "officials"]


def test_a_network_of_many_tells_what_it_leaves_out():
    rows = [(f"a {n}", "Norway") for n in range(charts.MOST_NODES + 9)]
    drawn = charts.draw("network", {"edges": ("who whom",)}, table("who whom", *rows))
    assert (len(drawn.nodes), len(drawn.edges), drawn.left) == (charts.MOST_NODES, charts.MOST_NODES - 1, 10)


def test_a_map_has_the_places_once():
    drawn = charts.draw(
        "map",
        {"latitude": ("lat",), "longitude": ("long",), "label": ("place",), "kind": ("how",)},
        table(
            "lat long place how",
            ("59.9", "10.7", "Oslo", "expected"),
            ("59.9", "10.7", "Oslo", "took place"),
            ("64.1", "-21.9", "Reykjavik", "took place"),
            ("95", "0", "nowhere", "took place"),
            (None, "0", "unknown", "took place"),
        ),
    )
    assert [(p.longitude, p.latitude, p.text, p.href, p.times, p.kind) for p in drawn.points] == [
        (10.7, 59.9, "Oslo", "/page/Oslo", 2, "expected, took place"),
        (-21.9, 64.1, "Reykjavik", "/page/Reykjavik", 1, "took place"),
    ]


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


def test_a_page_has_the_figure_as_data_above_the_table(client):
    page = client.get("/queries/by-quantity", headers={"Accept": "text/html"}).text
    figure, result = page.index('<figure class="chart" data-view="bar" hidden>'), page.index('class="results"')
    assert figure < result
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page[figure:result])[1])
    assert [(bar["text"], bar["values"]) for _, bars in data["groups"] for bar in bars] == [
        ("Allegation ships", [40.0])
    ]
    assert "style=" not in page


def test_the_overview_says_in_words_what_it_draws(client):
    page = client.get("/overview", headers={"Accept": "text/html"}).text
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert titles == ["Day by day", "Who delivers to whom", "Where it lies"]
    rows = [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    assert "Norway Iceland 1 signal flares" in rows
    assert "Abidjan 5.35, -4.00" in rows


def test_the_front_page_shows_the_first_of_the_overview(client):
    page = client.get("/", headers={"Accept": "text/html"}).text
    assert re.findall(r'data-view="(\w+)"', page) == ["timeline"]
    assert page.count('<details class="equivalent" open>') == 1
