"""What the command `link` does: from reference data to a review file, and back."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from armsclaims.linking import proposals, review
from armsclaims.linking.review import Line
from armsclaims.linking.source import Dump, Endpoint, NoCandidates, Source
from ontology import reference as reference_data
from ontology.terms import REFERENCE_FOLDER


def source(endpoint: str, dump: Path | None, cache: Path | None, offline: bool, interval: float) -> Source:
    """Return what candidates are asked of: the dump if one is given, else the endpoint.

    :raises NoCandidates: when it cannot be used.
    """
    return Dump(dump) if dump else Endpoint(endpoint, cache, offline=offline, interval=interval)


def propose(
    path: Path,
    folder: Path | None,
    source: Source,
    *,
    classes: Collection[str] = (),
    names: Collection[str] = (),
    limit: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> int:
    """Write the proposals for what has no link yet into a review file, beside what is decided there; return how many.

    What was found so far is written even when the source fails on the way.

    :raises NoCandidates: for a class or a name that there is not, or when the source does not answer.
    :raises review.BadReview: when the file is there and cannot be read.
    """
    known = proposals.model()["classes"]
    if unknown := sorted(set(classes) - set(known)):
        raise NoCandidates(f"There is no class {unknown[0]!r} to link; there is: {', '.join(known)}")
    old = review.read(path)
    reference = reference_data.read(folder or REFERENCE_FOLDER)
    entries = proposals.linkable(reference, classes)
    if names:
        entries = [entry for entry in entries if entry.label in names]
        if missing := sorted(set(names) - {entry.label for entry in entries}):
            raise NoCandidates(f"Nothing without a link is called {missing[0]!r}: write its label as the data have it")
    entries = entries[:limit]
    asked = {entry.iri for entry in entries}
    found: list[Line] = [line for line in old if not line.decision and line.entry not in asked]
    try:
        for proposal in proposals.propose(reference, entries, source, lambda done: progress(done, len(entries))):
            found.append(Line.of(proposal))
    finally:
        lines = review.merged(old, found)
        review.write(path, lines)
    return sum(1 for line in lines if not line.decision)


def apply(path: Path, folder: Path | None, by: str) -> list[Line]:
    """Take the accepted links of a review file into the reference data; return those that were new.

    :raises review.BadReview: when the file is missing, cannot be read, or contradicts itself.
    """
    if not path.exists():
        raise review.BadReview(f"{path} is not there: propose links first with armsclaims link {path}")
    folder = folder or REFERENCE_FOLDER
    lines = review.read(path)
    return review.apply(lines, reference_data.read(folder), folder, by=by, on=datetime.now(UTC).date())
