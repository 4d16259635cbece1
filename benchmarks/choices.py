"""Queries for measurements, chosen by what they take the engine by itself on the data at hand.

Lookups are of single things. Of all other queries that the shapes here give with the data's own things, days and words,
those are taken that take 1 to 10 ms, and 10 ms and more.
"""

import random
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, Store

from ontology.terms import PREFIXES

LOOKUP, SAME, SOME_MS, MORE_MS, ROWS = "lookups", "one lookup", "1 to 10 ms", "10 ms and more", "20,000 rows"
LOOKUPS = 500
OTHERS = 24  # queries of one kind
SOME = range(1, 10)  # whole milliseconds
MORE = range(10, 100)
TIMES = 3  # that a query is timed; the shortest counts
CONSTANTS = 40  # for each shape

# What comes in place of X: the query that finds it, the most frequent first, and the shapes.
SHAPES: Mapping[str, tuple[str, ...]] = {
    "SELECT ?x { ?s ac:speaker ?x } GROUP BY ?x ORDER BY DESC(COUNT(*)) ?x": (
        "SELECT ?s ?kind ?day WHERE { ?s ac:speaker X ; a ?kind ; ac:reportedIn ?a . ?a schema:datePublished ?day } "
        "ORDER BY ?day ?s ?kind",
        "SELECT ?other (COUNT(DISTINCT ?t) AS ?n) WHERE { ?s ac:speaker X ; ac:about ?e . ?t ac:about ?e ; "
        "ac:speaker ?other } GROUP BY ?other ORDER BY DESC(?n) ?other",
    ),
    "SELECT ?x { ?e ac:recipient ?x } GROUP BY ?x ORDER BY DESC(COUNT(*)) ?x": (
        "SELECT ?who (COUNT(DISTINCT ?s) AS ?n) WHERE { ?e ac:recipient X . ?s ac:about ?e ; ac:speaker ?who } "
        "GROUP BY ?who ORDER BY DESC(?n) ?who",
    ),
    "SELECT ?x { ?a schema:publisher ?x } GROUP BY ?x ORDER BY DESC(COUNT(*)) ?x": (
        "SELECT ?kind (COUNT(?s) AS ?n) WHERE { ?a schema:publisher X . ?s ac:reportedIn ?a ; a ?kind } GROUP BY ?kind",
    ),
    "SELECT DISTINCT ?x { ?a schema:datePublished ?x } ORDER BY ?x": (
        "SELECT ?who (COUNT(DISTINCT ?s) AS ?n) WHERE { ?a schema:datePublished ?day FILTER(?day <= X) ?s "
        "ac:reportedIn ?a ; ac:speaker ?who } GROUP BY ?who ORDER BY DESC(?n) ?who",
        "SELECT ?outlet ?state (COUNT(DISTINCT ?e) AS ?n) WHERE { ?a schema:datePublished ?day FILTER(?day <= X) ?a "
        "schema:publisher ?outlet . ?s ac:reportedIn ?a ; ac:about ?e . ?e ac:recipient ?state } "
        "GROUP BY ?outlet ?state ORDER BY DESC(?n) ?outlet ?state LIMIT 10",
    ),
    "SELECT ?x { ?s a ?x } GROUP BY ?x ORDER BY DESC(COUNT(*)) ?x": (
        "SELECT ?p (COUNT(DISTINCT ?o) AS ?n) WHERE { ?s a X ; ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p",
        "SELECT ?kind ?p (COUNT(*) AS ?n) WHERE { ?s a X ; ?p ?o . ?o a ?kind } GROUP BY ?kind ?p",
    ),
}
MANY_ROWS = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 20000"


@dataclass(frozen=True)
class Choice:
    """Queries of one kind, and the milliseconds that they take the engine: the quickest, the median and the slowest."""

    texts: tuple[str, ...]
    milliseconds: tuple[float, float, float]


def choose(store: Store) -> dict[str, Choice]:
    """Return queries of each kind, each with what it takes the engine."""
    lookups = _lookups(store)
    candidates = sorted((_milliseconds(store, text), text) for text in _candidates(store))
    found = {LOOKUP: [(_milliseconds(store, text), text) for text in lookups], SAME: []}
    found[SAME] = found[LOOKUP][:1]
    for name, span in ((SOME_MS, SOME), (MORE_MS, MORE)):
        found[name] = _spread([pair for pair in candidates if int(pair[0]) in span])
    found[ROWS] = [(_milliseconds(store, MANY_ROWS), MANY_ROWS)]
    return {name: _choice(pairs) for name, pairs in found.items() if pairs}


def timed(store: Store, text: str) -> Choice:
    """Return one query with what it takes the engine."""
    return _choice([(_milliseconds(store, text), text)])


def declared(text: str) -> str:
    """Return a query with the prefixes that it uses, as people write it."""
    return "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items() if f"{name}:" in text) + text


def _lookups(store: Store) -> list[str]:
    """Return queries for what is said of single things."""
    subjects = list(dict.fromkeys(quad.subject for quad in store if isinstance(quad.subject, NamedNode)))
    chosen = random.Random(1).sample(subjects, min(LOOKUPS, len(subjects)))  # noqa: S311 - to be the same every time
    return [f"SELECT ?p ?o WHERE {{ {subject} ?p ?o }}" for subject in chosen]


def _candidates(store: Store) -> Iterator[str]:
    for finds, shapes in SHAPES.items():
        solutions = store.query(declared(finds))
        assert isinstance(solutions, QuerySolutions)
        constants = [str(solution["x"]) for solution in solutions]
        constants = constants[:: -(-len(constants) // CONSTANTS) or 1]
        yield from (declared(shape.replace("X", constant)) for shape in shapes for constant in constants)


def _milliseconds(store: Store, text: str) -> float:
    """Return what it takes to find all of an answer and write it as JSON."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        results = store.query(text)
        assert isinstance(results, QuerySolutions)
        results.serialize(format=QueryResultsFormat.JSON)
        taken.append(1000 * (time.perf_counter() - began))
    return min(taken)


def _spread(pairs: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return some, from the quickest to the slowest."""
    step = max(1.0, len(pairs) / OTHERS)
    return [pairs[int(number * step)] for number in range(min(OTHERS, len(pairs)))]


def _choice(pairs: list[tuple[float, str]]) -> Choice:
    taken = [milliseconds for milliseconds, _ in pairs]
    return Choice(tuple(text for _, text in pairs), (min(taken), statistics.median(taken), max(taken)))
