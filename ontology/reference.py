"""The reference data as plain Python: actors and posts, places, goods, known events and laws, with their names."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeVar

from ontology import terms, turtle
from ontology.entries import BodyKind, Concept, Entity, Entry, KnownEvent, Law, Membership, PlaceEntity, State, entries
from ontology.turtle import ReferenceDataError

__all__ = [
    "BodyKind",
    "Concept",
    "Entity",
    "Entry",
    "KnownEvent",
    "Law",
    "Membership",
    "Name",
    "PlaceEntity",
    "Reference",
    "ReferenceDataError",
    "State",
    "read",
]

GOVERNMENT = "government"  # the kind of body that is the state itself where no such body is listed
SAME_WORDS = {
    "defense": "defence",
    "spokesman": "spokesperson",
    "spokeswoman": "spokesperson",
    "chairman": "chair",
    "advisor": "adviser",
}
IDLE_WORDS = {"a", "and", "affairs", "for", "national", "of", "the", "to"}

E = TypeVar("E", bound=Entry)


def read(folder: Path = terms.REFERENCE_FOLDER) -> "Reference":
    """The reference data of a folder of Turtle files, parsed once per content; else a ReferenceDataError."""
    return _read(tuple(turtle.files_of(folder)))


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[str, bytes], ...]) -> "Reference":
    return Reference(turtle.digest(files), entries(turtle.descriptions(files)))


@dataclass(frozen=True, slots=True)
class Name:
    """A surface form; kind is name, alias, surname, demonym or capital (of the state that it stands for)."""

    form: str
    iri: str
    kind: str


@dataclass(frozen=True)
class Reference:
    """All reference data by IRI, with the questions that the loader asks of them; digest is that of the files."""

    digest: str
    by_iri: Mapping[str, Entry]

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of every entry."""
        return {iri: entry.label for iri, entry in self.by_iri.items()}

    @cached_property
    def actors(self) -> Mapping[str, Entity]:
        """Persons, states, bodies, organizations, outlets and armed groups."""
        return self._of(Entity)

    @cached_property
    def states(self) -> Mapping[str, State]:
        """All states, former ones included."""
        return self._of(State)

    @cached_property
    def places(self) -> Mapping[str, PlaceEntity]:
        """Territories of states, capitals and other places."""
        return self._of(PlaceEntity)

    @cached_property
    def concepts(self) -> Mapping[str, Concept]:
        """The goods of the materiel scheme."""
        return self._of(Concept)

    @cached_property
    def events(self) -> Mapping[str, KnownEvent]:
        """Known meetings and other events."""
        return self._of(KnownEvent)

    @cached_property
    def laws(self) -> Mapping[str, Law]:
        """Treaties, resolutions, embargoes and commitments."""
        return self._of(Law)

    @cached_property
    def memberships(self) -> tuple[Membership, ...]:
        """Who held which post."""
        return tuple(self._of(Membership).values())

    def names(self) -> Iterator[Name]:
        """Every name of an actor, place, concept, event or law; a city named like its state only as the state's."""
        for entry in [*self.actors.values(), *self.concepts.values(), *self.events.values(), *self.laws.values()]:
            yield from _own_names(entry)
        for actor in self.actors.values():
            yield from (Name(form, actor.iri, "surname") for form in actor.surnames)
        for state in self.states.values():
            yield from (Name(form, state.iri, "demonym") for form in state.demonyms)
            for capital in state.capitals:
                spellings = (name.form for name in _own_names(self.places[capital]))
                yield from (Name(form, state.iri, "capital") for form in spellings if form not in _forms(state))
        for place in self.places.values():
            taken = {form for state in place.states for form in _forms(self.states[state])}
            yield from (name for name in _own_names(place) if name.form not in taken)

    def territory(self, state: str) -> PlaceEntity | None:
        """A state as a place: where something happens that happens in it."""
        return self._territories.get(state)

    def state_of(self, iri: str) -> str | None:
        """The state that an actor is, belongs to or speaks for (a party to a dispute), as an IRI."""
        seen: set[str] = set()
        while (actor := self.actors.get(iri)) and iri not in seen:
            if isinstance(actor, State):
                return iri
            seen.add(iri)
            iri = actor.of_state or actor.speaks_for or ""
        return None

    def holders(self, title: str, of: str, on: date | None = None) -> tuple[Membership, ...]:
        """Who held the post so called at a body, or at any body of a state, on a day ("defence minister", Russia)."""
        words = _words(title)
        return tuple(
            post for post in self._posts_by_title.get(words, []) if post.held_on(on) and self._belongs(post, of)
        )

    def posts(self, person: str, on: date | None = None) -> tuple[Membership, ...]:
        """The posts that a person held on a day, or ever."""
        return tuple(post for post in self._posts_by_member.get(person, []) if post.held_on(on))

    def voice_of(self, person: str, on: date | None = None) -> str | None:
        """The body or state for which a person's post makes them speak on a day, as an IRI."""
        return next((post.speaks_for for post in self.posts(person, on) if post.speaks_for), None)

    def is_title(self, words: str) -> bool:
        """Whether some post is called so."""
        return _words(words) in self._posts_by_title

    def body(self, state: str, words: str) -> Entity | None:
        """The body of a state that the words describe ("defence ministry"), or None where they describe none.

        A body that is not listed is made up from state and kind; for "government" it is the state itself.
        """
        kind = self._kinds_by_words.get(_words(words))
        if kind is None:
            return None
        listed = self._bodies.get((state, kind.slug))
        if listed or kind.slug == GOVERNMENT:
            return listed or self.actors[state]
        owner = self.actors[state]
        slug = f"{kind.slug}-{state.rsplit('/', 1)[1]}"
        label = f"{kind.label[0].upper()}{kind.label[1:]} ({owner.label})"
        return Entity(
            iri=f"{terms.ID}body/{slug}",
            label=label,
            type="GovernmentBody",
            of_state=state,
            speaks_for=state,
            kind=kind.slug,
        )

    def broader(self, concept: str) -> tuple[str, ...]:
        """All concepts above, nearest first, as IRIs."""
        found: dict[str, None] = {}
        level = self.concepts[concept].broader
        while level:
            found.update(dict.fromkeys(level))
            level = tuple(up for iri in level for up in self.concepts[iri].broader if up not in found)
        return tuple(found)

    def is_within(self, concept: str, wider: str) -> bool:
        """Whether a concept is the other one or lies below it."""
        return concept == wider or wider in self.broader(concept)

    def _of(self, kind: type[E]) -> dict[str, E]:
        return {iri: entry for iri, entry in self.by_iri.items() if isinstance(entry, kind)}

    def _belongs(self, post: Membership, of: str) -> bool:
        return of == post.organization or (of in self.states and self.state_of(post.organization) == of)

    @cached_property
    def _territories(self) -> Mapping[str, PlaceEntity]:
        labels = {state.label: state.iri for state in self.states.values()}
        return {labels[place.label]: place for place in self.places.values() if place.label in labels}

    @cached_property
    def _posts_by_title(self) -> Mapping[frozenset[str], list[Membership]]:
        index: defaultdict[frozenset[str], list[Membership]] = defaultdict(list)
        for post in self.memberships:
            for words in dict.fromkeys(map(_words, (post.title, *post.alt_titles))):
                index[words].append(post)
        return index

    @cached_property
    def _posts_by_member(self) -> Mapping[str, list[Membership]]:
        index: defaultdict[str, list[Membership]] = defaultdict(list)
        for post in self.memberships:
            index[post.member].append(post)
        return index

    @cached_property
    def _kinds_by_words(self) -> Mapping[frozenset[str], BodyKind]:
        return {_words(form): kind for kind in self._of(BodyKind).values() for form in (kind.label, *kind.aliases)}

    @cached_property
    def _bodies(self) -> Mapping[tuple[str, str], Entity]:
        return {(body.of_state, body.kind): body for body in self.actors.values() if body.of_state and body.kind}


def _own_names(entry: Entry) -> Iterator[Name]:
    yield Name(entry.label, entry.iri, "name")
    yield from (Name(form, entry.iri, "alias") for form in entry.aliases)


def _forms(entry: Entry) -> set[str]:
    return {entry.label, *entry.aliases}


def _words(text: str) -> frozenset[str]:
    """The words that tell titles and kinds of bodies apart, whatever their order and spelling."""
    words = re.findall(r"[^\W_]+", re.sub(r"['’]s\b", "", text.casefold()))
    return frozenset(SAME_WORDS.get(word, word) for word in words) - IDLE_WORDS
