"""The pages in a real Chromium: no console error, no request to another host, nothing hostile runs, phones fit."""

from collections.abc import Iterator

import pytest
from harness import CHROMIUM
from playwright.sync_api import BrowserContext, Page, expect

from server.views import STATIC

DENIALS = (
    "PREFIX ac: <https://w3id.org/armsclaims/ontology#>\nSELECT ?s ?who WHERE { ?s a ac:Denial ; ac:speaker ?who }"
)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is missing: apt-get install chromium")


class Visit:
    """A page under watch: what it complains of, and whom it calls."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.address = address
        self.complaints: list[str] = []
        self.calls: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.on("request", lambda request: self.calls.append(request.url))

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def check(self) -> None:
        assert self.complaints == []
        assert [url for url in self.calls if not url.startswith((self.address, "data:"))] == []


@pytest.fixture
def visit(browser, address) -> Iterator[Visit]:
    context = browser.new_context()
    visit = Visit(context, address)
    yield visit
    context.close()


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/overview", "/sparql", "/queries", "/queries/who-denies", "/ontology", "/dumps/", "/api"),
        "/sparql?format=html&query=SELECT%20*%20WHERE%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%205",
        *("/page/state/norway", "/page/article/fjord-post/flares-1", "/page/article/fjord-post/hostile"),
        *("/page/event/hostile", "/page/statement/hostile-img"),
        *("/search?q=script", "/queries/by-day", "/queries/who-to-whom", "/queries/places"),
        *("/disputes/state/norway/to/state/iceland", "/disputes/state/iceland/and/state/norway"),
    ],
)
def test_every_page_is_quiet_calls_nobody_else_and_fits_a_phone(visit, path):
    page = visit.go(path)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("Array.from(document.links).every(a => ['http:', 'https:'].includes(a.protocol))")
    visit.check()


def test_a_query_runs_in_the_editor_without_a_new_page(visit):
    page = visit.go("/sparql")
    if (STATIC / "vendor" / "yasqe.min.js").exists():
        page.locator(".CodeMirror").wait_for()
        page.evaluate("text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)", DENIALS)
    else:
        page.fill("#query", DENIALS)
    page.evaluate("window.sameDocument = true")
    page.click("text=Run")
    page.locator("#result table").wait_for()
    assert page.locator("#result tbody tr").count() == 2
    assert page.locator("#result tbody tr").first.inner_text().split("\t")[1] == "Ministry of Foreign Affairs (Norway)"
    assert page.evaluate("window.sameDocument")
    assert "query=PREFIX" in page.url
    visit.check()


def test_the_editor_has_colours_and_completes_our_prefixes(visit):
    if not (STATIC / "vendor" / "yasqe.min.js").exists():
        pytest.skip("the editor is not built: make pages")
    page = visit.go("/sparql")
    page.locator(".CodeMirror .cm-keyword", has_text="SELECT").first.wait_for()
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('PREFIX sch')")
    page.evaluate(
        "const e = document.querySelector('.CodeMirror').CodeMirror; e.focus(); e.setCursor(0, 10); e.autocomplete()"
    )
    page.locator(".CodeMirror-hints, .CodeMirror-line", has_text="https://schema.org/").first.wait_for()
    visit.check()


def type_into_editor(page, before: str, typed: str, after: str) -> None:
    """Set a query and type some of it at its place, as somebody would."""
    if not (STATIC / "vendor" / "yasqe.min.js").exists():
        pytest.skip("the editor is not built: make pages")
    page.locator(".CodeMirror").wait_for()
    page.evaluate(
        """([before, after]) => {
          const editor = document.querySelector('.CodeMirror').CodeMirror;
          editor.setValue(before + after);
          editor.focus();
          editor.setCursor(editor.posFromIndex(before.length));
        }""",
        [before, after],
    )
    page.keyboard.type(typed)


def query_in_editor(page) -> str:
    return page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")


def test_names_are_completed_by_label_with_the_keyboard(visit):
    page = visit.go("/sparql")
    type_into_editor(page, "SELECT ?s WHERE { ?s ac:speaker ", "icelan", " }")
    page.locator(".CodeMirror-hint", has_text="state:iceland").wait_for()
    assert page.locator(".CodeMirror-hint-active").inner_text() == "Iceland\nstate · state:iceland"
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.CodeMirror').CodeMirror.getValue().includes('PREFIX state:')")
    assert "?s ac:speaker state:iceland }" in query_in_editor(page)
    page.keyboard.press("Control+Enter")
    page.locator("#result tbody tr").first.wait_for()
    assert page.locator("#result tbody tr").all_inner_texts() == ["Allegation ships"]
    visit.check()


def test_asked_for_completion_the_editor_asks_nobody_else(visit):
    for before in ("SELECT ?s WHERE { ?s a Den", "SELECT ?s WHERE { ?s spea"):
        page = visit.go("/sparql")
        type_into_editor(page, before, "", " }")
        page.keyboard.press("Control+Space")
        page.locator(".CodeMirror-hint").first.wait_for()
        page.wait_for_load_state("networkidle")
    visit.check()


def test_classes_come_first_after_a_and_properties_as_predicates(visit):
    page = visit.go("/sparql")
    type_into_editor(page, "SELECT ?s WHERE { ?s a ", "den", " }")
    page.locator(".CodeMirror-hint").first.wait_for()
    assert page.locator(".CodeMirror-hint").first.inner_text() == "denial\nclass · ac:Denial"
    page.keyboard.press("Escape")
    type_into_editor(page, "PREFIX ac: <https://w3id.org/armsclaims/ontology#> SELECT ?s WHERE { ?s ac:", "sp", " ?o }")
    page.locator(".CodeMirror-hint", has_text="property · ac:speaker").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.locator(".CodeMirror-hint-active").count() == 1
    type_into_editor(page, "SELECT ?s WHERE { ", "FILT", " }")
    page.wait_for_timeout(500)  # nothing is offered while a keyword is typed
    assert page.locator(".CodeMirror-hint").count() == 0
    visit.check()


def test_an_answer_can_be_taken_along(browser, address):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
    visit = Visit(context, address)
    page = visit.go("/sparql")
    page.evaluate("text => { document.getElementById('query').value = text }", DENIALS)
    page.evaluate("document.querySelector('.CodeMirror')?.CodeMirror.setValue(document.getElementById('query').value)")
    page.click("text=Run")
    page.get_by_label("Address of this page").wait_for()
    page.locator(".permalink .copy").click()
    page.locator(".permalink .copy", has_text="Copied").wait_for()
    permalink = page.evaluate("navigator.clipboard.readText()")
    assert permalink == page.get_by_label("Address of this page").input_value()
    page.locator(".away summary").click()
    page.locator(".away pre + .copy").first.click()
    page.locator(".away pre + .copy", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"curl {address}/sparql")
    with page.expect_download() as download:
        page.locator(".away a", has_text="CSV").evaluate("link => { link.download = ''; link.click() }")
    assert len(download.value.path().read_text("utf-8").splitlines()) == 3
    page.goto(permalink)
    assert page.locator("#result tbody tr").count() == 2
    visit.check()
    context.close()


def test_examples_are_grouped_and_open_in_the_editor(visit):
    page = visit.go("/sparql")
    examples = page.get_by_label("Examples")
    assert examples.locator("h3").all_inner_texts() == ["Denials", "Elsewhere", "Quantities", "Views"]
    examples.get_by_role("link", name="Big deliveries").click()
    page.wait_for_url("**/sparql?example=by-quantity")
    assert "VALUES ?least { UNDEF }" in page.evaluate("document.getElementById('query').value")
    visit.check()


def test_a_wrong_query_tells_its_place(visit):
    page = visit.go("/sparql?query=SELECT%20*%0AWHERE%20%7B%20%3Fs%20%3Ca%20b%3E%20%3Fo%20%7D")
    assert "The query is not valid SPARQL" in page.locator("[role=alert]").inner_text()
    assert "Line 2" in page.locator("[role=alert]").inner_text()


def test_without_scripts_the_same_form_works(browser, address):
    context = browser.new_context(java_script_enabled=False)
    visit = Visit(context, address)
    page = visit.go("/sparql")
    page.fill("#query", DENIALS)
    page.click("text=Run")
    assert page.locator("#result tbody tr").count() == 2
    assert page.get_by_label("Address of this page").input_value() == page.url
    assert page.locator(".away pre").count() == 3
    visit.go("/queries/by-quantity")
    assert page.locator("#p-unit option").all_inner_texts() == ["choose …", "container"]
    page.fill("#p-least", "41")
    page.click("text=Ask")
    assert page.locator("[aria-label=Result] tbody tr").count() == 0
    visit.check()
    context.close()


def test_a_saved_query_is_asked_by_its_form(visit):
    page = visit.go("/queries/who-denies")
    assert page.locator("[aria-label=Result] tbody tr").count() == 2
    page.get_by_label("Speaker").select_option(label="Iceland")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("[aria-label=Result] tbody tr")).to_have_count(0)
    page.get_by_label("Speaker").select_option(label="Ministry of Foreign Affairs (Norway)")
    page.get_by_label("On or after").fill("2024-02-03")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("[aria-label=Result] tbody tr")).to_have_count(2)
    visit.check()


def test_names_are_suggested_as_one_types(visit):
    page = visit.go("/queries")
    page.get_by_label("Search", exact=True).press_sequentially("norw")
    page.locator("datalist option[value=Norway]").wait_for(state="attached")
    page.get_by_label("Search", exact=True).fill("Norway")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Norway", exact=True).first.click()
    assert page.locator("h1").inner_text() == "Norway"
    visit.check()


def test_a_hostile_result_runs_nothing(visit):
    query = """SELECT ?a ?b ?c WHERE { BIND(<http://e/a'onmouseover='alert(1)> AS ?a) BIND(<javascript:alert(1)> AS ?b)
        BIND("<img src=x onerror=alert(1)>" AS ?c) }"""
    page = visit.go("/sparql")
    page.evaluate("text => { document.getElementById('query').value = text }", query)
    page.evaluate("document.querySelector('.CodeMirror')?.CodeMirror.setValue(document.getElementById('query').value)")
    page.click("text=Run")
    page.locator("#result table").wait_for()
    page.locator("#result table a").first.hover()
    assert page.locator("#result img").count() == 0
    assert page.locator("#result table a").count() == 1
    visit.check()


def test_dark_colours_and_contrast(browser, address):
    """Every text on the main pages has a contrast of at least 4.5 to its background (WCAG 2.2, 1.4.3)."""
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        for path in (
            "/",
            "/page/state/norway",
            "/queries/who-denies",
            "/sparql?query=SELECT",
            "/page/article/fjord-post/flares-1",
            "/disputes/state/norway/to/state/iceland",
        ):
            page.goto(address + path)
            assert page.evaluate(CONTRAST) == [], (scheme, path)
        context.close()


CONTRAST = """() => {
  const numbers = colour => (colour.match(/[0-9.]+/g) || []).map(Number);
  const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r / 255) + .7152 * linear(g / 255) + .0722 * linear(b / 255);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const e of document.querySelectorAll('main *, header *, footer *')) {
    if (e.closest('.CodeMirror') || !e.checkVisibility()) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) bad.push(`${e.tagName}.${e.className}: ${((a + .05) / (b + .05)).toFixed(2)}`);
  }
  return [...new Set(bad)];
}"""


@pytest.mark.parametrize(
    ("path", "stops"),
    [
        ("/", ["The disputes", "Norway", "2024-02-01: Allegation", "The same in words"]),
        ("/disputes/state/norway/to/state/iceland", ["Speaker or body spoken for", "Outlet", "From", "Until", "Show"]),
        ("/sparql", ["Query", "Run", "Answer as", "Who denies"]),
    ],
)
def test_everything_is_reached_by_keyboard_in_the_order_of_reading(visit, path, stops):
    page = visit.go(path)
    if path == "/sparql" and (STATIC / "vendor" / "yasqe.min.js").exists():
        page.locator(".CodeMirror").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        name, outlined = page.evaluate(FOCUSED)
        if name is None:
            break
        assert outlined, name
        reached.append(name)
    places = [next((n for n, name in enumerate(reached) if name.startswith(stop)), None) for stop in stops]
    assert None not in places, (stops, reached)
    assert places == sorted(places)
    assert reached[:5] == ["Arms claims", "Overview", "Questions", "SPARQL", "Ontology"]
    page.goto(visit.address + path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the masthead
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    visit.check()


# The name of what has the focus, and whether one sees that it has.
FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return [null, false];
  const by = it.getAttribute('aria-labelledby');
  const name = it.getAttribute('aria-label') || (by && document.getElementById(by).textContent)
    || (it.labels && it.labels[0] && it.labels[0].textContent) || it.textContent;
  const seen = it.closest('.CodeMirror') || getComputedStyle(it).outlineStyle !== 'none';
  return [name.trim(), Boolean(seen)];
}"""
