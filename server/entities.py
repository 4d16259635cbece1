"""What a page says of one thing: its names, its properties, its events and posts, and who says what by and about it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from ontology.terms import AC, OWL, RDF, RDFS, SCHEMA, SKOS, STATEMENT_KINDS
from server import statements
from server.labels import Labels, short_name
from server.marking import Paragraph, Span, mark
from server.statements import Found, Statement
from server.store.engine import Engine, Row, Term
from server.tables import Cell, cell, link

_FACTS = "SELECT ?x ?p ?o WHERE { ?x ?p ?o }"
_EVENTS = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?x ?event ?type ?start ?end WHERE {
  ?event ac:participant|ac:host|ac:party|ac:supplier|ac:recipient|ac:endUser|ac:place|ac:expectedPlace|ac:materiel ?x ;
    a ?type .
  VALUES ?type { ac:Meeting ac:Visit ac:Summit ac:Talks ac:ArmsTransfer ac:TransferTalks ac:Event }
  OPTIONAL { ?event ac:startDate ?start } OPTIONAL { ?event ac:endDate ?end }
} ORDER BY ?start ?event LIMIT 200"""
_POSTS = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX org: <http://www.w3.org/ns/org#>
SELECT ?x ?member ?body ?title ?from ?until WHERE {
  ?post org:member|org:organization|ac:speaksFor ?x ; org:member ?member ; org:organization ?body .
  OPTIONAL { ?post ac:title ?title } OPTIONAL { ?post ac:validFrom ?from } OPTIONAL { ?post ac:validUntil ?until }
} ORDER BY DESC(?from) ?member LIMIT 200"""
_EVIDENCE = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?x ?s ?start ?end ?exact WHERE {
  ?s ac:reportedIn ?x ; ac:evidence/oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end ; oa:exact ?exact .
} ORDER BY ?start ?end ?s"""

_SHOWN_ELSEWHERE = {
    p.value
    for p in (
        *(RDF.type, RDFS.label, SKOS.prefLabel, SKOS.altLabel, OWL.sameAs, SKOS.exactMatch, AC.quote, AC.evidence),
        *(SCHEMA.articleBody, SCHEMA.headline, SCHEMA.publisher, SCHEMA.datePublished),
    )
}
_SHOWN_IN_STATEMENT = _SHOWN_ELSEWHERE | {
    AC[p].value
    for p in (
        *("speaker", "onBehalfOf", "citedBy", "relayedBy", "reportedIn", "about", "quantity"),
        *("statedOn", "statedUntil", "dateBasis", "datePrecision"),
        *("certainty", "realis", "reviewStatus", "contradicts", "wouldViolate"),
    )
}
_ELSEWHERE = {"wd": "Wikidata", "dbr": "DBpedia", "gn": "GeoNames"}


@dataclass(frozen=True)
class Event:
    """An event in which something takes part."""

    cell: Cell
    kind: str
    start: str | None
    end: str | None


@dataclass(frozen=True)
class Post:
    """Who held which post of which body, from when to when."""

    member: Cell | None
    body: Cell | None
    title: str | None
    since: str | None
    until: str | None


@dataclass(frozen=True)
class Entity:
    """Everything that the page of one thing shows."""

    iri: str
    label: str
    types: Sequence[Cell]
    aliases: Sequence[str]
    links: Sequence[Cell]
    byline: Sequence[Cell]  # of an article: publisher and date
    properties: Sequence[tuple[Cell, Sequence[Cell]]]
    statement: Statement | None
    events: Sequence[Event]
    posts: Sequence[Post]
    by: Found
    about: Found
    reported: Found
    contradicted_by: Found
    text: Sequence[Paragraph]


def read(engine: Engine, labels: Labels, iri: str) -> Entity | None:
    """Return what the current release knows of an IRI; None if nothing.

    :raises QueryError: when the engine does not answer.
    """
    node = NamedNode(iri)
    facts: dict[str, list[Term]] = defaultdict(list)
    for row in engine.select(_FACTS, {"x": node}):
        facts[row["p"].value].append(row["o"])  # type: ignore[union-attr]
    if not facts:
        return None
    stated = sorted(facts)
    types = {t.value for t in facts[RDF.type.value] if isinstance(t, NamedNode)}
    is_statement = any(AC[kind].value in types for kind in STATEMENT_KINDS)
    is_article = AC.Article.value in types

    def found(which: str) -> Found:
        return Found() if is_statement or is_article else statements.find(engine, labels, iri, which)

    reported = statements.of_article(engine, labels, iri) if is_article else Found()
    known = labels.of([iri, *facts, *(t.value for terms in facts.values() for t in terms if isinstance(t, NamedNode))])
    hidden = _SHOWN_IN_STATEMENT if is_statement else _SHOWN_ELSEWHERE
    return Entity(
        iri=iri,
        label=known[iri],
        types=_cells(facts[RDF.type.value], known),
        aliases=sorted({t.value for t in facts[SKOS.altLabel.value] if isinstance(t, Literal)} - {known[iri]}),
        links=_links(facts[OWL.sameAs.value] + facts[SKOS.exactMatch.value]),
        byline=[*_cells(facts[SCHEMA.publisher.value], known), *_cells(facts[SCHEMA.datePublished.value], known)],
        properties=[
            (_named(predicate, known), _cells(facts[predicate], known))
            for predicate in sorted(stated, key=known.__getitem__)
            if predicate not in hidden
        ],
        statement=statements.read(engine, labels, [iri])[0] if is_statement else None,
        events=[] if is_statement or is_article else _events(engine, labels, node),
        posts=[] if is_statement or is_article else _posts(engine, labels, node),
        by=found("by"),
        about=found("about"),
        reported=reported,
        contradicted_by=statements.find(engine, labels, iri, "contradicting") if is_statement else Found(),
        text=_marked(engine, node, facts, reported) if is_article else [],
    )


def _links(terms: Sequence[Term]) -> list[Cell]:
    """The same thing elsewhere: 'Wikidata Q159'."""
    labels = {}
    for term in terms:
        if isinstance(term, NamedNode):
            prefix, _, name = short_name(term.value).partition(":")
            labels[term.value] = f"{_ELSEWHERE[prefix]} {name}" if prefix in _ELSEWHERE else term.value
    return _cells(terms, labels)


def _cells(terms: Sequence[Term], labels: dict[str, str]) -> list[Cell]:
    cells = [c for c in (cell(term, labels) for term in terms) if c is not None]
    return sorted(cells, key=lambda c: c.text)


def _named(iri: str, labels: dict[str, str]) -> Cell:
    return Cell(labels.get(iri, iri), iri, link(iri))


def _events(engine: Engine, labels: Labels, node: NamedNode) -> list[Event]:
    rows = engine.select(_EVENTS, {"x": node})
    known = labels.of(_iris(rows, "event", "type"))
    events: dict[str, Event] = {}
    for row in rows:
        shown = _named(_value(row, "event") or "", known)
        kind = known.get(_value(row, "type") or "", "")
        earlier = events.get(shown.iri or "")
        if earlier is None or earlier.kind == "event":
            events[shown.iri or ""] = Event(shown, kind, _value(row, "start"), _value(row, "end"))
    return list(events.values())


def _posts(engine: Engine, labels: Labels, node: NamedNode) -> list[Post]:
    rows = engine.select(_POSTS, {"x": node})
    known = labels.of(_iris(rows, "member", "body"))
    posts = [
        Post(
            cell(row.get("member"), known),
            cell(row.get("body"), known),
            _value(row, "title"),
            _value(row, "from"),
            _value(row, "until"),
        )
        for row in rows
    ]
    return list(dict.fromkeys(posts))


def _marked(engine: Engine, node: NamedNode, facts: dict[str, list[Term]], reported: Found) -> Sequence[Paragraph]:
    text = next((t.value for t in facts[SCHEMA.articleBody.value] if isinstance(t, Literal)), None)
    if text is None:
        return []
    numbers = {statement.iri: number for number, statement in enumerate(reported.statements, 1)}
    spans = []
    for row in engine.select(_EVIDENCE, {"x": node}):
        start, end = int(_value(row, "start") or 0), int(_value(row, "end") or 0)
        number = numbers.get(_value(row, "s") or "")
        # A span that does not hold the words it quotes marks nothing.
        if number is not None and text[start:end] == _value(row, "exact"):
            spans.append(Span(start, end, number))
    paragraphs = mark(text, spans)
    title = "".join(piece.text for piece in paragraphs[0].pieces) if paragraphs and paragraphs[0].heading else None
    headlines = {t.value for t in facts[SCHEMA.headline.value] if isinstance(t, Literal)}
    return paragraphs[1:] if title in headlines else paragraphs


def _iris(rows: Sequence[Row], *names: str) -> list[str]:
    return [term.value for row in rows for name in names if isinstance(term := row.get(name), NamedNode)]


def _value(row: Row, name: str) -> str | None:
    term = row.get(name)
    return term.value if isinstance(term, NamedNode | Literal) else None
