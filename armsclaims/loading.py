"""Articles to a release: the loader's quads handed to the store, in one step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loader import pipeline
from server.store.releases import Changes, Release, Releases


@dataclass
class Summary:
    """What one load did: how many articles were extracted, unchanged and dropped, and what was set aside and why."""

    extracted: int = 0
    unchanged: int = 0
    dropped: list[str] = field(default_factory=list)
    set_aside: list[pipeline.Outcome] = field(default_factory=list)
    release: Release | None = None
    published: bool = False


def load(
    paths: Sequence[Path],
    data: Path,
    *,
    options: pipeline.Options | None = None,
    dry_run: bool = False,
    prune: bool = False,
    jobs: int = 1,
    on_outcome: Callable[[pipeline.Outcome], None] | None = None,
    on_phase: Callable[[str], None] | None = None,
) -> Summary:
    """Extract what has changed under `paths` and publish it as one new release in the folder `data`.

    `dry_run` extracts and tells, and publishes nothing; `prune` also drops the articles that no longer lie under
    `paths`. Articles that cannot be read are set aside with their reason and the rest go on.

    :raises server.store.errors.StoreError: when the release cannot be published; the last one stays as it was.
    """
    releases = Releases(data)
    current = releases.current()
    sources = dict(current.manifest.sources) if current else {}
    known = {graph: source["key"] for graph, source in sources.items()}
    summary = Summary()
    put: dict[str, Path] = {}
    for outcome in pipeline.run(paths, out=data / "quads", known=known, options=options, jobs=jobs):
        if outcome.status == "set aside":
            summary.set_aside.append(outcome)
        elif outcome.status == "unchanged":
            summary.unchanged += 1
        else:
            summary.extracted += 1
            put[outcome.graph] = outcome.file
            sources[outcome.graph] = {"path": outcome.path, "key": outcome.key, "article": outcome.article_iri}
        if on_outcome:
            on_outcome(outcome)
    summary.release = current
    return summary
