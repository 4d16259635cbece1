"""Finds events that a topic file describes by words alone: sanctions, exercises, launches (docs/new-topic.md)."""

from dataclasses import dataclass, field
from typing import Any

from loader import clauses, lexicons
from loader.frames.participants import Participants
from loader.linking import Linker
from loader.parsing import Document, Token
from loader.vocabulary import words

OWNERS = ("poss", "amod", "compound", "nmod")
REACH = 10  # words after a trigger in which its phrases stand
PARTICIPLES = ("acl", "amod")
NEAR = 3  # words after a trigger whose phrases belong to it, whatever the parser thinks
INSIDE = ("in", "of", "from")  # "institutions in Iran"
BEFORE = 3  # words before a noun in which a mark of it stands


@dataclass(frozen=True, slots=True)
class Kind:
    """What a topic file says of one kind of event."""

    name: str
    verbs: frozenset[str]
    nouns: frozenset[str]
    light_verbs: frozenset[str]
    things: frozenset[str]
    marks: frozenset[str]
    without: frozenset[str]
    not_before: frozenset[str]
    ending: frozenset[str]
    roles: dict[str, str] = field(compare=False)
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventFrame:
    """An event as one clause tells it; participants and targets are IRIs of actors."""

    trigger: int
    sentence: int
    kind: str
    participants: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    ended: bool = False  # lifted, eased


def _kinds() -> tuple[Kind, ...]:
    return tuple(
        _kind(name, entry)
        for topic in lexicons.topics()
        for name, entry in lexicons.read(f"topics/{topic}").get("events", {}).items()
    )


def _kind(name: str, entry: dict[str, Any]) -> Kind:
    if not all(isinstance(one, str) for one in entry["roles"]):
        raise ValueError(f'the roles of {name}: write "on" in quotation marks, since YAML takes it for true')
    lists = ("verbs", "nouns", "light_verbs", "things", "marks", "without", "not_before", "ending")
    told = {one: words(entry.get(one)) for one in lists}
    return Kind(name, roles=entry["roles"], needs=tuple(entry["needs"]), **told)


KINDS = _kinds()
TELLING = frozenset(lemma for kind in KINDS for lemma in kind.verbs | kind.nouns)


def find(document: Document, linker: Linker) -> tuple[EventFrame, ...]:
    """The events of all topics that a document speaks of, in order of their triggers."""
    finder = _Finder(document, linker)
    telling = (one for one in document.tokens if one.lemma.lower() in TELLING and one.index not in linker.at)
    found = (finder.at(token, kind) for token in telling for kind in KINDS)
    return tuple(frame for frame in found if frame)


class _Finder(Participants):
    def at(self, token: Token, kind: Kind) -> EventFrame | None:
        """The event of this kind that a token tells of, if any."""
        if token.pos == "VERB" and token.lemma in kind.verbs:
            return self._verb(token, kind)
        if token.pos in ("NOUN", "PROPN") and token.lemma.lower() in kind.nouns:
            return self._noun(token, kind)
        return None

    def _verb(self, token: Token, kind: Kind) -> EventFrame | None:
        if token.dep in PARTICIPLES and not clauses.agents(self.document, token):
            return None  # "those sanctioned": told to say of whom something else is true
        patients = clauses.objects(self.document, token)
        passive = clauses.is_passive(self.document, token)
        if passive and (patient := clauses.subject(self.document, self.linker, token)):
            patients = [patient]
        if kind.things and not any(self._is_thing(one, kind) for one in patients):
            return None
        found: dict[str, list[str]] = {}
        self._add(found, kind.roles.get("subject"), self.doers(token))
        for one in patients:
            self._add(found, kind.roles.get("object"), self._parties(one.index))
        return self._frame(token, kind, found, told_by=token)

    def _noun(self, token: Token, kind: Kind) -> EventFrame | None:
        following = self.document.tokens[token.index + 1 : token.index + 2]
        if any(one.lemma in kind.not_before for one in following) or token.dep == "compound":
            return None
        above = self.document.tokens[token.head]
        light = above.lemma in kind.light_verbs and token.dep in ("dobj", "nsubjpass")
        if kind.things and not self._is_thing(token, kind):
            return None
        before = self.document.tokens[max(0, token.index - BEFORE) : token.index]
        if kind.marks and not (light or any(one.lower in kind.marks for one in before)):
            return None
        found: dict[str, list[str]] = {}
        for one in self.document.children(token.index, *OWNERS):
            self._add(found, kind.roles.get("owner"), self._owner(one))
        if light:
            self._add(found, kind.roles.get("subject"), self.doers(above))
        ended = light and above.lemma in kind.ending
        return self._frame(token, kind, found, told_by=above if light else token, ended=ended)

    def _is_thing(self, token: Token, kind: Kind) -> bool:
        """Whether a phrase names what is launched: "ballistic missiles", "a missile test", "a test of a rocket"."""
        inner = self.document.children(token.index, "compound", "amod", "nmod", "conj")
        for prep in self.document.children(token.index, "prep"):
            inner = [*inner, *(self.document.children(prep.index, "pobj") if prep.lower == "of" else ())]
        return any(one.lemma.lower() in kind.things for one in [token, *inner])

    def _owner(self, token: Token) -> tuple[str, ...]:
        mention = self.linker.at.get(token.index)
        if mention and mention.entry.type in ("Demonym", "Capital"):
            state = self.linker.known(mention.entry.state)
            return (state,) if state else ()
        found = self._parties(token.index)
        joined = [actor for one in self.document.children(token.index, "conj", *OWNERS) for actor in self._owner(one)]
        return (*found, *joined)

    def _parties(self, index: int) -> tuple[str, ...]:
        """The actors of a phrase, else those whose companies or officials these are."""
        token = self.document.tokens[index]
        found = self.people(index)
        if found or index in self.linker.at or token.pos not in ("NOUN", "PROPN"):
            return found
        inside = self.document.children(index, *OWNERS)
        for prep in self.document.children(index, "prep"):
            inside = [*inside, *(self.document.children(prep.index, "pobj") if prep.lower in INSIDE else ())]
        owners = (self.linker.at.get(one.index) for one in inside)
        return tuple(actor for one in owners if one and (actor := self.linker.known(self.country(one))))

    def _add(self, found: dict[str, list[str]], role: str | None, actors: tuple[str, ...]) -> None:
        if role:
            found.setdefault(role, []).extend(actors)

    def _frame(
        self, token: Token, kind: Kind, found: dict[str, list[str]], *, told_by: Token, ended: bool = False
    ) -> EventFrame | None:
        sentence = self.document.sentence(token.index)
        for one in self.document.tokens[token.index + 1 : min(sentence.last, token.index + REACH)]:
            at = one.lower in kind.without and one.pos == "ADP" and one.head in (token.index, token.head)
            if at and self._parties_after(one):
                return None
            if one.tag in ("VBD", "VBZ", "VBP") or one.lower in (";", "after", "for", "over"):
                break
            near = one.head in (token.index, told_by.index) or one.index - token.index <= NEAR
            role = kind.roles.get(one.lower) if near and one.pos in ("ADP", "SCONJ") else None
            if role and (role not in found or not found[role] or one.lower in ("with", "between")):
                self._add(found, role, self._parties_after(one))
        people = {role: self._states(actors) for role, actors in found.items()}
        if any(not people.get(role) for role in kind.needs):
            return None
        targets = tuple(one for one in people.get("target", ()) if one not in people.get("participant", ()))
        if "target" in kind.needs and not targets:
            return None
        participants = people.get("participant", ())
        return EventFrame(told_by.index, token.sentence, kind.name, participants, targets, ended)

    def _parties_after(self, preposition: Token) -> tuple[str, ...]:
        found: list[str] = []
        for one in self.document.children(preposition.index, "pobj"):
            for each in [one, *self.document.children(one.index, "conj")]:
                found.extend(self._parties(each.index))
        return tuple(dict.fromkeys(found))

    def _states(self, actors: list[str]) -> tuple[str, ...]:
        """Unnamed people count as their state; everybody once."""
        found = []
        for actor in actors:
            entry = self.linker.entries[actor]
            found.append((self.linker.state_of(actor) or actor) if entry.type == "AnonymousSource" else actor)
        return tuple(dict.fromkeys(found))
