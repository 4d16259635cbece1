"""What a release says about itself: manifest.json."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ontology.terms import BASE, BASE_VARIABLE, SHIPPED_BASE
from server.store import files
from server.store.errors import Damaged, OtherBase

FILE = "manifest.json"
UNION_SET = "union-set"  # the default graph follows from the named ones
PLAIN = "plain"  # a dataset as it was written, nothing derived, nothing described


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
class Manifest:
    """A release's identity, history, counts, sources and versions; `created` is UTC, `contents` a SHA-256.

    `number` counts releases in the order in which they were published; `contents` digests everything in the release
    that is not derived; `graphs` counts quads per named graph; `rewritten` tells when something was forgotten;
    `default_graph` is UNION_SET or PLAIN.
    """

    id: str
    number: int
    created: str
    parent: str | None
    contents: str
    note: str = ""
    writer: str | None = None
    triples: int = 0  # in the default graph
    graphs: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    rewritten: tuple[str, ...] = ()
    default_graph: str = UNION_SET
    base: str = SHIPPED_BASE  # of the IRIs of its resources and graphs

    @property
    def statements(self) -> dict[str, int]:
        """Number of statements by kind, without the retracted."""
        total: Counter[str] = Counter()
        for source in self.sources.values():
            total.update(source.statements)
        return dict(sorted(total.items()))

    @property
    def articles(self) -> int:
        """Number of articles; a graph that somebody put beside them is none."""
        return sum(source.article is not None for source in self.sources.values())

    @property
    def totals(self) -> dict[str, Any]:
        """Quads in named graphs, triples in the default graph, articles, and statements by kind."""
        return {
            "quads": sum(self.graphs.values()),
            "triples": self.triples,
            "articles": self.articles,
            "statements": self.statements,
        }

    def write(self, folder: Path) -> None:
        """Write the manifest into the release's folder, in one step."""
        content = asdict(self) | {"totals": self.totals}
        files.write(folder / FILE, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")


def read(folder: Path) -> Manifest:
    """Read the manifest of the release in `folder`.

    :raises Damaged: when it is missing or not a manifest.
    :raises OtherBase: when its IRIs have another base than this process gives.
    """
    try:
        content = json.loads((folder / FILE).read_bytes())
        content.pop("totals")
        content["sources"] = {graph: Source(**source) for graph, source in content["sources"].items()}
        content["rewritten"] = tuple(content["rewritten"])
        manifest = Manifest(**content)
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        raise Damaged(
            f"the release in {folder} has no readable manifest ({error}): restore that folder, or remove it"
        ) from error
    if manifest.base != BASE and manifest.default_graph != PLAIN:
        raise OtherBase(
            f"the release in {folder} has the base {manifest.base}, not {BASE}: set {BASE_VARIABLE}={manifest.base}, "
            "or give another data folder"
        )
    return manifest


def contents_of(sources: Mapping[str, Source], versions: Mapping[str, str]) -> str:
    """Return the SHA-256 of what a release holds, apart from what is derived from that."""
    sha256 = hashlib.sha256()
    for graph, source in sorted(sources.items()):
        sha256.update(f"{graph} {source.sha256}\n".encode())
    for part in ("ontology", "reference", "rules"):
        sha256.update(f"{part} {versions[part]}\n".encode())
    return sha256.hexdigest()
