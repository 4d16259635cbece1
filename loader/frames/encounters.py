"""Meetings that no single clause tells whole: venues, arrivals, "they first met", "in the same city"."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from loader import clauses, lexicons, modality
from loader.frames.meetings import DUE, NOUNS, PLACED, MeetingFrame
from loader.gazetteer import Entry
from loader.linking import Linker
from loader.mentions import Mention
from loader.modality import Modality
from loader.parsing import Document, Sentence, Token
from loader.records import Period
from loader.slugs import slug
from loader.vocabulary import words
from ontology.terms import ID

LISTS = {name: words(value) for name, value in lexicons.read("topics/encounters").items()}
BACK = 4  # sentences back that "the venue" or "the meeting" takes up
REACH = 6  # words after a verb in which its place stands


def completed(document: Document, linker: Linker, found: tuple[MeetingFrame, ...]) -> tuple[MeetingFrame, ...]:
    """The meetings, with places that are only pointed at, and those that need what other sentences tell."""
    finder = _Finder(document, linker)
    placed = [finder.placed(frame) for frame in found]
    triggers = {frame.trigger for frame in placed}
    more = [another for frame in placed for another in finder.further(frame)]
    for token in document.tokens:
        if token.pos in ("VERB", "AUX") and token.index not in triggers:
            more.extend(finder.at(token, [*placed, *more]))
    return tuple(sorted((*placed, *more), key=lambda frame: frame.trigger))


def arrivals(document: Document, gatherings: tuple[MeetingFrame, ...], published: date | None) -> dict[int, Period]:
    """The days of arrivals that are told as news: "has arrived", without a date, is the day of the article."""
    found: dict[int, Period] = {}
    for frame in gatherings if published else ():
        verb = document.tokens[frame.trigger]
        perfect = any(one.lemma == "have" and one.tag != "VBD" for one in document.children(verb.index, "aux"))
        if verb.lemma in LISTS["arriving"] and verb.tag == "VBN" and perfect:
            found[frame.trigger] = Period(published, published, "day", "derived")
    return found


def mood(document: Document, frame: MeetingFrame) -> Modality:
    """How real a meeting is: who says something while "visiting" a place, or "is in" it, has gone there."""
    found = modality.of(document, frame.trigger)
    verb = document.tokens[frame.trigger]
    there = verb.lemma == "be" or (verb.tag == "VBG" and not document.children(verb.index, "aux"))
    if frame.kind == "Visit" and there and found.realis == "underWay" and not (found.negated or found.conditional):
        due = any(one.lower in DUE for one in document.children(verb.index, "acomp"))
        pending = NOUNS.get(next((one.lemma for one in document.children(verb.index, "nsubj")), ""))
        return found if due or pending else replace(found, realis="done")
    return found


class _Finder:
    def __init__(self, document: Document, linker: Linker) -> None:
        self.document = document
        self.linker = linker

    def at(self, verb: Token, told: list[MeetingFrame]) -> Iterator[MeetingFrame]:
        """The meetings that this verb tells of together with what was told before."""
        subject = next(iter(self.document.children(verb.index, "nsubj", "nsubjpass")), None)
        if subject is None:
            return
        if verb.lemma == "be" and subject.lemma in LISTS["venues"] | self._likened(verb):
            yield from self._venue(verb, told)
        elif verb.lemma == "be" and NOUNS.get(subject.lemma) and self._is_pending(verb):
            yield from self._again(verb, None, told)
        elif self._is_held(verb) and NOUNS.get(subject.lemma) and self._is_definite(subject):
            yield from self._held(verb, told)

    def placed(self, frame: MeetingFrame) -> MeetingFrame:
        """The meeting with the place that its sentence points back to, or describes without a name."""
        sentence = self.document.sentences[frame.sentence]
        trigger = self.document.tokens[frame.trigger]
        if any(one.lower in LISTS["earlier"] for one in self.document.children(trigger.index, "advmod")):
            frame = replace(frame, again=frame.trigger)
        if frame.place is None and self._points_back(sentence):
            place = self._last_town(sentence)
            return replace(frame, place=place) if place else frame
        spot = self._spot(trigger) if trigger.pos == "VERB" and frame.kind != "Visit" else None
        return replace(frame, place=spot, host=spot.entry.state) if spot else frame

    # one construction each

    def _likened(self, verb: Token) -> set[str]:
        """The subject's lemma in "X is the likely venue"."""
        named = self.document.children(verb.index, "attr")
        if not any(one.lemma in LISTS["venues"] for one in named):
            return set()
        return {one.lemma for one in self.document.children(verb.index, "nsubj")}

    def _venue(self, verb: Token, told: list[MeetingFrame]) -> Iterator[MeetingFrame]:
        named = self.document.children(verb.index, "attr", "prep", "nsubj")
        inner = [one for prep in named if prep.dep == "prep" for one in self.document.children(prep.index, "pobj")]
        places = [self._place_in(one) for one in [*named, *inner]]
        venue = next((one for one in named if one.lemma in LISTS["venues"]), verb)
        trigger = venue if self.document.children(venue.index, "amod") else verb  # "a possible venue" is not one yet
        place = next((one for one in places if one), None)
        yield from self._again(trigger, place, told) if place else ()

    def _held(self, verb: Token, told: list[MeetingFrame]) -> Iterator[MeetingFrame]:
        place = self._place_after(verb)
        yield from self._again(verb, place, told) if place else ()

    def _again(self, verb: Token, place: Mention | None, told: list[MeetingFrame]) -> Iterator[MeetingFrame]:
        near = [
            one
            for one in told
            if 0 <= verb.sentence - one.sentence <= BACK and one.trigger < verb.index and not one.on_arms
        ]
        if not near:
            return
        last = max(near, key=lambda one: one.trigger)
        host = _host(place) or last.host
        yield replace(last, trigger=verb.index, sentence=verb.sentence, place=place, host=host, again=last.trigger)

    def further(self, frame: MeetingFrame) -> Iterator[MeetingFrame]:
        """ "To be in France and in Spain": the visits to the states after the first."""
        if frame.kind != "Visit" or frame.place is None:
            return
        for first in self.document.children(frame.trigger, "prep"):
            if all(one.index not in frame.place.indices for one in self.document.children(first.index, "pobj")):
                continue
            for prep in self.document.children(first.index, "conj"):
                for one in self.document.children(prep.index, "pobj"):
                    place = self._place_in(one)
                    if place and _host(place):
                        yield replace(frame, place=place, host=_host(place))

    def _is_held(self, verb: Token) -> bool:
        if verb.lemma in LISTS["happening"]:
            return verb.lemma != "take" or any(
                one.lemma == "place" for one in self.document.children(verb.index, "dobj")
            )
        return verb.lemma in LISTS["held"] and clauses.is_passive(self.document, verb)

    def _is_pending(self, verb: Token) -> bool:
        """ "Is in the pipeline", "is on the cards"."""
        for prep in self.document.children(verb.index, "prep"):
            if any(one.lemma in LISTS["pending"] for one in self.document.children(prep.index, "pobj")):
                return True
        return False

    def _is_definite(self, noun: Token) -> bool:
        return any(one.lower in ("the", "this", "their", "that") for one in self.document.children(noun.index))

    # places

    def _place_in(self, token: Token) -> Mention | None:
        mention = self.linker.at.get(token.index)
        return mention if mention and mention.entry.type in PLACED else None

    def _place_after(self, verb: Token) -> Mention | None:
        """The first place after "in" or "at" that belongs to the verb's clause; a city rather than its state."""
        for index in sorted(self.document.subtree(verb.index)):
            one = self.document.tokens[index]
            if index > verb.index and one.lower in LISTS["presence"]:
                places = [self._place_in(inner) for inner in self.document.children(index, "pobj")]
                found = next((place for place in places if place), None)
                if found:
                    return found
        return None

    def _points_back(self, sentence: Sentence) -> bool:
        return any(
            one.lemma in LISTS["towns"] and any(child.lower == "same" for child in self.document.children(one.index))
            for one in self.document.within(sentence)
        )

    def _last_town(self, sentence: Sentence) -> Mention | None:
        """The last place before the sentence that is no state."""
        for index in range(sentence.first - 1, self.document.sentences[max(0, sentence.index - BACK)].first - 1, -1):
            mention = self.linker.at.get(index)
            if mention and mention.entry.type in ("Place", "Capital"):
                return mention
        return None

    def _spot(self, verb: Token) -> Mention | None:
        """ "Met him at France's spaceport": a place that has no name."""
        for prep in self.document.tokens[verb.index + 1 : verb.index + 1 + REACH]:
            if prep.lower not in LISTS["presence"] or prep.sentence != verb.sentence:
                continue
            for noun in self.document.children(prep.index, "pobj"):
                for owner in self.document.children(noun.index, "poss") if noun.lemma in LISTS["spots"] else ():
                    mention = self.linker.at.get(owner.index)
                    if mention and mention.entry.type in ("State", "Capital"):
                        label = self.document.surface(mention.first, noun.index + 1)
                        state = mention.entry.state or mention.entry.iri
                        entry = Entry(f"{ID}place/{slug(label)}", label, "Place", state, known=False)
                        return Mention(mention.first, noun.index + 1, noun.index, entry)
        return None


def _host(place: Mention | None) -> str | None:
    if place is None:
        return None
    return (
        place.entry.iri if place.entry.type == "State" else place.entry.state if place.entry.type == "Capital" else None
    )
