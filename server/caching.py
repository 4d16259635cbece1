"""What is worked out once per release: the current release's values by key, forgotten when the release changes."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class PerRelease(Generic[Value]):
    """A cache of the release asked last; safe for threads, two of which may work the same value out at once."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._release = ""
        self._values: dict[Hashable, Value] = {}

    def get(self, release: str, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key in a release, made now if it is not known."""
        with self._lock:
            if self._release == release and key in self._values:
                return self._values[key]
        value = make()
        self.put(release, key, value)
        return value

    def put(self, release: str, key: Hashable, value: Value) -> None:
        """Keep a value of a key in a release."""
        with self._lock:
            if self._release != release or len(self._values) >= self._most:
                self._release, self._values = release, {}
            self._values[key] = value
