"""Statements as rows: the columns of the files for spreadsheets and data frames, and the values of each statement."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from ontology.terms import AC, DCT, OA, RDF, RDFS, SCHEMA, STATEMENT_KINDS, XSD
from server.store.ordering import article_graphs

Value = str | float | int | bool | date
Row = dict[str, Value | list[str] | None]
Path = tuple[NamedNode, ...]

_KINDS = {AC[kind] for kind in STATEMENT_KINDS}
_SELECTOR = (AC.evidence, OA.hasSelector)


@dataclass(frozen=True)
class Column:
    """A column: its name, the way from the statement to its values, their type, and whether there may be several.

    `form` is iri, label (of a resource), local (the last part of an IRI of the ontology), text, date, number, integer
    or boolean. Values of `event` columns are those that the statement's own article gives, where it gives any.
    """

    name: str
    path: Path
    form: str
    many: bool = False
    event: bool = False


def _resource(name: str, *path: NamedNode, many: bool = False, event: bool = False) -> tuple[Column, Column]:
    """Return the columns of a resource: its IRI and its label."""
    return Column(name, path, "iri", many, event), Column(f"{name}_label", path, "label", many, event)


def _event(name: str, property: NamedNode) -> tuple[Column, Column]:
    return _resource(name, AC.about, property, many=True, event=True)


COLUMNS: tuple[Column, ...] = (
    Column("statement", (), "iri"),
    Column("kind", (RDF.type,), "local"),
    Column("label", (RDFS.label,), "text"),
    *_resource("speaker", AC.speaker),
    *_resource("on_behalf_of", AC.onBehalfOf),
    *_resource("cited_by", AC.citedBy, many=True),
    *_resource("relayed_by", AC.relayedBy, many=True),
    *_resource("independent_source", AC.independentSource),
    *_resource("about", AC.about),
    Column("about_kind", (AC.about, RDF.type), "local", many=True, event=True),
    *_event("supplier", AC.supplier),
    *_event("recipient", AC.recipient),
    *_event("party", AC.party),
    *_event("materiel", AC.materiel),
    *_event("participant", AC.participant),
    *_event("place", AC.place),
    *_event("expected_place", AC.expectedPlace),
    Column("about_start", (AC.about, AC.startDate), "date", event=True),
    Column("about_end", (AC.about, AC.endDate), "date", event=True),
    Column("stated_on", (AC.statedOn,), "date"),
    Column("stated_until", (AC.statedUntil,), "date"),
    Column("date_precision", (AC.datePrecision,), "local"),
    Column("date_basis", (AC.dateBasis,), "local"),
    Column("stance", (AC.stance,), "local"),
    Column("certainty", (AC.certainty,), "local"),
    Column("realis", (AC.realis,), "local"),
    Column("third_party", (AC.thirdParty,), "boolean"),
    Column("quantity", (AC.quantity,), "label"),
    Column("quantity_value", (AC.quantity, AC.value), "number"),
    Column("quantity_maximum", (AC.quantity, AC.maximum), "number"),
    Column("quantity_unit", (AC.quantity, AC.unit), "text"),
    Column("quantity_bound", (AC.quantity, AC.bound), "text"),
    *_resource("would_violate", AC.wouldViolate, many=True),
    *_resource("contradicts", AC.contradicts, many=True),
    Column("review_status", (AC.reviewStatus,), "local"),
    Column("quote", (AC.quote,), "text"),
    Column("quote_start", (*_SELECTOR, OA.start), "integer"),
    Column("quote_end", (*_SELECTOR, OA.end), "integer"),
    Column("article", (AC.reportedIn,), "iri"),
    Column("headline", (AC.reportedIn, SCHEMA.headline), "text"),
    *_resource("publisher", AC.reportedIn, SCHEMA.publisher),
    Column("published", (AC.reportedIn, SCHEMA.datePublished), "date"),
    Column("url", (AC.reportedIn, SCHEMA.url), "iri"),
    Column("rights", (AC.reportedIn, DCT.rights), "text"),
)
_PREFIXES = {  # of the names of the ontology's values, which their columns name already
    "date_precision": "Precision",
    "date_basis": "Date",
    "stance": "Stance",
    "certainty": "Certainty",
    "realis": "Realis",
    "review_status": "Review",
}


def rows(store: Store) -> Iterator[Row]:
    """Yield each statement that is not retracted: article by article, in the order of its sentences."""
    reader = _Reader(store)
    for graph in article_graphs(store):
        typed = store.quads_for_pattern(None, RDF.type, None, graph)
        found = {quad.subject for quad in typed if quad.object in _KINDS and isinstance(quad.subject, NamedNode)}
        here = [reader.row(statement, graph) for statement in found]
        yield from sorted(here, key=lambda row: (_number(row["quote_start"]), str(row["statement"])))


class _Reader:
    """Reads the values of columns out of a store, and the labels once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._label = lru_cache(maxsize=10_000)(self._read_label)

    def row(self, statement: NamedNode, article: NamedNode) -> Row:
        """Return a statement of an article's graph."""
        return {column.name: self._value(statement, column, article) for column in COLUMNS}

    def _value(self, statement: NamedNode, column: Column, article: NamedNode) -> Value | list[str] | None:
        ends = self._ends(statement, column.path, article if column.event else None)
        values = sorted(ends, key=str)
        if column.many:
            return [str(self._read(value, column)) for value in values]
        return self._read(values[0], column) if values else None

    def _ends(self, start: NamedNode, path: Path, article: NamedNode | None) -> set[NamedNode | Literal]:
        """Return where a path leads to; the last step is taken in the article's graph where that has one."""
        nodes: set[NamedNode | Literal] = {start}
        for step in path:
            last = step == path[-1]
            nodes = (self._step(nodes, step, article) if last and article else set()) or self._step(nodes, step)
        return nodes

    def _step(
        self, nodes: Iterable[NamedNode | Literal], step: NamedNode, graph: NamedNode | None = None
    ) -> set[NamedNode | Literal]:
        return {
            quad.object
            for node in nodes
            if isinstance(node, NamedNode)
            for quad in self._store.quads_for_pattern(node, step, None, graph or DefaultGraph())
            if isinstance(quad.object, NamedNode | Literal)
        }

    def _read(self, value: NamedNode | Literal, column: Column) -> Value:
        match column.form:
            case "label":
                return self._label(value)
            case "local":
                return value.value.removeprefix(AC.iri).removeprefix(_PREFIXES.get(column.name, ""))
            case "date" if isinstance(value, Literal) and value.datatype == XSD.date:
                return date.fromisoformat(value.value[:10])
            case "number":
                return float(value.value)
            case "integer":
                return int(value.value)
            case "boolean":
                return value.value == "true"
        return value.value

    def _read_label(self, node: NamedNode | Literal) -> str:
        labels = (label for label in self._step([node], RDFS.label) if isinstance(label, Literal))
        best = min(labels, key=lambda label: (label.language != "en", label.value), default=None)
        return best.value if best else node.value


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
