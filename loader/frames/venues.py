"""Where a meeting takes place, by the phrases around the word that tells of it."""

from dataclasses import replace

from loader import lexicons
from loader.linking import Linker
from loader.mentions import Mention
from loader.parsing import Document, Token
from loader.vocabulary import ROLES, words

TOPIC = lexicons.read("topics/meetings")
NOUNS = {lemma: kind for kind, lemmas in TOPIC["nouns"].items() for lemma in words(lemmas)}
TRAVEL_TO = words(TOPIC["travel_to"]) | {"near", "of"}
SITES = words(TOPIC["sites"])
TOWNS = words(TOPIC["towns"])
LANDS = words(TOPIC["lands"])
PLACED = ("Place", "State", "Capital")
INSIDE = ("of", "in")


class Venues:
    """Finds the places of meetings in one document."""

    def __init__(self, document: Document, linker: Linker) -> None:
        self.document = document
        self.linker = linker

    def place(self, token: Token, end: int, *, objects: bool = True) -> Mention | None:
        """Where: the object of a visit, the name before a noun ("Helsinki summit"), else the first after in or to."""
        for one in self.document.children(token.index, "dobj") if objects else ():
            if mention := self.place_in(one):
                return mention
        for one in self.document.children(token.index, "compound", "nmod") if token.lemma.lower() in NOUNS else ():
            mention = self.linker.at.get(one.index)
            if mention and (mention.entry.type in ("Place", "Capital") or self._is_goal(token, mention)):
                return mention
        for index in range(token.index + 1, end):
            if self.document.tokens[index].lower in TRAVEL_TO and not self._tells_whose(index):
                for inner in self.document.children(index, "pobj"):
                    if mention := self.place_in(inner):
                        return mention
        return None

    def _tells_whose(self, index: int) -> bool:
        """ "Host the leaders of X"."""
        above = self.document.tokens[self.document.tokens[index].head]
        return self.document.tokens[index].lower == "of" and above.lower in ROLES.post | ROLES.group | ROLES.shared

    def _is_goal(self, token: Token, mention: Mention) -> bool:
        """Whether a state before the noun is where somebody goes: "his Russia trip"."""
        return NOUNS[token.lemma.lower()] == "Visit" and mention.entry.type == "State"

    def place_in(self, token: Token) -> Mention | None:
        """The place that a noun phrase names, or the state that it lies in."""
        mention = self.linker.at.get(token.index)
        if mention:
            return mention if mention.entry.type in PLACED else None
        if token.lower in SITES:
            called = (self.linker.at.get(one.index) for one in self.document.children(token.index, "appos"))
            return next((one for one in called if one and one.entry.type in PLACED), None) or self._owned_site(token)
        if token.lower in TOWNS | LANDS and any(one.lower == "the" for one in self.document.children(token.index)):
            named = self._named_by(token)
            return named or self._last(token)
        return self._named_by(token)

    def _named_by(self, token: Token) -> Mention | None:
        for child in self.document.children(token.index, "prep", "appos"):
            within = child.dep == "prep"
            if within and child.lower not in INSIDE:
                continue
            for one in self.document.children(child.index, "pobj") if within else [child]:
                found = self.linker.at.get(one.index)
                if found and found.entry.type in PLACED:
                    return found
        for child in self.document.children(token.index, "poss", "compound"):
            found = self.linker.at.get(child.index)
            if found and found.entry.type in PLACED and token.lower not in NOUNS:
                return found
        return None

    def _last(self, token: Token) -> Mention | None:
        """ "To the city", "in the country": the place named last, in this sentence or the two before."""
        first = self.document.sentences[max(0, token.sentence - 2)].first
        types = ("Place", "Capital") if token.lower in TOWNS else ("State",)
        for index in range(token.index - 1, first - 1, -1):
            found = self.linker.at.get(index)
            if found and found.entry.type in (*types, "State"):
                return found if self.country(found) else None
        return None

    def _owned_site(self, site: Token) -> Mention | None:
        """The state of "Russian airfields"."""
        for child in self.document.children(site.index, "amod", "compound", "poss", "nmod"):
            found = self.linker.at.get(child.index)
            entry = self.linker.gazetteer.entry(found.entry.state or found.entry.iri) if found else None
            if found and entry and found.entry.type in ("Demonym", "State", "Capital"):
                return replace(found, entry=entry)
        return None

    def country(self, place: Mention | None) -> str | None:
        """The state that a place is or lies in."""
        if place is None or place.entry.type == "Place":
            return place.entry.state if place else None
        return place.entry.state or place.entry.iri
