"""Which of the parties that rules find are told of as supplier and recipient: a weighed sum of named marks.

Rules that read one clause give every pair the same standing. An article as a whole tells more: a pair that several
sentences name, that somebody alleges or denies, is there; one that a subordinate clause yields once is often a
misreading. `lexicon/standing.yaml` has a weight for each mark; `python -m benchmarks.weights` fits them.
"""

from collections import Counter
from collections.abc import Iterable

from loader import lexicons
from loader.frames.roles import TransferFrame
from loader.linking import Linker
from loader.merge import TransferDraft
from loader.parsing import Document
from loader.takeup import Claim

LISTS = lexicons.read("standing")
WEIGHTS: dict[str, float] = LISTS["weights"]
LEAST: float = LISTS["least"]
FEW: int = LISTS["few"]  # pairs of an article that need no weighing
NAMING = ("NOUN", "PROPN", "PRON", "ADJ", "DET")
CLAIMED = ("Allegation", "Denial", "Confirmation")

Pair = tuple[str | None, str | None]


def kept(
    drafts: list[TransferDraft], claims: Iterable[Claim], document: Document, linker: Linker
) -> list[TransferDraft]:
    """The transfers without those between parties whose marks add up to too little."""
    if len({(one.supplier, one.recipient) for one in drafts}) <= FEW:
        return drafts
    marks = found(drafts, claims, document, linker)
    low = {pair for pair, held in marks.items() if weigh(held) < LEAST}
    return [one for one in drafts if (one.supplier, one.recipient) not in low or len(one.parties) > 1]


def weigh(marks: Iterable[str]) -> float:
    """The sum of the weights of these marks, and of `always`."""
    return WEIGHTS["always"] + sum(WEIGHTS[mark] for mark in marks)


def found(
    drafts: list[TransferDraft], claims: Iterable[Claim], document: Document, linker: Linker
) -> dict[Pair, frozenset[str]]:
    """The marks of each pair of supplier and recipient."""
    frames: dict[Pair, list[TransferFrame]] = {}
    for draft in drafts:
        frames.setdefault((draft.supplier, draft.recipient), []).extend(draft.frames)
    claimed: dict[Pair, Counter[str]] = {pair: Counter() for pair in frames}
    of_frame = {frame: pair for pair, told in frames.items() for frame in told}
    for claim in claims:
        if isinstance(claim.about, TransferFrame) and claim.about in of_frame:
            claimed[of_frame[claim.about]][claim.kind] += 1
    named = [_named(document, linker, sentence.index) for sentence in document.sentences]
    total = sum(len(told) for told in frames.values())
    return {
        pair: frozenset(
            mark
            for mark, holds in (
                *_told(told, pair, frames, total),
                *_said(claimed[pair]),
                *_who(pair, linker),
                *_together(pair, told, named),
            )
            if holds
        )
        for pair, told in frames.items()
    }


def _told(
    told: list[TransferFrame], pair: Pair, frames: dict[Pair, list[TransferFrame]], total: int
) -> tuple[tuple[str, bool], ...]:
    supplies = sum(len(more) for other, more in frames.items() if other[0] == pair[0])
    goods = [one for frame in told for one in frame.goods]
    return (
        ("told once", len(told) == 1),
        ("told often", len(told) >= 4),
        ("half of all that is told", 2 * len(told) >= total),
        ("told by nouns only", all(one.nominal for one in told)),
        ("talks", any(one.kind == "TransferTalks" for one in told)),
        ("troops only", bool(goods) and all(one.scope == "troops" for one in goods)),
        ("told the other way round too", (pair[1], pair[0]) in frames and None not in pair),
        ("supplier mostly supplies others", pair[0] is not None and supplies > 2 * len(told)),
        ("among many pairs", len(frames) > 4),
    )


def _said(kinds: Counter[str]) -> tuple[tuple[str, bool], ...]:
    return (
        ("alleged", kinds["Allegation"] > 0),
        ("alleged again", kinds["Allegation"] > 1),
        ("denied", kinds["Denial"] > 0),
        ("confirmed", kinds["Confirmation"] > 0),
        ("only judged", bool(kinds) and not any(kinds[one] for one in CLAIMED)),
    )


def _who(pair: Pair, linker: Linker) -> tuple[tuple[str, bool], ...]:
    types = [linker.entries[one].type if one and one in linker.entries else "" for one in pair]
    return (
        ("supplier is a state", types[0] == "State"),
        ("recipient is a state", types[1] == "State"),
        ("supplier only described", types[0] == "AnonymousSource"),
        ("recipient only described", types[1] == "AnonymousSource"),
        ("recipient is an armed group", types[1] == "ArmedGroup"),
        ("no supplier", pair[0] is None and pair[1] is not None),
        ("no recipient", pair[1] is None and pair[0] is not None),
        ("nobody", pair == (None, None)),
    )


def _together(pair: Pair, told: list[TransferFrame], named: list[frozenset[str]]) -> tuple[tuple[str, bool], ...]:
    both = {one for one in pair if one}
    here = len({one.sentence for one in told if both <= named[one.sentence]})
    anywhere = sum(both <= one for one in named) if len(both) == 2 else 0
    return (
        ("both named where it is told", len(both) == 2 and here > 0),
        ("both named in two such sentences", len(both) == 2 and here > 1),
        ("both named in four sentences", anywhere > 3),
    )


def _named(document: Document, linker: Linker, sentence: int) -> frozenset[str]:
    """Who is named or meant in a sentence, and the states that adjectives and people stand for."""
    actors: set[str | None] = set()
    for token in document.within(document.sentences[sentence]):
        if token.pos in NAMING:
            actors.update(linker.resolve(token.index))
            if mention := linker.at.get(token.index):
                actors.update((mention.entry.iri, mention.entry.state))
    return frozenset(one for actor in actors if actor for one in (actor, linker.state_of(actor)) if one)
