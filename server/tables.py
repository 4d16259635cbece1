"""Results as tables for people: labels before IRIs, links only where they are safe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import quote

import pyoxigraph
from flask import request
from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat

from ontology.terms import AC, ID, ONTOLOGY, XSD
from server.labels import Labels
from server.site import asked_release
from server.store.engine import Answer, CutShort, Term

# Formats that have a line for each row, so that a part of them can be read.
MEDIA_TYPES = {
    "solutions": "text/tab-separated-values",
    "boolean": "text/tab-separated-values",
    "graph": "application/n-triples",
}
LABEL = "Label"
LONG, NAME = 60, 24  # characters beyond which a text or a label wants a wide column
_NUMBERS = {XSD[name] for name in ("integer", "decimal", "double", "float", "int", "long")}


@dataclass(frozen=True)
class Cell:
    """One term as shown: text, the IRI behind it, where it links to, and its language or datatype."""

    text: str
    iri: str | None = None
    href: str | None = None
    language: str | None = None
    datatype: str | None = None
    style: str = ""  # number, date, long or name


@dataclass(frozen=True)
class Table:
    """A result: `boolean` for ASK, else columns and rows; `truncated` tells that there are more."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell | None]]
    release: str
    boolean: bool | None = None
    truncated: bool = False

    def page(self, number: int, size: int) -> "Table":
        """Return the table with only the rows of a page; pages count from 1."""
        return replace(self, rows=self.rows[(number - 1) * size : number * size])


def link(iri: str) -> str | None:
    """Return where an IRI leads: to the page of ours, out to the web for http(s), nowhere for anything else."""
    root, asked = request.script_root, asked_release()
    there = f"?release={quote(asked)}" if asked else ""  # who reads an older release stays in it
    if iri.startswith(ID):
        return f"{root}/page/{quote(iri[len(ID) :], safe='/-._~')}{there}"
    if iri.startswith(AC.iri):
        return f"{root}/ontology{there}#{quote(iri[len(AC.iri) :])}"
    if iri == ONTOLOGY:
        return f"{root}/ontology{there}"
    return iri if iri.startswith(("http://", "https://")) else None


def cell(term: Term | None, labels: dict[str, str]) -> Cell | None:
    """Return a term as a cell; None for an unbound one."""
    match term:
        case None:
            return None
        case NamedNode():
            label = labels.get(term.value, term.value)
            return Cell(label, term.value, link(term.value), style="name" if len(label) > NAME else "")
        case Literal():
            datatype = None if term.language or term.datatype == XSD.string else term.datatype.value
            return Cell(term.value, None, None, term.language, datatype, _style(term))
        case BlankNode():
            return Cell(f"_:{term.value}")
        case _:
            return Cell(str(term))


def _style(literal: Literal) -> str:
    if literal.datatype in _NUMBERS:
        return "number"
    if literal.datatype == XSD.date:
        return "date"
    return "long" if len(literal.value) > LONG else ""


def from_answer(answer: Answer, labels: Labels, rows: int) -> Table:
    """Read an answer in `MEDIA_TYPES` into a table of at most so many rows; what was cut on the way is a table too.

    :raises QueryError: when the answer breaks off for another reason.
    """
    data, truncated = _whole_lines(answer)
    if answer.form == "graph":
        triples = pyoxigraph.parse(data, format=RdfFormat.N_TRIPLES)
        terms: list[list[Term | None]] = [[t.subject, t.predicate, t.object] for t in islice(triples, rows)]
        columns = ["subject", "predicate", "object"]
    else:
        result = pyoxigraph.parse_query_results(data, format=QueryResultsFormat.TSV)
        if isinstance(result, QueryBoolean):
            return Table((), (), answer.release, boolean=bool(result))
        assert isinstance(result, QuerySolutions)
        columns = [variable.value for variable in result.variables]
        terms = [[solution[column] for column in columns] for solution in islice(result, rows)]
    known = labels.of((t.value for row in terms for t in row if isinstance(t, NamedNode)), answer.release)
    cells = [[cell(t, known) for t in row] for row in terms]
    return Table(*_labelled(columns, cells), answer.release, truncated=truncated)


def _whole_lines(answer: Answer) -> tuple[bytes, bool]:
    """Return the answer's bytes, to the end of a line where it was cut, and whether it was."""
    chunks: list[bytes] = []
    truncated = answer.truncated
    try:
        for chunk in answer:
            chunks.append(chunk)
    except CutShort:
        truncated = True
    finally:
        answer.close()
    data = b"".join(chunks)
    return data[: data.rfind(b"\n") + 1] if truncated else data, truncated


def _labelled(columns: list[str], rows: list[list[Cell | None]]) -> tuple[list[str], list[list[Cell | None]]]:
    """Put the text of a column `speakerLabel` into the cells of `speaker`, where there are both."""
    pairs = {i: columns.index(name + LABEL) for i, name in enumerate(columns) if name + LABEL in columns}
    kept = [i for i in range(len(columns)) if i not in pairs.values()]

    def merged(row: list[Cell | None], i: int) -> Cell | None:
        shown, label = row[i], row[pairs[i]] if i in pairs else None
        if shown is None or label is None:
            return shown or label
        return replace(shown, text=label.text, language=label.language)

    return [columns[i] for i in kept], [[merged(row, i) for i in kept] for row in rows]
