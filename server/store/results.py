"""A cache of whole answers, keyed by the state of the release that they are of: what is in it can never be stale.

Beside it is remembered which answers are long.
"""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from server.store.calls import EmbeddedAnswer
from server.store.engine import Answer

# What has another value each time. The engine's parser knows no word boundaries ("ORDER BYRAND()") and allows comments.
_CHANGES = re.compile(r"(?:NOW|RAND|UUID|BNODE)(?:\s|#[^\n\r]*)*\(|SERVICE", re.IGNORECASE)
_WORDS = ("now", "rand", "uuid", "bnode", "service")
OVERHEAD = 1024  # bytes that an entry takes besides its answer and its key
SHARE = 8  # no answer takes more than this part of the cache
ON_THEIR_WAY = 4  # nor do all streams together that are collected for it
STREAMS = 1000  # how many answers are remembered to be streams
LONGEST_KEY = 16 * 1024  # characters of what they are remembered by


@dataclass(frozen=True)
class _Kept:
    form: str
    media_type: str
    release: str
    body: bytes
    size: int


def changes(text: str) -> bool:
    """Return whether a query may have another answer each time, though the data are the same."""
    lower = text.lower()
    if text.isascii() and not any(word in lower for word in _WORDS):  # which takes a tenth of the time
        return False
    return bool(_CHANGES.search(text))


class ResultCache:
    """Answers by their keys, the least recently used ones going first; safe for threads."""

    def __init__(self, most: int) -> None:
        """Keep at most `most` bytes."""
        self.most = most
        self.hits = 0
        self.misses = 0
        self.bytes = 0
        self.collecting = 0  # bytes of streams on their way
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    def get(self, key: Hashable, most: int | None = None) -> EmbeddedAnswer | None:
        """Return the answer with this key, None when it is not here.

        :param most: bytes that it may have; who names them asks beforehand, so that what is not found is no miss yet.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or (most is not None and len(kept.body) > most):
                self.misses += most is None
                return None
            self._kept.move_to_end(key)
            self.hits += 1
        return whole(kept, kept.body)

    def note_miss(self) -> None:
        """Count an answer that was not here when it was asked for beforehand, and is worked out now."""
        with self._lock:
            self.misses += 1

    def keep(self, key: Hashable, answer: EmbeddedAnswer, length: int) -> EmbeddedAnswer:
        """Keep a whole answer and return it; one that is cut or too long is returned as it is.

        A stream is kept when it has come to its end: until then it is collected, as long as there is room.

        :param length: characters of the key, which are counted too.
        """
        if not answer.complete:
            return replace(answer, _chunks=self._collected(key, answer, length))
        if answer.truncated:
            return answer
        body = b"".join(answer)
        self._keep(key, answer, body, length)
        return whole(answer, body)

    def _keep(self, key: Hashable, answer: EmbeddedAnswer, body: bytes, length: int) -> None:
        kept = _Kept(answer.form, answer.media_type, answer.release, body, len(body) + length + OVERHEAD)
        if kept.size <= self.most // SHARE:
            with self._lock:
                replaced = self._kept.pop(key, None)
                self._kept[key] = kept
                self.bytes += kept.size - (replaced.size if replaced else 0)
                while self.bytes > self.most:
                    _, oldest = self._kept.popitem(last=False)
                    self.bytes -= oldest.size

    def _collected(self, key: Hashable, answer: EmbeddedAnswer, length: int) -> Iterator[bytes]:
        """Hand out the chunks of a stream; keep it if it ends well, which one that is cut, broken or left does not."""
        pieces: list[bytes] = []
        size = 0  # of the pieces
        whole = True
        try:
            for chunk in answer:
                if whole and size + len(chunk) <= self.most // SHARE and self._claim(len(chunk)):
                    pieces.append(chunk)
                    size += len(chunk)
                elif whole:
                    whole = False
                    pieces.clear()
                    self._claim(-size)
                    size = 0
                yield chunk
            if whole:
                self._keep(key, answer, b"".join(pieces), length)
        finally:
            self._claim(-size)

    def _claim(self, count: int) -> bool:
        """Count bytes of streams that are collected; return whether there is room for them."""
        with self._lock:
            has_room = self.collecting + count <= self.most // ON_THEIR_WAY
            self.collecting += count if has_room else 0
            return has_room

    def keep_only(self, release: str) -> None:
        """Let go of the answers of all other releases, which only those ask for who name them."""
        with self._lock:
            for key in [key for key, kept in self._kept.items() if kept.release != release]:
                self.bytes -= self._kept.pop(key).size


class Streams:
    """Which answers are longer than what is whole before its first byte leaves: asked again they leave at once.

    A release never changes, so that an answer of its own which was too long once is so each time; safe for threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, request: Mapping[str, Any]) -> bool:
        with self._lock:
            key = self._key(request) if self._known else None
            if key is None or key not in self._known:
                return False
            self._known.move_to_end(key)
            return True

    def add(self, request: Mapping[str, Any]) -> None:
        """Remember that the answer to what a worker was asked was a stream; forget the one not asked for longest."""
        key = self._key(request)
        if key is None:
            return
        with self._lock:
            self._known[key] = None
            if len(self._known) > STREAMS:
                self._known.popitem(last=False)

    @staticmethod
    def _key(request: Mapping[str, Any]) -> str | None:
        """Return what tells one answer from all others; None where it may be another each time."""
        if "store" not in request or len(request["text"]) > LONGEST_KEY or changes(request["text"]):
            return None
        names = ("store", "text", "default_graphs", "named_graphs", "substitutions", "media_types", "rows", "bytes")
        key = json.dumps([request[name] for name in names])
        return key if len(key) <= LONGEST_KEY else None


def whole(known: "Answer | _Kept", body: bytes) -> EmbeddedAnswer:
    """Return an answer whose bytes are all here."""
    return EmbeddedAnswer(known.form, known.media_type, known.release, True, False, None, iter([body]), lambda: None)
