"""Readable names: of what an article names, of its statements and quantities, and the outlets and laws behind names."""

import re
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from loader.quantities import plural, singular
from loader.records import Extraction, Period, Quantity, Statement
from loader.slugs import slug
from ontology import terms
from ontology.reference import Entry, Reference

SAYS = {
    "Allegation": "alleges",
    "Denial": "denies",
    "Confirmation": "confirms",
    "NoComment": "does not comment on",
    "Silence": "is silent on",
    "NonConfirmation": "does not confirm",
    "Report": "reports",
    "Warning": "warns of",
    "Assessment": "assesses",
}
SAY = {  # of several
    "Allegation": "allege",
    "Denial": "deny",
    "Confirmation": "confirm",
    "NoComment": "do not comment on",
    "Silence": "are silent on",
    "NonConfirmation": "do not confirm",
    "Report": "report",
    "Warning": "warn of",
    "Assessment": "assess",
}
UNATTRIBUTED = "Unattributed"
SOURCE = f"{terms.ID}source/"


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for; known is whether the reference data describe it."""

    iri: str
    label: str
    known: bool


def outlet(name: str, reference: Reference) -> Named:
    """Return the outlet that a publisher's name stands for, a new one where the reference data have none."""
    outlets = (actor for actor in reference.actors.values() if actor.type == "MediaOutlet")
    return _named(name, outlets, "outlet")


def law(name: str, reference: Reference) -> Named:
    """Return the law or resolution so called, a new one where the reference data have none."""
    return _named(name, reference.laws.values(), "law")


def _named(name: str, entries: Iterable[Entry], kind: str) -> Named:
    wanted = name.casefold().removeprefix("the ")
    for entry in entries:
        if wanted in (form.casefold().removeprefix("the ") for form in (entry.label, *entry.aliases)):
            return Named(entry.iri, entry.label, known=True)
    return Named(f"{terms.ID}{kind}/{slug(name)}", name, known=False)


def of(extraction: Extraction, reference: Reference) -> Mapping[str, str]:
    """Return the label of everything that the article's statements and events may name, by IRI."""
    found: dict[str, str] = {}
    for group in (
        extraction.actors,
        extraction.places,
        extraction.materiel,
        extraction.meetings,
        extraction.transfers,
        extraction.events,
    ):
        found.update((one.iri, one.label) for one in group)
    return ChainMap(found, reference.labels)


def of_statement(statement: Statement, names: Mapping[str, str]) -> str:
    """Return one line that tells who says what about which event, and when: "… alleges: … (2024-03)"."""
    iri = statement.speaker or statement.on_behalf_of or ""
    speaker = names.get(iri, UNATTRIBUTED)
    says = SAY if iri.startswith(SOURCE) and _are_several(speaker) else SAYS
    about = f": {names[statement.about]}" if statement.about else ""
    day = iso(statement.stated)
    return f"{speaker} {says[statement.kind]}{about}{f' ({day})' if day else ''}"


def _are_several(name: str) -> bool:
    """Return whether unnamed sources are called by a plural: "U.S. officials", "partners of the United States"."""
    head = re.split(r",| (?:of|in|at|from|with|close|familiar|who) ", name)[0].rpartition(" ")[2].lower()
    return singular(head) != head


def of_quantity(quantity: Quantity) -> str:
    """Return a quantity in words: "about 7,000 containers", "100 to 200 missiles", "1 ship"."""
    bound = "" if quantity.bound == "exactly" else f"{quantity.bound} "
    upper = f" to {_plain(quantity.maximum)}" if quantity.maximum is not None else ""
    one = quantity.value == 1 and quantity.maximum is None
    return f"{bound}{_plain(quantity.value)}{upper} {quantity.unit if one else plural(quantity.unit)}"


def _plain(number: Decimal) -> str:
    return f"{number:,f}"


def iso(period: Period | None) -> str | None:
    """Return a period in ISO 8601: a day, "YYYY-MM", "YYYY", or "start/end" with nothing at an open end."""
    if not period or not (period.start or period.end):
        return None
    if period.start == period.end and period.start:
        return period.start.isoformat()
    if period.start and period.end and period.precision == "month" and _is_month(period.start, period.end):
        return period.start.isoformat()[:7]
    if period.start and period.end and period.precision == "year" and period.start.year == period.end.year:
        return period.start.isoformat()[:4]
    return "/".join(day.isoformat() if day else "" for day in (period.start, period.end))


def _is_month(first: date, last: date) -> bool:
    return first.day == 1 and (last + timedelta(1)).day == 1 and (first.year, first.month) == (last.year, last.month)
