"""What engines have in common that answer in worker processes, which may be killed."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import TracebackType
from typing import Self

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, RdfFormat, parse_query_results

from ontology.terms import BASE, WRITTEN_PREFIXES
from server.store import estimates, rendering, sorting, worker
from server.store.calls import Call, EmbeddedAnswer
from server.store.engine import BadQuery, Limits, Query, QueryError, Row, Term, Unsortable
from server.store.guard import Guard
from server.store.rendering import notation
from server.store.results import ResultCache, Streams, changes
from server.store.summary import Summary
from server.store.workers import ClientGone, Pool, Worker

REMEMBERED = 4096  # characters of a query of which it is remembered how it looks
QUERIES = 1000  # of which that is so
JSON = "application/sparql-results+json"
PLAIN_MEDIA_TYPES = {"solutions": JSON, "boolean": JSON, "graph": "application/n-triples"}


class PooledEngine(ABC):
    """Answers queries in a pool of workers; safe for many threads; a context manager."""

    sealed = True  # whether workers may not call out, unless a query says SERVICE

    def __init__(
        self,
        *,
        workers: int,
        memory: int,
        queue: int,
        seconds: float,
        guard: Guard | None,
        query_prefixes: Mapping[str, str],
        cache: int = 0,
    ) -> None:
        """Start the workers.

        :param workers: how many long queries run at a time.
        :param memory: bytes of address space that one query may use, beyond what an idle worker has.
        :param queue: how many queries may wait for a place before `Busy`.
        :param seconds: the limit of `select`; `query` has its own.
        :param guard: what looks at queries first, if anything.
        :param query_prefixes: prefixes that queries need not declare.
        :param cache: bytes of answers that are kept.
        """
        self.cache = ResultCache(cache)
        self.memory = memory
        self.seconds = seconds
        self.guard = guard
        self._common: worker.Message = {
            "base": BASE,
            "query_prefixes": dict(query_prefixes),
            "prefixes": WRITTEN_PREFIXES,
        }
        self._experience = estimates.Experience()
        self._streams = Streams()
        self._looked_at = lru_cache(QUERIES)(self._look)
        self.pool = Pool(self._start, workers=workers, queue=queue)

    @abstractmethod
    def release(self) -> str:
        """Return the identifier of the current release, as `Engine.release` says."""

    @abstractmethod
    def _asked(self, query: Query) -> tuple[str, worker.Message]:
        """Return the release that a query sees, and what tells a worker where it lies.

        :raises QueryError: when there is none.
        """

    def _state(self, query: Query) -> tuple[str, Hashable] | None:  # noqa: ARG002 - for those who know
        """Return the release that a query sees, and what changes whenever that does; None where nobody can tell."""
        return None

    def _start(self, sealed: bool) -> Worker:
        """Return a new worker that knows what all requests have in common."""
        process = self._spawn(sealed)
        process.tell(worker.COMMON, self._common)
        return process

    @abstractmethod
    def _spawn(self, sealed: bool) -> Worker:
        """Return a new worker; a sealed one cannot call out."""

    def query(self, query: Query, media_types: Mapping[str, str], gone: ClientGone | None = None) -> EmbeddedAnswer:
        """Answer as `Engine.query` says.

        :raises ValueError: for a media type that cannot be written.
        """
        state = None if not self.cache.most or changes(query.text) else self._state(query)
        if state is None:
            return self._worked_out(query, media_types, gone)
        key = self._key(state, query, media_types)
        kept = self.cache.get(key)
        if kept:
            return kept
        answer = self._worked_out(query, media_types, gone)
        if answer.release != state[0]:  # a new release came in between
            return answer
        return self.cache.keep(key, answer, len(query.text))

    def at_once(self, query: Query, media_types: Mapping[str, str], most: int) -> EmbeddedAnswer | None:
        """Return the answer if it is kept and has at most so many bytes, or if it is a lookup's; never waits long."""
        try:
            state = self._state(query) if self.cache.most else None
            key = None if state is None else self._key(state, query, media_types)
            kept = None if key is None else self.cache.get(key, most)
            answer = kept or self._looked_up(query, media_types)
        except QueryError:  # who asks in earnest is told
            return None
        if kept or answer is None or state is None or answer.release != state[0]:
            return answer
        self.cache.note_miss()
        return self.cache.keep(key, answer, len(query.text))

    def is_prepared(self, query: Query) -> bool:  # noqa: ARG002
        """Tell whether an answer lies ready, by those who have such answers."""
        return False

    def _prepared(self, query: Query) -> worker.Message | None:  # noqa: ARG002
        """Return what tells a worker where the answer lies ready; None where it does not."""
        return None

    def _looked_up(self, query: Query, media_types: Mapping[str, str]) -> EmbeddedAnswer | None:  # noqa: ARG002
        """Return the answer to a query that is small whatever the data are, by those who have the data at hand."""
        return None

    def _worked_out(self, query: Query, media_types: Mapping[str, str], gone: ClientGone | None) -> EmbeddedAnswer:
        return self._looked_up(query, media_types) or self._answer(query, media_types, gone)

    def _key(self, state: Hashable, query: Query, media_types: Mapping[str, str]) -> Hashable:
        dataset = (tuple(query.default_graphs), tuple(query.named_graphs))
        bound = tuple(sorted((name, str(term)) for name, term in query.substitutions.items()))
        formats = tuple(sorted(media_types.items()))
        return (state, query.text, dataset, bound, formats, query.limits.rows, query.limits.bytes)

    def _answer(self, query: Query, media_types: Mapping[str, str], gone: ClientGone | None) -> EmbeddedAnswer:
        check_media_types(media_types)
        try:
            return self._attempt(query, media_types, gone)
        except Unsortable:
            return self._attempt(replace(query, text=sorting.by_type(query.text)), media_types, gone)

    def _attempt(self, query: Query, media_types: Mapping[str, str], gone: ClientGone | None) -> EmbeddedAnswer:
        calls, long = self._looked_at(query.text) if len(query.text) <= REMEMBERED else self._look(query.text)
        release, place = self._asked(query)
        request: worker.Message = place | {
            "text": query.text,
            "default_graphs": checked_iris(query.default_graphs),
            "named_graphs": checked_iris(query.named_graphs),
            "substitutions": {name: notation(term) for name, term in query.substitutions.items()},
            "media_types": dict(media_types),
            "calls": calls,
            "seconds": query.limits.seconds,
            "rows": query.limits.rows,
            "bytes": query.limits.bytes,
        }
        prepared = self._prepared(query)
        if prepared:
            request["prepared"], long = prepared, False
        else:
            long = long or self._experience.took_long(query.text)
        if request in self._streams:  # it need not become whole before its first byte leaves
            request["is_long"] = True
            long = long or "prepared" not in request
        answer = Call(
            self.pool,
            request,
            release,
            query.limits,
            self.memory,
            sealed=not calls and self.sealed,
            gone=gone,
            long=long,
            common=self._common,
            experience=self._experience,
        ).answer()
        if not answer.complete:
            self._streams.add(request)
        return answer

    def _look(self, text: str) -> tuple[bool, bool]:
        """Return whether a query calls another endpoint, and whether it looks long.

        :raises Refused: when the guard does not let it through.
        """
        return bool(self.guard and self.guard.check(text)), estimates.is_long(text)

    def select(
        self, text: str, substitutions: Mapping[str, Term] | None = None, release: str | None = None
    ) -> list[Row]:
        """Return all solutions of a SELECT query, as `Engine.select` says."""
        written = {name: notation(term) for name, term in (substitutions or {}).items()}
        if written and sum(map(len, written.values())) <= REMEMBERED:  # as VALUES, with which the engine can plan
            text, substitutions = rendering.with_values(text, written), None
        query = Query(text, substitutions=substitutions or {}, limits=Limits(seconds=self.seconds), release=release)
        answer = self.query(query, PLAIN_MEDIA_TYPES)
        if answer.form != "solutions":
            answer.close()
            raise BadQuery("This needs a SELECT query.")
        solutions = parse_query_results(b"".join(answer), QueryResultsFormat.JSON)
        assert isinstance(solutions, QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        return [{name: term for name in names if (term := row[name]) is not None} for row in solutions]

    def summary(self, release: str | None = None) -> Summary | None:  # noqa: ARG002 - for those who have some
        """Return what is worked out of a release for pages, as `Engine.summary` says."""
        return None

    def close(self) -> None:
        """End every worker."""
        self.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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


@lru_cache(100)
def _has_serializer(form: str, media_type: str) -> bool:
    known = RdfFormat if form == "graph" else QueryResultsFormat
    return known.from_media_type(media_type) is not None


def check_media_types(media_types: Mapping[str, str]) -> None:
    """Check that there is a serializer for each.

    :raises ValueError: when there is none.
    """
    for form, media_type in media_types.items():
        if not _has_serializer(form, media_type):
            raise ValueError(f"no serializer writes {form} as {media_type}")
