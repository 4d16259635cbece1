"""Finds meetings: visits, summits, talks and others, with who takes part and where."""

from dataclasses import dataclass, replace

from loader import clauses, lexicons
from loader.linking import Linker
from loader.mentions import Mention
from loader.parsing import Document, Token
from loader.vocabulary import ROLES, words

TOPIC = lexicons.read("topics/meetings")
VERBS = {lemma: kind for kind, lemmas in TOPIC["verbs"].items() for lemma in words(lemmas)}
NOUNS = {lemma: kind for kind, lemmas in TOPIC["nouns"].items() for lemma in words(lemmas)}
TRAVEL_TO = words(TOPIC["travel_to"])
LIGHT = words(TOPIC["light_verbs"])
STOPS = words(TOPIC["stops"])
FRAMING = words(TOPIC["framing"])
HOSTS = words(TOPIC["hosts"])
SITES = words(TOPIC["sites"])
MEALS = words(TOPIC["meals"])
LEADING = words(TOPIC["leading"])
SENT = words(TOPIC["sent"])
BORDERS = words(TOPIC["borders"])
WITH_OTHERS = words(TOPIC["with_others"])
NOT_MEETINGS = words(TOPIC["not_meetings"])
REACH = 12
NEAR = 1  # sentences back that "the summit" or "they met" takes its people from
TRAVELLERS = ("Person", "AnonymousSource")
PAIRED = ("Summit",)
BETWEEN = ("between", "among", "involving")
PLACED = ("Place", "State", "Capital")
PARTIES = ("Person", "State", "GovernmentBody", "ArmedGroup", "Organization")


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


def find(document: Document, linker: Linker) -> tuple[MeetingFrame, ...]:
    """The meetings that a document speaks of, in order of their triggers."""
    finder = _Finder(document, linker)
    found = (finder.at(token) for token in document.tokens if token.index not in linker.at)
    return tuple(each for frame in found if frame is not None for each in [frame, *finder.elsewhere(frame)])


class _Finder:
    def __init__(self, document: Document, linker: Linker) -> None:
        self.document = document
        self.linker = linker

    def at(self, token: Token) -> MeetingFrame | None:
        """The meeting that this token tells of, if any."""
        if token.pos == "VERB" and token.lemma in VERBS:
            return self._verb(token, VERBS[token.lemma])
        if token.pos == "VERB" and token.lemma in HOSTS:
            return self._hosted(token)
        if token.lemma == "be" and token.pos in ("AUX", "VERB"):
            return self._presence(token)
        if token.pos in ("NOUN", "PROPN") and token.lemma in NOUNS:
            return self._noun(token, NOUNS[token.lemma])
        return None

    def _presence(self, token: Token) -> MeetingFrame | None:
        """ "X is in Moscow", if X is somebody of another state."""
        subjects = self.document.children(token.index, "nsubj")
        who = [a for one in subjects for a in self._people(one.index) if self.linker.entries[a].type in TRAVELLERS]
        for one in self.document.children(token.index, "prep"):
            for inner in self.document.children(one.index, "pobj") if one.lower in ("in", "to") else ():
                place = self._place_in(inner)
                country = self._country(place)
                homes = {self.linker.state_of(actor) for actor in who}
                known = place is None or place.entry.type != "Place" or None not in homes
                if who and country and known and country not in homes:
                    return self._frame(token, "Visit", (*who, *self._met(token)), place)
        return None

    def _country(self, place: Mention | None) -> str | None:
        """The state that a place is or lies in."""
        if place is None or place.entry.type == "Place":
            return place.entry.state if place else None
        return place.entry.state or place.entry.iri

    def elsewhere(self, frame: MeetingFrame) -> list[MeetingFrame]:
        """The further visits of "visit A and B"."""
        if frame.kind != "Visit" or frame.place is None or frame.place.head <= frame.trigger:
            return []
        trigger = self.document.tokens[frame.trigger]
        rest: list[Mention] = []
        todo = [frame.place.head]
        while todo:
            listed = self.document.children(todo.pop(), "conj")
            todo.extend(one.index for one in listed)
            rest.extend(place for one in listed if (place := self._place_in(one)))
        made = (self._frame(trigger, "Visit", frame.participants, place) for place in rest)
        return [one for one in made if one is not None]

    def _verb(self, token: Token, kind: str) -> MeetingFrame | None:
        if kind == "Talks" and any(one.lower in ("into", "out") for one in self.document.children(token.index, "prep")):
            return None  # "talk somebody into something"
        who = self._doers(token)
        end = self._end(token)
        place = self._place(token, end)
        if token.tag == "VBG" and token.dep == "amod":
            who = self._people(token.head)
            place = None
        elif kind == "Travel" and (place is None or self._moves_something(token)):
            return None
        elif kind == "Lead":
            led = [one for one in self.document.children(token.index, "dobj") if one.lemma in SENT]
            goal = self._place(token, end, objects=False)
            return self._frame(token, "Visit", who, goal) if led and goal else None
        elif kind == "Encounter":
            people = [a for one in self.document.children(token.index, "dobj") for a in self._persons(one.index)]
            people += [actor for actor in who if self.linker.entries[actor].type == "Person"]
            return self._frame(token, "Meeting", tuple(people), place) if len(set(people)) > 1 else None
        elif kind in ("Meeting", "Talks"):
            if self._is_purpose_of_travel(token):
                return None  # told with the visit
            others = [actor for one in self.document.children(token.index, "dobj") for actor in self._people(one.index)]
            others += self._with(token, end)
            if (
                not others
                and len(who) < 2
                and any(one.lower in ("they", "both") for one in self.document.children(token.index, "nsubj"))
            ):
                others = [*self.linker.last_pair(token, people=True, within=NEAR)]
            several = any(self.linker.nouns.get(actor, "") in ROLES.group for actor in who)
            several = several or (
                kind == "Meeting"
                and token.lemma != "speak"
                and any(self.linker.entries[actor].type == "Organization" for actor in who)
            )
            if not others and len(who) < 2 and not several:
                return None
            who = (*who, *others)
        if kind in ("Visit", "Travel"):
            visited = [
                actor for one in self.document.children(token.index, "dobj") for actor in self._persons(one.index)
            ]
            if kind == "Visit" and place is None and not visited and token.dep != "amod":
                return None
            beside = [actor for actor in self._with(token, end) if self.linker.entries[actor].type == "Person"]
            who = (*who, *visited, *beside, *self._met(token))
        return self._frame(token, "Visit" if kind == "Travel" else kind, who, place)

    def _moves_something(self, token: Token) -> bool:
        return any(one.lemma not in BORDERS for one in self.document.children(token.index, "dobj"))

    def _is_purpose_of_travel(self, token: Token) -> bool:
        """Whether it is what a traveller goes for: "flew to Russia to meet X"."""
        above = self.document.tokens[token.head]
        travels = VERBS.get(above.lemma) in ("Travel", "Visit") and self._place(above, self._end(above)) is not None
        return token.dep in ("xcomp", "advcl") and token.tag == "VB" and travels and token.index - above.index < REACH

    def _hosted(self, token: Token) -> MeetingFrame | None:
        if clauses.is_passive(self.document, token):
            greeted = clauses.subject(self.document, self.linker, token)
            hosts, met = self._doers(token), self._people(greeted.index) if greeted else ()
            return (
                self._frame(token, "Meeting", (*met, *hosts), self._place(token, self._end(token)))
                if hosts and met
                else None
            )
        objects = self.document.children(token.index, "dobj")
        guests = [actor for one in objects for actor in self._people(one.index)]
        meals = [one for one in objects if one.lemma in MEALS]
        for one in [token, *meals] if meals else ():
            guests += [
                a
                for prep in self.document.children(one.index, "prep", "dative")
                if prep.lower == "for"
                for inner in self.document.children(prep.index, "pobj")
                for a in self._people(inner.index)
            ]
        guests = [actor for actor in guests if self.linker.entries[actor].type != "State"]
        hosts = self._doers(token)
        if not guests or not hosts:
            return None
        return self._frame(token, "Meeting", (*hosts, *guests), self._place(token, self._end(token), objects=False))

    def _noun(self, token: Token, kind: str) -> MeetingFrame | None:
        before = self.document.tokens[max(0, token.index - 2) : token.index]
        end = self._end(token)
        others = any(one.lower in WITH_OTHERS for one in self.document.tokens[token.index + 1 : end])
        if any(one.lower in NOT_MEETINGS for one in before) and not others:
            return None
        above = self.document.tokens[token.head]
        light = above.lemma in LIGHT and token.dep in ("dobj", "nsubjpass")
        owners = self.document.children(token.index, *(("poss",) if kind == "Visit" else ("poss", "compound")))
        who = [actor for one in owners for actor in self._people(one.index)]
        for one in self.document.tokens[token.index + 1 : end]:
            if one.lower in BETWEEN and kind != "Visit":
                who += self._between(one)
            elif one.lower in ("by", "from") or (
                one.lower == "of" and one.index == token.index + 1 and (kind == "Visit" or light)
            ):
                objects = self.document.children(one.index, "pobj")
                who += [actor for inner in objects for actor in self._people(inner.index)]
        who += self._with(token, end)
        if not who and any(one.lower == "their" for one in self.document.children(token.index, "poss")):
            who += self.linker.last_pair(token, people=True)
        if (
            not who
            and kind in PAIRED
            and any(one.lower in ("the", "this") for one in self.document.children(token.index, "det"))
        ):
            who += self.linker.last_pair(token, people=True, within=NEAR)
        determiners = {one.lower for one in self.document.children(token.index, "det", "poss")}
        framed = token.dep == "pobj" and above.lower in FRAMING and not determiners & {"the", "this", "that", "these"}
        alone = kind != "Visit" and (len(set(who)) == 1 or light or framed)
        if (kind == "Visit" and not who and (light or framed)) or alone:
            verb = self.document.tokens[self.document.clause(token.index)]
            subject = clauses.subject(self.document, self.linker, verb) if verb.index != token.index else None
            who[:0] = self._people(subject.index) if subject and subject.index != token.index else ()
            if framed and kind != "Visit" and len(set(who)) == 1:
                who += self._addressed(verb)
        place = self._place(token, end)
        if kind == "Visit":
            who += self._met(token)
            if place is None and not who:
                return None
        elif len(set(who)) < 2:
            return None
        return self._frame(token, kind, tuple(who), place)

    def _addressed(self, verb: Token) -> list[str]:
        """Whom somebody tells something or raises something with, at a meeting."""
        beside = [one for one in self.document.children(verb.index, "prep") if one.lower == "with"]
        beside += [
            inner
            for one in self.document.children(verb.index, "dobj")
            for inner in self.document.children(one.index, "prep")
            if inner.lower == "with"
        ]
        named = [inner for one in beside for inner in self.document.children(one.index, "pobj")]
        return [
            actor
            for one in [*self.document.children(verb.index, "dobj", "dative"), *named]
            for actor in self._persons(one.index)
        ]

    def _between(self, preposition: Token) -> list[str]:
        """A and B after "between", where the parser may hang B elsewhere."""
        found = [a for one in self.document.children(preposition.index, "pobj") for a in self._people(one.index)]
        sentence = self.document.sentence(preposition.index)
        joined = False
        for one in self.document.tokens[preposition.index + 1 : min(sentence.last, preposition.index + REACH)]:
            joined = joined or one.lower == "and"
            if one.pos == "VERB":
                break
            if joined and self._people(one.index) and one.dep not in ("poss", "compound", "amod"):
                found += self._people(one.index)
                break
        return list(dict.fromkeys(found))

    def _frame(self, token: Token, kind: str, who: tuple[str, ...], place: Mention | None) -> MeetingFrame | None:
        participants = tuple(dict.fromkeys(self._representative(actor) for actor in who))
        if not participants:
            return None
        entry = place.entry if place else None
        home = {self.linker.state_of(actor) for actor in participants}
        if kind == "Visit" and entry and entry.type == "State" and home == {entry.iri}:
            return None
        host = entry.state or entry.iri if entry and entry.type in ("State", "Capital") else None
        return MeetingFrame(token.index, token.sentence, kind, participants, place, host)

    def _representative(self, actor: str) -> str:
        entry = self.linker.entries[actor]
        if entry.type == "AnonymousSource":
            return self.linker.state_of(actor) or entry.state or actor
        return actor

    def _doers(self, token: Token) -> tuple[str, ...]:
        if clauses.is_passive(self.document, token):
            return tuple(actor for one in clauses.agents(self.document, token) for actor in self._people(one.index))
        subject = clauses.subject(self.document, self.linker, token)
        found = self._people(subject.index) if subject else ()
        if not found and subject and token.dep == "acl" and subject.index == token.head:
            verb = self.document.tokens[self.document.clause(subject.index)]  # "accepted an invitation to visit"
            above = clauses.subject(self.document, self.linker, verb) if verb.index != token.index else None
            found = self._people(above.index) if above else ()
        return found

    def _people(self, index: int) -> tuple[str, ...]:
        found = [actor for actor in self.linker.all(index) if self._can_meet(actor)]
        for led in self.document.children(index, "acl"):
            if led.lemma in LEADING and clauses.is_passive(self.document, led):
                by = clauses.agents(self.document, led)
                found += [actor for one in by for actor in self.linker.all(one.index) if self._can_meet(actor)]
        return tuple(dict.fromkeys(found))

    def _persons(self, index: int) -> tuple[str, ...]:
        return tuple(actor for actor in self.linker.all(index) if self.linker.entries[actor].type == "Person")

    def _can_meet(self, actor: str) -> bool:
        entry = self.linker.entries[actor]
        if entry.type == "AnonymousSource":
            last = self.linker.nouns.get(actor, "")
            return entry.state is not None and last not in ("media", "analysts", "experts", "sources", "companies")
        return entry.type in PARTIES

    def _with(self, token: Token, end: int) -> list[str]:
        found: list[str] = []
        for one in self.document.tokens[token.index + 1 : end]:
            if one.lower in ("with", "alongside"):
                found += [
                    actor for inner in self.document.children(one.index, "pobj") for actor in self._people(inner.index)
                ]
        return found

    def _met(self, token: Token) -> list[str]:
        """Whom the visitor meets, in the same breath: "to travel to Russia to meet X", "for talks with X"."""
        found: list[str] = []
        sentence = self.document.sentence(token.index)
        for one in self.document.tokens[token.index + 1 : min(sentence.last, token.index + 20)]:
            if one.lemma == "meet" or (one.lemma in NOUNS and NOUNS[one.lemma] != "Visit"):
                found += [a for inner in self.document.children(one.index, "dobj") for a in self._people(inner.index)]
                found += self._with(one, min(one.index + 6, sentence.last))
        return found

    def _end(self, token: Token) -> int:
        sentence = self.document.sentence(token.index)
        for one in self.document.tokens[token.index + 1 : min(sentence.last, token.index + REACH)]:
            if (
                one.lower in (";", "while", "but", "although", "whereas")
                or one.lower in STOPS
                or one.tag in ("VBD", "VBZ", "VBP")
            ):
                return one.index
        return min(sentence.last, token.index + REACH)

    def _place(self, token: Token, end: int, *, objects: bool = True) -> Mention | None:
        """Where: the object of a visit, else the first place after in, at or to."""
        for one in self.document.children(token.index, "dobj") if objects else ():
            mention = self._place_in(one)
            if mention:
                return mention
        for index in range(token.index + 1, end):
            one = self.document.tokens[index]
            if one.lower in TRAVEL_TO or one.lower in ("near", "of"):
                for inner in self.document.children(index, "pobj"):
                    mention = self._place_in(inner)
                    if mention:
                        return mention
        return None

    def _owned_site(self, site: Token) -> Mention | None:
        """The state of "Russian airfields"."""
        for child in self.document.children(site.index, "amod", "compound", "poss", "nmod"):
            found = self.linker.at.get(child.index)
            entry = self.linker.gazetteer.entry(found.entry.state or found.entry.iri) if found else None
            if found and entry and found.entry.type in ("Demonym", "State", "Capital"):
                return replace(found, entry=entry)
        return None

    def _place_in(self, token: Token) -> Mention | None:
        mention = self.linker.at.get(token.index)
        if mention:
            return mention if mention.entry.type in PLACED else None
        if token.lower in SITES:
            return self._owned_site(token)
        if token.lower in ("country", "nation"):
            return None
        for child in self.document.children(token.index, "prep", "appos"):
            inner = (
                self.document.children(child.index, "pobj")
                if child.dep == "prep" and child.lower in ("of", "in")
                else [child]
            )
            for one in inner:
                found = self.linker.at.get(one.index)
                if found and found.entry.type in PLACED:
                    return found
        for child in self.document.children(token.index, "poss", "compound"):
            found = self.linker.at.get(child.index)
            if found and found.entry.type in PLACED and token.lower not in NOUNS:
                return found
        return None
