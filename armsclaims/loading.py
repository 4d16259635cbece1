"""Articles to a release: the loader's quads handed to the store, in one step."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from loader import pipeline, spark
from loader.pipeline import Options, Outcome
from server.store.errors import Invalid, told
from server.store.manifest import Source
from server.store.releases import KEEP, Changes, Release, Releases


@dataclass
class Summary:
    """What one load did: articles by outcome, graphs dropped, what was set aside, and the release that is served.

    `unapplied` counts the corrections that fitted nothing.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    dropped: list[str] = field(default_factory=list)
    set_aside: list[Outcome] = field(default_factory=list)
    unapplied: int = 0
    release: Release | None = None
    published: bool = False

    def counts(self) -> str:
        """Say how many articles went which way, in one line."""
        counts = ", ".join(f"{self.outcomes[status]} {status}" for status in ("extracted", "unchanged", "set aside"))
        if self.dropped:
            counts += f", {len(self.dropped)} dropped"
        if self.unapplied:
            counts += f"; {self.unapplied} corrections not applied"
        return counts

    def __str__(self) -> str:
        counts = self.counts()
        if not self.release:
            return f"{counts}; nothing was published yet"
        total = self.release.manifest.totals
        kinds = ", ".join(f"{number} {kind}" for kind, number in total["statements"].items())
        return (
            f"{counts}\n{'published' if self.published else 'unchanged'}: release {self.release.id}, "
            f"{total['articles']} articles, {sum(total['statements'].values())} statements ({kinds})"
        )


class _Keys(Mapping[str, str]):
    """Graph to the key that the loader made it with; read as they are asked for."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    def __getitem__(self, graph: str) -> str:
        """Return the key of a graph."""
        return self._sources[graph].key

    def __iter__(self) -> Iterator[str]:
        """Yield all graphs."""
        return iter(self._sources)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._sources)


def load(
    paths: Sequence[Path],
    data: Path,
    *,
    options: Options | None = None,
    dry_run: bool = False,
    prune: bool = False,
    keep: int = KEEP,
    jobs: int | None = 1,
    spark_master: str | None = None,
    releases: Releases | None = None,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    on_phase: Callable[[str], None] = lambda _: None,
) -> Summary:
    """Extract what has changed under `paths` and publish it as one new release in the folder `data`.

    `dry_run` extracts and publishes nothing; `prune` also drops the articles that no longer lie under `paths`;
    of older releases the last `keep` stay. `jobs` processes extract, by None one for each core; with a
    `spark_master` (such as `local[*]`) Apache Spark does it instead. `releases` are those of `data`, for those who load
    again and again: they read the ontology once.
    Articles that cannot be read are set aside with their reason and the rest go on.

    :raises server.store.errors.StoreError: when the release cannot be published; the last one stays as it was.
    """
    releases = releases or Releases(data)
    current = releases.current()
    sources = current.manifest.sources if current else {}
    known = _Keys(sources)
    summary = Summary(release=current)
    outcomes: list[Outcome] = []
    put: dict[str, Path] = {}
    given: dict[str, dict[str, str]] = {}
    with told(data):
        for outcome in _outcomes(paths, data / "quads", known, options, jobs, spark_master):
            on_outcome(outcome)
            outcomes.append(outcome)
            summary.outcomes[outcome.status] += 1
            summary.unapplied += len(outcome.unapplied)
            if outcome.status == "set aside":
                summary.set_aside.append(outcome)
                continue
            assert outcome.graph
            assert outcome.key
            assert outcome.article_iri
            given[outcome.graph] = {"path": outcome.path, "key": outcome.key, "article": outcome.article_iri}
            if outcome.file:
                put[outcome.graph] = outcome.file
    if prune:
        loaded = {graph: source.path for graph, source in sources.items() if source.path}  # others were written
        summary.dropped = pipeline.gone(loaded, outcomes)
    if dry_run or not (put or summary.dropped or current):
        return summary

    def publish() -> Release:
        changes = Changes(put=put, drop=frozenset(summary.dropped))
        return releases.publish(changes, sources=given, progress=on_phase)

    try:
        summary.release = publish()
    except Invalid as error:
        # A violation is the fault of the article that it names: that one is set aside and the rest is published.
        for outcome in _at_fault(error, outcomes):
            on_outcome(outcome)
            assert outcome.graph
            put.pop(outcome.graph)
            given.pop(outcome.graph)  # with its new key it would count as loaded
            summary.set_aside.append(outcome)
            summary.outcomes.update({"extracted": -1, "set aside": 1})
        if put or summary.dropped:
            summary.release = publish()
    summary.published = summary.release is not None and (current is None or summary.release.id != current.id)
    if summary.published:
        releases.prune(keep)
    return summary


def _outcomes(
    paths: Sequence[Path],
    out: Path,
    known: Mapping[str, str],
    options: Options | None,
    jobs: int | None,
    spark_master: str | None,
) -> Iterator[Outcome]:
    if spark_master is None:
        return pipeline.run(paths, out=out, known=known, options=options, jobs=jobs)
    return spark.run(paths, out=out / "spark", known=known, options=options, master=spark_master)


def extract_to(
    paths: Sequence[Path],
    out: Path,
    *,
    options: Options | None = None,
    spark_master: str = "local[*]",
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> Summary:
    """Write the N-Quads of all articles under `paths` into folders by day under `out`, by Spark, and publish nothing.

    :raises loader.spark.SparkError: Spark is not there, or gave up.
    """
    summary = Summary()
    for outcome in spark.write(paths, out=out, options=options, master=spark_master):
        on_outcome(outcome)
        summary.outcomes[outcome.status] += 1
        summary.unapplied += len(outcome.unapplied)
        if outcome.status == "set aside":
            summary.set_aside.append(outcome)
    return summary


def _at_fault(error: Invalid, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes of the articles that violate the shapes, as set aside.

    :raises Invalid: the error itself, where the fault is not in an article that was extracted now.
    """
    told: dict[str | None, str] = {}
    for violation in error.violations:
        told.setdefault(violation.article, " ".join(str(violation).split()))
    extracted = {outcome.article_iri: outcome for outcome in outcomes if outcome.file}
    if not told.keys() <= extracted.keys():
        raise error
    return [
        replace(extracted[article], status="set aside", reason=f"violates the shapes: {text}")
        for article, text in told.items()
    ]
