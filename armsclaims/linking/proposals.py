"""Candidates for links, each with a score and the reasons for it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from pyoxigraph import Literal
from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from armsclaims.linking.source import Source
from ontology.entries import Concept, Entity, Entry, PlaceEntity
from ontology.reference import Reference

BATCH = 20  # things in one query
MOST = 5  # candidates of one thing
LEAST = 40  # the score below which a candidate is not proposed
WIKIDATA = "http://www.wikidata.org/entity/"
PREFIXES = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX schema: <http://schema.org/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
"""
LABEL, ALIAS = 40, 30  # points for the name
TYPE, OTHER_TYPE = 20, -20
STATE, OTHER_STATE = 20, -30
POST, OTHER_POST = 20, -5
SAME_POST = 80  # how alike two posts' names must be, from 0 to 100

_MATCHES = """SELECT DISTINCT ?item ?p ?name WHERE {{
  VALUES ?name {{ {names} }} VALUES ?p {{ {properties} }} ?item ?p ?name FILTER(ISIRI(?item)) }}"""
_DETAILS = """SELECT DISTINCT ?item ?what ?value ?label WHERE {{ VALUES ?item {{ {items} }}
  {{ {parts} }} OPTIONAL {{ ?value rdfs:label ?label FILTER(LANG(?label) IN ({languages})) }}
  FILTER(!ISLITERAL(?value) || LANG(?value) IN ({languages})) }}"""


@dataclass(frozen=True)
class Proposal:
    """A candidate for a link of an entry: its IRI, names and points with their reasons."""

    entry: str
    entry_label: str
    candidate: str
    label: str
    description: str
    reasons: Mapping[str, int]

    @property
    def score(self) -> int:
        """The sum of the points."""
        return sum(self.reasons.values())


@dataclass
class _Item:
    """What the source says of a candidate."""

    iri: str
    names: set[tuple[str, str]] = field(default_factory=set)  # what matched: property and name
    told: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # by kind: value to label


@cache
def model() -> Mapping[str, Any]:
    """Return how the other dataset says things (model.yaml)."""
    read: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "model.yaml").read_text("utf-8"))
    return read


def linkable(reference: Reference, classes: Iterable[str] = ()) -> list[Entry]:
    """Return the entries that have no link to Wikidata yet, by class and label.

    :param classes: only these; all of the model's if none is given.
    """
    wanted = set(classes) or set(model()["classes"])
    entries: list[Entry] = [*reference.actors.values(), *reference.places.values(), *reference.concepts.values()]
    open_ = [e for e in entries if e.type in wanted and not any(link.startswith(WIKIDATA) for link in e.links)]
    return sorted(open_, key=lambda entry: (entry.type, entry.label, entry.iri))


def propose(
    reference: Reference, entries: Sequence[Entry], source: Source, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Proposal]:
    """Ask the source for candidates and yield the best ones of each entry, the best first.

    :param progress: told how many entries are done.
    :raises armsclaims.linking.source.NoCandidates: when the source does not answer.
    """
    rest = iter(entries)
    done = 0
    while batch := list(islice(rest, BATCH)):
        yield from _of_batch(reference, batch, source)
        done += len(batch)
        progress(done)


def _of_batch(reference: Reference, batch: Sequence[Entry], source: Source) -> Iterator[Proposal]:
    items = _matches(batch, source)
    for cls in {entry.type for entry in batch} if items else ():
        for row in source.select(_details(items, cls)):
            item = items[row["item"]["value"]]
            label = row.get("label", {}).get("value", "")
            told = item.told[f"{row['what']['value']} of {cls}"]
            told[row["value"]["value"]] = label or told.get(row["value"]["value"], "")
    for entry in batch:
        names = {name.casefold() for name in _names(entry)}
        near = [item for item in items.values() if any(name.casefold() in names for _, name in item.names)]
        found = [_proposal(reference, entry, item) for item in near]
        best = sorted((one for one in found if one.score >= LEAST), key=lambda one: (-one.score, one.candidate))
        yield from best[:MOST]


def _matches(batch: Sequence[Entry], source: Source) -> dict[str, _Item]:
    names = sorted({name for entry in batch for name in _names(entry)})
    written = [str(Literal(name, language=tag)) for name in names for tag in model()["languages"]]
    query = PREFIXES + _MATCHES.format(
        names=" ".join([*written, *(str(Literal(name)) for name in names)]), properties=" ".join(model()["names"])
    )
    items: dict[str, _Item] = {}
    for row in source.select(query):
        item = items.setdefault(row["item"]["value"], _Item(row["item"]["value"]))
        item.names.add((row["p"]["value"], row["name"]["value"]))
    return items


def _details(items: Mapping[str, _Item], cls: str) -> str:
    paths = [("label", "rdfs:label"), ("description", model()["description"]), ("type", model()["type"])]
    paths += [("state", path) for path in model()["classes"][cls]["state"]]
    if cls == "Person":
        paths.append(("post", model()["post"]))
    return PREFIXES + _DETAILS.format(
        items=" ".join(f"<{iri}>" for iri in sorted(items)),
        parts=" } UNION { ".join(f'?item {path} ?value BIND("{what}" AS ?what)' for what, path in paths),
        languages=", ".join(f'"{tag}"' for tag in model()["languages"]),
    )


def _proposal(reference: Reference, entry: Entry, item: _Item) -> Proposal:
    def told(what: str) -> dict[str, str]:
        return item.told.get(f"{what} of {entry.type}", {})

    reasons = _of_name(entry, item) | _of_type(entry, told("type"))
    states = _states(reference, entry)
    if states and told("state"):
        reasons |= _of_state(reference, states, told("state"))
    if isinstance(entry, Entity) and entry.type == "Person" and told("post"):
        reasons |= _of_posts(reference, entry, told("post"))
    label = min(told("label"), default="", key=len)
    return Proposal(entry.iri, entry.label, item.iri, label, min(told("description"), default=""), reasons)


def _of_name(entry: Entry, item: _Item) -> dict[str, int]:
    labels = {name.casefold() for p, name in item.names if p.endswith("#label")}
    if entry.label.casefold() in labels:
        return {"the label is the same": LABEL}
    shared = sorted(name for _, name in item.names if name.casefold() in {n.casefold() for n in _names(entry)})
    return {f"“{shared[0]}” is a name of both": ALIAS}


def _of_type(entry: Entry, types: Mapping[str, str]) -> dict[str, int]:
    known = model()["classes"][entry.type]
    if not types:
        return {}
    for iri, label in sorted(types.items()):
        if iri.removeprefix(WIKIDATA) in known["types"] or any(
            word in label.casefold() for word in known.get("words", ())
        ):
            return {f"is {_a(label or iri)}": TYPE}
    first = min(label or iri for iri, label in types.items())
    return {f"is {_a(first)}, not {_a(entry.type)}": OTHER_TYPE}


def _of_state(reference: Reference, states: Sequence[str], told: Mapping[str, str]) -> dict[str, int]:
    for iri in states:
        state = reference.states[iri]
        names = {name.casefold() for name in (state.label, *state.aliases)}
        if set(state.links) & set(told) or names & {label.casefold() for label in told.values()}:
            return {f"of {state.label}": STATE}
    there = ", ".join(sorted(label or iri for iri, label in told.items()))
    return {f"of {there}, not {reference.states[states[0]].label}": OTHER_STATE}


def _of_posts(reference: Reference, entry: Entity, told: Mapping[str, str]) -> dict[str, int]:
    ours = [title for post in reference.posts(entry.iri) for title in (post.title, *post.alt_titles)]
    if not ours:
        return {}
    score, mine, theirs = max(
        (fuzz.token_set_ratio(a, b, processor=default_process), a, b) for a in ours for b in told.values()
    )
    if score >= SAME_POST:
        return {f"was “{theirs}”, here “{mine}”": POST}
    return {"held other posts": OTHER_POST}


def _names(entry: Entry) -> list[str]:
    return [entry.label, *entry.aliases]


def _states(reference: Reference, entry: Entry) -> list[str]:
    if isinstance(entry, PlaceEntity):
        return list(entry.states)
    if isinstance(entry, Concept) or entry.type == "State":
        return []
    state = reference.state_of(entry.iri)
    return [state] if state else []


def _a(words: str) -> str:
    return f"{'an' if words[:1].casefold() in 'aeiou' else 'a'} {words}"
