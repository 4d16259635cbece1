"""Reads what editors decided on an article's statements: the form of their file, not yet what it fits.

The file is NAME.corrections.md beside the article, Markdown whose front matter lists the corrections
(docs/corrections.md).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from loader import metadata
from loader.metadata import BadMetadata
from loader.records import Correction, Period, Quantity, Review
from ontology.terms import STATEMENT_KINDS

ENDING = ".corrections.md"
ACTIONS = ("confirm", "retract", "correct", "add")
REVIEW_KEYS = ("who", "when", "why")
LONGEST_QUOTE = 2000  # code points: a sentence at most may be published of a text that is not open
ACTOR_TYPES = ("Person", "State", "GovernmentBody", "Organization", "MediaOutlet", "ArmedGroup", "AnonymousSource")
BOUNDS = ("exactly", "about", "at least", "more than", "at most", "less than")
EVENTS = (
    {"supplier", "recipient", "goods", "period"},
    {"parties", "goods", "period"},
    {"participants", "meeting", "host", "place", "expectedPlace", "period"},
    {"event"},
)
"""The keys that tell which event is meant: a transfer, talks on one, a meeting, or any event by its label."""

Form = Callable[[Any], Any]


class BadCorrections(ValueError):
    """The file cannot be used; the text says which correction and what to write."""


def read(values: Mapping[str, Any]) -> tuple[Correction, ...]:
    """Return the corrections that the front matter of a file lists; `who`, `when` and `why` at its top serve for all.

    :raises BadCorrections: the form of one is wrong.
    """
    unknown = values.keys() - {"corrections", *REVIEW_KEYS}
    if unknown:
        raise BadCorrections(f"has no use for {_listed(unknown)}; write corrections, who, when and why")
    listed = values.get("corrections")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadCorrections("needs front matter with 'corrections:', a list of which each item begins with "
                             + ", ".join(f"'- {action}: KIND'" for action in ACTIONS))  # fmt: skip
    shared = {key: values[key] for key in REVIEW_KEYS if key in values}
    found = []
    for number, one in enumerate(listed, 1):
        try:
            found.append(_correction(number, shared | one))
        except (BadCorrections, BadMetadata) as error:
            raise BadCorrections(f"correction {number}: {error}") from None
    return tuple(found)


def _correction(number: int, given: dict[str, Any]) -> Correction:
    actions = [action for action in ACTIONS if action in given]
    if len(actions) != 1:
        raise BadCorrections(f"give exactly one of {_listed(ACTIONS)}")
    action = actions[0]
    rest = {key: value for key, value in given.items() if key not in (action, *REVIEW_KEYS)}
    kind = FIELDS["kind"](given[action])
    quote = _text("quote", rest.pop("quote", None))
    if len(quote) > LONGEST_QUOTE:
        raise BadCorrections(f"quote has {len(quote):,} characters; quote a sentence at most")
    plain = {key: _text(key, rest.pop(key)) for key in ("article", "prefix", "suffix") if key in rest}
    review = Review(action, _text("who", given.get("who")), _when(given), _text("why", given.get("why")))
    narrowing: tuple[str, ...] = () if action == "add" else ("speaker", "about")
    where = {key: FIELDS[key](rest.pop(key)) for key in narrowing if key in rest}
    values: Mapping[str, Any] = rest
    if action == "correct":
        values = rest.pop("to", None)
        if not isinstance(values, dict) or not values:
            raise BadCorrections("give what is right, as in 'to: {speaker: Norway}'")
    elif action == "add" and (missing := {"speaker", "about"} - rest.keys()):
        raise BadCorrections(f"an added statement needs {_listed(missing)}; write null where the article names none")
    unknown = rest.keys() - (FIELDS.keys() - {"kind"} if action == "add" else set())
    unknown |= values.keys() - FIELDS.keys() if action == "correct" else set()
    if unknown:
        raise BadCorrections(f"there is no use for {_listed(unknown)} where one is to {action} a statement")
    return Correction(
        number, kind, quote, review, where=where, values={key: FIELDS[key](one) for key, one in values.items()}, **plain
    )


def _when(given: Mapping[str, Any]) -> date:
    if given.get("when") is None:
        raise BadCorrections("when is missing; write the day of the decision as YYYY-MM-DD")
    return metadata.day(given["when"], "when")


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadCorrections(f"{key} {'is missing' if value is None else 'must be a text'}; give it as text")
    return " ".join(value.split())


def _listed(words: Any) -> str:
    return ", ".join(sorted(map(str, words)) if isinstance(words, set) else map(str, words))


# ---- the values of single fields


def _one_of(key: str, allowed: tuple[str, ...]) -> Form:
    def form(value: Any) -> str:
        if value not in allowed:
            raise BadCorrections(f"{key} is {value!r}; write one of {_listed(allowed)}")
        return str(value)

    return form


def _or_null(form: Form) -> Form:
    return lambda value: None if value is None else form(value)


def _name(key: str, *allowed: str) -> Form:
    """A name, or {name, …} for what neither the reference data nor the article know."""

    def form(value: Any) -> str | dict[str, str]:
        if not isinstance(value, dict):
            return _text(key, value)
        if "name" not in value or value.keys() - {"name", *allowed}:
            raise BadCorrections(f"{key} is a name, or {{name: …, {', '.join(f'{one}: …' for one in allowed)}}}")
        found = {one: _text(f"{key}: {one}", text) for one, text in value.items()}
        if "type" in found:
            _one_of(f"{key}: type", ACTOR_TYPES)(found["type"])
        return found

    return form


def _several(form: Form) -> Form:
    return lambda value: tuple(form(one) for one in (value if isinstance(value, list) else [value]))


def _about(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not value or not any(value.keys() <= keys for keys in EVENTS):
        raise BadCorrections(
            "about is a mapping: of supplier, recipient and goods for a transfer; of parties and goods for talks on "
            "one; of participants, meeting, host, place and expectedPlace for a meeting; or of event, the label of one"
        )
    return {key: _ABOUT[key](one) for key, one in value.items()}


def _period(value: Any) -> Period:
    """A day, "YYYY-MM", "YYYY" or "first/last"."""
    try:
        first, _, last = (str(value.date() if isinstance(value, datetime) else value)).partition("/")
        start, precision = _first_day(first)
        if last:
            return Period(start, _last_day(*_first_day(last)), "interval", "stated")
        return Period(start, _last_day(start, precision), precision, "stated")
    except ValueError:
        raise BadCorrections(f"{value!r} is no period; write YYYY-MM-DD, YYYY-MM, YYYY or FIRST/LAST") from None


def _first_day(text: str) -> tuple[date, str]:
    precision = {4: "year", 7: "month", 10: "day"}.get(len(text), "")
    return date.fromisoformat({"year": f"{text}-01-01", "month": f"{text}-01"}.get(precision, text)), precision


def _last_day(start: date, precision: str) -> date:
    if precision == "year":
        return date(start.year, 12, 31)
    return (start + timedelta(31)).replace(day=1) - timedelta(1) if precision == "month" else start


def _quantity(value: Any) -> Quantity:
    if not isinstance(value, dict) or not {"value", "unit"} <= value.keys() <= {"value", "unit", "bound", "max"}:
        raise BadCorrections("quantity is {value: …, unit: …}, with bound and max where they are said")
    try:
        number = Decimal(str(value["value"]))
        maximum = Decimal(str(value["max"])) if "max" in value else None
    except InvalidOperation:
        raise BadCorrections("quantity: value and max are numbers") from None
    bound = _one_of("quantity: bound", BOUNDS)(value.get("bound", "exactly"))
    return Quantity(number, _text("quantity: unit", value["unit"]), bound, maximum)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadCorrections("thirdParty is true or false")
    return value


_actor = _name("an actor", "type", "affiliation")
_place = _name("a place")
_ABOUT: dict[str, Form] = {
    **dict.fromkeys(("supplier", "recipient", "host"), _or_null(_actor)),
    **dict.fromkeys(("parties", "participants"), _several(_actor)),
    **dict.fromkeys(("place", "expectedPlace"), _or_null(_place)),
    "goods": _several(_name("goods", "broader")),
    "meeting": _one_of("meeting", ("Meeting", "Visit", "Summit", "Talks")),
    "period": _or_null(_period),
    "event": lambda value: _text("event", value),
}
FIELDS: dict[str, Form] = {
    "kind": _one_of("the kind", STATEMENT_KINDS),
    **dict.fromkeys(("speaker", "onBehalfOf", "citedBy", "relayedBy"), _or_null(_actor)),
    "about": _or_null(_about),
    "statedOn": _or_null(_period),
    "stance": _one_of("stance", ("positive", "negative", "none")),
    "certainty": _one_of("certainty", ("certain", "probable", "possible", "unknown")),
    "realis": _one_of("realis", ("done", "underWay", "planned", "possible")),
    "quantity": _or_null(_quantity),
    "wouldViolate": _or_null(lambda value: _text("wouldViolate", value)),
    "thirdParty": _flag,
}
"""What a correction may say of a statement, named as in the output of `armsclaims extract`."""
