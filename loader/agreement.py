"""Whether two names mean the same actor, by the names of the reference data: "Seoul" and "South Korean officials" do.

Names agree when both stand for one entry of the reference data, when their words are the same, or when the words of one
are among those of the other ("Putin"), unless that is a state or both are known and differ. Accents, case, possessives,
small words and plural endings make no difference.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable
from functools import cache, cached_property

from loader import lexicons
from ontology.reference import GOVERNMENT, Reference

__all__ = ["Names"]

WORDS = lexicons.read("agreement")
SHORTEST_PLURAL = 4  # "arms" may lose its s, "gas" may not


def _singular(word: str) -> str:
    plural = len(word) >= SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural else word


def _spelled(word: str) -> str:
    return _singular(WORDS["spellings"].get(word, word))


IDLE = frozenset(WORDS["idle"].split())
ROLES = frozenset(map(_singular, WORDS["roles"].split()))


class Names:
    """Tells which names agree; what it finds out about a name is kept, so use one for all articles."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self.identity = cache(self._identity)

    def agree(self, one: str | None, other: str | None) -> bool:
        """Whether two names mean the same; None agrees with None only."""
        if one is None or other is None:
            return one is other
        first, second = self.identity(one), self.identity(other)
        if self.key(one) == self.key(other) or first & second:
            return True
        if (first | second) & self._reference.states.keys() or (first and second):
            return False
        less, more = sorted((self._words(_bare(one)), self._words(_bare(other))), key=len)
        return less <= more and bool(less - ROLES)

    def key(self, name: str | None) -> Hashable:
        """What tells names apart when they are counted: the entries they stand for, else their words."""
        return self.identity(name) or (name and self._words(_bare(name)))

    def _identity(self, name: str | None) -> frozenset[str]:
        """The entries of the reference data that a name may stand for, as IRIs."""
        return frozenset(self._entries(_plain(name)) or self._entries(_bare(name))) if name else frozenset()

    def _entries(self, plain: str) -> set[str]:
        words = self._words(plain)
        found = set(self._by_words.get(words, ()))
        without_roles = words - ROLES
        if not found or without_roles <= self._reference.states.keys():
            found |= self._by_words.get(without_roles, frozenset())
        for state in words & self._reference.states.keys():
            others = (word for word in self._with_states(plain).split() if word != state)
            body = self._reference.body(state, " ".join(word for word in others if _singular(word) not in ROLES))
            found |= {body.iri} if body else set()
        return found | {owner for iri in found if (owner := self._governed(iri))}

    def _governed(self, iri: str) -> str | None:
        """The state that a government is the voice of."""
        actor = self._reference.actors.get(iri)
        return actor.of_state if actor and actor.kind == GOVERNMENT else None

    def _words(self, plain: str) -> frozenset[str]:
        """The words of a name in which every state goes by its IRI."""
        words = self._with_states(plain).split()
        return frozenset(word if ":" in word else _spelled(word) for word in words if word not in IDLE)

    def _with_states(self, plain: str) -> str:
        pattern, states = self._state_forms
        return pattern.sub(lambda match: states[match[0]], plain)

    @cached_property
    def _state_forms(self) -> tuple[re.Pattern[str], dict[str, str]]:
        """Every name, demonym and capital of a state; of two states with one name, that which there still is."""
        forms: dict[str, str] = {}
        states = self._reference.states
        names = (name for name in self._reference.names() if name.iri in states)
        for name in sorted(names, key=lambda name: states[name.iri].until is not None):
            forms.setdefault(_plain(name.form), name.iri)
        return re.compile(rf"\b{lexicons.any_of(forms)}\b"), forms

    @cached_property
    def _by_words(self) -> dict[frozenset[str], frozenset[str]]:
        """The entries that go by the same words: a body also with its state, a person by a surname of its own."""
        actors = self._reference.actors
        names = [name for name in self._reference.names() if name.iri in actors]
        bearers = Counter(name.form for name in names if name.kind == "surname")
        index: defaultdict[frozenset[str], set[str]] = defaultdict(set)
        for name in names:
            if name.kind == "surname" and bearers[name.form] > 1:
                continue
            words, owner = self._words(_plain(name.form)), actors[name.iri].of_state
            index[words].add(name.iri)
            if owner and actors[name.iri].type == "GovernmentBody":
                index[words | {owner}].add(name.iri)
        index.pop(frozenset(), None)
        return {words: frozenset(iris) for words, iris in index.items()}


def _bare(name: str) -> str:
    """The name in plain words, without what stands in brackets."""
    return _plain(re.sub(r"\([^)]*\)", " ", name))


def _plain(name: str) -> str:
    """The name in lower case with single blanks, without accents, possessives and punctuation: "u s" becomes "us"."""
    letters = unicodedata.normalize("NFKD", lexicons.plain(name)).casefold()
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    letters = re.sub(r"'s\b|'|(?<=\b\w)\.(?=\w\b)|(?<=\b\w)\.(?!\w)", "", letters)
    return " ".join(re.findall(r"\w+", letters))
