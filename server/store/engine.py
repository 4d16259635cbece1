"""What everything that reads asks of a store: one interface, whether it is embedded or a remote SPARQL server."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

if TYPE_CHECKING:
    from server.store.prepared import Condition, Whole
    from server.store.summary import Summary

Term = NamedNode | BlankNode | Literal | Triple
Row = dict[str, Term]


class QueryError(Exception):
    """A query that got no answer; `status` is the HTTP status, `title` names the cause, the text says what to do."""

    status = 500
    title = "The query failed"


class BadQuery(QueryError):
    """The query does not parse; `line` and `column` count from 1, `at` is the text there, where they are known."""

    status = 400
    title = "The query is not valid SPARQL"

    def __init__(self, message: str, line: int | None = None, column: int | None = None, at: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.at = at


class Refused(QueryError):
    """The guard does not let the query through (SERVICE, LOAD, nesting, length)."""

    status = 400
    title = "The query is refused"


class TimedOut(QueryError):
    """The query ran past its deadline and was stopped."""

    status = 503
    title = "The query took too long"


class OutOfMemory(QueryError):
    """The query needed more memory than a worker may have and was stopped."""

    status = 503
    title = "The query needs too much memory"


class Crashed(QueryError):
    """The query brought its worker down: it was too deep or too complex for the engine."""

    status = 503
    title = "The query is too deep or too complex"


class Unsortable(Crashed):
    """The engine could not sort the values of the query, since they are of types that have no order among them."""

    title = "The values cannot be sorted"


class Busy(QueryError):
    """All workers are busy and the queue is full."""

    status = 503
    title = "The server is busy"


class Unavailable(QueryError):
    """There is no release yet, or the remote engine does not answer."""

    status = 503
    title = "The store is not available"


class NoSuchRelease(QueryError):
    """The query asks for a release that does not exist."""

    status = 404
    title = "There is no such release"


class CutShort(QueryError):
    """An answer under way reached a limit of rows or bytes; what came before is the beginning of the answer."""

    status = 503
    title = "The answer was cut short"


class Inexpressible(QueryError):
    """The answer holds what its format cannot; another format can."""

    status = 406
    title = "The format cannot hold the answer"


class ServiceFailed(QueryError):
    """An endpoint that the query may call did not answer as it should."""

    status = 502
    title = "The other endpoint failed"


class Gone(QueryError):
    """Nobody waits for the answer any more, so the query was stopped."""

    status = 499
    title = "The client went away"


@dataclass(frozen=True)
class Limits:
    """Bounds on one query: seconds, rows of a result and bytes of a serialised result; None is no bound."""

    seconds: float = 30.0
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class Query:
    """One read-only query with its dataset (SPARQL 1.1 Protocol 2.1) and its bound variables (name to term).

    `substitutions` names variables without '?'; each must stand in the projection of a SELECT. pyoxigraph folds
    `BOUND(?x)` before it substitutes, so an optional parameter is written `VALUES ?x { UNDEF }` instead
    (`server.saved_query`).

    `whole`, if any, is another query; the rows of its answer that meet the conditions are those of this one.
    """

    text: str
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()
    substitutions: Mapping[str, Term] = field(default_factory=dict)
    limits: Limits = Limits()
    release: str | None = None  # None: the current one
    whole: "Whole | None" = None
    conditions: "Sequence[Condition]" = ()


class Answer(Protocol):
    """An answer on its way: iterate for bytes; close() ends the work behind it at once.

    `form` is 'solutions', 'boolean' or 'graph'; `media_type` is what the bytes are; `complete` is whether all bytes
    were there before the first was handed out (then `truncated` is final: the result was cut at a limit).
    Iterating a cut or broken longer stream raises `QueryError` after its last good byte.
    """

    form: str
    media_type: str
    release: str
    complete: bool
    truncated: bool
    truncated_by: str | None

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class Engine(Protocol):
    """A store that answers queries."""

    def query(self, query: Query, media_types: Mapping[str, str], gone: Callable[[], bool] | None = None) -> Answer:
        """Answer in `media_types[form]` ('solutions', 'boolean' and 'graph' to a media type).

        `gone`, asked about ten times a second, says whether the client went away; then the query is stopped.

        :raises QueryError: one of the kinds above, never a raw engine error; `Gone` when `gone()` said so.
        """
        ...

    def select(
        self, text: str, substitutions: Mapping[str, Term] | None = None, release: str | None = None
    ) -> list[Row]:
        """Return all solutions of a SELECT query as rows of terms.

        :raises QueryError: as `query`.
        """
        ...

    def is_prepared(self, query: Query) -> bool:
        """Tell whether the answer to a query is read from what lies ready, if it takes long at all."""
        ...

    def release(self) -> str:
        """Return the identifier of the release that queries see now.

        :raises Unavailable: when there is none.
        """
        ...

    def summary(self, release: str | None = None) -> "Summary | None":
        """Return what is worked out of a release for pages; None where they have to ask the engine for it."""
        ...

    def close(self) -> None:
        """End every worker and give back what the engine holds."""
        ...
