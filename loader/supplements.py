"""What is told aside of plain statements, added by one module each: where to add a construction of its own."""

from datetime import date

from loader import announcements, chains, withholding
from loader.frames import encounters
from loader.frames.meetings import MeetingFrame
from loader.linking import Linker
from loader.parsing import Document
from loader.phrases import Attribution
from loader.records import Period
from loader.takeup import Claim


def attributions(found: tuple[Attribution, ...], document: Document, linker: Linker) -> tuple[Attribution, ...]:
    """The attributions, with the chain of who quotes whom."""
    return chains.chained(found, document, linker)


def meetings(found: tuple[MeetingFrame, ...], document: Document, linker: Linker) -> tuple[MeetingFrame, ...]:
    """The meetings, with places that other sentences give, and those that no single clause tells whole."""
    return encounters.completed(document, linker, found)


def periods(
    found: dict[int, Period], document: Document, gatherings: tuple[MeetingFrame, ...], published: date | None
) -> dict[int, Period]:
    """The periods by trigger, with those that the tense tells."""
    return encounters.arrivals(document, gatherings, published) | found


def claims(
    found: tuple[Claim, ...], document: Document, linker: Linker, gatherings: tuple[MeetingFrame, ...]
) -> tuple[Claim, ...]:
    """The claims, with what is told of them elsewhere and the statements that have no verb of saying."""
    kept_back = withholding.added(found, document, linker, gatherings)
    return chains.credited(announcements.planned(kept_back, document), linker)
