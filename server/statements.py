"""Statements as pages show them: who says what about what, when, in which sentence of which article."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from ontology.terms import AC, PREFIXES, RDF, RDFS, SCHEMA, STATEMENT_KINDS
from server.labels import Labels
from server.store.engine import Engine, Row, Term

STANCES = {
    "Allegation": "allege",
    "Confirmation": "allege",
    "Denial": "deny",
    "NoComment": "decline",
    "Silence": "decline",
    "NonConfirmation": "decline",
}
SHOWN = 100

_BY = "{ ?s ac:speaker ?x } UNION { ?s ac:onBehalfOf ?x } UNION { ?s ac:relayedBy ?x } UNION { ?s ac:citedBy ?x }"
_ABOUT = (
    "{ ?s ac:about ?x } UNION { ?s ac:wouldViolate ?x } UNION { ?s ac:about ?event . ?event "
    "ac:supplier|ac:recipient|ac:endUser|ac:party|ac:participant|ac:host|ac:materiel|ac:place|ac:expectedPlace ?x }"
)
PATTERNS = {"by": _BY, "about": _ABOUT, "in": "{ ?s ac:reportedIn ?x }", "contradicting": "{ ?s ac:contradicts ?x }"}

_FIND = """PREFIX ac: <{ac}>
SELECT DISTINCT ?x ?s ?on WHERE {{ {pattern} ?s ac:reviewStatus ?status OPTIONAL {{ ?s ac:statedOn ?on }} }}
ORDER BY {order} ?s LIMIT {limit}"""
_DETAILS = "SELECT ?x ?p ?o WHERE {{ VALUES ?x {{ {iris} }} ?x ?p ?o }}"


@dataclass(frozen=True)
class Named:
    """A resource and its label."""

    iri: str
    label: str


@dataclass(frozen=True)
class Statement:
    """One statement with the labels of everything it names."""

    iri: str
    label: str
    kind: str
    kind_label: str
    stance: str
    quote: str | None = None
    article: Named | None = None
    outlet: Named | None = None
    published: str | None = None
    stated_on: str | None = None
    stated_until: str | None = None
    precision: str | None = None
    derived_date: bool = False
    certainty: str | None = None
    realis: str | None = None
    review: str | None = None
    quantity: str | None = None
    people: Mapping[str, Sequence[Named]] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """Statements in the order of their dates; `more` when there are others that are not shown."""

    statements: Sequence[Statement] = ()
    more: bool = False


def find(engine: Engine, labels: Labels, iri: str, which: str, *, newest_first: bool = False) -> Found:
    """Return the first statements by, about or in something: `which` is a key of `PATTERNS`.

    :raises QueryError: when the engine does not answer.
    """
    order = "DESC(?on)" if newest_first else "?on"
    text = _FIND.format(ac=AC.iri, pattern=PATTERNS[which], order=order, limit=SHOWN + 1)
    found = [row["s"].value for row in engine.select(text, {"x": NamedNode(iri)}) if isinstance(row["s"], NamedNode)]
    iris = list(dict.fromkeys(found))
    return Found(read(engine, labels, iris[:SHOWN]), len(iris) > SHOWN)


def read(engine: Engine, labels: Labels, iris: Sequence[str]) -> list[Statement]:
    """Return the statements with these IRIs in their order.

    :raises QueryError: when the engine does not answer.
    """
    facts = _facts(engine, iris)
    articles = {o.value for f in facts.values() for o in f[AC.reportedIn.value] if isinstance(o, NamedNode)}
    facts |= _facts(engine, sorted(articles))
    named = {o.value for f in facts.values() for terms in f.values() for o in terms if isinstance(o, NamedNode)}
    known = labels.of([*named, *iris])
    return [_statement(iri, facts, known) for iri in iris]


_Facts = dict[str, list[Term]]


def _facts(engine: Engine, iris: Sequence[str]) -> dict[str, _Facts]:
    facts: dict[str, _Facts] = {iri: defaultdict(list) for iri in iris}
    if iris:
        row: Row
        for row in engine.select(_DETAILS.format(iris=" ".join(str(NamedNode(iri)) for iri in iris))):
            subject, predicate = row["x"], row["p"]
            if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
                facts[subject.value][predicate.value].append(row["o"])
    return facts


def _statement(iri: str, facts: Mapping[str, _Facts], labels: Mapping[str, str]) -> Statement:
    own = facts[iri]
    kind = next((k for k in STATEMENT_KINDS if AC[k] in own[RDF.type.value]), "Statement")

    def named(terms: Iterable[Term]) -> list[Named]:
        found = [Named(t.value, labels.get(t.value, t.value)) for t in terms if isinstance(t, NamedNode)]
        return sorted(found, key=lambda n: n.label)

    def name(predicate: NamedNode) -> str | None:
        found = named(own[predicate.value])
        return found[0].label if found else None

    articles = named(own[AC.reportedIn.value])
    article = facts.get(articles[0].iri, defaultdict(list)) if articles else defaultdict(list)
    outlets = named(article[SCHEMA.publisher.value])
    return Statement(
        iri=iri,
        label=_first(own, RDFS.label) or iri,
        kind=kind,
        kind_label=labels.get(AC[kind].value, kind),
        stance=STANCES.get(kind, "report"),
        quote=_first(own, AC.quote),
        article=articles[0] if articles else None,
        outlet=outlets[0] if outlets else None,
        published=_first(article, SCHEMA.datePublished),
        stated_on=_first(own, AC.statedOn),
        stated_until=_first(own, AC.statedUntil),
        precision=_local(own[AC.datePrecision.value], "Precision"),
        derived_date=AC.DateDerived in own[AC.dateBasis.value],
        certainty=_local(own[AC.certainty.value], "Certainty"),
        realis=_local(own[AC.realis.value], "Realis"),
        review=name(AC.reviewStatus),
        quantity=name(AC.quantity),
        people={
            p: named(own[AC[p].value])
            for p in ("speaker", "onBehalfOf", "citedBy", "relayedBy", "about", "contradicts", "wouldViolate")
        },
    )


def _local(terms: Sequence[Term], prefix: str) -> str | None:
    """'Day' for ac:PrecisionDay."""
    start = PREFIXES["ac"] + prefix
    return next((t.value[len(start) :] for t in terms if isinstance(t, NamedNode) and t.value.startswith(start)), None)


def _first(facts: _Facts, predicate: NamedNode) -> str | None:
    return next((t.value for t in facts[predicate.value] if isinstance(t, Literal)), None)
