"""Loading what comes: articles are loaded as soon as they lie under some paths, and again when they have changed.

The language model stays in memory, so that an article is published within a second or two of its arrival. Files are
looked at again and again rather than announced by the system, which network file systems do not do.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from loader import sources
from loader.sources import Stamp
from server.store.errors import StoreError

LOOK = 0.2  # seconds between two looks at few files
SHARE = 4  # a look at many files is followed by a rest of so many times as long
AGAIN = 10.0  # seconds after which what could not be published is tried again


@dataclass
class _Arrivals:
    """Which files are new or have changed, and lie still: what is still being written waits for the next look."""

    loaded: dict[Path, Stamp] = field(default_factory=dict)
    last: Mapping[Path, Stamp] = field(default_factory=dict)

    def look(self, now: Mapping[Path, Stamp]) -> list[Path]:
        """Return the files to load, given all that lie there now."""
        ready = [path for path, stamp in now.items() if self.loaded.get(path) != stamp == self.last.get(path)]
        self.last = now
        return ready

    def gone(self) -> list[Path]:
        """Return the files that were loaded and do not lie there any more."""
        return [path for path in self.loaded if path not in self.last]


def watch(
    paths: Sequence[Path],
    load: Callable[[Sequence[Path]], object],
    stopped: Event,
    *,
    prune: bool = False,
    on_error: Callable[[str], None] = lambda _: None,
) -> None:
    """Load everything under the paths, then what comes or changes, until `stopped`; what is under way is finished.

    :param load: loads some files or, given `paths` themselves, everything.
    :param prune: whether everything is loaded again when files have gone.
    :param on_error: hears why something could not be published; it is tried again later.
    :raises StoreError: as the first load does.
    """
    arrivals = _Arrivals()
    there = stamps(paths)
    load(paths)
    arrivals.loaded, arrivals.last = dict(there), there
    rest = LOOK
    while not stopped.wait(rest):
        began = time.monotonic()
        there = stamps(paths)
        rest = max(LOOK, SHARE * (time.monotonic() - began))
        ready, gone = arrivals.look(there), arrivals.gone()
        if not ready and not gone:
            continue
        try:
            if gone and prune:
                load(paths)
            elif ready:
                load(ready)
        except StoreError as error:
            on_error(str(error))
            rest = AGAIN
            continue
        arrivals.loaded.update({path: there[path] for path in ready})
        for path in gone:
            del arrivals.loaded[path]


def stamps(paths: Sequence[Path]) -> dict[Path, Stamp]:
    """Return what tells of each article's file under the paths whether it, or a file beside it, has changed."""
    found = {}
    for path in sources.discover(paths):
        stamp = sources.stamp(path)
        if stamp is not None:
            found[path] = stamp
    return found
