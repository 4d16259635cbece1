"""Solutions that are distinct where the other server lets some through twice, read and handed on one by one.

Virtuoso 7 does so for SELECT DISTINCT when the graphs that make its default graph hold a triple more than once.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from server.store import guard
from server.store.pieces import Pieces


def asked(text: str) -> bool:
    """Tell whether a query is a SELECT DISTINCT."""
    words = [token.text.lower() for token in guard.tokens(text) if token.kind == "word"]
    return "select" in words and words[words.index("select") + 1 :][:1] == ["distinct"]


def distinct(solutions: ox.QuerySolutions) -> ox.QuerySolutions:
    """Return the solutions, each the first time that it comes; 16 bytes of memory are kept for each."""
    results = ox.parse_query_results(io.BufferedReader(Pieces(_written(solutions))), ox.QueryResultsFormat.JSON)
    assert isinstance(results, ox.QuerySolutions)
    return results


def _written(solutions: ox.QuerySolutions) -> Iterator[bytes]:
    names = [variable.value for variable in solutions.variables]
    yield json.dumps({"head": {"vars": names}})[:-1].encode() + b', "results": {"bindings": ['
    seen: set[bytes] = set()
    for solution in solutions:
        row = json.dumps({name: _term(term) for name in names if (term := solution[name]) is not None}).encode()
        digest = hashlib.blake2b(row, digest_size=16).digest()
        if digest not in seen:
            yield b"," + row if seen else row
            seen.add(digest)
    yield b"]}}"


def _term(term: Any) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {name: _term(part) for name, part in parts.items()}}
    literal = {"type": "literal", "value": term.value}
    if term.language:
        return literal | {"xml:lang": term.language}
    return literal | {"datatype": term.datatype.value}
