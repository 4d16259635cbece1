"""Who is met: those after "with" and "between", those whom a visitor goes to see, and those who go unnamed."""

from loader.frames.participants import REACH, Participants
from loader.frames.venues import NOUNS, TOPIC
from loader.parsing import Token
from loader.vocabulary import words

BREATH = 20  # words after a visit in which it is told whom the visitor meets
STOPS = words(TOPIC["stops"])
MEETS = words(TOPIC["discusses"]) | {"meet"}
CLAUSES = (";", "while", "but", "although", "whereas")


class Companions(Participants):
    """Finds who meets whom in one document."""

    def objects(self, token: Token, *labels: str) -> list[str]:
        """The actors of the phrases that hang on a word under these labels."""
        return [actor for one in self.document.children(token.index, *labels) for actor in self.people(one.index)]

    def beside(self, token: Token, end: int) -> list[str]:
        """Those after "with"."""
        found: list[str] = []
        for one in self.document.tokens[token.index + 1 : end]:
            if one.lower in ("with", "alongside"):
                found += self.objects(one, "pobj")
        return found

    def meets_unnamed(self, token: Token, end: int) -> bool:
        """Whether those on the other side go unnamed: "met with developers", "talks between X and six powers"."""
        phrases = self.document.children(token.index, "dobj")
        for one in self.document.tokens[token.index + 1 : end]:
            if one.lower in ("with", "between", "among") or (one.lower == "of" and one.head == token.index):
                phrases = [*phrases, *self.document.children(one.index, "pobj")]
        joined = [other for one in phrases for other in [one, *self.document.children(one.index, "conj")]]
        return any(self.is_unnamed(one) for one in joined)

    def between(self, preposition: Token) -> list[str]:
        """A and B after "between", where the parser may hang B elsewhere."""
        found = self.objects(preposition, "pobj")
        sentence = self.document.sentence(preposition.index)
        joined = False
        for one in self.document.tokens[preposition.index + 1 : min(sentence.last, preposition.index + REACH)]:
            joined = joined or one.lower == "and"
            if one.pos == "VERB":
                break
            if joined and self.people(one.index) and one.dep not in ("poss", "compound", "amod"):
                found += self.people(one.index)
                break
        return list(dict.fromkeys(found))

    def met(self, token: Token) -> list[str]:
        """Whom the visitor meets, in the same breath: "to travel to Russia to meet X", "where he told X"."""
        found: list[str] = []
        sentence = self.document.sentence(token.index)
        for one in self.document.tokens[token.index + 1 : min(sentence.last, token.index + BREATH)]:
            if one.lemma in MEETS or (one.lemma in NOUNS and NOUNS[one.lemma] != "Visit"):
                found += self.objects(one, "dobj")
                found += self.beside(one, min(one.index + 6, sentence.last))
            elif one.dep == "relcl" and any(c.lower == "where" for c in self.document.children(one.index, "advmod")):
                found += [*self.addressed(one), *self.doers(one)] if self._tells_person(one) else []
        return found

    def _tells_person(self, verb: Token) -> bool:
        return any(self.persons(one.index) for one in self.document.children(verb.index, "nsubj", "nsubjpass"))

    def addressed(self, verb: Token) -> list[str]:
        """Whom somebody tells something or raises something with, at a meeting."""
        beside = [
            one for one in self.document.children(verb.index, "prep") if one.lower in ("with", "to", "by", "from")
        ]
        for thing in self.document.children(verb.index, "dobj"):
            beside += [one for one in self.document.children(thing.index, "prep") if one.lower in ("with", "from")]
        named = [inner for one in beside for inner in self.document.children(one.index, "pobj")]
        told = [*self.document.children(verb.index, "dobj", "dative"), *named]
        return [actor for one in told for actor in self.persons(one.index)]

    def end(self, token: Token) -> int:
        """Where the phrases end that belong to a word."""
        sentence = self.document.sentence(token.index)
        last = min(sentence.last, token.index + REACH)
        for one in self.document.tokens[token.index + 1 : last]:
            if one.lower in CLAUSES or one.lower in STOPS or one.tag in ("VBD", "VBZ", "VBP"):
                return one.index
        return last
