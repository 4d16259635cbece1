"""Merges what single clauses tell into the meetings of the article, and matches them with known events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from loader import timing
from loader.frames.meetings import MeetingFrame
from loader.modality import Modality
from loader.records import Period
from loader.takeup import Claim
from ontology.reference import KnownEvent, Reference

WEEK = timedelta(days=6)
AHEAD = timedelta(days=45)  # a planned meeting without a date is looked for this far ahead
BEHIND = timedelta(days=3)  # what is planned may have begun when the article appears
FAR = 8  # sentences after which a meeting told without a place is another one
BACK = 4  # sentences over which a visit that nobody dates or places is the one told before
BODIES = ("/organization/", "/body/")
ONLY_TOLD = ("Report", "Assessment")  # what is no reason to keep a meeting that nobody says takes place

States = Callable[[str], str | None]


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


def drafts(
    frames: tuple[MeetingFrame, ...],
    modalities: dict[int, Modality],
    periods: dict[int, Period],
    published: date | None,
    reference: Reference,
    state_of: States,
) -> list[MeetingDraft]:
    """The meetings that the frames tell of, each matched with a known event where one fits."""
    found: list[MeetingDraft] = []
    for frame in sorted(frames, key=lambda one: (-len(one.participants), one.trigger)):
        mood, period = modalities[frame.trigger], periods.get(frame.trigger)
        if period and published and mood.realis == "planned" and (period.end or published) < published - BEHIND:
            period = None  # "was invited in May to come"
        period = _so_far(period, published) if period and published and mood.realis == "done" else period
        when = period or _presumed(mood, published)
        draft = next((one for one in found if _is_same(frame, mood, when, one, state_of)), None)
        if draft is None:
            found.append(MeetingDraft(frame.kind, frame.participants, period, when, [frame], [mood]))
        else:
            draft.frames.append(frame)
            draft.modalities.append(mood)
            draft.period, draft.when = draft.period or period, draft.when or when
            draft.participants = tuple(dict.fromkeys((*draft.participants, *frame.participants)))
    for draft in found:
        draft.known = _known(draft, reference, state_of)
    return found


def told(found: list[MeetingDraft], claims: Iterable[Claim]) -> tuple[list[MeetingDraft], tuple[Claim, ...]]:
    """The meetings without those that are only imagined, and the claims without what is said of these.

    "They would talk if", "he is open to talks": nobody says that there are any. What somebody denies, confirms or keeps
    back stays.
    """
    claims = tuple(claims)
    kept = {one.about for one in claims if one.kind not in ONLY_TOLD}
    unreal = [one for one in found if _is_unreal(one) and not kept.intersection(one.frames)]
    frames = {frame for one in unreal for frame in one.frames}
    return [one for one in found if one not in unreal], tuple(one for one in claims if one.about not in frames)


def _is_unreal(draft: MeetingDraft) -> bool:
    """Whether it is imagined only, or a visit of which neither goal nor day nor host is told ("earlier trips")."""
    nowhere = not any(one.place for one in draft.frames) and draft.period is None
    vague = draft.kind == "Visit" and nowhere and len(draft.participants) == 1
    told_of = zip(draft.frames, draft.modalities, strict=True)
    return vague or all((mood.conditional or mood.negated) and not one.off for one, mood in told_of)


def _so_far(period: Period, published: date) -> Period:
    """ "Met this week": on one of the last seven days, whatever day the week begins on."""
    if not (period.start and period.end and period.start <= published < period.end):
        return period
    first = min(period.start, published - WEEK) if period.end - period.start == WEEK else period.start
    return replace(period, start=first, end=published)


def _presumed(mood: Modality, published: date | None) -> Period | None:
    if published is None or mood.realis == "done":
        return None
    return Period(published - BEHIND, published + AHEAD, "interval")


def _is_same(frame: MeetingFrame, mood: Modality, when: Period | None, draft: MeetingDraft, state_of: States) -> bool:
    if frame.again is not None:
        return any(one.trigger == frame.again for one in draft.frames)
    first = draft.frames[0]
    if frame.on_arms != first.on_arms:
        return False
    if frame.several != first.several:
        return frame.kind != "Visit" and when is None and set(frame.participants) == set(draft.participants)
    told_ = [(one.kind, one_mood.realis) for one, one_mood in zip(draft.frames, draft.modalities, strict=True)]
    if _is_ahead(told_, [(frame.kind, mood.realis)]) or _is_ahead([(frame.kind, mood.realis)], told_):
        return False
    visits = frame.kind == draft.kind == "Visit"
    if not visits and "Visit" in (frame.kind, draft.kind) and _of_states(frame if frame.kind == "Visit" else first):
        return False  # talks, and the delegation that goes for others
    if visits and frame.participants[0] != first.participants[0]:
        return False  # another traveller
    if not _share(frame, mood, draft, state_of) or not timing.overlap(when, draft.when):
        return False
    if (when is None) != (draft.when is None):
        reach = BACK if visits and not frame.place else 1
        if visits and not _same_place(frame, draft):
            return False  # on to the next state
        if visits and frame.host and any(frame.host == one.host for one in draft.frames):
            reach = FAR
        return any(abs(frame.sentence - one.sentence) <= reach for one in draft.frames)
    near = any(abs(frame.sentence - one.sentence) <= FAR for one in draft.frames)
    return _same_place(frame, draft) and (frame.host is not None or near)


def _share(frame: MeetingFrame, mood: Modality, draft: MeetingDraft, state_of: States) -> bool:
    """Whether they can be the same people: all of one among those of the other, or the summit of the same body."""
    one, other = set(frame.participants), set(draft.participants)
    bodies = {actor for actor in one & other if any(folder in actor for folder in BODIES)}
    if frame.kind == draft.kind == "Summit" and bodies:
        return True
    if frame.kind == draft.kind == "Visit":
        return bool(one & other) and (one <= other or other <= one)
    if "Visit" in (frame.kind, draft.kind):
        told_at_once = any(one.sentence == frame.sentence for one in draft.frames) and _agree(one, other, state_of)
        ahead = mood.realis != "done" and all(other_mood.realis != "done" for other_mood in draft.modalities)
        next_to = (
            ahead and bool(one & other) and any(abs(each.sentence - frame.sentence) <= FAR for each in draft.frames)
        )
        return told_at_once or (next_to and (one <= other or other <= one)) or _is_purpose(frame, draft)
    others = [actor for actor in one ^ other if "/person/" in actor]
    if min(len(one), len(other)) > 1 and one & other and others and (one < other or other < one):
        return False  # the two of them, and with a third
    return _agree(one, other, state_of)


def _is_purpose(frame: MeetingFrame, draft: MeetingDraft) -> bool:
    """Whether a visit is told as one to these people; whom else the visitor meets, he meets at another meeting."""
    visits = [set(one.participants) for one in (frame, *draft.frames) if one.kind == "Visit"]
    met = set().union(*(one.participants for one in (frame, *draft.frames) if one.kind != "Visit"))
    return bool(set(frame.participants) & set(draft.participants)) and met <= set().union(*visits)


def _of_states(frame: MeetingFrame) -> bool:
    return all("/state/" in actor for actor in frame.participants)


def _agree(one: set[str], other: set[str], state_of: States) -> bool:
    """Whether all of one set are among the other, where a state stands for any of its people."""
    less, more = sorted((one, other), key=len)
    states = {actor for actor in one | other if state_of(actor) == actor}

    def among(actor: str) -> bool:
        return any(actor == known or (state_of(actor) == state_of(known) and {actor, known} & states) for known in more)

    return all(map(among, less))


def _is_ahead(met: list[tuple[str, str]], visited: list[tuple[str, str]]) -> bool:
    """Whether a visit has begun on which they are still to meet, by kind and realis: the visitor is there already."""
    arrived = all(kind == "Visit" for kind, _ in visited) and any(realis == "done" for _, realis in visited)
    return arrived and all(kind != "Visit" and realis != "done" for kind, realis in met)


def _same_place(frame: MeetingFrame, draft: MeetingDraft) -> bool:
    hosts = {one.host for one in draft.frames if one.host}
    return frame.host is None or not hosts or frame.host in hosts


def _known(draft: MeetingDraft, reference: Reference, state_of: States) -> KnownEvent | None:
    """The known event that fits; a visit where the article calls it one, else rather what took place on it."""
    fitting = [event for event in reference.events.values() if _is_known_as(draft, event, reference, state_of)]
    visit = any(frame.kind == "Visit" for frame in draft.frames)
    same = [event for event in fitting if (event.type == "Visit") == visit]
    return next(iter(same or fitting), None)


def _is_known_as(draft: MeetingDraft, event: KnownEvent, reference: Reference, state_of: States) -> bool:
    if not event.participants or event.start is None or draft.when is None:
        return False
    hosts = {one.host for one in draft.frames if one.host}
    home = reference.state_of(event.host) if event.host else None
    if home and hosts and home not in hosts and draft.kind == "Visit":
        return False  # on to the next state
    wanted = {state_of(actor) or actor for actor in draft.participants}
    given = {state_of(actor) or actor for actor in event.participants} | {event.host or ""}
    named = set(draft.participants) <= set(event.participants)
    known = Period(event.start, event.end or event.start)
    states_fit = wanted <= given and len(wanted) > 1 and draft.kind != "Talks"  # states talk at many a table
    return (named or states_fit) and timing.overlap(draft.when, known)
