"""Writers of ordered RDF: each takes sections and writes them as they come, so that memory stays flat."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO
from xml.sax.saxutils import escape

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Triple, serialize

from ontology.terms import RDF, WRITTEN_PREFIXES
from server.store import json_ld
from server.store.ordering import Block, Graph, Section

_RDF_XML = {"rdf": RDF.iri, "its": "http://www.w3.org/2005/11/its"}  # its: writes the direction of a text

Graphs = Iterable[tuple[Graph, Iterable[Section]]]  # every graph with its sections; the default graph comes first


def write(graphs: Graphs, format: RdfFormat, out: IO[bytes], prefixes: Mapping[str, str] = WRITTEN_PREFIXES) -> None:
    """Write graphs in a format; one that knows no graphs gets the triples of all.

    :param prefixes: those of Turtle, TriG and RDF/XML; JSON-LD has its context.
    :raises ValueError: for a format that is not written here.
    """
    if format not in _WRITERS:
        raise ValueError(f"{format} is not written")
    _WRITERS[format](graphs, out, prefixes)


def _turtle(graphs: Graphs, out: IO[bytes], prefixes: Mapping[str, str]) -> None:
    out.write(_header(prefixes))
    for _, sections in graphs:
        for section in sections:
            _write_section(section, out, prefixes)


def _trig(graphs: Graphs, out: IO[bytes], prefixes: Mapping[str, str]) -> None:
    out.write(_header(prefixes))
    for graph, sections in graphs:
        default = isinstance(graph, DefaultGraph)
        out.write(b"" if default else f"\n{graph} {{\n".encode())
        for section in sections:
            _write_section(section, out, prefixes)
        out.write(b"" if default else b"}\n")


def _header(prefixes: Mapping[str, str]) -> bytes:
    return "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in prefixes.items()).encode()


def _write_section(section: Section, out: IO[bytes], prefixes: Mapping[str, str]) -> None:
    if section.title:
        out.write(f"\n# {section.title}\n".encode())
    for block in section.blocks:
        out.write(b"\n")
        out.write(_body(block, prefixes))


def _body(block: Block, prefixes: Mapping[str, str]) -> bytes:
    """Return a block in Turtle without the prefixes, whose order changes; in a graph's braces it is TriG."""
    written = serialize(block, format=RdfFormat.TURTLE, prefixes=dict(prefixes))
    assert written
    return written.split(b"\n", len(prefixes))[-1]


def _n_triples(graphs: Graphs, out: IO[bytes], _: Mapping[str, str]) -> None:
    serialize(_triples(graphs), out, RdfFormat.N_TRIPLES)


def _n_quads(graphs: Graphs, out: IO[bytes], _: Mapping[str, str]) -> None:
    quads = (Quad(t.subject, t.predicate, t.object, graph) for graph, said in graphs for t in _all(said))
    serialize(quads, out, RdfFormat.N_QUADS)


def _rdf_xml(graphs: Graphs, out: IO[bytes], prefixes: Mapping[str, str]) -> None:
    namespaces = "".join(f'\n  xmlns:{prefix}="{escape(iri)}"' for prefix, iri in ({**prefixes, **_RDF_XML}).items())
    out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{namespaces}>\n'.encode())
    for _, sections in graphs:
        for section in sections:
            for block in section.blocks:
                written = serialize(block, format=RdfFormat.RDF_XML, prefixes=dict(prefixes))
                assert written
                out.write(written.split(b"\n", 2)[2].rpartition(b"</rdf:RDF>")[0])
    out.write(b"</rdf:RDF>\n")


def _triples(graphs: Graphs) -> Iterator[Triple]:
    return (triple for _, sections in graphs for triple in _all(sections))


def _all(sections: Iterable[Section]) -> Iterator[Triple]:
    return (triple for section in sections for block in section.blocks for triple in block)


_WRITERS: dict[RdfFormat, Callable[[Graphs, IO[bytes], Mapping[str, str]], None]] = {
    RdfFormat.TURTLE: _turtle,
    RdfFormat.TRIG: _trig,
    RdfFormat.N_TRIPLES: _n_triples,
    RdfFormat.N_QUADS: _n_quads,
    RdfFormat.RDF_XML: _rdf_xml,
    RdfFormat.JSON_LD: lambda graphs, out, _: json_ld.write(graphs, out),
}
