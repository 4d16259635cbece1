"""Serving the app with waitress: one process, threads for requests, worker processes for queries."""

import logging
import os
import signal
import socket
from types import FrameType

from waitress.server import create_server

from server.app import create_app
from server.settings import Settings
from server.store.engine import Engine


class CannotServe(Exception):
    """The server cannot start; the text is one line that says why and what to do."""


def check(settings: Settings) -> None:
    """Return if a server could start with these settings.

    :raises CannotServe: for a busy port or a data folder that cannot be used.
    """
    _check_folder(settings)
    listen(settings).close()


def serve(settings: Settings, engine: Engine | None = None) -> None:
    """Serve until SIGTERM or SIGINT; then end the requests in progress and the workers.

    :raises CannotServe: when it cannot start.
    """
    _check_folder(settings)
    listening = listen(settings)
    host, port = listening.getsockname()[:2]
    app = create_app(settings, engine)
    server = create_server(
        app,
        sockets=[listening],
        threads=settings.threads,
        channel_request_lookahead=5,  # without it waitress does not notice that a client goes away
        max_request_body_size=2
        * max(settings.max_body, settings.max_upload),  # beyond the app's own 413, which explains itself
        asyncore_use_poll=True,  # select() ends at 1024 files
        connection_limit=1000,
        outbuf_high_watermark=1024**2,
        ident="armsclaims",
        log_socket_errors=False,
    )
    signal.signal(signal.SIGTERM, _stop)
    # A busy server has requests waiting for a thread as its normal state.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    print(f"Serving on http://{_shown(host)}:{port}", flush=True)
    try:
        server.run()  # returns at KeyboardInterrupt and SystemExit, its threads ended
    finally:
        server.close()
        app.extensions["armsclaims"].engine.close()
        app.extensions["armsclaims"].writer.close()


def listen(settings: Settings) -> socket.socket:
    """Return a socket that listens on the host and port of the settings.

    :raises CannotServe: when the port is busy or the address is not ours.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotServe(f"The address {where} is not known ({error.strerror}). Choose another by --host.") from None
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise CannotServe(
            f"Cannot listen on {where}: {error.strerror}. Stop what uses the port or choose another by --port or PORT=."
        ) from None
    return listening


def _check_folder(settings: Settings) -> None:
    folder = settings.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotServe(
            f"The data folder {folder} cannot be used: {error.strerror}. Choose another by --data."
        ) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotServe(f"The data folder {folder} cannot be read and written. Choose another by --data.")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
