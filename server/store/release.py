"""One release: an immutable folder with a store, a manifest and dumps."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Store

from server.store.errors import Damaged
from server.store.manifest import Manifest, read

STORE = "store"
NEXT_STORE = "store.next"  # a rewritten store that is about to take the place of the store
DUMPS = "dumps"

Place = tuple[str, str]  # the path of a store and its version: forgetting replaces the store of a release


def place_of(path: str) -> Place:
    """Return the path of a store with its version.

    :raises FileNotFoundError: when there is none.
    """
    found = os.stat(path)  # noqa: PTH116 - for each request
    return path, f"{found.st_ino}.{found.st_mtime_ns}"  # inodes are used again


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it lies on disk; `id` names it, `contents` changes when something in it was forgotten."""

    id: str
    folder: Path
    manifest: Manifest = field(repr=False)

    @classmethod
    def at(cls, folder: Path) -> "Release":
        """Return the release in `folder`.

        :raises Damaged: when it has no readable manifest.
        """
        return cls(folder.name, folder, read(folder))

    @property
    def contents(self) -> str:
        """SHA-256 of what the release holds: together with the id, a key for caches."""
        return self.manifest.contents

    @property
    def dumps(self) -> Path:
        """The folder of its dumps."""
        return self.folder / DUMPS

    def open(self) -> Store:
        """Open its store for reading; hold a lease on the folder, or the lock, for as long as the handle is used.

        :raises Damaged: when the store is missing or broken.
        """
        for name in (STORE, NEXT_STORE, STORE):  # forgetting may be exchanging the two right now
            if (self.folder / name).is_dir():
                try:
                    return Store.read_only(str(self.folder / name))
                except OSError as error:
                    if (self.folder / name).is_dir():
                        raise Damaged(f"the store of release {self.id} does not open ({error}): roll back") from error
        raise Damaged(f"release {self.id} has lost its store, or was pruned: open the current release")
