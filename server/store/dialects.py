"""What another SPARQL server takes otherwise than the standard has it, and how it is asked so that it answers right."""

import re

from pyoxigraph import Literal

from ontology.terms import XSD
from server.store.engine import Term

# `VALUES ?name { term }`, as parameters of saved queries and lists of one are written.
_TERM = r"<[^<>\"{}|^`\\\s]*>|\"(?:[^\"\\\n]|\\.)*\"(?:@[A-Za-z0-9-]+|\^\^<[^<>\s]*>)?"
_VALUE = rf"VALUES\s+(?P<name>\?\w+)\s*\{{\s*(?P<term>{_TERM})\s*\}}"
_BOUND = rf"BIND\((?:{_TERM}) AS \?\w+\)|VALUES\s+\?\w+\s*\{{[^{{}}]*\}}"
_FIRST = re.compile(rf"(?P<before>\{{\s*(?:(?:{_BOUND})\s*)*?){_VALUE}")
PROBE = "(1 = 1)"  # Virtuoso 7 gives the number 1 for what is true


def is_virtuoso(truth: Term | None) -> bool:
    """Tell by an engine's answer to `PROBE` whether it is a Virtuoso."""
    return isinstance(truth, Literal) and truth.datatype != XSD.boolean


def for_virtuoso(text: str) -> str:
    """Return a query with BIND in place of VALUES of one term, where a group begins with it; it means the same.

    Virtuoso 7 loses rows of what is joined with such a VALUES, and beside a path with a question mark it may wait for
    itself and answer nobody any more. Where a path with a star or a plus ends in the variable it loses those of BIND.
    """

    def bound(found: re.Match[str]) -> str:
        if re.search(rf"[*+]\s*\{found['name']}\b", text):
            return found[0]
        return f"{found['before']}BIND({found['term']} AS {found['name']})"

    before = ""
    while before != text:
        before, text = text, _FIRST.sub(bound, text)
    return text
