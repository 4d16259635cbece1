"""What gold annotations and extractions hold, in one form that can be paired: statements, transfers, meetings, actors.

The form of gold files is told in docs/extraction.md, that of extractions in docs/input-forms.md.
"""

import bisect
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from loader import labels, lexicons, quantities
from loader.agreement import Names
from loader.records import Quantity

SCORED = ("Allegation", "Denial", "Confirmation", "NoComment")
ASIDE = frozenset({"troops", "dual-use", "nuclear"})  # scopes of gold transfers that need not be found
EDGES = " \n\"'"
ABBREVIATED = r"(?<!\b[A-Z]\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bMrs\.)(?<!\bGen\.)(?<!\bRep\.)(?<!\bSen\.)"
SENTENCE_END = re.compile(rf"(?<=[.!?]){ABBREVIATED}[\"')]*\s+(?=[\"'(]*[A-Z])|\n")

Span: TypeAlias = tuple[int, int]
Days: TypeAlias = tuple[date, date]
Parties: TypeAlias = tuple[str | None, str | None]
Thing: TypeAlias = Mapping[str, Any]


class BadAnnotation(ValueError):
    """A gold annotation or an extraction that cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something to pair: what it is counted by, how to show it, its sentence, and whether it need not be found."""

    key: Hashable
    shown: str
    quote: str
    optional: bool

    def joined(self, other: "Item") -> "Item":
        """This item and another of the same key as one."""
        return replace(self, optional=self.optional and other.optional)


@dataclass(frozen=True, slots=True)
class Statement(Item):
    """Who says something and where; names are the speaker's and those spoken for, days those of the saying."""

    kind: str
    names: tuple[str, ...]
    attributed: bool
    where: Hashable
    spans: tuple[Span, ...]
    days: frozenset[Days]

    def joined(self, other: Item) -> "Statement":
        """Two statements of the same key as one, with the evidence and the days of both."""
        assert isinstance(other, Statement)
        optional = self.optional and other.optional
        return replace(self, optional=optional, spans=self.spans + other.spans, days=self.days | other.days)


@dataclass(frozen=True, slots=True)
class Transfer(Item):
    """Supplier and recipient."""

    parties: Parties


@dataclass(frozen=True, slots=True)
class Amount(Item):
    """How much goes from whom to whom; in gold None where the words hold no number, unit "" where they name none."""

    parties: Parties
    quantity: Quantity | None


@dataclass(frozen=True, slots=True)
class Meeting(Item):
    """Who meets, and the days within which."""

    participants: tuple[str, ...]
    days: Days | None


@dataclass(frozen=True, slots=True)
class Actor(Item):
    """A name."""

    name: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one article says, as a person or a program has it; problems are lines about what could not be used."""

    statements: tuple[Statement, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    amounts: tuple[Amount, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    actors: tuple[Actor, ...] = ()
    problems: tuple[str, ...] = ()


class Reader:
    """Reads gold and extraction of one article, whose text it knows."""

    def __init__(self, text: str, names: Names) -> None:
        self._text = "\n".join(map(lexicons.plain, text.split("\n")))
        self._names = names
        self._sentences = [0, *(match.end() for match in SENTENCE_END.finditer(self._text)), len(self._text)]

    def gold(self, document: Thing) -> Annotation:
        """The annotation that a person made.

        :raises BadAnnotation: it lacks something, or is of another form.
        """
        said, transfers = _things(document, "statements"), _things(document, "transfers")
        aside = {one.get("id") for one in transfers if one.get("scope") in ASIDE}
        quotes = {one.get("about"): _text(one, "evidence") for one in reversed(said)}
        statements = tuple(self._gold_statement(one, aside) for one in said if _text(one, "kind") in SCORED)
        return Annotation(
            statements,
            tuple(self._transfer(one, quotes.get(one.get("id"), "")) for one in transfers),
            tuple(
                self._amount(one, str(one["quantity"]), _quantity(str(one["quantity"])), quotes.get(one.get("id"), ""))
                for one in transfers
                if one.get("quantity")
            ),
            tuple(
                self._meeting(one, days_of(one.get("date")), str(one.get("evidence", "")))
                for one in _things(document, "meetings")
            ),
            tuple(self._actor(_text(one, "name"), self._mention(one)) for one in _things(document, "actors")),
            tuple(f"the article does not say {one.quote!r}" for one in statements if not one.spans),
        )

    def extraction(self, document: Thing) -> Annotation:
        """What a program found, in the form that `armsclaims extract` prints.

        :raises BadAnnotation: it lacks something, or is of another form.
        """
        said, transfers = _things(document, "statements"), _things(document, "transfers")
        by_iri = {one.get("iri"): one for one in transfers}
        quotes = {one.get("about"): self._quote(one) for one in reversed(said)}
        return Annotation(
            tuple(self._found_statement(one) for one in said if _text(one, "kind") in SCORED),
            tuple(self._transfer(one, quotes.get(one.get("iri"), "")) for one in transfers),
            tuple(
                self._amount(by_iri[one["about"]], labels.of_quantity(quantity), quantity, self._quote(one))
                for one in said
                if one.get("about") in by_iri and (quantity := _found_quantity(one))
            ),
            tuple(
                self._meeting(one, _from_to(one.get("start"), one.get("end")), quotes.get(one.get("iri"), ""))
                for one in _things(document, "meetings")
            ),
            tuple(
                self._actor(_text(one, "label"), self._sentence(one["mentions"][0][0] if one.get("mentions") else None))
                for one in _things(document, "actors")
                if one.get("type") != "AnonymousSource"
            ),
        )

    # ---- items

    def _gold_statement(self, thing: Thing, aside: set[object]) -> Statement:
        quote, speaker, detail = _text(thing, "evidence"), thing.get("speaker"), thing.get("speaker_detail")
        words = lexicons.plain(quote).strip(EDGES).split()
        pattern = re.compile(r"\s+".join(map(re.escape, words)))
        spans = tuple(match.span() for match in pattern.finditer(self._text)) if words else ()
        return Statement(
            key=(thing["kind"], spans or quote, self._names.key(speaker or detail)),
            shown=_who_says(thing["kind"], speaker, detail),
            quote=quote,
            optional=bool(thing.get("implicit")) or thing.get("about") in aside,
            kind=thing["kind"],
            names=tuple(name for name in (speaker, detail) if name),
            attributed=bool(speaker),
            where=spans or quote,
            spans=spans,
            days=frozenset(filter(None, [days_of(thing.get("date"))])),
        )

    def _found_statement(self, thing: Thing) -> Statement:
        start, end = _span(thing)
        quote, speaker, other = self._text[start:end], thing.get("speaker"), thing.get("onBehalfOf")
        start += len(quote) - len(quote.lstrip(EDGES))
        sentence = bisect.bisect_right(self._sentences, start)
        return Statement(
            key=(thing["kind"], sentence, self._names.key(speaker), self._names.key(other)),
            shown=_who_says(thing["kind"], speaker, other),
            quote=quote,
            optional=False,
            kind=thing["kind"],
            names=tuple(name for name in (speaker, other) if name),
            attributed=bool(speaker or other),
            where=sentence,
            spans=((start, start + len(quote.strip(EDGES))),),
            days=frozenset(filter(None, [days_of(thing.get("statedOn"))])),
        )

    def _transfer(self, thing: Thing, quote: str) -> Transfer:
        parties = _parties(thing)
        key = tuple(map(self._names.key, parties))
        return Transfer(key, _show(parties), quote, thing.get("scope") in ASIDE, parties)

    def _amount(self, thing: Thing, words: str, quantity: Quantity | None, quote: str) -> Amount:
        parties = _parties(thing)
        key = (*map(self._names.key, parties), quantity or words)
        return Amount(key, f"{words}, {_show(parties)}", quote, thing.get("scope") in ASIDE, parties, quantity)

    def _meeting(self, thing: Thing, days: Days | None, quote: str) -> Meeting:
        participants = tuple(_list(thing, "participants"))
        when = " to ".join(dict.fromkeys(map(str, days))) if days else "undated"
        shown = f"{thing.get('kind')} of {', '.join(participants)}, {thing.get('place')}, {when}"
        return Meeting(id(thing), shown, quote, False, participants, days)

    def _actor(self, name: str, quote: str) -> Actor:
        return Actor(self._names.key(name), name, quote, False, name)

    # ---- the text

    def _quote(self, thing: Thing) -> str:
        start, end = _span(thing)
        return self._text[start:end]

    def _mention(self, thing: Thing) -> str:
        """The sentence of the first mention that the text has."""
        mentions = [lexicons.plain(str(one)) for one in thing.get("mentions") or [thing["name"]]]
        return self._sentence(next((found for one in mentions if (found := self._text.find(one)) >= 0), None))

    def _sentence(self, position: int | None) -> str:
        if position is None:
            return ""
        number = bisect.bisect_right(self._sentences, position)
        return self._text[self._sentences[number - 1] : position] + self._text[position : self._sentences[number]]


# ---- days and quantities


def days_of(words: str | None) -> Days | None:
    """The first and last day of a day, month or year of ISO 8601, or of two with a slash between; None for none.

    :raises BadAnnotation: the words are no such period.
    """
    if not words or words == "/":
        return None
    first, _, last = words.partition("/")
    return _days(first or last)[0], _days(last or first)[1]


def _days(words: str) -> Days:
    try:
        if len(words) == len("2024"):
            return date(int(words), 1, 1), date(int(words), 12, 31)
        if len(words) == len("2024-03"):
            first = date.fromisoformat(f"{words}-01")
            return first, (first + timedelta(31)).replace(day=1) - timedelta(1)
        return date.fromisoformat(words[: len("2024-03-01")]), date.fromisoformat(words[: len("2024-03-01")])
    except ValueError:
        raise BadAnnotation(f"{words!r} is no date: write YYYY, YYYY-MM, YYYY-MM-DD or two with / between") from None


def _from_to(start: str | None, end: str | None) -> Days | None:
    return days_of(f"{start or ''}/{end or ''}")


def _quantity(words: str) -> Quantity | None:
    """The quantity that the words name; the unit of a bare number ("dozens") is empty."""
    for said in (words, f"{words} units", f"{words} of units"):
        found = quantities.find(said)
        if found:
            return found[0][2] if said == words else replace(found[0][2], unit="")
    return None


def _found_quantity(thing: Thing) -> Quantity | None:
    given = thing.get("quantity")
    if not given:
        return None
    maximum = given.get("max")
    return Quantity(
        Decimal(str(given["value"])),
        given.get("unit") or "",
        given.get("bound") or "exactly",
        None if maximum is None else Decimal(str(maximum)),
    )


# ---- documents


def _things(document: Thing, key: str) -> Sequence[Thing]:
    things = _list(document, key)
    if not all(isinstance(one, Mapping) for one in things):
        raise BadAnnotation(f'"{key}" must hold objects')
    return things


def _list(thing: Thing, key: str) -> list[Any]:
    value = thing.get(key)
    if not isinstance(value, list | None):
        raise BadAnnotation(f'"{key}" must be a list')
    return value or []


def _text(thing: Thing, key: str) -> str:
    value = thing.get(key)
    if not isinstance(value, str):
        raise BadAnnotation(f'{dict(thing)} needs a text "{key}"')
    return value


def _span(thing: Thing) -> Span:
    evidence = thing.get("evidence")
    if not isinstance(evidence, Mapping) or not all(isinstance(evidence.get(end), int) for end in ("start", "end")):
        raise BadAnnotation(f'{dict(thing)} needs "evidence" with the numbers "start" and "end"')
    return evidence["start"], evidence["end"]


def _parties(thing: Thing) -> Parties:
    return thing.get("supplier"), thing.get("recipient")


def _show(parties: Parties) -> str:
    return " → ".join(name or "nobody" for name in parties)


def _who_says(kind: str, *names: str | None) -> str:
    return f"{kind} [{' / '.join(filter(None, names)) or 'nobody'}]"
