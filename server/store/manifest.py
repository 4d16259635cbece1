"""What a release says about itself: manifest.json."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from ontology.terms import BASE, BASE_VARIABLE, SHIPPED_BASE
from server.store import files, sources
from server.store.errors import Damaged, OtherBase
from server.store.sources import Source, Sources

__all__ = ["Manifest", "Source", "Sources", "contents_of", "read"]

FILE = "manifest.json"
UNION_SET = "union-set"  # the default graph follows from the named ones
MANY = 1000  # sources, of which more stand in files beside the manifest
PLAIN = "plain"  # a dataset as it was written, nothing derived, nothing described


@dataclass(frozen=True)
class Manifest:
    """A release's identity, history, counts, sources and versions; `created` is UTC, `contents` a SHA-256.

    `number` counts releases in the order in which they were published; `contents` digests everything in the release
    that is not derived; `others` counts quads per named graph that is no article's; `rewritten` tells when something
    was forgotten; `default_graph` is UNION_SET or PLAIN.
    """

    id: str
    number: int
    created: str
    parent: str | None
    contents: str
    note: str = ""
    writer: str | None = None
    triples: int = 0  # in the default graph
    others: Mapping[str, int] = field(default_factory=dict)
    sources: Sources = field(default_factory=lambda: Sources({}))
    versions: Mapping[str, str] = field(default_factory=dict)
    rewritten: tuple[str, ...] = ()
    default_graph: str = UNION_SET
    base: str = SHIPPED_BASE  # of the IRIs of its resources and graphs

    @cached_property
    def graphs(self) -> Mapping[str, int]:
        """Quads per named graph; all sources are read for it."""
        return {**{graph: source.quads for graph, source in self.sources.items()}, **self.others}

    @property
    def statements(self) -> dict[str, int]:
        """Number of statements by kind, without the retracted."""
        return dict(self.sources.tally.statements)

    @property
    def articles(self) -> int:
        """Number of articles; a graph that somebody put beside them is none."""
        return self.sources.tally.articles

    @property
    def totals(self) -> dict[str, Any]:
        """Quads in named graphs, triples in the default graph, articles, and statements by kind."""
        return {
            "quads": sum(self.others.values()) + self.sources.tally.quads,
            "triples": self.triples,
            "articles": self.articles,
            "statements": self.statements,
        }

    def write(self, folder: Path) -> None:
        """Write the manifest into the release's folder, in one step; many sources go into files beside it first."""
        content = {one.name: getattr(self, one.name) for one in fields(self)}
        content["graphs"] = content.pop("others")
        listed: dict[str, Any] = {}
        if len(self.sources) > MANY:
            del content["sources"]
            content["parts"] = listed = self.sources.write(folder)
        else:
            content["sources"] = {graph: asdict(source) for graph, source in self.sources.items()}
        content["totals"] = self.totals
        files.write(folder / FILE, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")
        sources.clear(folder, {part["file"] for part in listed.values()})


def read(folder: Path) -> Manifest:
    """Read the manifest of the release in `folder`.

    :raises Damaged: when it is missing or not a manifest.
    :raises OtherBase: when its IRIs have another base than this process gives.
    """
    try:
        content = json.loads((folder / FILE).read_bytes())
        content.pop("totals")
        if sharded := "parts" in content:
            content["sources"] = Sources.read(folder, content.pop("parts"))
        else:
            content["sources"] = Sources.of({graph: Source(**one) for graph, one in content["sources"].items()})
        graphs = content.pop("graphs")  # once all of them
        content["others"] = graphs if sharded else _others(graphs, content["sources"])
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


def _others(graphs: Mapping[str, int], known: Sources) -> dict[str, int]:
    return {graph: count for graph, count in graphs.items() if graph not in known}


def contents_of(known: Mapping[str, Source], versions: Mapping[str, str]) -> str:
    """Return the SHA-256 of what a release holds, apart from what is derived from that."""
    sha256 = hashlib.sha256(f"{Sources.of(known).tally.digest:064x}\n".encode())
    for part in ("ontology", "reference", "rules"):
        sha256.update(f"{part} {versions[part]}\n".encode())
    return sha256.hexdigest()
