"""The labels of IRIs, asked of the engine in batches and kept per release."""

import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from pyoxigraph import Literal, NamedNode

from ontology.terms import PREFIXES
from server.store.engine import Engine

BATCH = 400
KEPT = 50_000

_QUERY = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX schema: <https://schema.org/>
SELECT ?x ?label WHERE {{ VALUES ?x {{ {iris} }} ?x rdfs:label|skos:prefLabel|schema:headline ?label }}"""


class Labels:
    """Finds labels; what was found stays known until the release changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._release = ""
        self._known: dict[str, str] = {}

    def of(self, iris: Iterable[str], release: str | None = None) -> dict[str, str]:
        """Return a label for every IRI: the English one in the data, else what `called` gives."""
        wanted = list(dict.fromkeys(iris))
        current = self._engine.release()
        if release and release != current:  # not kept: something may be forgotten out of it
            return self._find(wanted, release)
        release = current
        with self._lock:
            if self._release != release or len(self._known) > KEPT:
                self._release, self._known = release, {}
            known = {iri: self._known[iri] for iri in wanted if iri in self._known}
        found = self._find([iri for iri in wanted if iri not in known], release)
        with self._lock:
            if self._release == release:
                self._known |= found
        return known | found

    def _find(self, iris: list[str], release: str) -> dict[str, str]:
        found = {iri: called(iri) for iri in iris}
        for start in range(0, len(iris), BATCH):
            found |= self._ask(iris[start : start + BATCH], release)
        return found

    def _ask(self, iris: list[str], release: str) -> dict[str, str]:
        text = _QUERY.format(iris=" ".join(str(NamedNode(iri)) for iri in iris))
        labels: dict[str, Literal] = {}
        for row in self._engine.select(text, release=release):
            iri, label = row["x"], row["label"]
            if isinstance(iri, NamedNode) and isinstance(label, Literal):
                kept = labels.get(iri.value)
                if kept is None or _rank(label) < _rank(kept):
                    labels[iri.value] = label
        return {iri: label.value for iri, label in labels.items()}


def called(iri: str) -> str:
    """Return what an IRI without a label is called: by `vocabularies.yaml`, else its prefixed name, else itself."""
    return _vocabularies().get(iri) or short_name(iri)


@cache
def _vocabularies() -> dict[str, str]:
    terms = yaml.safe_load((Path(__file__).parent / "vocabularies.yaml").read_text("utf-8"))
    return {PREFIXES[prefix] + term: words for prefix, named in terms.items() for term, words in named.items()}


def short_name(iri: str) -> str:
    """Return an IRI with its namespace as a prefix where we know one: 'ac:Denial'."""
    prefix, namespace = max(
        ((p, n) for p, n in PREFIXES.items() if iri.startswith(n)), key=lambda pair: len(pair[1]), default=("", "")
    )
    return f"{prefix}:{iri[len(namespace) :]}" if prefix and len(iri) > len(namespace) else iri


def _rank(label: Literal) -> tuple[int, str]:
    """English first, then no language, then others; equal ones by text, so that pages do not change by chance."""
    language = label.language or ""
    return (0 if language.startswith("en") else 1 if not language else 2, label.value)
