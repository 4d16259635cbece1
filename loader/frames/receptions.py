"""Meetings told by what one side does: to receive, host, summon, invite, sit down with, bring together."""

from loader import clauses
from loader.frames.meeting_nouns import MeetingFrame, MeetingNouns
from loader.frames.venues import NOUNS, TOPIC
from loader.mentions import Mention
from loader.parsing import Token
from loader.vocabulary import words

HOSTS = words(TOPIC["hosts"])
SUMMONS = words(TOPIC["summons"])
INVITES = words(TOPIC["invites"])
SEATED = words(TOPIC["seated"])
GATHERS = words(TOPIC["gathers"])
TELLS = words(TOPIC["tells"])
DISCUSSES = words(TOPIC["discusses"])
MEALS = words(TOPIC["meals"])


class Receptions(MeetingNouns):
    """Finds the meetings of one document that a host's or a speaker's verb tells of."""

    def received(self, verb: Token) -> MeetingFrame | None:
        """The meeting that a verb other than of meeting and travelling tells of, if any."""
        if verb.lemma in HOSTS:
            return self._greeted(verb) if clauses.is_passive(self.document, verb) else self._hosted(verb)
        if verb.lemma in INVITES:
            return self._invited(verb)
        if verb.lemma in SEATED or verb.lemma in GATHERS:
            return self._seated(verb) or self._gathered(verb)
        if verb.lemma in DISCUSSES:
            return self._discussed(verb)
        if verb.lemma in TELLS:
            return self._told_there(verb)
        return None

    def _hosted(self, verb: Token) -> MeetingFrame | None:
        objects = self.document.children(verb.index, "dobj")
        guests = [actor for one in objects for actor in self.people(one.index)]
        meals = [one for one in objects if one.lemma in MEALS]
        for one in [verb, *meals] if meals else ():
            preps = self.document.children(one.index, "prep", "dative")
            guests += [actor for prep in preps if prep.lower == "for" for actor in self.objects(prep, "pobj")]
        hosts = self.doers(verb)
        guests = [actor for actor in guests if self.linker.entries[actor].type != "State" and actor not in hosts]
        if verb.lemma in SUMMONS:  # who comes stands for a state
            guests += [state for actor in guests if (state := self.linker.state_of(actor)) and state not in hosts]
        where = self.place(verb, self.end(verb), objects=False)
        return self.frame(verb, "Meeting", (*hosts, *guests), where) if guests and hosts else None

    def _greeted(self, verb: Token) -> MeetingFrame | None:
        """ "X was received by Y", "X was received in Moscow", "the envoy was summoned to the ministry in Moscow"."""
        greeted = clauses.subject(self.document, self.linker, verb)
        hosts, met = self.doers(verb), self.people(greeted.index) if greeted else ()
        where = self.place(verb, self.end(verb))
        if hosts and met:
            return self.frame(verb, "Meeting", (*met, *hosts), where)
        if verb.lemma in SUMMONS and met:
            host = self.linker.known(self.country(where))
            return self.frame(verb, "Meeting", (*met, *((host,) if host else ())), where)
        visitors = self.persons(greeted.index) if greeted else ()
        abroad = where is not None and any(self._is_guest(actor, where) for actor in visitors)
        if abroad:
            return self.frame(verb, "Visit", visitors, where)
        return self.frame(verb, "Meeting", visitors, where) if visitors and self._is_at(verb) else None

    def _is_at(self, verb: Token) -> bool:
        """Whether a name of a house or place follows: "at the White House"."""
        preps = (one for one in self.document.children(verb.index, "prep") if one.lower == "at")
        return any(
            self.linker.at.get(one.index) for prep in preps for one in self.document.children(prep.index, "pobj")
        )

    def _invited(self, verb: Token) -> MeetingFrame | None:
        """ "X was invited to Moscow": a visit to come; "invited to visit" is told by its own verb."""
        guests = [a for one in self.document.children(verb.index, "dobj", "nsubjpass") for a in self.persons(one.index)]
        goals = [one for one in self.document.children(verb.index, "prep", "dative") if one.lower == "to"]
        where = [place for to in goals for one in self.document.children(to.index, "pobj") if (place := self._at(one))]
        return self.frame(verb, "Visit", tuple(guests), where[0]) if guests and where else None

    def _at(self, token: Token) -> Mention | None:
        return self.place_in(token) if token.lemma not in NOUNS else None

    def _seated(self, verb: Token) -> MeetingFrame | None:
        """ "X sat down with Y"."""
        down = any(one.lower == "down" for one in self.document.children(verb.index, "prt", "advmod"))
        if verb.lemma not in SEATED or not down:
            return None
        end = self.end(verb)
        who = (*self.doers(verb), *self.beside(verb, end))
        return self.frame(verb, "Meeting", who, self.place(verb, end)) if len(set(who)) > 1 else None

    def _gathered(self, verb: Token) -> MeetingFrame | None:
        """ "The summit brought together X and Y"."""
        subjects = self.document.children(verb.index, "nsubj")
        kind = next((NOUNS[one.lemma] for one in subjects if one.lemma in NOUNS), "")
        who = tuple(self.objects(verb, "dobj"))
        return self.frame(verb, kind, who, self.place(verb, self.end(verb), objects=False)) if kind and who else None

    def _discussed(self, verb: Token) -> MeetingFrame | None:
        """ "Discussed the matter with X in Moscow": two persons in one place."""
        things = [verb, *self.document.children(verb.index, "dobj")]
        beside = [one for thing in things for one in self.document.children(thing.index, "prep") if one.lower == "with"]
        named = [inner for one in beside for inner in self.document.children(one.index, "pobj")]
        others = [actor for one in named for actor in self.persons(one.index)]
        who = tuple(actor for actor in self.doers(verb) if self.linker.entries[actor].type == "Person")
        place = self.place(verb, self.end(verb), objects=False)
        here = place is not None or self._is_at(verb)
        return self.frame(verb, "Meeting", (*who, *others), place) if others and who and here else None

    def _told_there(self, verb: Token) -> MeetingFrame | None:
        """ "Told X in Beijing": two persons, one of whom is abroad."""
        others = tuple(self.addressed(verb))
        who = tuple(actor for actor in self.doers(verb) if self.linker.entries[actor].type == "Person")
        where = [one for one in self.document.children(verb.index, "prep") if one.lower == "in"]
        inner = [one for prep in where for one in self.document.children(prep.index, "pobj")]
        place = next((found for one in inner if (found := self.place_in(one))), None)
        if not place or not who or not others or set(who) & set(others):
            return None
        guests = [actor for actor in (*who, *others) if self._is_guest(actor, place)]
        return self.frame(verb, "Meeting", (*who, *others), place) if guests else None
