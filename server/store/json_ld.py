"""JSON-LD 1.1 with a context: the ontology's properties by their own names, other terms by prefix."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from itertools import groupby
from typing import IO, Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Triple, parse

from ontology.terms import AC, GRAPH, ID, ONTOLOGY_FILE, OWL, RDF, RDFS, WRITTEN_PREFIXES, XSD
from server.store.ordering import Graph, Section

MEDIA_TYPE = RdfFormat.JSON_LD.media_type
PREFIXES = {  # of vocabularies; geo: is a scheme
    "wgs84" if prefix == "geo" else prefix: iri
    for prefix, iri in WRITTEN_PREFIXES.items()
    if not iri.startswith((ID, GRAPH, "http://www.wikidata.org/", "https://sws.geonames.org/"))
}
_DATES = {XSD.date, XSD.dateTime, XSD.decimal}
_LARGEST = 10**15  # of the integers that every reader of JSON keeps exactly


class Context:
    """The names under which the ontology's properties are written, and how their values are read."""

    @cached_property
    def terms(self) -> dict[str, dict[str, str]]:
        """Name to definition; the values of object properties are IRIs, those of dates and numbers have their type."""
        kinds: dict[str, NamedNode | None] = {}
        ranges: dict[str, NamedNode] = {}
        for quad in parse(path=ONTOLOGY_FILE, format=RdfFormat.TURTLE):
            if not isinstance(quad.subject, NamedNode) or not quad.subject.value.startswith(AC.iri):
                continue
            name = quad.subject.value.removeprefix(AC.iri)
            if quad.predicate == RDF.type and quad.object in (OWL.ObjectProperty, OWL.DatatypeProperty):
                kinds[name] = quad.object if isinstance(quad.object, NamedNode) else None
            elif quad.predicate == RDFS.range and isinstance(quad.object, NamedNode):
                ranges[name] = quad.object
        return {name: _definition(name, kinds[name], ranges.get(name)) for name in sorted(kinds)}

    @cached_property
    def document(self) -> dict[str, Any]:
        """The context as it is written."""
        label = {"label": {"@id": RDFS.label.value, "@language": "en"}}
        return {"@version": 1.1, **PREFIXES, "id": "@id", "type": "@type", **label, **self.terms}

    @cached_property
    def keys(self) -> dict[NamedNode, tuple[str, Mapping[str, str]]]:
        """Property to its name and definition."""
        keys: dict[NamedNode, tuple[str, Mapping[str, str]]] = {AC[name]: (name, d) for name, d in self.terms.items()}
        return {**keys, RDFS.label: ("label", self.document["label"])}


CONTEXT = Context()


def _definition(name: str, kind: NamedNode | None, range_: NamedNode | None) -> dict[str, str]:
    definition = {"@id": AC[name].value}
    if kind == OWL.ObjectProperty:
        definition["@type"] = "@id"
    elif range_ in _DATES and range_:
        definition["@type"] = range_.value
    return definition


def write(graphs: Iterable[tuple[Graph, Iterable[Section]]], out: IO[bytes]) -> None:
    """Write graphs as one document, node by node; the default graph's nodes stand beside the named graphs."""
    out.write(b'{\n"@context": ' + _json(CONTEXT.document) + b',\n"@graph": [')
    between = b"\n"
    for graph, sections in graphs:
        if not isinstance(graph, DefaultGraph):
            out.write(between + b'{"id": ' + _json(_iri(graph)) + b', "@graph": [')
            between = b"\n"
        for node in _nodes(sections):
            out.write(between + _json(node))
            between = b",\n"
        if not isinstance(graph, DefaultGraph):
            out.write(b"\n]}")
            between = b",\n"
    out.write(b"\n]\n}\n")


def _nodes(sections: Iterable[Section]) -> Iterator[dict[str, Any]]:
    triples = (triple for section in sections for block in section.blocks for triple in block)
    for subject, said in groupby(triples, key=lambda triple: triple.subject):
        if not isinstance(subject, NamedNode | BlankNode):
            raise ValueError(f"JSON-LD has no triples on triples: {subject}")
        node: dict[str, Any] = {"id": _iri(subject)}
        for predicate, same in groupby(said, key=lambda triple: triple.predicate):
            key, definition = _key(predicate)
            values = [_value(triple, key, definition) for triple in same]
            node[key] = values if len(values) > 1 else values[0]
        yield node


def _key(predicate: NamedNode) -> tuple[str, Mapping[str, str]]:
    if predicate == RDF.type:
        return "type", {}
    return CONTEXT.keys.get(predicate) or (_compact(predicate.value), {})


def _value(triple: Triple, key: str, definition: Mapping[str, str]) -> Any:
    value = triple.object
    if isinstance(value, Literal):
        return _literal(value, definition)
    if not isinstance(value, NamedNode | BlankNode):
        raise ValueError(f"JSON-LD has no triples on triples: {value}")
    if key == "type":
        return _compact(value.value) if isinstance(value, NamedNode) else _iri(value)
    return _iri(value) if definition.get("@type") == "@id" else {"id": _iri(value)}


def _literal(value: Literal, definition: Mapping[str, str]) -> Any:
    if value.language:
        if value.language == definition.get("@language"):
            return value.value
        return {"@value": value.value, "@language": value.language}
    coerced = definition.get("@type")
    if value.datatype.value == coerced:
        return value.value
    if value.datatype == XSD.string and not definition.keys() & {"@type", "@language"}:
        return value.value
    if value.datatype == XSD.string:
        return {"@value": value.value}
    if not coerced and value.datatype == XSD.boolean and value.value in ("true", "false"):
        return value.value == "true"
    if not coerced and value.datatype == XSD.integer and _plain(value.value):
        return int(value.value)
    return {"@value": value.value, "@type": _compact(value.datatype.value)}


def _plain(number: str) -> bool:
    return len(number) < 17 and str(int(number)) == number and abs(int(number)) < _LARGEST


def _iri(node: Graph) -> str:
    return f"_:{node.value}" if isinstance(node, BlankNode) else str(getattr(node, "value", ""))


@cache
def _namespaces() -> list[tuple[str, str]]:
    return sorted(((iri, prefix) for prefix, iri in PREFIXES.items()), key=lambda pair: -len(pair[0]))


def _compact(iri: str) -> str:
    """Return a class or property by its prefix where it has one."""
    for namespace, prefix in _namespaces():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
