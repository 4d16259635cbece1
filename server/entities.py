"""What a page says of one thing: its names, its properties, its events and posts, and who says what by and about it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pyoxigraph import Literal, NamedNode

from ontology.terms import AC, GEO, OA, ORG, OWL, RDF, RDFS, SCHEMA, SKOS, STATEMENT_KINDS
from server import attributes, disputes, statements
from server.attributes import Attribute
from server.charts import Map, Mark, Point, Timeline
from server.disputes import Dispute, Pair
from server.labels import Labels, short_name
from server.marking import Paragraph, Span, mark
from server.rows import iris, plain, text
from server.statements import Found, Statement
from server.store.engine import Engine, Term
from server.tables import Cell, cell, link

MOST = 200  # events and posts on a page

_FACTS = "SELECT ?x ?p ?o WHERE { ?x ?p ?o }"
_EVENTS = f"""PREFIX ac: <{AC.iri}>
SELECT DISTINCT ?x ?event ?type ?start ?end WHERE {{
  ?event ac:participant|ac:host|ac:party|ac:supplier|ac:recipient|ac:endUser|ac:place|ac:expectedPlace|ac:materiel ?x ;
    a ?type .
  VALUES ?type {{ ac:Meeting ac:Visit ac:Summit ac:Talks ac:ArmsTransfer ac:TransferTalks ac:Event }}
  OPTIONAL {{ ?event ac:startDate ?start }} OPTIONAL {{ ?event ac:endDate ?end }}
}} ORDER BY ?start ?event ?end LIMIT {MOST + 1}"""
_POSTS = f"""PREFIX ac: <{AC.iri}>
PREFIX org: <{ORG.iri}>
SELECT ?x ?member ?body ?title ?from ?until WHERE {{
  ?post org:member|org:organization|ac:speaksFor ?x ; org:member ?member ; org:organization ?body .
  OPTIONAL {{ ?post ac:title ?title }}
  OPTIONAL {{ ?post ac:validFrom ?from }} OPTIONAL {{ ?post ac:validUntil ?until }}
}} ORDER BY DESC(?from) ?member LIMIT {MOST + 1}"""
_EVIDENCE = f"""PREFIX ac: <{AC.iri}>
PREFIX oa: <{OA.iri}>
SELECT ?x ?s ?start ?end ?exact WHERE {{
  ?s ac:reportedIn ?x ; ac:evidence/oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end ; oa:exact ?exact .
}} ORDER BY ?start ?end ?s"""

_COPIES = f"SELECT ?x ?copy WHERE {{ ?copy {AC.copyOf} ?x }} ORDER BY ?copy LIMIT {MOST}"
_PLACES = f"""PREFIX ac: <{AC.iri}>
PREFIX geo: <{GEO.iri}>
SELECT DISTINCT ?x ?place ?latitude ?longitude WHERE {{
  {{ ?x geo:lat ?any . BIND(?x AS ?place) }} UNION {{ ?x ac:place|ac:expectedPlace ?place }}
  ?place geo:lat ?latitude ; geo:long ?longitude .
}} ORDER BY ?place LIMIT {MOST}"""

_SHOWN_ELSEWHERE = {
    p.value
    for p in (
        *(RDF.type, RDFS.label, SKOS.prefLabel, SKOS.altLabel, OWL.sameAs, SKOS.exactMatch, AC.quote, AC.evidence),
        *(SCHEMA.articleBody, SCHEMA.headline, SCHEMA.publisher, SCHEMA.datePublished, AC.copyOf),
    )
}
_SHOWN_IN_STATEMENT = _SHOWN_ELSEWHERE | {
    AC[p].value
    for p in (
        *("speaker", "onBehalfOf", "citedBy", "relayedBy", "reportedIn", "about", "quantity"),
        *("statedOn", "statedUntil", "dateBasis", "datePrecision"),
        *("certainty", "realis", "reviewStatus", "review", "contradicts", "wouldViolate"),
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


Item = TypeVar("Item")


@dataclass(frozen=True)
class Listed(Generic[Item]):
    """The first of something; `more` when there are others that are not shown."""

    items: Sequence[Item] = ()
    more: bool = False


@dataclass(frozen=True)
class Entity:
    """Everything that the page of one thing shows."""

    iri: str
    label: str
    types: Sequence[Cell]
    aliases: Sequence[str]
    links: Sequence[Cell]
    byline: Sequence[Cell]  # of an article: publisher and date
    copies: Sequence[Cell]  # of an article: those that print the same story
    copy_of: Sequence[Cell]  # of an article: the one that had its story first
    attributes: Sequence[Attribute]  # of an event: which article gives what
    properties: Sequence[tuple[Cell, Sequence[Cell]]]
    statement: Statement | None
    events: Listed[Event]
    posts: Listed[Post]
    posts_over_time: Timeline | None
    disputes: Sequence[Dispute]
    places: Map | None
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
        facts[text(row, "p") or ""].append(row["o"])
    if not facts:
        return None
    stated = sorted(facts)
    types = {t.value for t in facts[RDF.type.value] if isinstance(t, NamedNode)}
    is_statement = any(AC[kind].value in types for kind in STATEMENT_KINDS)
    is_article = AC.Article.value in types
    is_event = any(AC[kind].value in types for kind in attributes.KINDS)
    given = attributes.read(engine, labels, node) if is_event else []

    def found(which: str) -> Found:
        return Found() if is_statement or is_article else statements.find(engine, labels, iri, which)

    posts: Listed[Post] = Listed() if is_statement or is_article else _posts(engine, labels, node)
    reported = statements.of_article(engine, labels, iri) if is_article else Found()
    known = labels.of([iri, *facts, *(t.value for terms in facts.values() for t in terms if isinstance(t, NamedNode))])
    hidden = (_SHOWN_IN_STATEMENT if is_statement else _SHOWN_ELSEWHERE) | {one.name.iri for one in given}
    hidden |= set(attributes.PERIOD) if given else set()
    return Entity(
        iri=iri,
        label=known[iri],
        types=_cells(facts[RDF.type.value], known),
        aliases=sorted({t.value for t in facts[SKOS.altLabel.value] if isinstance(t, Literal)} - {known[iri]}),
        links=_links(facts[OWL.sameAs.value] + facts[SKOS.exactMatch.value]),
        byline=[*_cells(facts[SCHEMA.publisher.value], known), *_cells(facts[SCHEMA.datePublished.value], known)],
        copies=_copies(engine, labels, node) if is_article else [],
        copy_of=_cells(facts[AC.copyOf.value], known),
        attributes=given,
        properties=[
            (_named(predicate, known), _cells(facts[predicate], known))
            for predicate in sorted(stated, key=known.__getitem__)
            if predicate not in hidden
        ],
        statement=statements.read(engine, labels, [iri])[0] if is_statement else None,
        events=Listed() if is_statement or is_article else _events(engine, labels, node),
        posts=posts,
        posts_over_time=_over_time(posts.items, node),
        disputes=[] if is_statement or is_article else _disputes(iri, facts),
        places=None if is_statement or is_article else _places(engine, labels, node),
        by=found("by"),
        about=found("about"),
        reported=reported,
        contradicted_by=statements.find(engine, labels, iri, "contradicting") if is_statement else Found(),
        text=_marked(engine, node, facts, reported) if is_article else [],
    )


def _disputes(iri: str, facts: dict[str, list[Term]]) -> list[Dispute]:
    """Return the disputes of an actor, or the one that a transfer or talks belong to."""
    suppliers, recipients, talking = (
        {t.value for t in facts[AC[p].value] if isinstance(t, NamedNode)} for p in ("supplier", "recipient", "party")
    )

    def belongs(pair: Pair) -> bool:
        one, other = pair[1:]
        if pair.talks:
            return AC.TransferTalks in facts[RDF.type.value] and {one, other} <= suppliers | recipients | talking
        return AC.ArmsTransfer in facts[RDF.type.value] and one in suppliers and other in recipients

    if suppliers or recipients or talking:
        return [d for d in disputes.current() if belongs(d.pair)]
    return [d for d in disputes.current() if iri in (d.pair.one, d.pair.other)]


def _copies(engine: Engine, labels: Labels, node: NamedNode) -> list[Cell]:
    rows = engine.select(_COPIES, {"x": node})
    return _cells([row["copy"] for row in rows], labels.of(iris(rows, "copy")))


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


def _events(engine: Engine, labels: Labels, node: NamedNode) -> Listed[Event]:
    summary = engine.summary()
    if summary:
        rows = summary.events(node.value, MOST + 1)
    else:
        rows = [plain(row) for row in engine.select(_EVENTS, {"x": node})]
    known = labels.of(row[name] for row in rows for name in ("event", "type"))
    events: dict[str, Event] = {}
    for row in rows:
        iri, kind = row["event"], known[row["type"]]
        events.setdefault(iri, Event(_named(iri, known), kind, row.get("start"), row.get("end")))
    return Listed(list(events.values())[:MOST], len(rows) > MOST)


def _posts(engine: Engine, labels: Labels, node: NamedNode) -> Listed[Post]:
    rows = engine.select(_POSTS, {"x": node})
    known = labels.of(iris(rows, "member", "body"))
    posts = [
        Post(
            cell(row.get("member"), known),
            cell(row.get("body"), known),
            text(row, "title"),
            text(row, "from"),
            text(row, "until"),
        )
        for row in rows
    ]
    return Listed(list(dict.fromkeys(posts))[:MOST], len(rows) > MOST)


def _over_time(posts: Sequence[Post], node: NamedNode) -> Timeline | None:
    """Return when who held which post; of the page's own person only the posts are told, of a body also the holders."""
    if sum(post.since is not None for post in posts) < 2:
        return None
    lanes, marks = [], []
    for lane, post in enumerate(reversed(posts)):
        others = [c.text for c in (post.member, post.body) if c and c.iri != node.value]
        told = ", ".join([post.title or "member", *others])
        lanes.append(told)
        marks.append(Mark(post.since, post.until, lane, told))
    return Timeline(lanes, marks, {})


def _places(engine: Engine, labels: Labels, node: NamedNode) -> Map | None:
    rows = engine.select(_PLACES, {"x": node})
    known = labels.of(iris(rows, "place"))
    points = []
    for iri, latitude, longitude in {(text(r, "place"), text(r, "latitude"), text(r, "longitude")) for r in rows}:
        if iri and latitude and longitude:
            points.append(Point(float(longitude), float(latitude), known[iri], link(iri)))
    return Map(sorted(points, key=lambda point: point.text), {}) if points else None


def _marked(engine: Engine, node: NamedNode, facts: dict[str, list[Term]], reported: Found) -> Sequence[Paragraph]:
    body = next((t.value for t in facts[SCHEMA.articleBody.value] if isinstance(t, Literal)), None)
    if body is None:
        return []
    numbers = {statement.iri: number for number, statement in enumerate(reported.statements, 1)}
    spans = []
    for row in engine.select(_EVIDENCE, {"x": node}):
        start, end = int(text(row, "start") or 0), int(text(row, "end") or 0)
        number = numbers.get(text(row, "s") or "")
        # A span that does not hold the words it quotes marks nothing.
        if number is not None and body[start:end] == text(row, "exact"):
            spans.append(Span(start, end, number))
    paragraphs = mark(body, spans)
    title = "".join(piece.text for piece in paragraphs[0].pieces) if paragraphs and paragraphs[0].heading else None
    headlines = {t.value for t in facts[SCHEMA.headline.value] if isinstance(t, Literal)}
    return paragraphs[1:] if title in headlines else paragraphs
