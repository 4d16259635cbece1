"""Pieces of bytes as a file to read from, for parsers that want one."""

import io
from collections.abc import Iterable
from typing import Any


class Pieces(io.RawIOBase):
    """A file whose bytes come piece by piece, each when it is read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        """Read from `pieces`; empty ones are passed over."""
        self._pieces = filter(None, pieces)
        self._left = b""

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what comes next; return how many bytes that are, 0 at the end."""
        self._left = self._left or next(self._pieces, b"")
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size
