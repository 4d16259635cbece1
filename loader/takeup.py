"""Claims about what was told before: "denied it", "repeated the accusation", "confirmed the visit"."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from loader import clauses, lexicons, modality
from loader.frames import meetings, parties, transfers
from loader.frames.happenings import EventFrame
from loader.frames.meetings import MeetingFrame
from loader.frames.roles import TransferFrame
from loader.goods import Goods
from loader.linking import Linker
from loader.modality import Modality
from loader.parsing import Document, Sentence
from loader.phrases import Attribution
from loader.vocabulary import words

Frame = TransferFrame | MeetingFrame
SPEECH = lexicons.read("speech")
TAKEN_UP = words(SPEECH["taken_up"])
CALLING = words(SPEECH["calling"])
SEEMING = words(SPEECH["seeming"])
TAKEN_NOUNS = TAKEN_UP - {"it", "this", "that", "them", "such"}
TRANSFER_NOUNS = frozenset(parties.NOUNS) | transfers.TALKS
GIVING = frozenset(lemma for lemma, group in parties.VERBS.items() if group in ("give", "get", "arm", "help", "move"))
ABOUT_ARMS = TRANSFER_NOUNS | GIVING | frozenset({"military", "militarily", "involvement", "role"})
MEETING_NOUNS = frozenset(meetings.NOUNS)
ON = words(SPEECH["topic_of_comment"]["after"])
GENERAL_TOPICS = words(SPEECH["topic_of_comment"]["open"])
DENIALS = words(SPEECH["nouns"]["deny"])
NEAR = 2  # sentences back that arms were named
BACK = 6  # sentences back that "the allegations" may take up
PLAIN = Modality("done", "certain")


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement before it has an IRI: about is a frame, cue the token that dates belong to."""

    kind: str
    sentence: int
    cue: int
    about: "Frame | EventFrame | None"
    speaker: str | None = None
    cited_by: str | None = None
    relayed_by: str | None = None
    modality: Modality = field(default=PLAIN)
    stance: str = "positive"
    third_party: bool = False
    would_violate: str | None = None


class TakeUp:
    """Finds what claims take up in one document."""

    def __init__(
        self,
        document: Document,
        linker: Linker,
        attributions: Iterable[Attribution],
        moved: tuple[TransferFrame, ...],
        gatherings: tuple[MeetingFrame, ...],
        goods: tuple[Goods, ...],
    ) -> None:
        self.document = document
        self.linker = linker
        self.transfers = moved
        self.meetings = tuple(sorted(gatherings, key=lambda one: one.trigger))
        self.attributions = tuple(attributions)
        self.armed_at = {index for one in goods for index in range(one.first, one.last)}
        self.armed = {document.tokens[one.head].sentence for one in goods if one.scope in ("arms", "technology")}

    def _is_party(self, speaker: str, frame: TransferFrame) -> bool:
        return self._state(speaker) in (frame.supplier, frame.recipient, *frame.parties)

    def _state(self, speaker: str) -> str:
        if self.linker.entries[speaker].type == "MediaOutlet" and self.linker.behalf(speaker) is None:
            return speaker  # a paper is no party because it is printed there
        if self._is_apart(speaker):
            return speaker
        return self.linker.state_of(speaker) or speaker

    def _is_apart(self, speaker: str) -> bool:
        """Whether somebody speaks for a group or company: it is in a state and no part of it."""
        entry = self.linker.entries[speaker]
        if entry.type in ("ArmedGroup", "Organization"):
            return True
        above = self.linker.entries.get(entry.state or "") if entry.type == "AnonymousSource" else None
        return above is not None and above.type in ("ArmedGroup", "Organization")

    def _meets(self, speaker: str, frame: MeetingFrame) -> bool:
        states = {self.linker.state_of(one) or one for one in frame.participants} | {frame.host}
        return (self.linker.state_of(speaker) or speaker) in states

    def _any_arms(self) -> bool:
        return any(goods.scope != "aid" for one in self.transfers for goods in one.goods)

    def _alleges_again(self, said: Attribution, sentence: Sentence) -> Iterator[Claim]:
        """ "Repeated the accusation": of the transfer told last."""
        objects = self.document.children(said.cue, "dobj")
        again = [
            one for one in objects if one.lemma in TAKEN_NOUNS and not self.document.children(one.index, "prep", "acl")
        ]
        about = self._recent_transfer(said.cue, sentence) if again else None
        for speaker in said.speakers if about else ():
            if about and not self._is_party(speaker, about):
                yield Claim("Allegation", sentence.index, said.cue, about, speaker, said.cited_by)

    def _gives_nothing(self, said: Attribution) -> bool:
        """ "It had supplied nothing to them", "nothing has been sent"."""
        for index in said.content:
            verb = self.document.tokens[index]
            if verb.pos == "VERB" and parties.VERBS.get(verb.lemma) in ("give", "move", "arm"):
                ends = self.document.children(index, "dobj", "nsubjpass")
                if any(one.lower in ("nothing", "none") for one in ends):
                    return True
        return False

    def _is_about_giving(self, said: Attribution) -> bool:
        """ "Denied that it gives anything but aid": what is denied is a transfer, whose goods go unsaid."""
        return any(
            parties.VERBS.get(token.lemma) in ("give", "move", "arm", "help") and token.pos == "VERB"
            for token in (self.document.tokens[index] for index in said.content)
        )

    def _denies_again(self, said: Attribution, sentence: Sentence, *, own: bool = False) -> Iterator[Claim]:
        """A denial of what was said before: the transfer told last, or one that is not told where arms were named.

        With `own` only of a transfer that the speaker is a party to.
        """
        about = self._recent_transfer(said.cue, sentence, said.speakers if own else ())
        if own and about is None:
            return
        armed = self.transfers and any(0 <= sentence.index - one <= NEAR for one in self.armed)
        giving = any(self.document.tokens[index].lemma in ABOUT_ARMS for index in said.content)
        if about is None and not (armed and giving):
            return
        for speaker in self._deniers(said, about) if about else said.speakers:
            ends = bool(about and (about.supplier or about.recipient))
            third = bool(about and ends and not self._is_party(speaker, about))
            yield Claim(
                "Denial", sentence.index, said.cue, about, speaker, said.cited_by, None, PLAIN, "negative", third
            )

    def _deniers(self, said: Attribution, about: TransferFrame) -> tuple[str, ...]:
        """ "Both deny it": the two parties, if the transfer has two."""
        subject = clauses.subject(self.document, self.linker, self.document.tokens[said.cue])
        parties = tuple(one for one in (about.supplier, about.recipient) if one) or about.parties
        if subject is None or len(parties) != 2:
            return said.speakers
        is_pair = subject.lower == "both" or any(
            one.lower in ("both", "two") for one in self.document.children(subject.index, "det", "predet", "nummod")
        )
        return parties if is_pair and self.linker.entries[said.speakers[0]].type == "State" else said.speakers

    def _confirms_again(self, said: Attribution, sentence: Sentence) -> Iterator[Claim]:
        """ "Confirmed the visit": the meeting told before."""
        told = any(frame.trigger in said.content for frame in self.meetings if frame.sentence == sentence.index)
        nouns = (self.document.tokens[index] for index in sorted(said.content))
        noun = next((one for one in nouns if one.pos == "NOUN" and one.lemma in meetings.NOUNS), None)
        if told or noun is None:
            return
        near = [one for one in self.meetings if 0 <= sentence.index - one.sentence <= BACK and one.trigger < noun.index]
        if near:
            for speaker in said.speakers:
                kind = "Confirmation" if self._meets(speaker, near[-1]) else "Report"
                kind = "NonConfirmation" if said.negated else kind
                mood = modality.of(self.document, noun.index, said.cue)
                yield Claim(kind, sentence.index, said.cue, near[-1], speaker, said.cited_by, None, mood)

    def _is_of_else(self, said: Attribution) -> bool:
        """ "Denied accusations of war crimes": a claim whose own words tell of no arms."""
        for one in self.document.children(said.cue, "dobj"):
            if one.lemma not in TAKEN_NOUNS:
                continue
            told = [
                child
                for child in self.document.children(one.index, "acl", "ccomp", "relcl", "prep")
                if child.dep in ("acl", "ccomp") or child.lower in ("of", "about", "that")
            ]
            inside = [self.document.tokens[index] for child in told for index in self.document.subtree(child.index)]
            if len(inside) > 2 and not any(token.lemma in ABOUT_ARMS for token in inside):
                return True
        return False

    def _is_on_else(self, said: Attribution) -> bool:
        """ "Would not comment on the killing": a refusal whose own words tell of no arms."""
        if any(one.trigger in said.content for one in self.transfers if one.sentence == said.sentence):
            return False
        topics = [
            one
            for index in sorted(said.content)
            if self.document.tokens[index].lower in ON
            for one in self.document.children(index, "pobj")
        ][:1]
        below = (self.document.tokens[index] for one in topics for index in self.document.subtree(one.index))
        return bool(topics) and not any(
            token.pos == "PRON"
            or token.index in self.armed_at
            or token.lemma in TAKEN_UP | ABOUT_ARMS | GENERAL_TOPICS | MEETING_NOUNS
            for token in below
        )

    def _is_taken_up(self, said: Attribution) -> bool:
        objects = self.document.children(
            said.cue, "dobj", "nsubj", "nsubjpass", "pobj", "oprd", "prep", "ccomp", "xcomp"
        )
        cue = self.document.tokens[said.cue]
        if any(one.dep == "ccomp" and one.lemma in CALLING for one in objects):
            return True  # "rejected what it called propaganda"
        if cue.pos not in ("VERB", "AUX", "NOUN") or cue.lower == "nothing" or cue.lemma in SEEMING:
            return True  # "no truth in it"
        if cue.dep == "relcl" and any(one.lower in ("which", "that") for one in objects):
            return True
        if (
            cue.dep in ("relcl", "acl", "ccomp")
            and said.content == frozenset({cue.head})
            and self.document.tokens[cue.head].lemma in TAKEN_NOUNS
        ):
            return True
        if cue.lemma == "be":
            return True  # "the report was false"
        for one in objects:
            if one.dep == "nsubj":
                continue
            if one.dep in ("ccomp", "prep"):
                inner = self.document.children(one.index, "nsubj", "nsubjpass", "pobj")
                if any(child.lemma in TAKEN_NOUNS or self._is_such(child.index) for child in inner):
                    return True
            elif one.dep == "dobj" and one.lemma in DENIALS:
                of = (
                    p
                    for to in self.document.children(one.index, "prep")
                    for p in self.document.children(to.index, "pobj")
                )
                if any(child.lemma in TAKEN_UP for child in of):
                    return True  # "expressed its refutation of the claims"
            elif (
                one.lemma in TAKEN_UP
                or self._is_such(one.index)
                or (
                    one.dep == "xcomp"
                    and any(self._is_such(two.index) for two in self.document.children(one.index, "dobj"))
                )
            ):
                return True
        return False

    def _is_such(self, index: int) -> bool:
        """ "such talks", "any transfers": the thing itself instead of the allegation of it."""
        about_transfers = self.document.tokens[index].lemma in TRANSFER_NOUNS
        determiners = self.document.children(index, "det", "amod", "predet", "poss")
        return about_transfers and any(
            one.lower in ("such", "any", "the", "these", "this", "that") for one in determiners
        )

    def _recent(self, cue: int, sentence: Sentence) -> Frame | None:
        """What a silence is about: a frame of the sentence or the last one told."""
        moved = [one for one in self.transfers if not all(goods.scope == "aid" for goods in one.goods) or not one.goods]
        frames: list[Frame] = [*moved, *self.meetings]
        near = [one for one in frames if 0 <= sentence.index - one.sentence <= BACK]
        same = [one for one in near if one.sentence == sentence.index]
        chosen = min(same, key=lambda one: abs(one.trigger - cue), default=None)
        return chosen or max(near, key=lambda one: one.trigger, default=None) if moved else None

    def _recent_transfer(self, cue: int, sentence: Sentence, parties: tuple[str, ...] = ()) -> TransferFrame | None:
        near = [one for one in self.transfers if 0 <= sentence.index - one.sentence <= BACK]
        if parties:
            near = [one for one in near if any(self._is_party(party, one) for party in parties)]
        before = [one for one in near if one.trigger < cue]
        return max(before or near, key=lambda one: one.trigger, default=None)
