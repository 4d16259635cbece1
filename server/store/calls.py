"""One query on its way: it takes a turn on a worker, and its answer is whole or comes as a stream."""

import json
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from server.store import diagnosis
from server.store.engine import CutShort, Limits, QueryError
from server.store.estimates import Experience
from server.store.worker import HEADER, QUERY, Message
from server.store.workers import LEAST_MOMENT, LONG, MOMENT, SHORT, ClientGone, Death, Pool, Turn

RETIRE = 4  # a worker that ever needed a fourth of the memory it may use is replaced: its heap is in pieces


@dataclass(eq=False)
class EmbeddedAnswer:
    """An `Answer`: its bytes are here (complete) or come from a worker that keeps its place till the end or `close`."""

    form: str
    media_type: str
    release: str
    complete: bool
    truncated: bool
    truncated_by: str | None
    _chunks: Iterator[bytes]
    _stop: Callable[[], None]

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """End the work behind the answer at once."""
        self._stop()


@dataclass(frozen=True)
class Call:
    """What the worker is asked, the clock, and whether anybody still waits.

    A query waits for a place at most as long as it may then take.
    """

    pool: Pool
    request: Message
    release: str
    limits: Limits
    memory: int
    sealed: bool
    gone: ClientGone | None
    long: bool = False  # by the look of it: it waits among the long ones from the start
    common: Message = field(default_factory=dict)  # what every worker knows beforehand
    experience: Experience = field(default_factory=Experience)
    began: float = field(default_factory=time.monotonic)

    def answer(self) -> EmbeddedAnswer:
        """Return the answer; a turn that had to make room for short queries is followed by one that has not.

        :raises QueryError: whatever happens to the worker.
        """
        row = LONG if self.long else SHORT
        answer = self._attempt(row)
        while answer is None:
            row += 1
            answer = self._attempt(row)
        return answer

    def _until(self, turn: Turn) -> float:
        return turn.started + self.limits.seconds

    def _attempt(self, row: int) -> EmbeddedAnswer | None:
        until = self.began + self.limits.seconds
        turn = self.pool.take(until, row=row, sealed=self.sealed, gone=self.gone)
        try:
            answer = self._begin(turn)
        except (EOFError, OSError) as error:
            death = self.pool.give_back(turn, healthy=False)
            if turn.fate == "evicted":
                self.experience.note(self.request["text"], long=True)
                return None
            raise self._failure(error, turn, death) from None
        except BaseException:
            self.pool.give_back(turn, healthy=False)
            raise
        if answer is None:  # a stream for which there is no place now
            self.experience.note(self.request["text"], long=True)
            self.pool.give_back(turn, healthy=False)
        return answer

    def _begin(self, turn: Turn) -> EmbeddedAnswer | None:
        turn.worker.send(QUERY, self.request)
        kind, body = turn.worker.receive(self._until(turn), self.gone)
        if kind != HEADER:
            raise self._ended(turn, json.loads(body)) or QueryError("The worker answered out of turn.")
        header = json.loads(body)
        form, media_type, cut = header["form"], header["media_type"], header["truncated_by"]
        if header["complete"]:
            chunks = list(self._chunks(turn))
            return EmbeddedAnswer(form, media_type, self.release, True, bool(cut), cut, iter(chunks), lambda: None)
        if not self.pool.keep(turn):
            return None

        def stop(fate: str) -> None:
            watchdog.cancel()
            self.pool.stop(turn, fate)
            self.pool.give_back(turn, healthy=False)

        # A reader that neither reads on nor closes must not keep the place.
        watchdog = threading.Timer(self._until(turn) - time.monotonic(), stop, ("deadline",))
        watchdog.daemon = True
        watchdog.start()
        stream = self._stream(turn, watchdog)
        return EmbeddedAnswer(form, media_type, self.release, False, False, None, stream, lambda: stop("closed"))

    def _chunks(self, turn: Turn) -> Generator[bytes, None, str | None]:
        """Hand out an answer, end the turn and return the limit that cut the answer, if one did.

        :raises QueryError: when the worker reports an error after its last frame.
        """
        end = json.loads((yield from turn.worker.data(self._until(turn), self.gone)))
        error = self._ended(turn, end)
        if error:
            raise error
        cut: str | None = end["truncated_by"]
        return cut

    def _stream(self, turn: Turn, watchdog: threading.Timer) -> Iterator[bytes]:
        try:
            cut = yield from self._chunks(turn)
        except (EOFError, OSError) as error:
            raise self._failure(error, turn, self.pool.give_back(turn, healthy=False)) from None
        finally:
            watchdog.cancel()
            self.pool.give_back(turn, healthy=False)
        if cut:
            limit = {"rows": self.limits.rows, "bytes": self.limits.bytes}[cut]
            raise CutShort(f"The answer is cut at its limit of {limit} {cut}.")

    def _ended(self, turn: Turn, end: Message) -> QueryError | None:
        """Give the worker back after its last frame; return the error that the frame holds."""
        kind, age = end.get("error"), turn.age()
        if age >= MOMENT or age < LEAST_MOMENT:
            self.experience.note(self.request["text"], long=age >= MOMENT)
        healthy = kind not in ("memory", "internal") and end["peak"] < self.memory / RETIRE
        self.pool.give_back(turn, healthy=healthy)
        if kind:
            return diagnosis.of_report(end, self.common | self.request, self.memory)
        return None

    def _failure(self, error: Exception, turn: Turn, death: Death | None) -> QueryError:
        elapsed = time.monotonic() - turn.started
        if isinstance(error, TimeoutError):
            return diagnosis.timed_out(self.limits, elapsed)
        return diagnosis.of_death(death, turn.fate, self.limits, elapsed, self.memory)
