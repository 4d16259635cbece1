"""Writes what an article says as quads of the article's own graph, as docs/data-model.md defines them.

The same extraction gives the same bytes: quads are sorted, there are no blank nodes and no times of writing. What the
reference data describe is named by its IRI only.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from loader import LOADER_VERSION, labels
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
    Review,
    Statement,
    Transfer,
)
from loader.slugs import digest, slug
from ontology import terms
from ontology.reference import Reference
from ontology.terms import AC, DCT, OA, PROV, RDF, RDFS, SCHEMA, SKOS, XSD

CONTEXT = 32  # code points of prefix and suffix around a quote
OPEN = "open"
DECIDED = {"confirm": "Confirmed", "retract": "Retracted", "correct": "Corrected", "add": "Added"}

Properties = Iterable[tuple[NamedNode, NamedNode | Literal | None]]


def write(extraction: Extraction, reference: Reference, path: Path) -> None:
    """Write the article's quads to `path` as N-Quads; the file is there as a whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        serialize(quads(extraction, reference), file, RdfFormat.N_QUADS)
    partial.replace(path)


def quads(extraction: Extraction, reference: Reference) -> list[Quad]:
    """Return all quads of one article, sorted by their N-Quads form."""
    graph = NamedNode(extraction.article.graph)
    triples = set(_triples(extraction, reference))
    return sorted((Quad(one.subject, one.predicate, one.object, graph) for one in triples), key=str)


def _triples(extraction: Extraction, reference: Reference) -> Iterator[Triple]:
    yield from _article(extraction.article, reference)
    for actor in extraction.actors:
        yield from _actor(actor)
    for place in extraction.places:
        yield from _place(place)
    for goods in extraction.materiel:
        yield from _materiel(goods)
    for meeting in extraction.meetings:
        yield from _meeting(meeting)
    for transfer in extraction.transfers:
        yield from _transfer(transfer)
    for event in extraction.events:
        yield from _event(event)
    names = labels.of(extraction, reference)
    for statement in extraction.statements:
        yield from _statement(statement, extraction.article, names, reference)


# ---- articles


def _article(article: Article, reference: Reference) -> Iterator[Triple]:
    node, activity = NamedNode(article.iri), NamedNode(extraction_iri(article))
    label = article.headline or article.id
    publisher = labels.outlet(article.publisher, reference) if article.publisher else None
    original = _original(article)
    yield from _describe(
        node,
        AC.Article,
        label,
        [
            (SCHEMA.headline, _english(article.headline)),
            (SCHEMA.publisher, NamedNode(publisher.iri) if publisher else None),
            (SCHEMA.datePublished, _day(article.published)),
            (AC.publishedHow, _string(article.published_how)),
            (SCHEMA.sha256, Literal(article.sha256)),
            (SCHEMA.url, NamedNode(article.url) if article.url else None),
            (SCHEMA.creditText, _english(article.credit)),
            (SCHEMA.articleBody, _english(article.text) if article.rights == OPEN else None),
            (DCT.rights, _string(article.rights)),
            (PROV.wasDerivedFrom, original),
        ],
    )
    if publisher and not publisher.known:
        yield from _describe(NamedNode(publisher.iri), AC.MediaOutlet, publisher.label, [])
    if original and article.original:
        digest = Literal(article.original_sha256) if article.original_sha256 else None
        yield from _describe(original, PROV.Entity, article.original, [(SCHEMA.sha256, digest)])
    yield from _describe(
        activity,
        AC.Extraction,
        f"Extraction from {label}",
        [(PROV.used, node), (AC.loaderVersion, Literal(LOADER_VERSION))],
    )


def extraction_iri(article: Article) -> str:
    """Return the IRI of the activity that reads this article."""
    return f"{terms.ID}extraction/{article.iri.removeprefix(terms.ID + 'article/')}"


def _original(article: Article) -> NamedNode | None:
    if not article.original:
        return None
    name = article.original_sha256[:16] if article.original_sha256 else slug(article.original)
    return NamedNode(f"{terms.ID}original/{name}")


# ---- actors, places, goods


def _actor(actor: Actor) -> Iterator[Triple]:
    if not actor.known:
        affiliation = NamedNode(actor.affiliation) if actor.affiliation else None
        yield from _describe(NamedNode(actor.iri), AC[actor.type], actor.label, [(AC.affiliation, affiliation)])


def _place(place: Place) -> Iterator[Triple]:
    if not place.known:
        yield from _describe(NamedNode(place.iri), AC.Place, place.label, [])


def _materiel(goods: Materiel) -> Iterator[Triple]:
    if not goods.known:
        broader = NamedNode(goods.broader or f"{terms.ID}materiel/{goods.scope}")
        scheme = NamedNode(terms.ID + "materiel/scheme")
        properties: Properties = [
            (SKOS.prefLabel, _english(goods.label)),
            (SKOS.broader, broader),
            (SKOS.inScheme, scheme),
        ]
        yield from _describe(NamedNode(goods.iri), AC.Materiel, goods.label, properties)


# ---- events: their attributes stand in the graph of the article that gives them, also those of known events


def _meeting(meeting: Meeting) -> Iterator[Triple]:
    node = NamedNode(meeting.iri)
    yield from _properties(
        node,
        [
            *((AC.participant, NamedNode(participant)) for participant in meeting.participants),
            (AC.host, NamedNode(meeting.host) if meeting.host else None),
            (AC.place, NamedNode(meeting.place) if meeting.place else None),
            (AC.expectedPlace, NamedNode(meeting.expected_place) if meeting.expected_place else None),
            *_period(meeting.period),
        ],
    )
    if not meeting.known:
        yield from _describe(node, AC[meeting.kind], meeting.label, [])


def _transfer(transfer: Transfer) -> Iterator[Triple]:
    yield from _describe(
        NamedNode(transfer.iri),
        AC[transfer.kind],
        transfer.label,
        [
            (AC.supplier, NamedNode(transfer.supplier) if transfer.supplier else None),
            (AC.recipient, NamedNode(transfer.recipient) if transfer.recipient else None),
            *((AC.party, NamedNode(party)) for party in transfer.parties),
            *((AC.materiel, NamedNode(goods)) for goods in transfer.materiel),
            (AC.endUser, NamedNode(transfer.end_user) if transfer.end_user else None),
            (AC.inReturnFor, NamedNode(transfer.in_return_for) if transfer.in_return_for else None),
            *_period(transfer.period),
        ],
    )


def _event(event: OtherEvent) -> Iterator[Triple]:
    node = NamedNode(event.iri)
    yield from _properties(
        node,
        [
            *((AC.participant, NamedNode(participant)) for participant in event.participants),
            *((AC.target, NamedNode(target)) for target in event.targets),
            (DCT.type, _english(event.kind)),
            *_period(event.period),
        ],
    )
    if not event.known:
        yield from _describe(node, AC.Event, event.label, [])


def _period(period: Period | None) -> list[tuple[NamedNode, NamedNode | Literal | None]]:
    if not period:
        return []
    return [(AC.startDate, _day(period.start)), (AC.endDate, _day(period.end)), *_how_dated(period)]


def _how_dated(period: Period) -> list[tuple[NamedNode, NamedNode | Literal | None]]:
    return [
        (AC.datePrecision, AC["Precision" + _capital(period.precision)]),
        (AC.dateBasis, AC["Date" + _capital(period.basis)]),
    ]


# ---- statements


def _statement(
    statement: Statement, article: Article, names: Mapping[str, str], reference: Reference
) -> Iterator[Triple]:
    node, slug_ = NamedNode(statement.iri), statement.iri.rsplit("/", 1)[1]
    law = labels.law(statement.would_violate, reference) if statement.would_violate else None
    start, end = statement.evidence
    evidence = NamedNode(f"{terms.ID}evidence/{slug_}")
    quantity = NamedNode(f"{terms.ID}quantity/{slug_}") if statement.quantity else None
    label = labels.of_statement(statement, names)

    def actor(iri: str | None) -> NamedNode | None:
        return NamedNode(iri) if iri else None

    yield from _describe(
        node,
        AC[statement.kind],
        label,
        [
            (AC.speaker, actor(statement.speaker)),
            (AC.onBehalfOf, actor(statement.on_behalf_of)),
            (AC.citedBy, actor(statement.cited_by)),
            (AC.relayedBy, actor(statement.relayed_by)),
            (AC.reportedIn, NamedNode(article.iri)),
            (AC.about, NamedNode(statement.about) if statement.about else None),
            (AC.stance, AC["Stance" + _capital(statement.stance)]),
            (AC.certainty, AC["Certainty" + _capital(statement.certainty)]),
            (AC.realis, AC["Realis" + _capital(statement.realis)]),
            (AC.quantity, quantity),
            (AC.wouldViolate, NamedNode(law.iri) if law else None),
            (AC.thirdParty, Literal(True) if statement.third_party else None),
            (AC.reviewStatus, AC["Review" + _capital(statement.review_status)]),
            (AC.quote, _english(article.text[start:end])),
            (AC.evidence, evidence),
            (PROV.wasDerivedFrom, NamedNode(article.iri)),
        ],
    )
    yield from _provenance(node, statement, article)
    yield from _properties(node, _stated(statement.stated, article))
    if statement.quantity and quantity:
        yield from _quantity(quantity, statement.quantity)
    if law and not law.known:
        yield from _describe(NamedNode(law.iri), AC.LegalInstrument, law.label, [])
    yield from _evidence(evidence, article, start, end)


def _provenance(node: NamedNode, statement: Statement, article: Article) -> Iterator[Triple]:
    """What made the statement, and what editors decided on it, each with who, when and why."""
    reviews = {_review_iri(statement, one, article): one for one in statement.reviews}
    made_by, editor = extraction_iri(article), None
    for iri, review in reviews.items():
        yield Triple(node, AC.review, NamedNode(iri))
        yield from _review(NamedNode(iri), review)
        if review.action == "add" or (review.action == "correct" and statement.revision_of):
            made_by, editor = iri, _editor(review)
        if statement.review_status == "retracted" and review == statement.reviews[-1]:
            yield Triple(node, PROV.wasInvalidatedBy, NamedNode(iri))
    yield from _properties(
        node,
        [
            (PROV.wasGeneratedBy, NamedNode(made_by)),
            (PROV.wasAttributedTo, editor),
            (PROV.wasRevisionOf, NamedNode(statement.revision_of) if statement.revision_of else None),
        ],
    )


def _review(node: NamedNode, review: Review) -> Iterator[Triple]:
    editor = _editor(review)
    yield from _describe(
        node,
        AC.Review,
        f"{DECIDED[review.action]} by {review.who} ({review.when.isoformat()})",
        [
            (PROV.wasAssociatedWith, editor),
            (DCT.date, _day(review.when)),
            (RDFS.comment, _english(review.why)),
        ],
    )
    yield from _describe(editor, PROV.Agent, review.who, [])


def _review_iri(statement: Statement, review: Review, article: Article) -> str:
    parts = [*statement.evidence, review.action, review.who, review.when, review.why]
    tail = article.iri.removeprefix(terms.ID + "article/")
    return f"{terms.ID}review/{tail}-{digest(chr(10).join(map(str, parts)))}"


def _editor(review: Review) -> NamedNode:
    return NamedNode(f"{terms.ID}editor/{slug(review.who)}")


def _stated(stated: Period | None, article: Article) -> Properties:
    """The days on which it was said, whole or not at all; an open end closes with the article's day."""
    first, last = (stated.start, stated.end or article.published) if stated else (None, None)
    if not stated or not first or not last:
        return []
    return [(AC.statedOn, _day(first)), (AC.statedUntil, _day(max(first, last))), *_how_dated(stated)]


def _quantity(node: NamedNode, quantity: Quantity) -> Iterator[Triple]:
    yield from _describe(
        node,
        AC.Quantity,
        labels.of_quantity(quantity),
        [
            (AC.value, _decimal(quantity.value)),
            (AC.maximum, _decimal(quantity.maximum)),
            (AC.unit, Literal(quantity.unit)),
            (AC.bound, Literal(quantity.bound)),
        ],
    )


def _evidence(node: NamedNode, article: Article, start: int, end: int) -> Iterator[Triple]:
    """The Web Annotation of the quote: sections 4 (selectors 4.2.4 and 4.2.5) of the Web Annotation Data Model."""
    selector = NamedNode(node.value.replace("/evidence/", "/selector/"))
    text = article.text
    where = f"characters {start} to {end} of {article.headline or article.id}"
    yield from _describe(
        node, AC.Evidence, f"Evidence: {where}", [(OA.hasSource, NamedNode(article.iri)), (OA.hasSelector, selector)]
    )
    yield from _describe(
        selector,
        OA.TextQuoteSelector,
        f"Selector: {where}",
        [
            (RDF.type, OA.TextPositionSelector),
            (OA.exact, _english(text[start:end])),
            (OA.prefix, _english(text[max(0, start - CONTEXT) : start], empty=True)),
            (OA.suffix, _english(text[end : end + CONTEXT], empty=True)),
            (OA.start, Literal(str(start), datatype=XSD.nonNegativeInteger)),
            (OA.end, Literal(str(end), datatype=XSD.nonNegativeInteger)),
        ],
    )


# ---- terms


def _describe(node: NamedNode, kind: NamedNode, label: str, properties: Properties) -> Iterator[Triple]:
    yield Triple(node, RDF.type, kind)
    yield Triple(node, RDFS.label, Literal(label, language="en"))
    yield from _properties(node, properties)


def _properties(node: NamedNode, properties: Properties) -> Iterator[Triple]:
    for predicate, value in properties:
        if value is not None:
            yield Triple(node, predicate, value)


def _english(text: str | None, empty: bool = False) -> Literal | None:
    return Literal(text, language="en") if text or (empty and text is not None) else None


def _string(text: str | None) -> Literal | None:
    return Literal(text) if text else None


def _day(day: date | None) -> Literal | None:
    return Literal(day.isoformat(), datatype=XSD.date) if day else None


def _decimal(number: Decimal | None) -> Literal | None:
    return Literal(f"{number:f}", datatype=XSD.decimal) if number is not None else None


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
