"""Tells articles that cannot say anything of a topic by their words alone, so that the parser need not read them.

A transfer needs goods, talks or "arm"; a meeting needs a verb or noun of its topic, or somebody who "is in" a known
place or tells something there; an event of another topic needs a verb or noun of its file. The words come from the
topic files, their forms from the parser's own tables of lemmas, so that whatever the parser could take for one of them
is seen here. A meeting or another event of which the reference data know neither one of the actors nor a place does not
count.
"""

import re
from collections.abc import Iterator

from loader import lexicons
from loader.gazetteer import Gazetteer
from loader.goods import DESIGNATION, key
from loader.parsing import forms
from loader.vocabulary import words
from ontology.reference import Reference

ARMS = lexicons.read("topics/arms")
MEETINGS = lexicons.read("topics/meetings")
WORD = re.compile(r"[^\W\d_]+")
NAME = re.compile(r"[^\W_]+")
ALONE_NOTHING = "aid"  # goods that count only in exchange for others
PLACED = ("Place", "State", "Capital")
BEFORE = 120  # code points before a place in which its "in" or "to" stands
INSIDE = re.compile(r"\b(?:in|to)\b", re.IGNORECASE)
CODE = re.compile(r"\w+(?:-\w+)+")


class Triggers:
    """The words without which nothing is said, for one state of the reference data."""

    def __init__(self, reference: Reference, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        heads = {
            key(name)[-1]
            for concept in reference.concepts.values()
            for name in (concept.label, *concept.aliases)
            if key(name) and concept.scope != ALONE_NOTHING
        }
        self._arms = forms(frozenset(_of_arms()) | heads)
        self._events = forms(frozenset(_of_events()))
        self._being = forms(words(MEETINGS["tells"]) | {"be"})

    def in_text(self, text: str) -> bool:
        """Tell whether the text may say something; False only where the parser would find nothing either."""
        text = lexicons.plain(text)
        present = set(WORD.findall(text.lower()))
        if not self._arms.isdisjoint(present) or any(DESIGNATION.fullmatch(code) for code in CODE.findall(text)):
            return True
        names = list(_names(text, self._gazetteer))
        if not names:
            return False
        return not self._events.isdisjoint(present) or (
            not self._being.isdisjoint(present)
            and any(types.intersection(PLACED) and INSIDE.search(text, max(0, at - BEFORE), at) for at, types in names)
        )


def _of_arms() -> Iterator[str]:
    """The lemmas of which every transfer needs one."""
    for scope, group in ARMS["goods"].items():
        if scope != ALONE_NOTHING:
            yield from words(group)
    yield from words(ARMS["arming"])
    yield from words(ARMS["talks"]["lemmas"]) | words(ARMS["talks"]["verbs"]) | words(ARMS["verbs"]["arm"]["lemmas"])


def _of_events() -> Iterator[str]:
    """The lemmas of which every meeting needs one, where nobody "is in" a place, and every event of another topic."""
    receptions = (MEETINGS[name] for name in ("hosts", "summons", "invites", "seated", "gathers", "discusses"))
    for group in (*MEETINGS["verbs"].values(), *MEETINGS["nouns"].values(), *receptions):
        yield from words(group)
    for topic in lexicons.topics():
        for event in lexicons.read(f"topics/{topic}").get("events", {}).values():
            yield from words(event.get("verbs")) | words(event.get("nouns"))


def _names(text: str, gazetteer: Gazetteer) -> Iterator[tuple[int, set[str]]]:
    """Where names of the reference data stand, with the types of what they may stand for."""
    for match in NAME.finditer(text):
        if match[0] in gazetteer.first_words and (found := gazetteer.starting(text, match.start())):
            yield match.start(), {entry.type for _, entry in found}
        elif match[0] in gazetteer.surnames:
            yield match.start(), {"Person"}
