"""Meetings that nouns tell of: "the summit", "his visit to X", "talks between X and Y"."""

from dataclasses import dataclass, replace

from loader import clauses
from loader.frames.companions import Companions
from loader.frames.participants import REACH
from loader.frames.venues import NOUNS, TOPIC
from loader.linking import Linker
from loader.mentions import Mention
from loader.parsing import Document, Token
from loader.vocabulary import words

OFF = words(TOPIC["called_off"])
ABSENT = words(TOPIC["absent"])
REMOTE = words(TOPIC["remote"])
LIGHT = words(TOPIC["light_verbs"])
FRAMING = words(TOPIC["framing"])
FRAMED_BY = words(TOPIC["framed_by"])
WITH_OTHERS = words(TOPIC["with_others"])
NOT_MEETINGS = words(TOPIC["not_meetings"])
SESSIONS = words(TOPIC["sessions"])
ROUNDS = words(TOPIC["rounds"])
PLURAL = words(TOPIC["plural"])
BACKGROUND = words(TOPIC["background"])
LEADIN = 4  # words of a sentence before a meeting that it begins with
BACK = 8  # sentences back that "the summit" and "the trip" take up
BETWEEN = ("between", "among", "involving", "including")
DEFINITE = ("the", "this", "that")


@dataclass(frozen=True, slots=True)
class MeetingFrame:
    """A meeting as one clause tells it; place is the mention of where."""

    trigger: int
    sentence: int
    kind: str
    participants: tuple[str, ...]
    place: Mention | None = None
    host: str | None = None
    on_arms: bool = False
    again: int | None = None  # the trigger of the meeting that it is, told before; its own: none told before
    several: bool = False  # "visits", "their meetings"
    off: bool = False  # told as cancelled or put off


class MeetingNouns(Companions):
    """Finds the meetings that nouns tell of; `told` are those found so far, which "the summit" takes up."""

    def __init__(self, document: Document, linker: Linker) -> None:
        super().__init__(document, linker)
        self.told: list[MeetingFrame] = []

    def noun(self, token: Token, kind: str) -> MeetingFrame | None:
        end = self.end(token)
        following = self.document.tokens[token.index + 1 : end]
        before = self.document.tokens[max(0, token.index - 2) : token.index]
        closed = any(one.lower in NOT_MEETINGS for one in before) or token.lemma in SESSIONS
        closed = closed and not any(one.lower in WITH_OTHERS for one in following)
        if any(one.lower in REMOTE for one in following):
            return None  # "talks by telephone"
        place = self.place(token, end)
        if repeated := self._predicated(token, kind, place):
            return repeated
        told = self._counted(token)
        above = self.document.tokens[told.head]
        light = above.lemma in LIGHT and told.dep in ("dobj", "nsubjpass")
        who = [*self.owners(token), *self._told_after(token, kind, light, end)]
        own = bool(who)
        who += self.beside(token, end)
        determiners = {one.lower for one in self.document.children(token.index, "det", "poss")}
        if not who and "their" in determiners:
            who += self._named_after(token) or self.linker.last_pair(token, people=True)
        dated = any(
            one.tag == "NNP" and one.index not in self.linker.at for one in self.document.children(token.index, "poss")
        )
        if not own and (dated or determiners & set(DEFINITE)) and (again := self._again(token, kind, place, who)):
            attending = self._from_clause(token, False, who) if light and kind != "Visit" else []
            return replace(again, participants=tuple(dict.fromkeys((*again.participants, *attending))))
        framed = self._is_framing(token, above) and not determiners & {"the", "that", "these"}
        if kind == "Visit" and not own and (light or framed):
            who[:0] = self.visitor(token)
            who += self.addressed(self.document.tokens[self.document.clause(token.index)]) if framed else []
        elif kind != "Visit" and (light or framed or (len(set(who)) == 1 and not own and token.dep != "nsubj")):
            who[:0] = self._from_clause(token, framed, who)
        if kind == "Visit":
            named = own or bool(who)
            who += self.met(token)
            return self.frame(token, kind, tuple(who), place) if named and who else None
        if closed and not any(self._is_body(actor) for actor in who):
            return None
        absent = self.document.tokens[self.document.clause(token.index)].lemma in ABSENT or above.lemma in ABSENT
        if absent:
            who = [actor for actor in who if self._is_body(actor)]
        attended = kind == "Summit" and bool(who) and self.linker.entries[who[0]].type == "Person"
        abroad = light and place is not None and bool(who) and self._is_guest(who[0], place)
        abroad = abroad or (attended and (light or framed) and place is not None)
        if len(set(who)) < 2 and not abroad and not self._is_one_sided(token, kind, who, end):
            return None
        if token.lemma in PLURAL and token.tag not in ("NNS", "NNPS"):
            return None  # "after consultation with X"
        return self.frame(token, kind, tuple(who), place)

    def _is_framing(self, token: Token, above: Token) -> bool:
        """ "During a visit", "on the sidelines of a summit": what else the sentence tells happened there."""
        within = above.lower == "of" and self.document.tokens[above.head].lemma in FRAMED_BY
        return token.dep == "pobj" and (above.lower in FRAMING or within)

    def _told_after(self, token: Token, kind: str, light: bool, end: int) -> list[str]:
        """Those after "between", "by", "from" and "of"."""
        found: list[str] = []
        for one in self.document.tokens[token.index + 1 : end]:
            if one.lower in BETWEEN and kind != "Visit" and self._is_of(one, token):
                found += self.between(one)
            elif (one.lower in ("by", "from") and self._is_of(one, token)) or (
                one.lower == "of" and one.index == token.index + 1 and (kind in ("Visit", "Summit") or light)
            ):
                found += self.objects(one, "pobj") or self._bodies_in(one)
            elif one.lower == "of" and one.index == token.index + 1:  # "a meeting of X and Y", "of the NATO ministers"
                several = self.objects(one, "pobj")
                found += several if len(several) > 1 or any(self._is_body(actor) for actor in several) else []
        return found

    def _is_of(self, preposition: Token, token: Token) -> bool:
        """Whether a phrase belongs to the meeting rather than to another noun: not "talks on the sanctions by X"."""
        above = self.document.tokens[preposition.head]
        own = above.index == token.index or above.index < token.index or above.pos not in ("NOUN", "PROPN")
        return own or above.index in self.linker.at or above.entity in ("DATE", "TIME")

    def _bodies_in(self, preposition: Token) -> list[str]:
        """ "Of the Group of 20 (G20)": a body whose name the parser takes apart."""
        after = self.document.tokens[preposition.index + 1 : preposition.index + LEADIN]
        named = [self.linker.at[one.index] for one in after if one.index in self.linker.at]
        return [
            one.entry.iri for one in named[:1] if one.entry.iri in self.linker.entries and self._is_body(one.entry.iri)
        ]

    def _is_body(self, actor: str) -> bool:
        return self.linker.entries[actor].type == "Organization"

    def _named_after(self, token: Token) -> list[str]:
        """ "At their meeting in Paris, X and Y": the two persons that follow, where it begins the sentence."""
        sentence = self.document.sentence(token.index)
        if token.index - sentence.first > LEADIN:
            return []
        coming = self.document.tokens[token.index + 1 : min(sentence.last, token.index + REACH)]
        return next((pair for one in coming if len(pair := [*self.persons(one.index)]) > 1), [])

    def _counted(self, token: Token) -> Token:
        """ "A second round of talks", "a series of meetings": the word that stands for them in the clause."""
        of = self.document.tokens[token.head]
        counting = self.document.tokens[of.head]
        return counting if token.dep == "pobj" and of.lower == "of" and counting.lemma in ROUNDS else token

    def _from_clause(self, token: Token, framed: bool, who: list[str]) -> list[str]:
        """The subject of the clause that a meeting is told in, and whom he tells something there."""
        verb = self.document.tokens[self.document.clause(token.index)]
        if verb.index == token.index:
            return []
        subject = clauses.subject(self.document, self.linker, verb)
        if subject and (visit := self._told_by(subject)):
            return [*visit.participants]  # "the visit, which included a meeting with X"
        passive = clauses.is_passive(self.document, verb)  # "the summit was attended by X"
        found = list(self.doers(verb)) if subject and (passive or subject.index != token.index) else []
        found = found or list(self.pair(subject) if subject else ()) or list(self.visitor(token))
        if framed and len({*found, *who}) == 1:
            found += self.addressed(verb)
        return found

    def _told_by(self, subject: Token) -> MeetingFrame | None:
        """The meeting that the subject of a verb is, itself or by "which"."""
        verb = self.document.tokens[subject.head]
        above = {verb.head, *(one.index for one in self.document.ancestors(verb.head))}
        meant = above if subject.tag == "WDT" and verb.dep == "relcl" else {subject.index}
        return next((one for one in reversed(self.told) if one.trigger in meant and one.trigger < subject.index), None)

    def _is_guest(self, actor: str, place: Mention) -> bool:
        """ "X will attend a conference in Tokyo", if X is a person of another state."""
        home = self.linker.state_of(actor)
        return self.linker.entries[actor].type == "Person" and home is not None and home != self.country(place)

    def _is_one_sided(self, token: Token, kind: str, who: list[str], end: int) -> bool:
        """Whether one named party is enough: the others go unnamed, or a body's summit is meant."""
        bodies = [actor for actor in who if self.linker.entries[actor].type in ("Organization", "GovernmentBody")]
        owned = bool(set(who) - set(self.beside(token, end)))  # "talks with X and other powers": whose?
        convened = kind == "Meeting" and token.tag != "NNS" and any(self._is_body(actor) for actor in who)
        return (owned and self.meets_unnamed(token, end)) or (kind == "Summit" and bool(bodies)) or convened

    def _predicated(self, token: Token, kind: str, place: Mention | None) -> MeetingFrame | None:
        """ "X's visit is the first visit to Y": the one told by the subject."""
        verb = self.document.tokens[token.head]
        if token.dep != "attr" or verb.lemma not in ("be", "mark", "become"):
            return None
        subjects = {one.index for one in self.document.children(verb.index, "nsubj")}
        told = next(
            (one for one in self.told if one.trigger in subjects and (one.kind == "Visit") == (kind == "Visit")), None
        )
        return self._repeat(told, token, place) if told else None

    def _again(self, token: Token, kind: str, place: Mention | None, who: list[str]) -> MeetingFrame | None:
        """ "The summit", "the trip", "this visit to the city": one told before, rather not one told as background."""
        fitting = [
            one
            for one in self.told
            if token.sentence - one.sentence <= BACK
            and (one.kind == "Visit") == (kind == "Visit")
            and not one.several
            and not (kind == "Summit" and self._is_session(one))
            and set(who) <= set(one.participants)
            and (place is None or one.host is None or self.country(place) == one.host)
        ]
        if not fitting:
            return None
        return self._repeat(
            max(fitting, key=lambda one: (one.kind == kind, not self._is_background(one), one.trigger)), token, place
        )

    def _is_session(self, frame: MeetingFrame) -> bool:
        """Whether a body without its leaders met: that is no summit."""
        trigger = self.document.tokens[frame.trigger]
        people = [actor for actor in frame.participants if self.linker.entries[actor].type == "Person"]
        return frame.kind == "Meeting" and trigger.pos != "VERB" and not people

    def _is_background(self, frame: MeetingFrame) -> bool:
        """ "Since X's visit last year": told only to date something else."""
        trigger = self.document.tokens[frame.trigger]
        modified = any(one.lower in BACKGROUND for one in self.document.children(trigger.index, "amod", "advmod"))
        first = min(self.document.subtree(trigger.index))
        before = self.document.tokens[max(0, first - 1) : first]
        return trigger.pos != "VERB" and (modified or any(one.lower in BACKGROUND for one in before))

    def _repeat(self, told: MeetingFrame, token: Token, place: Mention | None) -> MeetingFrame:
        root = told.again if told.again is not None else told.trigger
        return MeetingFrame(
            token.index, token.sentence, told.kind, told.participants, place or told.place, told.host, again=root
        )

    def frame(self, token: Token, kind: str, who: tuple[str, ...], place: Mention | None) -> MeetingFrame | None:
        participants = tuple(dict.fromkeys(self._representative(actor) for actor in who))
        if not participants:
            return None
        entry = place.entry if place else None
        home = {self.linker.state_of(actor) for actor in participants}
        if kind == "Visit" and entry and entry.type == "State" and home == {entry.iri}:
            return None
        host = entry.state or entry.iri if entry and entry.type in ("State", "Capital") else None
        several = token.tag == "NNS" and NOUNS.get(token.lemma) in ("Visit", "Meeting")
        told = self._counted(token)
        off = self.document.tokens[told.head].lemma in OFF and told.dep in ("dobj", "nsubjpass")
        return MeetingFrame(token.index, token.sentence, kind, participants, place, host, several=several, off=off)

    def _representative(self, actor: str) -> str:
        entry = self.linker.entries[actor]
        if entry.type == "AnonymousSource":
            return self.linker.state_of(actor) or entry.state or actor
        return actor
