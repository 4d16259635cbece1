"""Finds the dates and periods that a sentence names; the words are in `lexicon/dates.yaml`.

A date without a year, or a relative one, is worked out from the anchor, the article's date. Left out on purpose, since
the anchor does not tell them: "the following day", "two weeks later", "in recent weeks", "12/09/2023".
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from loader import lexicons, periods
from loader.periods import FUTURE, PAST, WORDS, Clue, Groups, Resolver
from loader.records import Period

REMEMBERED = 256  # texts: several stages ask for the dates of one sentence
WORD = re.compile(r"[a-z]+")
DIGIT = "0"  # stands for all digits among the words of which a pattern needs one
REACH = 200  # characters before a date in which the words lie that tell what it means


@dataclass(frozen=True)
class Match:
    """A date expression before it is resolved."""

    start: int
    end: int
    groups: Groups
    resolve: Resolver


def find(text: str, anchor: date | None, tense: str | None = None) -> list[tuple[int, int, Period]]:
    """Return the periods that `text` names, with their spans, from left to right.

    `anchor` is the article's date; without one, only periods whose year the text gives are found. `tense` ('past' or
    'future') decides which Monday or July is meant; None: the words before the date tell, else the past is meant.
    """
    text = lexicons.plain(text)
    matches = list(_matches(text))
    found = []
    while matches:
        one = matches.pop(0)
        two = matches.pop(0) if matches and _joined(text, one, matches[0]) else None
        clue = Clue(anchor, tense or _tense(text[: one.start]))
        period = _range(one, two, clue) if two else one.resolve(one.groups, clue)
        if period:
            found.append(_opened(text, one.start, (two or one).end, period))
    return found


def spans(text: str) -> list[tuple[int, int]]:
    """Return where `text` names dates and periods, whatever the article's date."""
    return [(start, end) for start, end, _ in find(text, date(2000, 6, 15))]


@lru_cache(REMEMBERED)
def _matches(text: str) -> tuple[Match, ...]:
    """The date expressions of the text from left to right, the longest where two begin together, without overlaps."""
    said = {*WORD.findall(text.lower()), DIGIT if re.search(r"\d", text) else ""}
    candidates = [
        Match(match.start(), match.end(), {name: value for name, value in match.groupdict().items() if value}, resolve)
        for needed, pattern, resolve in _grammar()
        if not said.isdisjoint(needed)
        for match in pattern.finditer(text)
    ]
    found: list[Match] = []
    for match in sorted(candidates, key=lambda one: (one.start, -one.end)):
        if (not found or match.start >= found[-1].end) and _cued(text, match, found[-1] if found else None):
            found.append(match)
    return tuple(found)


def _cued(text: str, match: Match, previous: Match | None) -> bool:
    """Whether what may be another word is a date: a lone "May" or "March", or a lone number such as 2019."""
    if match.groups.keys() == {"month"} and match.groups["month"] in WORDS["ambiguous_months"]:
        cues = WORDS["month_cues"]
    elif match.groups.keys() <= {"year", "short"}:
        cues = WORDS["year_cues"]
    else:
        return not ("near" in match.groups and match.groups["near"].isupper())  # the newspaper USA TODAY
    before = text[max(0, match.start - REACH) : match.start].split()
    if before and before[-1].strip("\"'(-").lower() in cues:
        return True
    between = text[previous.end : match.start].strip() if previous else "?"
    return between in WORDS["joins"] or between in ("and", ",", ", and", "or") or text[: match.start].endswith("(")


def _joined(text: str, one: Match, two: Match) -> bool:
    """Whether two expressions are the ends of one range: "from X to Y", "between X and Y", "X - Y"."""
    join = text[one.end : two.start].strip().lower()
    if join == "and":
        return text[max(0, one.start - REACH) : one.start].lower().split()[-1:] == ["between"]
    return join in WORDS["joins"]


@cache
def _cue_pattern() -> re.Pattern[str]:
    future, past = lexicons.any_of(WORDS["future_cues"]), lexicons.any_of(WORDS["past_cues"])
    return re.compile(rf"\b(?:(?P<{FUTURE}>{future}(?!\s+have\b))|(?P<{PAST}>{past}))\b")


def _tense(before: str) -> str | None:
    """The tense of a date, by the nearest cue in the words before it."""
    if _start_of_last("open_start", before) is not None:
        return FUTURE
    near = " ".join(before[-REACH:].split()[-WORDS["cue_reach"] :])
    cues = list(_cue_pattern().finditer(near))
    return cues[-1].lastgroup if cues else None


def _start_of_last(words: str, before: str) -> int | None:
    """Where one of the words begins that stands right at the end of what is before a date."""
    cut = max(0, len(before) - REACH)
    found = re.search(rf"\b{lexicons.any_of(WORDS[words])}\s+$", before[cut:], re.IGNORECASE)
    return cut + found.start() if found else None


def _range(one: Match, two: Match, clue: Clue) -> Period | None:
    """The period from one expression to the other; a year said at one end only holds for both."""
    last = two.resolve(two.groups, clue)
    year = int(two.groups["year"]) if "year" in two.groups and "year" not in one.groups else None
    first = one.resolve(one.groups, Clue(clue.anchor, clue.tense, year))
    if not (first and last and first.start and last.end):
        return first or last
    backwards = first.start > last.end
    if backwards and year:  # "December to February 2024"
        first = one.resolve(one.groups, Clue(clue.anchor, clue.tense, year - 1)) or first
    elif backwards or ("year" in one.groups and last.basis == "derived"):  # "from Monday to Wednesday"
        last = two.resolve(two.groups, Clue(first.start, FUTURE)) or last
    if not (first.start and last.end) or first.start > last.end:
        return first
    return Period(first.start, last.end, "interval", first.basis)


def _opened(text: str, start: int, end: int, period: Period) -> tuple[int, int, Period]:
    """Open the period at one end after since, until, by, before or after; widen "the week of" a day."""
    before, first, last = text[:start], period.start, period.end
    opened = {
        "open_end": (first, None),
        "open_start": (None, last),
        "strictly_after": (last and last + timedelta(1), None),
        "strictly_before": (None, first and first - timedelta(1)),
    }
    for words, (new_first, new_last) in opened.items():
        word = _start_of_last(words, before)
        # "after Monday's talks" tells of the talks' day, not of the days after it.
        if word is not None and not (words.startswith("strictly") and text[end : end + 2] == "'s"):
            return word, end, Period(new_first, new_last, "interval", period.basis)
    week = _start_of_last("weeks", before)
    if week is not None and first and period.precision == "day":
        monday = first - timedelta(first.weekday())
        return week, end, Period(monday, monday + periods.WEEK, "week", period.basis)
    return start, end, period


@cache
def _grammar() -> tuple[tuple[frozenset[str], re.Pattern[str], Resolver], ...]:
    """The patterns of date expressions, each with words of which one must be there, and what works out its days."""

    def names(table: str) -> str:
        return lexicons.any_of(WORDS[table])

    def one_of(table: str) -> frozenset[str]:
        return frozenset(max(WORD.findall(phrase.lower()), key=len) for phrase in WORDS[table])

    month = rf"(?P<month>(?-i:{names('months')})\b)(?:\.(?=\s*\d))?"
    weekday = rf"(?P<weekday>(?-i:{names('weekdays')})(?![a-zA-Z]))"
    day = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?![\w%]|[,.]\d)"
    # A number that counts what follows it is not the last day of a range: "on July 3 and 12 rockets".
    last_day = (
        r"(?P<until>[0-3]?\d)(?:st|nd|rd|th)?(?![\w%]|[,.]\d|\s+(?!this|last|next|when|where|after|with)[a-z]{4})"
    )
    days = rf"{day}(?:\s*(?:-|–|—|\bto\b|\bthrough\b|\buntil\b|\band\b)\s*{last_day})?"
    days_before = days.replace(r"|\s+(?!this|last|next|when|where|after|with)[a-z]{4}", "")
    year = r"(?P<year>(?:19|20)\d\d)(?![\w%]|[,.]\d|-[a-zA-Z])"
    of_year = rf"(?:\s*,?\s+(?:of\s+)?(?:{year}|(?P<year_shift>{names('shifts')})\s+year))"
    shift = rf"(?P<shift>{names('shifts')})\s+"
    blank = r"\s+"
    unit = r"(?P<unit>week|month|year)\b"
    count = rf"(?P<number>\d{{1,3}}|{names('numbers')})\s+(?P<unit>day|week|month|year)s?"
    part = rf"(?P<part>{names('parts')})(?:\s+|-|(?<=-))"
    season = rf"(?P<season>{names('seasons')})\b"
    months, weekdays, seasons = one_of("months"), one_of("weekdays"), one_of("seasons")
    digit, units = frozenset([DIGIT]), frozenset(["week", "month", "year"])
    counted = frozenset(["day", "days", *units, *(f"{one}s" for one in units)])
    patterns: tuple[tuple[frozenset[str], str, Resolver], ...] = (
        (digit, r"(?P<year>(?:19|20)\d\d)-(?P<iso_month>[01]\d)-(?P<day>[0-3]\d)(?!\d)", periods.day),
        (months, rf"(?:{weekday},?\s+\(?)?{month}\s+(?:the\s+)?{days}{of_year}?", periods.day),
        (months, rf"(?:{weekday},?\s+)?(?:the\s+)?{days_before}\s+(?:of\s+)?{month}{of_year}?", periods.day),
        (months, rf"(?:{part})?{month}{of_year}?", periods.month),
        (months, rf"{shift}{month}", periods.month),
        (weekdays, rf"(?:{shift})?{weekday}", periods.weekday),
        (one_of("days"), rf"(?P<near>{names('days')})\b(?!'s)", periods.near_day),
        (units, rf"(?:(?:{part}|(?P<side>{names('sides')})\s+))?{shift}{unit}", periods.unit),
        (units, rf"{part}(?:the\s+){unit}", periods.unit),
        (
            frozenset(["weekend"]),
            rf"(?:(?:over|at|during)\s+the|{shift.removesuffix(blank)})\s+(?P<unit>weekend)\b",
            periods.weekend,
        ),
        (counted, rf"(?:over|in|during|for|within)\s+the\s+(?:last|past)\s+{count}\b", periods.back),
        (units, rf"(?:over|in|during|for|within)\s+the\s+past\s+{unit}", periods.back),
        (frozenset(["ago"]), rf"{count}\s+ago\b", periods.ago),
        (
            frozenset(["quarter"]),
            rf"(?:the\s+)?(?P<quarter>{names('quarters')})\s+quarter(?:\s+of)?{of_year}",
            periods.quarter,
        ),
        (digit, rf"Q(?P<q>[1-4]){of_year}", periods.quarter),
        (frozenset(["half"]), rf"(?:the\s+)?(?P<half>{names('halves')})\s+half(?:\s+of)?{of_year}", periods.quarter),
        (seasons, rf"{season}{of_year}", periods.season),
        (seasons, rf"{shift}{season}", periods.season),
        (digit, rf"{year}(?:[-–](?P<short>\d\d)(?!\w|-))?", periods.year),
        (digit, rf"{part}{year}", periods.year),
        (digit, r"(?:the\s+)?(?P<decade>(?:19|20)\d)0s\b", periods.year),
    )
    return tuple(
        (words, re.compile(rf"(?<!\w)(?<!\d[,.])(?<!\w-\d)(?<![$€£]){pattern}", re.IGNORECASE), resolve)
        for words, pattern, resolve in patterns
    )
