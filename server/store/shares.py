"""Who has had how much of the workers lately, so that the next place goes to whoever has had least.

Whom a thread works for stands in `client`, which the server sets with each request: an address, or a network of them;
'' is the server itself. A second of work counts half after a minute.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar

HALF_LIFE = 60.0  # seconds
MOST_CLIENTS = 10_000  # of which that is known; those that were seen longest ago are forgotten

client: ContextVar[str] = ContextVar("client", default="")


class Shares:
    """The seconds that clients have had; not safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._had: OrderedDict[str, tuple[float, float]] = OrderedDict()  # seconds, and when that was so

    def had(self, client: str) -> float:
        """Return the seconds that a client has had lately."""
        seconds, when = self._had.get(client, (0.0, 0.0))
        return seconds * math.exp2((when - self._clock()) / HALF_LIFE) if seconds else 0.0

    def add(self, client: str, seconds: float) -> None:
        """Note that a client has had so many more."""
        self._had[client] = self.had(client) + seconds, self._clock()
        self._had.move_to_end(client)
        if len(self._had) > MOST_CLIENTS:
            self._had.popitem(last=False)
