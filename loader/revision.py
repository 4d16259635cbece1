"""Applies editors' corrections to what the loader read: confirm, retract, correct, add (docs/corrections.md)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from loader import identity
from loader.naming import Naming, Unknown
from loader.records import Article, Correction, Extraction, Statement
from ontology.reference import Reference

FIELDS = {
    "kind": "kind",
    "speaker": "speaker",
    "onBehalfOf": "on_behalf_of",
    "citedBy": "cited_by",
    "relayedBy": "relayed_by",
    "about": "about",
    "statedOn": "stated",
    "stance": "stance",
    "certainty": "certainty",
    "realis": "realis",
    "quantity": "quantity",
    "wouldViolate": "would_violate",
    "thirdParty": "third_party",
}
ACTORS = {"speaker", "onBehalfOf", "citedBy", "relayedBy"}
STANCES = {"Denial": "negative", "NoComment": "none", "Silence": "none", "NonConfirmation": "none"}
MARKS = {"'": "['’‘]", "’": "['’‘]", "‘": "['’‘]", '"': '["“”]', "“": '["“”]', "”": '["“”]'}
SHOWN = 50  # code points of a quote in a message


class _Unapplied(Exception):
    """Why a correction cannot be applied, and what to do."""


def apply(extraction: Extraction, reference: Reference) -> Extraction:
    """Return the extraction with the corrections of its article applied in their order, and why others were not."""
    unapplied = []
    for correction in extraction.article.corrections:
        try:
            extraction = _apply(extraction, correction, reference)
        except (_Unapplied, Unknown) as error:
            quote = correction.quote if len(correction.quote) <= SHOWN else correction.quote[: SHOWN - 1] + "…"
            what = f"{correction.review.action} {correction.kind} “{quote}”"
            unapplied.append(f"correction {correction.number} ({what}) {error}")
    return replace(extraction, unapplied=tuple(unapplied))


def _apply(extraction: Extraction, correction: Correction, reference: Reference) -> Extraction:
    naming = Naming(extraction, reference)
    span = _span(extraction.article, correction)
    said = {one.iri: one for one in extraction.statements}
    changed = _added(extraction, correction, span, naming) if correction.review.action == "add" else None
    for statement in changed or _decided(extraction, correction, span, naming):
        said[statement.iri] = statement
    return replace(
        extraction,
        actors=tuple(sorted(naming.actors.values(), key=lambda one: one.iri)),
        places=tuple(sorted(naming.places.values(), key=lambda one: one.iri)),
        materiel=tuple(sorted(naming.materiel.values(), key=lambda one: one.iri)),
        meetings=tuple(sorted(naming.meetings.values(), key=lambda one: one.iri)),
        transfers=tuple(sorted(naming.transfers.values(), key=lambda one: one.iri)),
        statements=tuple(sorted(said.values(), key=lambda one: (one.evidence, one.kind, one.iri))),
    )


def _span(article: Article, correction: Correction) -> tuple[int, int]:
    """Where the quote stands in what is read of the text; line breaks and kinds of quotation marks do not matter."""
    parts = (_pattern(one) for one in (correction.prefix, correction.quote, correction.suffix))
    before, quote, after = parts
    pattern = re.compile(rf"{before}\s*({quote})\s*{after}")
    start, end = article.body or (0, len(article.text))
    found = list(pattern.finditer(article.text, start, end))
    if not found:
        raise _Unapplied("quotes what the article does not say; copy words of its text")
    if len(found) > 1:
        raise _Unapplied(f"quotes what the article says {len(found)} times; quote more, or give prefix or suffix")
    return found[0].span(1)


def _pattern(text: str) -> str:
    return r"\s+".join("".join(MARKS.get(one, re.escape(one)) for one in word) for word in text.split())


# ---- which statement is meant


def _decided(
    extraction: Extraction, correction: Correction, span: tuple[int, int], naming: Naming
) -> tuple[Statement, ...]:
    """What becomes of the statement that the correction is about."""
    there = _around(extraction, span)
    review, where = correction.review, _fields(correction.where, naming, only="speaker")
    matching = [one for one in there if one.kind == correction.kind and _has(one, where)]
    if "about" in correction.where:
        matching = [one for one in matching if naming.fits(one.about, correction.where["about"])]
    if len(matching) > 1:
        raise _Unapplied(f"fits {len(matching)} statements; add speaker or about to say which")
    if not matching and review.action == "correct":
        # A later version of the loader may read by itself what an editor had to correct.
        values = {"kind": correction.kind} | _fields(correction.values, naming)
        right = [one for one in there if _has(one, values)]
        if len(right) == 1:
            return (_reviewed(right[0], correction, "confirmed"),)
    if not matching:
        kinds = ", ".join(sorted({one.kind for one in there})) or "no statement"
        raise _Unapplied(f"fits no statement; the loader reads {kinds} there")
    (old,) = matching
    if review.action == "correct":
        return _corrected(extraction.article, old, correction, naming)
    return (_reviewed(old, correction, "confirmed" if review.action == "confirm" else "retracted"),)


def _around(extraction: Extraction, span: tuple[int, int]) -> list[Statement]:
    return [
        one
        for one in extraction.statements
        if one.review_status != "retracted" and one.evidence[0] <= span[0] and span[1] <= one.evidence[1]
    ]


def _has(statement: Statement, values: Mapping[str, Any]) -> bool:
    return all(getattr(statement, name) == value for name, value in values.items())


def _fields(values: Mapping[str, Any], naming: Naming, only: str | None = None) -> dict[str, Any]:
    """The fields of a statement that a correction gives, its names resolved."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if only and key != only:
            continue
        if key in ACTORS:
            value = naming.actor(value) if value else None
        elif key == "about":
            value = naming.event(value) if value else None
        found[FIELDS[key]] = value
    return found


# ---- what becomes of it


def _reviewed(statement: Statement, correction: Correction, status: str) -> Statement:
    return replace(statement, review_status=status, reviews=(*statement.reviews, correction.review))


def _corrected(article: Article, old: Statement, correction: Correction, naming: Naming) -> tuple[Statement, ...]:
    """The statement as it was, retracted, and as it should be: both stay, the second as a revision of the first."""
    values = _fields(correction.values, naming)
    if _has(old, values):
        return (_reviewed(old, correction, "confirmed"),)
    kind = values.get("kind", old.kind)
    if kind != old.kind:
        values = {"stance": _stance(kind), "third_party": False} | values
    new = replace(old, **values, revision_of=old.iri)
    iri = identity.said(article, new.kind, new.speaker, new.about, new.evidence)
    new = replace(new, iri=iri if iri != old.iri else f"{iri}-corrected")
    return _reviewed(old, correction, "retracted"), _reviewed(new, correction, "corrected")


def _added(
    extraction: Extraction, correction: Correction, span: tuple[int, int], naming: Naming
) -> tuple[Statement, ...]:
    """A statement that the loader missed; where it reads the same by now, that one is confirmed."""
    values = _fields(correction.values, naming)
    there = _around(extraction, span)
    core = {"kind": correction.kind, "speaker": values["speaker"], "about": values["about"]}
    same = [one for one in there if _has(one, core)]
    if same:
        return tuple(_reviewed(one, correction, "confirmed") for one in same)
    evidence = there[0].evidence if there else span
    iri = identity.said(extraction.article, correction.kind, values["speaker"], values["about"], evidence)
    added = Statement(iri, correction.kind, evidence, **{"stance": _stance(correction.kind)} | values)
    return (_reviewed(added, correction, "confirmed"),)


def _stance(kind: str) -> str:
    return STANCES.get(kind, "positive")
