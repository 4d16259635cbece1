"""Labels, quotes, links and requests that attack run nothing, even in a browser that heeds no policy."""

from urllib.parse import quote

from playwright.sync_api import Browser

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>\"onmouseover='alert(3)'"
RESULT = f"""SELECT ?a ?b ?c ("{MARKUP.replace('"', chr(92) + '"')}" AS ?d) WHERE {{
  BIND(<http://e.example/a'onmouseover='alert(1)> AS ?a) BIND(<javascript:alert(1)> AS ?b)
  BIND("<b onmouseover=alert(1)>"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML> AS ?c) }}"""
PATHS = (
    "/",
    "/page/article/fjord-post/hostile",
    "/page/event/hostile",
    "/page/statement/hostile-img",
    "/search?q=script",
    "/search?q=" + quote(MARKUP),
    "/nowhere/" + quote(MARKUP),
    "/queries/" + quote(MARKUP),
    "/sparql?format=html&query=" + quote(RESULT),
    "/sparql?format=html&query=" + quote("SELECT * WHERE { " + MARKUP),
)
MOVE_OVER_ALL = """() => { for (const element of document.querySelectorAll('*'))
  for (const kind of ['mouseover', 'click', 'focus'])
    if (kind !== 'click' || !element.closest('a, button, input, form, summary'))
      element.dispatchEvent(new MouseEvent(kind, { bubbles: true })); }"""


def test_nothing_runs_even_without_the_policy(browser: Browser, address: str) -> None:
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    ran: list[str] = []
    page.on("dialog", lambda dialog: (ran.append(f"{page.url}: {dialog.message}"), dialog.dismiss()))
    for path in PATHS:
        response = page.goto(address + path)
        assert response is not None
        assert response.status < 500, path
        page.evaluate(MOVE_OVER_ALL)
        links = page.evaluate("Array.from(document.links).map(a => a.protocol)")
        assert set(links) <= {"http:", "https:"}, path
        assert page.locator("img[onerror], [onmouseover], script:not([src]):not([type])").count() == 0, path
    assert ran == []
    page.set_content(f"<body>{MARKUP}</body>")  # that it would be heard
    page.wait_for_timeout(200)
    assert ran != []
    context.close()
