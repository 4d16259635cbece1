"""What is plainly wrong with a text that the engine does not take for SPARQL, and where.

pyoxigraph's parser tells how far it came and what could have followed there, which is often behind the mistake and
seldom its name. So the tokens are looked at for what people get wrong: prefixes, words, strings and brackets.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from server.store.guard import NONE, Token, tokens

WORDS = Path(__file__).parent / "words.yaml"
PREFIXES = Path(__file__).parent / "prefixes.yaml"
ALIKE = 0.5  # of two prefixes or words that may be meant for each other, from 0 to 1
NO_IRI = re.compile(r"<[^<>\n]*>")
CLOSES = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake: where it begins (characters from the start), the text at fault, and a clause that says what it is."""

    offset: int
    text: str
    clause: str


@cache
def words() -> tuple[frozenset[str], Mapping[str, str]]:
    """Return the words of SPARQL in small letters, and what to do about what the engine says of some queries."""
    read = yaml.safe_load(WORDS.read_text("utf-8"))
    return frozenset(f"{read['keywords']} {read['functions']}".split()), read["advice"]


@cache
def common() -> Mapping[str, str]:
    """Return the prefixes that are in common use, with their IRIs."""
    read: dict[str, str] = yaml.safe_load(PREFIXES.read_text("utf-8"))
    return read


def find(text: str, predeclared: Mapping[str, str], known: Mapping[str, str]) -> Mistake | None:
    """Return the first plain mistake in a text that does not parse, or None where only the engine knows one.

    :param predeclared: prefixes that need no declaration here.
    :param known: prefixes that are worth suggesting, with their IRIs.
    """
    declared = set(predeclared) | _declared(text)
    opened: list[tuple[int, str]] = []
    last = NONE
    offset = 0
    for token in tokens(text):
        if token.kind != "space":
            mistake = (
                _of_brackets(token, offset, opened)
                or _of_iris(token, offset, opened, text)
                or _of_strings(token, offset)
                or _of_words(token, offset)
                or _of_prefixes(last, token, offset, declared, known)
            )
            if mistake:
                return mistake
            last = token
        offset += len(token.text)
    if opened:
        offset, bracket = opened[-1]
        return Mistake(offset, bracket, f"this {bracket} is never closed")
    if last is NONE:
        return Mistake(0, "", "the query is empty: write SELECT, ASK, CONSTRUCT or DESCRIBE")
    return None


def _declared(text: str) -> set[str]:
    found, last = set(), NONE
    for token in tokens(text):
        if token.kind == "name" and last.text.lower() == "prefix":
            found.add(token.text.partition(":")[0])
        if token.kind != "space":
            last = token
    return found


def _of_brackets(token: Token, offset: int, opened: list[tuple[int, str]]) -> Mistake | None:
    if token.kind != "sign" or token.text not in "()[]{}":
        return None
    if token.text not in CLOSES:
        opened.append((offset, token.text))
    elif not opened:
        return Mistake(offset, token.text, f"there is no {CLOSES[token.text]} that this {token.text} could close")
    elif opened.pop()[1] != CLOSES[token.text]:
        return Mistake(offset, token.text, f"another bracket must be closed before this {token.text}")
    return None


def _of_iris(token: Token, offset: int, opened: list[tuple[int, str]], text: str) -> Mistake | None:
    if token.text != "<" or (opened and opened[-1][1] == "("):  # there it may mean "less than"
        return None
    found = NO_IRI.match(text, offset)
    clause = "no IRI has such a character: write %20 for a space"
    return Mistake(offset, found[0], clause) if found else None


def _of_strings(token: Token, offset: int) -> Mistake | None:
    quote = token.text[:1]
    if token.kind == "unclosed" or (token.kind == "string" and (len(token.text) == 1 or token.text[-1] != quote)):
        return Mistake(offset, token.text, "this string does not end before the line does")
    return None


def _of_words(token: Token, offset: int) -> Mistake | None:
    if token.kind == "language" and token.text.lower() in ("@prefix", "@base"):
        return Mistake(
            offset, token.text, f"SPARQL writes {token.text[1:].upper()} without @ and without the full stop"
        )
    if token.kind != "word":
        return None
    known, _ = words()
    word = token.text.lower()
    if all(part in known for part in re.split("[.-]", word)):
        return None
    meant = _closest(word, known)
    return Mistake(
        offset, token.text, "this is no word of SPARQL" + (f"; did you mean {meant.upper()}?" if meant else "")
    )


def _of_prefixes(
    last: Token, token: Token, offset: int, declared: set[str], known: Mapping[str, str]
) -> Mistake | None:
    prefix = token.text.partition(":")[0]
    if token.kind != "name" or prefix in declared or last.text.lower() == "prefix":
        return None
    clause = f"the prefix “{prefix}:” is not declared"
    iri = known.get(prefix) or common().get(prefix.lower())
    if iri:
        return Mistake(offset, token.text, f"{clause}; add the line PREFIX {prefix}: <{iri}>")
    meant = _closest(prefix, declared | known.keys())
    if meant is None:
        return Mistake(offset, token.text, f"{clause}; add the line PREFIX {prefix}: <…>")
    which = f", which is <{known[meant]}>" if meant in known else ""
    return Mistake(offset, token.text, f"{clause}; did you mean “{meant}:”{which}?")


def _closest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that a word may be meant for, if one is alike enough."""
    if not word:
        return None
    found = process.extractOne(
        word, sorted(candidates), scorer=OSA.normalized_similarity, score_cutoff=ALIKE, processor=str.lower
    )
    return str(found[0]) if found else None
