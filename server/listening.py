"""The socket that the server listens on and the folder it serves, each usable or told in one line why not."""

import logging
import os
import socket

from server.settings import Settings
from server.store.errors import Damaged, OtherBase
from server.store.releases import Releases

log = logging.getLogger(__name__)


class CannotServe(Exception):
    """The server cannot start; the text is one line that says why and what to do."""


def check(settings: Settings) -> None:
    """Return if a server could start with these settings.

    :raises CannotServe: for a busy port or a data folder that cannot be used.
    """
    check_folder(settings)
    listen(settings).close()


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


def check_folder(settings: Settings) -> None:
    """Make the data folder if it is not there.

    :raises CannotServe: when it cannot be read and written.
    """
    folder = settings.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotServe(
            f"The data folder {folder} cannot be used: {error.strerror}. Choose another by --data."
        ) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotServe(f"The data folder {folder} cannot be read and written. Choose another by --data.")
    try:
        Releases(folder).current()
    except OtherBase as error:
        raise CannotServe(str(error)) from None
    except Damaged as error:  # a rollback mends it while requests are told
        log.error("%s", error)


def address_of(listening: socket.socket) -> str:
    """Return the address for people: 'http://127.0.0.1:8000'."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
