"""The difference of two releases in a terminal."""

from collections.abc import Iterator

from server.labels import short_name
from server.store.differences import Change

MARKS = {"added": "+", "removed": "-", "retracted": "x", "corrected": "~"}


def lines(change: Change) -> Iterator[str]:
    """Yield a change as lines: what happened to which statement, its sentence, and what it said before and says now."""
    said = change.said
    yield f"{MARKS[change.action]} {change.action}: {said.label}"
    yield f"    {said.iri}"
    if said.quote:
        yield f"    “{said.quote}”"
    if said.article:
        yield f"    in: {said.article.label}"
    for name, (before, after) in change.values.items():
        was, now = ("; ".join(values) or "nothing" for values in (before, after))
        yield f"    {short_name(name)}: {was} → {now}"
    for review in change.reviews:
        yield f"    reviewed by {review.who} on {review.when}: {review.why}"
