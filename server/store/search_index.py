"""A full-text index of a release: names, headlines and quotes in SQLite FTS5, beside its dumps, made when first asked.

Words are found without accents and by their beginnings. A word that the release does not have gives way to the ones
that share most of its runs of three letters. The index is removed with the dumps when something is forgotten.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from pyoxigraph import NamedNode, QuerySolutions, Store

from ontology.terms import AC, ARTICLE_GRAPHS, ID, RDFS, SCHEMA, SKOS
from server.store.dumping import made
from server.store.release import Release

FILE = "search.sqlite"
MOST_WORDS = 12  # of a query
CORRECTIONS = 3  # of a word
ALIKE = 0.7  # how much of two words must agree, from 0 to 1
CLOSE = 0.1  # how much worse than the best one another correction may be
SHORTEST = 4  # letters of a word that is corrected

_FIELDS = {RDFS.label: "label", SKOS.altLabel: "alias", SCHEMA.headline: "label", AC.quote: "quote"}
_PARTS = ("evidence", "selector", "extraction", "quantity", "membership", "review")  # not looked for by themselves
_OURS = f'FILTER(STRSTARTS(STR(?x), "{ID}"))'
_TYPES = f'SELECT ?x ?type WHERE {{ ?x a ?type {_OURS} FILTER(STRSTARTS(STR(?type), "{AC.iri}")) }}'
_TEXTS = f"SELECT ?x ?p ?text WHERE {{ VALUES ?p {{ {' '.join(map(str, _FIELDS))} }} ?x ?p ?text {_OURS} }}"
_MENTIONS = f"""SELECT ?x (COUNT(?s) AS ?times) WHERE {{
  GRAPH ?g {{ ?s ?p ?x }} FILTER(ISIRI(?x) && STRSTARTS(STR(?g), "{ARTICLE_GRAPHS}") && STRSTARTS(STR(?x), "{ID}"))
}} GROUP BY ?x"""
_SCHEMA = """
CREATE TABLE thing (iri TEXT PRIMARY KEY, type TEXT, label TEXT, times INTEGER) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
  text, iri UNINDEXED, field UNINDEXED, prefix='2 3', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row');
CREATE VIRTUAL TABLE spelling USING fts5(term, tokenize='trigram');
"""
# Names before quotes; the whole name first, then its beginning, then what articles speak of most.
_FIND = """
SELECT thing.iri, type, label, field, text FROM words JOIN thing ON thing.iri = words.iri WHERE words MATCH ?
ORDER BY field = 'quote', LOWER(text) <> ?, LOWER(text) NOT LIKE ? ESCAPE '\\', times = 0,
  rank - MIN(times, 100) / 20.0, thing.iri
LIMIT ?"""

_NAMED = """
SELECT thing.iri, type, label, field, text FROM words JOIN thing ON thing.iri = words.iri
WHERE words MATCH ? AND field <> 'quote' AND type IN ({}) ORDER BY rank, thing.iri LIMIT ?"""


@dataclass(frozen=True)
class Hit:
    """A thing that was found: its type, its label, and the text (label, alias or quote) that has the words."""

    iri: str
    type: str
    label: str
    field: str
    text: str


@dataclass(frozen=True)
class Hits:
    """What was found; `instead` names the words that were looked for in place of the ones that there are not."""

    hits: Sequence[Hit] = ()
    more: bool = False
    instead: Sequence[tuple[str, Sequence[str]]] = ()


def file(release: Release) -> Path:
    """Return the index of a release, made now if it is not there yet.

    :raises StoreError: when the disk is full or the folder cannot be written.
    """
    return made(release, FILE, lambda path: build(release.open(), path))


def build(store: Store, path: Path) -> None:
    """Write the index of an open store into a file, which must be new or empty."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous = OFF")  # the file is synchronised once, when it is whole
        database.executescript(_SCHEMA)
        _fill(database, store)


def find(path: Path, text: str, most: int) -> Hits:
    """Return at most so many things whose names, headlines or quotes have all words of a text; the last as a beginning.

    Where none has all of them, those that have any.
    """
    words = _words(text)
    if not words:
        return Hits()
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        known = [(word, _known(database, word)) for word in words]
        instead = [(word, others) for word, others in known if others != [word]]
        terms = [" OR ".join(f'"{other}"*' for other in others) for _, others in known if others]
        for operator in (" AND ", " OR "):
            hits = _find(database, operator.join(f"({term})" for term in terms), words, most) if terms else []
            if hits:
                break
    return Hits(hits[:most], len(hits) > most, instead)


def named(path: Path, text: str, types: Collection[str], most: int) -> list[Hit]:
    """Return at most so many names of things of these types (IRIs) that have a word of a text, or one like it."""
    words = _words(text)
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        terms = [f'"{other}"*' for word in words for other in _known(database, word)]
        if not terms:
            return []
        holders = ", ".join("?" * len(types))
        return [Hit(*row) for row in database.execute(_NAMED.format(holders), (" OR ".join(terms), *types, most))]


def _fill(database: sqlite3.Connection, store: Store) -> None:
    for row in _select(store, _TYPES):
        if _kind(row["x"]) not in _PARTS:
            database.execute("INSERT OR IGNORE INTO thing VALUES (?, ?, '', 0)", (row["x"].value, row["type"].value))
    for row in _select(store, _TEXTS):
        kind, field = _kind(row["x"]), _FIELDS[row["p"]]
        if field == "label":
            database.execute("UPDATE thing SET label = ? WHERE iri = ?", (row["text"].value, row["x"].value))
        if kind not in _PARTS and not (kind == "statement" and field == "label"):  # made of the names that it has
            database.execute("INSERT INTO words VALUES (?, ?, ?)", (row["text"].value, row["x"].value, field))
    for row in _select(store, _MENTIONS):
        database.execute("UPDATE thing SET times = ? WHERE iri = ?", (int(row["times"].value), row["x"].value))
    database.execute("INSERT INTO spelling SELECT term FROM vocabulary WHERE LENGTH(term) >= ?", (SHORTEST,))


def _kind(iri: NamedNode) -> str:
    return iri.value.removeprefix(ID).partition("/")[0]


def _select(store: Store, query: str) -> QuerySolutions:
    solutions = store.query(query)
    assert isinstance(solutions, QuerySolutions)
    return solutions


def _words(text: str) -> list[str]:
    """Return the words of a text as the index has them: in small letters, without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.lower())[:MOST_WORDS]


def _known(database: sqlite3.Connection, word: str) -> list[str]:
    """Return the word if the index has it or a word that begins with it, else those most like it."""
    found = database.execute(
        "SELECT 1 FROM vocabulary WHERE term >= ? AND term < ? LIMIT 1", (word, word + "\U0010ffff")
    )
    if found.fetchone():
        return [word]
    if len(word) < SHORTEST:
        return []
    runs = " OR ".join(f'"{word[i : i + 3]}"' for i in range(len(word) - 2))
    near = database.execute("SELECT term FROM spelling WHERE spelling MATCH ? ORDER BY rank LIMIT 200", (runs,))
    alike = sorted(((SequenceMatcher(None, word, term).ratio(), term) for (term,) in near), reverse=True)
    least = max(ALIKE, alike[0][0] - CLOSE) if alike else ALIKE
    return [term for ratio, term in alike if ratio >= least][:CORRECTIONS]


def _find(database: sqlite3.Connection, match: str, words: Sequence[str], most: int) -> list[Hit]:
    whole = " ".join(words)
    escaped = re.sub(r"([\\%_])", r"\\\1", whole) + "%"
    hits: dict[str, Hit] = {}
    for row in database.execute(_FIND, (match, whole, escaped, most * 5)):
        hit = Hit(*row)
        hits.setdefault(hit.iri, hit)
    return list(hits.values())[: most + 1]
