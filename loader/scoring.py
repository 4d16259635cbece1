"""Pairs what was found in an article with its gold, one to one and as many as possible, and counts."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from loader.agreement import Names
from loader.annotations import SCORED, Actor, Amount, Annotation, Item, Meeting, Statement, Transfer

ALL = "all"
Row: TypeAlias = tuple[str, str]  # a measure and a kind of statement, or all
ROWS: tuple[Row, ...] = (
    *((measure, kind) for measure in ("statements", "detected") for kind in (ALL, *SCORED)),
    *((measure, ALL) for measure in ("transfers", "meetings", "actors", "dates", "quantities")),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of gold items, of found items and of pairs; optional items and what pairs with them are not in."""

    gold: int = 0
    found: int = 0
    hit: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.gold + other.gold, self.found + other.found, self.hit + other.hit)

    @property
    def precision(self) -> float | None:
        """Pairs by found items, None where nothing was found."""
        return self.hit / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Pairs by gold items, None where there are none."""
        return self.hit / self.gold if self.gold else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall, None where there is nothing to find and nothing found."""
        return 2 * self.hit / (self.gold + self.found) if self.gold + self.found else None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A gold item that was missed or a found one that is false, with its sentence."""

    measure: str
    false: bool
    shown: str
    quote: str


@dataclass(slots=True)
class Score:
    """The tallies of one article by measure and kind, and its mistakes."""

    tallies: defaultdict[Row, Tally] = field(default_factory=lambda: defaultdict(Tally))
    mistakes: list[Mistake] = field(default_factory=list)

    def _count(self, measure: str, tally: Tally, item: Item) -> None:
        kinds = (ALL, item.kind) if isinstance(item, Statement) and (measure, item.kind) in ROWS else (ALL,)
        for kind in kinds:
            self.tallies[measure, kind] += tally

    def hit(self, measure: str, item: Item) -> None:
        """Count a pair."""
        self._count(measure, Tally(1, 1, 1), item)

    def miss(self, measure: str, item: Item) -> None:
        """Count a gold item that nothing pairs with."""
        self._count(measure, Tally(gold=1), item)
        self.mistakes.append(Mistake(measure, False, item.shown, item.quote))

    def false(self, measure: str, item: Item) -> None:
        """Count a found item that no gold item pairs with."""
        self._count(measure, Tally(found=1), item)
        self.mistakes.append(Mistake(measure, True, item.shown, item.quote))


def score(gold: Annotation, found: Annotation, names: Names) -> Score:
    """Compare what was found in an article with its gold."""
    result = Score()
    for measure in MEASURES:
        _compare(measure, gold, found, names, result)
    return result


def _compare(measure: "Measure", gold: Annotation, found: Annotation, names: Names, result: Score) -> None:
    wanted, given = (distinct(measure.items(one), measure.key) for one in (gold, found))
    pairs = pair(wanted, given, lambda one, other: measure.fits(one, other, names))
    hits = set(pairs.values())
    for number, item in enumerate(wanted):
        if number in hits and not item.optional:
            result.hit(measure.name, item)
        elif not item.optional:
            result.miss(measure.name, item)
    for number, item in enumerate(given):
        if number not in pairs:
            result.false(measure.name, item)
    if measure.name == "statements":
        for number, partner in sorted(pairs.items()):
            _compare_days(result, wanted[partner], given[number])


def distinct(items: Iterable[Item], key: Callable[[Any], Hashable]) -> list[Item]:
    """The items, those of one key joined: optional if all of them are."""
    found: dict[Hashable, Item] = {}
    for item in items:
        known = found.get(key(item))
        found[key(item)] = known.joined(item) if known else item
    return list(found.values())


def pair(wanted: Sequence[Item], given: Sequence[Item], fits: Callable[[Any, Any], bool]) -> dict[int, int]:
    """As many pairs as there can be, from the place of a given item to that of the wanted one; optional ones come last.

    A maximum matching by augmenting paths: a later item may move an earlier pair, but never undo it.
    """
    partners: dict[int, int] = {}
    candidates = [[number for number, one in enumerate(given) if fits(item, one)] for item in wanted]

    def find(item: int, tried: set[int]) -> bool:
        for one in candidates[item]:
            if one in tried:
                continue
            tried.add(one)
            if one not in partners or find(partners[one], tried):
                partners[one] = item
                return True
        return False

    for item in sorted(range(len(wanted)), key=lambda number: wanted[number].optional):
        find(item, set())
    return partners


# ---- what fits


def same_statement(gold: Statement, found: Statement, names: Names) -> bool:
    """Whether kind and place are the same and a name of the speaker agrees, or both have no speaker."""
    agree = any(names.agree(one, other) for one in gold.names for other in found.names)
    return same_place(gold, found, names) and (agree or not (gold.attributed or found.names))


def same_place(gold: Statement, found: Statement, _: Names) -> bool:
    """Whether the kind is the same and the evidence overlaps."""
    overlap = any(start < last and first < end for start, end in gold.spans for first, last in found.spans)
    return gold.kind == found.kind and overlap


def same_transfer(gold: Transfer | Amount, found: Transfer | Amount, names: Names) -> bool:
    """Whether supplier and recipient agree."""
    return all(map(names.agree, gold.parties, found.parties))


def same_amount(gold: Amount, found: Amount, names: Names) -> bool:
    """Whether number, bound and unit are the same and no party that both name differs."""
    if not gold.quantity or not found.quantity:
        return False
    one, other = gold.quantity, found.quantity
    numbers = (one.value, one.maximum, one.bound) == (other.value, other.maximum, other.bound)
    named = [pair for pair in zip(gold.parties, found.parties, strict=True) if all(pair)]
    return numbers and one.unit in ("", other.unit) and all(names.agree(*pair) for pair in named)


def same_meeting(gold: Meeting, found: Meeting, names: Names) -> bool:
    """Whether all who met are among the found participants and the days overlap where both are known."""
    there = [any(names.agree(one, other) for other in found.participants) for one in gold.participants]
    if not there or not all(there):
        return False
    return not gold.days or not found.days or (gold.days[0] <= found.days[1] and found.days[0] <= gold.days[1])


def same_actor(gold: Actor, found: Actor, names: Names) -> bool:
    """Whether the names agree."""
    return names.agree(gold.name, found.name)


@dataclass(frozen=True, slots=True)
class Measure:
    """What is paired, by which key it is counted, and what fits."""

    name: str
    items: Callable[[Annotation], Sequence[Item]]
    fits: Callable[[Any, Any, Names], bool]
    key: Callable[[Any], Hashable] = lambda item: item.key


MEASURES = (
    Measure("statements", lambda one: one.statements, same_statement),
    Measure("detected", lambda one: one.statements, same_place, lambda item: (item.kind, item.where)),
    Measure("transfers", lambda one: one.transfers, same_transfer),
    Measure("meetings", lambda one: one.meetings, same_meeting),
    Measure("actors", lambda one: one.actors, same_actor),
    Measure("quantities", lambda one: one.amounts, same_amount),
)


def _compare_days(result: Score, gold: Item, found: Item) -> None:
    """Count the day of the saying in a pair of statements: right if first and last day are the same."""
    assert isinstance(gold, Statement)
    assert isinstance(found, Statement)
    if gold.days & found.days:
        result.hit("dates", gold)
        return
    for item, count in ((gold, result.miss), (found, result.false)):
        if item.days:
            count("dates", item)
