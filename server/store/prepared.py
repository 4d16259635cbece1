"""Answers that are worked out once for a release and lie among its dumps: all rows of queries that take long.

A file is one answer in SQLite: a row of TSV each in the order of the answer, packed, and an index of the columns by
which rows are chosen. Every format, the first rows, and the rows for other values of parameters are read from it. As a
program it makes the files of the release in FOLDER, of the queries that it reads as JSON from its input.
"""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

import zstandard
from pyoxigraph import QueryResultsFormat, QuerySolutions, Store, parse_query_results

from ontology.terms import BASE, PREFIXES
from server.store.pieces import Pieces

PREFIX, SUFFIX = "answer-", ".sqlite"
VERSION = 1  # of the tables
LONG = 0.05  # seconds that a query takes of which the answer is worth its file
LEVEL = 3
SAMPLES, DICTIONARY = 4000, 64 * 1024  # rows that the dictionary is made of, and its bytes
NICE = 19
COMPARISONS = {"=": "term = :term", "!=": "term <> :term", ">=": "term >= :term", "<=": "term <= :term"}

_SCHEMA = f"""
PRAGMA user_version = {VERSION};
CREATE TABLE about (head TEXT, dictionary BLOB);
CREATE TABLE answer (n INTEGER PRIMARY KEY, line BLOB NOT NULL);
CREATE TABLE value (id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE);
CREATE TABLE cell (col TEXT, value INTEGER, n INTEGER, PRIMARY KEY (col, value, n)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Condition:
    """Which rows: those with a value in any of the columns that compares so with a term, as N-Triples has it.

    With a `pattern`, which names `parameter` and the one column, those whose value matches it for the term.
    """

    columns: tuple[str, ...]
    comparison: str
    term: str
    parameter: str = ""
    pattern: str = ""


@dataclass(frozen=True)
class Whole:
    """A query whose answer lies ready where it takes long, and the columns by which its rows are chosen."""

    text: str
    columns: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The name of the file of its answer."""
        key = json.dumps([self.text, sorted(self.columns), VERSION])
        return f"{PREFIX}{sha256(key.encode()).hexdigest()[:32]}{SUFFIX}"


def write(path: Path, results: QuerySolutions, columns: Sequence[str]) -> None:
    """Write an answer into a new file."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(_SCHEMA)
        lines = _Lines(_Table(database, columns))
        results.serialize(cast(BinaryIO, lines), QueryResultsFormat.TSV)
        lines.table.end()


class _Table:
    """Takes the lines of an answer, the names of its columns first."""

    def __init__(self, database: sqlite3.Connection, columns: Sequence[str]) -> None:
        self._database = database
        self._columns = columns
        self._places: list[tuple[str, int]] = []
        self._ids: dict[str, int] = {}
        self._first: list[bytes | bytearray | memoryview] = []
        self._pack: zstandard.ZstdCompressor | None = None
        self._number = -1

    def take(self, line: bytes) -> None:
        self._number += 1
        if self._number == 0:
            names = line.decode().split("\t")
            self._places = [(name, names.index(f"?{name}")) for name in self._columns]
            self._database.execute("INSERT INTO about VALUES (?, NULL)", (line.decode(),))
            return
        cells = line.decode().split("\t") if self._places else []
        rows = [(name, self._id(cells[place]), self._number) for name, place in self._places if cells[place]]
        self._database.executemany("INSERT INTO cell VALUES (?, ?, ?)", rows)
        if self._pack:
            self._put(self._number, line)
        else:
            self._first.append(line)
            if len(self._first) == SAMPLES:
                self._learn()

    def end(self) -> None:
        if not self._pack:
            self._learn()

    def _learn(self) -> None:
        """Make the dictionary with which rows are packed, of which each by itself is too short to pack well."""
        data = b""
        if len(self._first) >= SAMPLES:
            data = zstandard.train_dictionary(DICTIONARY, self._first).as_bytes()
        self._database.execute("UPDATE about SET dictionary = ?", (data,))
        self._pack = zstandard.ZstdCompressor(LEVEL, dict_data=_dictionary(data))
        for number, line in enumerate(self._first, self._number - len(self._first) + 1):
            self._put(number, line)
        self._first = []

    def _put(self, number: int, line: bytes | bytearray | memoryview) -> None:
        assert self._pack
        self._database.execute("INSERT INTO answer VALUES (?, ?)", (number, self._pack.compress(line)))

    def _id(self, term: str) -> int:
        known = self._ids.get(term)
        if known is None:
            known = self._ids[term] = len(self._ids) + 1
            self._database.execute("INSERT INTO value VALUES (?, ?)", (known, term))
        return known


class _Lines:
    """A file that hands on whole lines."""

    def __init__(self, table: _Table) -> None:
        self.table = table
        self._left = b""

    def write(self, data: bytes) -> int:
        *lines, self._left = (self._left + bytes(data)).split(b"\n")
        for line in lines:
            self.table.take(line)
        return len(data)

    def flush(self) -> None:
        pass


def _dictionary(data: bytes) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(data) if data else None


def read(path: Path, conditions: Sequence[Condition], store: Store, most: int | None = None) -> QuerySolutions:
    """Return the rows of an answer that meet all conditions, in its order; they are read as they are asked for.

    :param most: how many rows at most.
    :raises FileNotFoundError: when something was forgotten just now, and the answer with it.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    lines = io.BufferedReader(Pieces(_lines(path, conditions, store, most)))
    solutions = parse_query_results(cast(BinaryIO, lines), QueryResultsFormat.TSV)
    assert isinstance(solutions, QuerySolutions)
    return solutions


def _lines(path: Path, conditions: Sequence[Condition], store: Store, most: int | None) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        head, data = database.execute("SELECT head, dictionary FROM about").fetchone()
        unpack = zstandard.ZstdDecompressor(dict_data=_dictionary(data))
        yield f"{head}\n".encode()
        chosen, values = [], dict[str, Any]()
        for number, condition in enumerate(conditions):
            holders = [f":c{number}_{i}" for i in range(len(condition.columns))]
            values |= {f"c{number}_{i}": name for i, name in enumerate(condition.columns)}
            of = _values(condition, store, number, values)
            places = ", ".join(holders)
            chosen.append(f"n IN (SELECT n FROM cell WHERE col IN ({places}) AND value IN ({of}))")  # noqa: S608
        where = " AND ".join(chosen) or "1"
        values["most"] = -1 if most is None else most
        rows = database.execute(f"SELECT line FROM answer WHERE {where} ORDER BY n LIMIT :most", values)  # noqa: S608
        while batch := rows.fetchmany(200):
            yield b"".join(unpack.decompress(line) + b"\n" for (line,) in batch)


def _values(condition: Condition, store: Store, number: int, values: dict[str, Any]) -> str:
    """Return a SELECT of the values that meet a condition; what it compares with goes into `values`."""
    name = f"t{number}"
    if condition.pattern:
        column = condition.columns[0]
        found = store.query(
            f"SELECT DISTINCT ?{column} WHERE {{ VALUES ?{condition.parameter} {{ {condition.term} }} "
            f"{condition.pattern} }}",
            prefixes=PREFIXES,
        )
        assert isinstance(found, QuerySolutions)
        values[name] = json.dumps([str(row[column]) for row in found])
        return f"SELECT id FROM value WHERE term IN (SELECT value FROM json_each(:{name}))"  # noqa: S608
    values[name] = condition.term
    compared = COMPARISONS[condition.comparison].replace(":term", f":{name}")
    if condition.comparison in ("=", "!="):
        return f"SELECT id FROM value WHERE {compared}"  # noqa: S608
    values[f"{name}_"] = "%" + condition.term[condition.term.rindex('"') :]  # values of other types have no order
    return f"SELECT id FROM value WHERE {compared} AND term LIKE :{name}_"  # noqa: S608


def missing(dumps: Path, queries: Iterable[Whole]) -> list[Whole]:
    """Return those whose answers do not lie among the dumps."""
    return [query for query in queries if not (dumps / query.file).exists()]


def begin(folder: Path, queries: Sequence[Whole]) -> "subprocess.Popen[bytes]":
    """Start to work out queries of the release in a folder, in their order, giving way to others."""
    command = [sys.executable, "-I", "-m", __name__, str(folder.resolve())]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert process.stdin
    with process.stdin as out:
        out.write(json.dumps([asdict(query) for query in queries]).encode())
    return process


def make(folder: Path, queries: Iterable[Whole]) -> None:
    """Work out queries of the release in a folder that take long; the others leave no file.

    :raises StoreError: when the disk is full or the folder cannot be written.
    """
    from server.store.dumping import made  # the workers, who only read, need none of it
    from server.store.release import Release

    release = Release.at(folder)
    store = release.open()

    def work_out(query: Whole, path: Path) -> None:
        began = time.monotonic()
        results = store.query(query.text, base_iri=BASE, prefixes=PREFIXES)
        if not isinstance(results, QuerySolutions):
            raise _Quick
        write(path, results, query.columns)
        if time.monotonic() - began < LONG:
            raise _Quick

    for query in missing(release.dumps, queries):
        with suppress(_Quick):
            made(release, query.file, partial(work_out, query))


class _Quick(Exception):
    """The answer is not worth its file."""


def main(folder: str) -> None:
    """Make them."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a file that is begun is removed
    os.nice(NICE)
    queries = [Whole(one["text"], tuple(one["columns"])) for one in json.load(sys.stdin)]
    make(Path(folder), queries)


if __name__ == "__main__":
    main(*sys.argv[1:])
