"""The embedded engine: pyoxigraph over the releases of a data folder, in worker processes that may be killed."""

import os
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ontology.terms import PREFIXES
from server.store import worker
from server.store.calls import EmbeddedAnswer
from server.store.engine import NoSuchRelease, Query, Unavailable
from server.store.guard import BOUNDS, Bounds, Guard
from server.store.lookups import PATTERNS, Lookups
from server.store.pooled import PooledEngine
from server.store.release import DUMPS, NEXT_STORE, STORE, Place, place_of
from server.store.summary import Summary
from server.store.workers import Worker

GIB = 1024**3


class EmbeddedEngine(PooledEngine):
    """Answers queries over DATA/current and older releases; safe for many threads; a context manager."""

    def __init__(
        self,
        data_folder: Path | str,
        *,
        workers: int | None = None,
        memory: int = 2 * GIB,
        queue: int = 64,
        seconds: float = 30.0,
        service_allow: Collection[str] = (),
        bounds: Bounds | None = BOUNDS,
        query_prefixes: Mapping[str, str] = PREFIXES,
        cache: int = 0,
    ) -> None:
        """Start the workers; a data folder without a release is fine until the first query.

        :param workers: how many long queries run at a time (default: the processors).
        :param memory: bytes of address space that one query may use, beyond what an idle worker has.
        :param queue: how many queries may wait for a place before `Busy`.
        :param seconds: the limit of `select`; `query` has its own.
        :param service_allow: IRIs that SERVICE may call, exactly as written.
        :param bounds: what the guard lets through; None switches the guard off (for tests of the workers).
        :param query_prefixes: prefixes that queries need not declare.
        :param cache: bytes of answers that are kept.
        """
        self.folder = Path(data_folder).resolve()
        self._current, self._releases = str(self.folder / "current"), str(self.folder / "releases")
        self._told: Place | None = None
        self._lock = threading.Lock()
        super().__init__(
            workers=workers or os.cpu_count() or 2,
            memory=memory,
            queue=queue,
            seconds=seconds,
            guard=Guard(service_allow, bounds, query_prefixes) if bounds else None,
            query_prefixes=query_prefixes,
            cache=cache,
        )
        lets_lookups_through = bounds is None or (bounds.patterns > PATTERNS + 1 and bounds.depth and bounds.operators)
        self.lookups = Lookups(self._common) if lets_lookups_through else None

    def release(self) -> str:
        """Return the identifier of the current release, as `Engine.release` says."""
        identifier, place = self._locate(None)
        if self.lookups:
            self.lookups.follow(place)
        return identifier

    def close(self) -> None:
        """End every worker and let go of the store."""
        if self.lookups:
            self.lookups.close()
        super().close()

    def summary(self, release: str | None = None) -> Summary | None:
        """Return what is worked out of a release for pages, as `Engine.summary` says."""
        identifier, _ = self._locate(release)
        return Summary.of(self.folder / "releases" / identifier / DUMPS)

    def is_prepared(self, query: Query) -> bool:
        """Tell whether the answer to a query is read from what lies ready, as `Engine.is_prepared` says."""
        return self._prepared(query) is not None

    def _prepared(self, query: Query) -> worker.Message | None:
        if query.whole is None:
            return None
        identifier, _ = self._locate(query.release)
        path = f"{self._releases}/{identifier}/{DUMPS}/{query.whole.file}"
        if not os.path.exists(path):  # noqa: PTH110 - for each request
            return None
        return {"file": path, "conditions": [asdict(one) for one in query.conditions]}

    def _looked_up(self, query: Query, media_types: Mapping[str, str]) -> EmbeddedAnswer | None:
        if self.lookups is None or query.release is not None:
            return None
        return self.lookups.answer(query, media_types, *self._locate(None))

    def _state(self, query: Query) -> tuple[str, Place]:
        return self._locate(query.release)

    def _asked(self, query: Query) -> tuple[str, worker.Message]:
        release, place = self._locate(query.release)
        if query.release is None:
            self._follow(release, place)
        return release, {"store": place, "current": self._told}

    def _locate(self, wanted: str | None) -> tuple[str, Place]:
        """Return the identifier and the place of a release (None: the current one)."""
        if wanted is None:
            try:
                identifier = os.path.basename(os.readlink(self._current))  # noqa: PTH119, PTH115 - for each request
            except FileNotFoundError:
                raise Unavailable("There is no release yet: load some articles first.") from None
        else:
            folders = (self.folder / "releases").iterdir() if (self.folder / "releases").is_dir() else []
            if wanted not in [folder.name for folder in folders]:
                raise NoSuchRelease(f"There is no release {wanted!r}; it may have been pruned.")
            identifier = wanted
        for name in (STORE, NEXT_STORE, STORE):  # forgetting may be exchanging the two right now
            path = f"{self._releases}/{identifier}/{name}"
            with suppress(FileNotFoundError, NotADirectoryError):
                return identifier, place_of(path)
        raise Unavailable(f"Release {identifier} has lost its store: roll back to another one.")

    def _follow(self, release: str, place: Place) -> None:
        """Let idle workers open the current release as soon as it is a new one, and the cache leave older ones."""
        if place != self._told:
            with self._lock:
                self._told = place
            self.pool.tell_idle(worker.OPEN, {"store": place})
            self.cache.keep_only(release)

    def _spawn(self, sealed: bool) -> Worker:
        process = Worker(self.memory, sealed=sealed)
        if self._told:
            process.tell(worker.OPEN, {"store": self._told})
        return process
