"""ORDER BY over values of many types, which the engine cannot sort as they are.

Oxigraph compares some literals of different datatypes by their values and others not at all; in a mixture of them its
order goes round in a circle, and its sort gives up by ending the process. A query that met that is asked again with its
solutions sorted by datatype first. SPARQL 1.1, 15.1 leaves the order of values open that `<` cannot compare, and all
numbers stay one group, so the order is still the standard's.
"""

from collections.abc import Sequence

from server.store.guard import Token, tokens

_DIRECTIONS = ("asc", "desc")
_OPENING, _CLOSING = {"(", "{", "["}, {")", "}", "]"}


def by_type(text: str) -> str:
    """Return a query with each ORDER BY made to compare datatypes before values; the text itself where it has none."""
    parts = list(tokens(text))
    written: list[str] = []
    at = 0
    while at < len(parts):
        begin = _conditions(parts, at)
        if begin is None:
            written.append(parts[at].text)
            at += 1
            continue
        written += (part.text for part in parts[at:begin])
        at = begin
        while condition := _condition(parts, at):
            direction, expression, at = condition
            kind = f'IF(ISNUMERIC({expression}), "", STR(DATATYPE({expression})))'
            written.append(f" {direction}({kind}) {direction}({expression}) ")
    return "".join(written)


def _is(part: Token, word: str) -> bool:
    return part.kind == "word" and part.text.lower() == word


def _past_space(parts: Sequence[Token], at: int) -> int:
    while at < len(parts) and parts[at].kind == "space":
        at += 1
    return at


def _conditions(parts: Sequence[Token], at: int) -> int | None:
    """Return where the conditions of an ORDER BY begin that stands here, None where none stands here."""
    if not _is(parts[at], "order"):
        return None
    by = _past_space(parts, at + 1)
    return by + 1 if by < len(parts) and _is(parts[by], "by") else None


def _condition(parts: Sequence[Token], at: int) -> tuple[str, str, int] | None:
    """Return direction, expression and end of the condition that begins here, None where none does."""
    at = _past_space(parts, at)
    if at == len(parts):
        return None
    if parts[at].kind == "variable":
        return "ASC", parts[at].text, at + 1
    first = "" if parts[at].text == "(" else parts[at].text
    if first and parts[at].kind not in ("word", "name", "iri"):
        return None
    begin = _past_space(parts, at + 1) if first else at
    if begin == len(parts) or parts[begin].text != "(" or parts[begin].kind != "sign":
        return None  # LIMIT, OFFSET and VALUES are words that no bracket follows, but for VALUES ( ?x )
    if first.lower() == "values":
        return None
    end = _bracket(parts, begin)
    expression = "".join(part.text for part in parts[begin:end])
    if first.lower() in _DIRECTIONS:
        return first.upper(), expression, end
    return "ASC", f"{first}{expression}", end


def _bracket(parts: Sequence[Token], at: int) -> int:
    """Return where the bracket that opens here has been closed."""
    depth = 0
    for end in range(at, len(parts)):
        if parts[end].kind == "sign":
            depth += (parts[end].text in _OPENING) - (parts[end].text in _CLOSING)
            if not depth:
                return end + 1
    return len(parts)
