"""A client's query put to the engine, and what came of it: an answer or an error, measured once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from server.metrics import Measure, Metrics
from server.store.engine import Answer, Engine, Gone, Query

ASKED = "armsclaims.asked"  # in the environ: what came of the query already
LEARN = "armsclaims.learn"  # in the environ: a `Lesson` of the app's


@dataclass(frozen=True)
class Lesson:
    """How the app answers a request: the query, the formats of the answer, its form and its bytes before packing."""

    query: Query
    media_types: Mapping[str, str]
    content_types: tuple[str, ...]
    form: str
    size: int


@dataclass(frozen=True)
class Asked:
    """A query and what came of it."""

    query: Query
    media_types: Mapping[str, str]
    answer: Answer | None
    error: Exception | None = None

    def result(self) -> Answer:
        """Return the answer.

        :raises QueryError: as the engine did.
        """
        if self.error is not None:
            raise self.error
        assert self.answer is not None
        return self.answer

    def close(self) -> None:
        """End the work behind an answer that nobody takes."""
        if self.answer is not None:
            self.answer.close()


def ask(
    engine: Engine,
    metrics: Metrics,
    query: Query,
    media_types: Mapping[str, str],
    gone: Callable[[], bool] | None,
    known: Answer | None = None,
) -> Asked:
    """Put a query to the engine, which stops it when `gone()` says that its client went away.

    :param known: the answer, where it was looked up beforehand.
    """
    measure = metrics.query()
    try:
        answer: Answer = known or engine.query(query, media_types, gone)
    except Exception as error:  # whoever asks gets it, in `result`
        measure.end(error)
        return Asked(query, media_types, None, error)
    if not answer.complete:
        return Asked(query, media_types, _Measured(answer, measure))
    measure.end()
    return Asked(query, media_types, answer)


class _Measured:
    """A long answer, measured to its end."""

    def __init__(self, answer: Answer, measure: Measure) -> None:
        self.form, self.media_type, self.release = answer.form, answer.media_type, answer.release
        self.complete, self.truncated = False, False
        self.truncated_by: str | None = None
        self._answer = answer
        self._measure = measure

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer
        except Exception as error:
            self._measure.end(error)
            raise
        self._measure.end()

    def close(self) -> None:
        self._answer.close()
        self._measure.end(Gone("Nobody waits for the answer any more."))
