"""Takes the pictures of the main pages, light and dark, from the seeds: `make pictures` (python docs/pictures.py)."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from waitress.server import create_server

from ontology.terms import ID
from server.app import create_app
from server.rows import text
from server.settings import Settings
from server.store.embedded import EmbeddedEngine

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-lcd-text",
    "--no-first-run",
    "--disable-background-networking",
)
WIDTH, HEIGHT = 1040, 720
ARTICLES = "SELECT ?a (COUNT(*) AS ?n) WHERE { ?s <https://w3id.org/armsclaims/ontology#reportedIn> ?a } GROUP BY ?a"
NAMES = {
    "front": "/",
    "dispute": "/disputes/state/north-korea/to/state/russia",
    "entity": "/page/person/shin-won-sik",
    "question": "/queries/said-about-a-visit",
    "editor": "/sparql",
    "met": "/queries/who-met-whom",
    "accuses": "/queries/who-accuses-whom",
    "map": "/queries/places-of-meetings",
}
DRAWINGS = ("met", "accuses", "map")  # of which only the figure is taken


def main() -> None:
    """Load the seeds into a folder of their own, serve them and take every picture."""
    if not CHROMIUM.exists():
        sys.exit("Chromium is missing: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _served(Path(folder)) as (address, article),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        for scheme, ending in (("light", ""), ("dark", "-dark")):
            context = browser.new_context(
                color_scheme="dark" if scheme == "dark" else "light", viewport={"width": WIDTH, "height": HEIGHT}
            )
            page = context.new_page()
            for name, path in {**NAMES, "article": article}.items():
                file = PICTURES / f"{name}{ending}.png"
                _take(page, address + path, file, "figure" if name in DRAWINGS else None)
                print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB")
            context.close()
        browser.close()


@contextmanager
def _served(data: Path) -> Iterator[tuple[str, str]]:
    """Serve the seeds; give the address and the path of the article that says most."""
    command = [sys.executable, "-m", "armsclaims.cli", "load", str(ROOT / "seeds"), "--data", str(data)]
    subprocess.run(command, check=True, cwd=ROOT)
    with EmbeddedEngine(data, workers=2) as engine:
        articles = engine.select(f"{ARTICLES} ORDER BY DESC(?n) LIMIT 1")
        server = create_server(create_app(Settings(data=data), engine), host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield (
                f"http://127.0.0.1:{server.effective_port}",
                "/page/" + (text(articles[0], "a") or "").removeprefix(ID),
            )
        finally:
            server.close()
            server.task_dispatcher.shutdown()
            thread.join(10)


def _take(page: Page, address: str, file: Path, part: str | None) -> None:
    page.goto(address, wait_until="networkidle")
    if part:
        page.locator(part).screenshot(path=str(file))
    else:
        page.screenshot(path=str(file))


if __name__ == "__main__":
    main()
