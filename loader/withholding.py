"""Who keeps something to himself: confirms nothing, names neither day nor place, publishes not a word."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from loader import clauses, lexicons, modality
from loader.frames import meetings
from loader.frames.meetings import MeetingFrame
from loader.linking import Linker
from loader.modality import Modality
from loader.parsing import Document, Token
from loader.takeup import BACK, Claim
from loader.vocabulary import words

LISTS = {name: words(value) for name, value in lexicons.read("withholding").items()}
KINDS = ("NoComment", "Silence", "NonConfirmation")
NEAR = 3  # words after a verb in which "not a word", "neither a day" begin
UNKNOWN = Modality("possible", "unknown")


def added(
    claims: Iterable[Claim], document: Document, linker: Linker, gatherings: tuple[MeetingFrame, ...]
) -> tuple[Claim, ...]:
    """The claims, those of keeping silent about a named meeting tied to it, and what else is kept back."""
    finder = _Finder(document, linker, gatherings)
    tied = [finder.tied(claim) if claim.kind in KINDS else claim for claim in claims]
    more = list(finder.claims())
    hidden = {(claim.sentence, claim.about) for claim in more}
    tied = [one for one in tied if one.stance != "negative" or (one.sentence, one.about) not in hidden]
    taken = {(claim.sentence, claim.speaker) for claim in tied if claim.kind in KINDS}
    return (*tied, *(claim for claim in more if (claim.sentence, claim.speaker) not in taken))


class _Finder:
    def __init__(self, document: Document, linker: Linker, gatherings: tuple[MeetingFrame, ...]) -> None:
        self.document = document
        self.linker = linker
        self.meetings = sorted((one for one in gatherings if not one.on_arms), key=lambda one: one.trigger)

    def tied(self, claim: Claim) -> Claim:
        """ "Would not be drawn on the visit": about the visit told last, whatever else was told since."""
        sentence = self.document.sentences[claim.sentence]
        for one in self.document.tokens[claim.cue : sentence.last]:
            if one.lower in LISTS["about"] and one.pos == "ADP":
                named = self.document.children(one.index, "pobj")
                if named and meetings.NOUNS.get(named[0].lemma, "Talks") != "Talks":
                    meeting = self._meeting(claim.sentence, one.index)
                    return replace(claim, about=meeting) if meeting else claim
        return claim

    def claims(self) -> Iterator[Claim]:
        """What is kept back of meetings, in the order of the text."""
        for token in self.document.tokens:
            if token.pos != "VERB" or not self._is_negative(token):
                continue
            subject = clauses.subject(self.document, self.linker, token)
            speakers = self.linker.all(subject.index) if subject else ()
            about = self._meeting(token.sentence, token.index, whole=True)
            if about is None:
                continue
            if not speakers and subject and subject.lower in LISTS["sides"]:
                speakers = self._sides(about)
            if token.lemma in LISTS["carrying"] and self._is_media(speakers) and self._passes_over(token):
                kind: str = "Silence"
            elif clauses.is_passive(self.document, token) or self._is_made_public(token):
                if not self._is_hidden(token):
                    continue
                kind, speakers = "NonConfirmation", ()
            elif token.lemma in LISTS["verbs"] and speakers and self._hides(token):
                kind = "NonConfirmation"
            else:
                continue
            for speaker in speakers or (None,):
                yield Claim(kind, token.sentence, token.index, about, speaker, modality=UNKNOWN, stance="none")

    def _sides(self, about: MeetingFrame) -> tuple[str, ...]:
        """ "Neither side", "both governments": the states of those who meet."""
        states = (self.linker.state_of(one) or one for one in about.participants)
        return tuple(dict.fromkeys(states))

    def _is_negative(self, verb: Token) -> bool:
        after = self.document.tokens[verb.index + 1 : verb.index + 1 + NEAR]
        own = [one for one in after if one.sentence == verb.sentence and verb.index in self._above(one)]
        return bool(self.document.children(verb.index, "neg")) or any(one.lower in LISTS["negative"] for one in own)

    def _above(self, token: Token) -> set[int]:
        return {one.index for one in self.document.ancestors(token.index)}

    def _is_media(self, speakers: tuple[str, ...]) -> bool:
        entries = [self.linker.entries[one] for one in speakers]
        return any(
            entry.type == "MediaOutlet"
            or (entry.type == "AnonymousSource" and self.linker.nouns.get(entry.iri) in LISTS["media"])
            for entry in entries
        )

    def _passes_over(self, verb: Token) -> bool:
        objects = self.document.children(verb.index, "dobj", "attr", "dep", "npadvmod")
        return not objects or any(one.lemma in LISTS["words"] for one in objects)

    def _is_made_public(self, verb: Token) -> bool:
        """ "Has not been made public", "did not make public"."""
        return verb.lemma == "make" and any(
            one.lower == "public" for one in self.document.tokens[verb.index + 1 : verb.index + 3]
        )

    def _is_hidden(self, verb: Token) -> bool:
        """ "Where they will meet has not been made public", "the venue was not disclosed"."""
        if verb.lemma not in LISTS["passive"] and not self._is_made_public(verb):
            return False
        before = [self.document.tokens[index] for index in self.document.subtree(verb.index) if index < verb.index]
        return any(one.lemma in LISTS["details"] or one.lower in LISTS["questions"] for one in before)

    def _hides(self, verb: Token) -> bool:
        """Whether what is kept back is nothing at all, a detail or a question: where, when, whether."""
        for one in self.document.children(verb.index, "dobj", "ccomp", "conj"):
            if one.lower == "nothing" or one.lemma in LISTS["details"]:
                return True
            adverbs = self.document.children(one.index, "advmod", "mark")
            if one.dep == "ccomp" and any(child.lower in LISTS["questions"] for child in adverbs):
                return True
        return False

    def _meeting(self, sentence: int, index: int, *, whole: bool = False) -> MeetingFrame | None:
        """The meeting that the sentence tells of, else the last one before that is still ahead, else the last one."""
        same = [one for one in self.meetings if one.sentence == sentence and (whole or one.trigger < index)]
        before = [one for one in self.meetings if 0 < sentence - one.sentence <= BACK]
        ahead = [one for one in before if modality.of(self.document, one.trigger).realis != "done"]
        return next((row[-1] for row in (same, ahead, before) if row), None)
