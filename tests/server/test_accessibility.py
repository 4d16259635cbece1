"""Every kind of page under axe-core in Chromium, light and dark, wide and narrow, and its weight."""

from pathlib import Path

import pytest
from harness import CHROMIUM

AXE = Path(__file__).resolve().parents[2] / "server" / "editor" / "node_modules" / "axe-core" / "axe.min.js"
MOST = 100_000  # bytes of a page without the editor, as they are sent
PAGES = (
    *(
        "/",
        "/overview",
        "/queries",
        "/queries/who-denies",
        "/queries/by-quantity",
        "/queries/by-day",
        "/queries/who-to-whom",
    ),
    *("/queries/places", "/ontology", "/dumps/", "/page/state/norway", "/page/article/fjord-post/flares-1"),
    *("/page/statement/flares-1-ships", "/disputes/state/norway/to/state/iceland", "/nothing-here"),
    *("/page/place/vladivostok", "/search", "/search?q=norway", "/search?q=norwey"),
    *("/browse", "/browse?class=https://w3id.org/armsclaims/ontology%23State", "/releases", "/queries/elsewhere"),
    *("/page/body/ministry-of-foreign-affairs-norway", "/page/meeting/visit-reykjavik", "/page/event/hostile"),
    *("/preview/state/norway", "/data/state/norway.png", "/sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D"),
    *(
        "/disputes/state/iceland/and/state/norway?speaker=none",
        "/sparql?query=ASK%20%7B%7D",
        "/api",
        "/sparql?query=SELECT",
    ),
)
RUN = """async () => (await axe.run({exclude: ['.CodeMirror']})).violations.map(
  v => `${v.id}: ${v.nodes.map(n => n.html).slice(0, 3).join(' | ')}`)"""

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is missing: apt-get install chromium"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is missing: make pages"),
]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_a_page_with_all_that_it_loads_is_light(browser, address, path):
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(address + path, wait_until="networkidle")
    assert path.startswith("/sparql") or sum(sizes) < MOST
    page.add_script_tag(path=str(AXE))
    for scheme, width in (("light", 1200), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(RUN) == [], (scheme, width)
    context.close()
