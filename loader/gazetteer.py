"""The names of the reference data, ready to be looked up at a place in a text, and what the data say of who is who."""

import re
from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass
from datetime import date

from loader import lexicons
from ontology.reference import GOVERNMENT, Name, Reference

SPELT = 3  # acronyms up to this length are always spelt in capitals
NAMED = {
    *("Person", "State", "GovernmentBody", "Organization", "MediaOutlet", "ArmedGroup"),
    *("Place", "Demonym", "Capital"),
}
FIRST_WORD = re.compile(r"\w+")
RANK = {"capital": 1, "demonym": 2, "surname": 4}  # a state's city stands for the state before the place


@dataclass(frozen=True, slots=True)
class Entry:
    """What a name stands for: type is the class's local name, or Demonym or Capital where the name is a state's."""

    iri: str
    label: str
    type: str
    state: str | None = None  # the state it is or belongs to; of an anonymous source: the actor it is affiliated with
    known: bool = True


def variants(form: str) -> list[str]:
    """Other ways to write a name: "The West" at the beginning of a sentence, "Nato" for an acronym spoken as a word."""
    found = [f"The {form[4:]}"] if form.startswith("the ") else []
    return [*found, form.capitalize()] if form.isalpha() and form.isupper() and len(form) > SPELT else found


class Gazetteer:
    """Looks names up in the reference data."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self._names: defaultdict[str, list[tuple[str, Entry]]] = defaultdict(list)
        self.things = {name.lower() for one in reference.concepts.values() for name in (one.label, *one.aliases)}
        self.surnames: defaultdict[str, list[Entry]] = defaultdict(list)
        names = sorted(reference.names(), key=lambda name: (-len(name.form), self._rank(name), name.iri))
        for name in names:
            entry = self._named(name)
            if name.kind == "surname":
                self.surnames[name.form].append(entry)
            elif entry.type in NAMED and (first := FIRST_WORD.match(name.form)):
                self._names[first[0]].append((name.form, entry))
                for form in variants(name.form):
                    self._names[FIRST_WORD.match(form)[0]].append((form, entry))  # type: ignore[index]
        self._add_adjectives()

    @property
    def first_words(self) -> Container[str]:
        """The words with which names begin; few words of a text are among them."""
        return self._names

    def _add_adjectives(self) -> None:
        """Adjectives of those who are no state: "Western" for the West."""
        labels = {one.label: one.iri for one in self.reference.actors.values()}
        for form, label in lexicons.read("english")["adjectives"].items():
            if iri := labels.get(label):
                self._names[form].append((form, Entry(iri, form, "Demonym", iri)))
                self._names[form].sort(key=lambda name: -len(name[0]))

    def _rank(self, name: Name) -> int:
        return RANK.get(name.kind, 3 if name.iri in self.reference.places else 0)

    def _named(self, name: Name) -> Entry:
        if name.kind in ("demonym", "capital"):
            return Entry(name.iri, name.form, name.kind.capitalize(), name.iri)
        actor = self.reference.actors.get(name.iri)
        is_state = actor is not None and actor.kind == GOVERNMENT and actor.of_state
        entry = self.entry(actor.of_state if actor and is_state and actor.of_state else name.iri)
        assert entry is not None, name
        return entry

    def entry(self, iri: str) -> Entry | None:
        """The entry of the reference data with this IRI."""
        found = self.reference.by_iri.get(iri)
        return Entry(iri, found.label, found.type, self.reference.state_of(iri)) if found else None

    def starting(self, text: str, at: int) -> list[tuple[str, Entry]]:
        """The names that stand in the text at this place, the longest first."""
        first = FIRST_WORD.match(text, at)
        names = self._names.get(first[0], ()) if first else ()
        return [(form, entry) for form, entry in names if text.startswith(form, at)]

    def body(self, state: str, words: tuple[str, ...]) -> Entry | None:
        """The body of a state that the words describe, or fewer of them from the left ("top spy agency")."""
        if state not in self.reference.states:
            return None
        for first in range(len(words)):
            found = self.reference.body(state, " ".join(words[first:]))
            if found:
                return Entry(found.iri, found.label, found.type, state, found.iri in self.reference.actors)
        return None

    def seated(self, state: str, noun: str, place: str) -> Entry | None:
        """The body of a state that is named after where it sits: its embassy, consulate or mission in a place."""
        known = self.reference.states.get(state)
        forms = {f"{demonym} {noun} in {place}" for demonym in known.demonyms} if known else set()
        return next((one for form in sorted(forms) for name, one in self._names[form.split()[0]] if name == form), None)

    def holder(self, of: str, words: tuple[str, ...], on: date | None) -> Entry | None:
        """Who held the post so called at a body or state on a day, where that is one person."""
        held = {post.member for post in self.reference.holders(" ".join(words), of, on)}
        return self.entry(held.pop()) if len(held) == 1 else None

    def speaks_for(self, actor: str, on: date | None) -> Entry | None:
        """The body or state that an actor speaks for on a day: a person by post, a body at all times."""
        known = self.reference.actors.get(actor)
        voice = self.reference.voice_of(actor, on) or (known.speaks_for if known else None)
        return self.entry(voice) if voice else None
