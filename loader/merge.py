"""Merges what single clauses tell into the events of the article: one transfer per supplier, recipient and goods."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from loader import timing
from loader.frames.meetings import MeetingFrame
from loader.frames.roles import TransferFrame
from loader.goods import Goods
from loader.modality import Modality
from loader.records import Period
from ontology.reference import KnownEvent, Reference

AHEAD = timedelta(days=45)  # a planned meeting without a date is looked for this far ahead
FAR = 8  # sentences after which a meeting told without a place is another one
BACK = 4  # sentences over which a visit that nobody dates or places is the one told before
NEAR = 2  # sentences between two halves of one transfer
GENERIC = {"arms", "weapons", "weapon", "military equipment", "military aid", "military assistance"}


@dataclass(slots=True)
class TransferDraft:
    """A transfer of the article, with the frames that tell of it."""

    kind: str
    supplier: str | None
    recipient: str | None
    parties: tuple[str, ...]
    goods: tuple[Goods, ...]
    period: Period | None
    frames: list[TransferFrame] = field(default_factory=list)


@dataclass(slots=True)
class MeetingDraft:
    """A meeting of the article, with the frames that tell of it."""

    kind: str
    participants: tuple[str, ...]
    period: Period | None
    when: Period | None
    frames: list[MeetingFrame] = field(default_factory=list)
    modalities: list[Modality] = field(default_factory=list)
    known: KnownEvent | None = None


def transfers(frames: tuple[TransferFrame, ...], periods: dict[int, Period]) -> list[TransferDraft]:
    """The transfers that the frames tell of: fuller frames first, then the rest where one of these fits."""
    drafts: list[TransferDraft] = []
    for frame in sorted(frames, key=lambda one: (-_fullness(one), one.trigger)):
        period = periods.get(frame.trigger)
        draft = next((one for one in drafts if _fits(frame, one, period)), None)
        if draft is None:
            drafts.append(
                TransferDraft(frame.kind, frame.supplier, frame.recipient, frame.parties, frame.goods, period, [frame])
            )
        else:
            draft.frames.append(frame)
            draft.supplier, draft.recipient = draft.supplier or frame.supplier, draft.recipient or frame.recipient
            draft.period = draft.period or period
            draft.parties = tuple(dict.fromkeys((*draft.parties, *frame.parties)))
    return drafts


def _fullness(frame: TransferFrame) -> int:
    specific = any(one.label.lower() not in GENERIC for one in frame.goods)
    return 4 * bool(frame.supplier) + 4 * bool(frame.recipient) + 2 * (len(frame.parties) > 1) + specific


def _fits(frame: TransferFrame, draft: TransferDraft, period: Period | None) -> bool:
    if frame.kind != draft.kind:
        return False
    if frame.kind == "TransferTalks":
        return not frame.parties or not draft.parties or bool(set(frame.parties) & set(draft.parties))
    if not timing.overlap(period, draft.period):
        return False
    if _completes(frame, draft):
        return True
    given = [(frame.supplier, draft.supplier), (frame.recipient, draft.recipient)]
    if any(one and one != other for one, other in given):
        return False
    partial = not (frame.supplier and frame.recipient)
    scopes = {goods.scope for goods in frame.goods}, {goods.scope for goods in draft.goods}
    if scopes[0] and scopes[1] and not scopes[0] & scopes[1]:
        return False
    return partial or _same_goods(frame.goods, draft.goods)


def _completes(frame: TransferFrame, draft: TransferDraft) -> bool:
    """Whether one names only the supplier and the other only the recipient of like goods, nearly in one breath."""
    lacking = (draft.supplier is None) != (draft.recipient is None)
    other_half = bool(frame.supplier) == (draft.supplier is None) and bool(frame.recipient) == (draft.recipient is None)
    near = any(abs(frame.sentence - one.sentence) <= NEAR for one in draft.frames)
    ends = (frame.supplier or draft.supplier) != (frame.recipient or draft.recipient)
    return lacking and other_half and near and ends and _same_goods(frame.goods, draft.goods)


def _same_goods(one: tuple[Goods, ...], other: tuple[Goods, ...]) -> bool:
    return bool({goods.iri for goods in one} & {goods.iri for goods in other}) or not one


def meetings(
    frames: tuple[MeetingFrame, ...],
    modalities: dict[int, Modality],
    periods: dict[int, Period],
    published: date | None,
    reference: Reference,
    state_of: Callable[[str], str | None],
) -> list[MeetingDraft]:
    """The meetings that the frames tell of, each matched with a known event where one fits."""
    drafts: list[MeetingDraft] = []
    for frame in sorted(frames, key=lambda one: (-len(one.participants), one.trigger)):
        mood, period = modalities[frame.trigger], periods.get(frame.trigger)
        when = period or _presumed(mood, published)
        draft = next((one for one in drafts if _same_meeting(frame, mood, when, one)), None)
        if draft is None:
            drafts.append(MeetingDraft(frame.kind, frame.participants, period, when, [frame], [mood]))
        else:
            draft.frames.append(frame)
            draft.modalities.append(mood)
            draft.period, draft.when = draft.period or period, draft.when or when
            draft.participants = tuple(dict.fromkeys((*draft.participants, *frame.participants)))
    for draft in drafts:
        draft.known = _known(draft, reference, state_of)
    return drafts


def _presumed(mood: Modality, published: date | None) -> Period | None:
    if published is None or mood.realis == "done":
        return None
    return Period(published - timedelta(days=3), published + AHEAD, "interval")


def _same_meeting(frame: MeetingFrame, mood: Modality, when: Period | None, draft: MeetingDraft) -> bool:
    if frame.again is not None:
        return any(told.trigger == frame.again for told in draft.frames)
    if frame.on_arms != draft.frames[0].on_arms:
        return False
    told = [(one.kind, one_mood.realis) for one, one_mood in zip(draft.frames, draft.modalities, strict=True)]
    if _is_ahead(told, [(frame.kind, mood.realis)]) or _is_ahead([(frame.kind, mood.realis)], told):
        return False
    visits = frame.kind == draft.kind == "Visit"
    if visits and frame.participants[0] != draft.frames[0].participants[0]:
        return False  # another traveller
    one, other = set(frame.participants), set(draft.participants)
    shared = bool(one & other) and (one <= other or other <= one)
    if not shared or not timing.overlap(when, draft.when):
        return False
    if (when is None) != (draft.when is None):
        reach = 1 if frame.place or frame.kind != "Visit" else BACK
        return any(abs(frame.sentence - told.sentence) <= reach for told in draft.frames)
    near = any(abs(frame.sentence - told.sentence) <= FAR for told in draft.frames)
    return _same_place(frame, draft) and (frame.host is not None or near)


def _is_ahead(met: list[tuple[str, str]], visited: list[tuple[str, str]]) -> bool:
    """Whether a visit has begun on which they are still to meet, by kind and realis: the visitor is there already."""
    arrived = all(kind == "Visit" for kind, _ in visited) and any(realis == "done" for _, realis in visited)
    return arrived and all(kind != "Visit" and realis != "done" for kind, realis in met)


def _same_place(frame: MeetingFrame, draft: MeetingDraft) -> bool:
    hosts = {told.host for told in draft.frames if told.host}
    return frame.host is None or not hosts or frame.host in hosts


def _known(draft: MeetingDraft, reference: Reference, state_of: Callable[[str], str | None]) -> KnownEvent | None:
    """The known event that fits; a visit where the article calls it one, else rather what took place on it."""
    fitting = [event for event in reference.events.values() if _is_known_as(draft, event, state_of)]
    visit = any(frame.kind == "Visit" for frame in draft.frames)
    same = [event for event in fitting if (event.type == "Visit") == visit]
    return next(iter(same or fitting), None)


def _is_known_as(draft: MeetingDraft, event: KnownEvent, state_of: Callable[[str], str | None]) -> bool:
    if not event.participants or event.start is None or draft.when is None:
        return False
    wanted = {state_of(actor) or actor for actor in draft.participants}
    given = {state_of(actor) or actor for actor in event.participants} | {event.host or ""}
    named = set(draft.participants) <= set(event.participants)
    known = Period(event.start, event.end or event.start)
    states_fit = wanted <= given and len(wanted) > 1 and draft.kind != "Talks"  # states talk at many a table
    return (named or states_fit) and timing.overlap(draft.when, known)
