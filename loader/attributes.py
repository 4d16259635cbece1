"""Word classes by table: does what spaCy's attribute ruler does with its own rules, in a tenth of its time.

The ruler tries each of its 180 rules on every token. Nearly all look at one token's tag, label and word alone, so what
they give is remembered by these three. The library stays the source of the rules and, in the tests, the measure.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

REMEMBERED = 50_000  # combinations of tag, label and word
KEYS = {"TAG", "LOWER", "DEP", "IS_SPACE"}
WRITTEN = ("POS", "MORPH", "LEMMA")

Look = tuple[str, str, str, bool]  # of a token: tag, word in lower case, label, whether it is a blank
Test = Callable[[Look], bool]


class UnknownRule(ValueError):
    """A rule of the ruler is of a form that the table does not know."""


class Attributes:
    """A component for a pipeline of spaCy that stands in for its attribute ruler.

    :raises UnknownRule: a rule asks for more than tag, label and word, or sets more than one token.
    """

    def __init__(self, rules: Iterable[Mapping[str, Any]], vocab: Any) -> None:
        self.patterns = list(rules)
        self._vocab = vocab
        self._sets: list[tuple[int, dict[str, Any]]] = []
        self._rules: defaultdict[str, list[tuple[int, tuple[Test, ...]]]] = defaultdict(list)  # by tag or word
        for number, rule in enumerate(self.patterns):
            if not set(rule["attrs"]) <= {*WRITTEN, "TAG", "DEP"}:
                raise UnknownRule(str(rule))
            self._sets.append((rule["index"], rule["attrs"]))
            for pattern in rule["patterns"]:
                self._rules[_asked_first(pattern[0])].append((number, tuple(map(_test, pattern))))
        self._starting = lru_cache(REMEMBERED)(self._starting_uncached)
        self._written = lru_cache(REMEMBERED)(self._written_uncached)

    def __call__(self, doc: Any) -> Any:
        """Set what the rules give, the later rules over the earlier ones, and return the document."""
        rows = doc.to_array(["TAG", "LOWER", "DEP", "IS_SPACE"]).tolist()
        hits: list[tuple[int, ...]] = [()] * len(rows)
        for at, row in enumerate(rows):
            alone, longer = self._starting(*row)
            hits[at] = (*hits[at], *alone) if hits[at] else alone
            for number, tests in longer:
                if at + len(tests) < len(rows) and all(
                    test(self._look(*rows[at + ahead])) for ahead, test in enumerate(tests, 1)
                ):
                    there = at + self._sets[number][0]
                    hits[there] = (*hits[there], number)
        written = [self._written(tuple(sorted(one))) for one in hits]
        array = doc.to_array(list(WRITTEN))
        for at, (values, other) in enumerate(written):
            for column, value in values:
                array[at, column] = value
            for name, text in other:
                setattr(doc[at], f"{name.lower()}_", text)
        return doc.from_array(list(WRITTEN), array)

    def _look(self, tag: int, lower: int, dep: int, space: int) -> Look:
        strings = self._vocab.strings
        return strings[tag], strings[lower], strings[dep], bool(space)

    def _starting_uncached(
        self, tag: int, lower: int, dep: int, space: int
    ) -> tuple[tuple[int, ...], tuple[tuple[int, tuple[Test, ...]], ...]]:
        """The rules that such a token fits alone, and those of several tokens whose first it may be, with the rest."""
        look = self._look(tag, lower, dep, space)
        asked = {"", f"TAG {look[0]}", f"LOWER {look[1]}"}
        fitting = [(number, tests) for key in asked for number, tests in self._rules.get(key, ()) if tests[0](look)]
        alone = tuple(number for number, tests in fitting if len(tests) == 1)
        return alone, tuple((number, tests[1:]) for number, tests in fitting if len(tests) > 1)

    def _written_uncached(
        self, numbers: tuple[int, ...]
    ) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[str, str], ...]]:
        """What rules set together: values by the column of the array, and the rest by name."""
        merged: dict[str, Any] = {}
        for number in numbers:
            merged |= self._sets[number][1]
        columns = tuple((at, self._value(name, merged[name])) for at, name in enumerate(WRITTEN) if name in merged)
        return columns, tuple((name, value) for name, value in merged.items() if name not in WRITTEN)

    def _value(self, name: str, value: str) -> int:
        return int(self._vocab.morphology.add(value) if name == "MORPH" else self._vocab.strings.add(value))


def _asked_first(wanted: Mapping[str, Any]) -> str:
    """Where a rule is kept that asks this of its first token: under the one tag or word, so that few are tried."""
    return next((f"{key} {wanted[key]}" for key in ("TAG", "LOWER") if isinstance(wanted.get(key), str)), "")


def _test(wanted: Mapping[str, Any]) -> Test:
    """The test of one token that a pattern asks for."""
    if not set(wanted) <= KEYS:
        raise UnknownRule(str(wanted))
    tests = [(("TAG", "LOWER", "DEP", "IS_SPACE").index(key), _value_test(value)) for key, value in wanted.items()]
    return lambda look: all(test(look[at]) for at, test in tests)


def _value_test(wanted: Any) -> Callable[[Any], bool]:
    if not isinstance(wanted, Mapping):
        return lambda value: bool(value == wanted)
    ((kind, content),) = wanted.items()
    if kind == "IN":
        return lambda value: value in content
    if kind == "NOT_IN":
        return lambda value: value not in content
    if kind == "REGEX":
        return lambda value: re.search(content, value) is not None
    raise UnknownRule(str(wanted))
