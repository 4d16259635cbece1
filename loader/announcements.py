"""What those who meet say of their own meeting: that one told before will take place is a confirmation by a party."""

from collections.abc import Iterable
from dataclasses import replace

from loader.frames.encounters import LISTS
from loader.frames.meetings import MeetingFrame
from loader.gatherings import MeetingDraft
from loader.linking import Linker
from loader.modality import Modality
from loader.parsing import Document
from loader.takeup import Claim

PLANNED = Modality("planned", "certain")
OFFICIAL = ("GovernmentBody", "MediaOutlet", "Person")  # who speaks for a state, if anybody


def planned(claims: Iterable[Claim], document: Document) -> tuple[Claim, ...]:
    """The claims: "would" in the words of another is planned."""
    return tuple(_planned(claim, document) for claim in claims)


def confirmed(
    claims: Iterable[Claim], document: Document, linker: Linker, met: Iterable[MeetingDraft]
) -> tuple[Claim, ...]:
    """The claims: who speaks for a party confirms what is planned, if the article has told of it before."""
    first = {frame: min(one.sentence for one in draft.frames) for draft in met for frame in draft.frames}
    return tuple(
        _confirmed(claim, linker)
        if isinstance(claim.about, MeetingFrame)
        and (first.get(claim.about, claim.sentence) < claim.sentence or _is_known(claim.about, document))
        and _is_event(claim, document)
        else claim
        for claim in claims
    )


def _is_event(claim: Claim, document: Document) -> bool:
    """Whether it is said that they meet, not what "the talks would be about"."""
    if claim.about is None or claim.about.sentence != claim.sentence:
        return False
    trigger = document.tokens[claim.about.trigger]
    if trigger.pos != "NOUN" or trigger.dep not in ("nsubj", "nsubjpass"):
        return True
    return document.tokens[trigger.head].lemma in LISTS["held"] | LISTS["happening"]


def _is_known(frame: MeetingFrame, document: Document) -> bool:
    """ "His meeting with X will take place": that there is one is taken for known."""
    trigger = document.tokens[frame.trigger]
    told = any(one.lower == "the" or one.dep == "poss" for one in document.children(trigger.index))
    return trigger.dep in ("nsubj", "nsubjpass") and told


def _planned(claim: Claim, document: Document) -> Claim:
    if not isinstance(claim.about, MeetingFrame) or not claim.speaker:
        return claim
    trigger = document.tokens[claim.about.trigger]
    if claim.about.sentence != claim.sentence:  # the meeting told before
        verbs = document.children(claim.cue, "ccomp")
    else:
        verbs = [document.tokens[trigger.head] if trigger.dep in ("nsubj", "nsubjpass") else trigger]
    told = any(one.lower in ("would", "'d") for verb in verbs for one in document.children(verb.index, "aux"))
    pending = trigger.lemma == "be" and claim.modality.realis == "underWay"
    if (told or pending) and not (claim.modality.negated or claim.modality.conditional):
        return replace(claim, modality=PLANNED)
    return claim


def _confirmed(claim: Claim, linker: Linker) -> Claim:
    if claim.kind != "Report" or not isinstance(claim.about, MeetingFrame) or not claim.speaker:
        return claim
    certain = claim.modality.realis == "planned" and claim.modality.certainty == "certain"
    entry = linker.entries[claim.speaker]
    official = entry.type == "State" or (entry.type in OFFICIAL and linker.behalf(claim.speaker))
    states = {linker.state_of(one) or one for one in claim.about.participants} | {claim.about.host}
    party = (linker.state_of(claim.speaker) or claim.speaker) in states
    return (
        replace(claim, kind="Confirmation") if certain and official and party and claim.stance == "positive" else claim
    )
