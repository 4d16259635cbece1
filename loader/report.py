"""The JSON form of what an article says, for people to inspect and score."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from loader import labels
from loader.records import Article, Extraction, Quantity, Statement
from ontology.reference import Reference


def as_json(extraction: Extraction, reference: Reference) -> dict[str, Any]:
    """Return one JSON object: labels or null for what is named, ISO dates or null, offsets into the article's text.

    `about` is the IRI of an event among the meetings, transfers or events; `statedOn` is a day, "YYYY-MM" or
    "start/end".
    """
    names = labels.of(extraction, reference)

    def name(iri: str | None) -> str | None:
        return names[iri] if iri else None

    return {
        "article": _article(extraction.article),
        "actors": [
            {"iri": one.iri, "label": one.label, "type": one.type, "mentions": [list(span) for span in one.mentions]}
            for one in extraction.actors
        ],
        "meetings": [
            {
                "iri": one.iri,
                "kind": one.kind,
                "participants": [names[participant] for participant in one.participants],
                "host": name(one.host),
                "place": name(one.place),
                "expectedPlace": name(one.expected_place),
                "start": one.period.start.isoformat() if one.period and one.period.start else None,
                "end": one.period.end.isoformat() if one.period and one.period.end else None,
                "status": one.status,
            }
            for one in extraction.meetings
        ],
        "transfers": [
            {
                "iri": one.iri,
                "kind": one.kind,
                "scope": one.scope,
                "supplier": name(one.supplier),
                "recipient": name(one.recipient),
                "parties": [names[party] for party in one.parties],
                "materiel": [names[goods] for goods in one.materiel],
                "endUser": name(one.end_user),
                "period": labels.iso(one.period),
                "inReturnFor": one.in_return_for,
            }
            for one in extraction.transfers
        ],
        "events": [
            {
                "iri": one.iri,
                "label": one.label,
                "period": labels.iso(one.period),
                "kind": one.kind,
                "participants": [names[participant] for participant in one.participants],
                "targets": [names[target] for target in one.targets],
            }
            for one in extraction.events
        ],
        "statements": [_statement(one, extraction.article, names) for one in extraction.statements],
        "unapplied": list(extraction.unapplied),
    }


def _article(article: Article) -> dict[str, Any]:
    return {
        "path": article.path,
        "iri": article.iri,
        "headline": article.headline,
        "published": article.published.isoformat() if article.published else None,
        "sha256": article.sha256,
    }


def _statement(statement: Statement, article: Article, names: Mapping[str, str]) -> dict[str, Any]:
    def name(iri: str | None) -> str | None:
        return names[iri] if iri else None

    start, end = statement.evidence
    return {
        "iri": statement.iri,
        "kind": statement.kind,
        "speaker": name(statement.speaker),
        "onBehalfOf": name(statement.on_behalf_of),
        "citedBy": name(statement.cited_by),
        "relayedBy": name(statement.relayed_by),
        "about": statement.about,
        "statedOn": labels.iso(statement.stated),
        "stance": statement.stance,
        "certainty": statement.certainty,
        "realis": statement.realis,
        "quantity": _quantity(statement.quantity),
        "wouldViolate": statement.would_violate,
        "thirdParty": statement.third_party,
        "reviewStatus": statement.review_status,
        "reviews": [
            {"action": one.action, "who": one.who, "when": one.when.isoformat(), "why": one.why}
            for one in statement.reviews
        ],
        "evidence": {"start": start, "end": end, "exact": article.text[start:end]},
    }


def _quantity(quantity: Quantity | None) -> dict[str, Any] | None:
    if quantity is None:
        return None
    maximum = None if quantity.maximum is None else _number(quantity.maximum)
    return {"value": _number(quantity.value), "max": maximum, "unit": quantity.unit, "bound": quantity.bound}


def _number(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)
