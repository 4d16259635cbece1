"""Which law, resolution or commitment a transfer is said to violate."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from loader.frames.parties import TOPIC
from loader.frames.roles import TransferFrame
from loader.modality import Modality
from loader.parsing import Document, Sentence, Token
from loader.takeup import Claim
from loader.vocabulary import words
from ontology.reference import Reference

BREAKING = TOPIC["breaking"]
VERBS, NOUNS, LAWS = words(BREAKING["verbs"]), words(BREAKING["nouns"]), words(BREAKING["laws"])
KEEPING, REGARDING = words(BREAKING["keeping"]), words(BREAKING["regarding"])
PROMISES: dict[str, str] = BREAKING["promises"]
BACK = 2  # sentences back that "these actions" take up
POSSIBLE = Modality("possible", "possible")


def find(document: Document, reference: Reference) -> dict[int, str]:
    """What each sentence says is violated: the name of the law that the reference data know, else the text's words."""
    found: dict[int, str] = {}
    for token in document.tokens:
        law = _broken(document, token)
        if law and token.sentence not in found:
            names = list(_names(document, law))
            found[token.sentence] = next((known for name in names if (known := _known(name, reference))), names[-1])
        elif token.sentence not in found and (promised := _promised(document, token)):
            found[token.sentence] = promised
    return found


def _broken(document: Document, token: Token) -> Token | None:
    if token.pos == "VERB" and token.lemma in VERBS:
        objects = document.children(token.index, "dobj", "nsubjpass")
    elif token.pos == "NOUN" and token.lemma in NOUNS:
        of = (one for one in document.children(token.index, "prep") if one.lower == "of")
        objects = [inner for one in of for inner in document.children(one.index, "pobj")]
    else:
        return None
    return next((one for one in objects if one.lemma in LAWS), None)


def _names(document: Document, law: Token) -> Iterator[str]:
    """What the law may be called: with whose it is put first ("sanctions imposed by X" are X's), then as it stands."""
    phrase = _phrase(document, law)
    for child in document.children(law.index, "prep", "acl"):
        inner = document.children(child.index, "agent") if child.dep == "acl" else [child]
        for one in inner:
            for owner in document.children(one.index, "pobj") if one.lower in ("of", "by", "from") else ():
                yield f"{_phrase(document, owner)} {phrase}"
                yield f"{_phrase(document, owner)} {law.text}"
    words_ = phrase.split()
    yield from (" ".join(words_[first:]) for first in range(1, len(words_)))
    yield phrase


def _promised(document: Document, token: Token) -> str | None:
    """ "Called on X to honour its commitments on arms sales": what X would break."""
    if token.pos != "VERB" or token.lemma not in KEEPING:
        return None
    below = [document.tokens[index] for index in sorted(document.subtree(token.index)) if index > token.index]
    promise = next((one for one in below if one.lemma in PROMISES), None)
    for one in below:
        if promise and one.index > promise.index and one.lower in REGARDING:
            for thing in document.children(one.index, "pobj"):
                return f"{PROMISES[promise.lemma]} regarding {_phrase(document, thing)}"
    return None


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
        near = [
            one
            for one in frames
            if 0 < sentence - one.sentence <= BACK and one.kind == "ArmsTransfer" and _is_full(one)
        ]
        last = max((one.sentence for one in near), default=None)
        for frame in near:
            if frame.sentence == last:
                cue = sentences[sentence].first
                found.append(
                    Claim("Assessment", sentence, cue, frame, modality=POSSIBLE, would_violate=broken[sentence])
                )
    return tuple(found)


def _is_full(frame: TransferFrame) -> bool:
    return bool(frame.supplier and frame.recipient)
