"""The embedded engine: pyoxigraph over the releases of a data folder, in worker processes that may be killed."""

import os
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, RdfFormat, parse_query_results

from ontology.terms import BASE, PREFIXES, WRITTEN_PREFIXES
from server.store import worker
from server.store.calls import Call, EmbeddedAnswer
from server.store.engine import BadQuery, Limits, NoSuchRelease, Query, Row, Term, Unavailable
from server.store.guard import BOUNDS, Bounds, Guard
from server.store.release import NEXT_STORE, STORE
from server.store.rendering import notation
from server.store.workers import ClientGone, Pool, Worker

GIB = 1024**3
JSON = "application/sparql-results+json"
PLAIN_MEDIA_TYPES = {"solutions": JSON, "boolean": JSON, "graph": "application/n-triples"}

Place = tuple[str, int]  # the path of a store, and its inode: forgetting replaces the store of a release


class EmbeddedEngine:
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
    ) -> None:
        """Start the workers; a data folder without a release is fine until the first query.

        :param workers: how many long queries run at a time (default: the processors).
        :param memory: bytes of address space that one query may use, beyond what an idle worker has.
        :param queue: how many queries may wait for a place before `Busy`.
        :param seconds: the limit of `select`; `query` has its own.
        :param service_allow: IRIs that SERVICE may call, exactly as written.
        :param bounds: what the guard lets through; None switches the guard off (for tests of the workers).
        :param query_prefixes: prefixes that queries need not declare.
        """
        self.folder = Path(data_folder).resolve()
        self.memory = memory
        self.seconds = seconds
        self.guard = Guard(service_allow, bounds, query_prefixes) if bounds else None
        self.query_prefixes = dict(query_prefixes)
        self._told: Place | None = None
        self._lock = threading.Lock()
        self.pool = Pool(self._spawn, workers=workers or os.cpu_count() or 2, queue=queue)

    def query(self, query: Query, media_types: Mapping[str, str], gone: ClientGone | None = None) -> EmbeddedAnswer:
        """Answer as `Engine.query` says.

        :raises ValueError: for a media type that cannot be written.
        """
        check_media_types(media_types)
        sealed = not (self.guard and self.guard.check(query.text))
        release, place = self._locate(query.release)
        request: worker.Message = {
            "store": place,
            "current": self._follow(place) if query.release is None else self._told,
            "text": query.text,
            "base": BASE,
            "query_prefixes": self.query_prefixes,
            "prefixes": WRITTEN_PREFIXES,
            "default_graphs": checked_iris(query.default_graphs),
            "named_graphs": checked_iris(query.named_graphs),
            "substitutions": {name: notation(term) for name, term in query.substitutions.items()},
            "media_types": dict(media_types),
            "calls": not sealed,
            "seconds": query.limits.seconds,
            "rows": query.limits.rows,
            "bytes": query.limits.bytes,
        }
        return Call(self.pool, request, release, query.limits, self.memory, sealed, gone).answer()

    def select(
        self, text: str, substitutions: Mapping[str, Term] | None = None, release: str | None = None
    ) -> list[Row]:
        """Return all solutions of a SELECT query, as `Engine.select` says."""
        query = Query(text, substitutions=substitutions or {}, limits=Limits(seconds=self.seconds), release=release)
        answer = self.query(query, PLAIN_MEDIA_TYPES)
        if answer.form != "solutions":
            answer.close()
            raise BadQuery("This needs a SELECT query.")
        solutions = parse_query_results(b"".join(answer), QueryResultsFormat.JSON)
        assert isinstance(solutions, QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        return [{name: term for name in names if (term := row[name]) is not None} for row in solutions]

    def release(self) -> str:
        """Return the identifier of the current release, as `Engine.release` says."""
        return self._locate(None)[0]

    def close(self) -> None:
        """End every worker."""
        self.pool.close()

    def __enter__(self) -> "EmbeddedEngine":
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _locate(self, wanted: str | None) -> tuple[str, Place]:
        """Return the identifier and the place of a release (None: the current one)."""
        if wanted is None:
            try:
                identifier = (self.folder / "current").readlink().name
            except FileNotFoundError:
                raise Unavailable("There is no release yet: load some articles first.") from None
        else:
            folders = (self.folder / "releases").iterdir() if (self.folder / "releases").is_dir() else []
            if wanted not in [folder.name for folder in folders]:
                raise NoSuchRelease(f"There is no release {wanted!r}; it may have been pruned.")
            identifier = wanted
        for name in (STORE, NEXT_STORE, STORE):  # forgetting may be exchanging the two right now
            path = self.folder / "releases" / identifier / name
            if path.is_dir():
                return identifier, (str(path), path.stat().st_ino)
        raise Unavailable(f"Release {identifier} has lost its store: roll back to another one.")

    def _follow(self, place: Place) -> Place:
        """Let idle workers open the current release as soon as it is a new one."""
        if place != self._told:
            with self._lock:
                self._told = place
            self.pool.tell_idle(worker.OPEN, {"store": place})
        return place

    def _spawn(self, sealed: bool) -> Worker:
        process = Worker(self.memory, sealed=sealed)
        if self._told:
            process.tell(worker.OPEN, {"store": self._told})
        return process


def checked_iris(iris: Sequence[str]) -> list[str]:
    """Return the IRIs of a dataset as they are.

    :raises BadQuery: when one is no absolute IRI.
    """
    for iri in iris:
        try:
            NamedNode(iri)
        except ValueError as error:
            raise BadQuery(f"The dataset names a graph that is no absolute IRI: {error}") from error
    return list(iris)


def check_media_types(media_types: Mapping[str, str]) -> None:
    """Check that there is a serializer for each.

    :raises ValueError: when there is none.
    """
    for form, media_type in media_types.items():
        known = RdfFormat if form == "graph" else QueryResultsFormat
        if known.from_media_type(media_type) is None:
            raise ValueError(f"no serializer writes {form} as {media_type}")
