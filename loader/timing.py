"""Which of a sentence's dates belongs to which cue or event: the nearest, where the words before count as nearer."""

from collections.abc import Sequence
from datetime import date

from loader import dates, lexicons
from loader.parsing import Document, Sentence
from loader.records import Period
from loader.vocabulary import words

ANNOUNCED = words(lexicons.read("topics/meetings")["announced"])
BEFORE = 2.0  # a date belongs rather to what it follows than to what follows it


def assign(
    document: Document, sentence: Sentence, triggers: Sequence[int], published: date | None
) -> dict[int, Period]:
    """The period of each trigger (a token's index) that one of the sentence's dates belongs to."""
    text = document.text[sentence.start : sentence.end]
    nearest: dict[int, tuple[float, Period]] = {}
    told = {one.index for one in document.within(sentence) if one.pos == "VERB" and one.lemma in ANNOUNCED}
    for start, _, period in dates.find(text, published):
        at = _token_at(document, sentence, sentence.start + start)
        ranked = sorted((_distance(trigger, at), trigger) for trigger in {*triggers, *told})
        if ranked and ranked[0][1] in triggers:
            far, trigger = ranked[0]
            if trigger not in nearest or far < nearest[trigger][0]:
                nearest[trigger] = (far, period)
    return {trigger: period for trigger, (_, period) in nearest.items()}


def _token_at(document: Document, sentence: Sentence, offset: int) -> int:
    return next((one.index for one in document.within(sentence) if one.end > offset), sentence.last - 1)


def _distance(trigger: int, at: int) -> float:
    return float(at - trigger) if trigger <= at else BEFORE * (trigger - at)


def overlap(one: Period | None, other: Period | None) -> bool:
    """Whether two periods may share a day; an unknown end is open."""
    if one is None or other is None:
        return True
    first = max(one.start or date.min, other.start or date.min)
    last = min(one.end or date.max, other.end or date.max)
    return first <= last
