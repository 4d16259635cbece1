"""Serving: one process that listens and watches, and behind it one that answers (`server.answering`).

What is imported here stays in the process that watches, so it is little.
"""

from server import logs
from server.listening import CannotServe, check, check_folder, listen
from server.settings import Settings
from server.supervisor import Supervisor

__all__ = ["CannotServe", "check", "serve"]


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP reloads without losing a request.

    :raises CannotServe: when it cannot start.
    """
    check_folder(settings)
    logs.configure(settings)
    with listen(settings) as listening:
        Supervisor(settings, listening).run()
