"""Statements as pages show them: who says what about what, when, in which sentence of which article."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pyoxigraph import Literal, NamedNode

from ontology.terms import AC, DCT, ORG, PREFIXES, PROV, RDF, RDFS, SCHEMA, STATEMENT_KINDS
from server.labels import Labels
from server.rows import text
from server.store.engine import Engine, Row, Term
from server.store.summary import SAID

STANCES = {
    "Allegation": "allege",
    "Confirmation": "allege",
    "Denial": "deny",
    "NoComment": "decline",
    "Silence": "decline",
    "NonConfirmation": "decline",
}
SHOWN = 30
ALL = 1000  # of one article
BATCH = 200  # IRIs in one query

_BY = "{ ?s ac:speaker ?x } UNION { ?s ac:onBehalfOf ?x } UNION { ?s ac:relayedBy ?x } UNION { ?s ac:citedBy ?x }"
_ABOUT = (
    "{ ?s ac:about ?x } UNION { ?s ac:wouldViolate ?x } UNION { ?s ac:about ?event . ?event "
    "ac:supplier|ac:recipient|ac:endUser|ac:party|ac:participant|ac:host|ac:materiel|ac:place|ac:expectedPlace ?x }"
)
PATTERNS = {"by": _BY, "about": _ABOUT, "contradicting": "{ ?s ac:contradicts ?x }"}

_FIND = """PREFIX ac: <{ac}>
PREFIX schema: <https://schema.org/>
SELECT DISTINCT ?x ?s ?day WHERE {{
  {pattern} ?s ac:reportedIn ?article .
  OPTIONAL {{ ?s ac:statedOn ?on }} OPTIONAL {{ ?article schema:datePublished ?published }}
  BIND(COALESCE(?on, ?published) AS ?day)
}} ORDER BY ?day ?article ?s LIMIT {limit}"""
_IN = f"""PREFIX ac: <{AC.iri}>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?x ?s ?start WHERE {{ ?s ac:reportedIn ?x OPTIONAL {{ ?s ac:evidence/oa:hasSelector/oa:start ?start }} }}
ORDER BY ?start ?s LIMIT {ALL + 1}"""
_CONTRADICTED = f"SELECT ?x ?s WHERE {{{{ VALUES ?x {{{{ {{iris}} }}}} ?s {AC.contradicts} ?x }}}} ORDER BY ?s"
_POSTS = f"""PREFIX ac: <{AC.iri}>
PREFIX org: <{ORG.iri}>
SELECT ?x ?title ?body ?for ?since ?until WHERE {{{{ VALUES ?x {{{{ {{iris}} }}}}
  ?post org:member ?x ; ac:title ?title ; org:organization ?body . OPTIONAL {{{{ ?post ac:speaksFor ?for }}}}
  OPTIONAL {{{{ ?post ac:validFrom ?since }}}} OPTIONAL {{{{ ?post ac:validUntil ?until }}}}
}}}} ORDER BY ?x DESC(?since) ?title"""
_DETAILS = "SELECT ?x ?p ?o WHERE {{ VALUES ?x {{ {iris} }} ?x ?p ?o FILTER(?p != <https://schema.org/articleBody>) }}"


@dataclass(frozen=True)
class Named:
    """A resource and its label."""

    iri: str
    label: str


@dataclass(frozen=True)
class Review:
    """What an editor decided on a statement: who, on which day, and why."""

    who: str
    when: str
    why: str


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
    reviews: Sequence[Review] = ()
    copy_of: Named | None = None  # the article whose story its article prints too
    quantity: str | None = None
    people: Mapping[str, Sequence[Named]] = field(default_factory=dict)
    posts: Sequence[str] = ()
    contradicted_by: Sequence[Named] = ()

    @property
    def fragment(self) -> str:
        """Its anchor on a page that shows it among others."""
        return self.iri.rpartition("/")[2]

    @property
    def day(self) -> str | None:
        """The day on which it was made, where that is known, else its article's."""
        return self.stated_on or self.published


@dataclass(frozen=True)
class Found:
    """Statements in the order of their dates; `more` when there are others that are not shown."""

    statements: Sequence[Statement] = ()
    more: bool = False


def find(engine: Engine, labels: Labels, iri: str, which: str) -> Found:
    """Return the first statements by, about or contradicting something, by day: `which` is a key of `PATTERNS`.

    :raises QueryError: when the engine does not answer.
    """
    summary = engine.summary() if which in SAID else None
    if summary:
        return first(engine, labels, summary.said(iri, which, SHOWN + 1), SHOWN)
    return _found(engine, labels, _FIND.format(ac=AC.iri, pattern=PATTERNS[which], limit=SHOWN + 1), iri, SHOWN)


def of_article(engine: Engine, labels: Labels, iri: str) -> Found:
    """Return the statements that an article reports, in the order of its text.

    :raises QueryError: when the engine does not answer.
    """
    return _found(engine, labels, _IN, iri, ALL)


def _found(engine: Engine, labels: Labels, text: str, iri: str, most: int) -> Found:
    found = [row["s"].value for row in engine.select(text, {"x": NamedNode(iri)}) if isinstance(row["s"], NamedNode)]
    return first(engine, labels, list(dict.fromkeys(found)), most)


def first(engine: Engine, labels: Labels, iris: Sequence[str], most: int) -> Found:
    """Return the first of these statements; `more` where there are others.

    :raises QueryError: when the engine does not answer.
    """
    return Found(read(engine, labels, iris[:most]), len(iris) > most)


def read(engine: Engine, labels: Labels, iris: Sequence[str]) -> list[Statement]:
    """Return the statements with these IRIs in their order.

    :raises QueryError: when the engine does not answer.
    """
    facts = _facts(engine, iris)
    articles = {o.value for f in facts.values() for o in f[AC.reportedIn.value] if isinstance(o, NamedNode)}
    facts |= _facts(engine, sorted(articles))
    reviews = {o.value for f in facts.values() for o in f[AC.review.value] if isinstance(o, NamedNode)}
    facts |= _facts(engine, sorted(reviews))
    named = {o.value for f in facts.values() for terms in f.values() for o in terms if isinstance(o, NamedNode)}
    contradicted = by_iri(engine, _CONTRADICTED, iris)
    speakers = {o.value for f in facts.values() for o in f[AC.speaker.value] if isinstance(o, NamedNode)}
    posts = by_iri(engine, _POSTS, sorted(speakers))
    known = labels.of([*named, *iris, *(text(row, "s") or "" for rows in contradicted.values() for row in rows)])
    statements = []
    for iri in iris:
        statement = _statement(iri, facts, known)
        against = [Named(s, known[s]) for row in contradicted[iri] if (s := text(row, "s"))]
        statements.append(replace(statement, contradicted_by=against, posts=_posts(statement, posts)))
    return statements


_Facts = dict[str, list[Term]]


def by_iri(engine: Engine, query: str, iris: Sequence[str], name: str = "x") -> dict[str, list[Row]]:
    """Ask a query in batches of IRIs, for its rows by their value of a variable."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for start in range(0, len(iris), BATCH):
        batch = " ".join(str(NamedNode(iri)) for iri in iris[start : start + BATCH])
        for row in engine.select(query.format(iris=batch)):
            rows[text(row, name) or ""].append(row)
    return rows


def _posts(statement: Statement, posts: Mapping[str, Sequence[Row]]) -> list[str]:
    """Return the posts that its speakers held on its day: those of what it speaks for, else all, at most two."""
    held = [
        row
        for speaker in statement.people["speaker"]
        for row in posts.get(speaker.iri, ())
        if (text(row, "since") or "") <= (statement.day or "") <= (text(row, "until") or "9")
    ]
    spoken_for = {n.iri for n in statement.people["onBehalfOf"]}
    fitting = [row for row in held if {text(row, "body"), text(row, "for")} & spoken_for] or held
    return list(dict.fromkeys(text(row, "title") or "" for row in fitting))[:2]


def _facts(engine: Engine, iris: Sequence[str]) -> dict[str, _Facts]:
    facts: dict[str, _Facts] = {iri: defaultdict(list) for iri in iris}
    for iri, rows in by_iri(engine, _DETAILS, iris).items():
        for row in rows:
            facts[iri][text(row, "p") or ""].append(row["o"])
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
        reviews=[_review(facts[node.value], named) for node in own[AC.review.value] if isinstance(node, NamedNode)],
        copy_of=next(iter(named(article[AC.copyOf.value])), None),
        quantity=name(AC.quantity),
        people={
            p: named(own[AC[p].value])
            for p in ("speaker", "onBehalfOf", "citedBy", "relayedBy", "about", "contradicts", "wouldViolate")
        },
    )


def _review(own: _Facts, named: Callable[[Iterable[Term]], list[Named]]) -> Review:
    who = ", ".join(n.label for n in named(own[PROV.wasAssociatedWith.value]))
    return Review(who, _first(own, DCT.date) or "", _first(own, RDFS.comment) or "")


def _local(terms: Sequence[Term], prefix: str) -> str | None:
    """'Day' for ac:PrecisionDay."""
    start = PREFIXES["ac"] + prefix
    return next((t.value[len(start) :] for t in terms if isinstance(t, NamedNode) and t.value.startswith(start)), None)


def _first(facts: _Facts, predicate: NamedNode) -> str | None:
    return next((t.value for t in facts[predicate.value] if isinstance(t, Literal)), None)
