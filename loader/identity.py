"""IRIs and labels of what an article says, made of what it says alone (design: 'Identity')."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from loader.gatherings import MeetingDraft
from loader.gazetteer import Entry
from loader.merge import TransferDraft
from loader.parsing import Sentence
from loader.records import Article, Meeting, OtherEvent, Period, Place, Statement, Transfer
from loader.slugs import digest, slug
from loader.takeup import Claim
from ontology.reference import Reference
from ontology.terms import ID

FOLDERS = {"ArmsTransfer": "transfer", "TransferTalks": "talks"}
LONGEST = 120


class Names(Protocol):
    """Whatever knows the actors by IRI: a linker, or who reads names in corrections."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The actors by IRI."""
        ...


def transfer(draft: TransferDraft, linker: Names) -> Transfer:
    """The record of a transfer, named after supplier, recipient or parties, goods and period."""
    parties = draft.parties if draft.kind == "TransferTalks" else ()
    ends = sorted(parties) if parties else [draft.supplier, draft.recipient]
    names = [linker.entries[one].label if one else None for one in ends]
    goods = sorted({one.label for one in draft.goods})
    key = [*(slug(name) if name else "unnamed" for name in names), "-".join(slug(one) for one in goods)]
    if draft.period:
        key.append(name_of(draft.period))
    arrow = " and " if parties else " → "
    label = f"{arrow.join(name or 'unnamed' for name in names)}, {', '.join(goods)}"
    return Transfer(
        iri=f"{ID}{FOLDERS[draft.kind]}/{short('--'.join(key))}",
        kind=draft.kind,
        label=f"Talks between {label}" if draft.kind == "TransferTalks" and parties else label,
        scope=_scope(draft),
        supplier=draft.supplier,
        recipient=draft.recipient,
        parties=tuple(sorted(parties)),
        end_user=next((frame.end_user for frame in draft.frames if frame.end_user), None),
        materiel=tuple(sorted({one.iri for one in draft.goods})),
        period=draft.period,
    )


def in_return(transfer: Transfer, given: str) -> Transfer:
    """The transfer as one that is in return for another (its IRI)."""
    return replace(transfer, in_return_for=given)


def _scope(draft: TransferDraft) -> str:
    scopes = [one.scope for one in draft.goods]
    return "arms" if "arms" in scopes or not scopes else scopes[0]


def name_of(period: Period) -> str:
    """The period as a part of an IRI: "2024", "2024-03", "2024-03-01" or both days."""
    first, last = (day.isoformat() if day else "" for day in (period.start, period.end))
    if period.precision == "month":
        return first[:7]
    if period.precision == "year":
        return first[:4]
    return first if first == last else f"{first}-{last}"


def short(key: str) -> str:
    """The key, or its beginning and a digest where it is too long for an IRI that people read."""
    return key if len(key) <= LONGEST else f"{key[: LONGEST - 11].rstrip('-')}-{digest(key)}"


def meeting(
    draft: MeetingDraft, linker: Names, where: str | None, expected: str | None, status: str, evidence: tuple[int, int]
) -> Meeting:
    """The record of a meeting, named after the known event that fits, else after its kind, participants and period."""
    names = sorted(linker.entries[one].label for one in draft.participants)
    key = "--".join([draft.kind.lower(), *(slug(name) for name in names)])
    if draft.period:
        key += "--" + name_of(draft.period)
    elif where or expected:
        key += "--" + (where or expected or "").rsplit("/", 1)[1]
    known = draft.known
    return Meeting(
        iri=known.iri if known else f"{ID}meeting/{short(key)}",
        kind=draft.kind,
        label=known.label
        if known
        else f"{draft.kind}: {', '.join(names)}" + (f" ({name_of(draft.period)})" if draft.period else ""),
        participants=tuple(sorted(draft.participants)),
        host=next((frame.host for frame in draft.frames if frame.host), None),
        place=where,
        expected_place=expected,
        period=draft.period,
        status=status,
        known=known is not None,
        evidence=evidence,
    )


def apart(meeting: Meeting) -> Meeting:
    """The meeting under an IRI that names its place too: of "visits to A and B" the second."""
    where = meeting.place or meeting.expected_place
    return replace(meeting, iri=f"{meeting.iri}--{where.rsplit('/', 1)[1]}") if where else meeting


def place(entry: Entry, reference: Reference) -> Place:
    """The record of a place; a state counts as its territory."""
    if entry.type == "Capital" and entry.state and entry.state in reference.states:
        for iri in reference.states[entry.state].capitals:
            if entry.label in (reference.places[iri].label, *reference.places[iri].aliases):
                return Place(iri, reference.places[iri].label)
    territory = reference.territory(entry.iri)
    if territory:
        return Place(territory.iri, territory.label)
    return Place(entry.iri, entry.label, entry.known)


def nearer(one: str | None, other: str, reference: Reference) -> str:
    """The first of two places, or the second where that lies in the first: a city rather than its state."""
    states = reference.places[other].states if other in reference.places else ()
    territories = {territory.iri for state in states if (territory := reference.territory(state))}
    within = one in territories and other not in territories
    return other if one is None or within else one


def statement(article: Article, claim: Claim, about: str | None, sentence: Sentence) -> str:
    """The IRI of a statement: one per kind, speaker, event and sentence of an article."""
    return said(article, claim.kind, claim.speaker, about, (sentence.start, sentence.end))


def said(article: Article, kind: str, speaker: str | None, about: str | None, evidence: tuple[int, int]) -> str:
    """The IRI of a statement by what makes it one; `evidence` is the sentence."""
    key = "\n".join([article.iri, kind, speaker or "", about or "", f"{evidence[0]}-{evidence[1]}"])
    return f"{ID}statement/{article.iri.rsplit('/', 1)[1]}-{digest(key)}"


def actors_used(
    statements: tuple[Statement, ...],
    transfers: tuple[Transfer, ...],
    meetings: tuple[Meeting, ...],
    events: tuple[OtherEvent, ...] = (),
) -> set[str]:
    """The IRIs of the actors that statements and events name."""
    found: set[str | None] = set()
    for said in statements:
        found |= {said.speaker, said.on_behalf_of, said.cited_by, said.relayed_by}
    for moved in transfers:
        found |= {moved.supplier, moved.recipient, moved.end_user, *moved.parties}
    for met in meetings:
        found |= {met.host, *met.participants}
    for event in events:
        found |= {*event.participants, *event.targets}
    return {one for one in found if one}
