"""Names by spaCy's recogniser, whose steps are taken from here: the same names in half of its time.

spaCy takes them in one loop without the interpreter's lock and, for each move that it weighs, fetches the lock only to
ask for an error: that is half of the time. Its own methods for one step, called with the lock held, need not fetch it.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any


class Recogniser:
    """A component for a pipeline of spaCy that stands in for its entity recogniser."""

    def __init__(self, recogniser: Any) -> None:
        self._recogniser = recogniser

    def __call__(self, doc: Any) -> Any:
        """Set the names of one document and return it."""
        return next(self.pipe([doc]))

    def pipe(self, docs: Iterable[Any], batch_size: int = 128) -> Iterator[Any]:
        """Set the names of documents, so many at a time."""
        docs = iter(docs)
        while batch := list(islice(docs, batch_size)):
            found = self._names(batch) if any(map(len, batch)) else self._recogniser.predict(batch)
            self._recogniser.set_annotations(batch, found)
            yield from batch

    def _names(self, docs: list[Any]) -> list[Any]:
        states: list[Any] = self._recogniser.moves.init_batch(docs)
        weighed = self._recogniser.model.predict(docs)
        waiting = [state for state in states if not state.is_final()]
        while waiting:
            waiting = self._recogniser.transition_states(waiting, weighed.predict(waiting))
        weighed.clear_memory()
        return states
