"""One connection: what slow and greedy clients may hold of the server, and that long bodies come from writers only."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask
from waitress.utilities import Error

from server.budgets import client_of
from server.proxies import Networks
from server.settings import Settings
from server.store import tokens

FREE_WRITES = 64 * 1024  # bytes of a body that can only be a write: so many may be on their way already
FREE_BODIES = 2  # times the limit of a question's body: what a request without a token may send before it is answered
SLOWEST = 16 * 1024  # bytes of a body a second, beyond the first seconds
UPDATE = "application/sparql-update"
LOOK = 1.0  # seconds between two looks whether a slow reader has taken anything


class RequestTimeout(Error):  # type: ignore[misc]
    """A request that did not arrive in time (RFC 9110, 15.5.9)."""

    code = 408
    reason = "Request Timeout"


class TooManyConnections(Error):  # type: ignore[misc]
    """One address with too many connections (RFC 6585, 4)."""

    code = 429
    reason = "Too Many Requests"


@dataclass(frozen=True)
class Terms:
    """What every connection of a server may do.

    :ivar free_body: bytes that a request without a token may send.
    :ivar receive_timeout: seconds in which a request arrives; its body has more, by its length.
    :ivar send_timeout: seconds that an answer under way waits for a client that takes nothing.
    :ivar connections: open at a time from one address; 0 is no limit.
    :ivar is_writer: tells whether a secret is the token of somebody.
    :ivar proxies: addresses that hold connections for others, and may have any number.
    """

    free_body: int
    receive_timeout: float
    send_timeout: float
    connections: int
    is_writer: Callable[[str], bool]
    proxies: Networks

    @classmethod
    def of(cls, settings: Settings) -> "Terms":
        """Return the terms that follow from the settings."""
        return cls(
            FREE_BODIES * settings.max_body,
            settings.receive_timeout,
            settings.send_timeout,
            settings.client_connections,
            lambda secret: _is_writer(settings.data, secret),
            Networks(settings.trusted_proxies),
        )


def _is_writer(folder: Path, secret: str) -> bool:
    return tokens.holder(tokens.read(folder), secret) is not None


class Request(HTTPRequestParser):  # type: ignore[misc]
    """A request as it arrives; a long body is not received where no token that somebody has goes before it."""

    def __init__(self, adj: Any, terms: Terms) -> None:
        super().__init__(adj)
        self.terms = terms
        self.began = time.monotonic()
        self.refused = False
        self._from_writer: bool | None = None

    def received(self, data: bytes) -> int:
        """Take the next bytes; return how many of them belong to this request."""
        consumed: int = super().received(data)
        if self.body_rcv is None or self.error:
            return consumed
        length = max(self.content_length, self.body_bytes_received)
        if length <= self._free_body() or self._comes_from_writer():
            return consumed
        self.refused = self.completed = True
        self.expect_continue = False
        self.headers["CONTENT_LENGTH"] = str(length)  # which the app finds too long, after it has asked for a token
        self.headers["CONNECTION"] = "close"
        return len(data)

    def is_late(self) -> bool:
        """Return whether it should have arrived by now."""
        allowed: float = self.terms.receive_timeout + self.body_bytes_received / SLOWEST
        return time.monotonic() - self.began > allowed

    def _free_body(self) -> int:
        """Return the bytes that are received without a token."""
        media_type = self.headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        asks = self.command == "POST" and "graphs" not in self.path.split("/") and media_type != UPDATE
        if asks:  # or it is an update in a form
            return self.terms.free_body
        return 0 if self.expect_continue else min(FREE_WRITES, self.terms.free_body)

    def _comes_from_writer(self) -> bool:
        if self._from_writer is None:
            scheme, _, secret = self.headers.get("AUTHORIZATION", "").partition(" ")
            self._from_writer = scheme.lower() == "bearer" and self.terms.is_writer(secret.strip())
        return self._from_writer


class ProblemTask(ErrorTask):  # type: ignore[misc]
    """An error that comes before the app, in the shape of all others."""

    def execute(self) -> None:
        error = self.request.error
        problem = {
            "type": "about:blank",
            "title": error.reason,
            "status": error.code,
            "detail": error.body,
            "instance": getattr(self.request, "path", ""),
        }
        body = json.dumps(problem).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        if isinstance(error, TooManyConnections):
            self.response_headers.append(("Retry-After", "10"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):  # type: ignore[misc]
    """A connection on the terms of its server, which `server.terms` holds."""

    error_task_class = ProblemTask
    request: Request | None
    requests: list[Request]

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:
        self.terms: Terms = server.terms
        super().__init__(server, sock, addr, adj, map=map)
        client = client_of(addr[0])
        if self.terms.connections and client is not None and addr[0] not in self.terms.proxies:
            others = sum(client_of(other.addr[0]) == client for other in server.active_channels.values())
            if others > self.terms.connections:
                self._end(TooManyConnections(f"Your address has {self.terms.connections} connections open already."))

    def parser_class(self, adj: Any) -> Request:
        """Return what takes the next request."""
        return Request(adj, self.terms)

    def received(self, data: bytes) -> bool:
        """Take bytes, unless they are the rest of a body that nobody will read."""
        with self.requests_lock:
            if any(request.refused for request in self.requests):
                return False
        return bool(super().received(data))

    def readable(self) -> bool:
        """Return whether to wait for bytes; asked at least every second, so that it sees who is late."""
        if self.request is not None and not self.requests and self.request.is_late():
            seconds = f"{self.terms.receive_timeout:g} seconds"
            self._end(RequestTimeout(f"The request did not arrive within {seconds}; send it again, and faster."))
        return bool(super().readable())

    def _end(self, error: Error) -> None:
        """Answer with an error what has not arrived, and close."""
        with self.requests_lock:
            request = self.request or self.parser_class(self.adj)
            self.request = None
            request.error = error
            request.completed = True
            self.requests.append(request)
            self.server.add_task(self)

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Wait till the client has taken enough of the answer for more of it, for a while.

        :raises ClientDisconnected: when it takes too long.
        """
        end = time.monotonic() + self.terms.send_timeout
        with self.outbuf_lock:
            while self.connected and self.total_outbufs_len > self.adj.outbuf_high_watermark:
                if time.monotonic() > end:
                    self.will_close = True
                    self.server.pull_trigger()
                    raise ClientDisconnected
                self.server.pull_trigger()
                self.outbuf_lock.wait(LOOK)
