"""How solutions and triples become bytes: pyoxigraph's own serializers, also for the beginning of a result."""

import io
import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, ClassVar

import pyoxigraph as ox

BUFFER = 64 * 1024

RDF_XML = "application/rdf+xml"
BEYOND_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")  # XML 1.0, 2.2
LOCAL_NAME = re.compile(r"[A-Za-z_\u00c0-\U000effff][\w.\u00b7-]*$")

Render = Callable[[Iterable[Any], BinaryIO], None]


class Inexpressible(Exception):
    """The answer holds what its format cannot; the text says what, and what to ask for."""


def check_xml(data: bytes) -> None:
    """Check that a piece of XML has only characters that XML 1.0 has, since the engine writes any.

    :raises Inexpressible: when it has another.
    """
    if found := BEYOND_XML.search(data):
        character = ord(found[0].decode())
        raise Inexpressible(f"XML cannot hold the character U+{character:04X} of this answer: ask for JSON or Turtle.")


def named_in_xml(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Hand triples on as long as their predicates end in a name, as RDF/XML needs it.

    :raises Inexpressible: at one that does not; the engine would write what is no XML.
    """
    for triple in triples:
        if not LOCAL_NAME.search(triple.predicate.value):
            raise Inexpressible(f"RDF/XML cannot write the property {triple.predicate}: ask for Turtle.")
        yield triple


class Head:
    """The first `limit` of `items` (all, if None); after iterating, `cut` tells whether there were more."""

    def __init__(self, items: Iterable[Any], limit: int | None) -> None:
        self.items = items
        self.limit = limit
        self.cut = False

    def __iter__(self) -> Iterator[Any]:
        for number, item in enumerate(self.items):
            if number == self.limit:
                self.cut = True
                return
            yield item


class RowBound:
    """How many rows a written result has at most, by what stands between two: strings may hold the same bytes.

    pyoxigraph writes solutions several times as fast as they can be handed to it one by one, but knows no limit.
    """

    _SEPARATORS: ClassVar[dict[str, tuple[bytes, int]]] = {  # and how many more of them than rows there are
        "application/sparql-results+json": (b",{", -1),
        "application/sparql-results+xml": (b"<result", 1),
        "text/csv": (b"\n", 1),
        "text/tab-separated-values": (b"\n", 1),
    }

    def __init__(self, media_type: str, limit: int) -> None:
        separator, more = self._SEPARATORS[media_type]
        self.separator = separator
        self.left = limit + more
        self.rest = b""

    def is_reached(self, data: bytes) -> bool:
        """Take the next bytes; return whether there may be more rows than the limit by now."""
        data = self.rest + data
        self.left -= data.count(self.separator)
        self.rest = data[-(len(self.separator) - 1) :] if len(self.separator) > 1 else b""
        return self.left < 0


class TsvReader(io.RawIOBase):
    """Solutions as a SPARQL TSV file, which pyoxigraph reads to write them in another format.

    pyoxigraph's serializers take only what came out of its own evaluator or parser; this is the way back in for the
    first n solutions of a result.
    """

    def __init__(self, variables: Sequence[ox.Variable], solutions: Iterable[ox.QuerySolution]) -> None:
        lines = ("\t".join("" if term is None else notation(term) for term in solution) for solution in solutions)
        self.lines = itertools.chain(["\t".join(map(str, variables))], lines)
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.rest:
            self.rest = "".join(line + "\n" for line in itertools.islice(self.lines, 100)).encode()
        part, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def notation(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    """Return a term as SPARQL TSV and N-Triples write it (RDF 1.2 triple terms too, which `str` leaves bare)."""
    if isinstance(term, ox.Triple):
        return f"<<( {notation(term.subject)} {term.predicate} {notation(term.object)} )>>"
    return str(term)


def renderer(results: ox.QuerySolutions | Iterator[ox.Triple], media_type: str, prefixes: dict[str, str]) -> Render:
    """Return the function that writes items (solutions or triples) as a well-formed whole."""
    if not isinstance(results, ox.QuerySolutions):
        rdf = rdf_format(media_type)

        def write_triples(items: Iterable[Any], output: BinaryIO) -> None:
            ox.serialize(named_in_xml(items) if media_type == RDF_XML else items, output, rdf, prefixes=prefixes)

        return write_triples
    format, variables = results_format(media_type), results.variables

    def write_solutions(items: Iterable[Any], output: BinaryIO) -> None:
        table = io.BufferedReader(TsvReader(variables, items), BUFFER)
        ox.parse_query_results(table, ox.QueryResultsFormat.TSV).serialize(output, format)

    return write_solutions


def longest(items: Iterable[Any], render: Render, limit: int) -> bytes:
    """Return the longest prefix of `items`, rendered, that has at most `limit` bytes (or else the empty result)."""

    def rendered(count: int) -> bytes:
        buffer = io.BytesIO()
        render(taken[:count], buffer)
        return buffer.getvalue()

    source, taken, step = iter(items), list[Any](), 16
    while more := list(itertools.islice(source, step)):
        taken += more
        if len(rendered(len(taken))) > limit:
            break
        step = len(taken)
    fitting = bisect_right(range(len(taken) + 1), limit, key=lambda count: len(rendered(count)))
    return rendered(max(fitting - 1, 0))


def results_format(media_type: str) -> ox.QueryResultsFormat:
    format = ox.QueryResultsFormat.from_media_type(media_type)
    if format is None:
        raise ValueError(f"{media_type} is no format for solutions")
    return format


def rdf_format(media_type: str) -> ox.RdfFormat:
    format = ox.RdfFormat.from_media_type(media_type)
    if format is None:
        raise ValueError(f"{media_type} is no format for graphs")
    return format


def with_values(text: str, terms: Mapping[str, str]) -> str:
    """Return a query of ours with variables bound by VALUES at the beginning of its pattern; terms are written ones."""
    opening = text.index("{") + 1
    names, values = " ".join(f"?{name}" for name in terms), " ".join(terms.values())
    return f"{text[:opening]} VALUES ({names}) {{ ({values}) }} {text[opening:]}"
