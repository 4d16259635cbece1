"""From an article to all that it says: `extract` is a pure function of article, word lists and reference data."""

from collections.abc import Iterator
from dataclasses import replace

from loader import (
    announcements,
    cleaning,
    gatherings,
    happenings,
    identity,
    locations,
    merge,
    parsing,
    quantities,
    standing,
    statements,
    supplements,
    timing,
    violations,
)
from loader.frames import encounters, roles
from loader.frames import happenings as event_frames
from loader.frames import meetings as meeting_frames
from loader.frames import transfers as transfer_frames
from loader.frames.giving import STRICT
from loader.frames.happenings import EventFrame
from loader.frames.meetings import MeetingFrame
from loader.frames.roles import TransferFrame
from loader.gatherings import MeetingDraft
from loader.gazetteer import Gazetteer
from loader.goods import Catalogue, Goods
from loader.linking import Linker
from loader.mentions import find as find_mentions
from loader.merge import TransferDraft
from loader.parsing import Document
from loader.qualify import Qualifier
from loader.records import (
    Actor,
    Article,
    Extraction,
    Materiel,
    Meeting,
    OtherEvent,
    Period,
    Place,
    Quantity,
    Statement,
    Transfer,
)
from loader.takeup import Claim
from loader.triggers import Triggers
from ontology.reference import Reference

Told = TransferFrame | MeetingFrame | EventFrame
ASSERTING = ("Allegation", "Denial", "Confirmation", "Warning")  # talks of which one party is named are kept for these
OWN = ("Denial", "Confirmation")  # of its own doing a party need not name the other: kept with one end open
STANCES = {"Denial": "negative", "NoComment": "none", "Silence": "none", "NonConfirmation": "none"}

_lookups: dict[str, tuple[Gazetteer, Catalogue, Triggers]] = {}


def extract(article: Article, reference: Reference) -> Extraction:
    """Everything that the article says, as records; the same for the same article, word lists and reference data.

    An article that cannot say anything by its words alone is not parsed, and names nobody.
    """
    gazetteer, catalogue, triggers = _lookup(reference)
    if not (article.corrections or triggers.in_text(article.text)):
        return Extraction(article)  # a few microseconds instead of the parser's tenth of a second
    return _extractor(article, reference, gazetteer, catalogue).run()


def pairs(article: Article, reference: Reference) -> Iterator[tuple[str | None, str | None, frozenset[str]]]:
    """Yield the names of each supplier and recipient that the rules find, and the marks that they are weighed by."""
    gazetteer, catalogue, _ = _lookup(reference)
    extractor = _extractor(article, reference, gazetteer, catalogue)
    entries = extractor.linker.entries
    for pair, marks in standing.found(*extractor.told(), extractor.document, extractor.linker).items():
        supplier, recipient = (entries[one].label if one in entries else None for one in pair)
        yield supplier, recipient, marks


def _extractor(article: Article, reference: Reference, gazetteer: Gazetteer, catalogue: Catalogue) -> "_Extractor":
    document = parsing.parse(article.text, cleaning.blocks(article))
    linker = Linker(document, find_mentions(document, gazetteer), gazetteer, article)
    return _Extractor(article, reference, document, linker, catalogue.find(document))


def _lookup(reference: Reference) -> tuple[Gazetteer, Catalogue, Triggers]:
    if reference.digest not in _lookups:
        _lookups.clear()
        gazetteer = Gazetteer(reference)
        _lookups[reference.digest] = (gazetteer, Catalogue(reference), Triggers(reference, gazetteer))
    return _lookups[reference.digest]


def _keeps(claim: Claim) -> bool:
    """Whether a claim keeps the transfer or talks that it is about, though they are not told in full."""
    talks = isinstance(claim.about, TransferFrame) and claim.about.kind == "TransferTalks"
    return claim.kind in (ASSERTING if talks else OWN)


class _Extractor:
    def __init__(
        self, article: Article, reference: Reference, document: Document, linker: Linker, goods: tuple[Goods, ...]
    ) -> None:
        self.article = article
        self.reference = reference
        self.document = document
        self.linker = linker
        self.goods = goods
        self.transfer_frames = transfer_frames.find(document, linker, goods)
        gatherings = (*meeting_frames.find(document, linker), *self._talks())
        self.meeting_frames = supplements.meetings(gatherings, document, linker)
        self.event_frames = event_frames.find(document, linker)
        self.said = supplements.attributions(statements.find(document, linker), document, linker)
        self.periods = supplements.periods(self._periods(), document, self.meeting_frames, article.published)
        self.moods = {one.trigger: encounters.mood(document, one) for one in self.meeting_frames}

    def _talks(self) -> tuple[MeetingFrame, ...]:
        """Talks about arms between two named parties are meetings too."""
        return tuple(
            MeetingFrame(one.trigger, one.sentence, "Talks", one.parties, on_arms=True)
            for one in self.transfer_frames
            if one.kind == "TransferTalks"
            and len(one.parties) > 1
            and self.document.tokens[one.trigger].pos == "NOUN"
            and self.document.tokens[one.trigger].lemma in STRICT
        )

    def _periods(self) -> dict[int, Period]:
        found: dict[int, Period] = {}
        for sentence in self.document.sentences:
            triggers = [one.trigger for one in self.transfer_frames if one.sentence == sentence.index]
            triggers += [one.trigger for one in self.meeting_frames if one.sentence == sentence.index]
            triggers += [one.trigger for one in self.event_frames if one.sentence == sentence.index]
            triggers += [one.cue for one in self.said if one.sentence == sentence.index]
            if triggers:
                found.update(timing.assign(self.document, sentence, sorted(set(triggers)), self.article.published))
        return found

    def told(self) -> tuple[list[TransferDraft], tuple[Claim, ...]]:
        """The transfers that somebody tells of, before they are weighed, and all claims."""
        qualifier = Qualifier(
            self.document, self.linker, self.said, self.transfer_frames, self.meeting_frames, self.goods
        )
        broken = violations.find(self.document, self.reference)
        claims = violations.judged(qualifier.claims(), broken, self.transfer_frames, self.document.sentences)
        claims = supplements.claims(claims, self.document, self.linker, self.meeting_frames)
        about = {one.about for one in claims if isinstance(one.about, TransferFrame) and _keeps(one)}
        drafts = [
            one
            for one in merge.transfers(self.transfer_frames, self.periods)
            if (one.supplier and one.recipient) or len(one.parties) > 1 or about.intersection(one.frames)
        ]
        return drafts, claims

    def run(self) -> Extraction:
        """All records of the article."""
        drafts, claims = self.told()
        drafts = standing.kept(drafts, claims, self.document, self.linker)
        met = gatherings.drafts(
            self.meeting_frames, self.moods, self.periods, self.article.published, self.reference, self.linker.state_of
        )
        met, claims = gatherings.told(met, announcements.confirmed(claims, self.document, self.linker, met))
        claims += tuple(happenings.claims(self.event_frames, self.said, self.document))
        transfers, of_transfer = self._transfers(drafts)
        meetings, of_meeting, places = self._meetings(met)
        events, of_event = self._events()
        statements_ = self._statements(claims, of_transfer | of_meeting | of_event)
        confirmed = {one.about for one in statements_ if one.kind == "Confirmation"}
        meetings = tuple(
            replace(one, status="confirmed") if one.iri in confirmed and one.status == "planned" else one
            for one in meetings
        )
        used = identity.actors_used(statements_, transfers, meetings, events)
        goods = {
            one.iri: Materiel(one.iri, one.label, one.scope, one.known, one.broader)
            for draft in drafts
            for one in draft.goods
        }
        return Extraction(
            article=self.article,
            actors=self._actors(used),
            places=tuple(sorted(places.values(), key=lambda one: one.iri)),
            materiel=tuple(sorted(goods.values(), key=lambda one: one.iri)),
            meetings=meetings,
            transfers=transfers,
            events=events,
            statements=statements_,
        )

    def _actors(self, used: set[str]) -> tuple[Actor, ...]:
        found = []
        located = locations.states(self.document, tuple(self.linker.at.values()))
        for iri, entry in sorted(self.linker.entries.items()):
            if iri in located and iri not in used:
                continue
            spans = tuple(sorted(set(self.linker.spans.get(iri, ()))))
            if (spans and entry.type != "AnonymousSource") or (iri in used and not entry.known):
                affiliation = entry.state if entry.type != "State" and not entry.known else None
                found.append(Actor(iri, entry.label, entry.type, entry.known, spans, affiliation))
        return tuple(found)

    def _transfers(self, drafts: list[TransferDraft]) -> tuple[tuple[Transfer, ...], dict[Told, str]]:
        made: dict[str, Transfer] = {}
        of_frame: dict[Told, str] = {}
        for draft in drafts:
            transfer = identity.transfer(draft, self.linker)
            made.setdefault(transfer.iri, transfer)
            of_frame.update((frame, transfer.iri) for frame in draft.frames)
        of_trigger = {frame.trigger: iri for frame, iri in of_frame.items()}
        for draft in drafts:
            given = next((frame.returns for frame in draft.frames if frame.returns is not None), None)
            iri = of_frame[draft.frames[0]]
            if given is not None and of_trigger.get(given, iri) != iri:
                made[iri] = identity.in_return(made[iri], of_trigger[given])
        return tuple(sorted(made.values(), key=lambda one: one.iri)), of_frame

    def _meetings(self, drafts: list[MeetingDraft]) -> tuple[tuple[Meeting, ...], dict[Told, str], dict[str, Place]]:
        made: dict[str, Meeting] = {}
        of_frame: dict[Told, str] = {}
        places: dict[str, Place] = {}
        for draft in drafts:
            place, expected = self._places(draft, places)
            meeting = identity.meeting(draft, self.linker, place, expected, self._status(draft), self._evidence(draft))
            if meeting.iri in made and not meeting.known:
                meeting = identity.apart(meeting)
            made.setdefault(meeting.iri, meeting)
            of_frame.update((frame, meeting.iri) for frame in draft.frames)
        return tuple(sorted(made.values(), key=lambda one: one.iri)), of_frame, places

    def _places(self, draft: MeetingDraft, places: dict[str, Place]) -> tuple[str | None, str | None]:
        actual = expected = None
        for frame, mood in zip(draft.frames, draft.modalities, strict=True):
            if frame.place:
                place = identity.place(frame.place.entry, self.reference)
                places[place.iri] = place
                if mood.realis == "done" and not mood.negated:
                    actual = identity.nearer(actual, place.iri, self.reference)
                else:
                    expected = identity.nearer(expected, place.iri, self.reference)
        return actual, expected

    def _status(self, draft: MeetingDraft) -> str:
        moods = draft.modalities
        if any(mood.realis == "done" and not (mood.negated or mood.conditional) for mood in moods):
            return "held"
        return "planned" if any(mood.realis in ("planned", "underWay") for mood in moods) else "reported"

    def _evidence(self, draft: MeetingDraft) -> tuple[int, int]:
        sentence = self.document.sentences[min(frame.sentence for frame in draft.frames)]
        return sentence.start, sentence.end

    def _events(self) -> tuple[tuple[OtherEvent, ...], dict[Told, str]]:
        made: dict[str, OtherEvent] = {}
        of_frame: dict[Told, str] = {}
        for draft in happenings.drafts(self.event_frames, self.periods):
            event = happenings.record(draft, self.linker.entries, self.reference)
            made.setdefault(event.iri, event)
            of_frame.update((frame, event.iri) for frame in draft.frames)
        return tuple(sorted(made.values(), key=lambda one: one.iri)), of_frame

    def _statements(self, claims: tuple[Claim, ...], of_frame: dict[Told, str]) -> tuple[Statement, ...]:
        made: dict[str, Statement] = {}
        for claim in claims:
            about = of_frame.get(claim.about) if claim.about else None
            sentence = self.document.sentences[claim.sentence]
            statement = Statement(
                iri=identity.statement(self.article, claim, about, sentence),
                kind=claim.kind,
                evidence=(sentence.start, sentence.end),
                speaker=claim.speaker,
                on_behalf_of=self.linker.behalf(claim.speaker) if claim.speaker else None,
                cited_by=claim.cited_by,
                relayed_by=claim.relayed_by,
                about=about,
                stated=self.periods.get(claim.cue) if claim.about is None or claim.cue != claim.about.trigger else None,
                stance=STANCES.get(claim.kind, claim.stance),
                certainty=claim.modality.certainty,
                realis=claim.modality.realis,
                quantity=self._quantity(claim),
                would_violate=claim.would_violate,
                third_party=claim.third_party,
            )
            made.setdefault(statement.iri, statement)
        return tuple(sorted(made.values(), key=lambda one: (one.evidence, one.kind, one.iri)))

    def _quantity(self, claim: Claim) -> Quantity | None:
        if not isinstance(claim.about, TransferFrame) or claim.about.sentence != claim.sentence:
            return None
        sentence = self.document.sentences[claim.sentence]
        heads = [self.document.tokens[one.head] for one in claim.about.goods]
        heads += [holder for one in heads if (holder := roles.holder(self.document, one))]
        for start, end, quantity, _ in quantities.find(self.document.text[sentence.start : sentence.end]):
            if any(sentence.start + start <= head.start < sentence.start + end for head in heads):
                return quantity
        return None
