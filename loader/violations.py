"""Which law, resolution or commitment a transfer is said to violate."""

from collections.abc import Iterable
from dataclasses import replace

from loader.frames.roles import TOPIC, TransferFrame
from loader.modality import Modality
from loader.parsing import Document, Sentence, Token
from loader.qualify import Claim
from loader.vocabulary import words
from ontology.reference import Reference

BREAKING = TOPIC["breaking"]
VERBS, NOUNS, LAWS = words(BREAKING["verbs"]), words(BREAKING["nouns"]), words(BREAKING["laws"])
BACK = 2  # sentences back that "these actions" take up
POSSIBLE = Modality("possible", "possible")


def find(document: Document, reference: Reference) -> dict[int, str]:
    """What each sentence says is violated: the name of the law that the reference data know, else the text's words."""
    found: dict[int, str] = {}
    for token in document.tokens:
        phrase = _broken(document, token)
        if phrase and token.sentence not in found:
            found[token.sentence] = _known(phrase, reference) or phrase
    return found


def _broken(document: Document, token: Token) -> str | None:
    if token.pos == "VERB" and token.lemma in VERBS:
        objects = document.children(token.index, "dobj", "nsubjpass")
    elif token.pos == "NOUN" and token.lemma in NOUNS:
        of = (one for one in document.children(token.index, "prep") if one.lower == "of")
        objects = [inner for one in of for inner in document.children(one.index, "pobj")]
    else:
        return None
    law = next((one for one in objects if one.lemma in LAWS), None)
    return _phrase(document, law) if law else None


def _phrase(document: Document, law: Token) -> str:
    first = law.index
    sentence = document.sentence(first)
    while first > sentence.first and document.tokens[first - 1].pos in ("PROPN", "NOUN", "ADJ", "PART"):
        first -= 1
    return document.surface(first, law.index + 1)


def _known(phrase: str, reference: Reference) -> str | None:
    wanted = phrase.casefold().replace(".", "")
    for law in sorted(reference.laws.values(), key=lambda law: law.iri):
        for name in (law.label, *law.aliases):
            if wanted == name.casefold().replace(".", ""):
                return law.label
    return None


def judged(
    claims: Iterable[Claim], broken: dict[int, str], frames: tuple[TransferFrame, ...], sentences: tuple[Sentence, ...]
) -> tuple[Claim, ...]:
    """The claims with what they say is violated; a sentence that only judges assesses what was told before."""
    found = []
    told: set[int] = set()
    for claim in claims:
        law = broken.get(claim.sentence) if isinstance(claim.about, TransferFrame) else None
        found.append(replace(claim, would_violate=law) if law else claim)
        told.update({claim.sentence} if law else ())
    for sentence in sorted(set(broken) - told):
        near = [one for one in frames if 0 < sentence - one.sentence <= BACK]
        last = max((one.sentence for one in near), default=None)
        for frame in near:
            if frame.sentence == last and frame.kind == "ArmsTransfer" and frame.supplier and frame.recipient:
                cue = sentences[sentence].first
                found.append(
                    Claim("Assessment", sentence, cue, frame, modality=POSSIBLE, would_violate=broken[sentence])
                )
    return tuple(found)
