"""Reading the rows that an engine's `select` returns."""

from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode

from server.store.engine import Row


def text(row: Row, name: str) -> str | None:
    """Return the IRI or the lexical form of a variable's value; None for an unbound one and for blank nodes."""
    term = row.get(name)
    return term.value if isinstance(term, NamedNode | Literal) else None


def plain(row: Row) -> dict[str, str]:
    """Return the IRIs and lexical forms of the values of a row by the names of their variables."""
    return {name: term.value for name, term in row.items() if isinstance(term, NamedNode | Literal)}


def iris(rows: Sequence[Row], *names: str) -> list[str]:
    """Return the IRIs among the values of these variables, in the order of the rows."""
    return [term.value for row in rows for name in names if isinstance(term := row.get(name), NamedNode)]
