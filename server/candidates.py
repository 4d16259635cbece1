"""Candidates for a name: what in a release may be meant by it, with a score that its features explain."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from ontology.terms import AC, ID, PREFIXES
from server.labels import Labels
from server.rows import text
from server.store import search_index
from server.store.engine import Engine
from server.store.rendering import notation

CLASSES = (
    *("Person", "State", "GovernmentBody", "Organization", "ArmedGroup", "MediaOutlet"),
    *("Place", "Materiel", "LegalInstrument"),
)
GROUPS = {"Actor": CLASSES[:6]}  # classes that stand for others
CONSIDERED = 200  # names with a word of the query that are scored
PART = 0.85  # what a name counts that has all words of the query and others, or the other way round
OF_NAME = 0.6  # how much the name counts where there are properties too, from 0 to 1
LEAST = 60.0  # the least score of a candidate
SURE = 97.0  # the least score of a match
CLEAR = 5.0  # how far the next candidate must be behind

_PREFIXES = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("ac", "geo", "org", "owl", "rdfs", "skos"))
_VALUES = """SELECT DISTINCT ?x ?v ?label WHERE {{ VALUES ?x {{ {iris} }} ?x {path} ?v .
  OPTIONAL {{ ?v rdfs:label|skos:prefLabel ?label }} }} ORDER BY ?x ?label ?v"""
_COUNTS = "SELECT ?x (COUNT(DISTINCT ?v) AS ?n) WHERE {{ VALUES ?x {{ {iris} }} ?x {path} ?v }} GROUP BY ?x"
_WITH_VALUE = """SELECT DISTINCT ?x ?type ?label WHERE {{
  VALUES ?type {{ {types} }} VALUES ?wanted {{ {wanted} }} ?x {path} ?v ; a ?type ; rdfs:label ?label .
  OPTIONAL {{ ?v rdfs:label|skos:prefLabel ?name }}
  FILTER(LCASE(STR(COALESCE(?name, ?v))) = LCASE(?wanted)
    || STR(?v) IN (?wanted, CONCAT("{base}", ?wanted))) }} ORDER BY ?x LIMIT 200"""


@dataclass(frozen=True)
class Property:
    """A property of `properties.yaml`; `of` are the classes that have it, none for all."""

    id: str
    label: str
    path: str
    of: tuple[str, ...] = ()
    beyond: str = ""
    count: bool = False


@dataclass(frozen=True)
class Value:
    """A value of a property: a text or number, and the thing that it names, if one of ours."""

    text: str
    iri: str | None = None
    number: bool = False


@dataclass(frozen=True)
class Asked:
    """What somebody looks for: a name, classes that fit, and values of properties."""

    name: str = ""
    classes: tuple[str, ...] = CLASSES
    properties: Mapping[str, Sequence[str]] = field(default_factory=dict)
    most: int = 10


@dataclass(frozen=True)
class Candidate:
    """What may be meant; `features` are the parts of its score, each from 0 to 100."""

    iri: str
    cls: str
    label: str
    score: float
    features: Mapping[str, float]
    match: bool = False

    @property
    def id(self) -> str:
        """Its identifier within ours: 'person/sergey-lavrov'."""
        return self.iri.removeprefix(ID)


@cache
def properties() -> dict[str, Property]:
    """Return the properties of `properties.yaml` by their ids."""
    entries = yaml.safe_load((Path(__file__).parent / "properties.yaml").read_text())
    return {entry["id"]: Property(**entry | {"of": tuple(entry.get("of", ()))}) for entry in entries}


def properties_of(cls: str | None) -> list[Property]:
    """Return the properties that things of a class have; all without one."""
    wanted = set(GROUPS.get(cls, (cls,))) if cls else set(CLASSES)
    return [one for one in properties().values() if not one.of or wanted & set(one.of)]


def find(engine: Engine, index: Path, asked: Asked) -> list[Candidate]:
    """Return the best candidates, the best first; at most one of them is a match.

    :raises QueryError: when the engine does not answer.
    """
    found = _named(index, asked) if asked.name else _with_values(engine, asked)
    if asked.properties and found:
        found = _weighed(engine, asked, found)
    best = sorted(found, key=lambda one: (-one.score, CLASSES.index(one.cls), one.label, one.iri))[: asked.most]
    if best and best[0].score >= SURE and (len(best) == 1 or best[0].score - best[1].score >= CLEAR):
        first = best[0]
        best[0] = Candidate(first.iri, first.cls, first.label, first.score, first.features, match=True)
    return best


def similarity(asked: str, name: str) -> float:
    """Return how alike two names are, from 0 to 100: by their letters, in any order of words, or as a part."""
    whole = max(
        fuzz.ratio(asked, name, processor=default_process),
        fuzz.token_sort_ratio(asked, name, processor=default_process),
    )
    return round(max(whole, PART * fuzz.token_set_ratio(asked, name, processor=default_process)), 1)


def values(engine: Engine, iris: Collection[str], one: Property) -> dict[str, list[Value]]:
    """Return the values that each of these things has for a property."""
    found: dict[str, list[Value]] = defaultdict(list)
    if not iris:
        return found
    written = " ".join(str(NamedNode(iri)) for iri in iris)
    if one.count:
        for row in engine.select(_PREFIXES + _COUNTS.format(iris=written, path=one.path)):
            found[text(row, "x") or ""].append(Value(text(row, "n") or "0", number=True))
        return found
    for row in engine.select(_PREFIXES + _VALUES.format(iris=written, path=one.path)):
        value = _value(row.get("v"), text(row, "label"), one)
        if value and value not in found[text(row, "x") or ""]:
            found[text(row, "x") or ""].append(value)
    return found


def described(engine: Engine, labels: Labels, candidates: Collection[tuple[str, str]]) -> dict[str, str]:
    """Return a few words on each (IRI, class): its class and its state."""
    states = values(engine, {iri for iri, _ in candidates}, properties()["state"])
    classes = labels.of(AC[cls].value for _, cls in candidates)
    return {
        iri: ", ".join([classes[AC[cls].value], *(value.text for value in states.get(iri, [])[:2])])
        for iri, cls in candidates
    }


def _named(index: Path, asked: Asked) -> list[Candidate]:
    best: dict[str, Candidate] = {}
    for hit in search_index.named(index, asked.name, [AC[cls].value for cls in asked.classes], CONSIDERED):
        score = similarity(asked.name, hit.text)
        if score >= LEAST and (hit.iri not in best or score > best[hit.iri].score):
            cls = hit.type.removeprefix(AC.iri)
            best[hit.iri] = Candidate(hit.iri, cls, hit.label, score, {"name": score})
    return list(best.values())


def _with_values(engine: Engine, asked: Asked) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    types = " ".join(str(AC[cls]) for cls in asked.classes)
    for name, wanted in asked.properties.items():
        one = properties()[name]
        written = " ".join(notation(Literal(one.beyond + value)) for value in wanted)
        for row in engine.select(_PREFIXES + _WITH_VALUE.format(types=types, path=one.path, wanted=written, base=ID)):
            iri, cls = text(row, "x") or "", (text(row, "type") or "").removeprefix(AC.iri)
            found[iri] = Candidate(iri, cls, text(row, "label") or iri, 0.0, {})
    return list(found.values())


def _weighed(engine: Engine, asked: Asked, found: list[Candidate]) -> list[Candidate]:
    known = {name: values(engine, [one.iri for one in found], properties()[name]) for name in asked.properties}
    weighed = []
    for one in found:
        features = dict(one.features)
        for name, wanted in asked.properties.items():
            there = [
                text for value in known[name].get(one.iri, []) for text in (value.text, _identifier(value)) if text
            ]
            features[name] = max((similarity(w, t) for w in wanted for t in there), default=0.0)
        of_properties = [score for name, score in features.items() if name != "name"]
        score = sum(of_properties) / len(of_properties)
        if "name" in features:
            score = OF_NAME * features["name"] + (1 - OF_NAME) * score
        weighed.append(Candidate(one.iri, one.cls, one.label, round(score, 1), features))
    return weighed


def _value(term: object, label: str | None, one: Property) -> Value | None:
    if isinstance(term, Literal):
        return Value(term.value, number=term.datatype.value.rpartition("#")[2] in ("decimal", "integer", "double"))
    if isinstance(term, NamedNode):
        if one.beyond:
            return Value(term.value.removeprefix(one.beyond).strip("/")) if term.value.startswith(one.beyond) else None
        return Value(label or term.value, term.value)
    return None


def _identifier(value: Value) -> str:
    return (value.iri or "").removeprefix(ID)
