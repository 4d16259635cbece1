"""A serving process: the app on waitress with threads for requests, and worker processes for queries."""

import importlib
import json
import logging
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

from waitress.channel import ClientDisconnected
from waitress.server import create_server
from waitress.task import WSGITask

from server import logs, metrics, settings, shortcut
from server.access_log import Done
from server.connections import Connection, ProblemTask, Terms
from server.listening import CannotServe
from server.saved_query import BadSavedQuery
from server.settings import Settings
from server.store.engine import QueryError
from server.store.errors import StoreError
from server.supervisor import HAND_OVER, SERVE

log = logging.getLogger(__name__)

LOOK = 0.1  # seconds between two looks whether the last request is done, on the way out
LAST_WORDS = 1.0  # seconds that the errors of what was cut off at the limit have to go out
TOGETHER = 64 * 1024  # bytes of a body up to which it is copied to go out with its headers
MOMENT = 50  # milliseconds that a client has to take more of an answer before it counts as slow
IDLE = 5.0  # seconds that a connection kept alive may lie still after the order to hand over


def main(channel: str) -> None:
    """Be a serving process, with a channel to the supervisor, which sends the listening socket when it is time.

    Settings come from the environment. The end of the channel is the end of the supervisor, and ours.
    """
    with socket.socket(fileno=int(channel)) as supervisor:
        for number in (signal.SIGINT, signal.SIGHUP):  # the supervisor's to handle
            signal.signal(number, signal.SIG_IGN)
        threading.Thread(target=_end_with, args=(supervisor,), daemon=True).start()
        importlib.import_module("server.app").prepare()  # while nobody waits for it
        listening = socket.recv_fds(supervisor, len(SERVE), 1)[1]
        if not listening:
            return
        try:
            values = settings.read()
            logs.configure(values)
            server = Server(values, socket.socket(fileno=listening[0]))
        except (BadSavedQuery, CannotServe, StoreError, settings.BadSetting) as error:
            supervisor.sendall(json.dumps({"failed": str(error)}).encode())
            raise SystemExit(1) from None
        supervisor.sendall(json.dumps({"failed": None}).encode())
        server.run()


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether a record of waitress's tells more than the line of the request: no stream that was cut."""
    return record.exc_info is None or not isinstance(record.exc_info[1], QueryError)


def _end_with(supervisor: socket.socket) -> None:
    poll = select.poll()
    poll.register(supervisor, 0)  # hanging up is reported unasked
    poll.poll()
    os._exit(1)


class _Task(WSGITask):  # type: ignore[misc]
    """One request; on the way out its answer says that the connection ends with it."""

    environ: dict[str, Any] | None
    wrote_header: bool

    def get_environment(self) -> Any:
        """Return the environ, made only once for a request."""
        if self.environ is None:
            self.environ = getattr(self.request, "environ", None)
        self.request.environ = super().get_environment()
        return self.request.environ

    def write(self, data: bytes) -> None:
        """Write a part of the answer, the first one together with the headers."""
        if not (self.complete and data and self.has_body):
            super().write(data)
            return
        header = b"" if self.wrote_header else self.build_response_header()
        self.wrote_header = True
        if self.chunked_response:
            self.channel.send_now(header + b"%X\r\n" % len(data), data, b"\r\n")
        elif header and self.content_length == len(data):
            self.content_bytes_written = len(data)
            if len(data) > TOGETHER:
                self.channel.send_now(header, data)
            else:
                self.channel.write_soon(header + data)
        else:
            self.channel.write_soon(header)
            super().write(data)

    def build_response_header(self) -> Any:
        if not self.channel.server.accepting:
            self.request.headers["CONNECTION"] = "close"
        return super().build_response_header()

    def set_close_on_finish(self) -> None:
        """End the connection with this answer, unless it is only for want of a length that chunks make up for."""
        is_chunked = self.chunked_response and not self.wrote_header and self.request.command != "HEAD"
        if not is_chunked:
            super().set_close_on_finish()


class _Refusal(ProblemTask):
    """The answer to what is no HTTP, or beyond the limits of headers and bodies: it never comes to the app."""

    def execute(self) -> None:
        super().execute()
        status = self.request.error.code
        metrics.of(self.channel.server.application).on_done(Done("none", status, time.time() - self.start_time, False))
        fields = {"status": status, "client": self.channel.addr[0]}
        log.info("not a request: %s", self.request.error.reason, extra={logs.FIELDS: fields})


class _Channel(Connection):
    """One connection."""

    task_class = _Task
    error_task_class = _Refusal
    at_once = False  # whether its next request is answered here and now, by the thread that waits for all connections

    def handle_read(self) -> None:
        """Take what has come, and answer it where that takes no thread of its own."""
        super().handle_read()
        while self.at_once:
            self.at_once = False
            self.service()

    def send_now(self, *parts: bytes) -> None:
        """Send what the client takes at once or within a moment; the rest goes the way of all that it is slow to take.

        It is neither copied nor handed to the thread that waits for all connections, as `write_soon` does.

        :raises ClientDisconnected: when the client is gone.
        """
        rest = [memoryview(part) for part in parts if part]
        if (descriptor := self._fileno) is None:  # the thread that waits for all connections has ended this one
            raise ClientDisconnected
        patience = select.poll()
        patience.register(descriptor, select.POLLOUT)
        while rest:
            with self.outbuf_lock:
                if not self.connected:
                    raise ClientDisconnected
                sent = 0 if self.total_outbufs_len else self._send(rest)
            rest = _after(rest, sent)
            if rest and (self.total_outbufs_len or not patience.poll(MOMENT)):
                break
        for part in rest:
            self.write_soon(bytes(part))

    def _send(self, parts: Sequence[memoryview]) -> int:
        try:
            sent: int = self.socket.sendmsg(parts)
        except BlockingIOError:
            return 0
        except OSError as error:
            self.will_close = True
            self.server.pull_trigger()
            raise ClientDisconnected from error
        self.last_activity = time.time()
        return sent

    def is_idle(self) -> bool:
        """Return whether nothing of a request or an answer is on its way."""
        return not (self.requests or self.request or self.total_outbufs_len)


def _after(parts: Sequence[memoryview], sent: int) -> list[memoryview]:
    """Return what is left of parts when so many bytes are sent."""
    left = []
    for part in parts:
        left += [part[sent:]] if sent < len(part) else []
        sent = max(0, sent - len(part))
    return left


class Server:
    """The app on a listening socket."""

    def __init__(self, values: Settings, listening: socket.socket) -> None:
        """Get ready to answer.

        :raises server.saved_query.BadSavedQuery: when a saved query's header or text is wrong.
        """
        from server.app import create_app

        self.shutdown_timeout = values.shutdown_timeout
        self.app = create_app(values)
        self.wsgi = create_server(
            self.app,
            sockets=[listening],
            threads=values.threads,
            channel_request_lookahead=5,  # without it waitress does not notice that a client goes away
            # beyond the app's own 413, which explains itself
            max_request_body_size=2 * max(values.max_body, values.max_upload),
            asyncore_use_poll=True,  # select() ends at 1024 files
            connection_limit=1000,
            outbuf_high_watermark=1024**2,
            ident="armsclaims",
            clear_untrusted_proxy_headers=False,  # that is done by server.proxies
            log_socket_errors=False,
        )
        self.wsgi.terms = Terms.of(values)
        self.wsgi.channel_class = _Channel
        self._look_ahead = shortcut.of(self.app).look_ahead
        self._loops = threading.get_ident()
        self._pull_trigger = self.wsgi.pull_trigger
        self.wsgi.add_task = self._add_task
        self.wsgi.pull_trigger = self._wake
        self.patience: float | None = None  # with idle connections, once there is an order to go
        self.ordered_at = 0.0
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(HAND_OVER, self._hand_over)
        # A busy server has requests waiting for a thread as its normal state.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        logging.getLogger("waitress").addFilter(_is_news)

    def run(self) -> None:
        """Answer until there is an order to go, then what is in hand, then end the workers."""
        from server.warming import Warming

        parts = self.app.extensions["armsclaims"]
        warming = Warming(self.app)
        warming.start()
        try:
            while self.patience is None:
                self._loop(1.0)
            self._take_no_more()
            while not self._is_done(self.patience):
                self._loop(LOOK)
        finally:
            warming.stop()
            parts.engine.close()  # what runs past the limit gets its error, so that its thread ends
            parts.writer.close()
            self.wsgi.task_dispatcher.shutdown()
        last = time.time() + LAST_WORDS
        while self.wsgi.active_channels and time.time() < last:
            self._loop(LOOK)

    def _add_task(self, channel: _Channel) -> None:
        """Let the next request of a connection be answered by this thread where that takes no time, else by another."""
        request = channel.requests[0]
        if threading.get_ident() == self._loops and not request.error and channel.addr[0] not in channel.terms.proxies:
            channel.at_once = self._look_ahead(_Task(channel, request).get_environment())
        if not channel.at_once:
            self.wsgi.task_dispatcher.add_task(channel)

    def _wake(self) -> None:
        """Let the thread that waits for all connections look at them again, unless it is the one that asks for that."""
        if threading.get_ident() != self._loops:
            self._pull_trigger()

    def _loop(self, seconds: float) -> None:
        self.wsgi.asyncore.loop(seconds, use_poll=True, map=self.wsgi._map, count=1)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self.patience = 0.0
        self._pull_trigger()

    def _hand_over(self, _signal: int, _frame: FrameType | None) -> None:
        if self.patience is None:
            self.patience = IDLE
        self._pull_trigger()

    def _take_no_more(self) -> None:
        """Leave new connections to the process that comes after us, if one does."""
        self.ordered_at = time.time()
        self.wsgi.accepting = False
        self.wsgi.del_channel()
        self.wsgi.socket.close()

    def _is_done(self, patience: float) -> bool:
        """Close the connections that lie idle; return whether none is left, or the time is over."""
        now = time.time()
        for channel in list(self.wsgi.active_channels.values()):
            if channel.is_idle() and now - max(channel.last_activity, self.ordered_at) >= patience:
                channel.will_close = True
        return not self.wsgi.active_channels or now - self.ordered_at > self.shutdown_timeout
