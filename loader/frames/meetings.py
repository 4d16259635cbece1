"""Finds meetings: visits, summits, talks and others, with who takes part and where."""

from collections.abc import Iterator

from loader.frames.meeting_nouns import MeetingFrame
from loader.frames.participants import PARTIES, REACH, SENT, TRAVELLERS
from loader.frames.receptions import Receptions
from loader.frames.venues import NOUNS, PLACED, TOPIC
from loader.linking import Linker
from loader.mentions import Mention
from loader.parsing import Document, Token
from loader.vocabulary import ROLES, words

__all__ = ["NOUNS", "PARTIES", "PLACED", "TOPIC", "MeetingFrame", "find"]

VERBS = {lemma: kind for kind, lemmas in TOPIC["verbs"].items() for lemma in words(lemmas)}
DUE = words(TOPIC["due"])
BORDERS = words(TOPIC["borders"])
GOALS = {verb: words(prepositions) for verb, prepositions in TOPIC["goals"].items()}
VEHICLES = words(TOPIC["vehicles"])
NO_GOALS = words(TOPIC["no_goals"])
RETURNS = words(TOPIC["returns"])
NEAR = 1  # sentences back that "they met" takes its people from


def find(document: Document, linker: Linker) -> tuple[MeetingFrame, ...]:
    """The meetings that a document speaks of, in order of their triggers."""
    finder = _Finder(document, linker)
    for token in document.tokens:
        if token.index not in linker.at and (frame := finder.at(token)):
            finder.told += [frame, *finder.elsewhere(frame)]
    return tuple(finder.told)


class _Finder(Receptions):
    def at(self, token: Token) -> MeetingFrame | None:
        """The meeting that this token tells of, if any."""
        if token.pos == "VERB" and token.lemma in VERBS:
            return self._verb(token, VERBS[token.lemma])
        if token.pos == "VERB" and (received := self.received(token)):
            return received
        if token.lemma == "be" and token.pos in ("AUX", "VERB"):
            return self._presence(token)
        if token.pos in ("NOUN", "PROPN") and token.lemma.lower() in NOUNS:
            return self.noun(token, NOUNS[token.lemma.lower()])
        return None

    def elsewhere(self, frame: MeetingFrame) -> Iterator[MeetingFrame]:
        """The further visits of "visit A and B"."""
        if frame.kind != "Visit" or frame.place is None or frame.place.head <= frame.trigger or frame.again is not None:
            return
        todo = [frame.place.head]
        while todo:
            listed = self.document.children(todo.pop(), "conj")
            todo.extend(one.index for one in listed)
            for one in listed:
                place = self.place_in(one)
                made = self.frame(self.document.tokens[frame.trigger], "Visit", frame.participants, place)
                if place and made:
                    yield made

    # verbs

    def _verb(self, token: Token, kind: str) -> MeetingFrame | None:
        if kind == "Talks" and any(one.lower in ("into", "out") for one in self.document.children(token.index, "prep")):
            return None  # "talk somebody into something"
        who, end = self.doers(token), self.end(token)
        place = self.place(token, end)
        if token.tag == "VBG" and token.dep == "amod":
            return self.frame(token, kind, self.people(token.head), None) if kind == "Visit" else None
        if kind == "Lead":
            led = [one for one in self.document.children(token.index, "dobj") if one.lemma in SENT]
            goal = self.place(token, end, objects=False)
            there = {one.lower for one in self.document.tokens[token.index + 1 : end]} & {"to", "for"}
            return self.frame(token, "Visit", who, goal) if led and goal and there else None
        if kind == "Encounter":
            people = [a for one in self.document.children(token.index, "dobj") for a in self.persons(one.index)]
            people += [actor for actor in who if self.linker.entries[actor].type == "Person"]
            return self.frame(token, "Meeting", tuple(people), place) if len(set(people)) > 1 else None
        if kind in ("Meeting", "Talks"):
            return self._talk(token, kind, who, place, end)
        return self._travel(token, kind, who, place, end)

    def _talk(
        self, token: Token, kind: str, who: tuple[str, ...], place: Mention | None, end: int
    ) -> MeetingFrame | None:
        if self._is_purpose_of_travel(token):
            return None  # told with the visit
        others = [*self.objects(token, "dobj"), *self.beside(token, end)]
        subjects = self.document.children(token.index, "nsubj")
        if others and any(one.lower == "they" for one in subjects) and len(who) < 2:
            who = self.linker.last_pair(token, people=True, within=NEAR) or who
        if not others and len(who) < 2 and any(one.lower in ("they", "both") for one in subjects):
            others = [*self.linker.last_pair(token, people=True, within=NEAR)]
        elif not others and not who and subjects:
            others = [*self.pair(subjects[0])]
        several = any(self.linker.nouns.get(actor, "") in ROLES.group for actor in who)
        several = several or (
            kind == "Meeting" and any(self.linker.entries[actor].type == "Organization" for actor in who)
        )
        several = several or (kind == "Meeting" and bool(who) and self.meets_unnamed(token, end))
        if not others and len(who) < 2 and not several:
            return None
        return self.frame(token, kind, (*who, *others), place)

    def _travel(
        self, token: Token, kind: str, who: tuple[str, ...], place: Mention | None, end: int
    ) -> MeetingFrame | None:
        if kind == "Travel":
            place = self._left(token) or place
            goal = GOALS.get(token.lemma)
            between = self.document.tokens[token.index + 1 : place.head] if place else ()
            if goal and not any(one.lower in goal and one.pos == "ADP" for one in between):
                return None
            who = tuple(actor for actor in who if self._travels(actor) or self._is_sent(token)) or self._aboard(token)
            if place is None or not who or self._moves_something(token) or self._has_no_goal(token):
                return None
        visited = [a for one in self.document.children(token.index, "dobj") for a in self.persons(one.index)]
        if kind == "Visit" and place is None and not visited:
            return None
        beside = [actor for actor in self.beside(token, end) if self.linker.entries[actor].type == "Person"]
        return self.frame(token, "Visit", (*who, *visited, *beside, *self.met(token)), place) if who else None

    def _travels(self, actor: str) -> bool:
        return self.linker.entries[actor].type in TRAVELLERS

    def _is_sent(self, verb: Token) -> bool:
        """Whether those who travel are a delegation or officials of somebody."""
        subjects = self.document.children(verb.index, "nsubj")
        return any(one.lemma in SENT or one.lower in ROLES.group | ROLES.post for one in subjects)

    def _aboard(self, verb: Token) -> tuple[str, ...]:
        """ "X's train crossed the border"."""
        carriers = [one for one in self.document.children(verb.index, "nsubj") if one.lemma in VEHICLES]
        owners = [inner for one in carriers for inner in self.document.children(one.index, "poss")]
        return tuple(actor for one in owners for actor in self.persons(one.index))

    def _left(self, verb: Token) -> Mention | None:
        """ "Returned from X": where the visit was."""
        away = [one for one in self.document.children(verb.index, "prep") if one.lower == "from"]
        where = [inner for one in away for inner in self.document.children(one.index, "pobj")]
        return next((self.place_in(one) for one in where), None) if verb.lemma in RETURNS else None

    def _has_no_goal(self, verb: Token) -> bool:
        """ "Went to war in X"."""
        preps = self.document.children(verb.index, "prep")
        return any(one.lower in NO_GOALS for prep in preps for one in self.document.children(prep.index, "pobj"))

    def _moves_something(self, token: Token) -> bool:
        return any(one.lemma not in BORDERS | VEHICLES for one in self.document.children(token.index, "dobj"))

    def _is_purpose_of_travel(self, token: Token) -> bool:
        """Whether it is what a traveller goes for: "flew to Russia to meet X"."""
        above = self.document.tokens[token.head]
        travels = (VERBS.get(above.lemma) in ("Travel", "Visit") or above.lemma == "be") and self.place(
            above, token.index
        ) is not None  # "flew to Russia to meet X", not "is to meet X in Russia"
        return token.dep in ("xcomp", "advcl") and token.tag == "VB" and travels and token.index - above.index < REACH

    def _presence(self, token: Token) -> MeetingFrame | None:
        """ "X is in Moscow", "is due in Moscow", if X is somebody of another state."""
        subjects = self.document.children(token.index, "nsubj", "nsubjpass")
        due = [one for one in self.document.children(token.index, "acomp") if one.lower in DUE]
        who = [actor for one in subjects for actor in self.people(one.index) if self._travels(actor)]
        for one in [inner for above in [token, *due] for inner in self.document.children(above.index, "prep")]:
            for inner in self.document.children(one.index, "pobj") if one.lower in ("in", "to") else ():
                place = self.place_in(inner)
                country = self.country(place)
                homes = {self.linker.state_of(actor) for actor in who}
                known = place is None or place.entry.type != "Place" or None not in homes
                if who and country and known and country not in homes:
                    return self.frame(token, "Visit", (*who, *self.met(token)), place)
        return None
