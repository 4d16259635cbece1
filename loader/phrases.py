"""What is said without a verb of saying of its own: set phrases, "according to", colons, what is called false."""

from collections.abc import Iterator
from dataclasses import dataclass

from loader import clauses
from loader.contents import SPEECH, TAKEN_UP, VERBS, Contents
from loader.linking import Linker
from loader.parsing import Document, Sentence, Token
from loader.vocabulary import ROLES, patterns, words
from loader.vocabulary import find as find_patterns

DISMISSIVE = words(SPEECH["dismissive"])
MEANT = {"it", "this", "that", "them", "such", "something", "story", "finding", "statement"}
FIXED = {
    act: patterns(SPEECH[act]) for act in ("no_comment", "not_confirmed", "not_disclosed", "no_evidence", "untrue")
}
SILENCE = patterns(SPEECH["silence"])


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who says something: the cue's token, the act, the speakers (none: impersonal), the tokens of what is said."""

    cue: int
    act: str
    speakers: tuple[str, ...]
    content: frozenset[int]
    sentence: int
    cited_by: str | None = None
    negated: bool = False


class Phrases(Contents):
    """Finds set phrases of saying in one document, and who speaks."""

    def __init__(self, document: Document, linker: Linker) -> None:
        super().__init__(document, linker)
        self.unsigned = -2  # the last sentence in which a document of nobody known speaks
        self.last: tuple[int, tuple[str, ...]] | None = None  # the sentence and speakers of the last attribution

    def _speakers(self, subject: Token) -> tuple[str, ...]:
        """Who the subject of a verb of saying is; a pronoun rather means who spoke last."""
        speakers = self.linker.all(subject.index)
        if subject.lower == "it" and subject.sentence - self.unsigned == 1:
            return ()
        if subject.lower == "they" and (beside := self._sources_beside(subject)):
            return beside
        if subject.lower not in ("he", "she", "it", "they") or not self.last or subject.sentence - self.last[0] > 2:
            return speakers
        personal = subject.lower in ("he", "she")
        is_person = all(self.linker.entries[one].type == "Person" for one in self.last[1])
        is_source = all(self.linker.entries[one].type == "AnonymousSource" for one in self.last[1])
        if personal and (is_person or (is_source and len(self.last[1]) == 1)):
            return self.last[1]
        if subject.lower == "it" and speakers and not is_person and not is_source:
            return self.last[1][:1]
        if subject.lower == "they" and (len(self.last[1]) > 1 or (is_source and not self._is_one(self.last[1][0]))):
            return self.last[1]
        return speakers

    def _sources_beside(self, pronoun: Token) -> tuple[str, ...]:
        """ "While sources agreed that X, they say": the unnamed people who are a subject in the same sentence."""
        for one in self.document.tokens[self.document.sentence(pronoun.index).first : pronoun.index]:
            found = self.linker.all(one.index) if one.dep == "nsubj" else ()
            if found and all(self.linker.entries[actor].type == "AnonymousSource" for actor in found):
                return found
        return ()

    def _is_one(self, actor: str) -> bool:
        return self.linker.nouns.get(actor, "") in ROLES.single_source | ROLES.post | ROLES.spokes

    def _cited(self, speakers: tuple[str, ...]) -> str | None:
        outlets = (speaker for speaker in speakers if self.linker.entries[speaker].type == "MediaOutlet")
        return next(outlets, None)

    def _called_false(self, token: Token, sentence: Sentence) -> Iterator[Attribution]:
        """ "X said that the report was baseless": a denial by X."""
        if token.lemma != "be":
            return
        predicates = self.document.children(token.index, "acomp", "attr", "conj")
        if not any(one.lemma in DISMISSIVE or self._dismisses_below(one) for one in predicates):
            return
        subject = self.document.children(token.index, "nsubj") or [
            one for one in self.document.children(token.head, "nsubj") if token.dep == "conj"
        ]
        named = any(one.lemma in TAKEN_UP or one.lower in ("these", "those") for one in subject)
        if not named and not any(one.lemma in TAKEN_UP - MEANT for one in predicates):
            return
        yield from self._dismissed_by(token, sentence)

    def _takes_up(self, token: Token) -> bool:
        return any(one.lemma in TAKEN_UP for one in self.document.children(token.index, "nsubj"))

    def _teller(self, cue: Token, sentence: Sentence) -> tuple[str, ...]:
        """Who says the words around a token: the subject of the verb of saying above it, or of the quotation's."""
        told = next(self._dismissed_by(cue, sentence), None)
        return told.speakers if told else ()

    def _dismissed_by(self, token: Token, sentence: Sentence) -> Iterator[Attribution]:
        for above in self.document.ancestors(token.index):
            if above.pos == "VERB" and any(above.lemma in VERBS[act] for act in ("say", "allege", "believe")):
                speaker = clauses.subject(self.document, self.linker, above)
                if speaker is None or speaker.lemma in TAKEN_UP or above.lower == "reports":
                    continue  # "media reports that … are false, he added"
                speakers = self.linker.all(speaker.index)
                if speakers:
                    yield Attribution(token.index, "deny", speakers, self.document.subtree(token.index), sentence.index)
                return
        for verb in self.document.within(sentence):
            if (
                verb.pos == "VERB"
                and verb.lemma in VERBS["say"]
                and token.index in self.quoted
                and verb.index not in self.quoted
            ):
                speaker = clauses.subject(self.document, self.linker, verb)
                speakers = self.linker.all(speaker.index) if speaker else ()
                if speakers:
                    yield Attribution(token.index, "deny", speakers, self.document.subtree(token.index), sentence.index)
                    return

    def _dismisses_below(self, token: Token) -> bool:
        return any(self.document.tokens[index].lemma in DISMISSIVE for index in self.document.subtree(token.index))

    def _fixed(self, sentence: Sentence, taken: set[int]) -> Iterator[Attribution]:
        tokens = self.document.within(sentence)
        for act, rows in FIXED.items():
            for first, last in find_patterns(rows, tokens):
                span = range(sentence.first + first, sentence.first + last)
                if taken.intersection(span):
                    continue
                taken.update(span)
                cue = next((one for one in tokens[first:last] if one.pos in ("VERB", "AUX", "ADJ")), tokens[first])
                speakers = self._of_fixed(cue, sentence) if act != "untrue" else self._teller(cue, sentence)
                content = (
                    frozenset(range(sentence.first + first, sentence.last))
                    if act != "no_evidence"
                    else frozenset(range(cue.index, sentence.last))
                )
                silent = (
                    act == "no_comment"
                    and any(True for _ in find_patterns(SILENCE, tokens[first:last]))
                    and self._is_media(speakers)
                )
                act = "deny" if act == "untrue" else "silence" if silent else act
                if act != "deny" or speakers:
                    yield Attribution(tokens[first].index, act, speakers, content, sentence.index)

    def _of_fixed(self, cue: Token, sentence: Sentence) -> tuple[str, ...]:
        verb = self.document.tokens[self.document.clause(cue.index)]
        if verb.dep == "relcl" and self.document.tokens[verb.head].lower == "nothing":
            verb = self.document.tokens[self.document.clause(verb.head)]
        agents = clauses.agents(self.document, verb)
        if agents:
            return self.linker.all(agents[0].index)
        for one in self.document.tokens[cue.index + 1 : min(cue.index + 6, sentence.last)]:
            if one.lower == "from":
                return tuple(a for p in self.document.children(one.index, "pobj") for a in self.linker.all(p.index))
        subject = clauses.subject(self.document, self.linker, verb)
        named = subject and any(index in self.linker.at for index in range(sentence.first, subject.index))
        found = (self.linker.all(subject.index) if named else self._speakers(subject)) if subject else ()
        found = found if subject and subject.sentence == sentence.index else ()
        sought = () if found else self.document.children(cue.index, "dobj")  # "attempts to reach X failed"
        return found or tuple(actor for one in sought for actor in self.linker.all(one.index))

    def _is_media(self, speakers: tuple[str, ...]) -> bool:
        entries = [self.linker.entries[speaker] for speaker in speakers]
        return any(entry.type == "MediaOutlet" or entry.label.lower().endswith("media") for entry in entries)

    def _according(self, sentence: Sentence) -> Iterator[Attribution]:
        for token in self.document.within(sentence):
            if token.lower == "according" and token.index + 1 < sentence.last:
                to = self.document.children(token.index, "prep")
                objects = [one for child in to for one in self.document.children(child.index, "pobj")]
                speakers = self.linker.all(objects[0].index) if objects else ()
                phrase = self.document.subtree(token.index)
                joined = token.index > sentence.first and self.document.tokens[token.index - 1].dep == "cc"
                first = token.index if joined else sentence.first  # "…, and according to X, it built a factory"
                content = frozenset(range(first, sentence.last)) - phrase
                if speakers:
                    yield Attribution(token.index, "say", speakers, content, sentence.index, self._cited(speakers))
                elif objects:
                    yield Attribution(token.index, "impersonal", (), content, sentence.index)

    def _is_dateline(self, dash: Token, sentence: Sentence) -> bool:
        """ "CNN — The minister said": who brings the news, not who says what follows."""
        named = [self.linker.at[one] for one in range(sentence.first, dash.index) if one in self.linker.at]
        return dash.index - sentence.first <= 5 and any(one.entry.type == "MediaOutlet" for one in named)

    def _colon(self, sentence: Sentence) -> Iterator[Attribution]:
        """ "Seoul: the North shipped shells", and the other way round."""
        tokens = self.document.within(sentence)
        for token in tokens:
            dash = clauses.is_dash(self.document, token)
            if dash and self._is_dateline(token, sentence):
                continue
            if (token.lower == ":" or dash) and token.index - sentence.first > 0:
                for side, other in (
                    (range(sentence.first, token.index), range(token.index + 1, sentence.last)),
                    (range(token.index + 1, sentence.last), range(sentence.first, token.index)),
                ):
                    speakers = tuple(actor for index in side for actor in self.linker.resolve(index))
                    says = any(self.document.tokens[index].pos == "VERB" for index in side)
                    if speakers and len(side) <= 5 and len(other) > 3 and not says:
                        yield Attribution(token.index, "say", speakers[-1:], frozenset(other), sentence.index)
                        return
