"""The drawing of the model: boxes from domains and ranges, kinds inside, nothing on top of another."""

import re

from server.diagram import Property, draw

LABELS = {"Claim": "claim", "Rumour": "rumour", "Person": "person", "Town": "town", "Mood": "mood"}
PROPERTIES = [
    Property("by", "by", "Claim", "Person"),
    Property("on", "on <b>", "Rumour", "Town"),
    Property("mood", "mood", "Claim", "Mood"),
    Property("lives", "lives in", "Person", "Town"),
]


def test_boxes_hold_kinds_and_properties_and_lines_lead_to_the_right():
    drawn = draw(LABELS, {"Rumour": "Claim"}, PROPERTIES, ["Mood"])
    assert drawn is not None
    said = {box.name: [line.text for line in box.lines] for box in drawn.boxes}
    assert said == {
        "Claim": ["claim", "kinds: rumour", "by → person", "on <b> → town", "mood → mood"],
        "Person": ["person", "lives in → town"],
        "Town": ["town"],
    }
    assert [(edge.x1, edge.x2) for edge in drawn.edges] == [(311, 381), (311, 381)]
    for one in drawn.boxes:
        assert one.x + one.width < drawn.width
        assert one.y + one.height < drawn.height
        assert all(one.y < line.y < one.y + one.height for line in one.lines)
        for other in drawn.boxes:
            apart = one.x + one.width < other.x or other.x + other.width < one.x
            assert one is other or apart or one.y + one.height < other.y or other.y + other.height < one.y


def test_a_circle_of_kinds_and_no_properties_at_all():
    assert draw({"A": "a"}, {"A": "A"}, [], []) is None
    circle = draw({"A": "a", "B": "b"}, {"A": "B", "B": "A"}, [Property("p", "p", "A", "B")], [])
    assert circle is not None


def test_the_page_of_the_ontology_has_the_model_and_examples_from_the_data(client):
    html = client.get("/ontology", headers={"Accept": "text/html"}).text
    drawing = html[html.index('class="scroll diagram"') : html.index("</svg>")]
    assert re.search(r'<a href="#Statement"><text [^>]*class="title">statement</text></a>', drawing)
    assert "about → event" in drawing
    for term, example in (("Denial", "flares-2"), ("supplier", "norway--iceland--flares")):
        section = html[html.index(f'<section id="{term}"') :].partition("</section>")[0]
        assert re.search(rf'In the data: <a href="/page/[^"]*{example}', section), term
    for target in set(re.findall(r'href="#([^"]+)"', html)) - {"content"}:
        assert f'id="{target}"' in html
