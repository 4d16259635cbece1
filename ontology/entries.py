"""The entries of the reference data: one frozen record per resource, built from its description and checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ontology import terms
from ontology.terms import AC, GEO, ORG, OWL, RDF, RDFS, SCHEMA, SKOS
from ontology.turtle import Description, short


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A resource; type is the local name of its class, links are its owl:sameAs or skos:exactMatch."""

    iri: str
    label: str
    type: str
    aliases: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(Entry):
    """An actor; of_state and speaks_for are IRIs, kind the slug of its BodyKind (defence-ministry, military ...)."""

    surnames: tuple[str, ...] = ()
    of_state: str | None = None
    speaks_for: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State(Entity):
    """A state; capitals are IRIs of places, the seat of government included; until is its last day."""

    demonyms: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    alpha2: str | None = None
    alpha3: str | None = None
    numeric: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceEntity(Entry):
    """A place in the states given (IRIs); latitude and longitude in degrees, WGS 84."""

    states: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept(Entry):
    """Goods; broader are IRIs of concepts, scope is the slug of the top concept above (arms, technology, aid ...)."""

    broader: tuple[str, ...] = ()
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyKind(Entry):
    """A kind of body that every state has, with the words for it ("defence ministry", "ministry of defence")."""

    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Entry):
    """A post held by member at organization (IRIs) from valid_from to valid_until; None where not known or not over."""

    member: str
    organization: str
    title: str
    alt_titles: tuple[str, ...] = ()
    speaks_for: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    def held_on(self, day: date | None) -> bool:
        """Whether the post was held on that day; always true for None."""
        if day is None:
            return True
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEvent(Entry):
    """A meeting or another event that took place; participants, host and places are IRIs."""

    participants: tuple[str, ...] = ()
    host: str | None = None
    place: str | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Law(Entry):
    """A treaty, resolution, embargo or commitment that a transfer may violate."""


def entries(described: Mapping[str, Description]) -> dict[str, Entry]:
    """The entry of each description by IRI, sorted; a ReferenceDataError where a description cannot be used."""
    built = {iri: _entry(description) for iri, description in sorted(described.items())}
    for iri, entry in built.items():
        _check(described[iri], built)
        if isinstance(entry, Concept):
            built[iri] = replace(entry, scope=_scope(entry, built, described))
    return built


def _entry(description: Description) -> Entry:
    name, build = _class_of(description)
    label = description.text(RDFS.label)
    if not label:
        raise description.error('has no label: add rdfs:label "…"@en')
    return build(
        description,
        {
            "iri": description.iri,
            "label": label,
            "type": name,
            "aliases": description.texts(SKOS.altLabel),
            "links": description.iris(OWL.sameAs) + description.iris(SKOS.exactMatch),
        },
    )


def _class_of(description: Description) -> tuple[str, Callable[[Description, dict[str, Any]], Entry]]:
    classes = description.iris(RDF.type)
    if not classes:
        raise description.error("has no class: write what it is, such as 'a ac:Person', or correct its IRI")
    if len(classes) > 1 or classes[0] not in BUILDERS:
        known = ", ".join(map(short, BUILDERS))
        raise description.error(f"is a {' and a '.join(map(short, classes))}: make it one of {known}")
    return classes[0].rsplit("#", 1)[1], BUILDERS[classes[0]]


def _plain(_: Description, common: dict[str, Any]) -> Entry:
    return Entry(**common)


def _law(_: Description, common: dict[str, Any]) -> Law:
    return Law(**common)


def _actor_values(description: Description, common: dict[str, Any]) -> dict[str, Any]:
    kind = description.one(ORG.classification)
    return common | {
        "surnames": description.texts(SCHEMA.familyName),
        "of_state": description.one(AC.ofState),
        "speaks_for": description.one(AC.speaksFor),
        "kind": kind and kind.rsplit("/", 1)[1],
    }


def _actor(description: Description, common: dict[str, Any]) -> Entity:
    return Entity(**_actor_values(description, common))


def _state(description: Description, common: dict[str, Any]) -> State:
    return State(
        **_actor_values(description, common),
        demonyms=description.texts(AC.demonym),
        capitals=description.iris(AC.capital),
        alpha2=description.text(AC.isoAlpha2),
        alpha3=description.text(AC.isoAlpha3),
        numeric=description.text(AC.isoNumeric),
        until=description.day(AC.validUntil),
    )


def _place(description: Description, common: dict[str, Any]) -> PlaceEntity:
    return PlaceEntity(
        **common,
        states=description.iris(AC.inState),
        latitude=description.number(GEO.lat),
        longitude=description.number(GEO.long),
    )


def _concept(description: Description, common: dict[str, Any]) -> Concept:
    return Concept(**common, broader=description.iris(SKOS.broader), scope="")


def _body_kind(description: Description, common: dict[str, Any]) -> BodyKind:
    return BodyKind(**common, slug=description.iri.rsplit("/", 1)[1])


def _membership(description: Description, common: dict[str, Any]) -> Membership:
    member, organization = description.one(ORG.member), description.one(ORG.organization)
    title = description.text(AC.title)
    if not (member and organization and title):
        raise description.error("needs org:member, org:organization and ac:title: add what is missing")
    valid_from, valid_until = description.day(AC.validFrom), description.day(AC.validUntil)
    if valid_from and valid_until and valid_from > valid_until:
        raise description.error(f"ends on {valid_until}, before it begins on {valid_from}: correct one of the days")
    return Membership(
        **common | {"aliases": ()},
        member=member,
        organization=organization,
        title=title,
        alt_titles=description.texts(SKOS.altLabel),
        speaks_for=description.one(AC.speaksFor),
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _event(description: Description, common: dict[str, Any]) -> KnownEvent:
    return KnownEvent(
        **common,
        participants=description.iris(AC.participant),
        host=description.one(AC.host),
        place=description.one(AC.place),
        start=description.day(AC.startDate),
        end=description.day(AC.endDate),
    )


def _scope(entry: Concept, built: Mapping[str, Entry], described: Mapping[str, Description]) -> str:
    """The slug of the top concept above, by the first broader concept of each."""
    seen = []
    while entry.broader:
        seen.append(entry.iri)
        above = built[entry.broader[0]]
        if above.iri in seen or not isinstance(above, Concept):
            raise described[entry.iri].error(f"is below itself by skos:broader {short(above.iri)}: break the circle")
        entry = above
    return entry.iri.rsplit("/", 1)[1]


def _check(description: Description, built: Mapping[str, Entry]) -> None:
    """See that each property of ours is one that is read, and that what it names is there and of its class."""
    for property, values in description.values.items():
        if property.startswith(AC.iri) and property not in PROPERTIES:
            raise description.error(
                f"has the unknown property {short(property)}: known are {', '.join(map(short, PROPERTIES))}"
            )
        for value in values:
            if not value.value.startswith(terms.ID):
                continue
            if value.value not in built:
                raise description.error(
                    f"names {short(value.value)}, which no file describes: add it or correct the name"
                )
            expected = PROPERTIES.get(property, Entry)
            if not isinstance(built[value.value], expected):
                found = built[value.value].type
                raise description.error(f"has {short(property)} {short(value.value)}, which is a {found}: name another")


BUILDERS: dict[str, Callable[[Description, dict[str, Any]], Entry]] = {
    AC.Person.value: _actor,
    AC.State.value: _state,
    AC.GovernmentBody.value: _actor,
    AC.Organization.value: _actor,
    AC.MediaOutlet.value: _actor,
    AC.ArmedGroup.value: _actor,
    AC.Place.value: _place,
    AC.Materiel.value: _concept,
    AC.Event.value: _event,
    AC.Meeting.value: _event,
    AC.Visit.value: _event,
    AC.Summit.value: _event,
    AC.Talks.value: _event,
    AC.LegalInstrument.value: _law,
    ORG.Membership.value: _membership,
    ORG.Role.value: _plain,
    SKOS.Concept.value: _body_kind,
    SKOS.ConceptScheme.value: _plain,
}
"""How a resource of each class becomes an entry."""

PROPERTIES: dict[str, type[Entry] | tuple[type[Entry], ...]] = {
    AC.ofState.value: State,
    AC.speaksFor.value: Entity,
    AC.demonym.value: Entry,
    AC.capital.value: PlaceEntity,
    AC.isoAlpha2.value: Entry,
    AC.isoAlpha3.value: Entry,
    AC.isoNumeric.value: Entry,
    AC.isoSubdivision.value: Entry,
    AC.inState.value: State,
    AC.title.value: Entry,
    AC.validFrom.value: Entry,
    AC.validUntil.value: Entry,
    AC.participant.value: Entity,
    AC.host.value: Entity,
    AC.place.value: PlaceEntity,
    AC.startDate.value: Entry,
    AC.endDate.value: Entry,
    ORG.member.value: Entity,
    ORG.organization.value: Entity,
    ORG.classification.value: BodyKind,
    SKOS.broader.value: Concept,
}
"""The properties that are read, with what a resource of ours that is their value must be."""
