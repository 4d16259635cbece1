"""Writes as the server asks for them: guarded, each in a process of its own, with a deadline and bounded memory."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import time
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ontology.terms import PREFIXES
from server.store import diagnosis, errors, updates
from server.store.editing import Edit
from server.store.engine import BadQuery, Limits, QueryError, TimedOut
from server.store.errors import Invalid, StoreError, Violation
from server.store.guard import BOUNDS, Bounds, Guard
from server.store.workers import ENVIRONMENT, ROOT, Death
from server.store.writer import SHAPED, order

START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from server.store.writer import main; main()"
PATIENCE = 60.0  # seconds past the deadline for the switch to a release, and no more
GIB = 1024**3
WRITE_BOUNDS = replace(BOUNDS, length=64 * 1024**2)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: the release that holds it, and whether the graph was there before."""

    release: str
    existed: bool


class Writer:
    """Publishes writes to a data folder; safe for many threads, since the folder's lock puts them in a row."""

    def __init__(
        self,
        folder: Path,
        *,
        plain: bool = False,
        seconds: float = 120.0,
        memory: int = 2 * GIB,
        keep: int = 10,
        bounds: Bounds = WRITE_BOUNDS,
        service_allow: Collection[str] = (),
    ) -> None:
        """Prepare; nothing is read or started before the first write.

        :param plain: the folder holds a dataset as written; nothing is derived, validated or described.
        :param seconds: the limit of one write, the wait for other writers included.
        :param memory: bytes of address space that the change itself may use.
        :param keep: releases that a write leaves.
        :param bounds: what the guard lets through.
        :param service_allow: IRIs that SERVICE may call, exactly as written.
        """
        self.folder = Path(folder).resolve()
        self.plain = plain
        self.seconds = seconds
        self.memory = memory
        self.keep = keep
        self.prefixes: Mapping[str, str] = {} if plain else PREFIXES
        self.guard = Guard(service_allow, bounds, self.prefixes)
        self._spare: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._end = weakref.finalize(self, _end_all, self._spare)

    def update(
        self,
        text: str,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        *,
        who: str | None = None,
        expected: Collection[str] | None = None,
    ) -> Written:
        """Carry out a SPARQL update, over the dataset that the protocol may give it.

        :raises QueryError: when the update is refused, wrong, or runs into a limit.
        :raises StoreError: as `write` does.
        """
        calls = updates.check(self.guard, text)
        text = updates.with_dataset(text, default_graphs, named_graphs)
        return self.write(Edit("update", text), who=who, expected=expected, sealed=not calls)

    def write(
        self, edit: Edit, *, who: str | None = None, expected: Collection[str] | None = None, sealed: bool = True
    ) -> Written:
        """Carry out one write and publish it.

        :param who: the writer's name, for the release.
        :param expected: identifiers, one of which must be that of the current release.
        :raises Outdated: when it is not.
        :raises Invalid: when the shapes are violated.
        :raises StoreError: for what else cannot be published.
        :raises QueryError: when it runs into a limit.
        """
        began = time.monotonic()
        process = self._process()
        request = order(
            edit,
            folder=str(self.folder),
            plain=self.plain,
            prefixes=dict(self.prefixes),
            memory=self.memory,
            keep=self.keep,
            who=who,
            expected=None if expected is None else list(expected),
            seconds=self.seconds,
            sealed=sealed,
        )
        try:
            answer, words = process.communicate(request, timeout=self.seconds + PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise TimedOut("The write did not end; whether it is published tells the current release.") from None
        if process.returncode != 0 or not answer:
            death = Death(process.returncode, words.decode(errors="replace"))
            elapsed = time.monotonic() - began
            raise diagnosis.of_death(death, None, Limits(seconds=self.seconds), elapsed, self.memory)
        report = json.loads(answer)
        if "error" in report:
            raise self._error(report, edit)
        return Written(**report)

    def close(self) -> None:
        """End the process that waits for the next write; writes under way go on."""
        self._end()

    def _process(self) -> subprocess.Popen[bytes]:
        """Return a process for this write, and start one for the next, which then need not wait for imports."""
        process = self._living_spare() or _start(self.plain)
        self._spare.put(_start(self.plain))
        if not self._end.alive:
            _end_all(self._spare)
        return process

    def _living_spare(self) -> subprocess.Popen[bytes] | None:
        with contextlib.suppress(queue.Empty):
            while True:
                process = self._spare.get_nowait()
                if process.poll() is None:
                    return process
                process.communicate()  # somebody killed it
        return None

    def _error(self, report: dict[str, Any], edit: Edit) -> Exception:
        if report["error"] == "Invalid":
            return Invalid([Violation(**violation) for violation in report["violations"]])
        if report["error"] == "syntax":
            return diagnosis.bad_query(report["message"], edit.update, PREFIXES, self.prefixes)
        if report["error"] == "update":
            return BadQuery(f"{report['message']}. Nothing was changed; SILENT lets an operation fail alone.")
        if report["error"] == "memory":
            return diagnosis.out_of_memory(self.memory)
        if report["error"] == "failed":
            return QueryError(f"The write failed: {report['message']}. Nothing was published.")
        kind: type[StoreError] = getattr(errors, report["error"])
        return kind(report["message"])


def _start(plain: bool) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-c", START, *([] if plain else [SHAPED])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
    )


def _end_all(spare: "queue.SimpleQueue[subprocess.Popen[bytes]]") -> None:
    while not spare.empty():
        process = spare.get()
        process.kill()
        process.communicate()
