"""What pages keep for a release, worked out as soon as there is one, so that no visitor has to wait for it."""

import logging
import threading

from flask import Flask
from werkzeug.exceptions import HTTPException

from server import completion, reading, saved_queries, search
from server.site import site
from server.store.engine import QueryError
from server.store.errors import StoreError

log = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks for a new release
PAGES = ("front.front", "overview.overview", "browse.browse", "ontology.ontology", "saved_queries.index")


class Warming:
    """A thread that visits pages of each new release; another engine's releases are not ours to watch, so only once."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)

    def start(self) -> None:
        """Begin; the caller does not wait."""
        self._thread.start()

    def stop(self) -> None:
        """End; a query on its way may still fail in silence."""
        self._over.set()

    def _run(self) -> None:
        with self._app.test_request_context("/"):
            parts, last = site(), ""
            while not self._over.is_set():
                try:
                    release = parts.engine.release()
                    if release != last:
                        last = release
                        self._visit()
                except (QueryError, StoreError, HTTPException) as error:
                    if not self._over.is_set():
                        log.debug("warming up: %s", error)
                if parts.settings.engine:
                    return
                self._over.wait(LOOK)

    def _visit(self) -> None:
        for page in PAGES:
            self._app.view_functions[page]()
        for query in site().queries.values():
            for parameter in query.parameters.values():
                saved_queries.options(parameter)
        completion.all_terms()
        if not site().settings.engine:
            search.index(reading.release())
