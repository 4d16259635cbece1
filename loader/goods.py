"""Goods in the text: the materiel that the reference data name, and nouns that the topic's word list counts as such."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from loader import lexicons
from loader.parsing import Document, Token
from loader.slugs import slug
from loader.vocabulary import words
from ontology.reference import Reference
from ontology.terms import ID

TOPIC = lexicons.read("topics/arms")
SCOPES = {word: scope for scope, listed in TOPIC["goods"].items() for word in words(listed)}
ARMING = words(TOPIC["arming"])
ARMED = words(TOPIC["armed"])
DESIGNATION = re.compile(r"[A-Z][A-Za-z]{0,9}-\d{1,4}[A-Z]?s?")
NOT_DESIGNATIONS = words(TOPIC["not_designations"])
NOT_OF_GOODS = words(TOPIC["not_of_goods"])
REMEMBERED = 10_000  # words
NAMING = ("NOUN", "PROPN", "NUM")  # the parts of speech of goods that the reference data do not name
LONGEST = 6


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods named at tokens first to last (half-open); iri is the concept's, broader one above where it is unknown."""

    first: int
    last: int
    head: int
    iri: str
    label: str
    scope: str
    known: bool = True
    broader: str | None = None


@lru_cache(REMEMBERED)
def singular(word: str) -> str:
    """The word without a plural ending."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def key(text: str) -> tuple[str, ...]:
    """The words of a name of goods in one spelling."""
    return tuple(singular(word) for word in text.lower().replace("-", " ").replace("defence", "defense").split())


def _is_of_something_else(document: Document, index: int) -> bool:
    """Whether goods only describe something else, as in "arms race"."""
    token = document.tokens[index]
    following = document.tokens[index + 1].lower if index + 1 < len(document.tokens) else ""
    return token.dep in ("compound", "nmod", "amod") and following in NOT_OF_GOODS


class Catalogue:
    """The names of goods in the reference data."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.names: dict[tuple[str, ...], str] = {}
        for iri, concept in reference.concepts.items():
            for name in (*concept.aliases, concept.label):
                self.names[key(name)] = iri
        self._first = {name[0] for name in self.names if name}

    def find(self, document: Document) -> tuple[Goods, ...]:
        """The goods in a document, in order, none over another."""
        return tuple(
            goods for sentence in document.sentences for goods in self._in(document, sentence.first, sentence.last)
        )

    def _in(self, document: Document, first: int, last: int) -> Iterator[Goods]:
        spellings = [singular(token.lower.replace("defence", "defense")) for token in document.tokens[first:last]]
        at = first
        while at < last:
            if spellings[at - first] not in self._first and document.tokens[at].pos not in NAMING:
                at += 1
                continue
            longest = LONGEST if spellings[at - first] in self._first else 0
            for end in range(min(at + longest, last), at, -1):
                row = tuple(word for word in spellings[at - first : end - first] if word != "-")
                iri = self.names.get(row) if document.tokens[end - 1].pos in ("NOUN", "PROPN", "ADJ") else None
                if iri and document.tokens[at].lower != "-" and not _is_of_something_else(document, end - 1):
                    concept = self.reference.concepts[iri]
                    yield Goods(at, end, end - 1, iri, concept.label, concept.scope)
                    at = end
                    break
            else:
                found = self._listed(document, document.tokens[at])
                if found:
                    yield found
                at += 1

    def _listed(self, document: Document, token: Token) -> Goods | None:
        if token.pos == "NUM" and token.dep == "nummod" and DESIGNATION.fullmatch(token.text):
            return self._named(token.text, "arms", token.index, document.tokens[token.head])  # "F-16 fighters"
        if token.pos not in ("NOUN", "PROPN"):
            return None
        if _is_of_something_else(document, token.index):
            return None
        word = singular(token.lower)
        if word in SCOPES or token.lemma in SCOPES:
            scope = SCOPES.get(word) or SCOPES[token.lemma]
            return self._named(word, scope, token.index, token)
        if DESIGNATION.fullmatch(token.text) and token.lower.partition("-")[0] not in NOT_DESIGNATIONS:
            return self._named(token.text.removesuffix("s"), "arms", token.index, token)
        before = document.tokens[token.index - 1] if token.index else token
        if (word in ARMED or token.lower in ARMED) and before.lower in ARMING:
            return self._named(f"{before.lower} {token.lower}", "arms", token.index - 1, token)
        return None

    def _named(self, name: str, scope: str, first: int, token: Token) -> Goods:
        iri = self.names.get(key(name))
        if iri:
            concept = self.reference.concepts[iri]
            return Goods(first, token.index + 1, token.index, iri, concept.label, concept.scope)
        top = f"{ID}materiel/{scope}"
        return Goods(first, token.index + 1, token.index, f"{ID}materiel/{slug(name)}", name, scope, False, top)
