"""The records that the loader's stages hand each other; spans are half-open, in code points of the article's text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Review:
    """What an editor decided on a statement: action is confirm, retract, correct or add."""

    action: str
    who: str
    when: date
    why: str


@dataclass(frozen=True, slots=True)
class Correction:
    """One entry of the file of corrections beside an article (docs/corrections.md), its values checked in form only.

    `where` narrows the statements that it may mean, `values` are what it sets; names stand as the editor wrote them.
    """

    number: int
    kind: str
    quote: str
    review: Review
    article: str | None = None  # its id, where a file holds several
    prefix: str = ""
    suffix: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Article:
    """One article as read: its text, whatever its format, and what is known about it (design: 'The article's text')."""

    id: str
    iri: str
    graph: str
    path: str
    text: str
    sha256: str
    headline: str | None = None
    publisher: str | None = None
    published: date | None = None
    published_how: str | None = None
    url: str | None = None
    rights: str | None = None
    credit: str | None = None
    original: str | None = None
    original_sha256: str | None = None
    body: tuple[int, int] | None = None  # the part of the text to read (after front matter); None: all of it
    corrections: tuple[Correction, ...] = ()  # what editors decided on statements, in the order of their file


@dataclass(frozen=True, slots=True)
class SetAside:
    """An input that could not be read, with the reason and what to do, in one line."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph: role is 'headline', 'body' or 'boilerplate'."""

    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True)
class Period:
    """An interval of days: precision is day, week, month, year or interval; basis is stated or derived."""

    start: date | None
    end: date | None
    precision: str = "day"
    basis: str = "derived"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit; bound is exactly, about, at least, more than, at most or less than."""

    value: Decimal
    unit: str
    bound: str = "exactly"
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor that the article names; known is whether the reference data has it."""

    iri: str
    label: str
    type: str  # local name of the class: Person, State, GovernmentBody, ...
    known: bool = True
    mentions: tuple[tuple[int, int], ...] = ()
    affiliation: str | None = None  # IRI of an actor (anonymous sources, unknown people and bodies)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that an event names."""

    iri: str
    label: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Materiel:
    """Goods; broader is the IRI of the concept above where the reference data lacks these."""

    iri: str
    label: str
    scope: str  # arms, technology, aid, dual-use, troops, nuclear
    known: bool = True
    broader: str | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting: kind is Meeting, Visit, Summit or Talks; status is the strongest realis said of it."""

    iri: str
    kind: str
    label: str
    participants: tuple[str, ...]  # IRIs of actors
    host: str | None = None
    place: str | None = None  # IRIs of places
    expected_place: str | None = None
    period: Period | None = None
    status: str = "reported"  # held, confirmed, planned, reported
    known: bool = False
    evidence: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """An ArmsTransfer or TransferTalks; what the text leaves out is None or empty."""

    iri: str
    kind: str
    label: str
    scope: str
    supplier: str | None = None  # IRIs of actors
    recipient: str | None = None
    parties: tuple[str, ...] = ()
    materiel: tuple[str, ...] = ()  # IRIs of goods
    end_user: str | None = None
    period: Period | None = None
    in_return_for: str | None = None  # IRI of another transfer


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """An event that is neither: a launch, an exercise, a sanction; kind is that of the topic file, if any."""

    iri: str
    label: str
    period: Period | None = None
    known: bool = False
    kind: str | None = None
    participants: tuple[str, ...] = ()  # IRIs of actors
    targets: tuple[str, ...] = ()  # of those against whom it is


@dataclass(frozen=True, slots=True)
class Statement:
    """Who says what about which event, in which words."""

    iri: str
    kind: str
    evidence: tuple[int, int]  # the sentence
    speaker: str | None = None  # IRIs of actors
    on_behalf_of: str | None = None
    cited_by: str | None = None
    relayed_by: str | None = None
    about: str | None = None  # IRI of an event
    stated: Period | None = None
    stance: str = "none"  # positive, negative, none
    certainty: str = "unknown"  # certain, probable, possible, unknown
    realis: str = "possible"  # done, underWay, planned, possible
    quantity: Quantity | None = None
    would_violate: str | None = None  # label of a law or resolution
    third_party: bool = False
    review_status: str = "machine"  # machine, confirmed, corrected, retracted
    reviews: tuple[Review, ...] = ()
    revision_of: str | None = None  # IRI of the statement that this one corrects


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything that one article says, as a pure function of the article, the word lists and the reference data."""

    article: Article
    actors: tuple[Actor, ...] = ()
    places: tuple[Place, ...] = ()
    materiel: tuple[Materiel, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    events: tuple[OtherEvent, ...] = ()
    statements: tuple[Statement, ...] = field(default=())
    unapplied: tuple[str, ...] = ()  # why a correction could not be applied, one line each
