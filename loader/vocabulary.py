"""The linguistic word lists, read once from `loader/lexicon` into sets, and the patterns of lemmas made of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from loader import lexicons
from loader.parsing import Token

REACH = 3  # words that "..." in a pattern may stand for


@dataclass(frozen=True, slots=True)
class Roles:
    """Head nouns of descriptions, by what they describe."""

    post: frozenset[str]
    offices: frozenset[str]
    spokes: frozenset[str]
    group: frozenset[str]
    single_source: frozenset[str]
    state: frozenset[str]
    body: frozenset[str]
    unnamed: frozenset[str]
    event: frozenset[str]
    organization: frozenset[str]
    media: frozenset[str]
    document: frozenset[str]
    collective: frozenset[str]
    shared: frozenset[str]
    constituents: frozenset[str]
    partial: frozenset[str]
    plain_titles: frozenset[str]
    places: frozenset[str]
    things: frozenset[str]
    named_groups: frozenset[str]
    irregular: frozenset[str]
    armed: frozenset[str]
    particular: frozenset[str]
    outlets: frozenset[str]


def words(value: Any) -> frozenset[str]:
    """The words of a list, or of a text with blanks between them."""
    return frozenset(value.split() if isinstance(value, str) else map(str, value or ()))


def table(name: str, key: str) -> dict[str, frozenset[str]]:
    """A mapping of a word list, each value as a set of words."""
    return {group: words(value) for group, value in lexicons.read(name)[key].items()}


ROLES = Roles(**{group: words(value) for group, value in lexicons.read("roles").items()})
HEADS = {
    word: group
    for group in ("collective", "document", "media", "body", "state", "group", "single_source", "spokes", "post")
    for word in getattr(ROLES, group)
}


def head_class(word: str) -> str:
    """What a head noun describes (a field of `Roles`), or an empty string."""
    return HEADS.get(word, "")


@dataclass(frozen=True, slots=True, order=True)
class Pattern:
    """A row of lemmas; a gap means that up to three words may stand between two of them."""

    lemmas: tuple[str, ...]
    gaps: tuple[bool, ...]

    def match(self, tokens: tuple[Token, ...], at: int) -> int | None:
        """Where the pattern ends if it begins at this place, else None."""
        if not _is(tokens[at], self.lemmas[0]):
            return None
        for lemma, gap in zip(self.lemmas[1:], self.gaps, strict=True):
            reach = range(at + 1, min(at + 2 + (REACH if gap else 0), len(tokens)))
            found = next((index for index in reach if _is(tokens[index], lemma)), None)
            if found is None:
                return None
            at = found
        return at + 1


def _is(token: Token, lemma: str) -> bool:
    return lemma in (token.lemma, token.lower) or (lemma == "not" and token.dep == "neg")


class Patterns(tuple[Pattern, ...]):
    """The patterns of a word list, in its order."""

    @cached_property
    def by_first(self) -> dict[str, list[tuple[int, Pattern]]]:
        """The patterns with their places in the list, by first lemma."""
        found: dict[str, list[tuple[int, Pattern]]] = {}
        for place, row in enumerate(self):
            found.setdefault(row.lemmas[0], []).append((place, row))
        return found


def patterns(rows: Iterable[str]) -> Patterns:
    """The patterns of a word list, one a row."""
    found = []
    for row in rows:
        lemmas: list[str] = []
        gaps: list[bool] = []
        for word in row.split():
            if word == "...":
                gaps[-1:] = [True] if len(gaps) == len(lemmas) else [*gaps[-1:], True]
            else:
                if lemmas and len(gaps) < len(lemmas):
                    gaps.append(False)
                lemmas.append(word)
        found.append(Pattern(tuple(lemmas), tuple(gaps)))
    return Patterns(found)


def find(rows: Patterns, tokens: tuple[Token, ...]) -> Iterator[tuple[int, int]]:
    """Where patterns stand in these tokens, as half-open ranges of places in the row."""
    first = rows.by_first
    for at, token in enumerate(tokens):
        if not (token.lemma in first or token.lower in first or token.dep == "neg"):
            continue
        words = {token.lemma, token.lower, "not"} if token.dep == "neg" else {token.lemma, token.lower}
        for _, row in sorted((place, row) for word in words for place, row in first.get(word, ())):
            end = row.match(tokens, at)
            if end is not None:
                yield at, end
                break
