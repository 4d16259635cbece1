"""Reads a folder of Turtle files into one description per resource, with errors that name file and resource."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from ontology import terms


class ReferenceDataError(ValueError):
    """Reference data that cannot be used; the message names the file and the resource and says what to do."""


@dataclass(slots=True)
class Description:
    """What the files say of one resource: its properties' values by property IRI, in the order of the files."""

    iri: str
    file: str
    values: dict[str, list[NamedNode | Literal]] = field(default_factory=dict)

    def error(self, problem: str) -> ReferenceDataError:
        """A ReferenceDataError about this resource."""
        return ReferenceDataError(f"{self.file}: <{self.iri}> {problem}")

    def all(self, property: NamedNode) -> list[NamedNode | Literal]:
        """All values of a property."""
        return self.values.get(property.value, [])

    def texts(self, property: NamedNode) -> tuple[str, ...]:
        """The literals of a property, in the order of the file."""
        return tuple(self._literal(property, value).value for value in self.all(property))

    def text(self, property: NamedNode) -> str | None:
        """The only literal of a property, or None."""
        return self._only(property, self.texts(property))

    def iris(self, property: NamedNode) -> tuple[str, ...]:
        """The IRIs of a property, in the order of the file."""
        for value in self.all(property):
            if not isinstance(value, NamedNode):
                raise self.error(f'has {short(property.value)} "{value.value}": write a resource there, not a text')
        return tuple(value.value for value in self.all(property))

    def one(self, property: NamedNode) -> str | None:
        """The only IRI of a property, or None."""
        return self._only(property, self.iris(property))

    def number(self, property: NamedNode) -> float | None:
        """The only number of a property, or None."""
        text = self.text(property)
        try:
            return None if text is None else float(text)
        except ValueError:
            raise self.error(f'has {short(property.value)} "{text}": write a number, such as 43.1056') from None

    def day(self, property: NamedNode) -> date | None:
        """The only xsd:date of a property, or None."""
        text = self.text(property)
        try:
            return None if text is None else date.fromisoformat(text)
        except ValueError:
            raise self.error(
                f'has {short(property.value)} "{text}": write a day, such as "2024-05-12"^^xsd:date'
            ) from None

    def _literal(self, property: NamedNode, value: NamedNode | Literal) -> Literal:
        if isinstance(value, Literal):
            return value
        raise self.error(f'has {short(property.value)} <{value.value}>: write a text there, such as "…"@en')

    def _only(self, property: NamedNode, values: tuple[str, ...]) -> str | None:
        if len(values) > 1:
            raise self.error(f"has {len(values)} values of {short(property.value)} ({', '.join(values)}): keep one")
        return values[0] if values else None


def files_of(folder: Path) -> list[tuple[str, bytes]]:
    """Name and content of each Turtle file in folder, sorted by name."""
    files = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.ttl"))]
    if not files:
        raise ReferenceDataError(f"{folder}: no .ttl file there; name the folder with the reference data")
    return files


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over names and contents of files, as hexadecimal digits."""
    total = hashlib.sha256()
    for name, content in files:
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def descriptions(files: Iterable[tuple[str, bytes]]) -> dict[str, Description]:
    """Each described resource by IRI; a file that is no Turtle or has blank nodes is a ReferenceDataError."""
    found: dict[str, Description] = {}
    for name, content in files:
        for subject, predicate, value in _triples(name, content):
            description = found.setdefault(subject, Description(subject, name))
            values = description.values.setdefault(predicate, [])
            if value not in values:
                values.append(value)
    return found


def _triples(name: str, content: bytes) -> Iterator[tuple[str, str, NamedNode | Literal]]:
    try:
        for quad in parse(content, format=RdfFormat.TURTLE):
            if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, NamedNode | Literal):
                raise ReferenceDataError(f"{name}: {quad.subject} {quad.object}: give it an IRI, no blank node")
            yield terms.rebased(quad.subject).value, quad.predicate.value, terms.rebased(quad.object)
    except SyntaxError as error:
        raise ReferenceDataError(f"{name}: not valid Turtle: {error}; correct the line") from error


def short(iri: str) -> str:
    """An IRI as messages show it: prefixed where a prefix of terms.PREFIXES fits."""
    for prefix, namespace in terms.PREFIXES.items():
        if iri.startswith(namespace) and "/" not in iri.removeprefix(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return f"<{iri}>"
