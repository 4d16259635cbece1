"""Statements as CSV for spreadsheets and as Parquet for data frames, with the same columns."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from pyoxigraph import Store

from server.store.errors import MissingExtra
from server.store.statement_rows import COLUMNS, Column, Row, rows

if TYPE_CHECKING:
    import pyarrow

BETWEEN = " | "  # between the values of a column that may have several
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # wide signs count too
ROW_GROUP = 10_000


def write_csv(store: Store, out: IO[bytes]) -> None:
    """Write CSV (RFC 4180) in UTF-8 with a byte order mark, by which spreadsheets know it.

    A text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(column.name for column in COLUMNS)
        for row in rows(store):
            writer.writerow(_cell(row, column) for column in COLUMNS)
    finally:
        text.detach()


def _cell(row: Row, column: Column) -> str:
    match row[column.name]:
        case None:
            return ""
        case bool(value):
            return "true" if value else "false"
        case int(value):
            return str(value)
        case float(value):
            return f"{value:.15g}" if value < 1e15 else f"{value:.0f}"
        case date() as value:
            return value.isoformat()
        case list(values):
            return safe(BETWEEN.join(values))
        case value:
            return safe(str(value))


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(FORMULA) else text


def write_parquet(store: Store, out: IO[bytes]) -> None:
    """Write Parquet, packed with zstd; columns that may have several values are lists.

    :raises MissingExtra: when pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("Parquet needs pyarrow: install armsclaims[parquet]") from error
    schema = pyarrow.schema([(column.name, _type(pyarrow, column)) for column in COLUMNS])
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(store):
            writer.write_table(pyarrow.Table.from_pylist(list(group), schema=schema))


def _groups(store: Store) -> Iterator[tuple[Row, ...]]:
    found = rows(store)
    while group := tuple(islice(found, ROW_GROUP)):
        yield group


def _type(pyarrow: Any, column: Column) -> "pyarrow.DataType":
    types = {
        "date": pyarrow.date32(),
        "number": pyarrow.float64(),
        "integer": pyarrow.int64(),
        "boolean": pyarrow.bool_(),
    }
    type_ = types.get(column.form, pyarrow.string())
    return pyarrow.list_(type_) if column.many else type_
