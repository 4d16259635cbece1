"""The releases of a data folder: list, publish, roll back, prune, forget.

DATA/
  current            symbolic link to the release that is served
  releases/<id>/     store/ (RocksDB), manifest.json, dumps/
  building/          what is being built; leftovers of killed processes go at the next publish
  lock               held by whoever publishes
  tombstones.json    what must never come back
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pyoxigraph import Store

from ontology.terms import BASE
from server.store import editing, files, lease, publishing, rewriting, summaries, tombstones
from server.store.errors import StoreError, UnknownRelease, told
from server.store.forgetting import Forgetting
from server.store.foundation import Foundation
from server.store.lock import locked
from server.store.manifest import PLAIN, UNION_SET, Manifest
from server.store.publishing import Changes, Given, Progress
from server.store.release import DUMPS, STORE, Release
from server.store.sources import Sources
from server.store.tombstones import Tombstone

__all__ = ["Changes", "Release", "Releases"]

KEEP = 10  # releases that prune leaves

_Ids = list[str]  # in the class below, `list` is a method


def silent(_: str) -> None:
    """Report progress to nobody."""


class Releases:
    """The releases in one data folder; reading needs no lock, writing waits `timeout` seconds for it."""

    def __init__(self, folder: Path, *, foundation: Foundation | None = None, timeout: float = 60.0) -> None:
        self.folder = Path(folder)
        self.foundation = foundation or Foundation()
        self.timeout = timeout

    def current(self) -> Release | None:
        """Return the release that is served, None when nothing was published yet.

        :raises Damaged: when the link leads nowhere.
        """
        served = self._served()
        return Release.at(self._releases / served) if served else None

    def require_current(self) -> Release:
        """Return the release that is served.

        :raises UnknownRelease: when nothing was published yet.
        """
        current = self.current()
        if current is None:
            raise UnknownRelease(f"{self.folder} holds no release yet: load some articles first")
        return current

    def get(self, identifier: str) -> Release:
        """Return a release by its identifier.

        :raises UnknownRelease: with the identifiers that there are.
        """
        for release in self.list():
            if release.id == identifier:
                return release
        known = ", ".join(release.id for release in self.list()) or "none yet: load some articles first"
        raise UnknownRelease(f"there is no release {identifier!r}; there are {known}")

    def list(self) -> list[Release]:
        """Return all releases in the order in which they were published."""
        folders = [folder for folder in self._releases.glob("*") if folder.is_dir()]
        return sorted((Release.at(folder) for folder in folders), key=lambda release: release.manifest.number)

    def publish(
        self,
        changes: Changes,
        *,
        sources: Given | None = None,
        note: str = "",
        progress: Progress = silent,
        writer: str | None = None,
    ) -> Release:
        """Publish the current release with `changes`; whoever reads sees all of it or nothing.

        Where nothing differs in content, no release is made and the current one comes back (its manifest takes up
        new paths and keys).

        :param sources: graph to what the loader says of it: path, key and article.
        :param note: a line for the manifest and the catalogue.
        :param writer: who publishes, for the manifest.
        :raises Locked: when another process publishes for longer than the timeout.
        :raises BadGraph: when a file cannot be published.
        :raises Invalid: when a shape is violated.
        :raises NoSpace: when the disk is full.
        """
        with self._writing("publishing") as building:
            parent = self.current()
            editing.require_kind(parent, UNION_SET, self.folder)
            return self._publish(building, parent, changes, sources or {}, note, writer, progress)

    def edit(
        self,
        change: Callable[[Store], None],
        *,
        plain: bool = False,
        writer: str | None = None,
        note: str = "",
        expected: Collection[str] | None = None,
        among: Collection[editing.GraphName] | None = None,
        progress: Progress = silent,
    ) -> Release:
        """Publish what `change` makes of a copy of the current dataset; whoever reads sees all of it or nothing.

        Where it changes nothing, no release is made and the current one comes back.

        :param plain: publish the copy as it is; else the changed article graphs are published as `publish` does, and
            everything that follows from them is made anew.
        :param expected: identifiers, one of which must be that of the current release.
        :param among: the graphs that `change` may touch; without them all are compared.
        :raises Outdated: when it is not.
        :raises NotWritable: when something else than articles' graphs, or graphs that are not ours, was changed.
        :raises StoreError: as `publish` does.
        """
        with self._writing("writing") as building, self._room() as room:
            parent = self.current()
            editing.require_release(parent, expected)
            editing.require_kind(parent, PLAIN if plain else UNION_SET, self.folder)
            before = parent.open() if parent else Store()
            if parent:
                before.backup(str(room / STORE))
            after = Store(str(room / STORE))
            change(after)
            if plain and parent and not editing.changed_graphs(before, after, among):
                return parent
            if not plain:
                changes, sources = editing.changes_between(before, after, parent, room, among)
                return self._publish(building, parent, changes, sources, note, writer, progress)
            manifest = editing.plain_manifest(after, parent, writer, note)
            after.flush()
            del after
            (room / STORE).rename(building / STORE)
            return self._seal(building, manifest, progress)

    def roll_back(self, identifier: str, *, note: str = "", progress: Progress = silent) -> Release:
        """Publish a new release equal to an old one.

        :raises UnknownRelease: when there is none of that name.
        """
        with self._writing("rolling back") as building:
            old, current = self.get(identifier), self.current()
            if current and current.id == old.id:
                raise StoreError(f"release {identifier} is the current one: nothing to roll back")
            return self._republish(building, old, note or f"equal to release {identifier}", progress)

    def prune(self, keep: int = KEEP) -> _Ids:
        """Remove all but the last `keep` releases, and never the current one; return what was removed.

        A release that somebody reads stays until the next time.
        """
        if keep < 1:
            raise StoreError(f"cannot keep {keep} releases: keep at least 1")
        with self._writing("pruning"):
            current = self.current()
            old = [one for one in self.list()[:-keep] if current is None or one.id != current.id]
            removed = []
            for release in old:
                with lease.unleased(release.folder) as free:
                    if free:
                        files.discard(release.folder, self._building)
                        removed.append(release.id)
            return removed

    def forget(self, iri: str, reason: str, *, progress: Progress = silent) -> Tombstone:
        """Take a statement, an article or a person out of every release and dump, and out of all that is loaded later.

        Releases keep their identifiers; a new one equal to the current one is published, so that readers reopen.

        :param reason: for the tombstone; it is kept as it is, so let it name nobody.
        :raises UnknownThing: when no release knows it.
        """
        today = datetime.now(UTC).date().isoformat()
        with self._writing("forgetting"):
            editing.require_kind(self.current(), UNION_SET, self.folder)
            stones = tombstones.read(self.folder)
            for stone in stones:
                if tombstones.hashed(iri) in stone.iris:
                    return stone
            stone = rewriting.tombstone(iri, self.list(), self.foundation.reference, date=today, reason=reason)
            tombstones.write(self.folder, [*stones, stone])
            self._finish_forgetting(progress)
            return replace(stone, pending=False)

    def tombstones(self) -> tuple[Tombstone, ...]:
        """Return what was forgotten, when and why."""
        return tuple(tombstones.read(self.folder))

    def _publish(
        self,
        building: Path,
        parent: Release | None,
        changes: Changes,
        given: Given,
        note: str,
        writer: str | None,
        progress: Progress,
    ) -> Release:
        forgetting = Forgetting(tombstones.read(self.folder))
        with self._room() as room:
            edition = publishing.plan(parent, changes, given, self.foundation, forgetting, room, progress)
            if forgetting:
                self._clean_quads(forgetting, set(changes.put.values()))
            if parent and edition.changes_nothing:
                progress(f"nothing has changed since release {parent.id}")
                return self._renew_keys(parent, edition.sources)
            progress("validating")
            publishing.validate(edition, progress)
            counts = publishing.fill(building / STORE, edition, progress)
        manifest = Manifest(
            id="",
            number=0,
            created="",
            base=BASE,
            parent=parent.id if parent else None,
            contents=edition.contents,
            note=forgetting.spare(note),
            writer=writer,
            triples=counts.triples,
            others=counts.others,
            sources=edition.sources,
            versions=edition.versions,
        )
        return self._seal(building, manifest, progress)

    def _finish_forgetting(self, progress: Progress = silent) -> None:
        """Carry out what tombstones demand and a killed process may have left undone."""
        stones = tombstones.read(self.folder)
        pending = [stone for stone in stones if stone.pending]
        if not pending:
            return
        forgetting = Forgetting(stones)
        for release in self.list():
            progress(f"rewriting release {release.id}")
            with self._room() as building:
                rewriting.rewrite(release, forgetting, building, date=pending[-1].date)
        self._clean_quads(forgetting)
        current = self.current()
        if current:
            with self._room() as building:
                self._republish(building, current, f"forgot a {pending[-1].kind}", progress)
        tombstones.write(self.folder, [replace(stone, pending=False) for stone in stones])

    def _clean_quads(self, forgetting: Forgetting, only: set[Path] | None = None) -> None:
        for path in sorted((self.folder / "quads").rglob("*")):
            if path.is_file() and (only is None or path in only):
                rewriting.clean(path, forgetting)

    @property
    def _releases(self) -> Path:
        return self.folder / "releases"

    @property
    def _building(self) -> Path:
        return self.folder / "building"

    def _served(self) -> str | None:
        try:
            return (self.folder / "current").readlink().name
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _switch(self, identifier: str) -> None:
        files.point(self.folder / "current", f"releases/{identifier}")

    @contextmanager
    def _writing(self, purpose: str) -> Iterator[Path]:
        """Hold the lock and lend an empty folder to build in, after clearing away what killed processes left."""
        with told(self.folder):
            self._releases.mkdir(parents=True, exist_ok=True)
            with locked(self.folder, purpose, self.timeout):
                self._recover()
                with self._room() as building:
                    yield building

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """Lend an empty folder to build in."""
        building = Path(tempfile.mkdtemp(dir=self._building))
        building.chmod(0o755)
        try:
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _recover(self) -> None:
        shutil.rmtree(self._building, ignore_errors=True)
        self._building.mkdir(exist_ok=True)
        for leftovers in (".current.*", ".tombstones.json.*", "releases/*/.manifest.json.*"):
            for path in self.folder.glob(leftovers):
                path.unlink()
        for folder in self._releases.glob("*"):
            rewriting.settle(folder, self._building)
        releases = self.list()
        if releases and self._served() != releases[-1].id:  # whole, but its publisher died before the switch
            self._switch(releases[-1].id)
        self._finish_forgetting()

    def _republish(self, building: Path, old: Release, note: str, progress: Progress) -> Release:
        old.open().backup(str(building / STORE))
        if (old.dumps / summaries.FILE).is_file():
            (building / DUMPS).mkdir()
            shutil.copyfile(old.dumps / summaries.FILE, building / DUMPS / summaries.FILE)
        manifest = replace(old.manifest, parent=self._served(), note=note, writer=None, rewritten=())
        return self._seal(building, manifest, progress)

    def _renew_keys(self, release: Release, sources: Sources) -> Release:
        manifest = replace(release.manifest, sources=sources)
        if manifest != release.manifest:
            manifest.write(release.folder)
        return Release(release.id, release.folder, manifest)

    def _seal(self, building: Path, manifest: Manifest, progress: Progress) -> Release:
        """Give the store in `building` its name, catalogue and manifest, force it onto the disk, and switch to it."""
        progress("switching")
        manifest = self._named(manifest)
        manifest = publishing.describe(building / STORE, manifest)
        manifest.write(building)
        files.sync_tree(building)
        place = self._releases / manifest.id
        building.rename(place)
        files.sync(self._releases)
        self._switch(manifest.id)
        return Release.at(place)

    def _named(self, manifest: Manifest) -> Manifest:
        numbers = [release.manifest.number for release in self.list()]
        while True:
            now = datetime.now(UTC)
            identifier = f"{now:%Y%m%dT%H%M%SZ}-{manifest.contents[:10]}"
            if not (self._releases / identifier).exists():
                break
            time.sleep(0.1)  # the same content twice within a second
        return replace(
            manifest, id=identifier, number=max(numbers, default=0) + 1, created=now.isoformat(timespec="seconds")
        )
