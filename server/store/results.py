"""A cache of whole answers, keyed by the state of the release that they are of: what is in it can never be stale."""

import re
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from server.store.calls import EmbeddedAnswer
from server.store.engine import Answer

# What has another value each time. The engine's parser knows no word boundaries ("ORDER BYRAND()") and allows comments.
_CHANGES = re.compile(r"(?:NOW|RAND|UUID|BNODE)(?:\s|#[^\n\r]*)*\(|SERVICE", re.IGNORECASE)
_WORDS = ("now", "rand", "uuid", "bnode", "service")
OVERHEAD = 1024  # bytes that an entry takes besides its answer and its key
SHARE = 16  # no answer takes more than this part of the cache


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
        """Keep a whole answer and return it; one that is cut, too long or a stream is returned as it is.

        :param length: characters of the key, which are counted too.
        """
        if not answer.complete or answer.truncated:
            return answer
        body = b"".join(answer)
        kept = _Kept(answer.form, answer.media_type, answer.release, body, len(body) + length + OVERHEAD)
        if kept.size <= self.most // SHARE:
            with self._lock:
                replaced = self._kept.pop(key, None)
                self._kept[key] = kept
                self.bytes += kept.size - (replaced.size if replaced else 0)
                while self.bytes > self.most:
                    _, oldest = self._kept.popitem(last=False)
                    self.bytes -= oldest.size
        return whole(kept, body)

    def keep_only(self, release: str) -> None:
        """Let go of the answers of all other releases, which only those ask for who name them."""
        with self._lock:
            for key in [key for key, kept in self._kept.items() if kept.release != release]:
                self.bytes -= self._kept.pop(key).size


def whole(known: "Answer | _Kept", body: bytes) -> EmbeddedAnswer:
    """Return an answer whose bytes are all here."""
    return EmbeddedAnswer(known.form, known.media_type, known.release, True, False, None, iter([body]), lambda: None)
