"""What charts.js draws in a real Chromium: from saved queries, by keyboard and mouse, safe, still, and legible."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from harness import CHROMIUM, serving
from playwright.sync_api import Browser, BrowserContext, Page

from server.app import create_app
from server.settings import Settings
from server.store.embedded import EmbeddedEngine
from server.views import STATIC

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is missing: apt-get install chromium"),
    pytest.mark.skipif(not (STATIC / "vendor" / "d3.min.js").exists(), reason="D3 is missing: make pages"),
]

IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>alert(1)</script>"
HEADER = """#+ title: {view}
#+ question: What is drawn?
#+ group: Tests
#+ view: {view}
#+ chart: {chart}
#+ overview: {n}
"""
QUERIES = {
    "bar": (
        "{label: what, values: [some, others]}",
        f'?what ?some ?others {{ VALUES (?what ?some ?others) {{ ("{IMAGE}" 4 2) ("{SCRIPT}" 2 UNDEF) }} }}',
    ),
    "map": (
        "{latitude: lat, longitude: long, label: place}",
        f'?lat ?long ?place {{ VALUES (?lat ?long ?place) {{ (59.9 10.7 "{IMAGE}") (64.1 -21.9 "{SCRIPT}") }} }}',
    ),
    "network": (
        "{edges: who whom how, kind: kind}",
        f"""?who ?whom ?how ?kind {{ VALUES (?who ?whom ?how ?kind) {{
        ("{IMAGE}" "Norway" "{SCRIPT}" "accuses") ("Norway" "Iceland" "" "denies")
        (<javascript:alert(1)> "Norway" "" "accuses")
        }} }}""",
    ),
    "timeline": (
        "{day: day, until: until, label: [what, words], lane: lane, kind: kind}",
        f"""?day ?until ?what ?words ?lane ?kind {{ VALUES (?day ?until ?what ?words ?lane ?kind) {{
        ("2024-01-05" UNDEF <https://w3id.org/armsclaims/id/state/norway> "{IMAGE}" "{SCRIPT}" "denial")
        ("2024-01-09" UNDEF <https://w3id.org/armsclaims/id/state/iceland> "b" "{SCRIPT}" "allegation")
        ("2024-03-01" "2024-03-20" <javascript:alert(1)> "c" "second" "{IMAGE}")
        }} }} ORDER BY ?day""",
    ),
}


@pytest.fixture(scope="module")
def drawings(flares: Path, engine: EmbeddedEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose overview has a drawing of each kind, with names that are no names."""
    folder = tmp_path_factory.mktemp("queries")
    for n, (view, (chart, select)) in enumerate(QUERIES.items(), 1):
        text = HEADER.format(view=view, chart=chart, n=n) + f"SELECT {select}"
        (folder / f"{view}.rq").write_text(text, "utf-8")
    with serving(create_app(Settings(data=flares, queries=folder), engine)) as address:
        yield address


@pytest.fixture(scope="module")
def seeds(seed_data: Path) -> Iterator[str]:
    """The address of a server of the seeds, with our own queries."""
    with (
        EmbeddedEngine(seed_data, workers=2) as engine,
        serving(create_app(Settings(data=seed_data), engine)) as address,
    ):
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(reduced_motion="reduce")  # nor does the page scroll smoothly
    yield context
    context.close()


def overview(context: BrowserContext, address: str, path: str = "/overview") -> tuple[Page, list[str]]:
    """The page, drawn, and what it complains of: errors, dialogs, calls to anybody else."""
    page, complaints = context.new_page(), []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: None if r.url.startswith(address) else complaints.append(r.url))
    page.goto(address + path, wait_until="networkidle")
    return page, complaints


def test_every_view_is_drawn_and_hostile_names_are_text(context, drawings):
    page, complaints = overview(context, drawings)
    figures = {view: page.locator(f"figure[data-view={view}]") for view in QUERIES}
    assert {view: figure.locator(".drawing svg").count() for view, figure in figures.items()} == dict.fromkeys(
        QUERIES, 1
    )
    assert [figures[view].locator(".item").count() for view in QUERIES] == [2, 2, 4, 3]
    assert figures["bar"].locator(".item rect").count() == 3
    assert figures["network"].locator("path.edge").count() == 3
    assert len(figures["map"].locator("path.land").get_attribute("d")) > 1000
    assert figures["map"].locator(".item text").all_text_contents() == [IMAGE, SCRIPT]
    assert figures["timeline"].locator(".lane text").first.text_content() == SCRIPT
    for figure in figures.values():
        figure.locator(".item").first.dispatch_event("pointerenter")
    assert IMAGE in figures["timeline"].locator(".told").inner_text()
    assert page.locator("main img, main svg script, main svg image").count() == 0
    assert page.evaluate("[...document.querySelectorAll('svg a')].every(a => a.href.baseVal.startsWith('/page/'))")
    assert page.evaluate("[...document.querySelectorAll('details.equivalent')].some(d => d.open)") is False
    assert complaints == []


def test_dots_are_reached_by_keyboard_and_a_timeline_zooms(context, drawings):
    page, complaints = overview(context, drawings)
    figure = page.locator("figure[data-view=timeline]")
    zoom_in, zoom_out, all_ = (figure.get_by_role("button", name=name) for name in ("Zoom in", "Zoom out", "Show all"))
    ticks = figure.locator(".axis text").all_text_contents()
    assert ticks == sorted(ticks)
    assert zoom_out.is_disabled()
    assert all_.is_disabled()
    zoom_in.press("Enter")
    zoom_in.press("Enter")
    assert figure.locator(".axis text").all_text_contents() != ticks
    page.keyboard.press("Tab")  # zoom out
    page.keyboard.press("Tab")  # show all
    page.keyboard.press("Tab")
    name = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(name) == f"2024-01-05: Norway, {IMAGE}"
    assert figure.locator(".told").inner_text() == f"2024-01-05: Norway, {IMAGE}"
    box = page.evaluate("document.activeElement.getBoundingClientRect().x")
    assert figure.bounding_box()["x"] <= box  # it has come into sight
    page.keyboard.press("ArrowRight")
    assert page.evaluate(name) == "2024-01-09: Iceland, b"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("End")
    assert page.evaluate(name) == "2024-03-01 to 2024-03-20: javascript:alert(1), c"
    assert page.evaluate("document.activeElement.localName") == "g"  # leads nowhere
    all_.press("Enter")
    assert figure.locator(".axis text").all_text_contents() == ticks
    figure.locator(".item").nth(2).focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url("**/page/state/norway")
    assert complaints == []


def test_a_network_shows_neighbours_drags_and_leaves_out_kinds(context, drawings):
    page, complaints = overview(context, drawings)
    figure = page.locator("figure[data-view=network]")
    names = figure.locator(".item")
    iceland = next(names.nth(n) for n in range(4) if names.nth(n).text_content().strip() == "Iceland")
    iceland.scroll_into_view_if_needed()
    iceland.focus()
    assert figure.locator("svg.focused").count() == 1
    assert sorted(text.strip() for text in figure.locator(".item.near").all_text_contents()) == ["Iceland", "Norway"]
    assert figure.locator("path.edge.near").count() == 1
    assert iceland.get_attribute("aria-label") == "Iceland: Norway denies"
    before, line = iceland.bounding_box(), figure.locator("path.edge.deny").get_attribute("d")
    away = -120 if before["x"] > 500 else 120
    page.mouse.move(before["x"] + 10, before["y"] + 10)
    page.mouse.down()
    page.mouse.move(before["x"] + 10 + away, before["y"] + 10, steps=4)
    page.mouse.up()
    assert round(iceland.bounding_box()["x"] - before["x"]) == away
    assert figure.locator("path.edge.deny").get_attribute("d") != line
    assert urlparse(page.url).path == "/overview"
    figure.get_by_role("checkbox", name="accuses").uncheck()
    assert [figure.locator("path.edge").nth(n).is_visible() for n in range(3)] == [False, True, False]
    assert complaints == []


def test_nothing_moves_by_itself_and_reduced_motion_is_heeded(browser, seeds):
    context = browser.new_context(reduced_motion="reduce")
    page, complaints = overview(context, seeds)
    places = "[...document.querySelectorAll('.item')].map(i => i.getAttribute('transform'))"
    before = page.evaluate(places)
    page.wait_for_timeout(300)
    assert page.evaluate(places) == before
    assert page.evaluate("document.getAnimations().length") == 0
    page.locator("figure[data-view=map]").get_by_role("button", name="Zoom in").click()
    after = page.evaluate(places)
    assert after != before
    page.wait_for_timeout(300)
    assert page.evaluate(places) == after
    assert complaints == []
    context.close()


def test_without_scripts_the_same_stands_in_words(browser, drawings):
    context = browser.new_context(java_script_enabled=False)
    page, complaints = overview(context, drawings)
    assert page.locator("figure:visible").count() == 0
    assert page.locator("details.equivalent table:visible").count() == 4
    assert IMAGE in page.locator("details.equivalent table").first.inner_text()
    page.goto(drawings + "/queries/map")
    assert page.locator("figure:visible").count() == 0
    assert page.locator("table.results tbody tr").count() == 2
    assert complaints == []
    context.close()


# Of boxes that must be apart, the pairs that are not.
OVERLAPS = """selector => {
  const boxes = [...document.querySelectorAll(selector)].filter(e => e.getAttribute('visibility') !== 'hidden')
    .map(e => [e.parentElement.textContent, e.getBoundingClientRect()]);
  const cover = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return boxes.flatMap(([a, one], i) => boxes.slice(i + 1).filter(([, other]) => cover(one, other))
    .map(([b]) => `${a} / ${b}`));
}"""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 360)])
def test_the_overview_of_the_seeds_is_legible(browser, seeds, scheme, width):
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page, complaints = overview(context, seeds)
    views = page.locator("figure svg:visible").locator("xpath=ancestor::figure")
    drawn = [views.nth(n).get_attribute("data-view") for n in range(views.count())]
    assert list(dict.fromkeys(drawn)) == ["timeline", "network", "map"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERLAPS, "[data-view=network] .item rect") == []
    assert page.evaluate(OVERLAPS, "[data-view=map] .item text") == []
    assert page.locator("[data-view=map] .item text:visible").count() >= 3
    assert complaints == []
    context.close()


def test_places_posts_and_quantities_are_drawn_on_their_pages(context, seeds):
    for path, view, items in (
        ("/page/place/vladivostok", "map", 1),
        ("/page/person/vladimir-putin", "timeline", 2),
        ("/disputes/state/north-korea/to/state/russia", "timeline", 1),
    ):
        page, complaints = overview(context, seeds, path)
        assert page.locator(f"figure[data-view={view}] svg .item").count() >= items, path
        assert complaints == []
        page.close()
