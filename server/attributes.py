"""Where and when an event was and who took part, and which article gives it: articles may differ."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pyoxigraph import Literal, NamedNode

from ontology.terms import AC, ARTICLE_GRAPHS, ID, REFERENCE_GRAPH
from server.labels import Labels
from server.rows import iris, text
from server.store.engine import Engine, Term
from server.tables import Cell, cell, link

KINDS = ("Meeting", "Visit", "Summit", "Talks", "ArmsTransfer", "TransferTalks", "Event")
# In the order of the page; what else articles give follows.
_FIRST = [
    AC[name].value
    for name in (
        *("place", "expectedPlace", "startDate", "participant", "host", "supplier", "recipient", "party"),
        *("materiel", "endUser", "target", "inReturnFor"),
    )
]
PERIOD = tuple(AC[name].value for name in ("startDate", "endDate", "datePrecision", "dateBasis"))  # told as one
_DAY = AC.PrecisionDay.value
_BASES = {AC.DateStated.value: "stated", AC.DateDerived.value: "worked out from the article’s date"}
_SAID = f"""SELECT ?x ?p ?o ?graph WHERE {{ GRAPH ?graph {{ ?x ?p ?o }}
  FILTER(STRSTARTS(STR(?graph), "{ARTICLE_GRAPHS}") || ?graph = {REFERENCE_GRAPH})
}} ORDER BY ?p ?o ?graph"""
REFERENCE = Cell("reference data")


@dataclass(frozen=True)
class Attribute:
    """A property of an event, with its values, each with the articles that give it."""

    name: Cell
    values: Sequence[tuple[Cell, Sequence[Cell]]]


def read(engine: Engine, labels: Labels, node: NamedNode) -> list[Attribute]:
    """Return what articles and the reference data give of an event, by property.

    :raises QueryError: when the engine does not answer.
    """
    said: dict[str, dict[Term, list[str]]] = defaultdict(lambda: defaultdict(list))
    periods: dict[str, dict[str, str]] = defaultdict(dict)
    for row in engine.select(_SAID, {"x": node}):
        property, source = text(row, "p") or "", _source(text(row, "graph") or "")
        if property in PERIOD:
            periods[source].setdefault(property, text(row, "o") or "")
        elif property.startswith(AC.iri):
            said[property][row["o"]].append(source)
    for source, period in periods.items():
        said[PERIOD[0]][Literal(_period(*(period.get(property, "") for property in PERIOD)))].append(source)
    articles = {source for values in said.values() for sources in values.values() for source in sources if source}
    values = [{"o": value} for of_property in said.values() for value in of_property]
    known = labels.of([*said, *articles, *iris(values, "o")])
    order = [*(p for p in _FIRST if p in said), *sorted(said.keys() - set(_FIRST), key=known.__getitem__)]
    known[PERIOD[0]] = "when"
    return [Attribute(_named(property, known), _told(said[property], known)) for property in order]


def _period(start: str, end: str, precision: str, basis: str) -> str:
    """Return '2023-09-01 to 2023-09-30 (month, worked out)'."""
    days = (
        start
        if start == end
        else f"{start} to {end}"
        if start and end
        else f"from {start}"
        if start
        else f"until {end}"
    )
    how = [precision.removeprefix(AC.iri + "Precision").lower() if precision != _DAY else "", _BASES.get(basis, "")]
    return f"{days} ({', '.join(filter(None, how))})" if any(how) else days


def _told(values: Mapping[Term, Sequence[str]], known: dict[str, str]) -> list[tuple[Cell, Sequence[Cell]]]:
    told = [
        (shown, [_named(source, known) if source else REFERENCE for source in dict.fromkeys(sources)])
        for value, sources in values.items()
        if (shown := cell(value, known))
    ]
    return sorted(told, key=lambda pair: pair[0].text)


def _source(graph: str) -> str:
    """Return the article of a graph; nothing for the reference data."""
    return f"{ID}article/{unquote(graph.removeprefix(ARTICLE_GRAPHS))}" if graph.startswith(ARTICLE_GRAPHS) else ""


def _named(iri: str, known: dict[str, str]) -> Cell:
    return Cell(known.get(iri, iri), iri, link(iri))
