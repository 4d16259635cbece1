"""What pages keep for a release, worked out as soon as there is one, so that no visitor has to wait for it.

A release that lasts is written to files too, so that the data page can tell their sizes and checksums.
"""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from flask import Flask
from werkzeug.exceptions import HTTPException

from ontology.terms import ID
from server import completion, disputes, reading, saved_queries, search
from server.site import site
from server.store import dump_all, prepared, summaries
from server.store.engine import QueryError
from server.store.errors import StoreError

Value = TypeVar("Value")

log = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks for a new release
LASTING = 5.0  # seconds after which the files of a release are made
PAGES = (
    *("front.front", "overview.overview", "browse.browse", "ontology.ontology"),
    *("saved_queries.index", "dumps.index", "openapi.page", "disputes.index", "discovery.sitemap"),
)
DISPUTES = 5


class Warming:
    """A thread that visits pages of each new release; another engine's releases are not ours to watch, so only once."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)
        self._files: subprocess.Popen[bytes] | None = None
        self._preparing: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin; the caller does not wait."""
        self._thread.start()

    def stop(self) -> None:
        """End; a query on its way may still fail in silence."""
        self._over.set()
        self._thread.join(LOOK)
        self._leave_files()

    def _run(self) -> None:
        with self._app.test_request_context("/", headers={"Accept": "text/html"}):
            engine, release, since = site().engine, "", 0.0
            while not self._over.is_set():
                if (now := self._try(engine.release)) and now != release:
                    release, since = now, time.monotonic()
                    self._leave_files()
                    self._try(self._prepare)
                    self._visit(release)
                if site().settings.engine:
                    return
                if since and not self._over.is_set() and time.monotonic() - since >= LASTING:
                    since = 0.0
                    self._try(self._make_files)
                self._over.wait(LOOK)

    def _visit(self, release: str) -> None:
        for visit in self._visits():
            if self._over.is_set() or self._try(site().engine.release) != release:
                return
            self._try(visit)

    def _try(self, work: Callable[[], Value]) -> Value | None:
        """Return what the work gives, None where it fails: whoever asks for that page is told why."""
        try:
            return work()
        except (QueryError, StoreError, HTTPException) as error:
            if not self._over.is_set():
                log.debug("warming up: %s", error)
            return None

    def _visits(self) -> Iterator[Callable[[], object]]:
        """Yield what fills what pages keep: what most look at first, what takes long last."""
        views, queries = self._app.view_functions, site().queries.values()
        if not site().settings.engine:
            yield lambda: search.index(reading.release())
        yield from (views[page] for page in PAGES)
        for query in queries:
            for parameter in query.parameters.values():
                yield partial(saved_queries.options, parameter)
        yield completion.all_terms
        for pair in [dispute.pair for dispute in (self._try(disputes.current) or [])[:DISPUTES]]:
            one, other = (iri.removeprefix(ID) for iri in (pair.one, pair.other))
            yield partial(views["disputes.page"], one, "and" if pair.talks else "to", other)
        for query in queries:
            if not query.needs_service and not self._preparing:
                yield partial(views["saved_queries.saved_query"], query.name)
        if not site().settings.engine:
            yield partial(views["releases.release"], site().engine.release())

    def _prepare(self) -> None:
        """Let the answers of saved queries be worked out that take long, those of the overview first."""
        release = reading.release()
        if site().settings.engine or release.manifest.articles < summaries.FEWEST:
            return
        placed = sorted(site().queries.values(), key=lambda query: query.overview or len(site().queries))
        wholes = [whole for query in placed if (whole := query.query(query.defaults()).whole)]
        if missing := prepared.missing(release.dumps, wholes):
            self._preparing = prepared.begin(release.folder, missing)

    def _make_files(self) -> None:
        release = reading.release()
        if release.manifest.triples <= site().settings.dump_triples:
            self._files = dump_all.begin(release)

    def _leave_files(self) -> None:
        for process in filter(None, (self._files, self._preparing)):
            dump_all.end(process)
        self._files = self._preparing = None
