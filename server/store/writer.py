"""The process that carries out one write and publishes it; it may be killed at any moment, as any publisher may.

It reads one JSON object from standard input and writes one to standard output.
"""

import importlib
import json
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pyoxigraph import Store

from server.store import editing, worker
from server.store.editing import Edit, Upload
from server.store.errors import Invalid, StoreError
from server.store.releases import Releases

SHAPED = "shaped"  # the argument of a process whose writes will be validated
NOTES = {"update": "a SPARQL update", "put": "a graph put", "post": "triples posted", "delete": "a graph deleted"}


def order(edit: Edit, **about: Any) -> bytes:
    """Return what standard input takes: the write, and the arguments of `carry_out`."""
    return json.dumps({"edit": asdict(edit), **about}).encode()


def carry_out(
    edit: dict[str, Any],
    *,
    folder: str,
    plain: bool,
    prefixes: dict[str, str],
    memory: int,
    keep: int,
    who: str | None,
    expected: list[str] | None,
) -> dict[str, Any]:
    """Publish a write as a new release, prune old ones, and return the release and whether the graph was there.

    :param memory: bytes of address space that the change itself may use.
    :param keep: releases to leave.
    """
    asked = Edit(uploads=tuple(Upload(**upload) for upload in edit.pop("uploads")), **edit)
    existed = False

    def change(store: Store) -> None:
        nonlocal existed
        worker.limit_memory(memory)
        existed = editing.apply(store, asked, prefixes)
        worker.limit_memory(None)

    def on_progress(text: str) -> None:
        if text == "switching":  # from here on it takes a moment, and who asked must hear how it ended
            signal.setitimer(signal.ITIMER_REAL, 0)

    releases = Releases(Path(folder))
    release = releases.edit(
        change,
        plain=plain,
        writer=who,
        note=NOTES[asked.action],
        expected=expected,
        among=editing.touched_by(asked),
        progress=on_progress,
    )
    signal.setitimer(signal.ITIMER_REAL, 0)
    releases.prune(keep)
    return {"release": release.id, "existed": existed}


def main() -> None:
    """Carry out the write on standard input within its seconds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.argv[1:] == [SHAPED]:
        importlib.import_module("server.store.validation")  # now, while nobody waits for it
    words = sys.stdin.buffer.read()
    if not words:  # nobody will ask any more
        return
    request = json.loads(words)
    signal.setitimer(signal.ITIMER_REAL, request.pop("seconds"))  # SIGALRM ends the process, whatever it does
    if request.pop("sealed"):
        worker.seal()
    try:
        answer = carry_out(**request)
    except SyntaxError as error:
        answer = {"error": "syntax", "message": str(error)}
    except MemoryError as error:
        answer = {"error": "memory", "message": str(error)}
    except Invalid as error:
        answer = {"error": "Invalid", "violations": [asdict(violation) for violation in error.violations]}
    except StoreError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    except RuntimeError as error:  # such as a graph to clear that is not there
        answer = {"error": "update", "message": str(error)}
    except (OSError, ValueError) as error:
        answer = {"error": "failed", "message": str(error)}
    json.dump(answer, sys.stdout)
