"""The remote engine: any SPARQL 1.1 server by its address, asked by worker processes like those of the embedded one.

Its default graph must be the union of its named graphs (Virtuoso and QLever have it so; `oxigraph serve` and Fuseki by
an option). Old releases stay a feature of the embedded engine: there is one state, whose name `armsclaims push` leaves
in the catalogue graph.
"""

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal

from ontology.terms import CATALOGUE_GRAPH, DCT, PREFIXES
from server.store import dialects, worker
from server.store.embedded import GIB
from server.store.engine import NoSuchRelease, Query, Row, Term
from server.store.errors import StoreError
from server.store.guard import BOUNDS, Bounds, Guard
from server.store.pooled import PooledEngine
from server.store.remote_query import basic
from server.store.workers import Worker

UNNAMED = "remote"  # the name of the state of a server to which nobody has pushed
FRESH = 1.0  # seconds for which the name of the state is taken as known
_STATE = f"""SELECT ?id ?truth WHERE {{
  BIND({dialects.PROBE} AS ?truth) OPTIONAL {{ GRAPH {CATALOGUE_GRAPH} {{ {CATALOGUE_GRAPH} {DCT.identifier} ?id }} }}
}} ORDER BY ?id"""


class State(NamedTuple):
    """What another server holds, and what it is."""

    release: str
    is_virtuoso: bool


class RemoteEngine(PooledEngine):
    """Answers queries from a SPARQL server; safe for many threads; a context manager."""

    sealed = False

    def __init__(
        self,
        endpoint: str,
        *,
        login: Path | None = None,
        workers: int | None = None,
        memory: int = 2 * GIB,
        queue: int = 64,
        seconds: float = 30.0,
        bounds: Bounds = BOUNDS,
        query_prefixes: Mapping[str, str] = PREFIXES,
    ) -> None:
        """Start the workers; a server that is down is fine until the first query.

        :param endpoint: the address of the server's SPARQL endpoint, http or https.
        :param login: a file with `user:password`, if the server wants one.
        :param query_prefixes: prefixes that queries need not declare.
        """
        self.endpoint = endpoint
        self._authorization = basic(*credentials(login)) if login else ""
        self._known = State(UNNAMED, is_virtuoso=False)
        self._until = 0.0  # when it is asked for anew
        self._lock = threading.Lock()
        super().__init__(
            workers=workers or os.cpu_count() or 2,
            memory=memory,
            queue=queue,
            seconds=seconds,
            guard=Guard((), bounds, query_prefixes),
            query_prefixes=query_prefixes,
        )

    def release(self) -> str:
        """Return the name of the server's state, as `Engine.release` says.

        :raises QueryError: when the server does not answer.
        """
        return self._shown().release

    def _shown(self) -> State:
        with self._lock:
            known, until = self._known, self._until
        if time.monotonic() < until:
            return known
        rows = self.select(_STATE, release=UNNAMED)
        name = next((term.value for row in rows if isinstance(term := row.get("id"), Literal)), UNNAMED)
        known = State(name, any(dialects.is_virtuoso(row.get("truth")) for row in rows))
        with self._lock:
            self._known, self._until = known, time.monotonic() + FRESH
        return known

    def select(
        self, text: str, substitutions: Mapping[str, Term] | None = None, release: str | None = None
    ) -> list[Row]:
        """Return all solutions of a SELECT query, as `Engine.select` says, each of them once.

        Where the default graph is a union that counts twice what stands in two graphs, as Virtuoso's does, the pages
        would show everything twice.
        """
        rows = super().select(text, substitutions, release)
        return list({tuple(row.items()): row for row in rows}.values())

    def _asked(self, query: Query) -> tuple[str, worker.Message]:
        place = {"endpoint": self.endpoint, "authorization": self._authorization, "virtuoso": False}
        if query.release == UNNAMED:
            return UNNAMED, place
        shown = self._shown()
        if query.release not in (None, shown.release):
            raise NoSuchRelease(
                "Older releases can be read where the dataset is embedded; here is only the current one."
            )
        return shown.release, place | {"virtuoso": shown.is_virtuoso}

    def _spawn(self, sealed: bool) -> Worker:
        return Worker(self.memory, sealed=sealed)


class BadLogin(StoreError):
    """The file with user and password cannot be used."""


def credentials(login: Path) -> tuple[str, str]:
    """Return user and password from a file with `user:password`.

    :raises BadLogin: when it cannot be read.
    """
    try:
        user, colon, password = login.read_text("utf-8").strip().partition(":")
    except (OSError, UnicodeDecodeError) as error:
        raise BadLogin(f"{login} cannot be read: {error}") from error
    if not colon:
        raise BadLogin(f"{login} should hold one line, user:password")
    return user, password
