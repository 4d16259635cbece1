"""What is said of events that topic files describe: one event per kind, participants and targets, and the claims."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from loader import modality, timing
from loader.frames.happenings import KINDS, EventFrame
from loader.gazetteer import Entry
from loader.identity import name_of, short
from loader.modality import Modality
from loader.parsing import Document
from loader.phrases import Attribution
from loader.records import OtherEvent, Period
from loader.slugs import slug
from loader.takeup import Claim
from ontology.reference import KnownEvent, Reference
from ontology.terms import ID

SAYING = ("say", "allege", "believe", "confirm", "deny", "warn", "doubt")
KNOWN_BY = {kind.name: kind.nouns | kind.verbs for kind in KINDS}
LATER = 3  # sentences over which an event without a day is the one told before, of which several may be


@dataclass(slots=True)
class EventDraft:
    """An event of the article, with the frames that tell of it."""

    kind: str
    participants: tuple[str, ...]
    targets: tuple[str, ...]
    period: Period | None
    frames: list[EventFrame] = field(default_factory=list)


def drafts(frames: tuple[EventFrame, ...], periods: Mapping[int, Period]) -> list[EventDraft]:
    """The events that the frames tell of: those of one kind, of the same actors, on days that can be the same."""
    found: list[EventDraft] = []
    for frame in sorted(frames, key=lambda one: (-len(one.participants) - len(one.targets), one.trigger)):
        period = periods.get(frame.trigger)
        draft = next((one for one in found if _is_same(frame, period, one)), None)
        if draft is None:
            found.append(EventDraft(frame.kind, frame.participants, frame.targets, period, [frame]))
        else:
            draft.frames.append(frame)
            draft.period = draft.period or period
    return found


def _is_same(frame: EventFrame, period: Period | None, draft: EventDraft) -> bool:
    alike = set(frame.participants) <= set(draft.participants) and set(frame.targets) <= set(draft.targets)
    if frame.kind != draft.kind or not alike or not timing.overlap(period, draft.period):
        return False
    near = any(abs(frame.sentence - one.sentence) <= LATER for one in draft.frames)
    return near or (period is None) == (draft.period is None)


def record(draft: EventDraft, entries: Mapping[str, Entry], reference: Reference) -> OtherEvent:
    """The record of an event: the known one that fits, else named after its kind, actors and period."""
    known = next((one for one in reference.events.values() if one.type == "Event" and _is_known(draft, one)), None)
    names = [sorted(entries[one].label for one in actors) for actors in (draft.participants, draft.targets)]
    key = [draft.kind, *map(slug, names[0]), *(["on", *map(slug, names[1])] if names[1] else [])]
    label = f"{draft.kind[:1].upper()}{draft.kind[1:]}: {', '.join(names[0]) or 'unnamed'}"
    label += f" on {', '.join(names[1])}" if names[1] else ""
    if draft.period:
        key.append(name_of(draft.period))
        label += f" ({name_of(draft.period)})"
    return OtherEvent(
        iri=known.iri if known else f"{ID}event/{short('--'.join(key))}",
        label=known.label if known else label,
        period=draft.period,
        known=known is not None,
        kind=draft.kind,
        participants=tuple(sorted(draft.participants)),
        targets=tuple(sorted(draft.targets)),
    )


def _is_known(draft: EventDraft, event: KnownEvent) -> bool:
    called = {word.rstrip("s") for name in (event.label, *event.aliases) for word in name.lower().split()}
    if not called & KNOWN_BY[draft.kind] or set(event.participants) != {*draft.participants, *draft.targets}:
        return False
    if event.start is None:
        return draft.period is None
    return draft.period is not None and timing.overlap(draft.period, Period(event.start, event.end or event.start))


def claims(frames: tuple[EventFrame, ...], said: tuple[Attribution, ...], document: Document) -> Iterator[Claim]:
    """Who says what of these events: a report, a warning, or what is judged or imagined only."""
    for frame in frames:
        around = [one for one in said if one.sentence == frame.sentence and frame.trigger in one.content]
        inner = min((one for one in around if one.speakers and one.act in SAYING), key=_reach, default=None)
        mood = modality.of(document, frame.trigger, inner.cue if inner else None)
        mood = replace(mood, negated=True) if inner and inner.act == "deny" else mood
        kind = _kind(inner.act if inner else "say", mood)
        stance = "none" if kind == "Warning" else "negative" if mood.negated else "positive"
        for speaker in inner.speakers if inner else (None,):
            cited = inner.cited_by if inner else None
            cue = inner.cue if inner else frame.trigger
            yield Claim(kind, frame.sentence, cue, frame, speaker, cited, None, mood, stance)


def _reach(said: Attribution) -> int:
    return len(said.content)


def _kind(act: str, mood: Modality) -> str:
    """Denials and confirmations are of transfers and meetings; who denies an exercise reports that there is none."""
    if act == "warn" or mood.opposed:
        return "Warning"
    return "Assessment" if act == "doubt" or mood.conditional or mood.modal or mood.wanted else "Report"
