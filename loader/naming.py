"""Who and what the names in corrections stand for: what the reference data know, what the article names, or new."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from loader import identity
from loader.gatherings import MeetingDraft
from loader.gazetteer import Entry
from loader.goods import Catalogue, Goods, key
from loader.merge import TransferDraft
from loader.records import Actor, Extraction, Materiel, Meeting, Place, Transfer
from loader.slugs import slug
from ontology.reference import Reference
from ontology.terms import ID

FOLDERS = {"Person": "person", "State": "state", "MediaOutlet": "outlet", "AnonymousSource": "source"}
OTHER_FOLDER = "organization"

Given = str | Mapping[str, str]


class Unknown(Exception):
    """A name that stands for nothing, or for several things; the text says what to write."""


class Naming:
    """Finds what names stand for; what is new is kept in `actors`, `places`, `materiel`, `meetings` and `transfers`."""

    def __init__(self, extraction: Extraction, reference: Reference) -> None:
        self.article = extraction.article
        self.reference = reference
        self.actors = {one.iri: one for one in extraction.actors}
        self.places = {one.iri: one for one in extraction.places}
        self.materiel = {one.iri: one for one in extraction.materiel}
        self.meetings = {one.iri: one for one in extraction.meetings}
        self.transfers = {one.iri: one for one in extraction.transfers}
        self._labels = {one.iri: one.label for one in extraction.events}
        self._labels |= {one.iri: one.label for one in reference.events.values()}
        self._catalogue = Catalogue(reference)

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The actors by IRI, as the names of events are made of them."""
        return {one.iri: Entry(one.iri, one.label, one.type, known=one.known) for one in self.actors.values()}

    # ---- actors, places, goods

    def actor(self, given: Given) -> str:
        """The IRI of the actor so called.

        :raises Unknown: none or several are.
        """
        name = given if isinstance(given, str) else given["name"]
        here = {one.iri for one in self.actors.values() if _same(name, [one.label])}
        known = {one.iri for one in self.reference.actors.values() if _same(name, (one.label, *one.aliases))}
        iri = _single(name, here & known or known or here, self.reference)
        if iri:
            if iri in known and iri not in self.actors:
                entry = self.reference.actors[iri]
                self.actors[iri] = Actor(iri, entry.label, entry.type)
            return iri
        if isinstance(given, str) or "type" not in given:
            raise Unknown(
                f'neither the reference data nor the article know "{name}"; write {{name: "{name}", type: Person}}, or '
                "GovernmentBody, Organization, MediaOutlet, ArmedGroup or AnonymousSource"
            )
        return self._new_actor(given)

    def _new_actor(self, given: Mapping[str, str]) -> str:
        folder = FOLDERS.get(given["type"], OTHER_FOLDER)
        if given["type"] == "AnonymousSource":  # of one article each
            folder += "/" + self.article.iri.partition("/id/article/")[2]
        iri = f"{ID}{folder}/{slug(given['name'])}"
        affiliation = self.actor(given["affiliation"]) if "affiliation" in given else None
        self.actors[iri] = Actor(iri, given["name"], given["type"], known=False, affiliation=affiliation)
        return iri

    def place(self, given: Given) -> str:
        """The IRI of the place so called; a state's name is its territory's."""
        name = given if isinstance(given, str) else given["name"]
        known = {one.iri for one in self.reference.places.values() if _same(name, (one.label, *one.aliases))}
        states = {one.iri for one in self.reference.states.values() if _same(name, (one.label, *one.aliases))}
        known |= {place.iri for state in states if (place := self.reference.territory(state))}
        here = {one.iri for one in self.places.values() if _same(name, [one.label])}
        iri = _single(name, here & known or known or here, self.reference)
        if not iri and isinstance(given, str):
            raise Unknown(
                f'neither the reference data nor the article know the place "{name}"; write {{name: "{name}"}}'
            )
        iri = iri or f"{ID}place/{slug(name)}"
        known_label = self.reference.by_iri[iri].label if iri in known else name
        self.places.setdefault(iri, Place(iri, known_label, iri in known))
        return iri

    def goods(self, given: Given) -> Goods:
        """The goods so called, in whatever number and spelling."""
        name = given if isinstance(given, str) else given["name"]
        iri = self._catalogue.names.get(key(name))
        here = next((one for one in self.materiel.values() if key(one.label) == key(name)), None)
        if iri:
            concept = self.reference.concepts[iri]
            found = Materiel(iri, concept.label, concept.scope)
        elif here:
            found = here
        elif isinstance(given, str) or "broader" not in given:
            raise Unknown(f'neither the reference data nor the article know the goods "{name}"; '
                          f'write {{name: "{name}", broader: arms}}')  # fmt: skip
        else:
            above = self.goods(given["broader"])
            found = Materiel(f"{ID}materiel/{slug(name)}", name, above.scope, known=False, broader=above.iri)
        self.materiel.setdefault(found.iri, found)
        return Goods(-1, -1, -1, found.iri, found.label, found.scope, found.known, found.broader)

    # ---- events

    def event(self, about: Mapping[str, Any]) -> str:
        """The IRI of the event that is described so: one of the article that is just that, else a new one.

        :raises Unknown: a name is unknown, or no event or several have the label.
        """
        if "event" in about:
            return self._labelled(about["event"])
        if about.keys() & {"participants", "meeting", "host", "place", "expectedPlace"}:
            meeting = self._meeting(about)
            for one in self.meetings.values():
                if _is(meeting, one, ("kind", "participants", "period")):
                    return one.iri
            self.meetings[meeting.iri] = meeting
            return meeting.iri
        transfer = self._transfer(about)
        for other in self.transfers.values():
            if _is(transfer, other, ("kind", "supplier", "recipient", "parties", "materiel", "period")):
                return other.iri
        self.transfers[transfer.iri] = transfer
        return transfer.iri

    def _labelled(self, label: str) -> str:
        labels = self._labels | {one.iri: one.label for one in self.meetings.values()}
        labels |= {one.iri: one.label for one in self.transfers.values()}
        aliases = {one.iri: one.aliases for one in self.reference.events.values()}
        found = {iri for iri, text in labels.items() if _same(label, (text, *aliases.get(iri, ())))}
        iri = _single(label, found, self.reference)
        if not iri:
            raise Unknown(f'no event is called "{label}"; take the label from the page of the event')
        return iri

    def _transfer(self, about: Mapping[str, Any]) -> Transfer:
        draft = TransferDraft(
            kind="TransferTalks" if "parties" in about else "ArmsTransfer",
            supplier=self.actor(about["supplier"]) if about.get("supplier") else None,
            recipient=self.actor(about["recipient"]) if about.get("recipient") else None,
            parties=tuple(self.actor(one) for one in about.get("parties", ())),
            goods=tuple(self.goods(one) for one in about.get("goods", ("arms",))),
            period=about.get("period"),
        )
        return identity.transfer(draft, self)

    def _meeting(self, about: Mapping[str, Any]) -> Meeting:
        host = self.actor(about["host"]) if about.get("host") else None
        participants = {self.actor(one) for one in about.get("participants", ())} | ({host} if host else set())
        draft = MeetingDraft(about.get("meeting", "Meeting"), tuple(participants), about.get("period"), None)
        place, expected = (self.place(about[one]) if about.get(one) else None for one in ("place", "expectedPlace"))
        made = identity.meeting(draft, self, place, expected, "reported", (0, 0))
        return replace(made, host=host)

    def fits(self, iri: str | None, about: Mapping[str, Any] | None) -> bool:
        """Tell whether the event is as described, as far as the description goes.

        :raises Unknown: a name in it is.
        """
        if not about or not iri:
            return not about and not iri
        if "event" in about:
            return iri == self._labelled(about["event"])
        event: Meeting | Transfer | None = self.meetings.get(iri) or self.transfers.get(iri)
        return event is not None and all(self._agrees(event, part, value) for part, value in about.items())

    def _agrees(self, event: Meeting | Transfer, part: str, value: Any) -> bool:
        if part == "meeting":
            return event.kind == str(value)
        if part == "period":
            there = event.period
            return (there.start, there.end) == (value.start, value.end) if there and value else there is value
        if part == "goods":
            return {self.goods(one).iri for one in value} <= set(getattr(event, "materiel", ()))
        if part in ("parties", "participants"):
            return {self.actor(one) for one in value} <= set(getattr(event, part, ()))
        field = {"expectedPlace": "expected_place"}.get(part, part)
        find = self.place if part in ("place", "expectedPlace") else self.actor
        return bool(getattr(event, field, None) == (find(value) if value else None))


def _is(described: Meeting | Transfer, there: Meeting | Transfer, parts: tuple[str, ...]) -> bool:
    """Whether these parts are the same; a description without a period fits any."""
    return all(
        getattr(described, part) == getattr(there, part) or (part == "period" and described.period is None)
        for part in parts
    )


def _same(name: str, forms: Iterable[str]) -> bool:
    wanted = name.casefold().removeprefix("the ")
    return any(wanted == form.casefold().removeprefix("the ") for form in forms)


def _single(name: str, found: set[str], reference: Reference) -> str | None:
    if len(found) > 1:
        labels = sorted(reference.by_iri[iri].label if iri in reference.by_iri else iri for iri in found)
        raise Unknown(f'"{name}" may be {" or ".join(labels)}; write which')
    return next(iter(found), None)
