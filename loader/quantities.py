"""Finds the quantities that a sentence names: a number with its bound and what it counts.

"About 7,000 containers of munitions" is 7000 containers, and the goods are munitions. Dates, percentages, distances,
calibres ("152-mm shells") and the numbers of articles and resolutions are not quantities. A plural without a figure
("dozens of missiles") is at least two of its kind: 24.
"""

import re
from decimal import Decimal
from functools import cache
from typing import Any

from loader import dates, lexicons
from loader.records import Quantity

WORDS = lexicons.read("quantities")
NUMBERS: dict[str, Any] = {**WORDS["numbers"], **WORDS["scales"]}
NAME_REACH = 40  # characters before a number in which the word lies that makes it part of a name
PHRASE_REACH = 200  # characters after a number in which its noun phrase lies
NOUN_WORDS = 7  # a head noun further off does not belong to the number


def find(text: str) -> list[tuple[int, int, Quantity, str]]:
    """Return the quantities that `text` names, from left to right, each with its span and the noun phrase of its goods.

    The span runs from the bound's first word to the end of the goods. The unit is in the singular; it is the currency
    for money. A number without a noun after it is left out.
    """
    text = lexicons.plain(text)
    taken = dates.spans(text)
    found: list[tuple[int, int, Quantity, str]] = []
    for match in _number_pattern().finditer(text):
        if any(start < match.end() and match.start("number") < end for start, end in taken):
            continue
        if found and match.start() < found[-1][1]:
            continue
        quantity = _read(text, match)
        if quantity:
            found.append(quantity)
    return found


def _read(text: str, match: re.Match[str]) -> tuple[int, int, Quantity, str] | None:
    """The quantity at a number, or nothing where it counts nothing."""
    low, high = match["low"], match["high"]
    value, vague = _value(low)
    maximum = _value(high)[0] if high else None
    if maximum is not None and high:
        value = _same_scale(low, value, high)
    bound = _bound(match) or vague
    if _is_name(text, match) or (low.lower() == "one" and not match["bound"]):
        return None
    currency = match["currency"]
    counted = _money(text, match.end(), WORDS["currencies"][currency]) if currency else _counted(text, match.end())
    if not counted:
        return None
    end, unit, goods = counted
    return match.start(), end, Quantity(value, unit, bound, maximum), goods


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether the number belongs to a name: "Resolution 2270", "Shahed 136"."""
    before = text[max(0, match.start("number") - NAME_REACH) : match.start("number")]
    return re.search(rf"\b{lexicons.any_of(WORDS['designators'])}[\s-]+$", before) is not None


# ---- numbers


@cache
def _number_pattern() -> re.Pattern[str]:
    word, scale = lexicons.any_of(WORDS["numbers"]), lexicons.any_of(WORDS["scales"])
    figure = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    spelled = rf"{word}(?:[\s-]{word})?(?:\s+{scale})*"
    vague = rf"{lexicons.any_of(WORDS['vague'])}\s+(?:{scale})(?:\s+{scale})*"
    plural = lexicons.any_of(WORDS["plural_scales"])
    plurals = rf"{plural}(?:\s+of\s+{plural})*\s+of|(?:several|many)\s+{plural}\s+of"
    short = lexicons.any_of(WORDS["short_scales"])
    number = rf"(?:{figure}(?:\s+{scale}|\s?{short}\b)*|{vague}|{plurals}|{spelled})"
    bounds = lexicons.any_of(word for words in WORDS["bounds"].values() for word in words)
    after = lexicons.any_of(word for words in WORDS["bounds_after"].values() for word in words)
    currency = lexicons.any_of(WORDS["currencies"])
    return re.compile(
        rf"(?<![\w.,/-])(?<!\w['-])(?:(?P<bound>{bounds})\s+)?(?P<between>between\s+)?(?P<number>(?P<currency>{currency})?"
        rf"(?P<low>{number})(?:(?:\s*(?:-|–|—)\s*|\s+(?:to|and)\s+)(?(between)|(?<!and\s))(?:{currency})?(?P<high>{number}))?)"
        rf"(?![\w%/]|-(?!odd\b)|[.,]\d|\s*(?:%|percent\b|per\s+cent\b))(?:[\s-]+(?P<after>{after})\b)?",
        re.IGNORECASE,
    )


def _value(words: str) -> tuple[Decimal, str]:
    """The value of a number in figures or words, and the bound that lies in the words themselves."""
    words = " ".join(words.lower().replace("-", " ").split())
    plurals = [name for name in re.findall(r"[a-z]+", words) if name in WORDS["plural_scales"]]
    if plurals:
        value = Decimal(WORDS["plural_at_least"])
        for name in plurals:
            value *= WORDS["plural_scales"][name]
        return value, "at least"
    value, bound = Decimal(0), "exactly"
    for name, (factor, how) in sorted(WORDS["vague"].items(), key=lambda item: -len(item[0])):
        if words.startswith(name + " "):
            value, bound, words = Decimal(str(factor)), how, words.removeprefix(name + " ")
            break
    for part in re.findall(r"[\d.,]*\d|[a-z]+", words):
        if part[0].isdigit():
            value += Decimal(part.replace(",", ""))
        elif part in WORDS["numbers"]:
            value += WORDS["numbers"][part]
        else:
            value = (value or Decimal(1)) * (WORDS["scales"].get(part) or WORDS["short_scales"][part])
    return Decimal(int(value)) if value == int(value) else value, bound


def _same_scale(low: str, value: Decimal, high: str) -> Decimal:
    """The lower end of a range, which takes the scale of the upper one: "1 to 2 million"."""
    scale = re.search(rf"{lexicons.any_of([*WORDS['scales'], *WORDS['short_scales']])}$", high, re.IGNORECASE)
    if scale and not re.search(r"[a-z]$", low, re.IGNORECASE):
        return value * _value(scale[0])[0]
    return value


def _bound(match: re.Match[str]) -> str | None:
    """The bound that the words before or after the number give it."""
    for table, group in (("bounds", "bound"), ("bounds_after", "after")):
        words = " ".join((match[group] or "").lower().split())
        for bound, phrases in WORDS[table].items():
            if words in phrases:
                return str(bound)
    return None


# ---- what is counted


def _counted(text: str, start: int) -> tuple[int, str, str] | None:
    """The end, the unit and the goods of what a number counts."""
    phrase = _noun_phrase(text, start)
    if not phrase:
        return None
    first, end = phrase
    words = text[first:end].split()
    unit = singular(words[-1])
    if words[-1].lower() in WORDS["currency_words"]:
        return _money(text, end, WORDS["currency_words"][words[-1].lower()])
    if unit in WORDS["measures"] or words[0].lower() in WORDS["measures"]:
        return None
    compound = f"{words[-2].lower()} {unit}" if len(words) > 1 else ""
    unit = compound if compound in WORDS["compound_units"] else unit
    goods = _goods(text, end, "contents") if unit in WORDS["containers"] or compound else None
    return (goods[1], unit, text[goods[0] : goods[1]]) if goods else (end, unit, text[first:end])


def _money(text: str, start: int, currency: str) -> tuple[int, str, str]:
    goods = _goods(text, start, "worth")
    if not goods:
        phrase = re.match(r"[\s-]+(?=[a-z])", text[start : start + PHRASE_REACH]) and _noun_phrase(
            text, start, plural=False
        )
        return (phrase[1], currency, text[phrase[0] : phrase[1]]) if phrase else (start, currency, "")
    return goods[1], currency, text[goods[0] : goods[1]]


def _goods(text: str, start: int, joins: str) -> tuple[int, int] | None:
    """The noun phrase behind "of", "filled with", "worth of"."""
    join = re.compile(rf"\s+{lexicons.any_of(WORDS[joins])}(?=\s)", re.IGNORECASE).match(text, start)
    return _noun_phrase(text, join.end(), plural=False) if join else None


def _noun_phrase(text: str, start: int, plural: bool = True) -> tuple[int, int] | None:
    """The noun phrase from `start`: up to its last plural noun, or, where it need not be one, up to a stop word."""
    words = list(re.finditer(r"\s*([\w'.-]*\w)", text[start : start + PHRASE_REACH]))
    taken: list[re.Match[str]] = []
    for number, word in enumerate(words[:NOUN_WORDS]):
        if word.start() != (words[number - 1].end() if number else 0) or word[1].lower() in WORDS["stops"]:
            break
        if taken and plural and _is_plural(taken[-1][1]) and not _is_plural(word[1]):
            break
        taken.append(word)
    while plural and taken and not _is_plural(taken[-1][1]):
        taken.pop()
    if not taken:
        return None
    return start + taken[0].start(1), start + taken[-1].end(1)


def _is_plural(word: str) -> bool:
    plain = word.lower()
    if plain in WORDS["irregular"]:
        return True
    if plain in WORDS["not_plural"] or re.search(r"(?:ss|us|is|ous|'s)$", plain):
        return False
    return plain.endswith("s") and len(plain) > 3


def singular(noun: str) -> str:
    """Return the singular of an English plural noun, in lower case unless it is an abbreviation."""
    if re.fullmatch(r"[A-Z][A-Za-z]*[A-Z]s", noun):
        return noun[:-1]
    plain = noun.lower()
    if plain in WORDS["irregular"]:
        return str(WORDS["irregular"][plain])
    if not _is_plural(plain):
        return plain
    if plain.endswith("ies"):
        return plain[:-3] + "y"
    if re.search(r"(?:ch|sh|x|ss|zz)es$", plain):
        return plain[:-2]
    return plain[:-1]


def plural(noun: str) -> str:
    """Return the plural of a unit as `singular` gives it; of several words, that of the last."""
    rest, _, word = noun.rpartition(" ")
    irregular = {str(one): many for many, one in WORDS["irregular"].items()}
    if word in irregular:
        many = str(irregular[word])
    elif re.search(r"[^aeiou]y$", word):
        many = word[:-1] + "ies"
    else:
        many = word + ("es" if re.search(r"(?:ch|sh|x|s|z)$", word) else "s")
    return f"{rest} {many}".strip()
