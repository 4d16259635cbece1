"""Every request gets an identifier, its client's share, a line in the log when its answer is out, and is counted."""

import hashlib
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request

from server import budgets
from server.logs import FIELDS, request_id
from server.proxies import TRUSTED
from server.store import shares

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
RELEASE = "Armsclaims-Release"
NOTES = "armsclaims.notes"  # in the environ: what the app adds to the line
LONGEST_PATH = 500  # characters of a path in the log; what is cut ends in …
DIGEST = 16  # hexadecimal digits that name a query
_PROCESS = secrets.token_hex(4)
_numbers = count(1)
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{7,127}")


@dataclass(frozen=True)
class Done:
    """A request whose answer is out: the room (blueprint) that answered, its status, and the seconds that it took."""

    room: str
    status: int
    seconds: float
    wrote: bool


def note(**fields: Any) -> None:
    """Add fields to the line of the current request."""
    add(request.environ, **fields)


def note_query(text: str) -> None:
    """Name the current request's query by its digest: the log never has its text."""
    add_query(request.environ, text)


def add(environ: MutableMapping[str, Any], **fields: Any) -> None:
    """Add fields to the line of a request."""
    environ.setdefault(NOTES, {}).update(fields)


def add_query(environ: MutableMapping[str, Any], text: str) -> None:
    """Name a request's query by its digest."""
    add(environ, query=hashlib.sha256(text.encode()).hexdigest()[:DIGEST])


def new_id() -> str:
    """Return an identifier that no other request has; that of the next one is no secret."""
    return f"{_PROCESS}{next(_numbers):08x}"


def init_app(app: Flask, on_done: Callable[[Done], None]) -> None:
    """Log every request of the app, and hand it to `on_done`."""

    def mark(response: Response) -> Response:
        response.headers[HEADER] = request_id.get() or ""
        note(room=request.blueprint or "none", wrote=bool(g.get("writes")))
        if RELEASE in response.headers:
            note(release=response.headers[RELEASE])
        return response

    app.after_request(mark)
    app.wsgi_app = AccessLog(app.wsgi_app, on_done)  # type: ignore[method-assign]


def _shown(path: str) -> str:
    return path if len(path) <= LONGEST_PATH else path[:LONGEST_PATH] + "…"


class AccessLog:
    """WSGI middleware."""

    def __init__(self, app: "WSGIApplication", on_done: Callable[[Done], None]) -> None:
        self.app = app
        self.on_done = on_done

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "") if environ.get(TRUSTED) else ""
        identifier = given if _WELL_FORMED.fullmatch(given) else new_id()
        request_id.set(identifier)
        shares.client.set(budgets.share_of(environ.get("REMOTE_ADDR")))
        answer = _Answer(identifier, environ, self.on_done)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            answer.status = int(status[:3])
            answer.length = next((int(value) for name, value in headers if name.lower() == "content-length"), None)
            return start_response(status, headers, exc_info)

        chunks = self.app(environ, start)
        if isinstance(chunks, environ.get("wsgi.file_wrapper", ())):
            answer.sent_as_file()  # by the server itself, from now on
            file: Iterable[bytes] = chunks
            return file
        answer.chunks = chunks
        return answer


class _Answer:
    """The chunks of an answer, counted; its end, whichever comes first, is logged."""

    def __init__(self, identifier: str, environ: MutableMapping[str, Any], on_done: Callable[[Done], None]) -> None:
        self.identifier = identifier
        self.environ = environ
        self.on_done = on_done
        self.began = time.monotonic()
        self.chunks: Iterable[bytes] = ()
        self.status = 0
        self.length: int | None = None
        self.bytes = 0
        self.whole = False
        self.is_done = False
        self.broken: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self.chunks:
                self.bytes += len(chunk)
                yield chunk
        except Exception as error:
            self.broken = type(error).__name__
            raise
        self.whole = True

    def close(self) -> None:
        try:
            close = getattr(self.chunks, "close", None)
            if close is not None:
                close()
        finally:
            self.done()

    def sent_as_file(self) -> None:
        self.bytes, self.whole = self.length or 0, True
        self.done()

    def done(self) -> None:
        """Write the line, once."""
        if self.is_done:
            return
        self.is_done = True
        environ, seconds = self.environ, time.monotonic() - self.began
        notes = dict(environ.get(NOTES, {}))
        done = Done(notes.pop("room", "none"), self.status, seconds, notes.pop("wrote", False))
        self.on_done(done)
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        fields = {
            "request_id": self.identifier,
            "method": environ.get("REQUEST_METHOD"),
            "path": _shown(path.encode("latin-1").decode("utf-8", "replace")),
            "status": self.status,
            "milliseconds": round(1000 * seconds, 1),
            "bytes": self.bytes,
            "client": environ.get("REMOTE_ADDR"),
            **notes,
        }
        if not self.whole:
            fields["broken"] = self.broken or "the client left"
        log.info("request", extra={FIELDS: fields})
        request_id.set(None)
