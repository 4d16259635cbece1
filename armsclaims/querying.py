"""Queries on the command line: a saved query, a file or standard input, answered as a table or in a result format."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from prettytable import PrettyTable, TableStyle
from pyoxigraph import Literal, QueryBoolean, QueryResultsFormat, RdfFormat, parse_query_results

from ontology.terms import PREFIXES
from server import saved_query
from server.engines import engine_of
from server.settings import Settings
from server.store.engine import Limits, Query, Term
from server.store.releases import Releases

SOLUTIONS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
GRAPHS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}
TABLE = "table"
FORMATS = (TABLE, *SOLUTIONS, *GRAPHS)
LABEL = "Label"
WIDEST_COLUMN = 50


class BadQuerySource(Exception):
    """There is no such saved query or file, or it cannot be asked as it was; the text says what there is."""


def answer(
    source: str, settings: Settings, form: str, release: str | None, values: Mapping[str, str], out: IO[bytes]
) -> None:
    """Write the answer to a query: `source` is a saved query's name, a file or '-'; `values` are its parameters.

    :raises BadQuerySource: when there is nothing to ask.
    :raises server.store.engine.QueryError: when there is no answer.
    :raises server.store.errors.OtherBase: when the IRIs of the releases have another base, and nothing would be found.
    """
    Releases(settings.data).current()
    query = _query(source, settings, values, limits=Limits(seconds=settings.query_timeout), release=release)
    # A graph asked for as table or in a format of solutions comes as Turtle; solutions asked for as Turtle, as JSON.
    media_types = {
        "solutions": SOLUTIONS.get(form, QueryResultsFormat.JSON).media_type,
        "boolean": SOLUTIONS.get(form if form in ("json", "xml") else "json", QueryResultsFormat.JSON).media_type,
        "graph": GRAPHS.get(form, RdfFormat.TURTLE).media_type,
    }
    with closing(engine_of(settings, workers=1)) as engine:
        found = engine.query(query, media_types)
        if form == TABLE and found.form != "graph":
            out.write(_table(b"".join(found)).encode() + b"\n")
        else:
            for chunk in found:
                out.write(chunk)
    out.flush()


def _query(source: str, settings: Settings, values: Mapping[str, str], **asked: Any) -> Query:
    queries = saved_query.read_folder(settings.queries)
    if source in queries:
        query = queries[source]
        if query.needs_service and query.needs_service not in settings.service_allow:
            raise BadQuerySource(
                f"{source} asks <{query.needs_service}>; allow it by --service-allow {query.needs_service}"
            )
        return query.query(query.terms(values), **asked)
    if values:
        raise BadQuerySource(f"--set needs a saved query, and {source!r} is none: " + ", ".join(queries))
    if source == "-":
        return Query(sys.stdin.read(), **asked)
    try:
        return Query(Path(source).read_text("utf-8"), **asked)
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuerySource(
            f"{source!r} is neither a saved query ({', '.join(queries)}) nor a file that can be read ({error})"
        ) from error


def _table(json: bytes) -> str:
    results = parse_query_results(json, QueryResultsFormat.JSON)
    if isinstance(results, QueryBoolean):
        return "yes" if results else "no"
    names = [variable.value for variable in results.variables]
    shown = [name for name in names if name + LABEL not in names]  # a label stands for what it labels
    rows = [[_shown(row[name]) for name in shown] for row in results]
    table = PrettyTable([name.removesuffix(LABEL) for name in shown], align="l", max_width=WIDEST_COLUMN)
    table.set_style(TableStyle.SINGLE_BORDER)
    table.add_rows(rows)
    text = table.get_string()
    if len(text.partition("\n")[0]) > shutil.get_terminal_size((120, 50)).columns:
        text = "\n".join(_record(number, table.field_names, row) for number, row in enumerate(rows, 1))
    return f"{text}\n{len(rows)} rows"


def _record(number: int, names: Sequence[str], row: Sequence[str]) -> str:
    """A row of a table that is too wide, as lines of its own."""
    width = max(map(len, names))
    lines = [f"  {name:<{width}}  {value}" for name, value in zip(names, row, strict=True) if value]
    return "\n".join([f"─ {number} ─", *lines])


def _shown(term: Term | None) -> str:
    if term is None:
        return ""
    if isinstance(term, Literal):
        return term.value
    text = term.value if hasattr(term, "value") else str(term)
    for prefix, iri in PREFIXES.items():
        if text.startswith(iri) and "/" not in text[len(iri) :]:
            return f"{prefix}:{text[len(iri) :]}"
    return text
