"""An engine's answer as an HTTP response that tells its limits and never passes off a part as the whole."""

from collections.abc import Callable, Iterator, Mapping

from flask import Response, request

from server import access_log, asking, metrics
from server.site import site
from server.store.engine import Answer, Limits, Query

RELEASE = access_log.RELEASE
TRUNCATED = "Armsclaims-Truncated"
LIMITS = "Armsclaims-Limits"


def ask(query: Query, media_types: Mapping[str, str]) -> Answer:
    """Put a query to the engine, which stops it when the client of this request goes away.

    :raises QueryError: as the engine does.
    """
    access_log.note_query(query.text)
    asked: asking.Asked | None = request.environ.pop(asking.ASKED, None)
    if asked is None:
        asked = asking.ask(site().engine, metrics.current(), query, media_types, client_gone())
    return asked.result()


def client_gone() -> Callable[[], bool] | None:
    """Return the function that tells whether the client of this request has gone away, where the server has one."""
    gone: Callable[[], bool] | None = request.environ.get("waitress.client_disconnected")
    return gone


def respond(answer: Answer, content_type: str, limits: Limits) -> Response:
    """Return the answer as a response.

    A complete one has Content-Length, and `Armsclaims-Truncated` says 'no' or by which limit it was cut. A longer one
    is streamed under the limits that `Armsclaims-Limits` announces; where it is cut or breaks, the connection is
    aborted before the end of the message (RFC 9112, 8).
    """
    if request.method == "HEAD" or answer.complete:
        try:
            body = b"".join(answer) if answer.complete else b""
        finally:
            answer.close()
        response = Response(body, content_type=content_type)
    else:
        response = Response(_Stream(answer, client_gone()), content_type=content_type)
    if answer.complete:
        response.headers[TRUNCATED] = (answer.truncated_by or "yes") if answer.truncated else "no"
    response.headers[LIMITS] = describe(limits)
    response.headers[RELEASE] = answer.release
    response.vary.add("Accept")
    return response


def describe(limits: Limits) -> str:
    """Return limits as a header value: 'seconds=30, rows=100000'."""
    parts = [f"seconds={limits.seconds:g}"]
    if limits.rows is not None:
        parts.append(f"rows={limits.rows}")
    if limits.bytes is not None:
        parts.append(f"bytes={limits.bytes}")
    return ", ".join(parts)


class _Stream:
    """The chunks of a long answer; its end, whichever comes first, ends the work behind it."""

    def __init__(self, answer: Answer, gone: Callable[[], bool] | None) -> None:
        self._answer = answer
        self._gone = gone

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._answer:
            if self._gone is not None and self._gone():
                break
            yield chunk
        # A QueryError on the way passes through: the server then closes the connection without the last chunk.

    def close(self) -> None:
        self._answer.close()
