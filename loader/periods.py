"""Works out the days that a date expression means, from its words and the article's date."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from loader import lexicons
from loader.records import Period

WORDS = lexicons.read("dates")
PAST, FUTURE = "past", "future"
WEEK = timedelta(6)
AHEAD = timedelta(45)  # a day this soon after the article's date is rather to come than a year ago
Groups = Mapping[str, str]


@dataclass(frozen=True)
class Clue:
    """What surrounds an expression: the article's date, a tense, a year that the other end of a range names."""

    anchor: date | None
    tense: str | None = None
    year: int | None = None


Resolver = Callable[[Groups, Clue], Period | None]


def day(groups: Groups, clue: Clue) -> Period | None:
    """A day of a month, or a run of days in one month: "Sept. 12", "10 to 13 September 2023"."""
    month = int(groups["iso_month"]) if "iso_month" in groups else _month_number(groups)
    first, last = int(groups["day"]), int(groups.get("until", groups["day"]))
    year, basis = _year(groups, clue)
    years = [year] if year else _years_around(clue)
    days = [date(y, month, first) for y in years if 1 <= first <= last <= _length(y, month)]
    if "weekday" in groups:
        number = _lookup("weekdays", groups["weekday"])
        days = [one for one in days if one.weekday() == number] or days
    start = _choose(days, clue)
    if start is None:
        return None
    return Period(start, start.replace(day=last), "interval" if last > first else "day", basis)


def month(groups: Groups, clue: Clue) -> Period | None:
    """A month or a third of one: "in July", "September last year", "late March"."""
    number = _month_number(groups)
    year, basis = _year(groups, clue)
    if year:
        return _part(_month(year, number), groups, "month", basis)
    if not clue.anchor:
        return None
    shift, current = groups.get("shift"), _month(clue.anchor.year, clue.anchor.month)
    months = [_month(y, number) for y in _years_around(clue)]
    if shift and (step := _shift(shift)):
        months = [one for one in months if (one[0] > current[0] if step > 0 else one[0] < current[0])]
        chosen = months[0] if step > 0 else months[-1]
    elif shift:
        chosen = _month(clue.anchor.year, number)
    elif clue.tense == FUTURE:
        chosen = next(one for one in months if one[0] >= current[0])
    else:
        limit = clue.anchor if clue.tense == PAST else current[1] + timedelta(1)  # next month, where no tense is told
        chosen = [one for one in months if one[0] <= limit][-1]
    return _part(chosen, groups, "month", basis)


def weekday(groups: Groups, clue: Clue) -> Period | None:
    """A day of the week: "on Monday", "next Tuesday"."""
    if not clue.anchor:
        return None
    number, step = _lookup("weekdays", groups["weekday"]), _shift(groups["shift"]) if "shift" in groups else None
    back, ahead = (clue.anchor.weekday() - number) % 7, (number - clue.anchor.weekday()) % 7
    if step == -1:
        found = clue.anchor - timedelta(back or 7)
    elif step == 1:
        found = clue.anchor + timedelta(ahead or 7)
    elif clue.tense == FUTURE:
        found = clue.anchor + timedelta(ahead)
    elif step == 0 and clue.tense is None:
        found = clue.anchor + timedelta(number - clue.anchor.weekday())
    else:
        found = clue.anchor - timedelta(back)
    return Period(found, found)


def near_day(groups: Groups, clue: Clue) -> Period | None:
    """A day named from the article's: "yesterday"."""
    if not clue.anchor:
        return None
    found = clue.anchor + timedelta(_lookup("days", groups["near"]))
    return Period(found, found)


def unit(groups: Groups, clue: Clue) -> Period | None:
    """A week, month or year named from the article's, or a part of one: "last week", "earlier this month"."""
    if not clue.anchor:
        return None
    name = groups["unit"].lower()
    step = _shift(groups["shift"]) if "shift" in groups else 0
    first, last = _unit(clue.anchor, name, step)
    side = groups.get("side")
    if side and step == 0:
        before = _lookup("sides", side) == 0
        return Period(first if before else clue.anchor, clue.anchor if before else last, "interval")
    return _part((first, last), groups, name, "derived")


def weekend(groups: Groups, clue: Clue) -> Period | None:
    """The Saturday and Sunday at hand, before or after: "over the weekend", "last weekend"."""
    if not clue.anchor:
        return None
    step = _shift(groups["shift"]) if "shift" in groups else None
    saturday = clue.anchor + timedelta(5 - clue.anchor.weekday())  # of the article's own week
    if step == -1 or (step is None and clue.tense != FUTURE and clue.anchor.weekday() < 5):
        saturday -= timedelta(7)
    elif step == 1 and clue.anchor.weekday() > 4:
        saturday += timedelta(7)
    return Period(saturday, saturday + timedelta(1), "interval")


def back(groups: Groups, clue: Clue) -> Period | None:
    """A stretch that ends on the article's date: "over the past two weeks"."""
    if not clue.anchor:
        return None
    return Period(_earlier(clue.anchor, groups["unit"].lower(), _count(groups)), clue.anchor, "interval")


def ago(groups: Groups, clue: Clue) -> Period | None:
    """A day, week, month or year so long before the article's: "two weeks ago"."""
    if not clue.anchor:
        return None
    name = groups["unit"].lower()
    then = _earlier(clue.anchor, name, _count(groups))
    first, last = (then, then) if name == "day" else _unit(then, name, 0)
    return Period(first, last, name)


def quarter(groups: Groups, clue: Clue) -> Period | None:
    """A quarter or a half of a year: "the third quarter of 2023", "the first half of this year"."""
    year, basis = _year(groups, clue)
    if not year:
        return None
    if "half" in groups:
        first, length = 6 * _lookup("halves", groups["half"]) - 5, 6
    else:
        number = int(groups["q"]) if "q" in groups else _lookup("quarters", groups["quarter"])
        first, length = 3 * number - 2, 3
    return Period(date(year, first, 1), _month(year, first + length - 1)[1], "interval", basis)


def season(groups: Groups, clue: Clue) -> Period | None:
    """A season: three months from March, June, September or December: "last summer", "spring 2024"."""
    number = _lookup("seasons", groups["season"])
    year, basis = _year(groups, clue)
    if year:
        return Period(*_season(year, number), "interval", basis)
    if not clue.anchor or "shift" not in groups:
        return None
    anchor, step = clue.anchor, _shift(groups["shift"])
    seasons = [_season(y, number) for y in range(anchor.year - 2, anchor.year + 2)]
    if step < 0:
        chosen = [one for one in seasons if one[1] < anchor][-1]
    elif step > 0:
        chosen = next(one for one in seasons if one[0] > anchor)
    else:
        chosen = next(one for one in seasons if one[1] >= anchor)
    return Period(*chosen, "interval", basis)


def year(groups: Groups, clue: Clue) -> Period | None:
    """A year, a third of one, a run of years or a decade: "in 2019", "late 2022", "2014-15", "the 1990s"."""
    if "decade" in groups:
        first = int(groups["decade"] + "0")
        return Period(date(first, 1, 1), date(first + 9, 12, 31), "interval", "stated")
    number, basis = _year(groups, clue)
    if not number:
        return None
    if "short" in groups:
        last = int(str(number)[: 4 - len(groups["short"])] + groups["short"])
        return Period(date(number, 1, 1), date(last, 12, 31), "interval", basis) if last > number else None
    return _part((date(number, 1, 1), date(number, 12, 31)), groups, "year", basis)


# ---- the calendar


def _lookup(table: str, words: str) -> int:
    """The value of a phrase in a table of the word list, whatever its case, blanks and last dot."""
    wanted = " ".join(words.lower().split()).rstrip(".")
    return next(int(value) for name, value in WORDS[table].items() if str(name).lower().rstrip(".") == wanted)


def _month_number(groups: Groups) -> int:
    return _lookup("months", groups["month"])


def _shift(words: str) -> int:
    return _lookup("shifts", words)


def _count(groups: Groups) -> int:
    number = groups.get("number", "one")
    return int(number) if number.isdigit() else _lookup("numbers", number)


def _year(groups: Groups, clue: Clue) -> tuple[int | None, str]:
    """The year that the words give, and whether it is stated or derived."""
    if "year" in groups:
        return int(groups["year"]), "stated"
    if clue.year:
        return clue.year, "stated"
    if "year_shift" in groups and clue.anchor:
        return clue.anchor.year + _shift(groups["year_shift"]), "derived"
    return None, "derived"


def _years_around(clue: Clue) -> list[int]:
    return [clue.anchor.year + step for step in (-1, 0, 1)] if clue.anchor else []


def _choose(days: list[date], clue: Clue) -> date | None:
    """The day meant among the same days of several years."""
    if not clue.anchor or len(days) < 2:
        return days[0] if days else None
    if clue.tense == FUTURE:
        return next((one for one in days if one >= clue.anchor), days[-1])
    return [one for one in days if one <= clue.anchor + AHEAD][-1]


def _length(year: int, month: int) -> int:
    return monthrange(year, month)[1] if 1 <= month <= 12 else 0


def _month(year: int, number: int) -> tuple[date, date]:
    return date(year, number, 1), date(year, number, _length(year, number))


def _season(year: int, first: int) -> tuple[date, date]:
    months = year * 12 + first + 1  # the third month, counted from month 0 of year 0
    return date(year, first, 1), _month(months // 12, months % 12 + 1)[1]


def _unit(anchor: date, name: str, step: int) -> tuple[date, date]:
    """The week (from Monday), month or year that lies `step` after the anchor's.

    On a Sunday, papers call the seven days before it "last week", and the morrow begins the next one.
    """
    if name == "week":
        if anchor.weekday() == 6 and step == -1:
            return anchor - timedelta(7), anchor - timedelta(1)
        monday = anchor - timedelta(anchor.weekday()) + timedelta(7 * step)
        return monday, monday + WEEK
    if name == "month":
        months = anchor.year * 12 + anchor.month - 1 + step
        return _month(months // 12, months % 12 + 1)
    return date(anchor.year + step, 1, 1), date(anchor.year + step, 12, 31)


def _earlier(anchor: date, name: str, count: int) -> date:
    if name in ("day", "week"):
        return anchor - timedelta(count * (7 if name == "week" else 1))
    months = anchor.year * 12 + anchor.month - 1 - count * (12 if name == "year" else 1)
    first, last = _month(months // 12, months % 12 + 1)
    return first.replace(day=min(anchor.day, last.day))


def _part(span: tuple[date, date], groups: Groups, precision: str, basis: str) -> Period:
    """The whole span, or the third of it that "early", "mid" or "late" means."""
    first, last = span
    words = groups.get("part") or groups.get("side")
    if not words:
        return Period(first, last, precision, basis)
    third = _lookup("parts", words) if "part" in groups else 2 * _lookup("sides", words)
    if precision == "year":
        return Period(date(first.year, 4 * third + 1, 1), _month(first.year, 4 * third + 4)[1], "interval", basis)
    bounds = (0, 10, 20, 31) if precision == "month" else (0, 2, 4, 7)
    start, end = first + timedelta(bounds[third]), first + timedelta(bounds[third + 1] - 1)
    return Period(start, min(end, last), "interval", basis)
