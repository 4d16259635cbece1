"""Answers that are worked out once for a release and lie among its dumps: those of saved queries that take long.

An answer is found by its query and its limits, in one media type. A file is JSON in a line, then the answer, packed; it
goes with the dumps when something is forgotten.
"""

import hashlib
import io
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from server.store.calls import EmbeddedAnswer
from server.store.dumping import made
from server.store.engine import CutShort, Query
from server.store.release import Release
from server.store.worker import COMPLETE

PREFIX, SUFFIX = "answer-", ".zst"
LEVEL = 3
CHUNK = 64 * 1024


class Answers:
    """What is there of the releases that are asked; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: tuple[Path, int] | None = None
        self._names: frozenset[str] = frozenset()

    def find(self, dumps: Path, release: str, query: Query, media_types: Mapping[str, str]) -> EmbeddedAnswer | None:
        """Return the answer to a query from the dumps of a release; None where it is not there."""
        name = name_of(query, media_types) if self._listed(dumps) else ""
        if name not in self._names:
            return None
        try:
            return _read(dumps / name, release)
        except FileNotFoundError:  # something was forgotten
            return None

    def _listed(self, dumps: Path) -> bool:
        try:
            state = (dumps, dumps.stat().st_mtime_ns)
        except FileNotFoundError:
            return False
        with self._lock:
            if state != self._folder:
                self._names = frozenset(path.name for path in dumps.glob(f"{PREFIX}*{SUFFIX}"))
                self._folder = state
            return bool(self._names)


def name_of(query: Query, media_types: Mapping[str, str]) -> str:
    """Return the name of the file of an answer."""
    bound = sorted((name, str(term)) for name, term in query.substitutions.items())
    dataset = [list(query.default_graphs), list(query.named_graphs)]
    key = [query.text, dataset, bound, media_types.get("solutions"), query.limits.rows, query.limits.bytes]
    return f"{PREFIX}{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]}{SUFFIX}"


def write(release: Release, query: Query, media_types: Mapping[str, str], answer: EmbeddedAnswer) -> None:
    """Write an answer to a SELECT query down, unless it is cut short on its way.

    :raises QueryError: when the answer breaks off otherwise.
    :raises StoreError: when the disk is full or the folder cannot be written.
    """

    def make(path: Path) -> None:
        about = {"media_type": answer.media_type, "truncated_by": answer.truncated_by}
        with path.open("wb") as file, zstandard.ZstdCompressor(LEVEL).stream_writer(file) as out:
            out.write(json.dumps(about).encode() + b"\n")
            for chunk in answer:
                out.write(chunk)

    try:
        made(release, name_of(query, media_types), make)
    except CutShort:
        return
    finally:
        answer.close()


def _read(path: Path, release: str) -> EmbeddedAnswer:
    unpacked = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), closefd=True)
    file = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, unpacked)))
    about = json.loads(file.readline())
    first = file.read(COMPLETE + 1)
    complete = len(first) <= COMPLETE
    cut = about["truncated_by"]
    pieces = iter([first]) if complete else _rest(first, file)
    if complete:
        file.close()
    return EmbeddedAnswer(
        "solutions", about["media_type"], release, complete, complete and bool(cut), cut, pieces, file.close
    )


def _rest(first: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield first
    while chunk := file.read(CHUNK):
        yield chunk
    file.close()
