"""Where the articles' graphs of a release came from: a mapping that is read, changed and written by parts.

A hundred thousand articles make 35 MB of manifest; whoever publishes one of them reads and writes a part in 256 of
that, and links the others from the release before.
"""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from server.store import files
from server.store.errors import Damaged

FOLDER = "sources"  # in the release's


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article's graph came from; `sha256` digests its quads as published, `key` is the loader's."""

    path: str
    key: str
    article: str | None
    sha256: str
    quads: int
    retracted: int
    statements: Mapping[str, int]  # kind to number, without the retracted


@dataclass(frozen=True, slots=True)
class Tally:
    """What some sources come to; `digest` is the sum of the SHA-256 of each graph with its own, modulo 2^256."""

    graphs: int = 0
    quads: int = 0
    articles: int = 0
    statements: Mapping[str, int] = field(default_factory=dict)
    digest: int = 0

    @classmethod
    def of(cls, sources: Mapping[str, Source]) -> "Tally":
        """Count these sources."""
        statements: Counter[str] = Counter()
        for source in sources.values():
            statements.update(source.statements)
        digest = sum(
            int.from_bytes(hashlib.sha256(f"{graph} {source.sha256}\n".encode()).digest())
            for graph, source in sources.items()
        )
        return cls(
            len(sources),
            sum(source.quads for source in sources.values()),
            sum(source.article is not None for source in sources.values()),
            dict(sorted(statements.items())),
            digest % 2**256,
        )

    def __add__(self, other: "Tally") -> "Tally":
        """Return what both come to."""
        return Tally(
            self.graphs + other.graphs,
            self.quads + other.quads,
            self.articles + other.articles,
            dict(sorted((Counter(self.statements) + Counter(other.statements)).items())),
            (self.digest + other.digest) % 2**256,
        )


class Part:
    """Some of the sources: in memory, or in a file that is read when one of them is asked for."""

    def __init__(self, content: Mapping[str, Source] | None = None, *, path: Path | None = None, tally: Tally) -> None:
        self.path = path
        self.tally = tally
        self._content = content

    @property
    def content(self) -> Mapping[str, Source]:
        """The sources, by graph.

        :raises Damaged: when the file is gone or cannot be read.
        """
        if self._content is None:
            assert self.path
            try:
                read = json.loads(self.path.read_bytes())
                self._content = {graph: Source(**source) for graph, source in read.items()}
            except (OSError, ValueError, TypeError) as error:
                raise Damaged(f"{self.path} cannot be read ({error}): ask again, or roll back") from error
        return self._content

    def written(self) -> bytes:
        """Return the file's content."""
        content = {graph: asdict(source) for graph, source in sorted(self.content.items())}
        return json.dumps(content, ensure_ascii=False).encode() + b"\n"

    @property
    def name(self) -> str:
        """The name of the file, which follows from its content."""
        if self.path is None:
            return f"{hashlib.sha256(self.written()).hexdigest()[:32]}.json"
        return self.path.name


class Sources(Mapping[str, Source]):
    """The sources of a release by graph; what is not asked for is not read."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self.parts = {name: part for name, part in sorted(parts.items()) if part.tally.graphs}
        self.tally = sum((part.tally for part in self.parts.values()), Tally())

    @classmethod
    def of(cls, sources: Mapping[str, Source]) -> "Sources":
        """Return these sources."""
        return sources if isinstance(sources, Sources) else cls({}).changed(sources)

    @classmethod
    def read(cls, folder: Path, parts: Mapping[str, Any]) -> "Sources":
        """Return the sources that a release's manifest lists."""
        found = {}
        for name, about in parts.items():
            tally = Tally(**{**about["tally"], "digest": int(about["tally"]["digest"], 16)})
            found[name] = Part(path=folder / FOLDER / about["file"], tally=tally)
        return cls(found)

    def changed(self, put: Mapping[str, Source], drop: Collection[str] = ()) -> "Sources":
        """Return the same with some others put into them and some left out."""
        changes: dict[str, dict[str, Source | None]] = {}
        for graph in drop:
            changes.setdefault(_part_of(graph), {})[graph] = None
        for graph, source in put.items():
            changes.setdefault(_part_of(graph), {})[graph] = source
        parts = dict(self.parts)
        for name, changed in changes.items():
            before = parts[name].content if name in parts else {}
            content = {graph: source for graph, source in ({**before, **changed}).items() if source}
            if content != before:
                parts[name] = Part(content, tally=Tally.of(content))
        return Sources(parts)

    def differing(self, other: "Sources") -> tuple[dict[str, Source], dict[str, Source]]:
        """Return the sources of both in the parts in which they differ; the parts that they share are not read."""
        names = [
            name
            for name in sorted({*self.parts, *other.parts})
            if name not in self.parts or name not in other.parts or self.parts[name].name != other.parts[name].name
        ]
        mine, theirs = (
            {graph: source for name in names if name in one.parts for graph, source in one.parts[name].content.items()}
            for one in (self, other)
        )
        return mine, theirs

    def some(self, most: int) -> dict[str, Source]:
        """Return so many sources, or all where there are fewer; no more parts are read than that takes."""
        each = (pair for part in self.parts.values() for pair in sorted(part.content.items()))
        return dict(islice(each, most))

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the parts that the release in `folder` does not have yet; return what its manifest says of them."""
        place = folder / FOLDER
        place.mkdir(exist_ok=True)
        listed = {}
        for name, part in self.parts.items():
            path = place / part.name
            if not path.exists():
                if part.path is None:
                    files.write(path, part.written())
                else:
                    _link(part.path, path)
            listed[name] = {"file": path.name, "tally": asdict(part.tally) | {"digest": f"{part.tally.digest:064x}"}}
        return listed

    def __getitem__(self, graph: str) -> Source:
        """Return where a graph came from."""
        part = self.parts.get(_part_of(graph))
        if part is None:
            raise KeyError(graph)
        return part.content[graph]

    def __iter__(self) -> Iterator[str]:
        """Yield all graphs, sorted; all parts are read for it."""
        return iter(sorted(graph for part in self.parts.values() for graph in part.content))

    def __len__(self) -> int:
        """Return how many there are."""
        return self.tally.graphs

    def __eq__(self, other: object) -> bool:
        """Tell whether both hold the same; parts that are not read are compared by their names."""
        if isinstance(other, Sources):
            return {key: part.name for key, part in self.parts.items()} == {
                key: part.name for key, part in other.parts.items()
            }
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


def clear(folder: Path, keep: Collection[str]) -> None:
    """Remove the parts that the manifest of the release in `folder` no longer lists."""
    for path in (folder / FOLDER).glob("*"):
        if path.name not in keep:
            path.unlink(missing_ok=True)


def _part_of(graph: str) -> str:
    return hashlib.sha256(graph.encode()).hexdigest()[:2]


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError as error:
        raise Damaged(f"{source} is gone: publish again") from error
    except OSError:  # a file system without links, or a data folder over two of them
        shutil.copyfile(source, target)
