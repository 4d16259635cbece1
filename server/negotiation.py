"""Which of the formats there are answers a request best: `?format=`, else the Accept header (RFC 9110, 12.5.1)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable

_CHARSET = re.compile(r"\s*;\s*charset\s*=\s*\"?[\w-]*\"?", re.IGNORECASE)


@dataclass(frozen=True)
class Format:
    """A representation: its name in `?format=`, its media type, and other media types that mean the same."""

    name: str
    media_type: str
    label: str
    aliases: tuple[str, ...] = ()
    also_named: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The value of Content-Type: text formats say that they are UTF-8."""
        return self.media_type + "; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


HTML = Format("html", "text/html", "HTML", ("application/xhtml+xml",))
TURTLE = Format("ttl", "text/turtle", "Turtle", ("application/x-turtle",), ("turtle",))
N_TRIPLES = Format("nt", "application/n-triples", "N-Triples", ("text/plain",), ("ntriples",))
RDF_XML = Format("rdf", "application/rdf+xml", "RDF/XML", ("application/xml", "text/xml"), ("xml",))
JSON_LD = Format("jsonld", "application/ld+json", "JSON-LD", ("application/json",), ("json",))
N_QUADS = Format("nq", "application/n-quads", "N-Quads", (), ("nquads",))
TRIG = Format("trig", "application/trig", "TriG", ("application/x-trig",))
JSON = Format("json", "application/sparql-results+json", "JSON", ("application/json",))
XML = Format("xml", "application/sparql-results+xml", "XML", ("application/xml", "text/xml"))
CSV = Format("csv", "text/csv", "CSV")
TSV = Format("tsv", "text/tab-separated-values", "TSV")

GRAPH_FORMATS = (TURTLE, N_TRIPLES, RDF_XML, JSON_LD)
SOLUTION_FORMATS = (JSON, XML, CSV, TSV)
CONSTRUCTED_FORMATS = (*GRAPH_FORMATS, N_QUADS, TRIG)  # for clients that take nothing but datasets
FORMATS_OF_FORM = {"solutions": SOLUTION_FORMATS, "boolean": SOLUTION_FORMATS, "graph": CONSTRUCTED_FORMATS}


@dataclass(frozen=True)
class Choice:
    """A format and the Content-Type to answer with: an alias that was asked for is answered under its own name."""

    format: Format
    content_type: str


def choose(offered: Sequence[Format], accept: MIMEAccept, name: str | None = None) -> Choice:
    """Return the best of the offered formats; the first one where nothing is asked for.

    :param name: the value of `?format=`, which goes before the Accept header.
    :raises NotAcceptable: when none fits; the text lists what there is.
    """
    choice = find(offered, accept, name)
    if choice is None:
        raise not_acceptable(offered, name)
    return choice


def find(offered: Sequence[Format], accept: MIMEAccept, name: str | None = None) -> Choice | None:
    """Return the best of the offered formats or None."""
    if name:
        named = next((f for f in offered if name == f.name), None) or next(
            (f for f in offered if name in f.also_named), None
        )
        return Choice(named, named.content_type) if named else None
    if not accept:
        return Choice(offered[0], offered[0].content_type)
    # A format's own media type comes before all aliases, so that `*/*` and ties find it first.
    by_type = {f.media_type: f for f in offered}
    for format in offered:
        for alias in format.aliases:
            by_type.setdefault(alias, format)
    best = _without_charsets(accept).best_match(list(by_type))
    if best is None:
        return None
    format = by_type[best]
    return Choice(format, format.content_type if best == format.media_type else f"{best}; charset=utf-8")


def _without_charsets(accept: MIMEAccept) -> MIMEAccept:
    """Return what is accepted without the parameter charset, since all our text is UTF-8 and says so."""
    return MIMEAccept([(_CHARSET.sub("", value), quality) for value, quality in accept])


def not_acceptable(offered: Iterable[Format], name: str | None = None) -> NotAcceptable:
    """Return the 406 that says what there is."""
    there_is = ", ".join(f"{f.media_type} (?format={f.name})" for f in offered)
    asked = f"There is no format “{name}” here" if name else "Nothing here fits the Accept header"
    return NotAcceptable(f"{asked}. There is: {there_is}.")
