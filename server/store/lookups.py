"""Lookups: queries that are small whatever the data are, answered in this process; all others need a worker.

pyoxigraph cannot be stopped, and takes its whole process with it where a query is too deep or too large: that is why
workers answer queries. To hand one to a worker costs ten times what a lookup does. What may run here is what one
regular expression takes as a whole: a short text in which nothing nests, and in which no function, path, filter,
subquery, call or dataset can be written, nor anything that orders, groups or skips. There are two kinds:

- *One pattern* with different variables. The engine walks along one index, each step gives a row, and rows are written
  as they are found; writing ends where the answer gets too long, so that the work is bounded by what is written.
- *Some patterns about one thing*, with given properties. The values that the thing has are looked up first, up to
  `DEGREE` of them. With at most m of one property, k patterns have m to the power of k combinations, however the engine
  joins them: there may be `MOST`.

An answer that gets too long, and every error, is left to a worker. The work is watched besides, since an index takes
long to walk where much was deleted: a shape of patterns that took long is left to workers in that release, and so is
everything once the engine has panicked.
"""

import logging
import os
import re
import threading
import time
import weakref
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from pyoxigraph import QueryBoolean, QuerySolutions, Store

from server.store import lease
from server.store.calls import EmbeddedAnswer
from server.store.engine import Query
from server.store.release import Place, place_of
from server.store.rendering import RowBound, check_xml, results_format
from server.store.worker import Message, evaluate

log = logging.getLogger(__name__)

LONGEST = 2000  # characters of a query
PATTERNS = 8
MOST = 1000  # rows, or combinations of what some patterns find
BYTES = 64 * 1024  # of an answer
DEGREE = 200  # values that a thing may have of all properties together
SLOW = 0.05  # seconds of the processor
REMEMBERED = 1000  # texts

# Between terms stands white space, and names and numbers end where the engine's do too, which may have more signs.
_SPACE, _GAP = r"[ \t\r\n]++", r"[ \t\r\n]*+"
_END = r"(?=[ \t\r\n,;}])"
_PREFIX = r"(?:[A-Za-z][A-Za-z0-9_-]*+)?+:"
_IRI = r"""<[A-Za-z][A-Za-z0-9+.-]*+:[^<>"{}|^`\\\x00-\x20]*+>"""
_RESOURCE = rf"(?:{_IRI}|{_PREFIX}[A-Za-z0-9_-]*+{_END})"
_STRING = rf"""(?:"[^"\\\n\r]*+"|'[^'\\\n\r]*+')(?:@[A-Za-z]++(?:-[A-Za-z0-9]++)*+{_END}|\^\^{_RESOURCE})?+"""
_VARIABLE = r"[?$][A-Za-z0-9_]++"
_OBJECT = rf"(?:{_VARIABLE}|{_RESOURCE}|{_STRING}|[0-9]++{_END})"
_PROPERTY = rf"(?:{_RESOURCE}|a)"
_VALUES = rf"{_PROPERTY}{_SPACE}{_OBJECT}(?:{_GAP},{_GAP}{_OBJECT})*+"
_LIST = rf"{_VALUES}(?:{_GAP};{_GAP}{_VALUES})*+"
_SEPARATOR = re.compile(rf"{_IRI}|{_STRING}|(?P<separator>[.,;])")


def _query(patterns: str) -> re.Pattern[str]:
    """Return what a whole query with these patterns looks like."""
    prologue = rf"(?:(?i:PREFIX){_SPACE}{_PREFIX}{_GAP}{_IRI}{_GAP})*+"
    variables = rf"(?:\*|{_VARIABLE}(?:{_SPACE}{_VARIABLE})*+)"
    select = rf"(?i:SELECT)(?P<fewer>{_SPACE}(?i:DISTINCT|REDUCED))?+{_SPACE}{variables}"
    where = rf"(?:{_SPACE}(?i:WHERE))?+{_GAP}\{{{_GAP}{patterns}{_GAP}\.?+{_GAP}\}}"
    limit = rf"(?:(?i:LIMIT){_SPACE}(?P<limit>[0-9]{{1,9}}){_GAP})?+"
    return re.compile(rf"{_GAP}(?P<prologue>{prologue})(?:{select}|(?P<ask>(?i:ASK))){where}{_GAP}{limit}")


_ONE = _query(rf"(?P<s>{_VARIABLE}|{_RESOURCE}){_SPACE}(?P<p>{_VARIABLE}|{_PROPERTY}){_SPACE}(?P<o>{_OBJECT})")
_SOME = _query(rf"(?P<all>(?P<thing>{_RESOURCE}){_SPACE}{_LIST}(?:{_GAP}\.{_GAP}(?P=thing){_SPACE}{_LIST})*+)")


@dataclass(frozen=True)
class Lookup:
    """What is known of a query that may be answered here.

    :ivar shape: where its one pattern has constants ("-" stands for a variable), or how many patterns there are.
    :ivar patterns: how many.
    :ivar counting: of some patterns, the query that finds the properties of what they are about.
    """

    shape: str
    patterns: int = 1
    counting: str | None = None


def read(text: str) -> Lookup | None:
    """Return what is known of a query by its text alone; None for all that a worker has to answer."""
    if len(text) > LONGEST:
        return None
    found = _ONE.fullmatch(text)
    if found and not found["fewer"]:
        terms = found["s"], found["p"], found["o"]
        shape = "".join("-" if term[0] in "?$" else "x" for term in terms)
        few = found["ask"] or (found["limit"] and int(found["limit"]) <= MOST)
        if (few or shape[0] == "x" or shape[2] == "x") and not _repeats(terms):
            return Lookup(shape)
    found = _SOME.fullmatch(text)
    if not found:
        return None
    patterns = 1 + sum(match["separator"] is not None for match in _SEPARATOR.finditer(found["all"]))
    if patterns > PATTERNS:
        return None
    return Lookup(str(patterns), patterns, f"{found['prologue']} SELECT ?p WHERE {{ {found['thing']} ?p ?o }}")


def _repeats(terms: tuple[str, ...]) -> bool:
    names = [term[1:] for term in terms if term[0] in "?$"]
    return len(set(names)) < len(names)


class _TooMuch(Exception):
    """The answer is longer than what is given here, or may take longer."""


class _Output:
    """A file that takes an answer up to its limits."""

    def __init__(self, media_type: str, rows: int, most: int) -> None:
        self.data = bytearray()
        self._rows = RowBound(media_type, rows)
        self._most = most
        self._is_xml = media_type.endswith("+xml")

    def write(self, data: bytes) -> int:
        if self._is_xml:
            check_xml(data)
        self.data += data
        if len(self.data) > self._most or self._rows.is_reached(data):
            raise _TooMuch
        return len(data)

    def flush(self) -> None:
        """Do nothing: all is here."""


@dataclass(eq=False)
class _Opened:
    """An open store with its lease, which goes with the last who reads it, and what was seen of queries there."""

    place: Place
    store: Store
    descriptor: int
    slow: set[str] = field(default_factory=set)  # shapes
    long: set[str] = field(default_factory=set)  # texts of queries
    panicked: bool = False

    def __post_init__(self) -> None:
        weakref.finalize(self, os.close, self.descriptor)


class Lookups:
    """The store of the current release, open in this process from the first lookup on; safe for threads."""

    def __init__(self, common: Message) -> None:
        """`common` is what all requests to workers have: the base IRI and the prefixes."""
        self._common = common | {"default_graphs": [], "named_graphs": [], "substitutions": {}}
        self._known = lru_cache(REMEMBERED)(read)
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._opening: threading.Thread | None = None
        self._wanted: Place | None = None
        self._closed = False

    def is_open(self) -> bool:
        """Return whether lookups are answered here by now."""
        return self._opened is not None

    def follow(self, place: Place) -> None:
        """Exchange the store for that at another place, if one was wanted before; the caller does not wait."""
        if self._wanted is not None:
            self._want(place)

    def answer(self, query: Query, media_types: Mapping[str, str], release: str, place: Place) -> EmbeddedAnswer | None:
        """Return the answer to a lookup in the release at a place, the current one; None where a worker has to.

        Waits for nobody, and takes some milliseconds at most where the store is in memory.
        """
        lookup = self._known(query.text) if len(query.text) <= LONGEST else None
        if lookup is None or query.default_graphs or query.named_graphs or query.substitutions:
            return None
        opened = self._opened
        if opened is None or opened.place != place:
            self._want(place)
            return None
        if opened.panicked or lookup.shape in opened.slow or query.text in opened.long:
            return None
        began = time.thread_time()
        try:
            return self._evaluate(opened.store, lookup, query, media_types, release)
        except _TooMuch:
            if len(opened.long) < REMEMBERED:
                opened.long.add(query.text)
        except Exception:  # the worker that answers in its place tells what is wrong
            return None
        except BaseException as error:  # a panic in Rust is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            opened.panicked = True
            log.exception("the engine panicked; until the next release workers answer lookups too")
        finally:
            if time.thread_time() - began > SLOW:
                opened.slow.add(lookup.shape)
        return None

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            self._closed, self._opened, opening = True, None, self._opening
        if opening:
            opening.join()

    def _evaluate(
        self, store: Store, lookup: Lookup, query: Query, media_types: Mapping[str, str], release: str
    ) -> EmbeddedAnswer:
        if lookup.counting is not None:
            self._count(store, lookup.counting, lookup.patterns)
        results = evaluate(store, self._common | {"text": query.text})
        assert isinstance(results, QuerySolutions | QueryBoolean)
        form = "solutions" if isinstance(results, QuerySolutions) else "boolean"
        media_type, limits = media_types[form], query.limits
        rows = MOST if limits.rows is None else min(limits.rows, MOST)
        output = _Output(media_type, rows, BYTES if limits.bytes is None else min(limits.bytes, BYTES))
        results.serialize(cast(BinaryIO, output), results_format(media_type))
        body = bytes(output.data)
        return EmbeddedAnswer(form, media_type, release, True, False, None, iter([body]), lambda: None)

    def _count(self, store: Store, counting: str, patterns: int) -> None:
        """Look whether what the patterns find has few combinations.

        :raises _TooMuch: when it may have more.
        """
        solutions = cast(QuerySolutions, evaluate(store, self._common | {"text": counting}))
        properties = [solution[0] for solution in islice(solutions, DEGREE + 1)]
        if len(properties) > DEGREE or max(Counter(properties).values(), default=0) ** patterns > MOST:
            raise _TooMuch

    def _want(self, place: Place) -> None:
        """Have the store at a place opened, and let go of any other; one that did not open is not tried again."""
        if place == self._wanted:
            return
        with self._lock:
            if self._closed or place == self._wanted:
                return
            old, self._opened, self._wanted = self._opened, None, place
            if self._opening is None:
                self._opening = threading.Thread(target=self._open, args=([old],), name="lookups", daemon=True)
                self._opening.start()

    def _open(self, old: list[_Opened | None]) -> None:
        """Open the store that is wanted, and what is wanted by then, until nothing else is."""
        old.clear()  # to close a store takes time, too
        while wanted := self._wanted:
            opened = _open(wanted)
            with self._lock:
                if self._closed or self._wanted == wanted:
                    self._opened, self._opening = None if self._closed else opened, None
                    return


def _open(place: Place) -> _Opened | None:
    """Return the store at a place, None where it cannot be opened or another one is there by now."""
    path, opened = Path(place[0]), None
    try:
        descriptor = lease.take(path.parent)
        try:
            opened = _Opened(place, Store.read_only(place[0]), descriptor)
        finally:
            if opened is None:
                os.close(descriptor)
        return opened if place_of(place[0]) == place else None
    except OSError as error:
        log.info("workers answer lookups in release %s: %s", path.parent.name, error)
        return None
